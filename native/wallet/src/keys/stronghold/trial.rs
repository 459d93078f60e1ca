//! Whether a password opens a vault that is not in its place yet.

use std::path::Path;

use super::{
    snapshot,
    throttle::{attempt, place},
    vault::SeedVault,
};
use crate::keys::{KeyError, Password};

/// Tries a password on the bytes that are to become the vault file at `path`. Takes as long as opening it, and counts as an
/// attempt on the vault within `backup`, wherever it is to be put.
///
/// # Errors
/// Those of [`set_password`](crate::keys::SecretManager::set_password).
pub fn try_password(backup: &Path, path: &Path, file: &[u8], password: &Password) -> Result<(), KeyError> {
    let key = password.snapshot_key();
    let mut counted = place(backup).into_os_string();
    counted.push(" (its vault)");
    let contents = attempt(Path::new(&counted), || snapshot::decrypt(path, file, &key))?;
    let opened = SeedVault::open(&contents);
    opened.map(drop).map_err(|what| KeyError::Damaged { path: path.to_owned(), what })
}
