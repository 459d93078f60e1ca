//! SLIP-10 derivation of many keys at a time from one seed.
//!
//! Of the five steps `m/44'/coin'/account'/internal'/index'` the first four are the same for all addresses of a
//! chain, so they are computed once a chain and kept; a key then costs one HMAC and one multiplication.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use crypto::{
    keys::slip10::{Hardened, Segment, Slip10},
    signatures::ed25519::SecretKey,
};

use super::{CoinType, KeyPath, Signature};

/// An extended key; wiped when dropped.
type Node = Slip10<SecretKey>;

const PURPOSE: u32 = 44;
/// Chains kept; beyond it all are dropped and derived again as needed, so that memory stays bounded.
const KEPT_CHAINS: usize = 8192;

/// The keys of one seed under one coin type.
pub(super) struct Derivation {
    /// `m/44'/coin'`. Boxed, as are the chains, so that no table that grows leaves key bytes behind.
    coin: Box<Node>,
    /// `m/44'/coin'/account'/internal'`.
    chains: RwLock<HashMap<(u32, bool), Arc<Node>>>,
}

impl Derivation {
    pub(super) fn new(seed: &[u8], coin: CoinType) -> Self {
        Self { coin: Box::new(descend(&Node::from_seed(&seed), &[PURPOSE, coin.get()])), chains: RwLock::default() }
    }

    /// The public keys of `paths`, in their order. Cheapest when paths of one chain follow each other.
    pub(super) fn public_keys(&self, paths: &[KeyPath]) -> Vec<[u8; 32]> {
        let mut chain = Chain::new(self);
        paths.iter().map(|path| chain.key(path).public_key().to_bytes()).collect()
    }

    /// Signs each message with its path's key, in their order.
    pub(super) fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Vec<Signature> {
        let mut chain = Chain::new(self);
        requests
            .iter()
            .map(|(path, message)| {
                let key = chain.key(path);
                Signature { public_key: key.public_key().to_bytes(), signature: key.sign(message).to_bytes() }
            })
            .collect()
    }

    fn chain(&self, account: u32, internal: bool) -> Arc<Node> {
        let wanted = (account, internal);
        let kept = self.chains.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = kept.get(&wanted) {
            return Arc::clone(node);
        }
        drop(kept);
        let node = Arc::new(descend(&self.coin, &[account, u32::from(internal)]));
        let mut kept = self.chains.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_CHAINS {
            kept.clear();
        }
        Arc::clone(kept.entry(wanted).or_insert(node))
    }
}

/// The chain of the path before, so that a run of paths of one chain looks it up once.
struct Chain<'a> {
    derivation: &'a Derivation,
    current: Option<((u32, bool), Arc<Node>)>,
}

impl<'a> Chain<'a> {
    fn new(derivation: &'a Derivation) -> Self {
        Self { derivation, current: None }
    }

    fn key(&mut self, path: &KeyPath) -> SecretKey {
        let wanted = (path.account(), path.internal());
        let node = match self.current.take() {
            Some((chain, node)) if chain == wanted => node,
            _ => self.derivation.chain(wanted.0, wanted.1),
        };
        let key = node.child_key(hardened(path.index())).secret_key();
        self.current = Some((wanted, node));
        key
    }
}

fn descend(node: &Node, steps: &[u32]) -> Node {
    node.derive(steps.iter().copied().map(hardened))
}

fn hardened(step: u32) -> Hardened {
    step.harden()
}

#[cfg(test)]
mod tests;
