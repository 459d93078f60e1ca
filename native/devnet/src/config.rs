//! What a devnet is made of: network, timing, faucet and the test keys.

use std::time::Duration;

use iota_sdk::{
    crypto::signatures::ed25519::SecretKey,
    types::block::{Error, output::RentStructure, protocol::ProtocolParameters},
};

/// Blocks whose oldest unconfirmed root is further back than this never get confirmed.
pub(crate) const BELOW_MAX_DEPTH: u8 = 15;

/// All tokens of the network; fixed at genesis, as on the networks that speak Stardust.
pub(crate) const TOKEN_SUPPLY: u64 = 2_779_530_283_277_761;

/// What the second genesis output holds; the first one (the faucet) has the rest of the supply.
pub(crate) const WALLET_AMOUNT: u64 = 1_000_000_000_000;

/// Seeds of the two milestone keys. Test keys, known to everybody, in the order of their public keys.
pub(crate) const MILESTONE_SEEDS: [[u8; 32]; 2] = [
    seed(*b"651941eddb3e68cb1f6ef4ef5b04625dcf5c70de1fdc4b1c9eadb2c219c074e0"),
    seed(*b"0e324c6ff069f31890d496e9004636fd73d8e8b5bea08ec58a4178ca85462325"),
];

/// Seed of the key that owns the faucet's genesis output. A test key, known to everybody.
pub(crate) const FAUCET_SEED: [u8; 32] = seed(*b"887844b1e6bf9ca9e0b57584656add4370dbb49a8cb79e2e3032229f30fd8035");

/// Public key that owns the second genesis output: `m/44'/4218'/0'/0'/0'` of [`GENESIS_MNEMONIC`].
pub(crate) const WALLET_PUBLIC_KEY: [u8; 32] =
    seed(*b"31f176dadf38cdec0eadd1d571394be78f0bbee3ed594316678dffc162a095cb");

/// The mnemonic whose first address (`m/44'/4218'/0'/0'/0'`) holds 1,000,000,000,000 base units at genesis.
///
/// A test key known to everybody: never use it for anything of value.
pub const GENESIS_MNEMONIC: &str = "giant dynamic museum toddler six deny defense ostrich bomb access mercy blood explain \
     muscle shoot shallow glad autumn author calm heavy hawk abuse rally";

/// How a devnet behaves. Start from [`Config::default`].
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Port of the node's REST API on 127.0.0.1; 0 takes a free one.
    pub(crate) port: u16,
    /// Port of the faucet's REST API on 127.0.0.1; 0 takes a free one.
    pub(crate) faucet_port: u16,
    /// Port of the node's INX on 127.0.0.1; 0 takes a free one.
    pub(crate) inx_port: u16,
    /// Time between milestones; `None`: only on request.
    pub(crate) milestone_interval: Option<Duration>,
    pub(crate) network_name: String,
    pub(crate) hrp: String,
    pub(crate) min_pow_score: u32,
    /// Whether the node completes blocks that lack parents or proof of work.
    pub(crate) node_pow: bool,
    /// Base units the faucet pays per request.
    pub(crate) faucet_amount: u64,
    /// How many milestones are kept; `None`: all.
    pub(crate) keep_milestones: Option<u32>,
    /// Not the ledger that other devnets with this configuration have: its milestones have other ids.
    pub(crate) other_ledger: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            faucet_port: 0,
            inx_port: 0,
            milestone_interval: None,
            network_name: "stardust-devnet".into(),
            hrp: "tst".into(),
            min_pow_score: 0,
            node_pow: true,
            faucet_amount: 1_000_000_000,
            keep_milestones: None,
            other_ledger: false,
        }
    }
}

impl Config {
    /// The network's parameters; an error when the name or the human-readable part cannot be encoded.
    pub(crate) fn protocol(&self) -> Result<ProtocolParameters, Error> {
        ProtocolParameters::new(
            2,
            self.network_name.clone(),
            self.hrp.as_str(),
            self.min_pow_score,
            BELOW_MAX_DEPTH,
            RentStructure::new(500, 10, 1),
            TOKEN_SUPPLY,
        )
    }
}

pub(crate) fn faucet_key() -> SecretKey {
    SecretKey::from_bytes(&FAUCET_SEED)
}

/// Decodes 64 lower-case hex digits when the program is compiled.
const fn seed(hex: [u8; 64]) -> [u8; 32] {
    const fn digit(character: u8) -> u8 {
        match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            _ => panic!("not a hex digit"),
        }
    }
    let mut bytes = [0; 32];
    let mut i = 0;
    while i < 32 {
        bytes[i] = digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]);
        i += 1;
    }
    bytes
}
