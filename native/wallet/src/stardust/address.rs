//! Addresses: bech32 of a kind byte and 32 bytes (TIP-31).

use bech32::{FromBase32, ToBase32, Variant};
use iota_sdk::{
    crypto::hashes::{Digest, blake2b::Blake2b256},
    packable::PackableExt,
    types::block::address::{Address as WireAddress, AliasAddress, Ed25519Address, NftAddress},
};

use super::Stardust;
use crate::ledger::{Address, AddressCodec, AddressError};

/// Kind byte and hash.
const LENGTH: usize = 33;

impl AddressCodec for Stardust {
    fn parse(&self, text: &str, hrp: &str) -> Result<Address, AddressError> {
        // The decoder takes either checksum; only that of bech32 (BIP-173) is an address here.
        let (got, words, variant) = bech32::decode(text).map_err(|_| AddressError::Invalid)?;
        if variant != Variant::Bech32 {
            return Err(AddressError::Invalid);
        }
        if got != hrp {
            return Err(AddressError::WrongNetwork { expected: hrp.to_owned(), got });
        }
        let bytes = Vec::<u8>::from_base32(&words).map_err(|_| AddressError::Invalid)?;
        match bytes.first() {
            None => Err(AddressError::Invalid),
            Some(&(Ed25519Address::KIND | AliasAddress::KIND | NftAddress::KIND)) if bytes.len() == LENGTH => {
                Address::from_slice(&bytes).map_err(|_| AddressError::Invalid)
            }
            Some(&(Ed25519Address::KIND | AliasAddress::KIND | NftAddress::KIND)) => Err(AddressError::Invalid),
            Some(&kind) => Err(AddressError::Unsupported(kind)),
        }
    }

    fn format(&self, address: &Address, hrp: &str) -> String {
        if from_ledger(address).is_none() {
            return address.to_string();
        }
        bech32::encode(hrp, address.as_slice().to_base32(), Variant::Bech32).unwrap_or_else(|_| address.to_string())
    }

    fn of_public_key(&self, public_key: &[u8; 32]) -> Address {
        let hash: [u8; 32] = Blake2b256::digest(public_key).into();
        to_ledger(&WireAddress::Ed25519(Ed25519Address::new(hash)))
    }
}

/// A wire address as opaque bytes.
pub(super) fn to_ledger(address: &WireAddress) -> Address {
    Address::from_slice(&address.pack_to_vec()).expect("an address is a kind byte and 32 bytes")
}

/// Opaque bytes as a wire address; none when they are not one.
pub(super) fn from_ledger(address: &Address) -> Option<WireAddress> {
    let bytes = address.as_slice();
    if bytes.len() != LENGTH {
        return None;
    }
    WireAddress::unpack_verified(bytes, &()).ok()
}

#[cfg(test)]
mod tests {
    use bech32::{ToBase32, Variant};

    use crate::{
        ledger::{Address, AddressCodec, AddressError},
        stardust::Stardust,
    };

    // TIP-31's example: the same key's address on three networks.
    const KEY: [u8; 32] = [
        0x6f, 0x15, 0x81, 0x70, 0x9b, 0xb7, 0xb1, 0xef, 0x03, 0x0d, 0x21, 0x0d, 0xb1, 0x8e, 0x3b, 0x0b, 0xa1, 0xc7,
        0x76, 0xfb, 0xa6, 0x5d, 0x8c, 0xda, 0xad, 0x05, 0x41, 0x51, 0x42, 0xd1, 0x89, 0xf8,
    ];
    const HASH: &str = "0x00efdc112efe262b304bcf379b26c31bad029f616ee3ec4aa6345a366e4c9e43a3";
    const IOTA: &str = "iota1qrhacyfwlcnzkvzteumekfkrrwks98mpdm37cj4xx3drvmjvnep6xqgyzyx";
    const ATOI: &str = "atoi1qrhacyfwlcnzkvzteumekfkrrwks98mpdm37cj4xx3drvmjvnep6x8x4r7t";

    #[test]
    fn follows_the_published_example() {
        let address = Stardust.of_public_key(&KEY);
        assert_eq!(address, Address::from_hex(HASH).unwrap());
        assert_eq!(Stardust.format(&address, "iota"), IOTA);
        assert_eq!(Stardust.format(&address, "atoi"), ATOI);
        assert_eq!(Stardust.parse(IOTA, "iota"), Ok(address));
        assert_eq!(Stardust.parse(&IOTA.to_uppercase(), "iota"), Ok(address));
    }

    #[test]
    fn every_mangled_letter_is_noticed() {
        for at in 0..IOTA.len() {
            for letter in ["q", "p", "1", "b"] {
                let mut text = IOTA.to_owned();
                text.replace_range(at..=at, letter);
                assert!(text == IOTA || Stardust.parse(&text, "iota").is_err(), "{text}");
            }
        }
        for text in ["", "iota", "iota1", IOTA.trim_end_matches('x'), "iota1qqqqqqq", "0x00", "iotä1qqqqqq"] {
            assert_eq!(Stardust.parse(text, "iota"), Err(AddressError::Invalid), "{text}");
        }
        let mixed = IOTA.replacen('q', "Q", 1);
        assert_eq!(Stardust.parse(&mixed, "iota"), Err(AddressError::Invalid));
    }

    #[test]
    fn another_network_is_named() {
        let expected = AddressError::WrongNetwork { expected: "smr".into(), got: "iota".into() };
        assert_eq!(Stardust.parse(IOTA, "smr"), Err(expected));
    }

    #[test]
    fn refuses_other_kinds_lengths_and_checksums() {
        let encode = |bytes: &[u8], variant| bech32::encode("rms", bytes.to_base32(), variant).unwrap();
        let of = |kind: u8, length: usize| {
            let mut bytes = vec![7; length];
            bytes[0] = kind;
            bytes
        };
        let parse = |bytes: Vec<u8>| Stardust.parse(&encode(&bytes, Variant::Bech32), "rms");
        for kind in [0, 8, 16] {
            assert_eq!(parse(of(kind, 33)).unwrap().as_slice(), of(kind, 33));
            assert_eq!(parse(of(kind, 32)), Err(AddressError::Invalid));
            assert_eq!(parse(of(kind, 34)), Err(AddressError::Invalid));
            let other = encode(&of(kind, 33), Variant::Bech32m);
            assert_eq!(Stardust.parse(&other, "rms"), Err(AddressError::Invalid));
        }
        assert_eq!(parse(of(4, 33)), Err(AddressError::Unsupported(4)));
        assert_eq!(parse(vec![]), Err(AddressError::Invalid));
    }

    #[test]
    fn what_is_no_address_is_shown_as_bytes() {
        let odd = Address::from_slice(&[5, 6]).unwrap();
        assert_eq!(Stardust.format(&odd, "rms"), "0x0506");
        let address = Stardust.of_public_key(&KEY);
        assert_eq!(Stardust.format(&address, ""), HASH);
    }
}
