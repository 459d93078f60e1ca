//! The routes, typed, on one node. Nothing here repeats a request or asks another node.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use stardust_wallet::{
    error::ErrorKind,
    fail_point,
    ledger::{BlockId, MilestoneIndex, OutputId, Position, TransactionId},
    stardust,
};

use crate::{
    block,
    client::Core,
    counters::Route,
    fault::Fault,
    http::{Answer, Call, Form},
    milestone::Milestone,
    node::{Info, Node},
    wire::{BlockCreatedBody, BlockMetadataBody, IndexBody, InfoBody, OutputMetadataBody, TipsBody, UtxoChangesBody},
};

/// The version that the wallet speaks (TIP-25 `protocol.version`).
pub(crate) const PROTOCOL_VERSION: u8 = 2;
/// Answers without lists: far above what the protocol can fill.
const SMALL: usize = 1 << 20;
/// Outputs and milestones are parts of blocks, which have at most 32 KiB.
const BLOCK_PART: usize = 32 << 10;
const NO_LIMIT: usize = usize::MAX;
/// Ids in one page of the index; a node may give fewer.
pub(crate) const PAGE: usize = 1000;

/// One node, seen through the routes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) core: Arc<Core>,
    pub(crate) node: Arc<Node>,
}

/// The answer to a posted block.
pub(crate) enum Posted {
    Accepted(BlockId),
    Refused(String),
}

impl Api {
    /// What the node says of itself now; its network is checked and remembered.
    pub(crate) async fn info(&self) -> Result<Arc<Info>, Fault> {
        let body: InfoBody = self.json(Route::Info, "api/core/v2/info".into(), SMALL).await?.ok_or_else(|| {
            self.fault(Route::Info, Fault::new(ErrorKind::NodeFailure, "answered 404: no core API v2"))
        })?;
        let info = read_info(&body).and_then(|info| self.core.check_network(&info.network).map(|()| info));
        match info {
            Ok(info) => {
                let info = Arc::new(info);
                self.node.learned(info.clone());
                Ok(info)
            }
            Err(fault) => {
                self.node.forget();
                Err(self.fault(Route::Info, fault))
            }
        }
    }

    /// What the node said of itself a short while ago, or says now.
    pub(crate) async fn checked(&self) -> Result<Arc<Info>, Fault> {
        match self.node.info() {
            Some(info) => Ok(info),
            None => self.info().await,
        }
    }

    /// Parents for a block: what the node says now, or said to a block a short while ago.
    pub(crate) async fn tips(&self) -> Result<Vec<[u8; 32]>, Fault> {
        if let Some(tips) = self.node.tips() {
            return Ok(tips);
        }
        let body: Option<TipsBody> = self.json(Route::Tips, "api/core/v2/tips".into(), SMALL).await?;
        let tips = body.map(|body| body.tips).unwrap_or_default();
        if tips.is_empty() {
            return Err(self.fault(Route::Tips, Fault::new(ErrorKind::NodeFailure, "has no tips")));
        }
        self.node.gave_tips(&tips);
        Ok(tips)
    }

    /// A milestone and what it created and consumed; none: the node does not have it (pruned, or not confirmed yet).
    ///
    /// The changes are asked for by the milestone's id, which was computed from its bytes: several nodes may be behind one
    /// address, and what another history's milestone of the same index did must not be taken for what this one did.
    pub(crate) async fn milestone_changes(
        &self,
        index: MilestoneIndex,
        info: &Info,
    ) -> Result<Option<(Milestone, UtxoChangesBody)>, Fault> {
        let Some(milestone) = self.milestone(index, info).await? else { return Ok(None) };
        let changes = self.utxo_changes(&milestone.position).await?;
        Ok(changes.map(|changes| (milestone, changes)))
    }

    async fn utxo_changes(&self, of: &Position) -> Result<Option<UtxoChangesBody>, Fault> {
        let (id, index) = (of.id, of.index);
        let path = format!("api/core/v2/milestones/{id}/utxo-changes");
        let body: Option<UtxoChangesBody> = self.json(Route::UtxoChanges, path, NO_LIMIT).await?;
        if body.as_ref().is_some_and(|body| body.index != index.0) {
            let fault = Fault::invalid(format!("answered for another milestone than {index}"));
            return Err(self.fault(Route::UtxoChanges, fault));
        }
        Ok(body)
    }

    pub(crate) async fn milestone(&self, index: MilestoneIndex, info: &Info) -> Result<Option<Milestone>, Fault> {
        let path = format!("api/core/v2/milestones/by-index/{index}");
        let Some(bytes) = self.binary(Route::Milestone, path, BLOCK_PART).await? else { return Ok(None) };
        let milestone = Milestone::decode(&bytes, &info.parameters, self.core.config.milestone_keys.as_ref())
            .and_then(|milestone| milestone.must_be(index).map(|()| milestone))
            .map_err(|reason| self.fault(Route::Milestone, Fault::invalid(reason)))?;
        Ok(Some(milestone))
    }

    pub(crate) async fn output(&self, id: &OutputId) -> Result<Option<Vec<u8>>, Fault> {
        self.binary(Route::Output, format!("api/core/v2/outputs/{id}"), BLOCK_PART).await
    }

    pub(crate) async fn output_metadata(&self, id: &OutputId) -> Result<Option<OutputMetadataBody>, Fault> {
        self.json(Route::OutputMetadata, format!("api/core/v2/outputs/{id}/metadata"), SMALL).await
    }

    pub(crate) async fn block_metadata(&self, id: &BlockId) -> Result<Option<BlockMetadataBody>, Fault> {
        let body: Option<BlockMetadataBody> =
            self.json(Route::BlockMetadata, format!("api/core/v2/blocks/{id}/metadata"), SMALL).await?;
        if body.as_ref().is_some_and(|body| body.block_id != *id) {
            return Err(self.fault(Route::BlockMetadata, Fault::invalid("answered for another block")));
        }
        Ok(body)
    }

    /// The block that carries an included transaction; none: the node does not have it.
    pub(crate) async fn included_block(&self, transaction: &TransactionId) -> Result<Option<Vec<u8>>, Fault> {
        let path = format!("api/core/v2/transactions/{transaction}/included-block");
        self.binary(Route::IncludedBlock, path, block::MOST_BYTES).await
    }

    pub(crate) async fn post_block(&self, block: Vec<u8>) -> Result<Posted, Fault> {
        let route = Route::SubmitBlock;
        let call = Call { route, path: "api/core/v2/blocks".into(), form: Form::Json, body: Some(block), limit: SMALL };
        fail_point!("payment:posting");
        let answer = self.core.http.exchange(&self.node, &call).await;
        fail_point!("payment:posted");
        match answer.map_err(|fault| self.fault(route, fault))? {
            Answer::Body(body) => {
                let body: BlockCreatedBody = self.parse(route, &body)?;
                Ok(Posted::Accepted(body.block_id))
            }
            Answer::Refused(reason) => Ok(Posted::Refused(reason)),
            Answer::NotFound => Err(self.fault(route, Fault::new(ErrorKind::NodeFailure, "answered 404"))),
        }
    }

    /// A page of the outputs that name an address in any unlock condition.
    pub(crate) async fn index(&self, address: &str, cursor: Option<&str>) -> Result<IndexBody, Fault> {
        let mut path = format!("api/indexer/v1/outputs?unlockableByAddress={address}&pageSize={PAGE}");
        if let Some(cursor) = cursor {
            path.push_str("&cursor=");
            path.push_str(cursor);
        }
        let body = self.json(Route::Index, path, NO_LIMIT).await?;
        body.ok_or_else(|| {
            self.fault(Route::Index, Fault::not_offered(ErrorKind::NodeFailure, "answered 404: no indexer"))
        })
    }

    async fn json<T: DeserializeOwned>(&self, route: Route, path: String, limit: usize) -> Result<Option<T>, Fault> {
        match self.get(route, path, Form::Json, limit).await? {
            Some(body) => self.parse(route, &body).map(Some),
            None => Ok(None),
        }
    }

    pub(crate) async fn binary(&self, route: Route, path: String, limit: usize) -> Result<Option<Vec<u8>>, Fault> {
        self.get(route, path, Form::Binary, limit).await
    }

    async fn get(&self, route: Route, path: String, form: Form, limit: usize) -> Result<Option<Vec<u8>>, Fault> {
        let call = Call::get(route, path, form, limit);
        match self.core.http.exchange(&self.node, &call).await.map_err(|fault| self.fault(route, fault))? {
            Answer::Body(body) => Ok(Some(body)),
            Answer::NotFound => Ok(None),
            Answer::Refused(reason) => {
                Err(self.fault(route, Fault::new(ErrorKind::NodeFailure, format!("refused: {reason}"))))
            }
        }
    }

    fn parse<T: DeserializeOwned>(&self, route: Route, body: &[u8]) -> Result<T, Fault> {
        // the place and not the text: an answer is not repeated in messages
        serde_json::from_slice(body).map_err(|error| {
            let place = format!("the answer is not understood (line {}, column {})", error.line(), error.column());
            self.fault(route, Fault::invalid(place))
        })
    }

    /// Names node and route, and notes the fault with the node.
    pub(crate) fn fault(&self, route: Route, fault: Fault) -> Fault {
        let at = format!("{} ({})", self.node.name, route.name());
        let fault = fault.at(&at);
        if fault.is_of_a_node() {
            self.node.erred(&fault);
        }
        fault
    }
}

pub(crate) fn read_info(body: &InfoBody) -> Result<Info, Fault> {
    let not_understood = |_| Fault::invalid("its network's parameters are not understood");
    let version = body.version().map_err(not_understood)?;
    if version != PROTOCOL_VERSION {
        let message = format!("serves protocol version {version}, not {PROTOCOL_VERSION}");
        return Err(Fault::new(ErrorKind::NodeWrongNetwork, message));
    }
    let parameters = body.parameters().map_err(not_understood)?;
    let network = stardust::network(&parameters)
        .map_err(|error| Fault::invalid(format!("its network's parameters cannot be used: {error}")))?;
    Ok(Info {
        network,
        parameters,
        healthy: body.status.is_healthy,
        confirmed: body.status.confirmed_milestone.clone(),
        pruned_to: MilestoneIndex(body.status.pruning_index),
        does_proof_of_work: body.features.iter().any(|feature| feature.eq_ignore_ascii_case("pow")),
    })
}
