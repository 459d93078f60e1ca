use super::*;

/// Entropy, mnemonic and seed with the passphrase "TREZOR": all 256-bit entries of the vectors that BIP-39
/// refers to (trezor/python-mnemonic, `vectors.json`).
const VECTORS: [(&str, &str, &str); 8] = [
    (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art",
        "bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd3097170af7a4d73245cafa9c3cca8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8",
    ),
    (
        "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
        "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title",
        "bc09fca1804f7e69da93c2f2028eb238c227f2e9dda30cd63699232578480a4021b146ad717fbb7e451ce9eb835f43620bf5c514db0f8add49f5d121449d3e87",
    ),
    (
        "8080808080808080808080808080808080808080808080808080808080808080",
        "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless",
        "c0c519bd0e91a2ed54357d9d1ebef6f5af218a153624cf4f2da911a0ed8f7a09e2ef61af0aca007096df430022f7a2b6fb91661a9589097069720d015e4e982f",
    ),
    (
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
        "dd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e1613912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad",
    ),
    (
        "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
        "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length",
        "64c87cde7e12ecf6704ab95bb1408bef047c22db4cc7491c4271d170a1b213d20b385bc1588d9c7b38f1b39d415665b8a9030c9ec653d75e65f847d8fc1fc440",
    ),
    (
        "9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863",
        "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation flash devote level hobby quick inner drive ghost inside",
        "72be8e052fc4919d2adf28d5306b5474b0069df35b02303de8c1729c9538dbb6fc2d731d5f832193cd9fb6aeecbc469594a70e3dd50811b5067f3b88b28c3e8d",
    ),
    (
        "066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad",
        "all hour make first leader extend hole alien behind guard gospel lava path output census museum junior mass reopen famous sing advance salt reform",
        "26e975ec644423f4a4c4f4215ef09b4bd7ef924e85d1d17c4cf3f136c2863cf6df0a475045652c57eb5fb41513ca2a2d67722b77e954b4b3fc11f7590449191d",
    ),
    (
        "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
        "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold",
        "01f5bced59dec48e362f2c45b5de68b9fd6c92c6634f44d6d40aab69056506f0e35524a518034ddc1192e1dacd32c1ed3eaa3c3b131c88ed8e7e54c49a5d0998",
    ),
];

const DEVNET: &str = "giant dynamic museum toddler six deny defense ostrich bomb access mercy blood explain muscle \
    shoot shallow glad autumn author calm heavy hawk abuse rally";

fn bytes<const N: usize>(digits: &str) -> [u8; N] {
    super::super::hex(digits).try_into().unwrap()
}

#[test]
fn bip39_vectors() {
    for (entropy, phrase, seed) in VECTORS {
        let mnemonic = Mnemonic::from_entropy(&bytes(entropy));
        assert_eq!(&*mnemonic.phrase(), phrase);
        let parsed = Mnemonic::parse(phrase).unwrap();
        assert_eq!(*parsed.seed_with("TREZOR").borrow(), bytes::<64>(seed));
        assert_ne!(*parsed.seed().borrow(), bytes::<64>(seed));
    }
}

/// The seed that iota-sdk 1.1.4 prints for this mnemonic (`Utils.mnemonic_to_hex_seed`).
#[test]
fn the_seed_has_an_empty_passphrase() {
    assert_eq!(
        *Mnemonic::parse(DEVNET).unwrap().seed().borrow(),
        bytes::<64>(
            "a7263c9c84ae6aa9c88ae84bfd224aab87f187b57404d462ab6764c52303bb9a\
             e51f54acc5473b1c366dc8559c04d49d6533edf19110918f9e2474443acd33f3"
        )
    );
}

#[test]
fn generated_mnemonics_differ_and_verify() {
    let one = Mnemonic::generate().unwrap();
    let two = Mnemonic::generate().unwrap();
    assert_ne!(*one.phrase(), *two.phrase());
    assert_eq!(one.phrase().split(' ').count(), 24);
    assert_eq!(*Mnemonic::parse(&one.phrase()).unwrap().phrase(), *one.phrase());
}

#[test]
fn case_space_and_compatibility_forms_do_not_matter() {
    let shouted = DEVNET.to_uppercase().replace(' ', " \t\r\n");
    assert_eq!(Mnemonic::parse(&format!("  {shouted}\n")).unwrap().phrase().deref(), DEVNET);
    // full-width letters and the ideographic space
    let wide: String = DEVNET
        .chars()
        .map(|c| match c {
            ' ' => '\u{3000}',
            c => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
        })
        .collect();
    assert_eq!(Mnemonic::parse(&wide).unwrap().phrase().deref(), DEVNET);
}

#[test]
fn wrong_lengths_are_told() {
    for (text, found) in [("", 0), ("   ", 0), ("abandon", 1)] {
        assert!(matches!(Mnemonic::parse(text), Err(KeyError::MnemonicLength { found: f }) if f == found));
    }
    // 12 words with a right checksum are still too few
    let twelve = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    assert!(matches!(Mnemonic::parse(twelve), Err(KeyError::MnemonicLength { found: 12 })));
    assert!(matches!(Mnemonic::parse(&format!("{DEVNET} rally")), Err(KeyError::MnemonicLength { found: 25 })));
}

#[test]
fn a_wrong_word_is_told_by_its_position_alone() {
    for position in 1..=24 {
        let mut words: Vec<&str> = DEVNET.split(' ').collect();
        words[position - 1] = "secretly";
        let error = Mnemonic::parse(&words.join(" ")).unwrap_err();
        assert!(matches!(error, KeyError::MnemonicWord { position: p } if p == position));
        assert!(!format!("{error} {error:?}").contains("secretly"));
    }
    // not in the list either: a first half of a word, and letters that merely look right
    for word in ["gian", "giаnt"] {
        let text = DEVNET.replacen("giant", word, 1);
        assert!(matches!(Mnemonic::parse(&text), Err(KeyError::MnemonicWord { position: 1 })));
    }
}

#[test]
fn swapped_and_changed_words_fail_the_checksum() {
    for text in [DEVNET.replacen("giant dynamic", "dynamic giant", 1), DEVNET.replacen("rally", "giant", 1)] {
        assert!(matches!(Mnemonic::parse(&text), Err(KeyError::MnemonicChecksum)));
    }
}

#[test]
fn debug_shows_no_word() {
    let shown = format!("{:?}", Mnemonic::parse(DEVNET).unwrap());
    assert!(DEVNET.split(' ').all(|word| !shown.contains(word)), "{shown}");
}
