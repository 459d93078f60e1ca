//! Outputs as the engine sees them.

use super::{Address, Amount, OutputId, TransactionId, UnixTime};

/// The ledger's kinds of outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputKind {
    /// Base coins, perhaps with native tokens (TIP-18).
    Basic,
    /// An alias.
    Alias,
    /// A foundry of native tokens.
    Foundry,
    /// An NFT.
    Nft,
}

/// Part of the amount goes back to `address` when the output is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositReturn {
    /// Who gets it back.
    pub address: Address,
    /// How much.
    pub amount: Amount,
}

/// From `time` on the output belongs to `return_address`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiration {
    /// Who owns it from then on.
    pub return_address: Address,
    /// The first ledger time at which that is so.
    pub time: UnixTime,
}

/// What restricts an output beside its owner's signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Storage deposit return.
    pub deposit_return: Option<DepositReturn>,
    /// Expiration.
    pub expiration: Option<Expiration>,
    /// Not spendable before this ledger time.
    pub timelock: Option<UnixTime>,
}

impl Conditions {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Who owns the output at `time` instead of the one it names: the return address, once it has expired.
    #[must_use]
    pub fn heir_at(&self, time: UnixTime) -> Option<&Address> {
        self.expiration
            .as_ref()
            .filter(|expiration| expiration.time <= time)
            .map(|expiration| &expiration.return_address)
    }

    /// Whether its owner at `time` can spend the output as if it had no conditions. What has expired is free of its
    /// deposit return too (TIP-18).
    #[must_use]
    pub fn are_over_at(&self, time: UnixTime) -> bool {
        let locked = self.timelock.is_some_and(|until| time < until);
        let bound = self.expiration.is_some() || self.deposit_return.is_some();
        !locked && (!bound || self.heir_at(time).is_some())
    }

    /// The first ledger time after `time` at which one of the conditions ends.
    #[must_use]
    pub fn next_change(&self, time: UnixTime) -> Option<UnixTime> {
        let ends = [self.timelock, self.expiration.map(|expiration| expiration.time)];
        ends.into_iter().flatten().filter(|end| time < *end).min()
    }
}

/// A native token inside an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeToken {
    /// The token's id (on Stardust 38 bytes).
    pub id: Vec<u8>,
    /// A 256-bit amount, big endian.
    pub amount: [u8; 32],
}

/// An output of the ledger, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerOutput {
    /// Its id.
    pub id: OutputId,
    /// The transaction that created it.
    pub transaction_id: TransactionId,
    /// What it is.
    pub kind: OutputKind,
    /// Its base coins, storage deposit included.
    pub amount: Amount,
    /// Who may spend it: address, state controller (alias) or the owning alias (foundry).
    pub owner: Address,
    /// The governor of an alias output.
    pub governor: Option<Address>,
    /// Restrictions.
    pub conditions: Conditions,
    /// Native tokens.
    pub native_tokens: Vec<NativeToken>,
    /// Id of the NFT, alias or foundry that it is (hexadecimal bytes as on the ledger).
    pub chain_id: Option<Vec<u8>>,
    /// Tag feature.
    pub tag: Option<Vec<u8>>,
    /// Metadata feature.
    pub metadata: Option<Vec<u8>>,
    /// Verified sender feature.
    pub sender: Option<Address>,
    /// The least amount it must hold (TIP-19).
    pub minimum_deposit: Amount,
    /// The output's bytes as on the wire.
    pub raw: Vec<u8>,
}

impl LedgerOutput {
    /// Plain at `time`: a basic output without assets on which no condition is left but its owner's address.
    /// Only plain outputs are spendable base coins, and only they can be credited.
    #[must_use]
    pub fn is_plain_at(&self, time: UnixTime) -> bool {
        self.kind == OutputKind::Basic && self.native_tokens.is_empty() && self.conditions.are_over_at(time)
    }

    /// Every address that this output can belong to, now or later: owner, governor, return address.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        let expiration = self.conditions.expiration.as_ref().map(|expiration| &expiration.return_address);
        std::iter::once(&self.owner).chain(self.governor.as_ref()).chain(expiration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(byte: u8) -> Address {
        Address::from_slice(&[byte; 33]).unwrap()
    }

    fn conditions(timelock: Option<u32>, expiration: Option<u32>, deposit_return: bool) -> Conditions {
        Conditions {
            deposit_return: deposit_return.then(|| DepositReturn { address: address(1), amount: Amount::new(1) }),
            expiration: expiration.map(|time| Expiration { return_address: address(2), time: UnixTime(time) }),
            timelock: timelock.map(UnixTime),
        }
    }

    #[test]
    fn a_condition_ends_at_its_time_and_not_a_second_before() {
        let over = |conditions: Conditions| [49, 50, 51].map(|time| conditions.are_over_at(UnixTime(time)));
        let heir = |conditions: Conditions| [49, 50, 51].map(|time| conditions.heir_at(UnixTime(time)).is_some());
        assert_eq!(over(conditions(None, None, false)), [true; 3]);
        assert_eq!(over(conditions(Some(50), None, false)), [false, true, true]);
        assert_eq!(over(conditions(None, Some(50), false)), [false, true, true]);
        assert_eq!(heir(conditions(None, Some(50), false)), [false, true, true]);
        assert_eq!(heir(conditions(Some(50), None, true)), [false; 3]);
        // a deposit return ends with the expiration only
        assert_eq!(over(conditions(Some(50), None, true)), [false; 3]);
        assert_eq!(over(conditions(None, Some(50), true)), [false, true, true]);
        // the strictest wins
        assert_eq!(over(conditions(Some(51), Some(50), true)), [false, false, true]);
        assert_eq!(over(conditions(Some(49), Some(51), false)), [false, false, true]);
    }

    #[test]
    fn each_condition_ends_once() {
        let next = |conditions: Conditions, time| conditions.next_change(UnixTime(time)).map(|time| time.0);
        assert_eq!(next(conditions(None, None, true), 0), None);
        let both = conditions(Some(40), Some(50), false);
        assert_eq!([39, 40, 49, 50].map(|time| next(both, time)), [Some(40), Some(50), Some(50), None]);
        assert_eq!(next(conditions(Some(50), Some(40), false), 45), Some(50));
    }
}
