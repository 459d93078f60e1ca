use proptest::{collection::vec, prelude::*};

use super::*;
use crate::testing::testnet;

fn network(id: u64) -> Network {
    Network { id, ..testnet() }
}

fn key() -> MarkerKey {
    MarkerKey::of_public_key(&[7; 32])
}

proptest! {
    #[test]
    fn what_is_written_is_read(payees in 1_u8..=128, marker: Marker, many in vec(any::<Marker>(), 1..=128)) {
        for markers in [Markers::Payment { payees, marker }, Markers::Withdrawals(many)] {
            let carried = markers.write().unwrap();
            // what the ledger takes
            prop_assert!(carried.tag.len() <= 64 && carried.data.len() <= 8_192);
            prop_assert_eq!(Markers::read(&carried), Some(markers));
        }
    }

    #[test]
    fn anything_else_is_nothing_or_what_would_be_written(data in vec(any::<u8>(), 0..300), form in 0_u8..4) {
        let data = [&[form], data.as_slice()].concat();
        let carried = TaggedData { tag: MARKER_TAG.to_vec(), data };
        if let Some(markers) = Markers::read(&carried) {
            prop_assert_eq!(markers.write(), Some(carried));
        }
    }

    #[test]
    fn another_key_has_another_marker(first in ".{1,40}", second in ".{1,40}") {
        prop_assume!(first != second);
        let network = network(1);
        prop_assert_eq!(key().marker(&network, &first), key().marker(&network, &first));
        prop_assert_ne!(key().marker(&network, &first), key().marker(&network, &second));
    }
}

#[test]
fn the_callers_own_data_says_nothing_of_keys() {
    let data = Markers::Payment { payees: 1, marker: [1; MARKER] }.write().unwrap().data;
    assert_eq!(Markers::read(&TaggedData { tag: b"another".to_vec(), data }), None);
    assert_eq!(Markers::read(&TaggedData { tag: MARKER_TAG.to_vec(), data: Vec::new() }), None);
    assert_eq!(Markers::Withdrawals(Vec::new()).write(), None);
    assert_eq!(Markers::Withdrawals(vec![[0; MARKER]; 129]).write(), None);
}

#[test]
fn a_marker_depends_on_seed_and_network_and_stays_the_same_for_ever() {
    let marker = key().marker(&network(1), "withdrawal-4711");
    assert_ne!(marker, key().marker(&network(2), "withdrawal-4711"));
    assert_ne!(marker, MarkerKey::of_public_key(&[8; 32]).marker(&network(1), "withdrawal-4711"));
    // what is on the ledger is compared with it years later
    assert_eq!(crate::store::hex(&marker), "0x5c77690030926d22de126a874f8b40e4");
}
