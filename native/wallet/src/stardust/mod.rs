//! Stardust's wire format: the only room of the engine that knows it.
//!
//! Decodes outputs (TIP-18, TIP-20), reads and writes addresses (TIP-31), knows what an output must
//! hold (TIP-19), and drafts and seals transactions (TIP-20). All of it is pure: no clock, no
//! network, no state. The types come from `iota-sdk`, whose own rules check what is sealed here.
//!
//! - [`decode_output`], [`decode_output_json`]: an output from the wire into plain data;
//! - [`decode_transaction`]: a signed transaction, checked, into plain data;
//! - [`fn@network`], [`protocol_parameters`]: a network's parameters there and back;
//! - [`Stardust`]: the [`AddressCodec`](crate::ledger::AddressCodec) and the
//!   [`Drafter`](crate::ledger::Drafter).

mod address;
mod draft;
mod network;
mod output;
mod transaction;
#[cfg(test)]
mod vectors;

pub use network::{network, protocol_parameters};
pub use output::{decode_output, decode_output_json};
pub use transaction::decode_transaction;

/// The rules of a Stardust ledger; it holds no state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stardust;

/// Bytes or parameters are not what the protocol says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StardustError {
    /// The protocol parameters do not hold together.
    #[error("protocol parameters that cannot be used: {0}")]
    Parameters(String),
    /// The bytes are not one complete output.
    #[error("not an output of this network: {0}")]
    Output(String),
    /// An output that no wallet address can own, such as the treasury's.
    #[error("an output of kind {0} concerns no wallet")]
    OutputKind(u8),
    /// The bytes are not one complete, signed transaction with the expected id.
    #[error("not a transaction of this network: {0}")]
    Transaction(String),
    /// An output id is not 34 bytes with an index below 128.
    #[error("not an output id: {0}")]
    OutputId(String),
}
