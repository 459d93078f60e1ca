//! Methods `audit.*`: what the wallet decided, and whether the log of it is as it was written.

use schemars::JsonSchema;
use serde::Deserialize;
use stardust_wallet::{
    audit::{self, AuditFilter},
    ledger::TransactionId,
    manager,
};

use super::{
    Call, Lane, Params,
    account::default_limit,
    page,
    scalar::Hex,
    types::{AccountRef, AuditHead, AuditRecord, AuditVerdict, Page},
};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// Verifies the audit log as it is when this is asked, while the wallet goes on. That it is wrong is in the answer, not an error.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verify {
    /// A head that was noted earlier and must be in the log. Without one, a log that was made anew from its beginning, or that
    /// is shorter than it was, is not noticed.
    pub(crate) expected: Option<AuditHead>,
}

impl Params for Verify {
    type Answer = AuditVerdict;
    const NAME: &'static str = "audit.verify";
}

impl Call for Verify {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let expected = self.expected.map(read_head).transpose()?;
        Ok(session.core.manager().verify_audit(expected)?.into())
    }
}

fn read_head(head: AuditHead) -> Outcome<audit::AuditHead> {
    let hash = head.hash.decode().and_then(|bytes| bytes.try_into().ok());
    let hash = hash.ok_or_else(|| Fault::argument("hash must be 0x and 64 hexadecimal digits"))?;
    if head.sequence == 0 {
        return Err(Fault::argument("sequence must be 1 or more"));
    }
    Ok(audit::AuditHead { sequence: head.sequence, hash })
}

/// Where the audit log ends. Keep it elsewhere, for `audit.verify`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {}

impl Params for Head {
    type Answer = AuditHead;
    const NAME: &'static str = "audit.head";
}

impl Call for Head {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.manager().audit_head()?.into())
    }
}

/// The records of the audit log that pass every given filter, oldest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct List {
    /// Those that concern this account.
    pub(crate) account: Option<AccountRef>,
    /// Those about the payment or withdrawal of this key.
    pub(crate) idempotency_key: Option<String>,
    /// Those about this transaction.
    pub(crate) transaction_id: Option<Hex>,
    /// Those after the `next` of an earlier answer, which is the last record's sequence.
    pub(crate) after: Option<String>,
    /// At most so many: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
}

impl Params for List {
    type Answer = Page<AuditRecord>;
    const NAME: &'static str = "audit.list";
}

impl Call for List {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let manager = session.core.manager();
        let after = self.after.as_deref().map(read_sequence).transpose()?.unwrap_or(0);
        let account = self.account.as_ref().map(manager::AccountRef::from);
        let filter = AuditFilter {
            account: account.map(|account| manager.account(&account)).transpose()?.map(|info| info.index),
            key: self.idempotency_key,
            transaction: self.transaction_id.as_ref().map(read_transaction).transpose()?,
        };
        let page = manager.audit_records(&filter, after, page(self.limit, "limit")?)?;
        let items = page.items.into_iter().map(AuditRecord::from).collect();
        Ok(Page { items, next: page.next.map(|sequence| sequence.to_string()) })
    }
}

fn read_sequence(text: &str) -> Outcome<u64> {
    // as far as a row's number can go
    let sequence = text.parse().ok().filter(|sequence| i64::try_from(*sequence).is_ok());
    sequence.ok_or_else(|| Fault::argument("after is not the next of an earlier answer"))
}

fn read_transaction(id: &Hex) -> Outcome<TransactionId> {
    TransactionId::from_hex(&id.0).map_err(|_| Fault::argument("transactionId is not an id"))
}
