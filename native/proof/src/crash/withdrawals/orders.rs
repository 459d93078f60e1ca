//! The client's own database: what is to be paid to whom under which key, and what it was told of it.
//!
//! An order is on disk before the wallet hears of it, and so is the wish to cancel it: whatever dies in between, the same
//! key is asked for again.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, Row, params};
use stardust_proof::{Failure, Random};
use stardust_wallet::ledger::Address;

use super::terms::{APPROVED_FROM, LIMIT};

/// Above the storage deposit of any plain output.
const LEAST: u64 = 300_000;
/// One withdrawal of so many is too large for what the wallet usually has: it waits for funds, and says so. One is too large for
/// its rules, and some need the word of two persons.
const LARGE: u64 = 60;

/// How an order is given to the wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As a payment of its own.
    Payment,
    /// As a withdrawal, which is paid together with others.
    Withdrawal,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Withdrawal => "withdrawal",
        }
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) number: u64,
    pub(super) kind: Kind,
    /// Whether it was to be cancelled.
    pub(super) cancel: bool,
    /// The transaction that the wallet named for a payment.
    pub(super) transaction: Option<String>,
    /// The end that the wallet told of, if it has.
    pub(super) told: Option<String>,
}

impl Order {
    /// The key under which it is paid.
    pub(super) fn key(&self) -> String {
        format!("{}-{}", self.kind.name(), self.number)
    }

    /// The recipient, who gets nothing else: whatever is paid twice is seen there.
    pub(super) fn recipient(&self) -> Address {
        let mut random = Random::new(self.number);
        // kind 0: an Ed25519 address (TIP-31); nobody has its key
        let mut raw = vec![0];
        (0..4).for_each(|_| raw.extend(random.next().to_be_bytes()));
        Address::from_slice(&raw).expect("an address has 33 bytes")
    }

    /// Base units.
    pub(super) fn amount(&self) -> u64 {
        let mut random = Random::new(!self.number);
        let size = random.below(LARGE);
        let amount = LEAST + random.below(LEAST);
        match (self.kind, size) {
            (Kind::Withdrawal, 0) => 200 * amount,
            (Kind::Withdrawal, 1) => LIMIT + amount,
            (Kind::Withdrawal, 2..12) => APPROVED_FROM + amount,
            _ => amount,
        }
    }

    /// Whether the wallet's rules refuse it at once.
    pub(super) fn is_forbidden(&self) -> bool {
        self.amount() > LIMIT
    }

    /// Whether two persons have to approve it.
    pub(super) fn needs_persons(&self) -> bool {
        self.amount() >= APPROVED_FROM && !self.is_forbidden()
    }

    /// Whether a person is going to refuse it.
    pub(super) fn is_refused(&self) -> bool {
        self.needs_persons() && Random::new(self.number.rotate_left(32)).below(4) == 0
    }
}

/// The database.
pub(super) struct Orders(Connection);

const SELECT: &str = "SELECT number, kind, cancel, made, told FROM orders";

fn order(row: &Row<'_>) -> rusqlite::Result<Order> {
    let kind = if row.get::<_, String>(1)? == Kind::Payment.name() { Kind::Payment } else { Kind::Withdrawal };
    Ok(Order { number: row.get(0)?, kind, cancel: row.get(2)?, transaction: row.get(3)?, told: row.get(4)? })
}

impl Orders {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS orders (
                 number INTEGER PRIMARY KEY, kind TEXT NOT NULL, cancel INTEGER NOT NULL DEFAULT 0, made TEXT, told TEXT,
                 again INTEGER NOT NULL DEFAULT 0
             ) STRICT;
             CREATE TABLE IF NOT EXISTS approvals (
                 number INTEGER NOT NULL, person TEXT NOT NULL, PRIMARY KEY (number, person)
             ) STRICT;
             CREATE INDEX IF NOT EXISTS orders_open ON orders (kind) WHERE told IS NULL;",
        )?;
        Ok(Self(connection))
    }

    /// Takes new orders. They are on disk when it returns.
    pub(super) fn add(&mut self, kind: Kind, count: u64) -> Result<Vec<Order>, Failure> {
        let transaction = self.0.transaction()?;
        let mut added = Vec::new();
        for _ in 0..count {
            transaction.execute("INSERT INTO orders (kind) VALUES (?1)", [kind.name()])?;
            let number = u64::try_from(transaction.last_insert_rowid())?;
            added.push(Order { number, kind, cancel: false, transaction: None, told: None });
        }
        transaction.commit()?;
        Ok(added)
    }

    pub(super) fn all(&self) -> Result<Vec<Order>, Failure> {
        self.select("", [])
    }

    /// Those of a kind whose end the wallet has not told of, oldest first.
    pub(super) fn open_ones(&self, kind: Kind) -> Result<Vec<Order>, Failure> {
        self.select("WHERE told IS NULL AND kind = ?1 ORDER BY number", [kind.name()])
    }

    /// Up to `count` of a kind whose end was told.
    pub(super) fn some_ended(&self, kind: Kind, count: u64) -> Result<Vec<Order>, Failure> {
        self.select("WHERE told IS NOT NULL AND kind = ?1 ORDER BY random() LIMIT ?2", params![kind.name(), count])
    }

    fn select(&self, which: &str, parameters: impl rusqlite::Params) -> Result<Vec<Order>, Failure> {
        let mut statement = self.0.prepare_cached(&format!("{SELECT} {which}"))?;
        Ok(statement.query_map(parameters, order)?.collect::<Result<_, _>>()?)
    }

    /// Wishes to cancel an order, from now on for ever.
    pub(super) fn wish_to_cancel(&self, order: &Order) -> Result<(), Failure> {
        self.0.execute("UPDATE orders SET cancel = 1 WHERE number = ?1", [order.number])?;
        Ok(())
    }

    /// Notes that a person is about to approve a withdrawal.
    pub(super) fn approving(&self, order: &Order, person: &str) -> Result<(), Failure> {
        self.0.execute(
            "INSERT INTO approvals (number, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![order.number, person],
        )?;
        Ok(())
    }

    /// How many persons ever wished to approve a withdrawal.
    pub(super) fn approvals(&self, order: &Order) -> Result<usize, Failure> {
        let mut count = self.0.prepare_cached("SELECT count(*) FROM approvals WHERE number = ?1")?;
        Ok(count.query_row([order.number], |row| row.get(0))?)
    }

    /// An older wallet takes the place of the one that was asked: all keys are to be asked for again. What was not
    /// in the key journal was never sent, so another transaction may pay it; and who refused has to refuse again.
    pub(super) fn wallet_is_restored(&mut self) -> Result<(), Failure> {
        let transaction = self.0.transaction()?;
        transaction.execute("UPDATE orders SET again = 1", [])?;
        transaction.execute("UPDATE orders SET made = NULL WHERE told IS NULL", [])?;
        transaction.execute("UPDATE orders SET told = NULL WHERE told = 'refused'", [])?;
        Ok(transaction.commit()?)
    }

    /// The first of those of a kind that are to be asked for again.
    pub(super) fn to_repeat(&self, kind: Kind) -> Result<Vec<Order>, Failure> {
        self.select("WHERE again = 1 AND kind = ?1 ORDER BY number LIMIT 100", [kind.name()])
    }

    /// Notes that some were asked for again.
    pub(super) fn repeated(&mut self, orders: &[Order]) -> Result<(), Failure> {
        let transaction = self.0.transaction()?;
        for order in orders {
            transaction.execute("UPDATE orders SET again = 0 WHERE number = ?1", [order.number])?;
        }
        Ok(transaction.commit()?)
    }

    /// Notes which transaction pays a payment. It never becomes another one.
    ///
    /// # Errors
    /// When the wallet named another one before.
    pub(super) fn made(&self, order: &Order, transaction: &str) -> Result<(), Failure> {
        let noted: String = self.0.query_row(
            "UPDATE orders SET made = coalesce(made, ?2) WHERE number = ?1 RETURNING made",
            params![order.number, transaction],
            |row| row.get(0),
        )?;
        if noted == transaction {
            return Ok(());
        }
        Err(format!("{} was paid by {noted}, and by {transaction} now", order.key()).into())
    }

    /// Notes an end that the wallet told of. It never becomes another one.
    ///
    /// # Errors
    /// When the wallet told of another one before.
    pub(super) fn ended(&self, order: &Order, end: &str) -> Result<(), Failure> {
        let noted: String = self.0.query_row(
            "UPDATE orders SET told = coalesce(told, ?2) WHERE number = ?1 RETURNING told",
            params![order.number, end],
            |row| row.get(0),
        )?;
        if noted == end { Ok(()) } else { Err(format!("{} was {noted}, and is {end} now", order.key()).into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_outlives_its_client_and_its_answers_never_change() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("orders.db");
        let orders = Orders::open(&path).unwrap().add(Kind::Withdrawal, 2).unwrap();
        let book = Orders::open(&path).unwrap();
        assert_eq!(book.open_ones(Kind::Withdrawal).unwrap(), orders);
        assert_eq!(book.open_ones(Kind::Payment).unwrap(), []);
        book.wish_to_cancel(&orders[0]).unwrap();
        book.made(&orders[0], "a").unwrap();
        book.made(&orders[0], "a").unwrap();
        assert!(book.made(&orders[0], "b").is_err());
        book.ended(&orders[0], "cancelled").unwrap();
        assert!(book.ended(&orders[0], "confirmed").is_err());
        assert_eq!(book.open_ones(Kind::Withdrawal).unwrap(), orders[1..]);
        let [ended] = &book.some_ended(Kind::Withdrawal, 5).unwrap()[..] else { panic!() };
        assert!(ended.cancel && ended.told.as_deref() == Some("cancelled"));
    }

    #[test]
    fn each_order_has_a_recipient_of_its_own() {
        let mut orders = Vec::new();
        for number in 1..1_000 {
            orders.push(Order { number, kind: Kind::Withdrawal, cancel: false, transaction: None, told: None });
        }
        let recipients: std::collections::HashSet<_> = orders.iter().map(Order::recipient).collect();
        assert_eq!(recipients.len(), orders.len());
        assert!(orders.iter().any(|order| order.amount() > 100 * LEAST));
        assert!(orders.iter().any(Order::is_forbidden) && orders.iter().any(Order::is_refused));
        assert!(orders.iter().any(|order| order.needs_persons() && !order.is_refused()));
        let payment = |order: &Order| Order { kind: Kind::Payment, ..order.clone() };
        assert!(!orders.iter().map(payment).any(|order| order.needs_persons() || order.is_forbidden()));
    }
}
