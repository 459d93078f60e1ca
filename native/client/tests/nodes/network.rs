//! A long ledger, on a devnet. What runs on any network is in `tests/ledger`.

use stardust_client::Route;
use stardust_devnet::Devnet;
use stardust_wallet::{
    ledger::{AddressCodec, Feed, FeedAnswer, MilestoneIndex},
    stardust::Stardust,
};

use crate::support::{Ours, address, open};

#[test]
fn a_long_way_to_catch_up_and_a_gap() {
    let devnet = Devnet::builder().start().unwrap();
    let client = open(&[devnet.node_url().to_owned(), devnet.add_node().unwrap()]);
    let mut feed = client.feed();
    let genesis = feed.status().unwrap().confirmed;
    let own = Stardust.format(&address(1), "tst");
    let mut paid = Vec::new();
    for _ in 0..40 {
        paid.push(devnet.fund(&own, 1_000_000).unwrap());
        devnet.issue_milestones(5).unwrap();
    }
    let tip = feed.status().unwrap().confirmed;
    let (mut cursor, mut got) = (genesis, Vec::new());
    while cursor != tip {
        let FeedAnswer::Diffs(diffs) = feed.next(&cursor, &Ours::default()).unwrap() else { panic!("at {cursor:?}") };
        for diff in diffs {
            let ours = diff.created().iter().filter(|output| output.owner == address(1));
            got.extend(ours.map(|output| output.id.to_string()));
            cursor = *diff.position();
        }
    }
    assert_eq!(got, paid);
    assert!(matches!(feed.next(&cursor, &Ours::default()), Ok(FeedAnswer::Tip)));
    assert_eq!(client.counters().of(Route::UtxoChanges), 200);

    let pruned_to = MilestoneIndex(devnet.prune(100));
    let answer = feed.next(&genesis, &Ours::default());
    assert!(matches!(answer, Ok(FeedAnswer::Gap { pruned_to: at }) if at == pruned_to), "{answer:?}");
}
