//! Methods `secret.*`: the vault. Secrets are named by one-time references from `wallet_put_secret`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Call, Lane, types::Nothing};

/// The state of the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum VaultState {
    /// No mnemonic is stored, as far as can be seen without the password.
    Empty,
    /// The password is not set.
    Locked,
    /// Ready to make keys and to sign.
    Unlocked,
}

/// The state of the vault.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SecretStatus {
    /// The state.
    pub(crate) status: VaultState,
}

/// The state of the vault.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {}

impl Call for Status {
    type Answer = SecretStatus;
    const NAME: &'static str = "secret.status";
    const LANE: Lane = Lane::Quick;
}

/// Opens the vault, or makes a new one with this password when there is none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPassword {
    /// Reference of the password.
    pub(crate) password: i32,
}

impl Call for SetPassword {
    type Answer = SecretStatus;
    const NAME: &'static str = "secret.setPassword";
    const LANE: Lane = Lane::Work;
}

/// Gives the vault another password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    /// Reference of the password it has.
    pub(crate) current: i32,
    /// Reference of the password it gets.
    pub(crate) replacement: i32,
}

impl Call for ChangePassword {
    type Answer = Nothing;
    const NAME: &'static str = "secret.changePassword";
    const LANE: Lane = Lane::Work;
}

/// Locks the vault and wipes what memory holds of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClearPassword {}

impl Call for ClearPassword {
    type Answer = Nothing;
    const NAME: &'static str = "secret.clearPassword";
    const LANE: Lane = Lane::Work;
}

/// Where a mnemonic comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum MnemonicOrigin {
    /// Just generated: nothing can be on its addresses yet.
    New,
    /// Used before, perhaps: what its addresses hold is looked for before the first address is issued.
    #[default]
    Existing,
}

/// Stores the mnemonic, once. It cannot be read back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreMnemonic {
    /// Reference of the words, separated by single spaces.
    pub(crate) mnemonic: i32,
    /// Where it comes from.
    #[serde(default)]
    pub(crate) origin: MnemonicOrigin,
}

impl Call for StoreMnemonic {
    type Answer = Nothing;
    const NAME: &'static str = "secret.storeMnemonic";
    const LANE: Lane = Lane::Work;
}

/// Checks words, length and checksum of a mnemonic.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyMnemonic {
    /// Reference of the words.
    pub(crate) mnemonic: i32,
}

impl Call for VerifyMnemonic {
    type Answer = Nothing;
    const NAME: &'static str = "secret.verifyMnemonic";
    const LANE: Lane = Lane::Work;
}
