//! How the wallet stands to its nodes.

use stardust_wallet::events;

use super::position;
use crate::{
    engine::Core,
    message::types::{Gap, StatusError, SyncState, SyncStatus},
};

/// How the wallet's view of the ledger stands.
pub(crate) fn sync_status(core: &Core, status: &events::SyncStatus) -> SyncStatus {
    SyncStatus {
        state: match status.state {
            events::SyncState::Starting => SyncState::Starting,
            events::SyncState::CatchingUp => SyncState::CatchingUp,
            events::SyncState::Synced => SyncState::Synced,
            events::SyncState::Stalled => SyncState::Stalled,
            events::SyncState::Gap => SyncState::Gap,
            events::SyncState::Halted => SyncState::Halted,
        },
        cursor: core.cursor().as_ref().map(position),
        node_milestone_index: status.node_milestone.map(|index| index.0),
        lag: status.lag(),
        lag_seconds: status.lag_seconds(),
        gap: status.gap.map(|gap| Gap { cursor_index: gap.cursor.0, pruned_to: gap.pruned_to.0 }),
        node_url: status.node_url.clone(),
        error: status
            .error
            .as_ref()
            .map(|(kind, message)| StatusError { kind: kind.name().to_owned(), message: message.clone() }),
    }
}
