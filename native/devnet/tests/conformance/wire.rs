//! Keys, outputs, transactions and blocks, serialized by hand after TIP-18, TIP-20 and TIP-24, so that
//! neither a mistake of the devnet's types can hide nor a malformed block is out of reach.

use iota_sdk::crypto::{
    hashes::{Digest, blake2b::Blake2b256},
    signatures::ed25519::SecretKey,
};

pub(crate) type Id = [u8; 32];

/// What an output is spent with: its id, and its bytes for the commitment.
#[derive(Clone)]
pub(crate) struct Input(pub(crate) Vec<u8>, pub(crate) Vec<u8>);

pub(crate) fn hash(bytes: &[u8]) -> Id {
    Blake2b256::digest(bytes).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// The first eight bytes of the hash of the network's name.
pub(crate) fn network_id() -> u64 {
    u64::from_le_bytes(hash(b"stardust-devnet")[..8].try_into().unwrap())
}

#[derive(Clone, Copy)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// `m/44'/4218'/0'/0'/0'` of the mnemonic that holds the second genesis output. A test key known to everybody.
    pub(crate) fn genesis() -> Self {
        let seed = "52d23081a626b1eca34b63f1eaeeafcbd66bf545635befc12cd0f19926efefb0";
        let bytes: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&seed[2 * i..2 * i + 2], 16).unwrap()).collect();
        Self::new(bytes.try_into().unwrap())
    }

    /// The serialized address: its kind and its hash.
    pub(crate) fn address(&self) -> Vec<u8> {
        [&[0_u8][..], &hash(&self.public())].concat()
    }

    pub(crate) fn bech32(&self) -> String {
        bech32("tst", &self.address())
    }

    fn public(&self) -> [u8; 32] {
        SecretKey::from_bytes(&self.0).public_key().to_bytes()
    }

    /// The signature unlock of an essence.
    pub(crate) fn unlock(&self, essence: &[u8]) -> Vec<u8> {
        [&[0, 0][..], &self.public(), &SecretKey::from_bytes(&self.0).sign(&hash(essence)).to_bytes()].concat()
    }
}

/// Bech32 (BIP-173) of a serialized address.
pub(crate) fn bech32(hrp: &str, data: &[u8]) -> String {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let mut digits = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in data {
        held = (held << 8 | u32::from(*byte)) & 0xfff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            digits.push(u8::try_from(held >> bits & 31).unwrap());
        }
    }
    digits.push(u8::try_from(held << (5 - bits) & 31).unwrap());
    let mut checked: Vec<u8> = hrp.bytes().map(|byte| byte >> 5).collect();
    checked.push(0);
    checked.extend(hrp.bytes().map(|byte| byte & 31));
    checked.extend(&digits);
    checked.extend([0; 6]);
    let sum = checksum(&checked) ^ 1;
    digits.extend((0..6).map(|i| u8::try_from(sum >> (5 * (5 - i)) & 31).unwrap()));
    format!("{hrp}1{}", digits.iter().map(|digit| char::from(ALPHABET[usize::from(*digit)])).collect::<String>())
}

fn checksum(values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.iter().fold(1, |sum, value| {
        let top = sum >> 25;
        GENERATOR.iter().enumerate().fold((sum & 0x1ff_ffff) << 5 ^ u32::from(*value), |sum, (i, g)| {
            if top >> i & 1 == 1 { sum ^ g } else { sum }
        })
    })
}

/// A list with a count of one byte.
pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [vec![u8::try_from(items.len()).unwrap()], items.concat()].concat()
}

pub(crate) mod condition {
    pub(crate) fn address(address: &[u8]) -> Vec<u8> {
        [&[0][..], address].concat()
    }
    pub(crate) fn deposit_return(address: &[u8], amount: u64) -> Vec<u8> {
        [&[1][..], address, &amount.to_le_bytes()].concat()
    }
    pub(crate) fn timelock(time: u32) -> Vec<u8> {
        [&[2][..], &time.to_le_bytes()].concat()
    }
    pub(crate) fn expiration(address: &[u8], time: u32) -> Vec<u8> {
        [&[3][..], address, &time.to_le_bytes()].concat()
    }
    pub(crate) fn state_controller(address: &[u8]) -> Vec<u8> {
        [&[4][..], address].concat()
    }
    pub(crate) fn governor(address: &[u8]) -> Vec<u8> {
        [&[5][..], address].concat()
    }
    pub(crate) fn immutable_alias(address: &[u8]) -> Vec<u8> {
        [&[6][..], address].concat()
    }
}

pub(crate) mod feature {
    pub(crate) fn sender(address: &[u8]) -> Vec<u8> {
        [&[0][..], address].concat()
    }
    pub(crate) fn issuer(address: &[u8]) -> Vec<u8> {
        [&[1][..], address].concat()
    }
    pub(crate) fn metadata(data: &[u8]) -> Vec<u8> {
        [&[2][..], &u16::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
    }
    pub(crate) fn tag(tag: &[u8]) -> Vec<u8> {
        [&[3, u8::try_from(tag.len()).unwrap()][..], tag].concat()
    }
}

/// A 256-bit number.
pub(crate) fn u256(value: u64) -> Vec<u8> {
    [&value.to_le_bytes()[..], &[0; 24]].concat()
}

pub(crate) fn basic(amount: u64, tokens: &[Vec<u8>], conditions: &[Vec<u8>], features: &[Vec<u8>]) -> Vec<u8> {
    [vec![3], amount.to_le_bytes().to_vec(), list(tokens), list(conditions), list(features)].concat()
}

pub(crate) fn plain(amount: u64, owner: &Key) -> Vec<u8> {
    basic(amount, &[], &[condition::address(&owner.address())], &[])
}

/// An alias whose state controller and governor are one key.
pub(crate) fn alias(
    amount: u64,
    id: &Id,
    state_index: u32,
    foundries: u32,
    owner: &Key,
    issuer: &[Vec<u8>],
) -> Vec<u8> {
    let owners = [condition::state_controller(&owner.address()), condition::governor(&owner.address())];
    [
        vec![4],
        amount.to_le_bytes().to_vec(),
        list(&[]),
        id.to_vec(),
        state_index.to_le_bytes().to_vec(),
        vec![0, 0],
        foundries.to_le_bytes().to_vec(),
        list(&owners),
        list(&[]),
        list(issuer),
    ]
    .concat()
}

/// The first foundry of an alias with its simple token scheme, and the id of its tokens.
pub(crate) fn foundry(amount: u64, alias: &Id, minted: u64, melted: u64) -> (Vec<u8>, Vec<u8>) {
    let address = [&[8][..], alias].concat();
    let supply = [u256(minted), u256(melted), u256(1000)].concat();
    let output = [
        vec![5],
        amount.to_le_bytes().to_vec(),
        list(&[]),
        1_u32.to_le_bytes().to_vec(),
        vec![0],
        supply,
        list(&[condition::immutable_alias(&address)]),
        list(&[]),
        list(&[]),
    ];
    (output.concat(), [address, 1_u32.to_le_bytes().to_vec(), vec![0]].concat())
}

pub(crate) fn nft(amount: u64, id: &Id, owner: &Key, immutable: &[Vec<u8>]) -> Vec<u8> {
    let conditions = list(&[condition::address(&owner.address())]);
    [vec![6], amount.to_le_bytes().to_vec(), list(&[]), id.to_vec(), conditions, list(&[]), list(immutable)].concat()
}

pub(crate) fn essence(network: u64, inputs: &[Input], commitment: Id, outputs: &[Vec<u8>]) -> Vec<u8> {
    let count = |n: usize| u16::try_from(n).unwrap().to_le_bytes().to_vec();
    let ids = inputs.iter().flat_map(|input| [&[0][..], &input.0].concat()).collect();
    let outputs = [count(outputs.len()), outputs.concat()].concat();
    let head = [vec![1], network.to_le_bytes().to_vec(), count(inputs.len()), ids];
    [head.concat(), commitment.to_vec(), outputs, vec![0; 4]].concat()
}

pub(crate) fn commitment(inputs: &[Input]) -> Id {
    hash(&inputs.iter().flat_map(|input| hash(&input.1)).collect::<Vec<u8>>())
}

/// A transaction payload of an essence and its unlocks.
pub(crate) fn sealed(essence: &[u8], unlocks: &[Vec<u8>]) -> Vec<u8> {
    let count = u16::try_from(unlocks.len()).unwrap().to_le_bytes();
    [&6_u32.to_le_bytes()[..], essence, &count, &unlocks.concat()].concat()
}

pub(crate) fn reference(index: u16) -> Vec<u8> {
    [&[1][..], &index.to_le_bytes()].concat()
}

/// A transaction that one key signs for all of its inputs.
pub(crate) fn transaction(key: &Key, inputs: &[Input], outputs: &[Vec<u8>]) -> Vec<u8> {
    let essence = essence(network_id(), inputs, commitment(inputs), outputs);
    let mut unlocks = vec![key.unlock(&essence)];
    unlocks.resize(inputs.len(), reference(0));
    sealed(&essence, &unlocks)
}

pub(crate) fn output_id(transaction: &Id, index: u16) -> Vec<u8> {
    [&transaction[..], &index.to_le_bytes()].concat()
}

/// A block. Without parents the node completes it.
pub(crate) fn block(parents: &[Id], payload: &[u8]) -> Vec<u8> {
    block_of(2, parents, payload, 0)
}

pub(crate) fn block_of(version: u8, parents: &[Id], payload: &[u8], nonce: u64) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    let mut parents = parents.to_vec();
    parents.sort_unstable();
    let head = [version, u8::try_from(parents.len()).unwrap()];
    [&head[..], &parents.concat(), &length, payload, &nonce.to_le_bytes()].concat()
}

pub(crate) fn tagged(tag: &[u8], data: &[u8]) -> Vec<u8> {
    let (tag_length, length) = (u8::try_from(tag.len()).unwrap(), u32::try_from(data.len()).unwrap().to_le_bytes());
    [&5_u32.to_le_bytes()[..], &[tag_length], tag, &length, data].concat()
}
