//! Compares what was ordered with the node's ledger, the wallet and its event log.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use stardust_proof::{Failure, Wallet, WalletOptions};
use stardust_wallet::{
    events::{InclusionState, LedgerEvent, LoggedEvent},
    ledger::Address,
};

use super::{
    client::state,
    judge::{CANCELLED, CONFIRMED, Judgement, Outcome, Totals, judge, judge_totals},
    orders,
    orders::{Order, Orders},
};
use crate::{
    process::Place,
    traffic::Traffic,
    verify::{Books, check_audit, check_database, check_log, compare, deposits, ledger, outputs},
    worker,
};

/// Addresses of a page.
const PAGE: u32 = 1_000;

/// Reads every book and judges it.
pub(crate) fn verify(place: &Place, traffic: &Traffic) -> Result<Books, Failure> {
    let (_, sent, mut faults) = traffic.told();
    check_database(&worker::wallet(&place.directory), &mut faults)?;
    let all = Orders::open(&orders(&place.directory))?.all()?;
    let wallet = Wallet::start(&worker::wallet(&place.directory), WalletOptions::on(&place.node))?;
    let cursor = wallet.manager.sync(Duration::from_secs(120))?;
    let log = wallet.log()?;
    check_log(&log, &mut faults);
    check_audit(&wallet, &mut faults)?;
    let (mut lost, mut twice) = (BTreeSet::new(), BTreeSet::new());
    // what a contest brings back is no deposit, nor is a remainder
    compare(&deposits(&log), &sent, &mut lost, &mut twice, &mut faults);
    let names = all.iter().map(|order| (order.recipient(), order.key())).collect();
    let paid = ledger(&wallet, &names, cursor)?;
    let outcomes = outcomes(&wallet, &all, &log, &paid)?;
    let Judgement { twice: paid_twice, lost: unpaid, faults: found } = judge(&outcomes);
    faults.extend(found);
    let deposited = sent.iter().map(|sent| sent.amount).sum();
    let totals = totals(&wallet, cursor, deposited, paid.iter().map(|(_, _, amount)| amount).sum())?;
    faults.extend(judge_totals(&totals));
    let ended = |state: &str| outcomes.iter().filter(|outcome| outcome.state.as_deref() == Some(state)).count();
    let stopped = log.iter().filter(|logged| is_stopped(&logged.event)).count();
    let wished = outcomes.iter().filter(|outcome| outcome.cancel).count();
    let summary = format!(
        "{} keys up to milestone {cursor}, {} of them confirmed, {} cancelled of {wished} that were to be; {} payments \
         of {}, {stopped} transactions stopped; {} events",
        outcomes.len(),
        ended(CONFIRMED),
        ended(CANCELLED),
        paid.len(),
        totals.paid,
        log.len(),
    );
    Ok(Books { lost: unpaid + lost.len(), duplicated: paid_twice + twice.len(), faults, summary })
}

/// Pays the recipient of an order that was paid, as if the wallet had done it twice.
pub(crate) fn pay_somebody_again(place: &Place, traffic: &Traffic) -> Result<(), Failure> {
    let all = Orders::open(&orders(&place.directory))?.all()?;
    let order = all.iter().find(|order| order.told.as_deref() == Some(CONFIRMED)).ok_or("nobody was paid")?;
    let wallet = Wallet::start(&worker::wallet(&place.directory), WalletOptions::on(&place.node))?;
    wallet.manager.sync(Duration::from_secs(120))?;
    traffic.pay(&wallet.manager.address_text(&order.recipient()), order.amount())
}

/// What is known of each key.
fn outcomes(
    wallet: &Wallet,
    all: &[Order],
    log: &[LoggedEvent],
    paid: &[(String, String, u64)],
) -> Result<Vec<Outcome>, Failure> {
    let mut received: HashMap<&str, Vec<u64>> = HashMap::new();
    for (_, key, amount) in paid {
        received.entry(key).or_default().push(*amount);
    }
    let mut finals: HashMap<&str, Vec<String>> = HashMap::new();
    for (key, end) in log.iter().filter_map(|logged| end(&logged.event)) {
        finals.entry(key).or_default().push(end.to_owned());
    }
    let outcome = |order: &Order| {
        let key = order.key();
        let state = state(&wallet.manager, order)?;
        Ok(Outcome {
            amount: order.amount(),
            cancel: order.cancel,
            told: order.told.clone(),
            state: state.map(|(state, _)| state.to_owned()),
            finals: finals.remove(&*key).unwrap_or_default(),
            received: received.remove(&*key).unwrap_or_default(),
            key,
        })
    };
    all.iter().map(outcome).collect()
}

/// The key and the end that an event tells of, if it does.
fn end(event: &LedgerEvent) -> Option<(&str, &'static str)> {
    match event {
        LedgerEvent::Withdrawal(event) => event.state.is_final().then(|| (&*event.idempotency_key, event.state.name())),
        LedgerEvent::TransactionInclusion(event) => {
            let end = match event.state {
                InclusionState::Pending | InclusionState::Rejected => return None,
                InclusionState::Confirmed => CONFIRMED,
                InclusionState::Cancelled => CANCELLED,
                InclusionState::Conflicting => "dead",
            };
            event.idempotency_key.as_deref().map(|key| (key, end))
        }
        _ => None,
    }
}

fn is_stopped(event: &LedgerEvent) -> bool {
    matches!(event, LedgerEvent::TransactionInclusion(event) if event.state == InclusionState::Cancelled)
}

fn totals(
    wallet: &Wallet,
    cursor: stardust_wallet::ledger::MilestoneIndex,
    deposited: u64,
    paid: u64,
) -> Result<Totals, Failure> {
    let balance = wallet.manager.balance(&Wallet::account())?;
    Ok(Totals {
        deposited,
        paid,
        total: balance.total.units(),
        available: balance.available.units(),
        locked: balance.locked.units(),
        incoming: balance.incoming.units(),
        ours: outputs(wallet)?,
        ledger: ledger(wallet, &own(wallet)?, cursor)?,
    })
}

/// All addresses of the wallet.
fn own(wallet: &Wallet) -> Result<HashMap<Address, String>, Failure> {
    let (mut own, mut after) = (HashMap::new(), None);
    loop {
        let page = wallet.manager.addresses(&Wallet::account(), None, after, PAGE)?;
        own.extend(page.items.into_iter().map(|address| (address.raw, address.address)));
        after = page.next;
        if after.is_none() {
            return Ok(own);
        }
    }
}
