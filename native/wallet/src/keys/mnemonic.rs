//! BIP-39 mnemonics: 24 English words from 32 random bytes, and the seed they stand for.

use std::{fmt, ops::Deref};

use crypto::{
    keys::bip39::{self, MnemonicRef, PassphraseRef, wordlist},
    utils::rand,
};
use iota_stronghold::engine::runtime::memories::buffer::Ref;
use zeroize::{Zeroize, Zeroizing};

use super::{KeyError, LockedBytes, locked::with_wiped_stack};

const WORDS: usize = 24;
/// More than 24 words of the list can take (the longest has 8 letters), with room for their separators.
const LONGEST: usize = 24 * 9;

/// A verified mnemonic of 24 English words in its normal form: lower case, one space between words.
///
/// In [locked memory](LockedBytes), wiped when dropped; `Debug` shows none of it.
pub struct Mnemonic(LockedBytes);

impl Mnemonic {
    /// A new mnemonic from 32 bytes of the operating system's random number generator.
    ///
    /// # Errors
    /// [`KeyError::Random`] when that fails.
    pub fn generate() -> Result<Self, KeyError> {
        with_wiped_stack(|| {
            let mut entropy = Zeroizing::new([0; 32]);
            rand::fill(entropy.as_mut_slice()).map_err(|_| KeyError::Random)?;
            Ok(Self::from_entropy(&entropy))
        })
    }

    /// Reads and verifies a mnemonic. Letter case, the kind and amount of white space and Unicode's
    /// compatibility forms (NFKD) don't matter.
    ///
    /// # Errors
    /// [`KeyError::MnemonicLength`], [`KeyError::MnemonicWord`] (the first wrong word) or
    /// [`KeyError::MnemonicChecksum`], checked in this order.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        with_wiped_stack(|| Self::read(text))
    }

    fn read(text: &str) -> Result<Self, KeyError> {
        let found = text.split_whitespace().count();
        if found != WORDS {
            return Err(KeyError::MnemonicLength { found });
        }
        // allocated once, so that growing leaves no copies behind
        let mut phrase = Zeroizing::new(String::with_capacity(LONGEST));
        for (position, word) in (1..).zip(text.split_whitespace()) {
            let word = known_word(word).ok_or(KeyError::MnemonicWord { position })?;
            if position > 1 {
                phrase.push(' ');
            }
            phrase.push_str(word);
        }
        let reference: &MnemonicRef = phrase.as_str().try_into().expect("words of the list are ASCII, which is NFKD");
        wordlist::verify(reference, &wordlist::ENGLISH).map_err(|_| KeyError::MnemonicChecksum)?;
        Ok(Self(LockedBytes::copy_of(phrase.as_bytes())))
    }

    /// The words, separated by single spaces. For showing them to the owner once; never log it.
    #[must_use]
    pub fn phrase(&self) -> impl Deref<Target = str> + '_ {
        Phrase(self.0.reference())
    }

    /// The 64-byte BIP-39 seed with an empty passphrase, as all Stardust wallets have it.
    pub(super) fn seed(&self) -> LockedBytes {
        self.seed_with("")
    }

    fn seed_with(&self, passphrase: &str) -> LockedBytes {
        let words = self.phrase();
        let phrase: &MnemonicRef = (&*words).try_into().expect("verified mnemonics are NFKD");
        let passphrase: &PassphraseRef = passphrase.try_into().expect("ASCII is NFKD");
        // from a value that wipes itself, by reference
        with_wiped_stack(|| LockedBytes::copy_of(bip39::mnemonic_to_seed(phrase, passphrase).bytes()))
    }

    fn from_entropy(entropy: &[u8; 32]) -> Self {
        let words = wordlist::encode(entropy, &wordlist::ENGLISH).expect("32 bytes are a valid length");
        Self(LockedBytes::copy_of(words.as_ref().as_bytes()))
    }
}

impl fmt::Debug for Mnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mnemonic(24 words, not shown)")
    }
}

/// The words while they are readable.
struct Phrase<'a>(Ref<'a, u8>);

impl Deref for Phrase<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.0).expect("it was made of a text")
    }
}

/// The word of the English list that `word` is a form of.
fn known_word(word: &str) -> Option<&'static str> {
    let find = |word: &str| wordlist::ENGLISH.words().iter().copied().find(|known| known.eq_ignore_ascii_case(word));
    if word.is_ascii() {
        return find(word);
    }
    let mut normal = bip39::Mnemonic::from(word);
    let known = find(normal.as_ref());
    normal.zeroize();
    known
}

#[cfg(test)]
mod tests;
