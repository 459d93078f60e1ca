//! What an output is to the wallet, and where it came from.

use super::{payment::OutputRole, sql::stored_enum};
use crate::ledger::OutputKind;

/// What an output is to the wallet now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputClass {
    /// Spendable base coins.
    Plain,
    /// Base coins that are ours now, under conditions.
    Held,
    /// Native tokens, an NFT, an alias or a foundry that is ours now.
    Asset,
    /// It names one of our addresses, but somebody else owns it now: before an expiration in our favour, after one
    /// against us, or because we govern it only.
    Foreign,
}
stored_enum!(OutputClass { Plain = "plain", Held = "held", Asset = "asset", Foreign = "foreign" });

/// Where an output came from. Only `External`, `PaymentRecipient` and `Claim` are ever deposits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// Somebody outside of this wallet.
    External,
    /// A payment of this wallet to one of its own addresses.
    PaymentRecipient,
    /// The rest of a payment.
    Change,
    /// Collected from other addresses of the account.
    Sweep,
    /// Many outputs put into one.
    Consolidation,
    /// One output split into many.
    FanOut,
    /// A cancelled payment's inputs, sent back to ourselves.
    Cancel,
    /// It spent outputs of ours, and no payment on record did that: an incident, never credited by itself.
    UnknownOwn,
    /// It was offered to somebody else, who let it expire in our favour; or it is the storage deposit of such an offer.
    OwnReturn,
    /// Claimed for the address that conditional outputs came to, without what had to be given back.
    Claim,
    /// Found by looking for what the seed's addresses already held, or arrived before that was done.
    Discovered,
}

impl Origin {
    /// The origin of an output that a payment of ours created for `role`.
    #[must_use]
    pub const fn of_role(role: OutputRole) -> Self {
        match role {
            OutputRole::Payee => Self::PaymentRecipient,
            OutputRole::Remainder => Self::Change,
            OutputRole::Sweep => Self::Sweep,
            OutputRole::Consolidation => Self::Consolidation,
            OutputRole::FanOut => Self::FanOut,
            OutputRole::Cancel => Self::Cancel,
            OutputRole::Claim => Self::Claim,
            OutputRole::DepositReturn => Self::OwnReturn,
            OutputRole::Recovered => Self::UnknownOwn,
        }
    }

    /// Whether a plain output of this origin is a deposit, to be credited to a customer.
    #[must_use]
    pub const fn is_deposit(self) -> bool {
        match self {
            Self::External | Self::PaymentRecipient | Self::Claim => true,
            Self::Change
            | Self::Sweep
            | Self::Consolidation
            | Self::FanOut
            | Self::Cancel
            | Self::UnknownOwn
            | Self::OwnReturn
            | Self::Discovered => false,
        }
    }
}
stored_enum!(Origin {
    External = "external",
    PaymentRecipient = "paymentRecipient",
    Change = "change",
    Sweep = "sweep",
    Consolidation = "consolidation",
    FanOut = "fanOut",
    Cancel = "cancel",
    UnknownOwn = "unknownOwn",
    OwnReturn = "ownReturn",
    Claim = "claim",
    Discovered = "discovered",
});
stored_enum!(OutputKind { Basic = "basic", Alias = "alias", Foundry = "foundry", Nft = "nft" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_of_a_payments_output_has_its_origin() {
        let origins = [
            ("payee", "paymentRecipient"),
            ("remainder", "change"),
            ("sweep", "sweep"),
            ("consolidation", "consolidation"),
            ("fanOut", "fanOut"),
            ("cancel", "cancel"),
            ("claim", "claim"),
            ("depositReturn", "ownReturn"),
            ("recovered", "unknownOwn"),
        ];
        for (role, origin) in origins {
            let role = OutputRole::from_name(role).unwrap();
            assert_eq!(Origin::of_role(role).name(), origin);
            // what we send to ourselves for our own sake is nobody's money
            let deposit = matches!(role, OutputRole::Payee | OutputRole::Claim);
            assert_eq!(Origin::of_role(role).is_deposit(), deposit);
        }
    }
}
