//! From the engine's data to the messages' words.

mod accounts;
mod audit;
mod consumers;
mod events;
mod lapsed;
mod prepared;
mod status;
mod withdrawals;

use stardust_wallet::{
    events::{self as engine, OutputClass, OutputDetails},
    ledger::{self, Address, AddressCodec, Amount},
    manager, payments,
    stardust::Stardust,
    store::payment,
};

pub(crate) use self::{
    consumers::{consumer, filter, retention},
    events::events_of,
    prepared::rules,
    status::sync_status,
};
use crate::message::{
    scalar::{AmountText, Hex, TokenAmount},
    types::{
        Conditions, DepositReturn, Expiration, NativeToken, Network, Output, Position, TaggedData, Transaction,
        TransactionOutput,
    },
};

/// What the same bytes are called in this wallet: its network and its log.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// The human-readable part of addresses; empty before the network is known.
    pub(crate) hrp: String,
    /// The network's id.
    pub(crate) network_id: u64,
    /// The log's id.
    pub(crate) log_id: Hex,
}

impl Names {
    /// An address as people write it.
    pub(crate) fn address(&self, address: &Address) -> String {
        if self.hrp.is_empty() { address.to_string() } else { Stardust.format(address, &self.hrp) }
    }

    /// What restricts an output.
    pub(crate) fn conditions(&self, conditions: &ledger::Conditions) -> Conditions {
        Conditions {
            deposit_return: conditions
                .deposit_return
                .map(|part| DepositReturn { address: self.address(&part.address), amount: part.amount.into() }),
            expiration: conditions.expiration.map(|part| Expiration {
                return_address: self.address(&part.return_address),
                time_ms: part.time.millis(),
            }),
            timelock_ms: conditions.timelock.map(ledger::UnixTime::millis),
        }
    }

    /// An output that is not known to be spent or reserved.
    fn output(&self, booked: &Booked<'_>, address: String, key: (u32, bool, u32)) -> Output {
        let (account_index, internal, key_index) = key;
        let details = booked.details;
        Output {
            output_id: booked.output_id.into(),
            transaction_id: booked.transaction_id.into(),
            output_kind: booked.kind.into(),
            amount: booked.amount.into(),
            address,
            account_index,
            key_index,
            internal,
            origin: booked.origin.into(),
            creditable: booked.creditable.into(),
            plain: booked.class == OutputClass::Plain,
            conditions: self.conditions(&details.conditions),
            native_tokens: details.native_tokens.iter().map(native_token).collect(),
            chain_id: details.chain_id.as_deref().map(Hex::bytes),
            tag: details.tag.as_deref().map(Hex::bytes),
            metadata: details.metadata.as_deref().map(Hex::bytes),
            sender: details.sender.map(|sender| self.address(&sender)),
            milestone_index: booked.milestone_index.0,
            milestone_time_ms: booked.milestone_time.millis(),
            spent: false,
            spent_by: None,
            spent_milestone_index: None,
            locked: false,
        }
    }

    /// An output of the wallet.
    pub(crate) fn own_output(&self, output: &manager::OutputInfo) -> Output {
        let credited = output.origin.is_deposit() && output.class == OutputClass::Plain;
        let booked = Booked {
            output_id: &output.output_id,
            transaction_id: &output.transaction_id,
            kind: output.kind,
            amount: output.amount,
            origin: output.origin,
            creditable: if credited { output.amount } else { Amount::ZERO },
            class: output.class,
            details: &output.details,
            milestone_index: output.milestone_index,
            milestone_time: output.milestone_time,
        };
        Output {
            spent: output.spent_index.is_some(),
            spent_by: output.spent_by.as_ref().map(Hex::from),
            spent_milestone_index: output.spent_index.map(|index| index.0),
            locked: output.locked,
            ..self.output(&booked, output.address.clone(), (output.account, output.internal, output.key_index))
        }
    }

    /// A payment.
    pub(crate) fn transaction(&self, payment: &payments::Payment) -> Transaction {
        let output = |output: &payment::PaymentOutputRow| TransactionOutput {
            output_id: (&output.output_id).into(),
            address: self.address(&output.address),
            amount: output.amount.into(),
            deposit_return: output.deposit_return.map(AmountText::from),
            expiration_ms: output.expiration.map(ledger::UnixTime::millis),
            role: output.role.into(),
            own: output.ours.is_some(),
        };
        Transaction {
            transaction_id: (&payment.transaction_id).into(),
            account_index: payment.account,
            idempotency_key: payment.idempotency_key.clone(),
            digest: Hex::bytes(&payment.digest),
            state: payment.state.into(),
            reason: payment.reason.clone(),
            block_id: payment.block.as_ref().map(Hex::from),
            attachments: payment.attachments,
            milestone_index: payment.milestone.map(|index| index.0),
            milestone_time_ms: payment.milestone_time.map(ledger::UnixTime::millis),
            created_ms: payment.created_ms,
            inputs: payment.inputs.iter().map(|input| self.input(input)).collect(),
            outputs: payment.outputs.iter().map(output).collect(),
            tagged_data: payment
                .tagged_data
                .as_ref()
                .map(|carried| TaggedData { tag: Hex::bytes(&carried.tag), data: Hex::bytes(&carried.data) }),
            note: payment.note.clone(),
            contests: payment.contests.as_ref().map(Hex::from),
            retries: payment.retries.as_ref().map(Hex::from),
        }
    }
}

/// What is known of an output wherever it is mentioned.
struct Booked<'a> {
    output_id: &'a ledger::OutputId,
    transaction_id: &'a ledger::TransactionId,
    kind: ledger::OutputKind,
    amount: Amount,
    origin: engine::Origin,
    creditable: Amount,
    class: OutputClass,
    details: &'a OutputDetails,
    milestone_index: ledger::MilestoneIndex,
    milestone_time: ledger::UnixTime,
}

fn native_token(token: &ledger::NativeToken) -> NativeToken {
    NativeToken { id: Hex::bytes(&token.id), amount: TokenAmount::big_endian(&token.amount) }
}

/// A network.
pub(crate) fn network(network: &ledger::Network) -> Network {
    Network {
        name: network.name.clone(),
        network_id: Hex::bytes(&network.id.to_be_bytes()),
        bech32_hrp: network.hrp.clone(),
        protocol_version: network.protocol_version,
        min_pow_score: network.min_pow_score,
        token_supply: AmountText::from(network.token_supply),
    }
}

/// A place in the ledger.
pub(crate) fn position(position: &ledger::Position) -> Position {
    Position { index: position.index.0, id: (&position.id).into(), time_ms: position.time.millis() }
}
