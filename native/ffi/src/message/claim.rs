//! Claims of outputs under conditions: `account.claimableOutputs`, `account.claimOutputs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::ledger::OutputId;

use super::{
    Call, Lane, Params,
    account::default_limit,
    page, read_row,
    scalar::Hex,
    types::{AccountRef, Output, Page, Transaction},
};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// The outputs that can be claimed now, in the order in which they were booked: base coins under a storage deposit return, or
/// under an expiration that is more than ten minutes away by the ledger's time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claimable {
    /// Of this account.
    pub(crate) account: AccountRef,
    /// Those after the `next` of an earlier answer.
    pub(crate) after: Option<String>,
    /// At most so many: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
}

impl Params for Claimable {
    type Answer = Page<Output>;
    const NAME: &'static str = "account.claimableOutputs";
}

impl Call for Claimable {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let after = self.after.as_deref().map(read_row).transpose()?;
        let page = session.core.manager().claimable(&(&self.account).into(), after, page(self.limit, "limit")?)?;
        let names = session.core.names();
        Ok(Page::of_rows(page, |output| names.own_output(&output)))
    }
}

/// Claims outputs in one transaction: storage deposits go back, and each address gets the rest of its outputs in one plain
/// output, which is credited when the claim is confirmed. Answers as `account.sendAmount` does. A claim that is not applied
/// before an input expires is dead, and its other inputs can be claimed anew; the wallet does so by itself if `retryOnConflict`
/// is set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Claim {
    /// Of this account.
    pub(crate) account: AccountRef,
    /// These, all or none: up to 127. Absent or empty: as many as one transaction takes of those that can be claimed.
    #[serde(default)]
    pub(crate) output_ids: Vec<Hex>,
    /// When the claim dies since an input of it expired, make it again, in another transaction, for those of its inputs that can
    /// still be claimed. Without it the death is final.
    #[serde(default)]
    pub(crate) retry_on_conflict: bool,
}

/// The claim.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Claimed {
    /// It; absent: there is nothing to claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transaction: Option<Transaction>,
}

impl Params for Claim {
    type Answer = Claimed;
    const NAME: &'static str = "account.claimOutputs";
}

impl Call for Claim {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let output_id = |id: &Hex| {
            let read = OutputId::from_hex(&id.0);
            read.map_err(|_| Fault::argument("one of outputIds is not an output id"))
        };
        let outputs = self.output_ids.iter().map(output_id).collect::<Outcome<Vec<_>>>()?;
        let (manager, account) = (session.core.manager(), (&self.account).into());
        let claim = if self.retry_on_conflict {
            manager.claim_retrying(&account, &outputs)?
        } else {
            manager.claim(&account, &outputs)?
        };
        Ok(Claimed { transaction: claim.map(|claim| session.core.names().transaction(&claim)) })
    }
}
