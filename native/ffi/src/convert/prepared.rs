//! Prepared transactions, and rules about payments.

use std::{collections::BTreeSet, time::Duration};

use stardust_wallet::{
    error::ErrorKind,
    ledger::{self, Address, AddressCodec, Amount},
    payments::{self, PaymentRules, Window},
    stardust::Stardust,
    store::payment::PaymentInputRow,
};

use super::Names;
use crate::{
    config::{PaymentRulesConfig, WindowConfig},
    error::{Fault, Outcome},
    message::{
        prepared::{Prepared, PreparedOutput},
        scalar::{AmountText, Hex},
        types::TransactionInput,
    },
};

/// Windows of rules at most.
const WINDOWS: usize = 16;
/// The longest window: 31 days.
const LONGEST_MS: u64 = 31 * 86_400_000;
/// Addresses of an allow-list at most.
const LISTED: usize = 100_000;

impl Names {
    /// A prepared transaction.
    pub(crate) fn prepared(&self, prepared: &payments::Prepared) -> Prepared {
        let output = |output: &payments::PreparedOutput| PreparedOutput {
            address: self.address(&output.address),
            amount: output.amount.into(),
            role: output.role.into(),
            own: output.own,
            deposit_return: output.deposit_return.map(AmountText::from),
            expiration_ms: output.expiration.map(ledger::UnixTime::millis),
        };
        Prepared {
            id: prepared.id.clone(),
            account_index: prepared.account,
            idempotency_key: prepared.idempotency_key.clone(),
            note: prepared.note.clone(),
            inputs: prepared.inputs.iter().map(|input| self.input(input)).collect(),
            outputs: prepared.outputs.iter().map(output).collect(),
            remainder: prepared.remainder.into(),
            essence: Hex::bytes(&prepared.essence),
            essence_hash: Hex::bytes(&prepared.essence_hash),
            expires_at_ms: prepared.expires_ms,
            created_ms: prepared.created_ms,
        }
    }

    /// An output that a payment spends.
    pub(super) fn input(&self, input: &PaymentInputRow) -> TransactionInput {
        TransactionInput {
            output_id: (&input.output_id).into(),
            amount: input.amount.into(),
            address: self.address(&input.address),
        }
    }
}

/// Reads the rules of a configuration. The addresses of the list are of one network; that it is the wallet's is checked where
/// that is known.
///
/// # Errors
/// `INVALID_CONFIGURATION`.
pub(crate) fn rules(config: Option<&PaymentRulesConfig>, review: bool) -> Outcome<PaymentRules> {
    let Some(config) = config else { return Ok(PaymentRules { review, ..PaymentRules::default() }) };
    if config.windows.len() > WINDOWS {
        return Err(invalid("paymentRules: at most 16 windows"));
    }
    Ok(PaymentRules {
        per_payment: amount(config.per_payment.as_ref(), "perPayment")?,
        windows: config.windows.iter().map(window).collect::<Outcome<_>>()?,
        allow_list: config.allow_list.as_deref().map(allow_list).transpose()?,
        allow_list_hrp: config.allow_list.as_deref().and_then(|list| list.first()).map(|text| hrp(text)),
        approval_from: amount(config.approval_from.as_ref(), "approvalFrom")?,
        review,
    })
}

fn window(config: &WindowConfig) -> Outcome<Window> {
    let WindowConfig { duration_ms, max_amount, max_count } = config;
    if !(1..=LONGEST_MS).contains(duration_ms) {
        return Err(invalid("paymentRules: durationMs must be 1 to 2678400000"));
    }
    if max_amount.is_none() && max_count.is_none() {
        return Err(invalid("paymentRules: a window has maxAmount or maxCount"));
    }
    let amount = amount(max_amount.as_ref(), "maxAmount")?;
    Ok(Window { length: Duration::from_millis(*duration_ms), amount, recipients: *max_count })
}

fn amount(text: Option<&AmountText>, name: &str) -> Outcome<Option<Amount>> {
    let read = |text: &AmountText| text.0.parse().map_err(|error| invalid(format!("paymentRules: {name}: {error}")));
    text.map(read).transpose()
}

fn allow_list(texts: &[String]) -> Outcome<BTreeSet<Address>> {
    if texts.len() > LISTED {
        return Err(invalid("paymentRules: at most 100000 addresses in allowList"));
    }
    let prefix = texts.first().map_or_else(String::new, |text| hrp(text));
    if let Some(text) = texts.iter().find(|text| hrp(text) != prefix) {
        return Err(invalid(format!("paymentRules: allowList: {text:?} is not of the network of {:?}", texts[0])));
    }
    let read = |text: &String| {
        let parsed = Stardust.parse(text, &prefix);
        parsed.map_err(|error| invalid(format!("paymentRules: allowList: {text:?}: {error}")))
    };
    texts.iter().map(read).collect()
}

/// The part of an address that says of which network it is; an address may also be in capital letters.
fn hrp(text: &str) -> String {
    text.rsplit_once('1').map_or_else(String::new, |(hrp, _)| hrp.to_ascii_lowercase())
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new(ErrorKind::InvalidConfiguration, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allow_list_takes_capital_letters_as_payments_do() {
        let address = Address::from_slice(&[0; 33]).unwrap();
        let text = Stardust.format(&address, "rms");
        let read = |allow_list: Vec<String>| {
            rules(Some(&PaymentRulesConfig { allow_list: Some(allow_list), ..PaymentRulesConfig::default() }), false)
        };
        let listed = read(vec![text.to_uppercase(), text.clone()]).unwrap();
        assert_eq!(listed.allow_list, Some([address].into()));
        assert_eq!(listed.allow_list_hrp.as_deref(), Some("rms"));
        // one that is in both is none
        assert!(read(vec![text.replacen("rms", "Rms", 1)]).is_err());
        assert!(read(vec![text, Stardust.format(&address, "smr")]).is_err());
    }
}
