//! Methods `secret.*`: the vault. Secrets are named by one-time references from `wallet_put_secret`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use stardust_wallet::{
    keys::{Mnemonic, Password},
    manager::SeedOrigin,
};

use super::{Call, Lane, Params, types::Nothing};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// The mnemonic that a reference names.
fn mnemonic(session: &Session, reference: i32) -> Outcome<Mnemonic> {
    parse_mnemonic(&session.secret(reference)?)
}

/// The mnemonic with these words.
pub(crate) fn parse_mnemonic(words: &[u8]) -> Outcome<Mnemonic> {
    let words = std::str::from_utf8(words)
        .map_err(|_| Fault::new(stardust_wallet::error::ErrorKind::MnemonicInvalid, "the mnemonic is not UTF-8"))?;
    Ok(Mnemonic::parse(words)?)
}

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

impl Params for Status {
    type Answer = SecretStatus;
    const NAME: &'static str = "secret.status";
}

impl Call for Status {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(SecretStatus { status: session.core.vault_state() })
    }
}

/// Opens the vault, or makes a new one with this password when there is none. After several wrong passwords none is tried
/// for a while (`PASSWORD_THROTTLED`, with `retryAfterMs`).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SetPassword {
    /// Reference of the password.
    pub(crate) password: i32,
    /// After so long the vault locks by itself: what has begun by then comes to its end first. Absent: it stays open
    /// until it is locked. Replaces what a call before said.
    pub(crate) lock_after_ms: Option<u64>,
}

impl Params for SetPassword {
    type Answer = SecretStatus;
    const NAME: &'static str = "secret.setPassword";
}

impl Call for SetPassword {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let password = Password::new(session.secret(self.password)?)?;
        if self.lock_after_ms == Some(0) {
            return Err(Fault::argument("lockAfterMs must be 1 at least"));
        }
        session.core.manager().set_password_for(&password, self.lock_after_ms.map(Duration::from_millis))?;
        Ok(SecretStatus { status: session.core.vault_state() })
    }
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

impl Params for ChangePassword {
    type Answer = Nothing;
    const NAME: &'static str = "secret.changePassword";
}

impl Call for ChangePassword {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        // both are gone whatever becomes of the first
        let (current, replacement) = (session.secret(self.current), session.secret(self.replacement));
        let (current, replacement) = (Password::new(current?)?, Password::new(replacement?)?);
        session.core.manager().change_password(&current, &replacement)?;
        Ok(Nothing {})
    }
}

/// Locks the vault and wipes what memory holds of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClearPassword {}

impl Params for ClearPassword {
    type Answer = Nothing;
    const NAME: &'static str = "secret.clearPassword";
}

impl Call for ClearPassword {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.core.manager().lock()?;
        Ok(Nothing {})
    }
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

impl From<MnemonicOrigin> for SeedOrigin {
    fn from(origin: MnemonicOrigin) -> Self {
        match origin {
            MnemonicOrigin::New => Self::New,
            MnemonicOrigin::Existing => Self::Existing,
        }
    }
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

impl Params for StoreMnemonic {
    type Answer = Nothing;
    const NAME: &'static str = "secret.storeMnemonic";
}

impl Call for StoreMnemonic {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let mnemonic = mnemonic(session, self.mnemonic)?;
        session.core.manager().store_mnemonic(&mnemonic, self.origin.into())?;
        Ok(Nothing {})
    }
}

/// Checks words, length and checksum of a mnemonic.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyMnemonic {
    /// Reference of the words.
    pub(crate) mnemonic: i32,
}

impl Params for VerifyMnemonic {
    type Answer = Nothing;
    const NAME: &'static str = "secret.verifyMnemonic";
}

impl Call for VerifyMnemonic {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        mnemonic(session, self.mnemonic).map(|_| Nothing {})
    }
}
