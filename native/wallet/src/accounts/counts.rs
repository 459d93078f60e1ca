//! What an operator states of the accounts of a seed: which there are, and how many addresses each had issued.

use std::collections::HashSet;

use rusqlite::Connection;

use super::{AccountError, Accounts, IssuedAccount, KEY_INDICES, RELEASE_LIMIT, check_alias, release::all_accounts};
use crate::store::{AccountRow, StoreError, account};

/// The alias of an account that was found and has no name.
const FOUND: &str = "recovered-";

impl Accounts {
    /// Checks what is stated of all accounts, and answers it in the order of their indexes.
    ///
    /// # Errors
    /// [`AccountError::Statement`] (an account that is missing or twice or has another alias, a count below what was issued
    /// or beyond what can be, more addresses than [`RELEASE_LIMIT`]), [`AccountError::AliasInvalid`],
    /// [`AccountError::AliasTaken`], [`AccountError::Store`].
    pub fn check_counts(&self, stated: &[IssuedAccount]) -> Result<Vec<IssuedAccount>, AccountError> {
        let rows = self.store.readers().read(all_accounts)?;
        let sorted = check(&rows, stated)?;
        let had = rows.iter().map(|row| u64::from(row.public_next) + u64::from(row.internal_next)).sum::<u64>();
        let all = sorted.iter().map(|one| u64::from(one.public) + u64::from(one.internal)).sum::<u64>();
        check_limit(all.saturating_sub(had))?;
        Ok(sorted)
    }
}

/// Checks what is stated where the accounts of `rows` are there, and answers it in the order of the accounts' indexes.
///
/// # Errors
/// [`AccountError::Statement`], [`AccountError::AliasInvalid`], [`AccountError::AliasTaken`].
pub(super) fn check(rows: &[AccountRow], stated: &[IssuedAccount]) -> Result<Vec<IssuedAccount>, AccountError> {
    let mut sorted = stated.to_vec();
    sorted.sort_by_key(|one| one.account);
    let mut aliases: HashSet<&str> = rows.iter().map(|row| row.alias.as_str()).collect();
    for (index, one) in (0_u32..).zip(&sorted) {
        if one.account != index {
            return refuse(format!("account {index} is not stated, or account {} is twice", one.account));
        }
        let row = usize::try_from(index).ok().and_then(|index| rows.get(index));
        check_numbers(row, one)?;
        let Some(alias) = &one.alias else { continue };
        match row {
            Some(row) if row.alias == *alias => {}
            // counts of which the indexes are shifted would have addresses issued twice
            Some(row) if !is_found_alias(&row.alias, index) => {
                return refuse(format!(
                    "account {index} is called {:?} here, not {alias:?}: the counts may be those of other accounts. If they \
                     are not, rename it or state it without an alias",
                    row.alias
                ));
            }
            _ => {
                check_alias(alias)?;
                if !aliases.insert(alias) {
                    return taken(rows, alias);
                }
            }
        }
    }
    if sorted.len() < rows.len() {
        return refuse(format!("account {} is not stated", sorted.len()));
    }
    Ok(sorted)
}

fn check_numbers(row: Option<&AccountRow>, one: &IssuedAccount) -> Result<(), AccountError> {
    let (index, issued) = (one.account, row.map_or((0, 0), |row| (row.public_next, row.internal_next)));
    for (from, to) in [(issued.0, one.public), (issued.1, one.internal)] {
        if to < from {
            return refuse(format!("account {index} had issued {from} addresses of a chain already, not {to}"));
        }
        if to > KEY_INDICES {
            return refuse(format!("a chain has {KEY_INDICES} addresses, account {index} cannot have {to}"));
        }
    }
    Ok(())
}

fn taken<T>(rows: &[AccountRow], alias: &str) -> Result<T, AccountError> {
    match rows.iter().find(|row| row.alias == alias) {
        Some(row) => Err(AccountError::AliasTaken { alias: alias.to_owned(), account: row.account }),
        None => refuse(format!("two accounts are stated with the alias {alias:?}")),
    }
}

/// Checks how many addresses are registered at the word of an operator, which cannot be taken back.
///
/// # Errors
/// [`AccountError::Statement`].
pub(super) fn check_limit(addresses: u64) -> Result<(), AccountError> {
    if addresses > RELEASE_LIMIT {
        return refuse(format!("{addresses} addresses would be registered, where up to {RELEASE_LIMIT} are possible"));
    }
    Ok(())
}

pub(super) fn refuse<T>(text: String) -> Result<T, AccountError> {
    Err(AccountError::Statement(text))
}

/// A free alias for an account that was found and has no name.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn found_alias(conn: &Connection, index: u32) -> Result<String, StoreError> {
    let mut alias = format!("{FOUND}{index}");
    let mut number = 2_u32;
    while account::by_alias(conn, &alias)?.is_some() {
        alias = format!("{FOUND}{index}-{number}");
        number += 1;
    }
    Ok(alias)
}

/// Whether nobody gave an account this alias: it says nothing of whose it is.
fn is_found_alias(alias: &str, index: u32) -> bool {
    let rest = alias.strip_prefix(FOUND).and_then(|rest| rest.strip_prefix(&index.to_string()));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
