//! Which files there are, and how they are opened.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    Contents, ImportError,
    parse::{self, Problem},
};
use crate::keys::{ForeignSnapshot, KeyError, Password};

/// Far above any export: five million addresses take half of it.
const LONGEST: u64 = 1 << 30;

/// A file of another wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportSource {
    /// A backup of iota-sdk or wallet.rs: a Stronghold snapshot, of version 2 or 3, with accounts beside the seed. Not the vault that
    /// the other wallet works with: a backup leaves its accounts there too, and they grow old.
    Stronghold {
        /// The file.
        path: PathBuf,
    },
    /// The JSON that the export program makes of a wallet directory of iota-sdk; it has no seed.
    Export {
        /// The file.
        path: PathBuf,
    },
}

impl ImportSource {
    fn path(&self) -> &Path {
        match self {
            Self::Stronghold { path } | Self::Export { path } => path,
        }
    }
}

/// Reads a file and checks it in itself. A snapshot of version 3 takes about 1.7 s and 512 MiB.
///
/// # Errors
/// [`ImportError::Keys`] for a snapshot that doesn't open, [`ImportError::Io`], [`ImportError::Invalid`],
/// [`ImportError::Incomplete`], [`ImportError::AliasTwice`], [`ImportError::Account`].
pub fn read(source: &ImportSource, password: Option<&Password>) -> Result<Contents, ImportError> {
    let outcome = match source {
        ImportSource::Stronghold { path } => {
            let password = password.ok_or(KeyError::EmptyPassword)?;
            stronghold(path, &ForeignSnapshot::open(path, password)?)
        }
        ImportSource::Export { path } => {
            let json = read_file(path).map_err(|source| ImportError::Io { path: path.clone(), source })?;
            export(&json)
        }
    };
    outcome.map_err(|problem| match problem {
        Problem::Invalid(what) => ImportError::Invalid { path: source.path().to_owned(), what },
        Problem::Other(error) => error,
    })
}

fn stronghold(path: &Path, snapshot: &ForeignSnapshot) -> Result<Contents, Problem> {
    let value = |name| snapshot.value(name).map_err(|error| Problem::Other(error.into()));
    let Some(json) = value("accounts")? else {
        return Err(Problem::Invalid("it holds no accounts; it may be a vault and not a backup".to_owned()));
    };
    let coin_type = value("coin_type")?.and_then(|bytes| bytes.as_slice().try_into().ok());
    let coin_type = coin_type.ok_or_else(|| Problem::Invalid("its coin type is missing".to_owned()))?;
    let coin_type = u32::from_le_bytes(coin_type);
    let accounts = parse::accounts(parse::backup(&json)?, coin_type)?;
    let seed = snapshot.seed().map_err(|error| Problem::Other(error.into()))?;
    let vault = value("secret_manager")?.and_then(|keys| parse::vault_name(&keys));
    let live = vault.is_some_and(|vault| path.file_name().is_some_and(|name| name == vault.as_str()));
    Ok(Contents { coin_type, accounts, seed, live })
}

fn export(json: &[u8]) -> Result<Contents, Problem> {
    let (coin_type, entries) = parse::export(json)?;
    Ok(Contents { coin_type, accounts: parse::accounts(entries, coin_type)?, seed: None, live: false })
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    // a special file is never opened: reading a pipe would wait for ever
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    if metadata.len() > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is too large"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
