//! The open stream of one node: a task reads it, puts milestones together and lays them into a bounded queue.
//!
//! Hornet sends from within the confirmation of a milestone, so that a reader who stops reading stops the node. The
//! queue gives the wallet time; when it does not use it, the stream is given up and opened again later, from where the
//! wallet is then. What is sent after that is history, which holds up nobody.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use stardust_wallet::{
    error::ErrorKind,
    ledger::{MilestoneIndex, Wake},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
    time::timeout,
};

use super::{
    batch::{Assembler, Batch, Step},
    source::{Closing, Inx, Standing},
};
use crate::{NodeClient, counters::Route, fault::Fault, feed::fetch::MOST_BODIES, milestone::Milestone};

/// Milestones that wait in the queue.
const MOST_MILESTONES: usize = 256;
/// Outputs, created and consumed, of all of them together; the last one may be larger.
const MOST_OUTPUTS: u32 = 50_000;
/// So long a milestone waits for room in the queue.
const PATIENCE: Duration = Duration::from_secs(5);
/// Milestones that are read at the same time.
const CONCURRENT: usize = 4;

/// A milestone of the stream.
pub(super) struct Arrived {
    pub(super) batch: Batch,
    milestone: Reading,
    _room: OwnedSemaphorePermit,
}

impl Arrived {
    /// Whether the milestone itself is there too.
    pub(super) fn is_complete(&self) -> bool {
        self.milestone.0.is_finished()
    }

    /// The milestone itself, and what it did.
    pub(super) async fn complete(mut self) -> Result<(Milestone, Batch), Fault> {
        match (&mut self.milestone.0).await {
            Ok(read) => read.map(|milestone| (milestone, self.batch)),
            Err(error) if error.is_panic() => Err(Fault::defect()),
            // the runtime is going down
            Err(_) => Err(Fault::closed()),
        }
    }
}

/// How a stream ended.
pub(super) enum End {
    /// The wallet took too long: not the node's fault.
    Slow,
    /// The node does not have what comes next.
    Refused(Fault),
    /// The node did wrong, or is gone.
    Fault(Fault),
}

enum Item {
    Arrived(Box<Arrived>),
    End(End),
}

/// A milestone that is being read; not any more when it is dropped.
struct Reading(JoinHandle<Result<Milestone, Fault>>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An open stream. Dropping it closes it.
pub(super) struct Stream {
    pub(super) inx: Inx,
    pub(super) opened_at: Standing,
    /// The milestone that the wallet needs next.
    pub(super) next: MilestoneIndex,
    /// Whether anything has come.
    pub(super) spoken: bool,
    /// Messages that have come.
    heard: Arc<AtomicU64>,
    queue: mpsc::Receiver<Item>,
    held: VecDeque<Item>,
    task: JoinHandle<()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stream {
    /// Opens the stream at `next`. Answers at once.
    pub(super) fn open(
        client: &NodeClient,
        inx: Inx,
        opened_at: Standing,
        next: MilestoneIndex,
        wake: Option<Wake>,
    ) -> Self {
        let (sender, queue) = mpsc::channel(MOST_MILESTONES);
        let heard = Arc::new(AtomicU64::new(0));
        let pump = Pump {
            heard: heard.clone(),
            client: client.clone(),
            inx: inx.clone(),
            standing: opened_at.clone(),
            sender: sender.clone(),
            room: Arc::new(Semaphore::new(permits(MOST_OUTPUTS))),
            readers: Arc::new(Semaphore::new(CONCURRENT)),
            wake: wake.clone(),
        };
        let task = client.spawn(async move {
            let end = pump.follow(next).await;
            // nobody waits for it any more, or the queue is full: then it is seen when there is room
            let sent = sender.send(Item::End(end)).await;
            if let (Ok(()), Some(wake)) = (sent, wake) {
                wake();
            }
        });
        Self { inx, opened_at, next, spoken: false, heard, queue, held: VecDeque::new(), task }
    }

    /// How many messages have come. While it grows the node is not silent: a large milestone comes in many.
    pub(super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// The next milestone of the queue, as soon as there is one.
    pub(super) async fn receive(&mut self) -> Result<Box<Arrived>, End> {
        let item = match self.held.pop_front() {
            Some(item) => Some(item),
            None => self.queue.recv().await,
        };
        self.spoken = true;
        match item {
            Some(Item::Arrived(arrived)) => Ok(arrived),
            Some(Item::End(end)) => Err(end),
            // the task is gone; closing ends whoever waits here before that
            None => Err(End::Fault(Fault::defect())),
        }
    }

    /// Whether the queue has something.
    pub(super) fn has_news(&mut self) -> bool {
        if self.held.is_empty() {
            match self.queue.try_recv() {
                Ok(item) => self.held.push_back(item),
                Err(mpsc::error::TryRecvError::Disconnected) => return true,
                Err(mpsc::error::TryRecvError::Empty) => {}
            }
        }
        !self.held.is_empty()
    }

    /// Whether the queue has a milestone that needs no waiting.
    pub(super) fn has_complete(&mut self) -> bool {
        self.has_news() && matches!(self.held.front(), Some(Item::Arrived(arrived)) if arrived.is_complete())
    }
}

/// What the task works with.
struct Pump {
    heard: Arc<AtomicU64>,
    client: NodeClient,
    inx: Inx,
    standing: Standing,
    sender: mpsc::Sender<Item>,
    room: Arc<Semaphore>,
    readers: Arc<Semaphore>,
    wake: Option<Wake>,
}

impl Pump {
    async fn follow(&self, start: MilestoneIndex) -> End {
        let invalid = |reason: String| End::Fault(self.inx.fault(Route::InxLedgerUpdates, Fault::invalid(reason)));
        let mut updates = match self.inx.updates(start).await {
            Ok(updates) => updates,
            Err(closing) => return closing.into(),
        };
        let most = self.inx.core.config.max_body.saturating_mul(MOST_BODIES);
        let mut assembler = Assembler::new(start, self.standing.info.network.clone(), most);
        let mut reading = None;
        loop {
            let update = match updates.message().await {
                Ok(Some(update)) => update,
                Ok(None) => {
                    let fault = Fault::new(ErrorKind::NodeUnreachable, "ended the stream");
                    return End::Fault(self.inx.fault(Route::InxLedgerUpdates, fault));
                }
                Err(status) => return self.inx.closing(&status).into(),
            };
            self.heard.fetch_add(1, Ordering::Relaxed);
            match assembler.take(update) {
                Ok(Step::Begun(index)) => reading = Some(self.read(index)),
                Ok(Step::Inside) => {}
                Ok(Step::Complete(batch)) => {
                    let Some(milestone) = reading.take() else { return End::Fault(Fault::defect()) };
                    if let Some(end) = self.hand_over(batch, milestone).await {
                        return end;
                    }
                }
                Err(reason) => return invalid(reason),
            }
        }
    }

    /// Begins to read a milestone while its outputs come.
    fn read(&self, index: MilestoneIndex) -> Reading {
        let (inx, info, readers) = (self.inx.clone(), self.standing.info.clone(), self.readers.clone());
        Reading(self.client.spawn(async move {
            let _turn = readers.acquire().await.map_err(|_| Fault::closed())?;
            inx.milestone(index, &info.parameters).await
        }))
    }

    async fn hand_over(&self, batch: Batch, milestone: Reading) -> Option<End> {
        let outputs = u32::try_from(batch.created.len() + batch.consumed.len()).unwrap_or(MOST_OUTPUTS);
        let handed_over = async {
            let room = self.room.clone().acquire_many_owned(outputs.min(MOST_OUTPUTS)).await.ok()?;
            self.sender.send(Item::Arrived(Box::new(Arrived { batch, milestone, _room: room }))).await.ok()
        };
        match timeout(PATIENCE, handed_over).await {
            Ok(Some(())) => {
                if let Some(wake) = &self.wake {
                    wake();
                }
                None
            }
            Ok(None) | Err(_) => Some(End::Slow),
        }
    }
}

impl From<Closing> for End {
    fn from(closing: Closing) -> Self {
        match closing {
            Closing::Refused(fault) => Self::Refused(fault),
            Closing::Fault(fault) => Self::Fault(fault),
        }
    }
}

fn permits(outputs: u32) -> usize {
    usize::try_from(outputs).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS)
}
