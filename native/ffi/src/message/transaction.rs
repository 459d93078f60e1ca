//! Payments: `account.sendAmount`, `account.transactions`, `transaction.*`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use stardust_wallet::{
    error::ErrorKind,
    ledger::{self, Amount, OutputId, TransactionId},
    manager::{self, AccountManager, WalletError},
    payments::{self, MicroAmount, PaymentRef, PaymentState, RemainderStrategy, Reviewed},
};

use super::{
    Await, Call, Lane, Params, cancelled, cancelled_at_once, key_in,
    list::Listed,
    scalar::{AmountText, Hex},
    types::{AccountRef, TaggedData, Transaction},
};
use crate::{
    convert::Names,
    error::{Fault, Outcome},
    session::Session,
};

/// A recipient and what it gets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payee {
    /// Recipient (bech32).
    pub(crate) address: String,
    /// How much.
    pub(crate) amount: AmountText,
}

/// Where the rest of a payment goes.
#[expect(clippy::enum_variant_names, reason = "the names on the wire")]
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum RemainderValueStrategy {
    /// To the account's change address: one internal address for an account.
    ChangeAddress {},
    /// To the address of the first input.
    ReuseAddress {},
    /// To this address, whose ever it is: at somebody else's the rest is gone. At one of the wallet's it is change, never a
    /// deposit.
    CustomAddress {
        /// Bech32.
        address: String,
    },
}

/// How to make a payment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SendOptions {
    /// Where the rest goes; by default to the change address.
    pub(crate) remainder_value_strategy: Option<RemainderValueStrategy>,
    /// Data to carry along, public for ever.
    pub(crate) tagged_data: Option<TaggedData>,
    /// Spend exactly these outputs.
    pub(crate) custom_inputs: Option<Vec<Hex>>,
    /// A key of the caller's: with the same key and the same parameters the same payment is answered,
    /// never a second one made. 1 to 256 bytes.
    pub(crate) idempotency_key: Option<String>,
    /// Words about the payment, up to 1,024 bytes. They stay in the wallet, and are no parameter of the payment: a repeated call
    /// with a key does not change them.
    pub(crate) note: Option<String>,
    /// Send what is below the storage deposit with a deposit that comes back when the recipient claims the output, and with all
    /// of it when nobody does so in time. Without it such an amount is refused.
    #[serde(default)]
    pub(crate) allow_micro_amount: bool,
    /// So long such an output can be claimed from the time at which it is signed: 3,600,000 to 31,536,000,000; by default a day.
    /// With less than 1,800,000 left it is submitted no more, and cancelled by the wallet itself.
    pub(crate) micro_amount_expiration_ms: Option<u64>,
}

/// Pays. Answers once the signed transaction is on disk and was first sent to a node, or could not be sent
/// yet: it is sent again until a milestone decides.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendAmount {
    /// From this account.
    pub(crate) account: AccountRef,
    /// To these: 1 to 128, 127 beside a remainder.
    pub(crate) outputs: Vec<Payee>,
    /// In this way.
    pub(crate) options: Option<SendOptions>,
    /// Whether the reviewer has let it pass. Without that it is answered by `REVIEW_REQUIRED` in a wallet with
    /// `withdrawalReview`, unless there is a payment with its key.
    #[serde(default)]
    pub(crate) reviewed: bool,
    /// Why the reviewer refuses it, 1 to 1,024 bytes, if it does: instead of `reviewed`. It is answered by `POLICY_REFUSED` and in the
    /// audit log then, unless there is a payment with its key.
    pub(crate) veto: Option<String>,
}

impl Params for SendAmount {
    type Answer = Transaction;
    const NAME: &'static str = "account.sendAmount";
}

impl Call for SendAmount {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let account = (&self.account).into();
        let (payees, options) = self.read()?;
        let payment = session.core.manager().send_amount(&account, payees, options)?;
        Ok(session.core.names().transaction(&payment))
    }

    fn at_once(self, session: &Session) -> Outcome<Option<Self::Answer>> {
        let key = self.options.as_ref().and_then(|options| options.idempotency_key.clone());
        // a payment that exists is answered as it is
        if key.is_some_and(|key| session.core.manager().payment(&PaymentRef::Key(key)).is_ok()) {
            self.call(session).map(Some)
        } else {
            Ok(None)
        }
    }

    fn keys(params: &Value) -> Vec<String> {
        params.get("options").and_then(key_in).into_iter().collect()
    }
}

impl SendAmount {
    /// What the texts in it mean.
    pub(crate) fn read(self) -> Outcome<(Vec<(String, Amount)>, payments::SendOptions)> {
        let payees = self.outputs.into_iter().map(Payee::read).collect::<Outcome<_>>()?;
        let reviewed = reviewed(self.reviewed, self.veto)?;
        let options = payments::SendOptions { reviewed, ..self.options.unwrap_or_default().read()? };
        Ok((payees, options))
    }
}

impl Listed for Transaction {
    type Row = payments::Payment;
    const METHOD: &'static str = "account.transactions";
    const ABOUT: &'static str = "The payments, oldest first.";

    fn rows(
        manager: &AccountManager,
        account: Option<&manager::AccountRef>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<manager::Page<Self::Row, i64>, WalletError> {
        manager.payments(account, after, limit)
    }

    fn of(row: &Self::Row, names: &Names) -> Self {
        names.transaction(row)
    }
}

/// A payment, by exactly one of its two names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Get {
    /// Its id.
    pub(crate) transaction_id: Option<Hex>,
    /// The key it was made with.
    pub(crate) idempotency_key: Option<String>,
}

impl Params for Get {
    type Answer = Transaction;
    const NAME: &'static str = "transaction.get";
}

impl Call for Get {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let which = payment_ref(self.transaction_id, self.idempotency_key)?;
        Ok(session.core.names().transaction(&session.core.manager().payment(&which)?))
    }
}

/// Begins to cancel a payment that is signed: another transaction spends one of its inputs back to the account, and a
/// milestone decides which of the two is applied. Answers the payment as it is then. One that has ended is answered as it is. By
/// exactly one of its two names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Cancel {
    /// Its id.
    pub(crate) transaction_id: Option<Hex>,
    /// The key it was made with.
    pub(crate) idempotency_key: Option<String>,
}

impl Params for Cancel {
    type Answer = Transaction;
    const NAME: &'static str = "transaction.cancel";
}

impl Call for Cancel {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let which = payment_ref(self.transaction_id, self.idempotency_key)?;
        let cancel = || session.core.manager().cancel(&which);
        let payment = match &which {
            PaymentRef::Key(key) => cancelled(session, key, cancel)?,
            PaymentRef::Transaction(_) => cancel()?,
        };
        Ok(session.core.names().transaction(&payment))
    }

    fn at_once(self, session: &Session) -> Outcome<Option<Self::Answer>> {
        let which = payment_ref(self.transaction_id, self.idempotency_key)?;
        let cancel = || session.core.manager().cancel_at_once(&which);
        let ended = match &which {
            PaymentRef::Key(key) => cancelled_at_once(session, key, cancel)?,
            PaymentRef::Transaction(_) => cancel()?,
        };
        Ok(ended.map(|payment| session.core.names().transaction(&payment)))
    }
}

/// Waits until a payment is confirmed, dead or cancelled, or rejected, which is no end: see `transaction.await`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AwaitInclusion {
    /// Which.
    pub(crate) transaction_id: Hex,
    /// How long: up to 86,400,000.
    pub(crate) timeout_ms: u64,
}

impl Params for AwaitInclusion {
    type Answer = Transaction;
    const NAME: &'static str = "transaction.awaitInclusion";
}

impl Await for AwaitInclusion {
    fn timeout(&self) -> Outcome<Duration> {
        super::wait_for(self.timeout_ms)
    }

    fn look(&mut self, session: &Session, _: bool) -> Outcome<Option<Transaction>> {
        let payment = session.core.manager().payment(&transaction_ref(&self.transaction_id)?)?;
        let decided = match payment.state {
            PaymentState::Signed | PaymentState::Submitted | PaymentState::Cancelling => false,
            PaymentState::Rejected | PaymentState::Confirmed | PaymentState::Dead | PaymentState::Cancelled => true,
        };
        Ok(decided.then(|| session.core.names().transaction(&payment)))
    }
}

/// Waits until a payment is confirmed, dead or cancelled: nothing changes it any more. A rejected one may still be confirmed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AwaitEnd {
    /// Which.
    pub(crate) transaction_id: Hex,
    /// How long: up to 86,400,000.
    pub(crate) timeout_ms: u64,
}

impl Params for AwaitEnd {
    type Answer = Transaction;
    const NAME: &'static str = "transaction.await";
}

impl Await for AwaitEnd {
    fn timeout(&self) -> Outcome<Duration> {
        super::wait_for(self.timeout_ms)
    }

    fn look(&mut self, session: &Session, _: bool) -> Outcome<Option<Transaction>> {
        let payment = session.core.manager().payment(&transaction_ref(&self.transaction_id)?)?;
        Ok((!payment.state.is_open()).then(|| session.core.names().transaction(&payment)))
    }
}

fn payment_ref(id: Option<Hex>, key: Option<String>) -> Outcome<PaymentRef> {
    match (id, key) {
        (Some(id), None) => transaction_ref(&id),
        (None, Some(key)) => Ok(PaymentRef::Key(key)),
        _ => Err(Fault::params("exactly one of transactionId and idempotencyKey is given")),
    }
}

fn transaction_ref(id: &Hex) -> Outcome<PaymentRef> {
    let read = TransactionId::from_hex(&id.0);
    read.map(PaymentRef::Transaction).map_err(|_| Fault::argument("transactionId is not an id"))
}

impl Payee {
    fn read(self) -> Outcome<(String, Amount)> {
        let invalid = |_| Fault::new(ErrorKind::AmountInvalid, "an amount is a whole number of base units as text");
        Ok((self.address, self.amount.0.parse().map_err(invalid)?))
    }
}

/// What a caller says of the reviewer.
pub(super) fn reviewed(reviewed: bool, veto: Option<String>) -> Outcome<Reviewed> {
    match (reviewed, veto) {
        (false, None) => Ok(Reviewed::No),
        (true, None) => Ok(Reviewed::Yes),
        (false, Some(reason)) => Ok(Reviewed::Vetoed(reason)),
        (true, Some(_)) => Err(Fault::argument("at most one of reviewed and veto is given")),
    }
}

/// How amounts below the storage deposit are sent; none: they are refused.
pub(super) fn micro_amount(allow: bool, expiration_ms: Option<u64>) -> Outcome<Option<MicroAmount>> {
    match (allow, expiration_ms) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err(Fault::argument("microAmountExpirationMs goes with allowMicroAmount")),
        (true, None) => Ok(Some(MicroAmount::default())),
        // more than fits is refused with what is too long
        (true, Some(ms)) => {
            Ok(Some(MicroAmount { expires_after: u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX) }))
        }
    }
}

impl SendOptions {
    fn read(self) -> Outcome<payments::SendOptions> {
        let output_id = |id: Hex| {
            let read = OutputId::from_hex(&id.0);
            read.map_err(|_| Fault::argument("a custom input is not an output id"))
        };
        let bytes = |hex: Hex, name: &str| {
            let read = hex.decode();
            read.ok_or_else(|| Fault::argument(format!("the {name} of taggedData is not 0x and hexadecimal digits")))
        };
        let tagged_data = match self.tagged_data {
            Some(TaggedData { tag, data }) => {
                Some(ledger::TaggedData { tag: bytes(tag, "tag")?, data: bytes(data, "data")? })
            }
            None => None,
        };
        let micro_amount = micro_amount(self.allow_micro_amount, self.micro_amount_expiration_ms)?;
        Ok(payments::SendOptions {
            remainder: match self.remainder_value_strategy {
                None | Some(RemainderValueStrategy::ChangeAddress {}) => RemainderStrategy::ChangeAddress,
                Some(RemainderValueStrategy::ReuseAddress {}) => RemainderStrategy::ReuseAddress,
                Some(RemainderValueStrategy::CustomAddress { address }) => RemainderStrategy::CustomAddress(address),
            },
            tagged_data,
            custom_inputs: self.custom_inputs.unwrap_or_default().into_iter().map(output_id).collect::<Outcome<_>>()?,
            idempotency_key: self.idempotency_key,
            note: self.note,
            micro_amount,
            reviewed: Reviewed::No,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_is_reviewed_or_vetoed_and_not_both() {
        let why = || Some("why".to_owned());
        assert_eq!(reviewed(false, None).unwrap(), Reviewed::No);
        assert_eq!(reviewed(true, None).unwrap(), Reviewed::Yes);
        assert_eq!(reviewed(false, why()).unwrap(), Reviewed::Vetoed("why".to_owned()));
        assert_eq!(reviewed(true, why()).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
