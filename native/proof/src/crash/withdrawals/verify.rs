//! Compares what was ordered with the node's ledger, the wallet and its event log.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use stardust_proof::{Failure, Wallet, WalletOptions};
use stardust_wallet::{
    events::{InclusionState, LedgerEvent, LoggedEvent, Origin, WithdrawalState},
    ledger::{Address, Amount},
    manager::AccountRef,
    payments::{PaymentRules, Window, WithdrawalRequest},
};

use super::{
    client::state,
    judge::{CANCELLED, CONFIRMED, Consent, Judgement, Outcome, REFUSED, Totals, judge, judge_totals},
    orders,
    orders::{Kind, Order, Orders},
    terms::{DAY, quiet},
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
    let client = Orders::open(&orders(&place.directory))?;
    let all = client.all()?;
    let wallet = open(place, |options| options)?;
    let cursor = wallet.manager.sync(Duration::from_secs(120))?;
    let log = wallet.log()?;
    check_log(&log, &mut faults);
    check_audit(&wallet, &mut faults)?;
    let (mut lost, mut twice) = (BTreeSet::new(), BTreeSet::new());
    // what a contest brings back is no deposit, nor is a remainder
    compare(&deposits(&log), &sent, &mut lost, &mut twice, &mut faults);
    let names = all.iter().map(|order| (order.recipient(), order.key())).collect();
    let paid = ledger(&wallet, &names, cursor)?;
    let outcomes = outcomes(place, &wallet, &client, &log, &paid)?;
    let Judgement { twice: paid_twice, lost: unpaid, faults: found } = judge(&outcomes);
    faults.extend(found);
    let claimed: u64 = log.iter().filter_map(|logged| claimed(&logged.event)).sum();
    if claimed != traffic.offered() {
        faults.push(format!("{} were offered, and {claimed} are deposits that were claimed", traffic.offered()));
    }
    let deposited = sent.iter().map(|sent| sent.amount).sum::<u64>() + claimed;
    let totals = totals(&wallet, cursor, deposited, paid.iter().map(|(_, _, amount)| amount).sum())?;
    faults.extend(judge_totals(&totals));
    let ended = |state: &str| outcomes.iter().filter(|outcome| outcome.state.as_deref() == Some(state)).count();
    let stopped = log.iter().filter(|logged| is_stopped(&logged.event)).count();
    let moved = wallet.manager.payments(None, None, 1_000)?.items;
    let moved = moved.iter().filter(|payment| payment.idempotency_key.is_none()).count();
    let wished = outcomes.iter().filter(|outcome| outcome.cancel).count();
    let summary = format!(
        "{} keys up to milestone {cursor}, {} of them confirmed, {} refused, {} cancelled of {wished} that were to be; {} payments \
         of {}, {stopped} transactions stopped, {moved} of the last 1000 were nobody's; {claimed} claimed; {} events",
        outcomes.len(),
        ended(CONFIRMED),
        ended(REFUSED),
        ended(CANCELLED),
        paid.len(),
        totals.paid,
        log.len(),
    );
    drop(wallet);
    // also after restores: what was paid after the backup counts as it is found
    check_window(place, &totals, &mut faults)?;
    Ok(Books { lost: unpaid + lost.len(), duplicated: paid_twice + twice.len(), faults, summary })
}

/// Pays the recipient of an order that was paid, as if the wallet had done it twice.
pub(crate) fn pay_somebody_again(place: &Place, traffic: &Traffic) -> Result<(), Failure> {
    let all = Orders::open(&orders(&place.directory))?.all()?;
    let order = all.iter().find(|order| order.told.as_deref() == Some(CONFIRMED)).ok_or("nobody was paid")?;
    let wallet = open(place, |options| options)?;
    wallet.manager.sync(Duration::from_secs(120))?;
    traffic.pay(&wallet.manager.address_text(&order.recipient()), order.amount())
}

/// The wallet as it was left, which does nothing by itself.
fn open(place: &Place, tune: impl FnOnce(WalletOptions) -> WalletOptions) -> Result<Wallet, Failure> {
    Wallet::start(&worker::wallet(&place.directory), tune(quiet(&place.directory, &place.node)))
}

/// Whether all that was paid counts for a limit, and nothing else: so much more as it lets pass is taken, and one unit more is not.
fn check_window(place: &Place, totals: &Totals, faults: &mut Vec<String>) -> Result<(), Failure> {
    const MORE: u64 = 1_000_000;
    let limit = Window { length: DAY, amount: Some(Amount::new(totals.paid + MORE)), recipients: None };
    let rules = PaymentRules { windows: vec![limit], ..PaymentRules::default() };
    let wallet = open(place, |options| WalletOptions { rules, ..options })?;
    let address = wallet.manager.address_text(&somebody());
    for (more, refused) in [(MORE + 1, true), (MORE, false)] {
        let request = WithdrawalRequest {
            key: format!("limit-{more}"),
            address: address.clone(),
            amount: Amount::new(more),
            micro_amount: None,
        };
        for answer in wallet.manager.withdraw(&Wallet::account(), vec![request])? {
            let answer = answer?;
            if (answer.state == WithdrawalState::Refused) != refused {
                faults.push(format!("after {} in a day, {more} more are {:?}", totals.paid, answer.state));
            }
        }
    }
    Ok(())
}

/// A recipient of no order.
fn somebody() -> Address {
    Order { number: 0, kind: Kind::Payment, cancel: false, transaction: None, told: None }.recipient()
}

/// What is known of each key.
fn outcomes(
    place: &Place,
    wallet: &Wallet,
    client: &Orders,
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
        let noted = match order.kind {
            Kind::Withdrawal if !place.restores && state.is_some() => {
                Some(wallet.manager.withdrawal(&key)?.approvals.len())
            }
            Kind::Withdrawal | Kind::Payment => None,
        };
        Ok(Outcome {
            consent: consent(order),
            approved: (client.approvals(order)?, noted),
            amount: order.amount(),
            cancel: order.cancel,
            told: order.told.clone(),
            state: state.map(|(state, _)| state.to_owned()),
            finals: finals.remove(&*key).unwrap_or_default(),
            received: received.remove(&*key).unwrap_or_default(),
            key,
        })
    };
    client.all()?.iter().map(outcome).collect()
}

fn consent(order: &Order) -> Consent {
    match order {
        _ if order.is_forbidden() => Consent::Forbidden,
        _ if order.is_refused() => Consent::Refused,
        _ if order.needs_persons() => Consent::Persons,
        _ => Consent::Nobodys,
    }
}

/// How much was claimed, if that is what an event tells of.
fn claimed(event: &LedgerEvent) -> Option<u64> {
    match event {
        LedgerEvent::Deposit(deposit) if deposit.origin == Origin::Claim => Some(deposit.amount.units()),
        _ => None,
    }
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
    let balance = wallet.manager.total_balance()?;
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
    let mut own = HashMap::new();
    for account in wallet.manager.accounts(None, PAGE)?.items {
        let (account, mut after) = (AccountRef::Index(account.index), None);
        loop {
            let page = wallet.manager.addresses(&account, None, after, PAGE)?;
            own.extend(page.items.into_iter().map(|address| (address.raw, address.address)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(own)
}
