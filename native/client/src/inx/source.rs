//! One node's INX, typed. Nothing here repeats a call or asks another node.

use std::{
    error::Error as _,
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use iota_sdk::{packable::PackableExt, types::block::protocol::ProtocolParameters};
use stardust_inx::{
    LedgerUpdate, MilestoneRangeRequest, MilestoneRequest, NoParams, NodeStatus, RawProtocolParameters, UnspentOutput,
    inx_client::InxClient,
};
use stardust_wallet::{
    error::ErrorKind,
    ledger::{MilestoneId, MilestoneIndex},
    stardust,
};
use tokio::time::timeout;
use tonic::{
    Code, Response, Status, Streaming,
    transport::{Channel, Endpoint},
};

use crate::{
    api::PROTOCOL_VERSION,
    client::Core,
    counters::Route,
    fault::{Fault, printable},
    keys::MilestoneKeys,
    milestone::Milestone,
    node::{Info, Node},
    wire::ConfirmedMilestone,
};

/// The largest messages are an output and a milestone, which are parts of blocks of at most 32 KiB.
const MESSAGE: usize = 256 << 10;
/// So that the network notices what is left of a connection to a machine that is gone.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

/// A node with its connection.
pub(crate) struct Source {
    pub(crate) node: Arc<Node>,
    channel: Mutex<Option<Channel>>,
}

impl Source {
    pub(crate) fn new(node: Node) -> Self {
        Self { node: Arc::new(node), channel: Mutex::default() }
    }
}

/// One node, seen through its INX. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Inx {
    pub(crate) core: Arc<Core>,
    pub(crate) source: Arc<Source>,
}

/// Where a node stands, checked.
#[derive(Clone)]
pub(crate) struct Standing {
    pub(crate) info: Arc<Info>,
    /// The newest milestone that it has confirmed, its id computed here; none: it knows none yet.
    pub(crate) confirmed: Option<Milestone>,
    /// The milestone that its ledger is at.
    pub(crate) ledger: MilestoneIndex,
}

impl Inx {
    /// Where the node stands now; its network is checked.
    pub(crate) async fn standing(&self) -> Result<Standing, Fault> {
        let route = Route::InxStatus;
        let status = self
            .call(route, |mut client| async move { client.read_node_status(NoParams {}).await })
            .await?
            .into_inner();
        let read = read_standing(&status, self.keys())
            .and_then(|standing| self.core.check_network(&standing.info.network).map(|()| standing));
        match read {
            Ok(standing) => {
                self.source.node.learned(standing.info.clone());
                Ok(standing)
            }
            Err(fault) => {
                self.source.node.forget();
                Err(self.fault(route, fault))
            }
        }
    }

    fn keys(&self) -> Option<&MilestoneKeys> {
        self.core.config.milestone_keys.as_ref()
    }

    /// A milestone that the node has confirmed.
    pub(crate) async fn milestone(
        &self,
        index: MilestoneIndex,
        parameters: &ProtocolParameters,
    ) -> Result<Milestone, Fault> {
        let route = Route::InxMilestone;
        let request = MilestoneRequest { milestone_index: index.0, milestone_id: None };
        let answer = self.call(route, |mut client| async move { client.read_milestone(request).await }).await?;
        read_milestone(answer.get_ref(), parameters, self.keys())
            .and_then(|milestone| milestone.ok_or_else(|| format!("gives no bytes for milestone {index}")))
            .and_then(|milestone| milestone.must_be(index).map(|()| milestone))
            .map_err(|reason| self.fault(route, Fault::invalid(reason)))
    }

    /// What milestones do to the ledger, from `start` on and without end. Hornet gives no sign of life before
    /// there is something to tell, so that this may take as long as the milestone takes to come.
    pub(crate) async fn updates(&self, start: MilestoneIndex) -> Result<Streaming<LedgerUpdate>, Closing> {
        let route = Route::InxLedgerUpdates;
        let mut client = self.client(route).await.map_err(Closing::Fault)?;
        self.core.http.counting.count(route);
        self.source.node.asked();
        let request = MilestoneRangeRequest { start_milestone_index: start.0, end_milestone_index: 0 };
        match client.listen_to_ledger_updates(request).await {
            Ok(response) => Ok(response.into_inner()),
            Err(status) => Err(self.closing(&status)),
        }
    }

    /// All unspent outputs. The node's ledger stands still while they are read.
    pub(crate) async fn unspent(&self) -> Result<Streaming<UnspentOutput>, Fault> {
        let route = Route::InxUnspentOutputs;
        let answer = self.call(route, |mut client| async move { client.read_unspent_outputs(NoParams {}).await });
        Ok(answer.await?.into_inner())
    }

    /// How a stream of updates ended.
    pub(crate) fn closing(&self, status: &Status) -> Closing {
        let fault = self.failure(Route::InxLedgerUpdates, status);
        match status.code() {
            // what begins at or below the pruned history, and a diff that is pruned while it is on its way
            Code::InvalidArgument | Code::NotFound => Closing::Refused(fault),
            _ => Closing::Fault(fault),
        }
    }

    /// Names node and call, and notes the fault with the node.
    pub(crate) fn fault(&self, route: Route, fault: Fault) -> Fault {
        let fault = fault.at(&format!("{} ({})", self.source.node.name, route.name()));
        if fault.is_of_a_node() {
            self.source.node.erred(&fault);
        }
        fault
    }

    /// A status of the node or of the way to it, as a fault.
    pub(crate) fn failure(&self, route: Route, status: &Status) -> Fault {
        self.fault(route, read_status(status))
    }

    /// The node did not do what was asked: it is put aside for a while, and reached anew after that.
    pub(crate) fn failed(&self, fault: &Fault) {
        tracing::debug!(kind = %fault.kind, message = %fault.message, "INX failed");
        *self.channel() = None;
        if !fault.not_offered {
            self.source.node.failed(fault);
        }
    }

    async fn call<T, F, Fut>(&self, route: Route, call: F) -> Result<Response<T>, Fault>
    where
        F: FnOnce(InxClient<Channel>) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let client = self.client(route).await?;
        self.core.http.counting.count(route);
        self.source.node.asked();
        let most = self.core.config.request_timeout;
        match timeout(most, call(client)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(status)) => Err(self.failure(route, &status)),
            Err(_) => Err(self.fault(route, silent(most))),
        }
    }

    async fn client(&self, route: Route) -> Result<InxClient<Channel>, Fault> {
        let open = self.channel().clone();
        let channel = match open {
            Some(channel) => channel,
            None => {
                let channel = self.connect().await.map_err(|fault| self.fault(route, fault))?;
                *self.channel() = Some(channel.clone());
                channel
            }
        };
        Ok(InxClient::new(channel).max_decoding_message_size(MESSAGE))
    }

    async fn connect(&self) -> Result<Channel, Fault> {
        let most = self.core.config.connect_timeout;
        let endpoint = Endpoint::from_shared(self.source.node.url.to_string())
            .map_err(|_| Fault::new(ErrorKind::NodeUnreachable, "has an address that cannot be used"))?
            .connect_timeout(most)
            .tcp_nodelay(true)
            .tcp_keepalive(Some(TCP_KEEPALIVE));
        match timeout(most, endpoint.connect()).await {
            Ok(Ok(channel)) => Ok(channel),
            Ok(Err(error)) => {
                let message = format!("cannot be reached: {}", innermost(&error));
                Err(Fault::new(ErrorKind::NodeUnreachable, message))
            }
            Err(_) => Err(silent(most)),
        }
    }

    fn channel(&self) -> std::sync::MutexGuard<'_, Option<Channel>> {
        self.source.channel.lock().expect("nothing panics while it is held")
    }
}

/// How a stream of updates ended.
pub(crate) enum Closing {
    /// The node does not have what was asked for.
    Refused(Fault),
    /// Anything else.
    Fault(Fault),
}

pub(crate) fn silent(after: Duration) -> Fault {
    Fault { timed_out: true, ..Fault::new(ErrorKind::NodeUnreachable, format!("no answer within {after:?}")) }
}

pub(super) fn read_standing(status: &NodeStatus, keys: Option<&MilestoneKeys>) -> Result<Standing, Fault> {
    let parameters = status.current_protocol_parameters.as_ref();
    let parameters = read_parameters(parameters.ok_or_else(|| Fault::invalid("tells no protocol parameters"))?)?;
    let network = stardust::network(&parameters)
        .map_err(|error| Fault::invalid(format!("its network's parameters cannot be used: {error}")))?;
    let said = status.confirmed_milestone.as_ref().ok_or_else(|| Fault::invalid("tells no confirmed milestone"))?;
    let index = said.milestone_info.as_ref().map_or(0, |info| info.milestone_index);
    let confirmed = read_milestone(said, &parameters, keys).map_err(Fault::invalid)?;
    if let Some(confirmed) = &confirmed {
        confirmed.must_be(MilestoneIndex(index)).map_err(Fault::invalid)?;
    }
    let info = Info {
        network,
        parameters,
        healthy: status.is_healthy,
        confirmed: ConfirmedMilestone {
            index,
            timestamp: confirmed.map(|milestone| milestone.position.time.0),
            milestone_id: confirmed.map(|milestone| milestone.position.id),
        },
        pruned_to: MilestoneIndex(status.ledger_pruning_index),
        does_proof_of_work: false,
    };
    Ok(Standing { info: Arc::new(info), confirmed, ledger: MilestoneIndex(status.ledger_index) })
}

fn read_parameters(raw: &RawProtocolParameters) -> Result<ProtocolParameters, Fault> {
    let other = |version: u32| {
        let message = format!("serves protocol version {version}, not {PROTOCOL_VERSION}");
        Fault::new(ErrorKind::NodeWrongNetwork, message)
    };
    // read by itself: another version may have other parameters
    if raw.protocol_version != u32::from(PROTOCOL_VERSION) {
        return Err(other(raw.protocol_version));
    }
    let parameters = ProtocolParameters::unpack_verified(raw.params.as_ref(), &())
        .map_err(|_| Fault::invalid("its network's parameters are not understood"))?;
    if parameters.protocol_version() != PROTOCOL_VERSION {
        return Err(other(parameters.protocol_version().into()));
    }
    Ok(parameters)
}

/// The milestone from its bytes, if there are any, signed as it has to be; what the node says of it beside them must not contradict.
pub(super) fn read_milestone(
    said: &stardust_inx::Milestone,
    parameters: &ProtocolParameters,
    keys: Option<&MilestoneKeys>,
) -> Result<Option<Milestone>, String> {
    let Some(raw) = said.milestone.as_ref().filter(|raw| !raw.data.is_empty()) else { return Ok(None) };
    let milestone = Milestone::decode(&raw.data, parameters, keys)?;
    let id = said.milestone_info.as_ref().and_then(|info| info.milestone_id.as_ref());
    let id = id.map(|id| MilestoneId::from_slice(&id.id)).transpose().map_err(|error| error.to_string())?;
    if id.is_some_and(|id| id != milestone.position.id) {
        return Err(format!("gives milestone {} another id than its bytes have", milestone.position.index));
    }
    Ok(Some(milestone))
}

fn read_status(status: &Status) -> Fault {
    let said = match status.source() {
        Some(error) => innermost(error),
        None => printable(status.message()),
    };
    // what breaks below gRPC comes as a status with a cause
    if status.source().is_some() {
        return Fault::new(ErrorKind::NodeUnreachable, format!("the connection broke: {said}"));
    }
    let message = format!("answered {:?}: {said}", status.code());
    match status.code() {
        Code::Unavailable | Code::Cancelled | Code::Aborted | Code::DeadlineExceeded => {
            Fault::new(ErrorKind::NodeUnreachable, message)
        }
        Code::Unauthenticated | Code::PermissionDenied => Fault::new(ErrorKind::NodeUnauthorized, message),
        Code::ResourceExhausted => Fault::new(ErrorKind::NodeRateLimited, message),
        // what gRPC itself could not read
        Code::Internal | Code::OutOfRange | Code::DataLoss => Fault::invalid(message),
        Code::Ok
        | Code::Unknown
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::Unimplemented => Fault::new(ErrorKind::NodeFailure, message),
    }
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    printable(&cause.to_string())
}
