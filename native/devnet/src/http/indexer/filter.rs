//! The query parameters of the indexer API.

use std::collections::{BTreeSet, HashMap};

use iota_sdk::types::block::{
    address::{Address, Bech32Address},
    output::{Output, feature::Features},
};

use crate::{
    http::{core::parse_hex, error::ApiError},
    ledger::{Position, Record, Role, UnspentIndex, kind_of},
    node::Node,
};

/// Query parameters by name.
pub(super) type Params = HashMap<String, String>;

type Predicate = Box<dyn Fn(&Record) -> bool + Send + Sync>;

const COMMON: &[&str] =
    &["hasNativeTokens", "minNativeTokenCount", "maxNativeTokenCount", "createdBefore", "createdAfter"];
const CONDITIONS: &[&str] = &[
    "address",
    "unlockableByAddress",
    "hasStorageDepositReturn",
    "storageDepositReturnAddress",
    "hasTimelock",
    "timelockedBefore",
    "timelockedAfter",
    "hasExpiration",
    "expiresBefore",
    "expiresAfter",
    "expirationReturnAddress",
    "sender",
    "tag",
];

/// The conditions of one request.
pub(super) struct Filters {
    kind: Option<u8>,
    /// Addresses with the role they must play (`None`: any that may unlock).
    addresses: Vec<(Option<Role>, Address)>,
    predicates: Vec<Predicate>,
}

impl Filters {
    /// Reads the parameters that the route knows; others are ignored, as inx-indexer does.
    pub(super) fn parse(node: &Node, params: &Params, kind: Option<&str>) -> Result<Self, ApiError> {
        let own: &[&str] = match kind {
            None => &["unlockableByAddress"],
            Some("alias") => &["stateController", "governor", "unlockableByAddress", "issuer", "sender"],
            Some("foundry") => &["aliasAddress"],
            Some("nft") => &["issuer"],
            Some(_) => &[],
        };
        let conditions = if matches!(kind, Some("basic" | "nft")) { CONDITIONS } else { &[] };
        let mut filters = Self { kind: kind.and_then(kind_of), addresses: Vec::new(), predicates: Vec::new() };
        for name in own.iter().chain(conditions).chain(COMMON) {
            if let Some(value) = params.get(*name).filter(|value| !value.is_empty()) {
                filters.add(node, name, value)?;
            }
        }
        Ok(filters)
    }

    /// The smallest set that is known to hold all matches; `None` when there is none.
    pub(super) fn candidates<'a>(&self, index: &'a UnspentIndex) -> Option<&'a BTreeSet<Position>> {
        let by_kind = match self.kind {
            Some(kind) => index.of_kind(kind)?,
            None => index.all(),
        };
        let mut smallest = by_kind;
        for (role, address) in &self.addresses {
            let set = match role {
                Some(role) => index.of_address(*role, address)?,
                None => index.of_any_role(address)?,
            };
            if set.len() < smallest.len() {
                smallest = set;
            }
        }
        Some(smallest)
    }

    pub(super) fn matches(&self, record: &Record) -> bool {
        let roles = || UnspentIndex::roles_of(&record.output);
        self.kind.is_none_or(|kind| record.output.kind() == kind)
            && self.addresses.iter().all(|(wanted, address)| {
                roles().iter().any(|(role, found)| found == address && wanted.is_none_or(|wanted| wanted == *role))
            })
            && self.predicates.iter().all(|predicate| predicate(record))
    }

    fn add(&mut self, node: &Node, name: &str, value: &str) -> Result<(), ApiError> {
        let role = match name {
            "address" => Some(Role::Owner),
            "stateController" => Some(Role::StateController),
            "governor" => Some(Role::Governor),
            "aliasAddress" => Some(Role::FoundryAlias),
            "expirationReturnAddress" => Some(Role::ExpirationReturn),
            "storageDepositReturnAddress" => Some(Role::DepositReturn),
            _ => None,
        };
        if role.is_some() || name == "unlockableByAddress" {
            let address = parse_address(node, value)?;
            if role == Some(Role::FoundryAlias) && !address.is_alias() {
                let detail = format!("invalid address: {value}, not an alias address");
                return Err(ApiError::invalid_parameter(detail));
            }
            self.addresses.push((role, address));
            return Ok(());
        }
        let predicate = match name {
            "sender" | "issuer" => by_feature_address(name == "sender", parse_address(node, value)?),
            "tag" => by_tag(parse_hex("tag", value)?),
            _ if name.starts_with("has") => by_flag(name, parse_bool(name, value)?),
            _ => by_number(name, parse_number(value)?),
        };
        self.predicates.push(predicate);
        Ok(())
    }
}

fn by_feature_address(sender: bool, wanted: Address) -> Predicate {
    Box::new(move |record| {
        let found = if sender {
            record.output.features().and_then(Features::sender).map(|feature| *feature.address())
        } else {
            record.output.immutable_features().and_then(Features::issuer).map(|feature| *feature.address())
        };
        found == Some(wanted)
    })
}

fn by_tag(wanted: Vec<u8>) -> Predicate {
    Box::new(move |record| {
        let tag = record.output.features().and_then(Features::tag);
        wanted.is_empty() || tag.is_some_and(|feature| feature.tag() == wanted.as_slice())
    })
}

fn by_flag(name: &str, wanted: bool) -> Predicate {
    let has: fn(&Output) -> bool = match name {
        "hasStorageDepositReturn" => |output| conditions(output).is_some_and(|c| c.storage_deposit_return().is_some()),
        "hasTimelock" => |output| timelock(output).is_some(),
        "hasExpiration" => |output| expiration(output).is_some(),
        _ => |output| native_tokens(output) > 0,
    };
    Box::new(move |record| has(&record.output) == wanted)
}

fn by_number(name: &str, wanted: u32) -> Predicate {
    let test: fn(&Record, u32) -> bool = match name {
        "timelockedBefore" => |record, wanted| timelock(&record.output).is_some_and(|time| time < wanted),
        "timelockedAfter" => |record, wanted| timelock(&record.output).is_some_and(|time| time > wanted),
        "expiresBefore" => |record, wanted| expiration(&record.output).is_some_and(|time| time < wanted),
        "expiresAfter" => |record, wanted| expiration(&record.output).is_some_and(|time| time > wanted),
        "createdBefore" => |record, wanted| record.booked.timestamp < wanted,
        "createdAfter" => |record, wanted| record.booked.timestamp > wanted,
        "minNativeTokenCount" => |record, wanted| native_tokens(&record.output) >= wanted,
        _ => |record, wanted| native_tokens(&record.output) <= wanted,
    };
    Box::new(move |record| test(record, wanted))
}

fn conditions(output: &Output) -> Option<&iota_sdk::types::block::output::UnlockConditions> {
    output.unlock_conditions()
}

fn timelock(output: &Output) -> Option<u32> {
    conditions(output)?.timelock().map(|condition| condition.timestamp())
}

fn expiration(output: &Output) -> Option<u32> {
    conditions(output)?.expiration().map(|condition| condition.timestamp())
}

fn native_tokens(output: &Output) -> u32 {
    output.native_tokens().map_or(0, |tokens| u32::try_from(tokens.len()).unwrap_or(u32::MAX))
}

fn parse_address(node: &Node, text: &str) -> Result<Address, ApiError> {
    let text = text.to_lowercase();
    let address = Bech32Address::try_from_str(&text)
        .map_err(|error| ApiError::invalid_parameter(format!("invalid address: {text}, error: {error}")))?;
    let hrp = node.protocol.bech32_hrp();
    if address.hrp() != hrp {
        return Err(ApiError::invalid_parameter(format!("invalid bech32 address, expected prefix: {hrp}")));
    }
    Ok(address.into_inner())
}

fn parse_bool(name: &str, text: &str) -> Result<bool, ApiError> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(ApiError::invalid_parameter(format!("invalid {name}: {text}, error: not a boolean"))),
    }
}

fn parse_number(text: &str) -> Result<u32, ApiError> {
    text.parse().map_err(|error| ApiError::invalid_parameter(format!("invalid value: {text}, error: {error}")))
}
