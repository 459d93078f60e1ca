//! A node that serves a made-up ledger over INX, and twists what it says.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use iota_sdk::{
    packable::PackableExt,
    types::block::{output::RentStructure, protocol::ProtocolParameters},
};
use stardust_inx::{
    LedgerOutput, LedgerSpent, LedgerUpdate, Milestone, MilestoneId, MilestoneInfo, MilestoneRangeRequest,
    MilestoneRequest, NoParams, NodeConfiguration, NodeStatus, OutputId, RawMilestone, RawOutput,
    RawProtocolParameters, TransactionId, UnspentOutput,
    inx_server::{Inx, InxServer},
    ledger_update::{Marker, Op, marker::MarkerType},
};
use tokio::{net::TcpSocket, runtime::Runtime};
use tonic::{
    Request, Response, Status,
    codegen::tokio_stream::{Stream, wrappers::ReceiverStream},
    transport::server::TcpIncoming,
};

use super::Ledger;

/// One thing that a stream does.
#[derive(Clone)]
pub(crate) enum Say {
    Update(LedgerUpdate),
    Fail(Status),
    /// Nothing, for a while.
    Wait(Duration),
    /// The stream ends as if all were said.
    End,
}

/// Changes what is said of a milestone.
pub(crate) type Twist = fn(&mut Vec<Say>);
/// Changes what is said when a milestone is read.
pub(crate) type TwistMilestone = fn(&mut Result<Milestone, Status>);

/// How the node lies.
#[derive(Default)]
pub(crate) struct Script {
    /// At the milestone with this index.
    pub(crate) updates: Option<(u32, Twist)>,
    pub(crate) milestone: Option<(u32, TwistMilestone)>,
    /// A stream tells of what was confirmed when it was opened, and then of nothing more.
    pub(crate) forgets: bool,
    /// Unspent outputs after so many: the set breaks off.
    pub(crate) unspent_breaks_after: Option<usize>,
}

#[derive(Default)]
struct Shared {
    ledger: Mutex<Ledger>,
    script: Mutex<Script>,
    streams: AtomicU64,
}

/// The node; dropping it ends it.
pub(crate) struct FakeInx {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// Has the port while nobody listens, so that nobody else gets it.
    bound: Option<TcpSocket>,
    runtime: Option<Runtime>,
}

fn bind(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    // connections of before are no obstacle
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

impl FakeInx {
    pub(crate) fn start(ledger: Ledger) -> Self {
        let bound = bind(([127, 0, 0, 1], 0).into());
        let mut node = Self {
            shared: Arc::new(Shared { ledger: Mutex::new(ledger), ..Shared::default() }),
            address: bound.local_addr().unwrap(),
            bound: Some(bound),
            runtime: None,
        };
        node.up();
        node
    }

    /// Ends all connections; nobody listens.
    pub(crate) fn down(&mut self) {
        self.end();
        self.bound = Some(bind(self.address));
    }

    fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(60));
        }
    }

    /// Listens again, where it did before.
    pub(crate) fn up(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let bound = self.bound.take().unwrap();
        let listener = runtime.block_on(async { bound.listen(1024) }).unwrap();
        let service = InxServer::new(Service(self.shared.clone()));
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        runtime.spawn(tonic::transport::Server::builder().serve_with_incoming(service, incoming));
        self.runtime = Some(runtime);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.shared.ledger.lock().unwrap()
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.shared.script.lock().unwrap()
    }

    /// How many streams of updates were opened.
    pub(crate) fn streams(&self) -> u64 {
        self.shared.streams.load(Ordering::SeqCst)
    }
}

/// The most streams that a feed has opened since then when it needs one: a stream that is silent for a second about
/// what its node has is opened again, and on a slow machine any may be.
pub(crate) fn most_streams(since: Instant) -> u64 {
    1 + since.elapsed().as_secs()
}

impl Drop for FakeInx {
    fn drop(&mut self) {
        self.end();
    }
}

/// The parameters that [`Ledger`] tells over REST.
fn parameters(ledger: &Ledger) -> RawProtocolParameters {
    let parameters = ProtocolParameters::new(
        ledger.version,
        ledger.name.to_owned(),
        ledger.hrp,
        ledger.min_pow_score,
        15,
        RentStructure::new(100, 10, 1),
        2_779_530_283_277_761,
    );
    let params = parameters.unwrap().pack_to_vec().into();
    RawProtocolParameters { protocol_version: ledger.version.into(), params }
}

fn milestone(ledger: &Ledger, index: u32) -> Option<Milestone> {
    let known = ledger.milestones.get(&index).filter(|_| index > ledger.pruned_to && index <= ledger.confirmed)?;
    Some(Milestone {
        milestone_info: Some(MilestoneInfo {
            milestone_id: Some(MilestoneId { id: known.position.id.as_slice().to_vec().into() }),
            milestone_index: index,
            milestone_timestamp: known.position.time.0,
        }),
        milestone: Some(RawMilestone { data: known.bytes.clone().into() }),
    })
}

fn output(ledger: &Ledger, id: &stardust_wallet::ledger::OutputId, index: u32) -> LedgerOutput {
    LedgerOutput {
        output_id: Some(OutputId { id: id.as_slice().to_vec().into() }),
        block_id: None,
        milestone_index_booked: index,
        milestone_timestamp_booked: 0,
        output: Some(RawOutput { data: ledger.outputs[id].bytes.clone().into() }),
    }
}

/// What a node that tells the truth says of a milestone.
fn updates(ledger: &Ledger, index: u32) -> Vec<Say> {
    let known = &ledger.milestones[&index];
    let count = |ids: &[_]| u32::try_from(ids.len()).unwrap();
    let marker = |kind: MarkerType| {
        Op::BatchMarker(Marker {
            milestone_index: index,
            marker_type: kind.into(),
            consumed_count: count(&known.consumed),
            created_count: count(&known.created),
        })
    };
    let mut said = vec![marker(MarkerType::Begin)];
    said.extend(known.consumed.iter().map(|id| {
        let (spent, by) = ledger.outputs[id].spent.unwrap();
        Op::Consumed(LedgerSpent {
            output: Some(output(ledger, id, 1)),
            transaction_id_spent: Some(TransactionId { id: by.as_slice().to_vec().into() }),
            milestone_index_spent: spent,
            milestone_timestamp_spent: 0,
        })
    }));
    said.extend(known.created.iter().map(|id| Op::Created(output(ledger, id, index))));
    said.push(marker(MarkerType::End));
    said.into_iter().map(|op| Say::Update(LedgerUpdate { op: Some(op) })).collect()
}

struct Service(Arc<Shared>);

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Inx for Service {
    type ReadUnspentOutputsStream = Messages<UnspentOutput>;
    type ListenToLedgerUpdatesStream = Messages<LedgerUpdate>;

    async fn read_node_status(&self, _: Request<NoParams>) -> Result<Response<NodeStatus>, Status> {
        let ledger = self.0.ledger.lock().unwrap();
        let info = MilestoneInfo { milestone_index: ledger.confirmed, ..MilestoneInfo::default() };
        let none = Milestone { milestone_info: Some(info), milestone: None };
        let confirmed = Some(milestone(&ledger, ledger.confirmed).unwrap_or(none));
        Ok(Response::new(NodeStatus {
            is_healthy: ledger.healthy,
            is_synced: true,
            is_almost_synced: true,
            latest_milestone: confirmed.clone(),
            confirmed_milestone: confirmed,
            current_protocol_parameters: Some(parameters(&ledger)),
            tangle_pruning_index: ledger.pruned_to,
            milestones_pruning_index: ledger.pruned_to,
            ledger_pruning_index: ledger.pruned_to,
            ledger_index: ledger.confirmed,
        }))
    }

    async fn read_node_configuration(&self, _: Request<NoParams>) -> Result<Response<NodeConfiguration>, Status> {
        Err(Status::unimplemented("not asked for"))
    }

    async fn read_protocol_parameters(
        &self,
        _: Request<MilestoneRequest>,
    ) -> Result<Response<RawProtocolParameters>, Status> {
        Err(Status::unimplemented("not asked for"))
    }

    async fn read_milestone(&self, request: Request<MilestoneRequest>) -> Result<Response<Milestone>, Status> {
        let index = request.get_ref().milestone_index;
        let known = milestone(&self.0.ledger.lock().unwrap(), index);
        let mut answer = known.ok_or_else(|| Status::not_found("milestone not found"));
        if let Some((at, twist)) = self.0.script.lock().unwrap().milestone
            && at == index
        {
            twist(&mut answer);
        }
        answer.map(Response::new)
    }

    async fn read_unspent_outputs(
        &self,
        _: Request<NoParams>,
    ) -> Result<Response<Self::ReadUnspentOutputsStream>, Status> {
        let mut said: Vec<Result<UnspentOutput, Status>> = {
            let ledger = self.0.ledger.lock().unwrap();
            let unspent = ledger.outputs.iter().filter(|(_, output)| output.spent.is_none());
            unspent
                .map(|(id, _)| UnspentOutput { ledger_index: ledger.confirmed, output: Some(output(&ledger, id, 1)) })
                .map(Ok)
                .collect()
        };
        if let Some(count) = self.0.script.lock().unwrap().unspent_breaks_after {
            said.truncate(count);
            said.push(Err(Status::unavailable("shutting down")));
        }
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            for output in said {
                if sender.send(output).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn listen_to_ledger_updates(
        &self,
        request: Request<MilestoneRangeRequest>,
    ) -> Result<Response<Self::ListenToLedgerUpdatesStream>, Status> {
        let start = request.get_ref().start_milestone_index;
        self.0.streams.fetch_add(1, Ordering::SeqCst);
        let (pruned, confirmed) = {
            let ledger = self.0.ledger.lock().unwrap();
            (ledger.pruned_to, ledger.confirmed)
        };
        if start <= pruned {
            return Err(Status::invalid_argument("given startMilestoneIndex is older than the current pruningIndex"));
        }
        let last = if self.0.script.lock().unwrap().forgets { confirmed } else { u32::MAX };
        let (sender, receiver) = tokio::sync::mpsc::channel(4);
        tokio::spawn(stream(self.0.clone(), start, last, sender));
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

async fn stream(
    shared: Arc<Shared>,
    start: u32,
    last: u32,
    sender: tokio::sync::mpsc::Sender<Result<LedgerUpdate, Status>>,
) {
    let mut next = start;
    while !sender.is_closed() {
        let said = {
            let ledger = shared.ledger.lock().unwrap();
            (next <= ledger.confirmed.min(last)).then(|| updates(&ledger, next))
        };
        let Some(mut said) = said else {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        if let Some((at, twist)) = shared.script.lock().unwrap().updates
            && at == next
        {
            twist(&mut said);
        }
        for say in said {
            let sent = match say {
                Say::Update(update) => sender.send(Ok(update)).await,
                Say::Fail(status) => sender.send(Err(status)).await,
                Say::Wait(time) => {
                    tokio::time::sleep(time).await;
                    Ok(())
                }
                Say::End => return,
            };
            if sent.is_err() {
                return;
            }
        }
        next += 1;
    }
}
