use super::*;

const DEVNET: &str = "giant dynamic museum toddler six deny defense ostrich bomb access mercy blood explain muscle \
    shoot shallow glad autumn author calm heavy hawk abuse rally";

/// Addresses of the mnemonic above, as the published wheel iota-sdk 1.1.4 derives them
/// (`SecretManager(MnemonicSecretManager(…)).generate_ed25519_addresses`, bech32 taken off): coin type, account,
/// internal, first index, three addresses in a row.
const SDK: [(u32, u32, bool, u32, [&str; 3]); 20] = [
    (
        4218,
        0,
        false,
        0,
        [
            "60200bad8137a704216e84f8f9acfe65b972d9f4155becb4815282b03cef99fe",
            "9971117726aad11ab4d630ce4234f5d9747bd8d806375796e40411af854f4942",
            "35739a9902e4ee4389aca8c334cfe10caafbebe60d7e534abe72d03fe5245f1b",
        ],
    ),
    (
        4218,
        0,
        true,
        0,
        [
            "ee42f83d22b694c1f9a9ba8e37442bc20221bedc6526cfc8fd611bd17de5a652",
            "c1195ab735f5972edd063e757363bcabf7250f04a960e5d7c5faa24fe691a032",
            "f784b9dc891aedb03e24405c54865b9d7d374cac7a1d2289eb604bbd0deab951",
        ],
    ),
    (
        4218,
        1,
        false,
        0,
        [
            "a5313db71f9b89aed4b5164b9e38ba00b7257c554df62ccbf573b13dcd0c6d1f",
            "12ccfcf28c13d05e5a6ad03239248c24ac75831c9c14a406a0cb1f29fe35333d",
            "9e4cdcbd279d692fbd673c7653abc2c1631f9c9d5c5e297c1c59a58379aa6a5b",
        ],
    ),
    (
        4218,
        1,
        true,
        0,
        [
            "53ec21174e1c854d4d3183a9f94e0b5c6a71fd21afc078cbd0549ce02aede9a6",
            "c7199f1f88e589cbb9388711cf074d20b8554a55483e7f191062ce011ec7ab28",
            "b9c1306f458ac514c67eceb061ad35a2ea247bd9ecd696c5545a571f39cb1f93",
        ],
    ),
    (
        4218,
        7,
        false,
        2147483640,
        [
            "74783475fb2cb4d36ebc32fc98ed5d7b7dc0ec97c343e7637e7d2d86e16504c5",
            "0ea09ce1ecc584e35cdf636c06ea4bea3e7d726501ccfe741926f675fbaabeb4",
            "fe5012c930bc1ce48e988224d2256f4609933908bcb8b1f55a19c8edf772cdb2",
        ],
    ),
    (
        4218,
        7,
        true,
        2147483640,
        [
            "ca9c894d687973f5d00c78d272f188521c35edfc096f90c32f1163629b37fc36",
            "6d57a022cdef68cfc1da79b77071b9ad2869639e8b93ea4d390cd8e1ccdc28f2",
            "70ab8ec02554dfde71a1b951d504f445695c3bc17d8e6f937fc9fe8fbdc0f037",
        ],
    ),
    (
        4218,
        1000000,
        false,
        0,
        [
            "b23fafeafaea844f19cffac6896b88316af0a86972ba33266c03c8282e4db9e7",
            "73af9033a9e0f4be4482541dea90aa0842c10895f401598ea683b6f2cd54fb95",
            "40ea16c3a79bcea8150a010bdce7f4782499b2ae94f932eee625841c4585b726",
        ],
    ),
    (
        4218,
        1000000,
        true,
        0,
        [
            "5755c70635c99025484d3811a798b7f192df1be61fdd7e272928e0dee04229f4",
            "3eb046d3fde91a1c64d6637fc87344377f0e6dec369a1003a766b0c791b94654",
            "bcca4850a8e06f897fc349299d6e54c9acf93b8eeb95e720b334feed5d3b528c",
        ],
    ),
    (
        4218,
        2147483647,
        false,
        0,
        [
            "4a8ebefb9b30bec54efce105f2a19a81951275708450489215e55506f5191340",
            "19818ac382020bae164bfa8f1e698f124a3d5e4de086da898412990cb25bb969",
            "7ae5afdd8ef2f6af704347705a8de61fadcdcbc7ec35fbc80caf79acab750715",
        ],
    ),
    (
        4218,
        2147483647,
        true,
        0,
        [
            "ec1647f95ac7c5837a964b0bc06c3139fa0c696832de19e0159a6880a39a02e0",
            "b1ba5bc2710773923eeabb43fa97b9dbb8803671de46c0e65589fd36a67c35ba",
            "6cd6ffe76bfec5c5a301d0bc96d58f3f40da1a0cd8d5d057760b0c267533ee80",
        ],
    ),
    (
        4219,
        0,
        false,
        0,
        [
            "d4686d71647240aa5d3bdcd54007319e987f29d991c4f970b8b2210e8086162c",
            "5b039e78c28eb3e010ebb5993e210efc5c5a1767950991a873ce0ce6eb17a46c",
            "730d1d14d3b33ac627f2dadd150861d9715e93db36d5b25c5f580c766522712c",
        ],
    ),
    (
        4219,
        0,
        true,
        0,
        [
            "b212c9e0345e9c84e1e2efd87bcdb53c7281d8784f37da7147d634c3047b2871",
            "3842c4da84be9bd422944ee6db893f8231d1341caafa7ee6996a599446c9c13a",
            "6f55d2add250a8030f02ca220007b05d6bc0a377fcfd2d10407ce4452d897834",
        ],
    ),
    (
        4219,
        1,
        false,
        0,
        [
            "6faeb493a4179e1f0d139e993380d50c6744e8636fa18b0ebbe50d3bc53acafc",
            "1214c9a20d757fbdd9c1cc511c608fcd1f8c44dd6a38f862bc7c2fe8a57ae580",
            "52f107487c6a55fe8883fed8950838d2684df4305f52bd81043b40a637bdc5a1",
        ],
    ),
    (
        4219,
        1,
        true,
        0,
        [
            "f122857177fdf92582e1770934797321b490e6401bef827914c38100b64e739e",
            "5a46afd514a89853107dc6f9a940ba84b734e4222cf17bbab07e1889088b656a",
            "b8d2cd5341a1f40657c02b487d57c853091e392f0550b36bb7b7ed80c8ea04e0",
        ],
    ),
    (
        4219,
        7,
        false,
        2147483640,
        [
            "43b78d97221b0fcdd483437d7c31f3d9992d8de7479f903c053d1fd892b98564",
            "abe90b4ccd9ae0e3e195ddb9d61f542494f307d4efbd811e7f7201acc3edd74e",
            "ad9810de4d0bea70bf732d57e76e481b85fc0a6c3ac345b5b3956523905ef7de",
        ],
    ),
    (
        4219,
        7,
        true,
        2147483640,
        [
            "a06b177872559972f225aab7e8473325f580e9d73e3f7314644772d42f0407b0",
            "8f2190f0d681ad5d3376953e3e93cb0695808c474497959d6668b97ea7ef3b69",
            "5def53b497ae68786cf813313d09187ee620092160a632f0a4ebb12e8bee2079",
        ],
    ),
    (
        4219,
        1000000,
        false,
        0,
        [
            "8612721ee10625b8629c911b0e4b4863c5106da16b26b8f5cf8f7c9d08b591f6",
            "0eabf31c6514aa734ba95e77e1a8bb262e9d298910d68d2d53ca3e89c4838ba3",
            "d1e66165392fba4c817c80729f989aee967c94721f4f35d85f7213ce29d04940",
        ],
    ),
    (
        4219,
        1000000,
        true,
        0,
        [
            "5d3c86002bd7d9306d7b2eda0137278f5d6cf9009bf67e0a570cf17dac60f713",
            "431664dbba5b1814b96d70f651b948d6abe0a6c8ba8a7b14decd72f482ead348",
            "89fab2121d001212cc75c27573f2df95bb47a8724a61738d5486444c7d08317f",
        ],
    ),
    (
        4219,
        2147483647,
        false,
        0,
        [
            "d392f563e8c86359c0c18a15baa91648dc715177355c9e83e7eabe2ac200297e",
            "59aada39d480c5f956e679ded9a04e1ad7d6eb876cde905442d4ce04d92b2ec1",
            "24f85834a12929cf15f2c914bf4220b091233d46fe2c29038a9251cb8c99c316",
        ],
    ),
    (
        4219,
        2147483647,
        true,
        0,
        [
            "3a177bd3a07b7127d0cc4b66080d050d953ef5044334476d40f8b28d9bfa6dce",
            "2cc22823ee07afcfa1ea5262378606b11978037cf0a29a9d9084822aaf67a26d",
            "5446372fe6198d15e0af3598d6850d77a72ded2754f165d7b892f7a28864358b",
        ],
    ),
];

fn devnet(coin: u32) -> MnemonicManager {
    let mnemonic = Mnemonic::parse(DEVNET).unwrap();
    MnemonicManager::new(&mnemonic, CoinType::new(coin).unwrap())
}

#[test]
fn addresses_are_those_of_iota_sdk() {
    for (coin, account, internal, first, addresses) in SDK {
        let paths: Vec<_> = (first..first + 3).map(|index| KeyPath::new(account, internal, index).unwrap()).collect();
        let keys = devnet(coin).public_keys(&paths).unwrap();
        for (key, address) in keys.iter().zip(addresses) {
            assert_eq!(address_of(key).as_slice(), hex(address), "{coin} {account} {internal} {first}");
        }
    }
}

/// The public key that Hornet's private tangle knows as this mnemonic's first.
#[test]
fn the_first_key_of_the_devnet() {
    let manager = devnet(4218);
    let first = KeyPath::new(0, false, 0).unwrap();
    let key = hex("31f176dadf38cdec0eadd1d571394be78f0bbee3ed594316678dffc162a095cb");
    assert_eq!(manager.public_keys(&[first]).unwrap()[0].as_slice(), key);
    assert_eq!(manager.sign(&[(first, b"")]).unwrap()[0].public_key.as_slice(), key);
}

#[test]
fn signatures_verify_and_only_for_their_message() {
    use crypto::signatures::ed25519;
    let paths: Vec<_> = (0..5).map(|index| KeyPath::new(1, true, index).unwrap()).collect();
    let requests: Vec<(KeyPath, &[u8])> = paths.iter().map(|path| (*path, b"essence".as_slice())).collect();
    let manager = devnet(4219);
    let signatures = manager.sign(&requests).unwrap();
    let keys = manager.public_keys(&paths).unwrap();
    assert_eq!(signatures.iter().map(|s| s.public_key).collect::<Vec<_>>(), keys);
    for signed in signatures {
        let key = ed25519::PublicKey::try_from_bytes(signed.public_key).unwrap();
        let signature = ed25519::Signature::from_bytes(signed.signature);
        assert!(key.verify(&signature, b"essence"));
        assert!(!key.verify(&signature, b"essencf"));
    }
}

#[test]
fn a_mnemonic_in_memory_has_no_password_and_no_second_mnemonic() {
    let manager = devnet(4218);
    let password = Password::new(b"password".to_vec()).unwrap();
    assert_eq!(manager.status(), VaultStatus::Unlocked);
    assert!(matches!(manager.set_password(&password), Err(KeyError::Unsupported { .. })));
    assert!(matches!(manager.change_password(&password, &password), Err(KeyError::Unsupported { .. })));
    assert!(matches!(manager.lock(), Err(KeyError::Unsupported { .. })));
    assert!(matches!(manager.store_mnemonic(&Mnemonic::generate().unwrap()), Err(KeyError::AlreadyStored)));
    assert_eq!(manager.status(), VaultStatus::Unlocked);
}

#[test]
fn nothing_asked_nothing_answered() {
    assert!(devnet(4218).public_keys(&[]).unwrap().is_empty());
    assert!(devnet(4218).sign(&[]).unwrap().is_empty());
}

#[test]
fn errors_keep_their_kind_across_the_border() {
    use crate::error::ErrorKind;
    let path = || std::path::PathBuf::from("wallet.stronghold");
    for (error, kind) in [
        (KeyError::MnemonicLength { found: 23 }, ErrorKind::MnemonicInvalid),
        (KeyError::MnemonicWord { position: 3 }, ErrorKind::MnemonicInvalid),
        (KeyError::MnemonicChecksum, ErrorKind::MnemonicInvalid),
        (KeyError::EmptyPassword, ErrorKind::InvalidPassword),
        (KeyError::NoMnemonic, ErrorKind::VaultEmpty),
        (KeyError::Locked, ErrorKind::VaultLocked),
        (KeyError::AlreadyStored, ErrorKind::MnemonicAlreadyStored),
        (KeyError::WrongPassword, ErrorKind::WrongPassword),
        (KeyError::TooManyAttempts { retry_after: std::time::Duration::ZERO }, ErrorKind::PasswordThrottled),
        (KeyError::VaultMissing { path: path() }, ErrorKind::VaultMissing),
        (KeyError::NotAVault { path: path() }, ErrorKind::VaultForeign),
        (KeyError::UnsupportedVersion { path: path(), found: 2 }, ErrorKind::VaultVersion),
        (KeyError::Damaged { path: path(), what: "it is truncated" }, ErrorKind::VaultDamaged),
        (KeyError::TooLarge { path: path(), mebibytes: 256 }, ErrorKind::VaultLimit),
        (KeyError::WorkFactor { found: 21, limit: 20 }, ErrorKind::VaultLimit),
        (KeyError::WorkFactor { found: 23, limit: 20 }, ErrorKind::VaultLimit),
        (KeyError::WorkFactor { found: 24, limit: 20 }, ErrorKind::VaultDamaged),
    ] {
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[test]
fn a_seed_on_its_way_has_the_keys_of_its_mnemonic() {
    let words = Mnemonic::generate().unwrap();
    let (known, found) =
        (MnemonicManager::new(&words, CoinType::IOTA), SeedManager::new(Seed::of(&words), CoinType::IOTA));
    let paths: Vec<_> = (0..2_100).map(|n| KeyPath::new(n / 1_000, n % 2 == 1, n).unwrap()).collect();
    assert_eq!(found.public_keys(&paths).unwrap(), known.public_keys(&paths).unwrap());
    let requests: Vec<(KeyPath, &[u8])> = paths.iter().take(3).map(|path| (*path, b"message".as_slice())).collect();
    assert_eq!(found.sign(&requests).unwrap(), known.sign(&requests).unwrap());
    assert!(matches!(found.store_mnemonic(&words), Err(KeyError::AlreadyStored)));
    let again = MnemonicManager::from_seed(&found.into_seed(), CoinType::IOTA);
    assert_eq!(again.public_keys(&paths[..1]).unwrap(), known.public_keys(&paths[..1]).unwrap());
}
