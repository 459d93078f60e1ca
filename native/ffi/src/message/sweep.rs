//! Putting outputs together and reserving them: `account.sweep`, `outputs.*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::{
    error::ErrorKind,
    ledger::{Amount, OutputId},
    payments::{SweepRequest, SweepSource},
};

use super::{
    Call, Lane, Params,
    scalar::{AmountText, Hex},
    types::{AccountRef, Nothing},
};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// Puts small outputs together into outputs of an account, up to 128 in a transaction. Answers when all transactions are
/// signed and on disk; whenever it is interrupted, the next call goes on with what is left.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Sweep {
    /// The account that gets it, on its change address.
    pub(crate) account: AccountRef,
    /// Whose outputs; absent: those of all other accounts.
    pub(crate) from: Option<Vec<AccountRef>>,
    /// Outputs of at least so much.
    pub(crate) min_amount: Option<AmountText>,
    /// Outputs of at most so much.
    pub(crate) max_amount: Option<AmountText>,
    /// Outputs booked at least so many milestones ago; 0 when absent.
    pub(crate) min_age: Option<u32>,
    /// A transaction with fewer inputs is not made: 1 to 128; 1 when absent.
    pub(crate) min_count: Option<u32>,
    /// At most so many transactions; 1,000 when absent.
    pub(crate) max_transactions: Option<u32>,
}

/// What a sweep did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Swept {
    /// The transactions, in the order of signing.
    pub(crate) transaction_ids: Vec<Hex>,
    /// How many outputs they spend.
    pub(crate) output_count: u64,
    /// What they hold together.
    pub(crate) amount: AmountText,
    /// Whether more could be swept when it ended.
    pub(crate) more: bool,
}

impl Params for Sweep {
    type Answer = Swept;
    const NAME: &'static str = "account.sweep";
}

impl Call for Sweep {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let manager = session.core.manager();
        let account = (&self.account).into();
        let all = SweepRequest::into(manager.account_index(&account)?);
        let from = match self.from {
            None => SweepSource::Others,
            Some(accounts) => {
                let index = |account: &AccountRef| manager.account_index(&account.into());
                SweepSource::Accounts(accounts.iter().map(index).collect::<Result<_, _>>()?)
            }
        };
        let count = |number: Option<u32>, default: usize| {
            number.map_or(default, |number| usize::try_from(number).unwrap_or(usize::MAX))
        };
        let request = SweepRequest {
            from,
            least: amount(self.min_amount, all.least)?,
            most: amount(self.max_amount, all.most)?,
            min_age: self.min_age.unwrap_or(0),
            min_count: count(self.min_count, all.min_count),
            max_transactions: count(self.max_transactions, all.max_transactions),
            ..all
        };
        let report = manager.sweep(&account, request)?;
        Ok(Swept {
            transaction_ids: report.transactions.iter().map(Hex::from).collect(),
            output_count: u64::try_from(report.outputs).unwrap_or(u64::MAX),
            amount: report.amount.into(),
            more: report.more,
        })
    }
}

fn amount(given: Option<AmountText>, default: Amount) -> Outcome<Amount> {
    let invalid = |_| Fault::new(ErrorKind::AmountInvalid, "an amount is a whole number of base units as text");
    given.map_or(Ok(default), |text| text.0.parse().map_err(invalid))
}

/// Reserves outputs, all or none: no payment spends them until they are freed by hand, also after a restart.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Lock {
    /// Which: plain, unspent, and reserved by no payment. 1 to 1000.
    pub(crate) output_ids: Vec<Hex>,
}

impl Params for Lock {
    type Answer = Nothing;
    const NAME: &'static str = "outputs.lock";
}

impl Call for Lock {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.core.manager().lock_outputs(ids(&self.output_ids)?)?;
        Ok(Nothing {})
    }
}

/// Frees outputs that were reserved by hand, all or none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Unlock {
    /// Which: reserved by no payment. 1 to 1000.
    pub(crate) output_ids: Vec<Hex>,
}

impl Params for Unlock {
    type Answer = Nothing;
    const NAME: &'static str = "outputs.unlock";
}

impl Call for Unlock {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.core.manager().unlock_outputs(ids(&self.output_ids)?)?;
        Ok(Nothing {})
    }
}

fn ids(texts: &[Hex]) -> Outcome<Vec<OutputId>> {
    if !(1..=1_000).contains(&texts.len()) {
        return Err(Fault::argument("outputIds are 1 to 1000"));
    }
    let read =
        |id: &Hex| OutputId::from_hex(&id.0).map_err(|_| Fault::argument("one of outputIds is not an output id"));
    texts.iter().map(read).collect()
}
