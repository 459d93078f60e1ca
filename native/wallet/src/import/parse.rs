//! From JSON to accounts: the same shape in backups and in exports. Pure.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use super::{ADDRESS_LIMIT, FoundAccount, FoundAddress, FoundChain, ImportError, NOTE_LIMIT};
use crate::{
    accounts::{LABEL_LIMIT, check_alias},
    ledger::TransactionId,
};

/// Key indexes are hardened: the last bit is taken.
const KEY_INDICES: u32 = 1 << 31;

/// An account as it is written; all the rest that a backup says of it comes from the ledger.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountEntry {
    index: u32,
    coin_type: u32,
    alias: String,
    public_addresses: Vec<AddressEntry>,
    #[serde(default)]
    internal_addresses: Vec<AddressEntry>,
    #[serde(default)]
    public_count: u32,
    #[serde(default)]
    internal_count: u32,
    /// In a backup.
    #[serde(default)]
    transactions: Transactions,
    /// In an export.
    #[serde(default)]
    notes: BTreeMap<String, String>,
}

/// What the user wrote to transactions, by their ids. The rest of them, most of a backup, is not kept while it is read.
#[derive(Default)]
struct Transactions(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Transactions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self::default())
    }
}

impl<'de> Visitor<'de> for Transactions {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("transactions by their ids")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Self, A::Error> {
        while let Some((id, entry)) = entries.next_entry::<String, TransactionEntry>()? {
            self.0.extend(entry.note.map(|note| (id, note)));
        }
        Ok(self)
    }
}

#[derive(Deserialize)]
struct TransactionEntry {
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddressEntry {
    address: String,
    key_index: u32,
    internal: Option<bool>,
    label: Option<String>,
}

/// What a backup says of the keys of its wallet, as far as they were in a Stronghold.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeysEntry {
    #[serde(alias = "Stronghold")]
    stronghold: Option<VaultEntry>,
    /// Of a wallet that has no other kind of keys.
    snapshot_path: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VaultEntry {
    snapshot_path: String,
}

/// The file that the export program writes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Export {
    format: String,
    version: u32,
    coin_type: u32,
    accounts: Vec<AccountEntry>,
}

/// Why entries don't make a wallet.
pub(super) enum Problem {
    /// They are not what the other wallet writes.
    Invalid(String),
    /// Another error.
    Other(ImportError),
}

type Outcome<T> = Result<T, Problem>;

fn invalid<T>(what: impl Into<String>) -> Outcome<T> {
    Err(Problem::Invalid(what.into()))
}

/// The accounts of a backup: an array of accounts, or of texts each of which is one.
pub(super) fn backup(json: &[u8]) -> Outcome<Vec<AccountEntry>> {
    let objects = match serde_json::from_slice(json) {
        Ok(accounts) => return Ok(accounts),
        Err(error) => error,
    };
    match serde_json::from_slice::<Vec<String>>(json) {
        Ok(texts) => texts.iter().map(|text| serde_json::from_str(text).map_err(|error| unreadable(&error))).collect(),
        Err(_) => Err(unreadable(&objects)),
    }
}

/// The name of the vault file that the wallet of a backup worked with, if it had one.
pub(super) fn vault_name(keys: &[u8]) -> Option<String> {
    let KeysEntry { stronghold, snapshot_path } = serde_json::from_slice(keys).ok()?;
    let path = stronghold.map(|vault| vault.snapshot_path).or(snapshot_path)?;
    // as any system writes it
    path.rsplit(['/', '\\']).next().map(str::to_owned)
}

/// Coin type and accounts of an export.
pub(super) fn export(json: &[u8]) -> Outcome<(u32, Vec<AccountEntry>)> {
    let export: Export = serde_json::from_slice(json).map_err(|error| unreadable(&error))?;
    if export.format != "iota-sdk-export" {
        return invalid("its format is not iota-sdk-export");
    }
    if export.version != 1 {
        return invalid(format!("its version is {}, and only 1 is known", export.version));
    }
    Ok((export.coin_type, export.accounts))
}

/// Where and why, without repeating what is there: a wallet's file may be anything.
fn unreadable(error: &serde_json::Error) -> Problem {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Io | Category::Syntax => "it is not JSON",
        Category::Eof => "it ends in the middle",
        Category::Data => "a value is missing or is not what it should be",
    };
    Problem::Invalid(format!("{what} (line {}, column {})", error.line(), error.column()))
}

/// Accounts without holes and contradictions, by index.
pub(super) fn accounts(entries: Vec<AccountEntry>, coin_type: u32) -> Outcome<Vec<FoundAccount>> {
    if entries.is_empty() {
        return invalid("it has no accounts");
    }
    let mut sorted = BTreeMap::new();
    for entry in entries {
        let index = entry.index;
        if sorted.insert(index, entry).is_some() {
            return invalid(format!("account {index} is there twice"));
        }
    }
    let last = sorted.keys().next_back().copied().unwrap_or_default();
    if let Some((missing, _)) = (0..).zip(sorted.keys()).find(|(expected, index)| expected != *index) {
        return Err(Problem::Other(ImportError::Incomplete { missing, last }));
    }
    let (mut aliases, mut left) = (BTreeMap::new(), ADDRESS_LIMIT);
    let mut found = Vec::with_capacity(sorted.len());
    for (index, entry) in sorted {
        if entry.coin_type != coin_type {
            return invalid(format!("account {index} has another coin type than the wallet that it is of"));
        }
        let alias = entry.alias;
        check_alias(&alias).map_err(|source| Problem::Other(ImportError::Account { account: index, source }))?;
        if let Some(other) = aliases.insert(alias.clone(), index) {
            return Err(Problem::Other(ImportError::AliasTwice { alias, accounts: (other, index) }));
        }
        let public = chain(index, false, entry.public_count, entry.public_addresses, &mut left)?;
        let internal = chain(index, true, entry.internal_count, entry.internal_addresses, &mut left)?;
        let mut notes = entry.notes;
        notes.extend(entry.transactions.0);
        found.push(FoundAccount { alias, public, internal, notes: self::notes(index, notes)? });
    }
    Ok(found)
}

/// What was written to transactions. A note that is too long is cut: it is no reason to leave a wallet where it is.
fn notes(account: u32, texts: BTreeMap<String, String>) -> Outcome<Vec<(TransactionId, String)>> {
    let mut notes = BTreeMap::new();
    for (id, mut note) in texts.into_iter().filter(|(_, note)| !note.is_empty()) {
        let Ok(id) = TransactionId::from_hex(&id) else {
            return invalid(format!("account {account} has a note to a transaction without a transaction's id"));
        };
        if note.len() > NOTE_LIMIT {
            note.truncate((0..=NOTE_LIMIT).rev().find(|at| note.is_char_boundary(*at)).unwrap_or(0));
            tracing::warn!(account, transaction = %id, "the note to a transaction is cut, as it is too long");
        }
        if notes.insert(id, note).is_some() {
            return invalid(format!("account {account} has a transaction twice"));
        }
    }
    Ok(notes.into_iter().collect())
}

/// The addresses of a chain. It goes on after the highest key index, however many are listed.
fn chain(account: u32, internal: bool, count: u32, listed: Vec<AddressEntry>, left: &mut u64) -> Outcome<FoundChain> {
    let mut sorted = BTreeMap::new();
    let mut next = count;
    for entry in listed {
        let key_index = entry.key_index;
        if key_index >= KEY_INDICES || entry.internal.is_some_and(|said| said != internal) {
            return invalid(format!("account {account} has an address with an impossible path"));
        }
        next = next.max(key_index + 1);
        if entry.label.as_ref().is_some_and(|label| label.len() > LABEL_LIMIT || label.chars().any(char::is_control)) {
            return invalid(format!("account {account} has a label that is too long or has control characters"));
        }
        let found = FoundAddress { key_index, text: entry.address, label: entry.label };
        match sorted.entry(key_index) {
            Entry::Vacant(free) => {
                free.insert(found);
            }
            // two calls of iota-sdk at once list the same addresses, each for itself
            Entry::Occupied(mut there) if there.get().text == found.text => {
                let known = there.get_mut();
                known.label = known.label.take().or(found.label);
            }
            Entry::Occupied(_) => return invalid(format!("account {account} has two different addresses {key_index}")),
        }
    }
    *left = match left.checked_sub(u64::from(next)) {
        Some(left) if next <= KEY_INDICES => left,
        _ => return invalid(format!("it names more than {ADDRESS_LIMIT} addresses")),
    };
    Ok(FoundChain { next, addresses: sorted.into_values().collect() })
}
