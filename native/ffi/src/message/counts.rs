//! How many addresses each account had issued, as an operator states it; `wallet.stateCounts` for more accounts than one
//! message holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::manager;

use super::{Call, Lane, Params};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// How many addresses an account had issued.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct IssuedAccount {
    /// Its index.
    pub(crate) account: i64,
    /// Its alias; needed for an account that a backup does not have. One that is recovered without gets one. That of an
    /// account which is there must be its own, unless a search of the seed named it.
    pub(crate) alias: Option<String>,
    /// Public addresses: one more than the greatest key index.
    pub(crate) public_count: i64,
    /// Internal addresses: one more than the greatest key index.
    pub(crate) internal_count: i64,
}

impl TryFrom<IssuedAccount> for manager::IssuedAccount {
    type Error = Fault;

    fn try_from(one: IssuedAccount) -> Outcome<Self> {
        let number = |number: i64, name| {
            u32::try_from(number)
                .map_err(|_| Fault::argument(format!("{name} must be 0 to 2147483648, it is {number}")))
        };
        Ok(Self {
            account: number(one.account, "account")?,
            alias: one.alias,
            public: number(one.public_count, "publicCount")?,
            internal: number(one.internal_count, "internalCount")?,
        })
    }
}

/// States counts of more accounts than one message holds, in parts: nothing happens by it before `wallet.releaseIssuing` or
/// `wallet.recoverAccounts` names the statement, which ends it. Up to 1,000,000 accounts; four statements may be open, and
/// another one takes the place of the oldest.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StateCounts {
    /// The statement that this is a part of; absent: this is the first.
    pub(crate) statement: Option<i64>,
    /// Any of the accounts.
    pub(crate) accounts: Vec<IssuedAccount>,
}

/// A statement that is not complete.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stated {
    /// Its number, for the next part and for what it is stated for.
    pub(crate) statement: i64,
    /// Accounts that it has so far.
    pub(crate) accounts: u64,
}

impl Params for StateCounts {
    type Answer = Stated;
    const NAME: &'static str = "wallet.stateCounts";
}

impl Call for StateCounts {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let counts = self.accounts.into_iter().map(TryInto::try_into).collect::<Outcome<Vec<_>>>()?;
        let (statement, accounts) = session.statements.add(self.statement, counts)?;
        Ok(Stated { statement, accounts: u64::try_from(accounts).unwrap_or(u64::MAX) })
    }
}

/// What is stated in the message itself or in a statement, if it is in one of them.
pub(super) fn stated(
    session: &Session,
    accounts: Option<Vec<IssuedAccount>>,
    statement: Option<i64>,
) -> Outcome<Option<Vec<manager::IssuedAccount>>> {
    match (accounts, statement) {
        (Some(accounts), None) => accounts.into_iter().map(TryInto::try_into).collect::<Outcome<_>>().map(Some),
        (None, Some(statement)) => session.statements.take(statement).map(Some),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Fault::argument("give accounts or statement, not both")),
    }
}
