//! Unspent outputs in the order of the indexer API, by the addresses they name.

use std::collections::{BTreeSet, HashMap};

use iota_sdk::types::block::{
    address::Address,
    output::{AliasOutput, BasicOutput, FoundryOutput, NftOutput, Output, OutputId},
};

use super::Moment;

/// Where the indexer lists an output: by creation time, then by id.
pub(crate) type Position = (u32, OutputId);

/// The part an address plays in an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Role {
    Owner,
    StateController,
    Governor,
    FoundryAlias,
    ExpirationReturn,
    DepositReturn,
}

/// Sets of positions, kept current with every milestone.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnspentIndex {
    all: BTreeSet<Position>,
    by_kind: HashMap<u8, BTreeSet<Position>>,
    by_address: HashMap<(Role, Address), BTreeSet<Position>>,
    any_role: HashMap<Address, BTreeSet<Position>>,
    /// Alias, NFT and foundry outputs by kind and chain id bytes.
    chains: HashMap<(u8, Vec<u8>), OutputId>,
}

impl UnspentIndex {
    pub(super) fn insert(&mut self, id: OutputId, output: &Output, booked: Moment) {
        let position = (booked.timestamp, id);
        self.all.insert(position);
        self.by_kind.entry(output.kind()).or_default().insert(position);
        for (role, address) in roles(output) {
            self.by_address.entry((role, address)).or_default().insert(position);
            self.any_role.entry(address).or_default().insert(position);
        }
        if let Some(chain) = chain_id(&id, output) {
            self.chains.insert((output.kind(), chain), id);
        }
    }

    pub(super) fn remove(&mut self, id: &OutputId, output: &Output, booked: Moment) {
        let position = (booked.timestamp, *id);
        self.all.remove(&position);
        if let Some(set) = self.by_kind.get_mut(&output.kind()) {
            set.remove(&position);
        }
        for (role, address) in roles(output) {
            remove_from(&mut self.by_address, &(role, address), &position);
            remove_from(&mut self.any_role, &address, &position);
        }
        if let Some(chain) = chain_id(id, output) {
            let key = (output.kind(), chain);
            // a state transition in the same milestone has put its new output here already
            if self.chains.get(&key) == Some(id) {
                self.chains.remove(&key);
            }
        }
    }

    /// The addresses of an output with their roles.
    pub(crate) fn roles_of(output: &Output) -> Vec<(Role, Address)> {
        roles(output)
    }

    pub(crate) fn all(&self) -> &BTreeSet<Position> {
        &self.all
    }

    pub(crate) fn of_kind(&self, kind: u8) -> Option<&BTreeSet<Position>> {
        self.by_kind.get(&kind)
    }

    pub(crate) fn of_address(&self, role: Role, address: &Address) -> Option<&BTreeSet<Position>> {
        self.by_address.get(&(role, *address))
    }

    /// Outputs that name the address in any role that may unlock them.
    pub(crate) fn of_any_role(&self, address: &Address) -> Option<&BTreeSet<Position>> {
        self.any_role.get(address)
    }

    /// The unspent output of an alias, NFT or foundry.
    pub(crate) fn chain(&self, kind: u8, id: &[u8]) -> Option<&OutputId> {
        self.chains.get(&(kind, id.to_vec()))
    }
}

fn remove_from<K: std::hash::Hash + Eq>(sets: &mut HashMap<K, BTreeSet<Position>>, key: &K, position: &Position) {
    if let Some(set) = sets.get_mut(key) {
        set.remove(position);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}

fn roles(output: &Output) -> Vec<(Role, Address)> {
    let Some(conditions) = output.unlock_conditions() else {
        return Vec::new();
    };
    let mut roles = Vec::with_capacity(2);
    let mut push = |role, address: Option<&Address>| roles.extend(address.map(|address| (role, *address)));
    push(Role::Owner, conditions.address().map(|c| c.address()));
    push(Role::StateController, conditions.state_controller_address().map(|c| c.address()));
    push(Role::Governor, conditions.governor_address().map(|c| c.address()));
    push(Role::ExpirationReturn, conditions.expiration().map(|c| c.return_address()));
    push(Role::DepositReturn, conditions.storage_deposit_return().map(|c| c.return_address()));
    let alias = conditions.immutable_alias_address().map(|c| Address::from(*c.alias_address()));
    push(Role::FoundryAlias, alias.as_ref());
    roles
}

fn chain_id(id: &OutputId, output: &Output) -> Option<Vec<u8>> {
    match output {
        Output::Alias(alias) => Some(alias.alias_id_non_null(id).as_ref().to_vec()),
        Output::Nft(nft) => Some(nft.nft_id_non_null(id).as_ref().to_vec()),
        Output::Foundry(foundry) => Some(foundry.id().as_ref().to_vec()),
        Output::Basic(_) | Output::Treasury(_) => None,
    }
}

/// The output type of a path segment of the indexer API.
pub(crate) fn kind_of(name: &str) -> Option<u8> {
    match name {
        "basic" => Some(BasicOutput::KIND),
        "alias" => Some(AliasOutput::KIND),
        "foundry" => Some(FoundryOutput::KIND),
        "nft" => Some(NftOutput::KIND),
        _ => None,
    }
}
