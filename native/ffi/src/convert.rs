//! From the engine's data to the messages' words.

mod accounts;

use stardust_wallet::{
    events::{self, LedgerEvent, LoggedEvent, Notice, OutputClass, OutputDetails, OwnAddress},
    ledger::{self, Address, AddressCodec, Amount},
    manager,
    payments::{self, PaymentState},
    stardust::Stardust,
    store::payment,
};

use crate::{
    engine::Core,
    message::{
        event::{
            DepositEvent, Event, Holdings, InclusionState, NewOutputEvent, Place, ProgressStage, SpentOutputEvent,
            SyncStatusEvent, TransactionInclusionEvent, TransactionProgressEvent, Whose,
        },
        scalar::{AmountText, Hex, TokenAmount},
        types::{
            Conditions, DepositReturn, Expiration, NativeToken, Network, Origin, Output, OutputKind, OutputRole,
            Position, StatusError, SyncState, SyncStatus, TaggedData, Transaction, TransactionInput, TransactionOutput,
            TransactionState,
        },
    },
    session::Session,
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

    fn event_id(&self, subject: &impl std::fmt::Display, kind: &str) -> String {
        format!("{:016x}:{subject}:{kind}", self.network_id)
    }

    fn place(&self, event: &LoggedEvent) -> Place {
        let known = event.milestone_index.0 > 0;
        Place {
            log_id: self.log_id.clone(),
            sequence: event.sequence,
            milestone_index: known.then_some(event.milestone_index.0),
            milestone_time_ms: known.then(|| event.milestone_time.millis()),
        }
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

    /// An event of the log.
    pub(crate) fn event(&self, core: &Core, logged: &LoggedEvent) -> Event {
        let place = self.place(logged);
        match &logged.event {
            LedgerEvent::NewOutput(event) => Event::NewOutput(Box::new(self.new_output(place, logged, event))),
            LedgerEvent::SpentOutput(event) => Event::SpentOutput(SpentOutputEvent {
                id: self.event_id(&event.output_id, "spentOutput"),
                place,
                whose: whose(&event.own),
                holdings: holdings(&event.own),
                output_id: (&event.output_id).into(),
                amount: event.amount.into(),
                spent_by: event.spent_by.as_ref().map(Hex::from),
            }),
            LedgerEvent::Deposit(event) => Event::Deposit(DepositEvent {
                id: event.id.clone(),
                place,
                whose: whose(&event.own),
                label: core.label(&event.own.address),
                output_id: (&event.output_id).into(),
                transaction_id: (&event.transaction_id).into(),
                amount: event.amount.into(),
                origin: origin(event.origin),
            }),
            LedgerEvent::TransactionInclusion(event) => Event::TransactionInclusion(self.inclusion(place, event)),
        }
    }

    fn new_output(&self, place: Place, logged: &LoggedEvent, event: &events::NewOutput) -> NewOutputEvent {
        let booked = Booked {
            output_id: &event.output_id,
            transaction_id: &event.transaction_id,
            kind: event.kind,
            amount: event.amount,
            origin: event.origin,
            creditable: event.creditable,
            class: event.class,
            details: &event.details,
            milestone_index: logged.milestone_index,
            milestone_time: logged.milestone_time,
        };
        let own = &event.own;
        NewOutputEvent {
            id: self.event_id(&event.output_id, "newOutput"),
            place,
            whose: whose(own),
            holdings: holdings(own),
            output: self.output(&booked, own.address.clone(), (own.account, own.internal, own.key_index)),
        }
    }

    fn inclusion(&self, place: Place, event: &events::TransactionInclusion) -> TransactionInclusionEvent {
        let (state, name) = match event.state {
            events::InclusionState::Pending => (InclusionState::Pending, "pending"),
            events::InclusionState::Confirmed => (InclusionState::Confirmed, "confirmed"),
            events::InclusionState::Conflicting => (InclusionState::Conflicting, "conflicting"),
            events::InclusionState::Rejected => (InclusionState::Rejected, "rejected"),
        };
        TransactionInclusionEvent {
            id: self.event_id(&event.transaction_id, &format!("transactionInclusion:{name}")),
            place,
            transaction_id: (&event.transaction_id).into(),
            account_index: event.account,
            idempotency_key: event.idempotency_key.clone(),
            state,
            reason: event.reason.clone(),
            block_id: event.block_id.as_ref().map(Hex::from),
        }
    }

    /// An output that is not known to be spent or reserved.
    fn output(&self, booked: &Booked<'_>, address: String, key: (u32, bool, u32)) -> Output {
        let (account_index, internal, key_index) = key;
        let details = booked.details;
        Output {
            output_id: booked.output_id.into(),
            transaction_id: booked.transaction_id.into(),
            output_kind: match booked.kind {
                ledger::OutputKind::Basic => OutputKind::Basic,
                ledger::OutputKind::Alias => OutputKind::Alias,
                ledger::OutputKind::Foundry => OutputKind::Foundry,
                ledger::OutputKind::Nft => OutputKind::Nft,
            },
            amount: booked.amount.into(),
            address,
            account_index,
            key_index,
            internal,
            origin: origin(booked.origin),
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
        let deposit = matches!(output.origin, events::Origin::External | events::Origin::PaymentRecipient);
        let credited = deposit && output.class == OutputClass::Plain;
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
        let input = |input: &payment::PaymentInputRow| TransactionInput {
            output_id: (&input.output_id).into(),
            amount: input.amount.into(),
            address: self.address(&input.address),
        };
        let output = |output: &payment::PaymentOutputRow| TransactionOutput {
            output_id: (&output.output_id).into(),
            address: self.address(&output.address),
            amount: output.amount.into(),
            role: match output.role {
                payment::OutputRole::Payee => OutputRole::Payee,
                payment::OutputRole::Remainder => OutputRole::Remainder,
            },
            own: output.ours.is_some(),
        };
        Transaction {
            transaction_id: (&payment.transaction_id).into(),
            account_index: payment.account,
            idempotency_key: payment.idempotency_key.clone(),
            digest: Hex::bytes(&payment.digest),
            state: match payment.state {
                PaymentState::Signed => TransactionState::Signed,
                PaymentState::Submitted => TransactionState::Submitted,
                PaymentState::Rejected => TransactionState::Rejected,
                PaymentState::Confirmed => TransactionState::Confirmed,
                PaymentState::Dead => TransactionState::Dead,
            },
            reason: payment.reason.clone(),
            block_id: payment.block.as_ref().map(Hex::from),
            attachments: payment.attachments,
            milestone_index: payment.milestone.map(|index| index.0),
            milestone_time_ms: payment.milestone_time.map(ledger::UnixTime::millis),
            created_ms: payment.created_ms,
            inputs: payment.inputs.iter().map(input).collect(),
            outputs: payment.outputs.iter().map(output).collect(),
            tagged_data: payment
                .tagged_data
                .as_ref()
                .map(|carried| TaggedData { tag: Hex::bytes(&carried.tag), data: Hex::bytes(&carried.data) }),
        }
    }
}

/// What is known of an output wherever it is mentioned.
struct Booked<'a> {
    output_id: &'a ledger::OutputId,
    transaction_id: &'a ledger::TransactionId,
    kind: ledger::OutputKind,
    amount: Amount,
    origin: events::Origin,
    creditable: Amount,
    class: OutputClass,
    details: &'a OutputDetails,
    milestone_index: ledger::MilestoneIndex,
    milestone_time: ledger::UnixTime,
}

/// The events of a notice.
pub(crate) fn events_of(session: &Session, notice: &Notice) -> Vec<Event> {
    match notice {
        Notice::Events(events) => {
            let names = session.core.names();
            events.iter().map(|event| names.event(&session.core, event)).collect()
        }
        Notice::Progress(progress) => vec![Event::TransactionProgress(TransactionProgressEvent {
            account_index: progress.account,
            transaction_id: progress.transaction_id.as_ref().map(Hex::from),
            idempotency_key: progress.idempotency_key.clone(),
            stage: match progress.stage {
                events::ProgressStage::SelectingInputs => ProgressStage::SelectingInputs,
                events::ProgressStage::Prepared => ProgressStage::PreparedTransaction,
                events::ProgressStage::Signing => ProgressStage::Signing,
                events::ProgressStage::ProofOfWork => ProgressStage::PerformingProofOfWork,
                events::ProgressStage::Broadcasting => ProgressStage::Broadcasting,
            },
        })],
        Notice::Sync(status) => vec![Event::SyncStatus(SyncStatusEvent { status: sync_status(&session.core, status) })],
    }
}

fn whose(own: &OwnAddress) -> Whose {
    Whose {
        account_index: own.account,
        alias: own.alias.clone(),
        address: own.address.clone(),
        address_raw: Hex::bytes(own.raw.as_slice()),
        key_index: own.key_index,
        internal: own.internal,
    }
}

fn holdings(own: &OwnAddress) -> Holdings {
    Holdings { address_balance: own.address_balance.into(), account_balance: own.account_balance.into() }
}

fn native_token(token: &ledger::NativeToken) -> NativeToken {
    NativeToken { id: Hex::bytes(&token.id), amount: TokenAmount::big_endian(&token.amount) }
}

fn origin(origin: events::Origin) -> Origin {
    match origin {
        events::Origin::External => Origin::External,
        events::Origin::PaymentRecipient => Origin::PaymentRecipient,
        events::Origin::Change => Origin::Change,
        events::Origin::Sweep => Origin::Sweep,
        events::Origin::Consolidation => Origin::Consolidation,
        events::Origin::FanOut => Origin::FanOut,
        events::Origin::Cancel => Origin::Cancel,
        events::Origin::UnknownOwn => Origin::UnknownOwn,
        events::Origin::Discovered => Origin::Discovered,
    }
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

/// How the wallet's view of the ledger stands.
pub(crate) fn sync_status(core: &Core, status: &events::SyncStatus) -> SyncStatus {
    SyncStatus {
        state: match status.state {
            events::SyncState::Starting => SyncState::Starting,
            events::SyncState::CatchingUp => SyncState::CatchingUp,
            events::SyncState::Synced => SyncState::Synced,
            events::SyncState::Stalled => SyncState::Stalled,
            events::SyncState::Gap => SyncState::Gap,
            events::SyncState::Halted => SyncState::Halted,
        },
        cursor: core.cursor().as_ref().map(position),
        node_milestone_index: status.node_milestone.map(|index| index.0),
        lag: status.lag(),
        node_url: status.node_url.clone(),
        error: status
            .error
            .as_ref()
            .map(|(kind, message)| StatusError { kind: kind.name().to_owned(), message: message.clone() }),
    }
}
