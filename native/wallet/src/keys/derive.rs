//! SLIP-10 derivation of many keys at a time from one seed.
//!
//! Of the five steps `m/44'/coin'/account'/internal'/index'` the first four are the same for all addresses of a
//! chain, so they are computed once a chain; a key then costs one HMAC and one multiplication. All of that is in ordinary
//! memory: who derives keeps what he begins with in locked memory, and a [`Derivation`] for a batch of keys only.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use crypto::{
    hashes::{Digest, sha::Sha512},
    keys::slip10::{Hardened, Segment, Slip10},
    signatures::ed25519::SecretKey,
};
use curve25519_dalek::EdwardsPoint;
use zeroize::Zeroizing;

use super::{CoinType, KeyPath, LockedBytes, Signature};

/// An extended key; wiped when dropped.
type Node = Slip10<SecretKey>;

const PURPOSE: u32 = 44;
/// The keys of one seed under one coin type, for one batch of them: every chain that is met is kept.
pub(super) struct Derivation {
    /// `m/44'/coin'`. Boxed, as are the chains, so that no table that grows leaves key bytes behind.
    coin: Box<Node>,
    /// `m/44'/coin'/account'/internal'`.
    chains: RefCell<HashMap<(u32, bool), Rc<Node>>>,
}

impl Derivation {
    pub(super) fn new(seed: &[u8], coin: CoinType) -> Self {
        Self::of(descend(&Node::from_seed(&seed), &[PURPOSE, coin.get()]))
    }

    /// The same again of what [`coin_key`](Self::coin_key) has kept; none: of other bytes.
    pub(super) fn of_coin_key(bytes: &[u8]) -> Option<Self> {
        Node::try_from_extended_bytes(bytes.try_into().ok()?).ok().map(Self::of)
    }

    fn of(coin: Node) -> Self {
        Self { coin: Box::new(coin), chains: RefCell::default() }
    }

    /// What all keys of the coin type come from, and nothing of others.
    pub(super) fn coin_key(&self) -> LockedBytes {
        LockedBytes::copy_of(self.coin.extended_bytes())
    }

    /// The public keys of `paths`, in their order. Cheapest when paths of one chain follow each other.
    pub(super) fn public_keys(&self, paths: &[KeyPath]) -> Vec<[u8; 32]> {
        let mut chain = Chain::new(self);
        paths.iter().map(|path| public_key(&chain.node(path))).collect()
    }

    /// Signs each message with its path's key, in their order.
    pub(super) fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Vec<Signature> {
        let mut chain = Chain::new(self);
        requests
            .iter()
            .map(|(path, message)| {
                let key = chain.node(path).secret_key();
                Signature { public_key: key.public_key().to_bytes(), signature: key.sign(message).to_bytes() }
            })
            .collect()
    }

    fn chain(&self, account: u32, internal: bool) -> Rc<Node> {
        let mut kept = self.chains.borrow_mut();
        let chain = || Rc::new(descend(&self.coin, &[account, u32::from(internal)]));
        Rc::clone(kept.entry((account, internal)).or_insert_with(chain))
    }
}

/// The chain of the path before, so that a run of paths of one chain looks it up once.
struct Chain<'a> {
    derivation: &'a Derivation,
    current: Option<((u32, bool), Rc<Node>)>,
}

impl<'a> Chain<'a> {
    fn new(derivation: &'a Derivation) -> Self {
        Self { derivation, current: None }
    }

    fn node(&mut self, path: &KeyPath) -> Node {
        let wanted = (path.account(), path.internal());
        let node = match self.current.take() {
            Some((chain, node)) if chain == wanted => node,
            _ => self.derivation.chain(wanted.0, wanted.1),
        };
        let child = node.child_key(hardened(path.index()));
        self.current = Some((wanted, node));
        child
    }
}

/// The Ed25519 public key of a node (RFC 8032, 5.1.5). That of [`SecretKey`] is the same and a fifth slower: it is ready to
/// sign and to verify then, and to wipe it computes the empty key anew.
fn public_key(node: &Node) -> [u8; 32] {
    // a zero, the key, the chain code
    let hash = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(&node.extended_bytes()[1..33])));
    let (scalar, _) = hash.split_first_chunk().expect("64 bytes have 32");
    EdwardsPoint::mul_base_clamped(*scalar).compress().to_bytes()
}

fn descend(node: &Node, steps: &[u32]) -> Node {
    node.derive(steps.iter().copied().map(hardened))
}

fn hardened(step: u32) -> Hardened {
    step.harden()
}

#[cfg(test)]
mod tests;
