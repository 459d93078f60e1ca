//! On what terms the wallet pays: rules, what it does by itself, and where its key journal is. And the accounts that it has.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use stardust_proof::WalletOptions;
use stardust_wallet::{
    accounts::{IssuedAccount, IssuedBefore},
    ledger::Amount,
    manager::AccountRef,
    payments::{ClaimPolicy, ConsolidationPolicy, HotWalletPolicy, PaymentRules, SweepPolicy, Window},
};

/// From so many base units on two persons have to approve a withdrawal.
pub(super) const APPROVED_FROM: u64 = 600_000;
/// More is not paid at all.
pub(super) const LIMIT: u64 = 1_000_000_000;
/// The account whose deposits are swept into the one that pays.
pub(super) const SAVERS: &str = "savers";
/// Addresses that customers deposit to, of each account in its order.
pub(super) const ADDRESSES: [u32; 2] = [20, 5];
/// Longer than any run.
pub(super) const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn savers() -> AccountRef {
    AccountRef::Alias(SAVERS.to_owned())
}

/// How the wallet of a directory is opened to pay.
pub(super) fn options(directory: &Path, node: &str) -> WalletOptions {
    let claim = Some(ClaimPolicy::default());
    let consolidation = Some(ConsolidationPolicy { account: None, above: 16 });
    let hot_wallet =
        HotWalletPolicy { sweep: Some(SweepPolicy::into(0)), consolidation, claim, ..HotWalletPolicy::default() };
    WalletOptions { hot_wallet, ..quiet(directory, node) }
}

/// The same, without anything that it does by itself.
pub(super) fn quiet(directory: &Path, node: &str) -> WalletOptions {
    let unlimited = Window { length: DAY, amount: Some(Amount::new(u64::MAX)), recipients: Some(u64::MAX) };
    let rules = PaymentRules {
        per_payment: Some(Amount::new(LIMIT)),
        windows: vec![unlimited],
        approval_from: Some(Amount::new(APPROVED_FROM)),
        ..PaymentRules::default()
    };
    WalletOptions { key_journal: Some(journal(directory)), rules, ..WalletOptions::on(node) }
}

/// The key journal, on what stands for another disk.
pub(super) fn journal(directory: &Path) -> PathBuf {
    directory.join("journal").join("payments.journal")
}

/// How far issuing had come when a backup is restored, at the most.
pub(super) fn issued() -> IssuedBefore {
    let one = |(account, public)| IssuedAccount { account, alias: None, public, internal: 1 };
    IssuedBefore::Exact((0..).zip(ADDRESSES).map(one).collect())
}
