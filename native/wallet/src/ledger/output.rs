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
    /// Plain: a basic output without assets whose only unlock condition is its owner's address.
    /// Only plain outputs are spendable base coins, and only they can be credited.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.kind == OutputKind::Basic && self.conditions.is_empty() && self.native_tokens.is_empty()
    }

    /// Every address that this output can belong to, now or later: owner, governor, return address.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        let expiration = self.conditions.expiration.as_ref().map(|expiration| &expiration.return_address);
        std::iter::once(&self.owner).chain(self.governor.as_ref()).chain(expiration)
    }
}
