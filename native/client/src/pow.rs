//! Proof of work (TIP-12) in this process.
//!
//! One proof at a time, on threads of its own: a proof takes all the cores that it is given, and two at
//! once would only make both late.

use std::{
    io,
    num::NonZeroUsize,
    thread::{self, JoinHandle},
    time::Duration,
};

use iota_sdk::pow::miner::{Miner as Mining, MinerBuilder, MinerCancel};
use stardust_wallet::{error::ErrorKind, fail_point};
use tokio::{
    sync::{Semaphore, oneshot},
    time::{Instant, sleep, sleep_until},
};

use crate::{config::ProofOfWork, fault::Fault};

/// How often a proof is told to stop until it has heard it.
const INSIST: Duration = Duration::from_millis(5);

/// Does proofs of work, one after the other.
pub(crate) struct Miner {
    threads: usize,
    turn: Semaphore,
}

/// How a proof ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Nonce(u64),
    /// Not found in the time given.
    OutOfTime,
}

impl Miner {
    pub(crate) fn new(by: ProofOfWork) -> Self {
        let threads = match by {
            ProofOfWork::Local { threads } => threads.or_else(|| thread::available_parallelism().ok()),
            ProofOfWork::Node => None,
        };
        Self { threads: threads.map_or(1, NonZeroUsize::get), turn: Semaphore::new(1) }
    }

    /// Looks for a nonce that gives `bytes` and the nonce at least `score`, for at most `time` once it is
    /// this proof's turn. Dropping the future ends the threads.
    pub(crate) async fn prove(&self, bytes: Vec<u8>, score: u32, time: Duration) -> Result<Proof, Fault> {
        let _turn = self.turn.acquire().await.map_err(|_| Fault::closed())?;
        let cancel = MinerCancel::new();
        let mining = MinerBuilder::new().with_num_workers(self.threads).with_cancel(cancel.clone()).finish();
        let failed = |_| Fault::new(ErrorKind::Internal, "the threads for proof of work could not be started");
        let (running, mut found) = Running::start(mining, cancel, bytes, score).map_err(failed)?;
        let deadline = Instant::now() + time;
        let nonce = tokio::select! {
            nonce = &mut found => nonce,
            () = sleep_until(deadline) => loop {
                // once is not enough: the miner forgets what it was told before it began
                running.cancel.trigger();
                tokio::select! {
                    nonce = &mut found => break nonce,
                    () = sleep(INSIST) => {}
                }
            },
        };
        let nonce = nonce.map_err(|_| Fault::new(ErrorKind::Internal, "the proof of work broke down"))?;
        Ok(nonce.map_or(Proof::OutOfTime, Proof::Nonce))
    }
}

/// A proof under way; dropping it ends it.
struct Running {
    cancel: MinerCancel,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(
        mining: Mining,
        cancel: MinerCancel,
        bytes: Vec<u8>,
        score: u32,
    ) -> io::Result<(Self, oneshot::Receiver<Option<u64>>)> {
        let (tell, found) = oneshot::channel();
        let span = tracing::Span::current();
        let thread = thread::Builder::new().name("proof-of-work".into()).spawn(move || {
            span.in_scope(|| {
                fail_point!("client:proof");
                if tell.send(mining.nonce(&bytes, score)).is_err() {
                    tracing::debug!("a proof of work was given up");
                }
            });
        })?;
        Ok((Self { cancel, thread: Some(thread) }, found))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        while !thread.is_finished() {
            self.cancel.trigger();
            thread::sleep(Duration::from_millis(1));
        }
        if thread.join().is_err() {
            tracing::error!("a proof of work broke down");
        }
    }
}

#[cfg(test)]
mod tests {
    use iota_sdk::pow::score::PowScorer;
    use tokio::runtime::Runtime;

    use super::*;

    fn miner() -> Miner {
        Miner::new(ProofOfWork::Local { threads: NonZeroUsize::new(2) })
    }

    #[test]
    fn a_proof_has_the_score_that_was_asked_for() {
        let bytes = vec![7; 300];
        let proof =
            Runtime::new().unwrap().block_on(miner().prove(bytes.clone(), 20, Duration::from_secs(120))).unwrap();
        let Proof::Nonce(nonce) = proof else { panic!("not found") };
        let proven: Vec<u8> = bytes.iter().copied().chain(nonce.to_le_bytes()).collect();
        assert!(PowScorer::new().score(&proven) >= 20.0);
    }

    #[test]
    fn gives_up_in_time_and_when_it_is_dropped() {
        let runtime = Runtime::new().unwrap();
        let miner = miner();
        // nobody finds such a nonce
        let impossible = |time| miner.prove(vec![7; 300], u32::MAX, time);
        assert_eq!(runtime.block_on(impossible(Duration::ZERO)).unwrap(), Proof::OutOfTime);
        assert_eq!(runtime.block_on(impossible(Duration::from_millis(30))).unwrap(), Proof::OutOfTime);
        runtime.block_on(async {
            tokio::select! {
                _ = impossible(Duration::from_secs(3600)) => panic!("found"),
                () = sleep(Duration::from_millis(30)) => {}
            }
        });
        assert_eq!(runtime.block_on(impossible(Duration::ZERO)).unwrap(), Proof::OutOfTime);
    }
}
