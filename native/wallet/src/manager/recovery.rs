//! A wallet out of its mnemonic alone.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{AccountManager, GapLimits, RecoverBy, Recovery, WalletError};
use crate::{
    accounts::AccountError,
    events::Notice,
    keys::{KeyError, VaultStatus},
    store::{recovery, restore},
    sync::Watcher,
};

/// Most unused accounts in a row that are looked at.
const ACCOUNT_LIMIT: u32 = 1_000;
/// Most unused addresses in a row that are looked at; they are one step of the search.
const ADDRESS_LIMIT: u32 = 100_000;

impl AccountManager {
    /// Finds the accounts of a seed that was used elsewhere, as when nothing but the mnemonic is left: those that the wallet
    /// does not have are made, and all addresses up to the last used one of each chain are watched and never issued. What
    /// they hold is booked, and is no deposit. Accounts that the wallet has are searched from their last address on.
    ///
    /// An index of unspent outputs does not see an address that was emptied. So with limits issuing is frozen from the
    /// beginning of this call on until [`release_issuing`](Self::release_issuing), whatever was found, and nothing is paid. Exact
    /// counts are that statement at once: nothing is searched, and issuing is free when they are registered to the end.
    ///
    /// Takes as long as asking for all these addresses takes. `stop` ends it soon; the answer is not
    /// [complete](Recovery::complete) then. What was found stays, and the next call with the same limits goes on where this
    /// one was, also after an error or a crash; with other limits, or after the end, a call begins anew.
    ///
    /// Needs the unlocked vault, which does not lock by itself meanwhile, and a node. Live listeners are told of each step.
    ///
    /// # Errors
    /// [`WalletError::Limit`], [`AccountError::Statement`] and what else counts cannot be,
    /// [`WalletError::Recovering`], [`WalletError::Gap`], [`AccountError::IssuingFrozen`] in a wallet out of a backup
    /// before its release, and those of the vault and of nodes.
    pub fn recover_accounts(&self, by: &RecoverBy, stop: &AtomicBool) -> Result<Recovery, WalletError> {
        if let RecoverBy::Gaps(GapLimits { accounts, addresses }) = by {
            within("the limit of unused accounts", *accounts, ACCOUNT_LIMIT)?;
            within("the limit of unused addresses", *addresses, ADDRESS_LIMIT)?;
        }
        let _turn = self.sync.recovering().ok_or(WalletError::Recovering)?;
        if self.store.readers().read(restore::present)?.is_some_and(|restore| !restore.issuing_released) {
            return Err(AccountError::IssuingFrozen.into());
        }
        if self.sync.status().gap.is_some() {
            return Err(WalletError::Gap);
        }
        let _at_work = self.unlocked.work()?;
        if self.unlocked.status() == VaultStatus::Locked {
            return Err(KeyError::Locked.into());
        }
        self.accounts.check_seed()?;
        self.met()?;
        let watcher = Watcher {
            progress: &|progress| self.bus.publish(Notice::Recovery(progress)),
            stop: &|| stop.load(Ordering::Acquire),
        };
        let found = self.sync.recover(&self.accounts, &*self.lookup, by, self.clock.now_ms(), &watcher);
        self.pool.scan();
        // exact counts free payments too
        self.payments.unlocked();
        self.store.pulse().beat();
        Ok(found?)
    }

    /// The last search of the seed's accounts, and whether issuing is frozen since; none: there was none.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn recovery(&self) -> Result<Option<Recovery>, WalletError> {
        Ok(self.store.readers().read(recovery::present)?)
    }
}

fn within(what: &'static str, got: u32, most: u32) -> Result<(), WalletError> {
    if (1..=most).contains(&got) { Ok(()) } else { Err(WalletError::Limit { what, got, most }) }
}
