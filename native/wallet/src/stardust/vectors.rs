//! Published vectors: TIP-18, TIP-19, TIP-20, and the results of the reference wheel `iota-sdk` 1.1.4.

use iota_sdk::crypto::signatures::ed25519::SecretKey;

use super::{Stardust, StardustError, decode_output, decode_output_json};
use crate::ledger::{
    Address, AddressCodec, Amount, DepositRule, Draft, DraftError, DraftInput, DraftRequest, Drafter, InputSignature,
    LedgerOutput, Network, OutputId, OutputKind, Payee, TaggedData, UnixTime,
};

/// The network of TIP-19's examples.
fn testnet() -> Network {
    Network { min_pow_score: 1500, token_supply: Amount::new(1_813_620_509_061_365), ..crate::testing::testnet() }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn ed25519(byte: u8) -> Address {
    address(0, byte)
}

fn address(kind: u8, byte: u8) -> Address {
    let mut bytes = [byte; 33];
    bytes[0] = kind;
    Address::from_slice(&bytes).unwrap()
}

fn output_id(byte: u8, index: u16) -> OutputId {
    let mut bytes = vec![byte; 32];
    bytes.extend(index.to_le_bytes());
    OutputId::from_slice(&bytes).unwrap()
}

const PLAIN: &str = "0340420f000000000000010000010101010101010101010101010101010101010101010101010101010101010100";
const ALL: &str = "0380841e00000000000108050505050505050505050505050505050505050505050505050505050505050505050505050\
    2010000000000000000000000000000000000000000000000000000000000000400100101010101010101010101010101010101010101010\
    1010101010101010101010100020202020202020202020202020202020202020202020202020202020202020260ea0000000000000200f15\
    3650308030303030303030303030303030303030303030303030303030303030303030301f15365030000040404040404040404040404040\
    40404040404040404040404040404040404040201006d03027461";
const ALIAS: &str = "04c0c62d000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
    0000000000204000101010101010101010101010101010101010101010101010101010101010101050002020202020202020202020202020\
    202020202020202020202020202020202020000";
const NFT: &str = "0600093d00000000000000000000000000000000000000000000000000000000000000000000000000000100000909090\
    9090909090909090909090909090909090909090909090909090909090000";
const FOUNDRY: &str = "05404b4c0000000000000100000000100000000000000000000000000000000000000000000000000000000000000\
    0000000000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000\
    0000000000000000001060807070707070707070707070707070707070707070707070707070707070707070000";

const PLAIN_JSON: &str = r#"{"type":3,"amount":"1000000","unlockConditions":[{"type":0,"address":{"type":0,
    "pubKeyHash":"0x0101010101010101010101010101010101010101010101010101010101010101"}}]}"#;
const ALL_JSON: &str = r#"{"type":3,"amount":"2000000","nativeTokens":[{"id":
    "0x0805050505050505050505050505050505050505050505050505050505050505050505050505","amount":"0x0102"}],
    "unlockConditions":[{"type":0,"address":{"type":16,"nftId":
    "0x0101010101010101010101010101010101010101010101010101010101010101"}},{"type":1,"returnAddress":{"type":0,
    "pubKeyHash":"0x0202020202020202020202020202020202020202020202020202020202020202"},"amount":"60000"},
    {"type":2,"unixTime":1700000000},{"type":3,"returnAddress":{"type":8,"aliasId":
    "0x0303030303030303030303030303030303030303030303030303030303030303"},"unixTime":1700000001}],
    "features":[{"type":0,"address":{"type":0,"pubKeyHash":
    "0x0404040404040404040404040404040404040404040404040404040404040404"}},{"type":2,"data":"0x6d"},
    {"type":3,"tag":"0x7461"}]}"#;

fn decoded(text: &str) -> LedgerOutput {
    let output = decode_output(&output_id(0xaa, 3), &hex(text), &testnet()).unwrap();
    assert_eq!(output.raw, hex(text));
    assert_eq!(output.transaction_id.as_slice(), [0xaa; 32]);
    output
}

#[test]
fn decodes_a_plain_output() {
    let output = decoded(PLAIN);
    assert!(output.is_plain_at(UnixTime(0)));
    assert_eq!((output.kind, output.owner, output.amount), (OutputKind::Basic, ed25519(1), Amount::new(1_000_000)));
    assert_eq!(output.minimum_deposit, Amount::new(213_000));
    assert_eq!(decode_output_json(&output.id, PLAIN_JSON, &testnet()), Ok(output));
}

#[test]
fn decodes_every_condition_and_feature() {
    let output = decoded(ALL);
    assert!(!output.is_plain_at(UnixTime(1_700_000_001)), "it has native tokens");
    assert_eq!((output.owner, output.amount), (address(16, 1), Amount::new(2_000_000)));
    let conditions = output.conditions;
    let returned = conditions.deposit_return.unwrap();
    assert_eq!((returned.address, returned.amount), (ed25519(2), Amount::new(60_000)));
    assert_eq!(conditions.timelock, Some(UnixTime(1_700_000_000)));
    let expiration = conditions.expiration.unwrap();
    assert_eq!((expiration.return_address, expiration.time), (address(8, 3), UnixTime(1_700_000_001)));
    let token = &output.native_tokens[0];
    assert_eq!((token.id.len(), &token.amount[30..], token.amount[..30].iter().sum()), (38, &[1, 2][..], 0u8));
    assert_eq!(
        (output.sender, output.metadata.clone(), output.tag.clone()),
        (Some(ed25519(4)), Some(b"m".to_vec()), Some(b"ta".to_vec()))
    );
    assert_eq!(output.minimum_deposit, Amount::new(311_500));
    assert_eq!(decode_output_json(&output.id, ALL_JSON, &testnet()), Ok(output));
}

#[test]
fn decodes_outputs_with_an_identity() {
    let new_id = hex("3fa13b204666c67c92dfd54bb5bc6c78e3fc3e768f670a324af8c629628edef0");
    let alias = decoded(ALIAS);
    assert_eq!((alias.kind, alias.owner, alias.governor), (OutputKind::Alias, ed25519(1), Some(ed25519(2))));
    assert_eq!((alias.chain_id.clone(), alias.minimum_deposit), (Some(new_id.clone()), Amount::new(251_500)));
    let nft = decoded(NFT);
    assert_eq!((nft.kind, nft.owner, nft.governor), (OutputKind::Nft, ed25519(9), None));
    assert_eq!((nft.chain_id.clone(), nft.minimum_deposit), (Some(new_id), Amount::new(229_500)));
    let foundry = decoded(FOUNDRY);
    assert_eq!((foundry.kind, foundry.owner), (OutputKind::Foundry, address(8, 7)));
    let id = hex("0807070707070707070707070707070707070707070707070707070707070707070100000000");
    assert_eq!((foundry.chain_id.clone(), foundry.minimum_deposit), (Some(id), Amount::new(264_000)));
    assert!([alias, nft, foundry].iter().all(|output| !output.is_plain_at(UnixTime(0))));
}

#[test]
fn refuses_what_is_not_exactly_one_output() {
    let bytes = hex(PLAIN);
    let decode = |bytes: &[u8]| decode_output(&output_id(1, 0), bytes, &testnet());
    for length in 0..bytes.len() {
        assert!(matches!(decode(&bytes[..length]), Err(StardustError::Output(_))), "{length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(decode(&longer), Err(StardustError::Output(_))));
    let mut above_supply = bytes.clone();
    above_supply[1..9].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(decode(&above_supply), Err(StardustError::Output(_))));
    let treasury = [&[2][..], &1u64.to_le_bytes()].concat();
    assert_eq!(decode(&treasury), Err(StardustError::OutputKind(2)));
    for id in [OutputId::from_slice(&[1; 33]).unwrap(), output_id(1, 128)] {
        assert!(matches!(decode_output(&id, &bytes, &testnet()), Err(StardustError::OutputId(_))));
    }
    for json in ["", "{}", "[]", r#"{"type":3}"#, r#"{"type":9,"amount":"1"}"#] {
        assert!(matches!(decode_output_json(&output_id(1, 0), json, &testnet()), Err(StardustError::Output(_))));
    }
}

#[test]
fn storage_deposit_of_a_plain_output() {
    // TIP-19: 426 virtual bytes with key factor 10 and data factor 1.
    let shimmer = DepositRule { v_byte_cost: 100, v_byte_factor_data: 1, v_byte_factor_key: 10 };
    for kind in [0, 8, 16] {
        assert_eq!(Stardust.minimum_deposit(&address(kind, 5), &shimmer), Amount::new(42_600));
        assert_eq!(Stardust.minimum_deposit(&address(kind, 5), &testnet().deposit), Amount::new(213_000));
    }
}

#[test]
fn network_parameters_there_and_back() {
    let parameters = super::protocol_parameters(&testnet()).unwrap();
    assert_eq!(super::network(&parameters), Ok(testnet()));
    let other_id = Network { id: 1, ..testnet() };
    assert!(matches!(super::protocol_parameters(&other_id), Err(StardustError::Parameters(_))));
    let too_long = Network { hrp: "x".repeat(84), ..testnet() };
    assert!(matches!(super::protocol_parameters(&too_long), Err(StardustError::Parameters(_))));
    for hrp in ["", "RMS", "r m"] {
        let parameters = super::protocol_parameters(&Network { hrp: hrp.to_owned(), ..testnet() }).unwrap();
        assert!(matches!(super::network(&parameters), Err(StardustError::Parameters(_))), "{hrp}");
    }
}

fn key(byte: u8) -> (SecretKey, Address) {
    let key = SecretKey::from_bytes(&[byte; 32]);
    let address = Stardust.of_public_key(&key.public_key().to_bytes());
    (key, address)
}

fn input(byte: u8, index: u16, amount: u64, owner: Address) -> DraftInput {
    let raw = [&[3][..], &amount.to_le_bytes(), &[0, 1, 0], owner.as_slice(), &[0]].concat();
    DraftInput { id: output_id(byte, index), address: owner, raw }
}

fn sign(draft: &Draft, keys: &[u8]) -> Vec<InputSignature> {
    let signed = |byte: &u8| {
        let (key, address) = key(*byte);
        let signature = key.sign(&draft.signing_message).to_bytes();
        InputSignature { address, public_key: key.public_key().to_bytes(), signature }
    };
    keys.iter().map(signed).collect()
}

struct Case {
    inputs: Vec<DraftInput>,
    payees: Vec<Payee>,
    remainder: Option<Payee>,
    tagged_data: TaggedData,
}

impl Case {
    fn draft(&self) -> Result<Draft, DraftError> {
        let (network, tagged_data) = (testnet(), Some(&self.tagged_data));
        let Self { inputs, payees, remainder, .. } = self;
        let (remainder, conditions) = (remainder.clone(), &[][..]);
        let request = DraftRequest { network: &network, inputs, payees, conditions, remainder, tagged_data, at: None };
        Stardust.draft(&request)
    }
}

/// Three inputs of two keys, two payees, a remainder and tagged data.
fn reference() -> Case {
    let ((_, one), (_, two)) = (key(1), key(2));
    Case {
        inputs: vec![input(0x22, 2, 2_000_000, two), input(0x33, 127, 3_000_000, one), input(0x11, 0, 1_000_000, one)],
        payees: vec![
            Payee { address: ed25519(7), amount: Amount::new(1_500_000) },
            Payee { address: address(16, 8), amount: Amount::new(500_000) },
        ],
        remainder: Some(Payee { address: one, amount: Amount::new(4_000_000) }),
        tagged_data: TaggedData { tag: b"tag".to_vec(), data: b"some data".to_vec() },
    }
}

const PAYLOAD: &str = "0600000001fb5c44ef0d3ac8730300001111111111111111111111111111111111111111111111111111111111111\
    1110000002222222222222222222222222222222222222222222222222222222222222222020000333333333333333333333333333333333\
    33333333333333333333333333333337f005bcd9db0caaf53b0111c5b1d80926419362924677d143785b24df634c4ade16d03000360e3160\
    000000000000100000707070707070707070707070707070707070707070707070707070707070707000320a107000000000000010010080\
    8080808080808080808080808080808080808080808080808080808080808000300093d000000000000010000c5e21ab1c9f6022d81c3b25\
    e3436cb7f1df77f9652ae3e1310c28e621dd87b4c0015000000050000000374616709000000736f6d652064617461030000008a88e3dd740\
    9f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c97f77042bafc6ba62d14034aa922eb300dc94c03e881fac3cc784793e8d\
    ee9a75ab91e47c12a8ebffba448afd36480b73f18f14d635141e7d1efc57e24f6540600008139770ea87d175f56a35466c34c7ecccb8d8a9\
    1b4ee37a25df60f5b8fc9b3943e333cc41d68ac95aa0c4642d996a0da6da4b69f70d08be1263631fd84e0fade0208a148a67e029ab78fbd0\
    273cc85bcef72d00afa82075c8e89de326964650d010000";

#[test]
fn seals_the_reference_transaction() {
    let draft = reference().draft().unwrap();
    assert_eq!(draft.signing_message, hex("44d6ac29c340697e043cb3b083a5f58eaed5898b6d591660c11c4c13d0561b12"));
    assert_eq!(draft.unlocks, [key(1).1, key(2).1, key(1).1]);
    let sealed = Stardust.seal(&draft, &sign(&draft, &[2, 1])).unwrap();
    assert_eq!(sealed.payload, hex(PAYLOAD));
    let id = hex("d844b15ef234e9d004632ae7526c0a7ff7d5af53686fc3173bc87a79365bdab1");
    assert_eq!(sealed.transaction_id.as_slice(), id);
    let outputs: Vec<_> = (0u16..3).map(|index| [&id[..], &index.to_le_bytes()].concat()).collect();
    assert_eq!(sealed.outputs.iter().map(|id| id.as_slice().to_vec()).collect::<Vec<_>>(), outputs);
}

#[test]
fn refuses_to_seal_what_a_node_would_refuse() {
    let draft = reference().draft().unwrap();
    let seal = |draft: &Draft, signatures: &[InputSignature]| {
        assert!(matches!(Stardust.seal(draft, signatures), Err(DraftError::Rule(_))));
    };
    seal(&draft, &sign(&draft, &[1]));
    let mut wrong = sign(&draft, &[1, 2]);
    wrong[0].signature[5] ^= 1;
    seal(&draft, &wrong);
    let mut swapped = sign(&draft, &[1, 2]);
    swapped[0].public_key = swapped[1].public_key;
    seal(&draft, &swapped);
    let unbalanced = Case { remainder: None, ..reference() }.draft().unwrap();
    seal(&unbalanced, &sign(&unbalanced, &[1, 2]));
    let cut = Draft { essence: draft.essence[..draft.essence.len() - 1].to_vec(), ..draft.clone() };
    seal(&cut, &sign(&draft, &[1, 2]));
}

#[test]
fn refuses_to_draft_beyond_the_limits() {
    let payee = |amount| Payee { address: ed25519(7), amount: Amount::new(amount) };
    let paying = |payees| Case { payees, ..reference() }.draft().unwrap_err();
    let spending = |inputs| Case { inputs, ..reference() }.draft().unwrap_err();
    assert_eq!(paying(vec![payee(213_000); 128]), DraftError::OutputCount { got: 129, limit: 128 });
    assert!(matches!(paying(vec![]), DraftError::OutputCount { .. }));
    assert!(matches!(paying(vec![payee(212_999)]), DraftError::Rule(_)));
    assert!(matches!(spending(vec![]), DraftError::InputCount { .. }));
    let many: Vec<_> = (0..129u8).map(|byte| input(byte, 0, 1_000_000, key(1).1)).collect();
    let one = many[0].clone();
    assert_eq!(spending(many), DraftError::InputCount { got: 129, limit: 128 });
    assert!(matches!(spending(vec![one.clone(), one.clone()]), DraftError::Rule(_)));
    // TIP-18: an expiration (kind 3) beside the address.
    let return_address = ed25519(9);
    let expiration = [&[3][..], return_address.as_slice(), &1_700_000_000u32.to_le_bytes()].concat();
    let mut expiring = one.clone();
    let end = expiring.raw.len() - 1;
    expiring.raw[10] = 2;
    expiring.raw.splice(end..end, expiration);
    assert!(decode_output(&expiring.id, &expiring.raw, &testnet()).unwrap().conditions.expiration.is_some());
    assert!(matches!(spending(vec![expiring.clone()]), DraftError::Rule(_)), "not the owner's once it has expired");
    let returned = DraftInput { address: ed25519(9), ..expiring };
    assert!(Case { inputs: vec![returned], ..reference() }.draft().is_ok());
    assert!(matches!(spending(vec![DraftInput { address: ed25519(9), ..one }]), DraftError::Rule(_)));
}

#[test]
fn tagged_data_fills_a_block_and_no_more() {
    let payload = |length: usize| {
        let tagged_data = TaggedData { tag: vec![0; 64], data: vec![1; length] };
        let draft = Case { tagged_data, ..reference() }.draft()?;
        Stardust.seal(&draft, &sign(&draft, &[1, 2])).map(|sealed| sealed.payload.len())
    };
    // A block has 32768 bytes; 270 go to version, eight parents, payload length and nonce.
    let room = 32_768 - 270;
    let empty = payload(0).unwrap();
    assert_eq!(payload(room - empty), Ok(room));
    assert_eq!(payload(room - empty + 1), Err(DraftError::Size { size: room + 1, limit: room }));
    let long_tag = Case { tagged_data: TaggedData { tag: vec![0; 65], data: vec![] }, ..reference() };
    assert_eq!(long_tag.draft(), Err(DraftError::TaggedData { tag: 65, data: 0 }));
}
