//! Journals that no wallet wrote: what fuzzers feed.

use std::io::Cursor;

use super::{
    format::Reader,
    record::{Record, transaction},
};

/// Reads a journal to its end; says whether that is whole, and each of its records is known.
pub fn journal_file(bytes: &[u8]) -> bool {
    let Ok(mut reader) = Reader::new(Cursor::new(bytes)) else { return false };
    let mut known = true;
    loop {
        match reader.next() {
            Ok(Some(content)) => known &= journal_record(&content),
            Ok(None) => break,
            Err(_) => return false,
        }
    }
    assert!(reader.end().at <= u64::try_from(bytes.len()).unwrap_or(u64::MAX), "an end behind the last byte");
    known && !reader.is_torn()
}

/// Reads a record, and makes the rows of a payment of it; says whether that succeeds.
pub fn journal_record(bytes: &[u8]) -> bool {
    let named = transaction(bytes);
    let Some(record) = Record::decode(bytes) else { return false };
    assert_eq!(Record::decode(&record.encode()).as_ref(), Some(&record), "another record is written than was read");
    match record {
        Record::Signed(signed) => {
            assert_eq!(Some(signed.transaction), named, "looked through, it is another transaction's");
            signed.rows(None, None).is_some()
        }
        Record::Ended(_) | Record::Seen(_) => true,
    }
}
