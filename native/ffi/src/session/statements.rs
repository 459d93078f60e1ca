//! Statements on their way in: counts of more accounts than one message holds, until a message names them.

use std::sync::Mutex;

use stardust_wallet::manager::IssuedAccount;

use super::lock;
use crate::error::{Fault, Outcome};

/// So many statements may be open.
const OPEN: usize = 4;
/// So many accounts may all of them have.
const ACCOUNTS: usize = 1_000_000;

#[derive(Default)]
struct Table {
    last: i64,
    /// The oldest first.
    open: Vec<(i64, Vec<IssuedAccount>)>,
}

/// The statements of one handle.
#[derive(Default)]
pub(crate) struct Statements(Mutex<Table>);

impl Statements {
    /// Adds a part to a statement, or begins one; answers its number and how many accounts it has.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when it is unknown or too long; of the statement nothing is left when it is too long.
    pub(crate) fn add(&self, statement: Option<i64>, part: Vec<IssuedAccount>) -> Outcome<(i64, usize)> {
        let mut table = lock(&self.0);
        let (number, mut counts) = match statement {
            Some(number) => (number, remove(&mut table, number)?),
            None => {
                table.last += 1;
                if table.open.len() >= OPEN {
                    table.open.remove(0);
                }
                (table.last, Vec::new())
            }
        };
        if counts.len() + part.len() > ACCOUNTS {
            return Err(Fault::argument(format!("counts of up to {ACCOUNTS} accounts can be stated")));
        }
        counts.extend(part);
        // those that were begun before make room: nobody may come back to them
        while counts.len() + table.open.iter().map(|(_, counts)| counts.len()).sum::<usize>() > ACCOUNTS {
            table.open.remove(0);
        }
        let accounts = counts.len();
        table.open.push((number, counts));
        Ok((number, accounts))
    }

    /// Takes a statement out.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when it is unknown or was used.
    pub(crate) fn take(&self, statement: i64) -> Outcome<Vec<IssuedAccount>> {
        remove(&mut lock(&self.0), statement)
    }
}

fn remove(table: &mut Table, statement: i64) -> Outcome<Vec<IssuedAccount>> {
    let place = table.open.iter().position(|(number, _)| *number == statement);
    let place = place.ok_or_else(|| Fault::argument("the statement is unknown or used: state all counts again"))?;
    Ok(table.open.remove(place).1)
}

#[cfg(test)]
mod tests {
    use stardust_wallet::error::ErrorKind;

    use super::*;

    fn counts(from: u32, to: u32) -> Vec<IssuedAccount> {
        (from..to).map(|account| IssuedAccount { account, alias: None, public: 1, internal: 0 }).collect()
    }

    fn refused<T: std::fmt::Debug>(outcome: Outcome<T>) -> ErrorKind {
        outcome.unwrap_err().kind()
    }

    #[test]
    fn parts_come_together_and_are_used_once() {
        let statements = Statements::default();
        let (first, _) = statements.add(None, counts(0, 2)).unwrap();
        // somebody else's in between
        let (second, _) = statements.add(None, counts(0, 1)).unwrap();
        assert_eq!(statements.add(Some(first), counts(2, 3)).unwrap(), (first, 3));
        assert_eq!(statements.take(first).unwrap(), counts(0, 3));
        assert_eq!(statements.take(second).unwrap(), counts(0, 1));
        assert_eq!(refused(statements.take(first)), ErrorKind::InvalidArgument);
        assert_eq!(refused(statements.add(Some(first), counts(0, 1))), ErrorKind::InvalidArgument);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let statements = Statements::default();
        let numbers: Vec<_> = (0..=OPEN).map(|_| statements.add(None, counts(0, 1)).unwrap().0).collect();
        assert_eq!(refused(statements.take(numbers[0])), ErrorKind::InvalidArgument, "the oldest made room");
        assert_eq!(statements.take(numbers[1]).unwrap().len(), 1);
        let most = u32::try_from(ACCOUNTS).unwrap();
        let (number, _) = statements.add(None, counts(0, most - 10)).unwrap();
        assert_eq!(refused(statements.add(Some(number), counts(0, 20))), ErrorKind::InvalidArgument);
        assert_eq!(refused(statements.take(number)), ErrorKind::InvalidArgument, "it would lack a part");
    }

    #[test]
    fn what_nobody_came_back_to_makes_room() {
        let (statements, most) = (Statements::default(), u32::try_from(ACCOUNTS).unwrap());
        let (left, _) = statements.add(None, counts(0, most - 10)).unwrap();
        let (again, _) = statements.add(None, counts(0, 10)).unwrap();
        assert_eq!(statements.add(Some(again), counts(10, 20)).unwrap(), (again, 20));
        assert_eq!(refused(statements.take(left)), ErrorKind::InvalidArgument);
        assert_eq!(statements.take(again).unwrap().len(), 20);
    }
}
