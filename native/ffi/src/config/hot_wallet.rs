//! What a wallet does with its outputs by itself, as it is configured.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::Deserialize;
use stardust_wallet::{
    error::ErrorKind,
    ledger::Amount,
    payments::{ClaimPolicy, ConsolidationPolicy, HotWalletPolicy, SweepPolicy, SweepSource},
};

use crate::{
    error::{Fault, Outcome},
    message::scalar::AmountText,
};

/// What a wallet does with its outputs by itself while its vault is unlocked: at most one transaction at a time for an account and a
/// claim beside it, after payments. What is absent is not done.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct HotWalletConfig {
    /// Brings outputs of other accounts into one.
    pub(crate) sweep: Option<SweepConfig>,
    /// Puts the small outputs of an account together.
    pub(crate) consolidation: Option<ConsolidationConfig>,
    /// Claims outputs under conditions.
    pub(crate) claim: Option<ClaimConfig>,
    /// An account with more spendable outputs is told to need consolidation, until half of them are left: 128 to 1,000,000;
    /// 1,000 when absent.
    pub(crate) warn_above: Option<u32>,
}

/// Which outputs go to which account. All of the conditions must be met.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SweepConfig {
    /// Index of the account that gets them; nothing is swept before it exists.
    pub(crate) into: u32,
    /// Indexes of the accounts whose outputs are swept; absent: all others.
    pub(crate) from: Option<Vec<u32>>,
    /// Outputs of at least so much.
    pub(crate) min_amount: Option<AmountText>,
    /// Booked at least so many milestones ago; 0 when absent.
    pub(crate) min_age: Option<u32>,
    /// And at least so long ago, by the ledger's time; 0 when absent.
    pub(crate) min_age_ms: Option<u64>,
    /// A transaction with fewer inputs is not made: 1 to 128; 1 when absent.
    pub(crate) min_count: Option<u32>,
    /// Nor one with more: 1 to 128; 128 when absent.
    pub(crate) max_count: Option<u32>,
}

/// Which accounts' outputs are put together.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsolidationConfig {
    /// Index of the account; absent: every account.
    pub(crate) account: Option<u32>,
    /// When it has more spendable outputs than this, or when a payment needs too many: 16 to 1,000,000. Counts as at least twice
    /// `readyOutputs`.
    pub(crate) above: u32,
}

/// Which outputs are claimed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClaimConfig {
    /// Those that expire so soon, by the ledger's time: more than 600,000. Absent: all, as soon as they are seen.
    pub(crate) expires_within_ms: Option<u64>,
    /// Those of which at least so much is left when the storage deposit went back.
    pub(crate) min_amount: Option<AmountText>,
}

impl HotWalletConfig {
    /// The engine's policy.
    ///
    /// # Errors
    /// `INVALID_CONFIGURATION`, when a number is out of its range.
    pub(crate) fn read(&self) -> Outcome<HotWalletPolicy> {
        let mut policy = HotWalletPolicy {
            sweep: self.sweep.as_ref().map(SweepConfig::read).transpose()?,
            consolidation: self.consolidation.as_ref().map(ConsolidationConfig::read).transpose()?,
            claim: self.claim.as_ref().map(ClaimConfig::read).transpose()?,
            ..HotWalletPolicy::default()
        };
        if let Some(above) = self.warn_above {
            policy.crowded = within(above, 128..=1_000_000, "warnAbove must be 128 to 1000000")?;
        }
        Ok(policy)
    }
}

impl SweepConfig {
    fn read(&self) -> Outcome<SweepPolicy> {
        let all = SweepPolicy::into(self.into);
        let count = |number: Option<u32>, default: usize, name: &str| match number {
            Some(number) => within(number, 1..=128, &format!("{name} must be 1 to 128")),
            None => Ok(default),
        };
        let policy = SweepPolicy {
            from: self.from.clone().map_or(SweepSource::Others, SweepSource::Accounts),
            least: amount(self.min_amount.as_ref())?,
            min_age: self.min_age.unwrap_or(0),
            min_age_seconds: seconds(self.min_age_ms.unwrap_or(0)),
            min_count: count(self.min_count, all.min_count, "sweep.minCount")?,
            max_count: count(self.max_count, all.max_count, "sweep.maxCount")?,
            ..all
        };
        if policy.min_count > policy.max_count {
            return Err(invalid("sweep.minCount must not be more than sweep.maxCount"));
        }
        Ok(policy)
    }
}

impl ConsolidationConfig {
    fn read(&self) -> Outcome<ConsolidationPolicy> {
        let above = within(self.above, 16..=1_000_000, "consolidation.above must be 16 to 1000000")?;
        Ok(ConsolidationPolicy { account: self.account, above })
    }
}

impl ClaimConfig {
    fn read(&self) -> Outcome<ClaimPolicy> {
        let margin = u64::from(stardust_wallet::payments::CLAIM_MARGIN) * 1_000;
        if self.expires_within_ms.is_some_and(|within| within <= margin) {
            return Err(invalid(format!("claim.expiresWithinMs must be more than {margin}")));
        }
        Ok(ClaimPolicy { within: self.expires_within_ms.map(seconds), least: amount(self.min_amount.as_ref())? })
    }
}

fn amount(text: Option<&AmountText>) -> Outcome<Amount> {
    let read = |text: &AmountText| text.0.parse().map_err(|error| invalid(format!("minAmount: {error}")));
    text.map_or(Ok(Amount::ZERO), read)
}

/// At least so long; what does not fit is longer than any ledger.
fn seconds(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX)
}

/// A number as the engine counts, if it is in its range.
pub(crate) fn within(number: u32, range: RangeInclusive<usize>, text: &str) -> Outcome<usize> {
    usize::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(|| invalid(text))
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new(ErrorKind::InvalidConfiguration, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Outcome<HotWalletPolicy> {
        serde_json::from_str::<HotWalletConfig>(json).unwrap().read()
    }

    #[test]
    fn everything_is_read() {
        let policy = read(
            r#"{"sweep":{"into":1,"from":[2,3],"minAmount":"5","minAge":6,"minAgeMs":7001,"minCount":9,"maxCount":10},
                "consolidation":{"account":4,"above":100},"claim":{"expiresWithinMs":601000,"minAmount":"8"},"warnAbove":200}"#,
        );
        let expected = HotWalletPolicy {
            sweep: Some(SweepPolicy {
                into: 1,
                from: SweepSource::Accounts(vec![2, 3]),
                least: Amount::new(5),
                min_age: 6,
                min_age_seconds: 8,
                min_count: 9,
                max_count: 10,
            }),
            consolidation: Some(ConsolidationPolicy { account: Some(4), above: 100 }),
            claim: Some(ClaimPolicy { within: Some(601), least: Amount::new(8) }),
            crowded: 200,
        };
        assert_eq!(policy.unwrap(), expected);
        assert_eq!(read("{}").unwrap(), HotWalletPolicy::default());
        let sweep = read(r#"{"sweep":{"into":0}}"#).unwrap().sweep;
        assert_eq!(sweep, Some(SweepPolicy::into(0)));
    }

    #[test]
    fn what_is_out_of_its_range_is_refused() {
        for json in [
            r#"{"warnAbove":127}"#,
            r#"{"consolidation":{"above":15}}"#,
            r#"{"consolidation":{"above":1000001}}"#,
            r#"{"claim":{"expiresWithinMs":600000}}"#,
            r#"{"claim":{"minAmount":"x"}}"#,
            r#"{"sweep":{"into":0,"minCount":0}}"#,
            r#"{"sweep":{"into":0,"maxCount":129}}"#,
            r#"{"sweep":{"into":0,"minCount":5,"maxCount":4}}"#,
        ] {
            let fault = read(json).unwrap_err();
            assert_eq!(fault.into_object().data.kind, ErrorKind::InvalidConfiguration.name(), "{json}");
        }
    }
}
