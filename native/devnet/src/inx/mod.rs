//! The node's INX server: what an extension of Hornet sees, as far as the ledger goes. Other methods are answered with
//! "unimplemented".

mod messages;
mod updates;

use std::{pin::Pin, sync::Arc};

use iota_sdk::types::block::payload::milestone::MilestoneId;
use stardust_inx::{
    BaseToken, LedgerUpdate, Milestone, MilestoneKeyRange, MilestoneRangeRequest, MilestoneRequest, NoParams,
    NodeConfiguration, NodeStatus, RawProtocolParameters, UnspentOutput,
    inx_server::{Inx, InxServer},
};
use tonic::{
    Request, Response, Status,
    codegen::tokio_stream::{Stream, wrappers::ReceiverStream},
    transport::server::TcpIncoming,
};

use crate::{
    http::Context,
    milestone::public_keys,
    node::{MilestoneRecord, Node},
};

/// Messages that wait for a slow reader.
const WAITING: usize = 64;

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Serves INX until the future is dropped.
pub(crate) async fn serve(listener: tokio::net::TcpListener, context: Context) -> Result<(), tonic::transport::Error> {
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let service = InxServer::new(Server { context });
    tonic::transport::Server::builder().serve_with_incoming(service, incoming).await
}

struct Server {
    context: Context,
}

impl Server {
    fn milestone(&self, request: &MilestoneRequest) -> Result<Arc<MilestoneRecord>, Status> {
        let node = self.node()?;
        let state = node.read();
        let found = match (request.milestone_index, &request.milestone_id) {
            (0, Some(id)) => {
                let id: [u8; MilestoneId::LENGTH] =
                    id.id.as_ref().try_into().map_err(|_| Status::invalid_argument("not a milestone ID"))?;
                state.milestone_by_id(&MilestoneId::new(id)).cloned()
            }
            (index, _) => state.milestone(index).cloned(),
        };
        found.ok_or_else(|| Status::not_found("milestone not found"))
    }

    /// The node, unless it is down.
    fn node(&self) -> Result<Arc<Node>, Status> {
        if self.context.is_open() { Ok(self.context.node()) } else { Err(Status::unavailable("the node is down")) }
    }

    fn status(&self, node: &Node) -> NodeStatus {
        let state = node.read();
        let latest = state.latest().map(|latest| messages::milestone(latest));
        let (pruned, healthy) = (state.ledger.pruned(), self.context.faults.is_healthy());
        NodeStatus {
            is_healthy: healthy,
            is_synced: healthy,
            is_almost_synced: healthy,
            latest_milestone: latest.clone(),
            confirmed_milestone: latest,
            current_protocol_parameters: Some(messages::parameters(&node.protocol)),
            tangle_pruning_index: pruned,
            milestones_pruning_index: pruned,
            ledger_pruning_index: pruned,
            ledger_index: state.ledger.index(),
        }
    }
}

#[tonic::async_trait]
impl Inx for Server {
    type ReadUnspentOutputsStream = Messages<UnspentOutput>;
    type ListenToLedgerUpdatesStream = Messages<LedgerUpdate>;

    async fn read_node_status(&self, _: Request<NoParams>) -> Result<Response<NodeStatus>, Status> {
        Ok(Response::new(self.status(&*self.node()?)))
    }

    async fn read_node_configuration(&self, _: Request<NoParams>) -> Result<Response<NodeConfiguration>, Status> {
        let (node, keys) = (self.node()?, public_keys());
        Ok(Response::new(NodeConfiguration {
            milestone_public_key_count: u32::try_from(keys.len()).unwrap_or(u32::MAX),
            milestone_key_ranges: keys
                .into_iter()
                .map(|key| MilestoneKeyRange { public_key: key.to_vec().into(), start_index: 0, end_index: 0 })
                .collect(),
            base_token: Some(BaseToken {
                name: "TestCoin".into(),
                ticker_symbol: "TEST".into(),
                unit: "TEST".into(),
                subunit: "testies".into(),
                decimals: 6,
                use_metric_prefix: false,
            }),
            supported_protocol_versions: vec![u32::from(node.protocol.protocol_version())],
        }))
    }

    async fn read_protocol_parameters(
        &self,
        request: Request<MilestoneRequest>,
    ) -> Result<Response<RawProtocolParameters>, Status> {
        // they never change here, but a milestone that is asked for by its id must exist
        if request.get_ref().milestone_id.is_some() {
            self.milestone(request.get_ref())?;
        }
        Ok(Response::new(messages::parameters(&self.node()?.protocol)))
    }

    async fn read_milestone(&self, request: Request<MilestoneRequest>) -> Result<Response<Milestone>, Status> {
        Ok(Response::new(messages::milestone(&*self.milestone(request.get_ref())?)))
    }

    async fn read_unspent_outputs(
        &self,
        _: Request<NoParams>,
    ) -> Result<Response<Self::ReadUnspentOutputsStream>, Status> {
        let (sender, receiver) = tokio::sync::mpsc::channel(WAITING);
        tokio::spawn(updates::send_unspent(self.node()?, sender));
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn listen_to_ledger_updates(
        &self,
        request: Request<MilestoneRangeRequest>,
    ) -> Result<Response<Self::ListenToLedgerUpdatesStream>, Status> {
        let MilestoneRangeRequest { start_milestone_index: start, end_milestone_index: end } = *request.get_ref();
        updates::check_start(&self.node()?.read(), start)?;
        let (sender, receiver) = tokio::sync::mpsc::channel(WAITING);
        tokio::spawn(updates::send_updates(self.context.clone(), start, end, sender));
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}
