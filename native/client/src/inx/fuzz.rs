//! What fuzzers feed: messages of INX as protobuf.

use stardust_inx::{LedgerUpdate, Message, Milestone, NodeStatus, UnspentOutput};
use stardust_wallet::{ledger::MilestoneIndex, stardust};

use super::{
    batch::{Assembler, Step, decode},
    source::{read_milestone, read_standing},
};
use crate::fuzz::parameters;

/// The outputs of a milestone may have so many bytes together.
const MOST: usize = 1 << 20;

/// One message by itself: a node's status, a milestone, an unspent output.
pub fn inx_messages(bytes: &[u8]) -> bool {
    let parameters = parameters();
    let network = stardust::network(&parameters).expect("parameters of a real network");
    let status = NodeStatus::decode(bytes).is_ok_and(|status| read_standing(&status, None).is_ok());
    let milestone = Milestone::decode(bytes)
        .is_ok_and(|milestone| read_milestone(&milestone, &parameters, None).is_ok_and(|read| read.is_some()));
    let unspent = UnspentOutput::decode(bytes)
        .is_ok_and(|unspent| unspent.output.is_some_and(|output| decode(&output, &network).is_ok()));
    status || milestone || unspent
}

/// A stream of updates, each with its length before it; whether a milestone came whole.
pub fn inx_updates(mut bytes: &[u8]) -> bool {
    let network = stardust::network(&parameters()).expect("parameters of a real network");
    let mut assembler = Assembler::new(MilestoneIndex(57), network, MOST);
    let mut whole = false;
    while let Ok(update) = LedgerUpdate::decode_length_delimited(&mut bytes) {
        match assembler.take(update) {
            Ok(Step::Complete(batch)) => {
                assert!(batch.created.iter().map(|output| output.raw.len()).sum::<usize>() <= MOST);
                whole = true;
            }
            Ok(Step::Begun(_) | Step::Inside) => {}
            Err(_) => break,
        }
    }
    whole
}
