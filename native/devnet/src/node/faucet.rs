//! The faucet: pays from its genesis output with ordinary signed transactions in blocks of its own.

use iota_sdk::{
    crypto::hashes::{Digest, blake2b::Blake2b256},
    packable::PackableExt,
    types::block::{
        BlockBuilder, BlockId, Error,
        address::{Address, Bech32Address, Ed25519Address},
        input::UtxoInput,
        output::{BasicOutputBuilder, InputsCommitment, Output, OutputId, unlock_condition::AddressUnlockCondition},
        parent::Parents,
        payload::{
            Payload,
            tagged_data::TaggedDataPayload,
            transaction::{RegularTransactionEssence, TransactionEssence, TransactionId, TransactionPayload},
        },
        signature::{Ed25519Signature, Signature},
        unlock::{SignatureUnlock, Unlock, Unlocks},
    },
};

use super::{Node, SubmitError, lock};
use crate::{
    config::{TOKEN_SUPPLY, faucet_key},
    tangle::{Attachment, MAX_PARENTS},
};

/// A transaction has 128 outputs at most, one of which is the faucet's remainder.
pub(crate) const MAX_PAID_OUTPUTS: usize = 127;

/// What the faucet knows about itself.
#[derive(Clone, Debug)]
pub(super) struct Faucet {
    /// The output it pays from next, confirmed or not.
    source: (OutputId, Output),
    last_block: Option<BlockId>,
    amount: u64,
    waiting: Vec<(String, Address)>,
}

/// A transaction of the faucet that waits for the next milestone.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) block_id: BlockId,
    pub(crate) transaction_id: TransactionId,
    pub(crate) output_ids: Vec<OutputId>,
}

/// Why the faucet does not pay.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnqueueError {
    #[error("Invalid bech32 address provided!")]
    InvalidAddress,
    #[error("Invalid bech32 address provided! Address does not start with \"{0}\".")]
    WrongNetwork(String),
    #[error("Address is already in the queue.")]
    AlreadyWaiting,
    #[error("Faucet does not have enough funds to process your request. Please try again later!")]
    InsufficientFunds,
    #[error("the transaction cannot be built: {0}")]
    Transaction(#[from] Error),
    #[error("{0}")]
    Submit(#[from] SubmitError),
}

impl Faucet {
    pub(super) fn new(source: (OutputId, Output), amount: u64) -> Self {
        Self { source, last_block: None, amount, waiting: Vec::new() }
    }
}

/// The faucet's address.
pub(super) fn address() -> Address {
    Ed25519Address::new(Blake2b256::digest(faucet_key().public_key().to_bytes()).into()).into()
}

impl Node {
    /// Notes a payment of the faucet's amount for the next milestone; returns how many wait.
    ///
    /// # Errors
    /// When the address is not one of this network, is waiting already, or the funds are used up.
    pub(crate) fn enqueue(&self, bech32: &str) -> Result<usize, EnqueueError> {
        if let Some(leader) = self.leader() {
            return leader.enqueue(bech32);
        }
        let address = self.parse_address(bech32)?;
        let mut faucet = lock(&self.faucet);
        if faucet.waiting.iter().any(|(waiting, _)| waiting == bech32) {
            return Err(EnqueueError::AlreadyWaiting);
        }
        if faucet.amount > faucet.balance() {
            return Err(EnqueueError::InsufficientFunds);
        }
        faucet.waiting.push((bech32.to_owned(), address));
        Ok(faucet.waiting.len())
    }

    /// The faucet's address and what it can still pay out.
    pub(crate) fn faucet_info(&self) -> (String, u64) {
        if let Some(leader) = self.leader() {
            return leader.faucet_info();
        }
        let bech32 = Bech32Address::new(*self.protocol.bech32_hrp(), address()).to_string();
        (bech32, lock(&self.faucet).balance())
    }

    /// Parses a bech32 address of this network.
    ///
    /// # Errors
    /// When it is mangled or of another network.
    pub(crate) fn parse_address(&self, bech32: &str) -> Result<Address, EnqueueError> {
        let address = Bech32Address::try_from_str(bech32).map_err(|_| EnqueueError::InvalidAddress)?;
        if address.hrp() != self.protocol.bech32_hrp() {
            return Err(EnqueueError::WrongNetwork(self.protocol.bech32_hrp().to_string()));
        }
        Ok(address.into_inner())
    }

    /// A plain output of an amount.
    ///
    /// # Errors
    /// When the amount is 0 or above the supply.
    pub(crate) fn plain_output(&self, address: Address, amount: u64) -> Result<Output, Error> {
        BasicOutputBuilder::new_with_amount(amount)
            .add_unlock_condition(AddressUnlockCondition::new(address))
            .finish_output(self.protocol.token_supply())
    }

    /// Attaches a transaction of the faucet with the given outputs (at most [`MAX_PAID_OUTPUTS`]);
    /// the next milestone confirms it. With `trusted` the outputs need not be ones the faucet could
    /// create: native tokens out of nothing, any sender, any chain id.
    ///
    /// # Errors
    /// When the faucet has too little, or the transaction is not valid.
    pub(crate) fn pay(&self, outputs: Vec<Output>, trusted: bool) -> Result<Payment, EnqueueError> {
        if let Some(leader) = self.leader() {
            return leader.pay(outputs, trusted);
        }
        let mut faucet = lock(&self.faucet);
        self.pay_from(&mut faucet, outputs, trusted)
    }

    /// Pays everybody who waits, in as many transactions as it takes.
    pub(super) fn pay_waiting(&self) {
        let mut faucet = lock(&self.faucet);
        while !faucet.waiting.is_empty() {
            let count = faucet.waiting.len().min(MAX_PAID_OUTPUTS);
            let batch: Vec<_> = faucet.waiting.drain(..count).collect();
            let amount = faucet.amount;
            let outputs =
                batch.iter().map(|(_, address)| self.plain_output(*address, amount)).collect::<Result<_, _>>();
            let paid =
                outputs.map_err(EnqueueError::from).and_then(|outputs| self.pay_from(&mut faucet, outputs, false));
            if let Err(error) = paid {
                tracing::warn!(%error, requests = batch.len(), "the faucet could not pay");
            }
        }
    }

    fn pay_from(&self, faucet: &mut Faucet, outputs: Vec<Output>, trusted: bool) -> Result<Payment, EnqueueError> {
        let total = outputs.iter().try_fold(0u64, |sum, output| sum.checked_add(output.amount()));
        let rest = total.and_then(|total| faucet.source.1.amount().checked_sub(total));
        let count = u16::try_from(outputs.len()).map_err(|_| EnqueueError::InsufficientFunds)?;
        let remainder = self.plain_output(address(), rest.ok_or(EnqueueError::InsufficientFunds)?)?;
        let transaction = self.sign(&faucet.source, outputs.into_iter().chain([remainder.clone()]).collect())?;
        let transaction_id = transaction.id();
        let parents = self.parents_after(faucet.last_block)?;
        let block = BlockBuilder::new(parents).with_payload(Payload::from(transaction)).finish()?;
        let attachment = Attachment { trusted, own: true, ..Attachment::default() };
        let block_id = self.attach(&block, block.pack_to_vec().into(), attachment)?;
        faucet.source = (OutputId::new(transaction_id, count)?, remainder);
        faucet.last_block = Some(block_id);
        let output_ids = (0..count).map(|index| OutputId::new(transaction_id, index)).collect::<Result<_, _>>()?;
        Ok(Payment { block_id, transaction_id, output_ids })
    }

    fn sign(&self, (id, source): &(OutputId, Output), outputs: Vec<Output>) -> Result<TransactionPayload, Error> {
        let commitment = InputsCommitment::new(std::iter::once(source));
        let essence = RegularTransactionEssence::builder(self.protocol.network_id(), commitment)
            .with_inputs([UtxoInput::from(*id).into()])
            .with_outputs(outputs)
            .with_payload(Payload::from(TaggedDataPayload::new(*b"devnet-faucet", [])?))
            .finish_with_params(&self.protocol)?;
        let essence = TransactionEssence::from(essence);
        let key = faucet_key();
        let signature = Signature::from(Ed25519Signature::new(key.public_key(), key.sign(&essence.hash())));
        let unlocks = Unlocks::new([Unlock::from(SignatureUnlock::from(signature))])?;
        TransactionPayload::new(essence, unlocks)
    }

    /// Tips, and the faucet's last block if it still waits: its remainder must exist before it is spent.
    fn parents_after(&self, last: Option<BlockId>) -> Result<Parents, Error> {
        let state = self.read();
        let waits = |id: &BlockId| state.tangle.get(id).is_some_and(|record| record.referenced.is_none());
        let mut parents: Vec<BlockId> = last.filter(waits).into_iter().collect();
        parents.extend(state.tangle.select_tips().into_iter().take(MAX_PARENTS - parents.len()));
        Parents::from_vec(parents)
    }
}

impl Faucet {
    /// What is left when everybody who waits is paid and the remainder keeps its storage deposit.
    fn balance(&self) -> u64 {
        const REMAINDER_DEPOSIT: u64 = 213_000;
        let waiting = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX);
        let owed = self.amount.saturating_mul(waiting).saturating_add(REMAINDER_DEPOSIT);
        self.source.1.amount().min(TOKEN_SUPPLY).saturating_sub(owed)
    }
}
