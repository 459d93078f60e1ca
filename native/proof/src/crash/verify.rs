//! Compares the books: what customers sent, the node's ledger, the event log, balances, and the exchange's bookings.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::mpsc,
};

use rusqlite::{Connection, OpenFlags};
use stardust_proof::{Failure, Wallet, WalletOptions};
use stardust_wallet::{
    events::{LedgerEvent, LoggedEvent, Origin},
    ledger::{Address, Lookup as _, MilestoneIndex},
    manager::{AccountRef, OutputFilter},
};

use crate::{
    bank::Bank,
    process::Place,
    traffic::{Sent, Traffic},
    worker,
};

/// Addresses of one question to the node's index.
const ADDRESSES: usize = 200;

/// The outcome.
pub(crate) struct Books {
    pub(crate) lost: usize,
    pub(crate) duplicated: usize,
    pub(crate) faults: Vec<String>,
    pub(crate) summary: String,
}

/// Entries of one book: how often it has each output, with address and amount.
#[derive(Default)]
pub(crate) struct Book {
    name: &'static str,
    entries: HashMap<String, (String, u64, usize)>,
}

impl Book {
    pub(crate) fn of(name: &'static str, entries: impl Iterator<Item = (String, String, u64)>) -> Self {
        let mut book = Self { name, entries: HashMap::new() };
        for (output, address, amount) in entries {
            book.entries.entry(output).or_insert((address, amount, 0)).2 += 1;
        }
        book
    }

    fn sum(&self) -> u64 {
        self.entries.values().map(|(_, amount, _)| amount).sum()
    }
}

/// Reads every book and compares it with what was sent.
pub(crate) fn verify(place: &Place, traffic: &Traffic) -> Result<Books, Failure> {
    let (addresses, sent, mut faults) = traffic.told();
    check_database(&worker::wallet(&place.directory), &mut faults)?;
    let wallet = Wallet::start(&worker::wallet(&place.directory), WalletOptions::on(&place.node))?;
    let cursor = wallet.manager.sync(std::time::Duration::from_secs(120))?;
    let log = wallet.log()?;
    check_log(&log, &mut faults);
    check_audit(&wallet, &mut faults)?;
    let bank = Bank::open(&worker::bank(&place.directory))?;
    check_balances(&wallet, &bank, &addresses, &sent, &mut faults)?;
    let created = log.iter().filter_map(|logged| match &logged.event {
        LedgerEvent::NewOutput(event) => {
            Some((event.output_id.to_string(), event.own.address.clone(), event.amount.units()))
        }
        _ => None,
    });
    let mut names = HashMap::new();
    for address in &addresses {
        names.insert(wallet.manager.find_address(address)?.raw, address.clone());
    }
    let bookings = bank.bookings()?.into_iter().map(|booking| (booking.output, booking.address, booking.amount));
    let books = [
        deposits(&log),
        Book::of("the output events", created),
        Book::of("the bookings", bookings),
        Book::of("the wallet's outputs", outputs(&wallet)?.into_iter()),
        Book::of("the node's ledger", ledger(&wallet, &names, cursor)?.into_iter()),
    ];
    let (mut lost, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for book in &books {
        compare(book, &sent, &mut lost, &mut twice, &mut faults);
    }
    let sum: u64 = sent.iter().map(|sent| sent.amount).sum();
    let summary = format!(
        "{} deposits of {sum} in all to {} addresses up to milestone {cursor}, {} events",
        sent.len(),
        addresses.len(),
        log.len()
    );
    Ok(Books { lost: lost.len(), duplicated: twice.len(), faults, summary })
}

/// The book that the deposit events are, but those of what had to be claimed.
pub(crate) fn deposits(log: &[LoggedEvent]) -> Book {
    let entries = log.iter().filter_map(|logged| match &logged.event {
        LedgerEvent::Deposit(event) if event.origin != Origin::Claim => {
            Some((event.output_id.to_string(), event.own.address.clone(), event.amount.units()))
        }
        _ => None,
    });
    Book::of("the deposit events", entries)
}

/// Compares a book with what was sent: what it lacks, what it has twice, and all else that is wrong with it.
pub(crate) fn compare(
    book: &Book,
    sent: &[Sent],
    lost: &mut BTreeSet<String>,
    twice: &mut BTreeSet<String>,
    faults: &mut Vec<String>,
) {
    let mut unexplained: BTreeMap<&String, _> = book.entries.iter().collect();
    for Sent { output, address, amount } in sent {
        match unexplained.remove(output) {
            None => {
                faults.push(format!("{} lack {output}", book.name));
                lost.insert(output.clone());
            }
            Some((booked_on, booked, times)) => {
                if (booked_on, *booked) != (address, *amount) {
                    faults.push(format!("{} have {booked} for {output} on {booked_on}", book.name));
                }
                if *times > 1 {
                    faults.push(format!("{} have {output} {times} times", book.name));
                    twice.insert(output.clone());
                }
            }
        }
    }
    faults.extend(unexplained.keys().map(|output| format!("{} have {output}, which nobody sent", book.name)));
    let sum: u64 = sent.iter().map(|sent| sent.amount).sum();
    if book.sum() != sum {
        faults.push(format!("{} come to {} instead of {sum}", book.name, book.sum()));
    }
}

/// Whether SQLite finds the wallet's database whole.
pub(crate) fn check_database(wallet: &std::path::Path, faults: &mut Vec<String>) -> Result<(), Failure> {
    let connection = Connection::open_with_flags(wallet.join("wallet.db"), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if verdict != "ok" {
        faults.push(format!("the wallet's database: {verdict}"));
    }
    if connection.prepare("PRAGMA foreign_key_check")?.exists([])? {
        faults.push("the wallet's database has rows that refer to nothing".to_owned());
    }
    Ok(())
}

/// Sequences from 1 without holes, and milestones that never go back.
pub(crate) fn check_log(log: &[LoggedEvent], faults: &mut Vec<String>) {
    let mut milestone = MilestoneIndex(0);
    for (expected, logged) in (1_u64..).zip(log) {
        if logged.sequence != expected {
            faults.push(format!("event {} is where {expected} should be", logged.sequence));
            return;
        }
        if logged.milestone_index < milestone {
            faults.push(format!("event {expected} is of milestone {} after {milestone}", logged.milestone_index));
        }
        milestone = logged.milestone_index;
    }
}

/// Whether the audit log is a whole chain.
pub(crate) fn check_audit(wallet: &Wallet, faults: &mut Vec<String>) -> Result<(), Failure> {
    if let Some(broken) = wallet.manager.verify_audit(None)?.broken {
        faults.push(format!("the audit log: {}", broken.text));
    }
    Ok(())
}

/// Each address: issued once, and what it holds is what was sent to it and what its customer was credited.
fn check_balances(
    wallet: &Wallet,
    bank: &Bank,
    addresses: &[String],
    sent: &[Sent],
    faults: &mut Vec<String>,
) -> Result<(), Failure> {
    let mut expected: HashMap<&str, u64> = HashMap::new();
    for sent in sent {
        *expected.entry(&sent.address).or_default() += sent.amount;
    }
    let mut indices = BTreeSet::new();
    for address in addresses {
        let expected = expected.get(address.as_str()).copied().unwrap_or(0);
        let Ok(known) = wallet.manager.find_address(address) else {
            faults.push(format!("address {address} was shown and is not known"));
            continue;
        };
        if !indices.insert((known.internal, known.key_index)) {
            faults.push(format!("address {address} has the key of another one"));
        }
        let (balance, credited) = (known.balance.units(), bank.balance(address)?);
        if balance != expected || credited != expected {
            faults.push(format!("{address} got {expected}, holds {balance}, was credited {credited}"));
        }
    }
    let sum: u64 = sent.iter().map(|sent| sent.amount).sum();
    let account = wallet.manager.balance(&Wallet::account())?.total.units();
    let total = wallet.manager.total_balance()?.total.units();
    if (account, total) != (sum, sum) {
        faults.push(format!("the account holds {account}, all accounts {total}, and {sum} were sent"));
    }
    Ok(())
}

/// The unspent outputs that the wallet knows of: output, address, amount.
pub(crate) fn outputs(wallet: &Wallet) -> Result<Vec<(String, String, u64)>, Failure> {
    let mut outputs = Vec::new();
    for account in wallet.manager.accounts(None, 1_000)?.items {
        let (account, mut after) = (AccountRef::Index(account.index), None);
        loop {
            let page = wallet.manager.outputs(&account, OutputFilter::Unspent, after, 1_000)?;
            outputs.extend(
                page.items
                    .into_iter()
                    .map(|output| (output.output_id.to_string(), output.address, output.amount.units())),
            );
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(outputs)
}

/// What the node's index says that the addresses hold: output, the name of its address, amount.
pub(crate) fn ledger(
    wallet: &Wallet,
    names: &HashMap<Address, String>,
    at_least: MilestoneIndex,
) -> Result<Vec<(String, String, u64)>, Failure> {
    let raw: Vec<Address> = names.keys().copied().collect();
    let mut found = Vec::new();
    for part in raw.chunks(ADDRESSES) {
        let (tell, answer) = mpsc::channel();
        wallet.client.unspent(part.to_vec(), at_least, Box::new(move |answer| drop(tell.send(answer))));
        for output in answer.recv()??.outputs {
            let name = names.get(&output.owner).map_or_else(|| output.owner.to_string(), Clone::clone);
            found.push((output.id.to_string(), name, output.amount.units()));
        }
    }
    Ok(found)
}
