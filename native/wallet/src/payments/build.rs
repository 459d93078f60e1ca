//! From chosen inputs to a signed payment that is ready for the database.

use std::collections::HashMap;

use rusqlite::Connection;

use super::{Payer, PaymentError, PaymentPorts, Payments, RemainderStrategy, select::Candidate};
use crate::{
    events::ProgressStage,
    keys::{KeyPath, Signature},
    ledger::{
        Address, Amount, Conditions, Draft, DraftInput, DraftRequest, InputSignature, Network, OutputId, Payee, Sealed,
        TaggedData, UnixTime,
    },
    store::{
        AddressKey, StoreError, address,
        payment::{self, NewPaymentRow, OutputRole, PaymentInputRow, PaymentOutputRow},
    },
};

/// What a transaction is to do.
#[derive(Clone, Debug)]
pub(super) struct Order<'a> {
    /// Who pays.
    pub(super) payer: &'a Payer,
    /// Hash of the request's parameters.
    pub(super) digest: [u8; 32],
    /// Who gets what, in this order.
    pub(super) payees: &'a [Payee],
    /// What these outputs are for.
    pub(super) role: OutputRole,
    /// Where the remainder goes.
    pub(super) remainder: RemainderStrategy<Address>,
    /// What it carries.
    pub(super) tagged_data: Option<TaggedData>,
    /// The payment that it contests.
    pub(super) contests: Option<i64>,
    /// Into how many outputs the remainder is split, at least 1.
    pub(super) parts: usize,
}

/// What is not the same for all outputs of an order, or not usual for its inputs.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    /// What each payee's output is for; empty: what the order says.
    pub(super) roles: Vec<OutputRole>,
    /// What restricts each payee's output; empty: nothing.
    pub(super) conditions: Vec<Conditions>,
    /// The ledger's time that decides who owns the inputs; none: all of their conditions are over.
    pub(super) at: Option<UnixTime>,
}

/// A transaction that is decided and not signed.
#[derive(Clone, Debug)]
pub(super) struct Drafted {
    /// What it spends, in the order of selection.
    pub(super) inputs: Vec<DraftInput>,
    /// Parts of the remainder, if it is split.
    pub(super) parts: Vec<Payee>,
    /// What is left of the remainder.
    pub(super) remainder: Option<Payee>,
    /// What is to be signed.
    pub(super) draft: Draft,
}

impl Payments {
    /// Drafts, signs and seals. `rest` is what the inputs hold beyond the order.
    pub(super) fn build(
        &self,
        order: &Order<'_>,
        network: &Network,
        chosen: &[Candidate],
        rest: Amount,
    ) -> Result<NewPaymentRow, PaymentError> {
        self.build_on(order, &Terms::default(), network, chosen, rest)
    }

    /// The same on terms.
    pub(super) fn build_on(
        &self,
        order: &Order<'_>,
        terms: &Terms,
        network: &Network,
        chosen: &[Candidate],
        rest: Amount,
    ) -> Result<NewPaymentRow, PaymentError> {
        let drafted = self.draft_on(order, terms, network, chosen, rest)?;
        self.sign(order, terms, chosen, drafted)
    }

    /// Decides all of a transaction, and signs nothing.
    pub(super) fn draft_on(
        &self,
        order: &Order<'_>,
        terms: &Terms,
        network: &Network,
        chosen: &[Candidate],
        rest: Amount,
    ) -> Result<Drafted, PaymentError> {
        let PaymentPorts { store, drafter, .. } = &self.ports;
        let owners = store.readers().read(|conn| owners(conn, chosen))?;
        let inputs: Vec<DraftInput> = chosen
            .iter()
            .zip(&owners)
            .map(|(input, address)| DraftInput { id: input.id, address: *address, raw: input.raw.clone() })
            .collect();
        let (parts, remainder) = self.remainder(order, rest, owners[0])?;
        let payees = [order.payees, &parts].concat();
        let draft = drafter.draft(&DraftRequest {
            network,
            inputs: &inputs,
            payees: &payees,
            conditions: &terms.conditions,
            remainder: remainder.clone(),
            tagged_data: order.tagged_data.as_ref(),
            at: terms.at,
        })?;
        self.ports.tell(order.payer, None, ProgressStage::Prepared);
        Ok(Drafted { inputs, parts, remainder, draft })
    }

    /// Signs and seals what was drafted.
    pub(super) fn sign(
        &self,
        order: &Order<'_>,
        terms: &Terms,
        chosen: &[Candidate],
        drafted: Drafted,
    ) -> Result<NewPaymentRow, PaymentError> {
        let PaymentPorts { store, drafter, clock, .. } = &self.ports;
        let (payer, Drafted { inputs, parts, remainder, draft }) = (order.payer, drafted);
        let owners = inputs.iter().map(|input| input.address);
        let paths: HashMap<Address, AddressKey> = owners.zip(chosen.iter().map(|input| input.key)).collect();
        self.ports.tell(payer, None, ProgressStage::Signing);
        let sealed = drafter.seal(&draft, &signatures(&self.ports, &draft, &paths)?)?;
        let outputs = store.readers().read(|conn| outputs(conn, &sealed, order, terms, &parts, remainder.as_ref()))?;
        Ok(NewPaymentRow {
            transaction_id: sealed.transaction_id,
            account: payer.account,
            key: payer.key.clone(),
            digest: order.digest,
            payload: sealed.payload,
            tagged_data: order.tagged_data.clone(),
            remainder: comes_back(&outputs, payer.account),
            contests: order.contests,
            note: None,
            retry: false,
            retries: None,
            created_ms: clock.now_ms(),
            inputs: inputs
                .into_iter()
                .zip(chosen)
                .map(|(input, chosen)| PaymentInputRow {
                    output_id: input.id,
                    address: input.address,
                    amount: chosen.amount,
                })
                .collect(),
            outputs,
        })
    }

    /// What goes back: parts of the remainder, if it is split, and what is left of it.
    fn remainder(
        &self,
        order: &Order<'_>,
        amount: Amount,
        first: Address,
    ) -> Result<(Vec<Payee>, Option<Payee>), PaymentError> {
        let address = match (amount, order.remainder) {
            (Amount::ZERO, _) => return Ok((Vec::new(), None)),
            (_, RemainderStrategy::ReuseAddress) => first,
            (_, RemainderStrategy::CustomAddress(address)) => address,
            (_, RemainderStrategy::ChangeAddress) => self.change_address(order.payer.account)?,
        };
        let mut parts = split(address, amount, order.parts);
        let last = parts.pop();
        Ok((parts, last))
    }
}

/// So many payees that get the same, at least one; the last one takes what the division leaves.
pub(super) fn split(address: Address, amount: Amount, parts: usize) -> Vec<Payee> {
    let parts = u64::try_from(parts.max(1)).unwrap_or(1);
    let part = Amount::new(amount.units() / parts);
    let last = Amount::new(amount.units() - part.units() * (parts - 1));
    let amounts = (1..parts).map(|_| part).chain([last]);
    amounts.map(|amount| Payee { address, amount }).collect()
}

/// What of the remainder the account gets: nothing when it goes to another one or to somebody else.
fn comes_back(outputs: &[PaymentOutputRow], account: u32) -> Amount {
    let of_remainder = |output: &&PaymentOutputRow| matches!(output.role, OutputRole::Remainder | OutputRole::FanOut);
    let back = outputs.iter().filter(of_remainder).filter(|output| output.ours == Some(account));
    Amount::checked_sum(back.map(|output| output.amount)).unwrap_or(Amount::ZERO)
}

fn owners(conn: &Connection, inputs: &[Candidate]) -> Result<Vec<Address>, PaymentError> {
    let owner = |input: &Candidate| {
        let row = address::by_key(conn, input.key)?;
        Ok(row.ok_or_else(|| StoreError::corrupt(format!("output {} has no address", input.id)))?.raw)
    };
    inputs.iter().map(owner).collect()
}

/// Signs for each address once. A key that is not the address's comes from another seed.
fn signatures(
    ports: &PaymentPorts,
    draft: &Draft,
    paths: &HashMap<Address, AddressKey>,
) -> Result<Vec<InputSignature>, PaymentError> {
    let mut addresses = draft.unlocks.clone();
    addresses.sort_unstable();
    addresses.dedup();
    let message = draft.signing_message.as_slice();
    let request = |address: &Address| {
        let key = paths.get(address).expect("the draft unlocks the inputs it was given");
        Ok((KeyPath::new(key.account, key.internal, key.key_index)?, message))
    };
    let requests = addresses.iter().map(request).collect::<Result<Vec<_>, PaymentError>>()?;
    let signed = ports.keys.sign(&requests)?;
    let of_address = |(address, signed): (&Address, Signature)| {
        if ports.codec.of_public_key(&signed.public_key) != *address {
            return Err(PaymentError::SeedMismatch);
        }
        Ok(InputSignature { address: *address, public_key: signed.public_key, signature: signed.signature })
    };
    addresses.iter().zip(signed).map(of_address).collect()
}

fn outputs(
    conn: &Connection,
    sealed: &Sealed,
    order: &Order<'_>,
    terms: &Terms,
    parts: &[Payee],
    remainder: Option<&Payee>,
) -> Result<Vec<PaymentOutputRow>, PaymentError> {
    let payees = order.payees.iter().enumerate().map(|(index, payee)| {
        let role = terms.roles.get(index).copied().unwrap_or(order.role);
        (payee, role, terms.conditions.get(index).copied().unwrap_or_default())
    });
    let parts = parts.iter().map(|part| (part, OutputRole::FanOut, Conditions::default()));
    let remainder = remainder.map(|remainder| (remainder, OutputRole::Remainder, Conditions::default()));
    let row = |(output_id, (payee, role, conditions)): (&OutputId, (&Payee, OutputRole, Conditions))| {
        Ok(PaymentOutputRow {
            output_id: *output_id,
            address: payee.address,
            amount: payee.amount,
            role,
            ours: payment::address_key(conn, &payee.address)?.map(|key| key.account),
            deposit_return: conditions.deposit_return.map(|part| part.amount),
            expiration: conditions.expiration.map(|end| end.time),
        })
    };
    sealed.outputs.iter().zip(payees.chain(parts).chain(remainder)).map(row).collect()
}
