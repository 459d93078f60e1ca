//! JSON that no other wallet wrote: what fuzzers feed.

use std::collections::BTreeSet;

use super::{
    ADDRESS_LIMIT, FoundAccount,
    parse::{self, Problem},
};

/// The coin type of the seeds.
const COIN_TYPE: u32 = 4219;

/// Reads the accounts of a backup; says whether they make a wallet.
pub fn import_backup(bytes: &[u8]) -> bool {
    is_sound(parse::backup(bytes).and_then(|entries| parse::accounts(entries, COIN_TYPE)))
}

/// Reads an export; says whether it makes a wallet.
pub fn import_export(bytes: &[u8]) -> bool {
    is_sound(parse::export(bytes).and_then(|(coin_type, entries)| parse::accounts(entries, coin_type)))
}

fn is_sound(found: Result<Vec<FoundAccount>, Problem>) -> bool {
    let Ok(accounts) = found else { return false };
    let aliases: BTreeSet<_> = accounts.iter().map(|account| &account.alias).collect();
    assert_eq!(aliases.len(), accounts.len(), "an alias of two accounts");
    let mut issued = 0;
    for chain in accounts.iter().flat_map(|account| [&account.public, &account.internal]) {
        let indexes: Vec<_> = chain.addresses.iter().map(|address| address.key_index).collect();
        assert!(indexes.is_sorted_by(|left, right| left < right), "a key index that comes twice");
        assert!(indexes.last().is_none_or(|last| *last < chain.next), "an address that would be issued again");
        issued += u64::from(chain.next);
    }
    assert!(!accounts.is_empty() && issued <= ADDRESS_LIMIT, "{issued} addresses");
    true
}
