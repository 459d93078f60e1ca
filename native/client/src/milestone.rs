//! A milestone's payload (TIP-29). Its id is computed here, never taken from a node.

use iota_sdk::{
    packable::PackableExt,
    types::block::{payload::Payload, protocol::ProtocolParameters},
};
use stardust_wallet::ledger::{MilestoneId, MilestoneIndex, Position, UnixTime};

use crate::keys::MilestoneKeys;

/// Where a milestone stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Milestone {
    pub(crate) position: Position,
    pub(crate) previous_id: MilestoneId,
}

impl Milestone {
    /// Reads a milestone payload. The id is the Blake2b-256 hash of the essence, as TIP-29 says. With `keys` it has to
    /// be signed by enough of them.
    pub(crate) fn decode(
        bytes: &[u8],
        parameters: &ProtocolParameters,
        keys: Option<&MilestoneKeys>,
    ) -> Result<Self, String> {
        let payload = Payload::unpack_verified(bytes, parameters)
            .map_err(|error| format!("a milestone that is not understood: {error}"))?;
        let Payload::Milestone(milestone) = &payload else {
            return Err("another payload than a milestone".into());
        };
        if payload.packed_len() != bytes.len() {
            return Err("bytes behind a milestone".into());
        }
        let id = |bytes: &[u8]| MilestoneId::from_slice(bytes).map_err(|error| error.to_string());
        let essence = milestone.essence();
        if let Some(keys) = keys {
            keys.check(milestone)?;
        }
        if *essence.index() == u32::MAX {
            return Err("a milestone after which there is none".into());
        }
        Ok(Self {
            position: Position {
                index: MilestoneIndex(*essence.index()),
                id: id(milestone.id().as_ref())?,
                time: UnixTime(essence.timestamp()),
            },
            previous_id: id(essence.previous_milestone_id().as_ref())?,
        })
    }

    pub(crate) fn must_be(&self, index: MilestoneIndex) -> Result<(), String> {
        if self.position.index == index {
            return Ok(());
        }
        Err(format!("milestone {} where {index} was asked for", self.position.index))
    }
}

#[cfg(test)]
mod tests {
    use iota_sdk::types::block::output::RentStructure;

    use super::*;
    use crate::keys::KeyRange;

    /// Milestone 57 of a private network as Hornet 2.0.1 served it, with the id that Hornet gave it.
    const BYTES: &str = "0x07000000390000004db1036b0224e35f67c42b19f4701e5e3f6119209a1e38d0b7d5c376c617c07d67cb2c42c0014bc7e1e80c40cf1c79e732dc76607c7213b269f1bddf0cc415adc5d326ab9c5e4f05ea51b98159a4597b46ed7aa02130c12a997283d10610f7c314b06c2d05eb0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a80000000200ed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c8a67da29a2bddb0a5ed6454bde48acef6fce1cfe753db1ec52e632f0ecc0039e9b10e725c0e7c5ca5aaaee469d3b8096f24d99c031fa76c2234de24a54acf20700f6752f5f46a53364e2ee9c4d662d762a81efd51010282a75cd6bd03f28ef349ca3714db30c88ea57612a7e9ea99de15839a6e342fcf4ceb59003756f17aceac15fa9cf9ee2377b8dcf8abc09337fbe0d92e8de747d40a6215b9fdc6becb4580a";
    const ID: &str = "0x5f11bc8d72a42da10e20f7ce9741a7289b6df0f19eb5d8c9053302a222deaa86";
    const PREVIOUS: &str = "0x24e35f67c42b19f4701e5e3f6119209a1e38d0b7d5c376c617c07d67cb2c42c0";

    fn parameters(version: u8) -> ProtocolParameters {
        let rent = RentStructure::new(500, 10, 1);
        ProtocolParameters::new(version, "stardust-devnet".into(), "tst", 100, 15, rent, 2_779_530_283_277_761).unwrap()
    }

    fn bytes() -> Vec<u8> {
        let digits = BYTES.trim_start_matches("0x");
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn computes_the_id_that_hornet_gives() {
        let milestone = Milestone::decode(&bytes(), &parameters(2), None).unwrap();
        assert_eq!(milestone.position.id, MilestoneId::from_hex(ID).unwrap());
        assert_eq!(milestone.previous_id, MilestoneId::from_hex(PREVIOUS).unwrap());
        assert_eq!((milestone.position.index, milestone.position.time), (MilestoneIndex(57), UnixTime(1_795_404_109)));
        assert!(milestone.must_be(MilestoneIndex(57)).is_ok());
        assert!(milestone.must_be(MilestoneIndex(58)).is_err());
    }

    #[test]
    fn refuses_what_is_no_milestone() {
        let whole = bytes();
        assert!(Milestone::decode(&whole[..whole.len() - 1], &parameters(2), None).is_err());
        assert!(Milestone::decode(&[whole.clone(), vec![0]].concat(), &parameters(2), None).is_err());
        assert!(Milestone::decode(&whole, &parameters(3), None).is_err());
        assert!(Milestone::decode(&[], &parameters(2), None).is_err());
        let last = [&whole[..4], &[0xff; 4], &whole[8..]].concat();
        assert_eq!(
            Milestone::decode(&last, &parameters(2), None).unwrap_err(),
            "a milestone after which there is none"
        );
        // tagged data (TIP-23): kind 5, no tag, no data
        assert!(Milestone::decode(&[5, 0, 0, 0, 0, 0, 0, 0, 0], &parameters(2), None).is_err());
    }

    /// The coordinator's public keys, as the node's configuration had them: without end.
    const KEYS: [&str; 2] = [
        "0xed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c",
        "0xf6752f5f46a53364e2ee9c4d662d762a81efd51010282a75cd6bd03f28ef349c",
    ];

    fn range(key: &str, first: u32, last: Option<u32>) -> KeyRange {
        let public_key = MilestoneId::from_hex(key).unwrap().as_slice().try_into().unwrap();
        KeyRange { public_key, first: MilestoneIndex(first), last: last.map(MilestoneIndex) }
    }

    fn signed(bytes: &[u8], ranges: Vec<KeyRange>, threshold: usize) -> Result<Milestone, String> {
        Milestone::decode(bytes, &parameters(2), Some(&MilestoneKeys::new(ranges, threshold).unwrap()))
    }

    #[test]
    fn checks_the_signatures_that_hornet_made() {
        let both = || KEYS.map(|key| range(key, 0, None)).to_vec();
        assert_eq!(signed(&bytes(), both(), 2).unwrap().position.index, MilestoneIndex(57));
        assert!(signed(&bytes(), both(), 1).is_ok(), "more than needed");
        let exactly = KEYS.map(|key| range(key, 57, Some(57))).to_vec();
        assert!(signed(&bytes(), exactly, 2).is_ok());
    }

    #[test]
    fn refuses_what_the_keys_did_not_sign() {
        let error = |bytes: &[u8], ranges, threshold| signed(bytes, ranges, threshold).unwrap_err();
        let both = || KEYS.map(|key| range(key, 0, None)).to_vec();
        let third = "0x365fb85e7568b9b32f7359d6cbafa9814472ad0ecbad32d77beaf5dd9e84c6ba";
        let three = || [KEYS.as_slice(), &[third]].concat().into_iter().map(|key| range(key, 0, None)).collect();
        assert!(error(&bytes(), three(), 3).contains("2 signatures where 3 are needed"));
        assert!(error(&bytes(), vec![range(KEYS[0], 0, None)], 1).contains("which may not"));
        assert!(error(&bytes(), vec![range(third, 0, None)], 1).contains("which may not"));
        for (first, last) in [(58, None), (0, Some(56))] {
            let ranges = vec![range(KEYS[0], 0, None), range(KEYS[1], first, last)];
            assert!(error(&bytes(), ranges.clone(), 1).contains("which may not"), "{first} to {last:?}");
            assert!(error(&bytes(), ranges, 2).contains("1 keys are configured"), "{first} to {last:?}");
        }
        // the time of the milestone: signed as another one
        let mut changed = bytes();
        changed[8] ^= 1;
        assert!(error(&changed, both(), 2).contains("is wrong"));
        let mut changed = bytes();
        *changed.last_mut().unwrap() ^= 1;
        assert!(error(&changed, both(), 2).contains("is wrong"));
    }

    #[test]
    fn one_key_does_not_sign_for_two() {
        let whole = bytes();
        let signature = 1 + 32 + 64;
        let first = whole.len() - 2 * signature;
        let twice = [&whole[..first + signature], &whole[first..first + signature]].concat();
        assert_eq!(twice.len(), whole.len());
        assert!(Milestone::decode(&twice, &parameters(2), None).is_err());
    }
}
