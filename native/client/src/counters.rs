//! How many requests were sent.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! routes {
    ($($(#[$doc:meta])* $route:ident = $name:literal,)+) => {
        /// The kinds of requests.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Route { $($(#[$doc])* $route,)+ }

        impl Route {
            /// All of them.
            pub const ALL: &'static [Route] = &[$(Route::$route,)+];

            /// A stable name for health answers and logs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Route::$route => $name,)+ }
            }
        }
    };
}

routes! {
    /// A node's status and network.
    Info = "info",
    /// Tips for a new block.
    Tips = "tips",
    /// What a milestone created and consumed.
    UtxoChanges = "utxo-changes",
    /// A milestone itself.
    Milestone = "milestone",
    /// An output.
    Output = "output",
    /// When and by what an output was spent.
    OutputMetadata = "output-metadata",
    /// Sending a block.
    SubmitBlock = "submit-block",
    /// The state of a block.
    BlockMetadata = "block-metadata",
    /// The block that carries a transaction.
    IncludedBlock = "included-block",
    /// The indexer's outputs.
    Index = "index",
    /// A node's status and network over INX.
    InxStatus = "inx-status",
    /// The stream of what milestones do to the ledger.
    InxLedgerUpdates = "inx-ledger-updates",
    /// A milestone itself, over INX.
    InxMilestone = "inx-milestone",
    /// All unspent outputs.
    InxUnspentOutputs = "inx-unspent-outputs",
}

/// Requests sent since the client was opened, repetitions included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// All.
    pub total: u64,
    /// For each route, in the order of [`Route::ALL`].
    pub by_route: Vec<(Route, u64)>,
}

impl Counters {
    /// The requests of one route.
    #[must_use]
    pub fn of(&self, route: Route) -> u64 {
        self.by_route.iter().find(|(of, _)| *of == route).map_or(0, |(_, count)| *count)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counting([AtomicU64; Route::ALL.len()]);

impl Counting {
    pub(crate) fn count(&self, route: Route) {
        self.0[route as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Counters {
        let by_route: Vec<_> =
            Route::ALL.iter().zip(&self.0).map(|(route, count)| (*route, count.load(Ordering::Relaxed))).collect();
        Counters { total: by_route.iter().map(|(_, count)| count).sum(), by_route }
    }
}
