//! What an operator states of the accounts of a seed: which there are, and how many addresses each had issued.

use std::collections::HashSet;

use rusqlite::Connection;

use super::{AccountError, Accounts, IssuedAccount, KEY_INDICES, check_alias, release::all_accounts};
use crate::store::{StoreError, account};

impl Accounts {
    /// Checks what is stated of all accounts, and answers it in the order of their indexes.
    ///
    /// # Errors
    /// [`AccountError::Statement`] (an account that is missing or twice, a count below what was issued or beyond what can
    /// be), [`AccountError::AliasInvalid`], [`AccountError::AliasTaken`], [`AccountError::Store`].
    pub fn check_counts(&self, stated: &[IssuedAccount]) -> Result<Vec<IssuedAccount>, AccountError> {
        let rows = self.store.readers().read(all_accounts)?;
        let refuse = |text: String| Err(AccountError::Statement(text));
        let mut sorted = stated.to_vec();
        sorted.sort_by_key(|one| one.account);
        let mut aliases: HashSet<&str> = rows.iter().map(|row| row.alias.as_str()).collect();
        for (index, one) in (0_u32..).zip(&sorted) {
            if one.account != index {
                return refuse(format!("account {index} is not stated, or account {} is twice", one.account));
            }
            let row = usize::try_from(index).ok().and_then(|index| rows.get(index));
            let issued = row.map_or((0, 0), |row| (row.public_next, row.internal_next));
            for (from, to) in [(issued.0, one.public), (issued.1, one.internal)] {
                if to < from {
                    return refuse(format!("account {index} had issued {from} addresses of a chain already, not {to}"));
                }
                if to > KEY_INDICES {
                    return refuse(format!("a chain has {KEY_INDICES} addresses, account {index} cannot have {to}"));
                }
            }
            if let (None, Some(alias)) = (row, &one.alias) {
                check_alias(alias)?;
                if !aliases.insert(alias) {
                    let taken = rows.iter().find(|row| row.alias == *alias).map(|row| row.account);
                    return match taken {
                        Some(account) => Err(AccountError::AliasTaken { alias: alias.clone(), account }),
                        None => refuse(format!("two accounts are stated with the alias {alias:?}")),
                    };
                }
            }
        }
        if sorted.len() < rows.len() {
            return refuse(format!("account {} is not stated", sorted.len()));
        }
        Ok(sorted)
    }
}

/// A free alias for an account that was found and has no name.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn found_alias(conn: &Connection, index: u32) -> Result<String, StoreError> {
    let mut alias = format!("recovered-{index}");
    let mut number = 2_u32;
    while account::by_alias(conn, &alias)?.is_some() {
        alias = format!("recovered-{index}-{number}");
        number += 1;
    }
    Ok(alias)
}
