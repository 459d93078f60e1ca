//! The exchange's own database: what it has credited to whom.
//!
//! A booking has the deposit's id as its key and is made in one transaction with the change of the customer's balance.
//! So a deposit that is delivered again changes nothing, and a kill leaves both or neither.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OptionalExtension as _, params};
use stardust_proof::Failure;
use stardust_wallet::events::Deposit;

/// The database.
pub(crate) struct Bank(Connection);

/// A booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) output: String,
    pub(crate) address: String,
    pub(crate) amount: u64,
}

impl Bank {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS booking (
                 deposit TEXT PRIMARY KEY, output TEXT NOT NULL, address TEXT NOT NULL, amount INTEGER NOT NULL
             ) STRICT;
             CREATE TABLE IF NOT EXISTS customer (
                 address TEXT PRIMARY KEY, balance INTEGER NOT NULL
             ) STRICT;",
        )?;
        Ok(Self(connection))
    }

    /// Books deposits, each once. All of them are on disk when it returns.
    pub(crate) fn book<'a>(&mut self, deposits: impl Iterator<Item = &'a Deposit>) -> Result<(), Failure> {
        let transaction = self.0.transaction()?;
        for deposit in deposits {
            let (address, amount) = (&deposit.own.address, deposit.amount.units());
            let new = transaction.execute(
                "INSERT INTO booking (deposit, output, address, amount) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![deposit.id, deposit.output_id.to_string(), address, amount],
            )?;
            if new == 1 {
                transaction.execute(
                    "INSERT INTO customer (address, balance) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET balance = balance + ?2",
                    params![address, amount],
                )?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    pub(crate) fn bookings(&self) -> Result<Vec<Booking>, Failure> {
        let mut statement = self.0.prepare("SELECT output, address, amount FROM booking")?;
        let rows = statement
            .query_map([], |row| Ok(Booking { output: row.get(0)?, address: row.get(1)?, amount: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What a customer was credited in all.
    pub(crate) fn balance(&self, address: &str) -> Result<u64, Failure> {
        let mut statement = self.0.prepare_cached("SELECT balance FROM customer WHERE address = ?1")?;
        Ok(statement.query_row([address], |row| row.get(0)).optional()?.unwrap_or(0))
    }
}
