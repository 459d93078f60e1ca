//! Withdrawals: `account.withdraw`, `account.withdrawals`, `withdrawal.*`; and `wallet.cancel`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stardust_wallet::{
    error::ErrorKind,
    manager::{self, AccountManager, WalletError},
    payments::{self, Cancelled, WithdrawalRequest},
};

use super::{
    Await, Call, Lane, Params, cancelled, cancelled_at_once, key_in,
    list::Listed,
    scalar::AmountText,
    transaction::micro_amount,
    types::{AccountRef, Transaction, Withdrawal, WithdrawalAnswer},
    wait_for,
};
use crate::{
    convert::Names,
    error::{Fault, Outcome},
    session::Session,
};

/// A withdrawal that is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Request {
    /// The caller's key, 1 to 256 bytes: with the same key and the same parameters the same withdrawal is answered, never a
    /// second one made.
    pub(crate) idempotency_key: String,
    /// Recipient (bech32).
    pub(crate) address: String,
    /// How much.
    pub(crate) amount: AmountText,
    /// Pay an amount below the storage deposit with a deposit that comes back when the recipient claims the output, and with
    /// all of it when nobody does so in time. Without it such an amount is refused.
    #[serde(default)]
    pub(crate) allow_micro_amount: bool,
    /// So long such an output can be claimed from the time at which its transaction is signed: 3,600,000 to 31,536,000,000; by
    /// default a day. With less than 1,800,000 left the transaction is submitted no more: the wallet takes it back by itself, and
    /// pays anew with a whole time.
    pub(crate) micro_amount_expiration_ms: Option<u64>,
}

impl Request {
    fn read(self) -> Outcome<WithdrawalRequest> {
        let Self { idempotency_key: key, address, amount, allow_micro_amount, micro_amount_expiration_ms } = self;
        let invalid = |_| Fault::new(ErrorKind::AmountInvalid, "an amount is a whole number of base units as text");
        let amount = amount.0.parse().map_err(invalid)?;
        let micro_amount = micro_amount(allow_micro_amount, micro_amount_expiration_ms)?;
        Ok(WithdrawalRequest { key, address, amount, micro_amount })
    }
}

/// Takes withdrawals. Answers once they are on disk; they are put together into transactions, and paid, from then on. What the
/// payment rules refuse is answered as `refused`, for ever; what a reviewer or persons have to look at waits for them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Withdraw {
    /// From this account.
    pub(crate) account: AccountRef,
    /// 1 to 1000.
    pub(crate) withdrawals: Vec<Request>,
}

impl Params for Withdraw {
    type Answer = Vec<WithdrawalAnswer>;
    const NAME: &'static str = "account.withdraw";
}

impl Call for Withdraw {
    const LANE: Lane = Lane::Work;

    fn keys(params: &Value) -> Vec<String> {
        let requests = params.get("withdrawals").and_then(Value::as_array);
        requests.into_iter().flatten().filter_map(key_in).collect()
    }

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let mut requests = Vec::with_capacity(self.withdrawals.len());
        // what cannot be read is refused alone, as every other fault of a request
        let mut places = Vec::with_capacity(self.withdrawals.len());
        for request in self.withdrawals {
            places.push(match request.read() {
                Ok(request) => {
                    requests.push(request);
                    None
                }
                Err(fault) => Some(fault),
            });
        }
        let account = (&self.account).into();
        let taken = if requests.is_empty() && !places.is_empty() {
            Vec::new()
        } else {
            session.core.manager().withdraw(&account, requests)?
        };
        let names = session.core.names();
        let mut taken = taken.into_iter();
        let answer = |fault: Option<Fault>| match fault {
            Some(fault) => Ok(WithdrawalAnswer { withdrawal: None, error: Some(fault.into_object()) }),
            None => taken.next().map(|accepted| names.accepted(accepted)).ok_or_else(Fault::internal),
        };
        places.into_iter().map(answer).collect()
    }
}

impl Listed for Withdrawal {
    type Row = payments::Withdrawal;
    const METHOD: &'static str = "account.withdrawals";
    const ABOUT: &'static str = "The withdrawals, oldest first.";

    fn rows(
        manager: &AccountManager,
        account: Option<&manager::AccountRef>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<manager::Page<Self::Row, i64>, WalletError> {
        manager.withdrawals(account, after, limit)
    }

    fn of(row: &Self::Row, names: &Names) -> Self {
        names.withdrawal(row)
    }
}

/// A withdrawal.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Get {
    /// Which.
    pub(crate) idempotency_key: String,
}

impl Params for Get {
    type Answer = Withdrawal;
    const NAME: &'static str = "withdrawal.get";
}

impl Call for Get {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.names().withdrawal(&session.core.manager().withdrawal(&self.idempotency_key)?))
    }
}

/// Cancels a withdrawal: at once while no transaction pays it, for whatever it waits; else the transaction is contested, and a milestone decides.
/// Answers the withdrawal as it is then.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Cancel {
    /// Which.
    pub(crate) idempotency_key: String,
}

impl Params for Cancel {
    type Answer = Withdrawal;
    const NAME: &'static str = "withdrawal.cancel";
}

impl Call for Cancel {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.names().withdrawal(&session.core.manager().cancel_withdrawal(&self.idempotency_key)?))
    }

    fn at_once(self, session: &Session) -> Outcome<Option<Self::Answer>> {
        let ended = session.core.manager().cancel_withdrawal_at_once(&self.idempotency_key)?;
        Ok(ended.map(|withdrawal| session.core.names().withdrawal(&withdrawal)))
    }
}

/// Cancels the withdrawal or the payment that has this key, as `withdrawal.cancel` or `transaction.cancel` does. Keys of both are one
/// space, so it is one of the two.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CancelKey {
    /// The key.
    pub(crate) idempotency_key: String,
}

/// What was cancelled by its key, as it is then: exactly one of the two.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Cancellation {
    /// The payment that has the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transaction: Option<Transaction>,
    /// The withdrawal that has the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) withdrawal: Option<Withdrawal>,
}

impl Cancellation {
    fn of(cancelled: &Cancelled, session: &Session) -> Self {
        let names = session.core.names();
        match cancelled {
            Cancelled::Payment(payment) => Self { transaction: Some(names.transaction(payment)), withdrawal: None },
            Cancelled::Withdrawal(withdrawal) => {
                Self { transaction: None, withdrawal: Some(names.withdrawal(withdrawal)) }
            }
        }
    }
}

impl Params for CancelKey {
    type Answer = Cancellation;
    const NAME: &'static str = "wallet.cancel";
}

impl Call for CancelKey {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let key = &self.idempotency_key;
        let cancelled = cancelled(session, key, || session.core.manager().cancel_key(key))?;
        Ok(Cancellation::of(&cancelled, session))
    }

    fn at_once(self, session: &Session) -> Outcome<Option<Self::Answer>> {
        let key = &self.idempotency_key;
        let ended = cancelled_at_once(session, key, || session.core.manager().cancel_key_at_once(key))?;
        Ok(ended.map(|cancelled| Cancellation::of(&cancelled, session)))
    }
}

/// Waits until a withdrawal is confirmed, dead, cancelled or refused.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AwaitEnd {
    /// Which.
    pub(crate) idempotency_key: String,
    /// How long: up to 86,400,000.
    pub(crate) timeout_ms: u64,
}

impl Params for AwaitEnd {
    type Answer = Withdrawal;
    const NAME: &'static str = "withdrawal.await";
}

impl Await for AwaitEnd {
    fn timeout(&self) -> Outcome<Duration> {
        wait_for(self.timeout_ms)
    }

    fn look(&mut self, session: &Session, _: bool) -> Outcome<Option<Withdrawal>> {
        let withdrawal = session.core.manager().withdrawal(&self.idempotency_key)?;
        Ok(withdrawal.state.is_final().then(|| session.core.names().withdrawal(&withdrawal)))
    }
}
