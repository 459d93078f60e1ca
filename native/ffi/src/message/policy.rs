//! Withdrawals that wait for people: `withdrawal.approve`, `withdrawal.refuse`, `withdrawal.review`, `withdrawal.waiting`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use stardust_wallet::payments::WithdrawalStage;

use super::{
    Await, Call, Lane, Params,
    account::default_limit,
    page, read_row,
    types::{Page, Withdrawal},
};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// A question is not kept longer than this.
const LONGEST_MS: u64 = 60_000;

/// Notes that a person approves a withdrawal; the second one lets it go on. The same person counts once, however the name is
/// written in capital and small letters. One that waits for the reviewer can be approved meanwhile; one that waits for no people is
/// answered as it is. Who it is, is the caller's word.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Approve {
    /// Which.
    pub(crate) idempotency_key: String,
    /// Who, 1 to 64 bytes, without control characters and without a space at an end.
    pub(crate) approver: String,
}

impl Params for Approve {
    type Answer = Withdrawal;
    const NAME: &'static str = "withdrawal.approve";
}

impl Call for Approve {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let approved = session.core.manager().approve(&self.idempotency_key, &self.approver)?;
        Ok(session.core.names().withdrawal(&approved))
    }
}

/// Refuses a withdrawal that no transaction pays yet: it is `refused` for ever. Another one is answered as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Refuse {
    /// Which.
    pub(crate) idempotency_key: String,
    /// Who, 1 to 64 bytes, without control characters and without a space at an end.
    pub(crate) approver: String,
    /// Why, 1 to 1,024 bytes.
    pub(crate) reason: String,
}

impl Params for Refuse {
    type Answer = Withdrawal;
    const NAME: &'static str = "withdrawal.refuse";
}

impl Call for Refuse {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let refused = session.core.manager().refuse(&self.idempotency_key, &self.approver, &self.reason)?;
        Ok(session.core.names().withdrawal(&refused))
    }
}

/// The reviewer's answer to a withdrawal that waits for it. Another one is answered as it is: the first answer counts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Review {
    /// Which.
    pub(crate) idempotency_key: String,
    /// Why it is refused, 1 to 1,024 bytes; absent: it is allowed.
    pub(crate) veto: Option<String>,
}

impl Params for Review {
    type Answer = Withdrawal;
    const NAME: &'static str = "withdrawal.review";
}

impl Call for Review {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let reviewed = session.core.manager().review(&self.idempotency_key, self.veto.as_deref())?;
        Ok(session.core.names().withdrawal(&reviewed))
    }
}

/// For whom a withdrawal waits.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum WaitsFor {
    /// For the reviewer.
    Review,
    /// For persons who approve it.
    Approval,
}

/// The withdrawals that wait for people, oldest first; waits for one if there is none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Waiting {
    /// For whom.
    pub(crate) waits_for: WaitsFor,
    /// Those after the `next` of an earlier answer.
    pub(crate) after: Option<String>,
    /// At most so many: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
    /// How long to wait for the first: 0 to 60,000.
    #[serde(default)]
    pub(crate) timeout_ms: u64,
}

impl Params for Waiting {
    type Answer = Page<Withdrawal>;
    const NAME: &'static str = "withdrawal.waiting";
}

impl Await for Waiting {
    fn timeout(&self) -> Outcome<Duration> {
        page(self.limit, "limit")?;
        self.after.as_deref().map(read_row).transpose()?;
        if self.timeout_ms <= LONGEST_MS {
            Ok(Duration::from_millis(self.timeout_ms))
        } else {
            Err(Fault::argument("timeoutMs must be 0 to 60000"))
        }
    }

    fn look(&mut self, session: &Session, up: bool) -> Outcome<Option<Self::Answer>> {
        let stage = match self.waits_for {
            WaitsFor::Review => WithdrawalStage::AwaitingReview,
            WaitsFor::Approval => WithdrawalStage::AwaitingApproval,
        };
        let after = self.after.as_deref().map(read_row).transpose()?;
        let found = session.core.manager().waiting(stage, after, self.limit)?;
        if found.items.is_empty() && !up {
            return Ok(None);
        }
        let names = session.core.names();
        Ok(Some(Page::of_rows(found, |withdrawal| names.withdrawal(&withdrawal))))
    }
}
