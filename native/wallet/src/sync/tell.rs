//! What a milestone did, as events in the log's order.

use std::collections::HashMap;

use super::{SyncError, apply::Booked, lapse::Lapse};
use crate::{
    events::{
        Deposit, Incident, IncidentKind, LapseChange, LedgerEvent, NewOutput, OutputLapsed, OwnAddress, SpentOutput,
    },
    ledger::{AddressCodec, Amount, LedgerOutput, Network, OutputId, TransactionId},
    store::{AddressKey, Balances, Origin, OutputClass, OutputDetails, OutputRow, StoreError},
};

/// What there is to tell; each list by output id.
pub(super) struct Told<'a> {
    /// Created outputs.
    pub(super) booked: &'a [Booked<'a>],
    /// Spent outputs.
    pub(super) spent: &'a [OutputRow],
    /// Outputs of which a condition has ended.
    pub(super) lapses: &'a [Lapse],
    /// Payments that were decided, in their order.
    pub(super) inclusions: Vec<LedgerEvent>,
    /// Whether a gap's repair tells it.
    pub(super) repaired: bool,
}

/// The events in the log's order within a milestone: created, spent, lapsed, deposits, inclusions, incidents; each by output
/// id. What is somebody else's makes no event.
///
/// # Errors
/// [`SyncError::Store`] when `balances` does not have what changed.
pub(super) fn tell(
    codec: &dyn AddressCodec,
    network: &Network,
    balances: Balances,
    told: Told<'_>,
) -> Result<Vec<LedgerEvent>, SyncError> {
    let Told { booked, spent, lapses, inclusions, repaired } = told;
    let mut names = Names { codec, network, balances, known: HashMap::new() };
    let mut events = Vec::with_capacity(2 * booked.len() + spent.len() + lapses.len() + inclusions.len());
    let mut deposits = Vec::new();
    for Booked { found, origin } in booked.iter().filter(|booked| booked.found.class != OutputClass::Foreign) {
        let own = names.own(found.key)?;
        let arrived = Arrived { repaired, ..Arrived::new(&found.output, own, *origin) };
        let deposit = found.class == OutputClass::Plain && origin.is_deposit();
        if deposit {
            deposits.push(arrived.deposit(network));
        }
        events.push(arrived.new_output(&found.output, found.class, deposit));
    }
    for row in spent.iter().filter(|row| row.class != OutputClass::Foreign) {
        events.push(LedgerEvent::SpentOutput(SpentOutput {
            own: names.own(row.key)?,
            output_id: row.output_id,
            amount: row.amount,
            spent_by: row.spent_by,
            repaired,
        }));
    }
    for lapse in lapses {
        lapsed(&mut names, lapse, repaired, &mut events, &mut deposits)?;
    }
    deposits.sort_unstable_by_key(|deposit| deposit.output_id);
    events.extend(deposits.into_iter().map(LedgerEvent::Deposit));
    events.extend(inclusions);
    let unknown = booked.iter().filter(|booked| booked.origin == Origin::UnknownOwn);
    let ours = unknown.filter(|booked| booked.found.class != OutputClass::Foreign);
    events.extend(ours.map(|booked| LedgerEvent::Incident(unknown_own(network, booked))));
    Ok(events)
}

fn unknown_own(network: &Network, Booked { found, .. }: &Booked<'_>) -> Incident {
    let LedgerOutput { id, transaction_id, amount, .. } = &found.output;
    let text = format!(
        "transaction {transaction_id} spent outputs of this wallet, is in none of its records, and paid {amount} base \
         units to it: not credited"
    );
    Incident::of_output(network, IncidentKind::UnknownOwn, found.key.account, *id, text)
}

/// What is known of an output that arrived or can be credited now.
struct Arrived {
    own: OwnAddress,
    output_id: OutputId,
    transaction_id: TransactionId,
    amount: Amount,
    origin: Origin,
    details: OutputDetails,
    repaired: bool,
}

impl Arrived {
    fn new(output: &LedgerOutput, own: OwnAddress, origin: Origin) -> Self {
        let details = OutputDetails::from(output);
        let LedgerOutput { id: output_id, transaction_id, amount, .. } = *output;
        Self { own, output_id, transaction_id, amount, origin, details, repaired: false }
    }

    fn deposit(&self, network: &Network) -> Deposit {
        Deposit {
            id: format!("{:016x}:{}:deposit", network.id, self.output_id),
            own: self.own.clone(),
            output_id: self.output_id,
            transaction_id: self.transaction_id,
            amount: self.amount,
            origin: self.origin,
            details: self.details.clone(),
            repaired: self.repaired,
        }
    }

    fn new_output(self, output: &LedgerOutput, class: OutputClass, deposit: bool) -> LedgerEvent {
        LedgerEvent::NewOutput(NewOutput {
            own: self.own,
            output_id: self.output_id,
            transaction_id: self.transaction_id,
            kind: output.kind,
            class,
            amount: self.amount,
            creditable: if deposit { self.amount } else { Amount::ZERO },
            origin: self.origin,
            details: self.details,
            repaired: self.repaired,
        })
    }
}

/// The events of an output of which a condition has ended: none when that changed nothing for us, two when it went from
/// one of our addresses to another.
fn lapsed(
    names: &mut Names<'_>,
    lapse: &Lapse,
    repaired: bool,
    events: &mut Vec<LedgerEvent>,
    deposits: &mut Vec<Deposit>,
) -> Result<(), SyncError> {
    let Lapse { row, now, expired } = lapse;
    let (was_ours, is_ours) = (row.class != OutputClass::Foreign, now.class != OutputClass::Foreign);
    let mut tell = |key, change, class, origin, creditable| {
        let own = names.own(key)?;
        events.push(LedgerEvent::OutputLapsed(OutputLapsed {
            own: own.clone(),
            output_id: row.output_id,
            transaction_id: row.transaction_id,
            kind: row.kind,
            change,
            class,
            amount: row.amount,
            creditable,
            origin,
            details: row.details.clone(),
        }));
        Ok::<_, SyncError>(own)
    };
    if *expired {
        if was_ours && (!is_ours || row.key != now.key) {
            tell(row.key, LapseChange::Lost, OutputClass::Foreign, row.origin, Amount::ZERO)?;
        }
        if is_ours {
            tell(now.key, LapseChange::Returned, now.class, now.origin, Amount::ZERO)?;
        }
    } else if is_ours && row.class != now.class {
        let deposit = now.class == OutputClass::Plain && now.origin.is_deposit();
        let creditable = if deposit { row.amount } else { Amount::ZERO };
        let own = tell(now.key, LapseChange::Unlocked, now.class, now.origin, creditable)?;
        if deposit {
            let OutputRow { output_id, transaction_id, amount, ref details, .. } = *row;
            let details = details.clone();
            let unlocked = Arrived { own, output_id, transaction_id, amount, origin: now.origin, details, repaired };
            deposits.push(unlocked.deposit(names.network));
        }
    }
    Ok(())
}

/// How events name addresses, with the balances after the milestone.
struct Names<'a> {
    codec: &'a dyn AddressCodec,
    network: &'a Network,
    balances: Balances,
    known: HashMap<AddressKey, OwnAddress>,
}

impl Names<'_> {
    fn own(&mut self, key: AddressKey) -> Result<OwnAddress, SyncError> {
        if let Some(own) = self.known.get(&key) {
            return Ok(own.clone());
        }
        let missing = || StoreError::corrupt("an event about an address that nothing happened to");
        let (raw, address_balance) = *self.balances.addresses.get(&key).ok_or_else(missing)?;
        let account = self.balances.accounts.get(&key.account).ok_or_else(missing)?;
        let own = OwnAddress {
            account: key.account,
            alias: account.alias.clone(),
            address: self.codec.format(&raw, &self.network.hrp),
            raw,
            internal: key.internal,
            key_index: key.key_index,
            address_balance,
            account_balance: account.total,
        };
        self.known.insert(key, own.clone());
        Ok(own)
    }
}
