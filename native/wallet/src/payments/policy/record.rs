//! What is in force, as the audit log tells it.

use crypto::hashes::{Digest, blake2b::Blake2b256};
use serde_json::{Value, json};

use super::{
    super::{HotWalletPolicy, PaymentError, Payments, SweepSource},
    rules::PaymentRules,
};
use crate::{
    audit,
    store::{MetaKey, hex, meta},
};

impl Payments {
    /// Writes what is in force from this opening on, if it is not what was in force before. A wallet that never had rules or a
    /// hot wallet policy has no record.
    pub(in crate::payments) fn record_rules(&self) -> Result<(), PaymentError> {
        let now = in_force(&self.rules, &self.policy.hot_wallet);
        let none = in_force(&PaymentRules::default(), &HotWalletPolicy::default());
        self.ports.store.writer().commit(move |tx| {
            let text = now.to_string();
            let before = meta::get(tx, MetaKey::Rules)?.unwrap_or_else(|| none.to_string().into_bytes());
            if before == text.as_bytes() {
                return Ok(());
            }
            meta::put(tx, MetaKey::Rules, text.as_bytes())?;
            Ok(audit::wallet::rules_set(tx, &now)?)
        })
    }
}

/// The allow-list may have many addresses: their number, and a hash of them.
fn in_force(rules: &PaymentRules, hot: &HotWalletPolicy) -> Value {
    let windows: Vec<Value> = rules
        .windows
        .iter()
        .map(|window| {
            let length = u64::try_from(window.length.as_millis()).unwrap_or(u64::MAX);
            json!({ "lengthMs": length, "amount": window.amount, "recipients": window.recipients })
        })
        .collect();
    let allow_list = rules.allow_list.as_ref().map(|allowed| {
        let mut hash = Blake2b256::new();
        allowed.iter().for_each(|address| hash.update(address.as_slice()));
        json!({ "addresses": allowed.len(), "hash": hex(&hash.finalize()) })
    });
    json!({
        "perPayment": rules.per_payment,
        "windows": windows,
        "allowList": allow_list,
        "approvalFrom": rules.approval_from,
        "review": rules.review,
        "hotWallet": hot_wallet(hot),
    })
}

fn hot_wallet(policy: &HotWalletPolicy) -> Value {
    let sweep = policy.sweep.as_ref().map(|sweep| {
        let from = match &sweep.from {
            SweepSource::Others => None,
            SweepSource::Accounts(accounts) => Some(accounts),
        };
        json!({
            "into": sweep.into,
            "from": from,
            "minAmount": sweep.least,
            "minAge": sweep.min_age,
            "minAgeSeconds": sweep.min_age_seconds,
            "minCount": sweep.min_count,
            "maxCount": sweep.max_count,
        })
    });
    let consolidation = policy.consolidation.as_ref();
    let claim = policy.claim.as_ref();
    json!({
        "sweep": sweep,
        "consolidation": consolidation.map(|one| json!({ "account": one.account, "above": one.above })),
        "claim": claim.map(|one| json!({ "withinSeconds": one.within, "minAmount": one.least })),
        "warnAbove": policy.crowded,
    })
}
