//! Methods `wallet.import`, `wallet.importedNotes` and `secret.migrateSnapshot`: moving in from iota-sdk and wallet.rs.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::{import, keys::Password};

use super::{
    Call, Lane, Params,
    account::default_limit,
    page, read_row,
    scalar::Hex,
    types::{Nothing, Page},
};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// Takes over the accounts of another wallet: with the same indexes and aliases, all their addresses as issued and
/// watched, and the notes to their transactions. All of it or nothing. Only for a wallet without accounts that has met its network.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Import {
    /// The file.
    pub(crate) source: ImportSource,
    /// So many more addresses of each account count as issued, on the public and on the internal chain: as many as the
    /// other wallet may have issued after the file was written.
    #[serde(default)]
    pub(crate) skip: u32,
}

/// A file of another wallet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum ImportSource {
    /// A backup of iota-sdk or wallet.rs. An empty vault gets its seed.
    Stronghold {
        /// The Stronghold snapshot, absolute.
        path: String,
        /// Reference of its password.
        password: i32,
    },
    /// What the export program made of a wallet directory of iota-sdk. The vault must have the seed.
    Export {
        /// The JSON file, absolute.
        path: String,
    },
}

/// How much was imported.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportReport {
    /// Accounts.
    pub(crate) accounts: u32,
    /// Public addresses, skipped ones included.
    pub(crate) public_addresses: u64,
    /// Internal addresses, skipped ones included.
    pub(crate) internal_addresses: u64,
    /// Notes to transactions; `wallet.importedNotes` has them.
    pub(crate) notes: u64,
}

impl Params for Import {
    type Answer = ImportReport;
    const NAME: &'static str = "wallet.import";
}

impl Call for Import {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let (source, password) = match self.source {
            ImportSource::Stronghold { path, password } => {
                let password = Password::new(session.secret(password)?)?;
                (import::ImportSource::Stronghold { path: absolute(&path, "path")?.to_owned() }, Some(password))
            }
            ImportSource::Export { path } => {
                (import::ImportSource::Export { path: absolute(&path, "path")?.to_owned() }, None)
            }
        };
        let report = session.core.manager().import(&source, password.as_ref(), self.skip)?;
        let import::ImportReport { accounts, public_addresses, internal_addresses, notes } = report;
        Ok(ImportReport { accounts, public_addresses, internal_addresses, notes })
    }
}

/// What the user of the imported wallet had written to transactions, by account and transaction id.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notes {
    /// The `next` of the answer before; absent: from the first.
    pub(crate) after: Option<String>,
    /// How many at most: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
}

/// A note to a transaction of the imported wallet.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportedNote {
    /// The account whose transaction it was.
    pub(crate) account_index: u32,
    /// Which. It is none of this wallet's: what came of it is known from the ledger only.
    pub(crate) transaction_id: Hex,
    /// What was written; cut after 64 KiB.
    pub(crate) note: String,
}

impl Params for Notes {
    type Answer = Page<ImportedNote>;
    const NAME: &'static str = "wallet.importedNotes";
}

impl Call for Notes {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let after = self.after.as_deref().map(read_row).transpose()?;
        let found = session.core.manager().imported_notes(after, page(self.limit, "limit")?)?;
        Ok(Page::of_rows(found, |row| ImportedNote {
            account_index: row.account,
            transaction_id: (&row.transaction_id).into(),
            note: row.note,
        }))
    }
}

/// Writes what a Stronghold snapshot of version 2 (wallet.rs) holds into a new one of version 3. The original is only
/// read, and nothing is written over.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MigrateSnapshot {
    /// The snapshot of version 2, absolute.
    pub(crate) source: String,
    /// Where the new one goes, absolute; nothing may be there.
    pub(crate) target: String,
    /// Reference of the password.
    pub(crate) password: i32,
    /// Reference of the new one's password; absent: the same.
    pub(crate) replacement: Option<i32>,
}

impl Params for MigrateSnapshot {
    type Answer = Nothing;
    const NAME: &'static str = "secret.migrateSnapshot";
}

impl Call for MigrateSnapshot {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        // both are gone whatever becomes of the first
        let password = session.secret(self.password);
        let replacement = self.replacement.map(|reference| session.secret(reference));
        let password = Password::new(password?)?;
        let replacement = replacement.transpose()?.map(Password::new).transpose()?;
        let (source, target) = (absolute(&self.source, "source")?, absolute(&self.target, "target")?);
        session.core.manager().migrate_snapshot(source, target, &password, replacement.as_ref())?;
        Ok(Nothing {})
    }
}

/// A path that means the same whatever the process's working directory is.
fn absolute<'a>(path: &'a str, name: &str) -> Outcome<&'a Path> {
    let path = Path::new(path);
    if path.is_absolute() { Ok(path) } else { Err(Fault::argument(format!("{name} must be an absolute path"))) }
}
