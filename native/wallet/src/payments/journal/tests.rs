//! Whatever becomes of the bytes: no record is read that was not written, and none that was synced is missed in silence.

use std::io::Cursor;

use proptest::prelude::*;

use super::{
    format::{self, Flaw, HEADER, Identity, Reader},
    record::{Bytes, Paid, Record, Seen, Signed, transaction},
};
use crate::{
    ledger::{Address, Amount, MilestoneIndex},
    testing::transaction_id,
};

const IDENTITY: Identity = Identity { network: 7, wallet: [3; 32] };

/// A journal of these groups, where each group and record begins, and its length.
struct Written {
    bytes: Vec<u8>,
    groups: Vec<usize>,
    /// The end of each record.
    ends: Vec<usize>,
    contents: Vec<Vec<u8>>,
}

fn write(groups: &[Vec<Vec<u8>>]) -> Written {
    let (mut bytes, mut end) = format::header(&IDENTITY);
    let mut written = Written { bytes: Vec::new(), groups: Vec::new(), ends: Vec::new(), contents: Vec::new() };
    for group in groups {
        let begin = bytes.len();
        written.groups.push(begin);
        end = format::group(end, group.iter().map(Vec::as_slice), &mut bytes);
        assert_eq!(end.at, bytes.len() as u64);
        let mut at = begin;
        for content in group {
            at += 24 + content.len() + 32;
            written.ends.push(at);
            written.contents.push(content.clone());
        }
    }
    written.bytes = bytes;
    written
}

/// What is read: the contents, where they end, and whether something follows that was never synced.
fn read(bytes: &[u8]) -> Result<(Vec<Vec<u8>>, usize, bool), Flaw> {
    let mut reader = Reader::new(Cursor::new(bytes))?;
    assert_eq!(reader.identity(), IDENTITY);
    let mut contents = Vec::new();
    while let Some(content) = reader.next()? {
        contents.push(content);
    }
    Ok((contents, usize::try_from(reader.end().at).unwrap(), reader.is_torn()))
}

fn groups() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let content = prop::collection::vec(any::<u8>().prop_map(|byte| if byte == b'\n' { b' ' } else { byte }), 0..12);
    prop::collection::vec(prop::collection::vec(content, 1..3), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_written_is_read(groups in groups()) {
        let written = write(&groups);
        prop_assert_eq!(read(&written.bytes).unwrap(), (written.contents, written.bytes.len(), false));
    }

    #[test]
    fn cut_off_anywhere_all_whole_records_are_there(groups in groups()) {
        let written = write(&groups);
        for length in 0..written.bytes.len() {
            let cut = &written.bytes[..length];
            if length < HEADER {
                let found = read(cut);
                prop_assert!(matches!(found, Err(Flaw::Foreign | Flaw::Damaged(0))), "{}", length);
                continue;
            }
            let whole = written.ends.iter().take_while(|end| **end <= length).count();
            let end = if whole == 0 { HEADER } else { written.ends[whole - 1] };
            let (contents, found_end, torn) = read(cut).unwrap();
            prop_assert_eq!(&contents[..], &written.contents[..whole]);
            prop_assert_eq!((found_end, torn), (end, length != end), "{}", length);
        }
    }

    #[test]
    fn a_flipped_bit_is_damage_but_in_what_may_not_have_been_synced(groups in groups()) {
        let written = write(&groups);
        let last = *written.groups.last().unwrap();
        for place in 0..written.bytes.len() {
            let mut bytes = written.bytes.clone();
            bytes[place] ^= 1 << (place % 8);
            match read(&bytes) {
                Err(Flaw::Foreign | Flaw::Version(_)) => prop_assert!(place < 10, "{}", place),
                Err(Flaw::Damaged(at)) => prop_assert!(at <= place as u64 && place < last, "{}", place),
                Err(Flaw::Io(error)) => panic!("{error}"),
                Ok((contents, end, torn)) => {
                    prop_assert!(place >= last && torn && end <= place, "{}", place);
                    prop_assert_eq!(&contents[..], &written.contents[..contents.len()]);
                    let before = written.ends.iter().filter(|end| **end <= last).count();
                    prop_assert!(contents.len() >= before);
                }
            }
        }
    }

    #[test]
    fn a_record_that_was_removed_from_the_middle_is_damage(groups in groups(), which in any::<prop::sample::Index>()) {
        let written = write(&groups);
        let record = which.index(written.ends.len());
        let begin = if record == 0 { HEADER } else { written.ends[record - 1] };
        let last = *written.groups.last().unwrap();
        prop_assume!(begin < last);
        let bytes = [&written.bytes[..begin], &written.bytes[written.ends[record]..]].concat();
        prop_assert!(matches!(read(&bytes), Err(Flaw::Damaged(at)) if at == begin as u64));
    }
}

#[test]
fn a_flaw_far_before_the_end_is_damage() {
    // the head of the next group lies across the border of what is read at a time
    for length in 65_000..65_600 {
        let written = write(&[vec![vec![1; length]], vec![vec![2]]]);
        let mut bytes = written.bytes;
        bytes[HEADER] ^= 1;
        assert!(matches!(read(&bytes), Err(Flaw::Damaged(82))), "{length}");
    }
}

#[test]
fn a_tail_of_zeros_was_never_synced() {
    let written = write(&[vec![vec![1; 9], vec![2; 9]]]);
    let bytes = [&written.bytes[..], &[0; 5_000]].concat();
    assert_eq!(read(&bytes).unwrap(), (written.contents, written.bytes.len(), true));
}

#[test]
fn other_files_are_refused() {
    assert!(matches!(read(b""), Err(Flaw::Foreign)));
    assert!(matches!(read(&[0x55; 500]), Err(Flaw::Foreign)));
    let (mut bytes, _) = format::header(&IDENTITY);
    bytes[8] = 2;
    assert!(matches!(read(&bytes), Err(Flaw::Version(2))));
}

fn paid(key: &str) -> Paid {
    Paid {
        key: key.to_owned(),
        digest: Bytes(vec![0xa5; 32]),
        account: 3,
        address: Address::from_slice(&[9; 33]).unwrap(),
        amount: Amount::new(u64::MAX),
        created_ms: 12,
        micro_expiration: None,
        position: 1,
        refused: None,
    }
}

#[test]
fn records_become_bytes_and_come_back() {
    let signed = Signed {
        transaction: transaction_id(4),
        account: 1,
        created_ms: 5,
        key: Some("schlüssel \"\n rec\n".to_owned()),
        digest: Bytes(vec![1; 32]),
        payload: Bytes((0..=255).collect()),
        remainder: Amount::new(8),
        tagged_data: Some((Bytes(vec![]), Bytes(b"rec\n".to_vec()))),
        note: None,
        contests: Some(transaction_id(5)),
        inputs: Vec::new(),
        outputs: Vec::new(),
        withdrawals: vec![paid("a"), paid("b")],
        cancels: vec!["a".to_owned()],
    };
    let refused = Paid { refused: Some("a person: no".to_owned()), ..paid("d") };
    let all = [
        Record::Signed(Box::new(signed)),
        Record::Ended(paid("c")),
        Record::Ended(refused),
        Record::Seen(Seen { milestone: MilestoneIndex(7) }),
    ];
    for record in &all {
        let content = record.encode();
        assert_eq!(Record::decode(&content).as_ref(), Some(record));
        assert!(!content.windows(4).any(|part| part == b"rec\n"), "what is searched for is in no content");
        assert!((0..content.len()).all(|length| Record::decode(&content[..length]).is_none()));
    }
    assert_eq!(all.map(|record| transaction(&record.encode())), [Some(transaction_id(4)), None, None, None]);
    assert_eq!(Record::decode(&[9, 0, b'{', b'}']), None);
}
