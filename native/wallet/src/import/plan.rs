//! Which addresses an import stores: made of the seed, and compared with what the file says.

use super::{ADDRESS_LIMIT, Contents, FoundAccount, FoundChain, ImportError, ImportReport};
use crate::{
    keys::{KeyPath, SecretManager},
    ledger::{Address, AddressCodec, TransactionId},
};

/// Derived at a time, so that the vault is not held for long.
const BATCH: u32 = 10_000;

/// What an import stores.
pub struct Plan {
    pub(super) accounts: Vec<PlannedAccount>,
    /// As many addresses of each chain beyond what the file knows count as issued, also of accounts that it does not have.
    pub(super) skip: u32,
}

pub(super) struct PlannedAccount {
    pub(super) alias: String,
    /// The public chain, then the internal one; the place in it is the key index.
    pub(super) chains: [Vec<(Address, Option<String>)>; 2],
    pub(super) notes: Vec<(TransactionId, String)>,
}

impl Plan {
    /// How much it is.
    #[must_use]
    pub fn report(&self) -> ImportReport {
        let mut report = ImportReport::default();
        for account in &self.accounts {
            let count = |length| u64::try_from(length).unwrap_or(u64::MAX);
            let [public, internal] = account.chains.each_ref().map(|chain| count(chain.len()));
            report.accounts += 1;
            report.public_addresses += public;
            report.internal_addresses += internal;
            report.notes += count(account.notes.len());
        }
        report
    }
}

/// Derives all addresses of `contents`, and `skip` more on each chain, and compares them with the file's.
///
/// # Errors
/// [`ImportError::CoinType`], [`ImportError::LiveVault`] unless something is skipped, [`ImportError::Address`],
/// [`ImportError::SeedMismatch`], [`ImportError::Keys`], and [`ImportError::TooMany`].
pub fn derive(
    contents: Contents,
    skip: u32,
    keys: &dyn SecretManager,
    codec: &dyn AddressCodec,
    hrp: &str,
) -> Result<Plan, ImportError> {
    if contents.coin_type != keys.coin_type().get() {
        return Err(ImportError::CoinType { found: contents.coin_type, wallet: keys.coin_type() });
    }
    if contents.live && skip == 0 {
        return Err(ImportError::LiveVault);
    }
    let all: u64 = contents
        .accounts
        .iter()
        .map(|account| u64::from(account.public.next) + u64::from(account.internal.next) + 2 * u64::from(skip))
        .sum();
    if all > ADDRESS_LIMIT {
        return Err(ImportError::TooMany { limit: ADDRESS_LIMIT });
    }
    let maker = Maker { keys, codec, hrp };
    let mut accounts = Vec::with_capacity(contents.accounts.len());
    for (index, FoundAccount { alias, public, internal, notes }) in (0..).zip(contents.accounts) {
        let chains = [maker.chain(index, false, public, skip)?, maker.chain(index, true, internal, skip)?];
        accounts.push(PlannedAccount { alias, chains, notes });
    }
    Ok(Plan { accounts, skip })
}

struct Maker<'a> {
    keys: &'a dyn SecretManager,
    codec: &'a dyn AddressCodec,
    hrp: &'a str,
}

impl Maker<'_> {
    fn chain(
        &self,
        account: u32,
        internal: bool,
        found: FoundChain,
        skip: u32,
    ) -> Result<Vec<(Address, Option<String>)>, ImportError> {
        let end = found.next.saturating_add(skip);
        let mut known = found.addresses.into_iter().peekable();
        let mut chain = Vec::with_capacity(usize::try_from(end).unwrap_or(0));
        for from in (0..end).step_by(usize::try_from(BATCH).unwrap_or(usize::MAX)) {
            let batch = from..end.min(from.saturating_add(BATCH));
            let paths =
                batch.clone().map(|index| KeyPath::new(account, internal, index)).collect::<Result<Vec<_>, _>>()?;
            for (key_index, key) in batch.zip(self.keys.public_keys(&paths)?) {
                let address = self.codec.of_public_key(&key);
                let mut label = None;
                if let Some(known) = known.next_if(|known| known.key_index == key_index) {
                    let parsed = self.codec.parse(&known.text, self.hrp);
                    let said = parsed.map_err(|source| ImportError::Address { account, key_index, source })?;
                    if said != address {
                        return Err(ImportError::SeedMismatch { account, internal, key_index });
                    }
                    label = known.label;
                }
                chain.push((address, label));
            }
        }
        Ok(chain)
    }
}
