//! Prepared transactions: `account.prepareTransaction`, `prepared.*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Call, Lane, Params,
    scalar::{AmountText, Hex},
    transaction::{Payee, SendAmount, SendOptions, reviewed},
    types::{AccountRef, Nothing, OutputRole, Transaction, TransactionInput},
};
use crate::{error::Outcome, session::Session};

/// So long a transaction is prepared when nothing else is said.
const TIME_MS: u64 = 300_000;

/// An output that a prepared transaction creates.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreparedOutput {
    /// Who gets it (bech32).
    pub(crate) address: String,
    /// How much.
    pub(crate) amount: AmountText,
    /// What it is for.
    pub(crate) role: OutputRole,
    /// Whether it goes to one of the wallet's own addresses.
    pub(crate) own: bool,
    /// The part of the amount that the recipient gives back to claim the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deposit_return: Option<AmountText>,
    /// From this ledger time on it is the wallet's again, unless it was claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration_ms: Option<u64>,
}

/// A payment of which all is decided and nothing is signed. Its inputs are leased to it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Prepared {
    /// Its name, which owns the inputs; of no use after a restart.
    pub(crate) id: String,
    /// The account that pays.
    pub(crate) account_index: u32,
    /// The key that it is submitted with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
    /// The caller's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// What it spends.
    pub(crate) inputs: Vec<TransactionInput>,
    /// What it creates: for the payees, then the rest.
    pub(crate) outputs: Vec<PreparedOutput>,
    /// The rest; 0: there is none.
    pub(crate) remainder: AmountText,
    /// The transaction essence as on the wire (TIP-20).
    pub(crate) essence: Hex,
    /// Its Blake2b-256: what the keys sign.
    pub(crate) essence_hash: Hex,
    /// When its inputs are given back, by this machine's clock.
    pub(crate) expires_at_ms: u64,
    /// When it was prepared, by this machine's clock.
    pub(crate) created_ms: u64,
}

/// Decides all of a payment, and leases its inputs to it for a time. Nothing is signed or stored: a restart forgets it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Prepare {
    /// From this account.
    pub(crate) account: AccountRef,
    /// To these: 1 to 128, 127 beside a remainder.
    pub(crate) outputs: Vec<Payee>,
    /// In this way.
    pub(crate) options: Option<SendOptions>,
    /// For so long: 1,000 to 86,400,000; by default 300,000.
    pub(crate) expiry_ms: Option<u64>,
}

impl Params for Prepare {
    type Answer = Prepared;
    const NAME: &'static str = "account.prepareTransaction";
}

impl Call for Prepare {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let account = (&self.account).into();
        let time_ms = self.expiry_ms.unwrap_or(TIME_MS);
        let Self { account: from, outputs, options, .. } = self;
        let request = SendAmount { account: from, outputs, options, reviewed: false, veto: None };
        let (payees, options) = request.read()?;
        let prepared = session.core.manager().prepare(&account, payees, options, time_ms)?;
        Ok(session.core.names().prepared(&prepared))
    }
}

/// Signs, stores and sends a prepared transaction exactly as it was prepared; answers as `account.sendAmount` does. Repeated, it
/// answers the same payment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Submit {
    /// Which.
    pub(crate) id: String,
    /// Whether the reviewer has let it pass. Without that it is answered by `REVIEW_REQUIRED` in a wallet with
    /// `withdrawalReview`, unless it was submitted, and stays prepared.
    #[serde(default)]
    pub(crate) reviewed: bool,
    /// Why the reviewer refuses it, 1 to 1,024 bytes, if it does: instead of `reviewed`. It is answered by `POLICY_REFUSED` and in the
    /// audit log then, unless it was submitted, and stays prepared.
    pub(crate) veto: Option<String>,
}

impl Params for Submit {
    type Answer = Transaction;
    const NAME: &'static str = "prepared.submit";
}

impl Call for Submit {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let reviewed = reviewed(self.reviewed, self.veto)?;
        let payment = session.core.manager().submit_prepared(&self.id, reviewed)?;
        Ok(session.core.names().transaction(&payment))
    }
}

/// Gives the inputs of a prepared transaction back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Release {
    /// Which.
    pub(crate) id: String,
}

impl Params for Release {
    type Answer = Nothing;
    const NAME: &'static str = "prepared.release";
}

impl Call for Release {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.core.manager().release_prepared(&self.id)?;
        Ok(Nothing {})
    }
}

/// What is prepared, the oldest first: up to 1000.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// From this account only.
    pub(crate) account: Option<AccountRef>,
}

impl Params for List {
    type Answer = Vec<Prepared>;
    const NAME: &'static str = "prepared.list";
}

impl Call for List {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let account = self.account.as_ref().map(stardust_wallet::manager::AccountRef::from);
        let prepared = session.core.manager().prepared(account.as_ref())?;
        let names = session.core.names();
        Ok(prepared.iter().map(|prepared| names.prepared(prepared)).collect())
    }
}
