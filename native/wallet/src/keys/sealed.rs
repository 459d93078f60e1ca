//! The key of a file under a password: an age message with one scrypt recipient, as a vault file is.

use std::sync::PoisonError;

use crypto::keys::age::DecError;
use iota_stronghold::engine::snapshot::{
    ReadError, decrypt_content_with_work_factor, encrypt_content_with_work_factor,
};
use zeroize::Zeroizing;

use super::{
    KeyError, LockedBytes, Password,
    stronghold::snapshot::{NEW_FILES, SCRYPT, WORK_FACTOR_LIMIT, reserve, with_key, work_factor},
};

/// The 32 bytes that a file is encrypted with.
pub type FileKey = LockedBytes;

/// A key that no other file has.
///
/// # Errors
/// [`KeyError::Random`].
pub fn new_file_key() -> Result<FileKey, KeyError> {
    let mut key = Zeroizing::new([0; 32]);
    crypto::utils::rand::fill(key.as_mut_slice()).map_err(|_| KeyError::Random)?;
    Ok(LockedBytes::copy_of(key.as_slice()))
}

/// Encrypts a file's key under a password. Takes about 1.7 s and 512 MiB.
///
/// # Errors
/// [`KeyError::OutOfMemory`], [`KeyError::Random`].
pub fn seal(key: &FileKey, password: &Password) -> Result<Vec<u8>, KeyError> {
    seal_at(key, password, if cfg!(test) { TEST_WORK_FACTOR } else { NEW_FILES })
}

/// Tests of this crate seal fast; what is released is tested from outside.
const TEST_WORK_FACTOR: u8 = 4;

fn seal_at(key: &FileKey, password: &Password, work_factor: u8) -> Result<Vec<u8>, KeyError> {
    let _turn = SCRYPT.lock().unwrap_or_else(PoisonError::into_inner);
    reserve(work_factor)?;
    let mut message = Vec::new();
    // writing to memory can't fail, so what is left is the random salt
    with_key(&password.snapshot_key(), |with| {
        encrypt_content_with_work_factor(&key.borrow(), &mut message, with, work_factor)
    })
    .map_err(|_| KeyError::Random)?;
    Ok(message)
}

/// Decrypts a file's key; none: the message is not what [`seal`] makes. Takes as long as sealing it.
///
/// # Errors
/// [`KeyError::WrongPassword`], [`KeyError::WorkFactor`], [`KeyError::OutOfMemory`].
pub fn unseal(message: &[u8], password: &Password) -> Result<Option<FileKey>, KeyError> {
    let _turn = SCRYPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(work_factor) = work_factor(message).filter(|demanded| *demanded <= WORK_FACTOR_LIMIT) {
        reserve(work_factor)?;
    }
    let mut message = message;
    let decrypted = with_key(&password.snapshot_key(), |with| {
        decrypt_content_with_work_factor(&mut message, with, WORK_FACTOR_LIMIT)
    });
    match decrypted {
        Ok(bytes) if bytes.len() == 32 => Ok(Some(LockedBytes::copy_of(&bytes))),
        Err(ReadError::AgeFormatError(DecError::BadFileKey)) => Err(KeyError::WrongPassword),
        Err(ReadError::AgeFormatError(DecError::WorkFactorTooBig { required, allowed })) => {
            Err(KeyError::WorkFactor { found: required, limit: allowed })
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn only_its_password_opens_a_sealed_key() {
        let key = new_file_key().unwrap();
        assert_ne!(key, new_file_key().unwrap());
        let message = seal(&key, &password("one")).unwrap();
        assert_eq!(unseal(&message, &password("one")).unwrap(), Some(key));
        assert!(matches!(unseal(&message, &password("two")), Err(KeyError::WrongPassword)));
        assert!(matches!(unseal(b"age?", &password("one")), Ok(None)));
        assert!(matches!(unseal(&message[..message.len() - 1], &password("one")), Ok(None)));
    }

    #[test]
    fn a_header_cannot_demand_all_memory() {
        let message = seal(&new_file_key().unwrap(), &password("one")).unwrap();
        let greedy = String::from_utf8_lossy(&message[..70]).replacen(" 4\n", " 21\n", 1);
        let refused = unseal(&[greedy.as_bytes(), &message[70..]].concat(), &password("one"));
        assert!(!matches!(refused, Ok(Some(_))), "a work factor of 21 was taken");
    }
}
