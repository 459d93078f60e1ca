//! The chain: how a record is hashed, and how it is appended.
//!
//! A record's hash is Blake2b-256 over these parts, each with its length before it (8 bytes, big endian): the text
//! `stardust-wallet audit 1`; the hash of the record before, 32 zero bytes before the first; sequence and time, 8 bytes big
//! endian each; the kind; then account (8 bytes), idempotency key and transaction id, each after a byte that says whether it is
//! there, 1 or 0, which is a part too; the details as they are stored. The first record names the event log and the kind of
//! the wallet; a record of a restore names the new event log: so a chain belongs to one wallet.

use crypto::hashes::{Digest, blake2b::Blake2b256};
use rusqlite::{Connection, Transaction};
use serde::Serialize;
use serde_json::json;

use super::AuditKind;
use crate::{
    ledger::TransactionId,
    store::{
        MetaKey, StoreError,
        audit::{self, AuditHead, AuditRow, NewAuditRow},
        hex, meta,
    },
};

const DOMAIN: &[u8] = b"stardust-wallet audit 1";

/// What a record is about; all of it can be searched for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The account that it concerns.
    pub account: Option<u32>,
    /// The caller's key of a payment or withdrawal.
    pub key: Option<&'a str>,
    /// A transaction.
    pub transaction: Option<&'a TransactionId>,
}

impl Subject<'_> {
    /// An account.
    #[must_use]
    pub fn account(account: u32) -> Self {
        Self { account: Some(account), ..Self::default() }
    }
}

/// Appends a record: it is in the log when `tx` commits. The details, which must become JSON, are hashed as they are written.
/// The first record that a wallet's log gets is that of its beginning.
///
/// # Errors
/// [`StoreError`]; the transaction must not be committed then.
pub fn append(
    tx: &Transaction<'_>,
    kind: AuditKind,
    subject: Subject<'_>,
    details: impl Serialize,
) -> Result<(), StoreError> {
    let (head, time_ms) = audit::end(tx)?;
    let head = if head.sequence == 0 { write_begun(tx, &head, time_ms)? } else { head };
    write(tx, &head, time_ms, kind, subject, details).map(drop)
}

/// Begins the log, unless it has begun. The event log must have its name.
///
/// # Errors
/// [`StoreError`].
pub fn begin(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let (head, time_ms) = audit::end(tx)?;
    if head.sequence == 0 { write_begun(tx, &head, time_ms).map(drop) } else { Ok(()) }
}

fn write_begun(tx: &Transaction<'_>, head: &AuditHead, time_ms: u64) -> Result<AuditHead, StoreError> {
    let coin_type = meta::get(tx, MetaKey::CoinType)?.and_then(|coin| coin.try_into().ok()).map(u32::from_be_bytes);
    let manager = meta::get(tx, MetaKey::SecretManager)?;
    let details = json!({
        "logId": log_id(tx)?,
        "coinType": coin_type,
        "secretManager": manager.map(|name| String::from_utf8_lossy(&name).into_owned()),
        // of a wallet that is older than the log
        "network": meta::network(tx)?.map(|network| network.name),
        "milestone": meta::cursor(tx)?.map(|cursor| cursor.position.index),
    });
    write(tx, head, time_ms, AuditKind::Begun, Subject::default(), details)
}

/// The event log's name as records have it.
///
/// # Errors
/// [`StoreError`].
pub(super) fn log_id(conn: &Connection) -> Result<Option<String>, StoreError> {
    Ok(meta::get(conn, MetaKey::LogId)?.map(|id| hex(&id)))
}

fn write(
    tx: &Transaction<'_>,
    head: &AuditHead,
    time_ms: u64,
    kind: AuditKind,
    Subject { account, key, transaction }: Subject<'_>,
    details: impl Serialize,
) -> Result<AuditHead, StoreError> {
    let details = serde_json::to_string(&details)
        .map_err(|error| StoreError::corrupt(format!("a record of the audit log that is no JSON: {error}")))?;
    let sequence = head.sequence + 1;
    let form = Form {
        sequence,
        time_ms: i64::try_from(time_ms).unwrap_or(i64::MAX),
        kind: kind.name().as_bytes(),
        account: account.map(i64::from),
        key: key.map(str::as_bytes),
        transaction: transaction.map(TransactionId::as_slice),
        details: details.as_bytes(),
    };
    let (hash, kind, details) = (form.hash(&head.hash), kind.name(), details.as_str());
    audit::append(tx, &NewAuditRow { sequence, time_ms, kind, account, key, transaction, details, hash })?;
    Ok(AuditHead { sequence, hash })
}

/// What of a record is hashed.
struct Form<'a> {
    sequence: u64,
    time_ms: i64,
    kind: &'a [u8],
    account: Option<i64>,
    key: Option<&'a [u8]>,
    transaction: Option<&'a [u8]>,
    details: &'a [u8],
}

impl Form<'_> {
    fn hash(&self, before: &[u8; 32]) -> [u8; 32] {
        let mut hash = Blake2b256::new();
        let mut part = |bytes: &[u8]| {
            hash.update(u64::try_from(bytes.len()).expect("a usize has at most 64 bits").to_be_bytes());
            hash.update(bytes);
        };
        part(DOMAIN);
        part(before);
        part(&self.sequence.to_be_bytes());
        part(&self.time_ms.to_be_bytes());
        part(self.kind);
        for subject in
            [self.account.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice), self.key, self.transaction]
        {
            part(&[u8::from(subject.is_some())]);
            subject.into_iter().for_each(&mut part);
        }
        part(self.details);
        hash.finalize().into()
    }
}

/// What a stored record's hash has to be after this one.
pub(super) fn hash_after(before: &AuditHead, row: &AuditRow) -> [u8; 32] {
    let form = Form {
        sequence: row.sequence,
        time_ms: row.time_ms,
        kind: &row.kind,
        account: row.account,
        key: row.key.as_deref(),
        transaction: row.transaction.as_deref(),
        details: &row.details,
    };
    form.hash(&before.hash)
}
