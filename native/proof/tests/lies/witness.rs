//! A node that alters what a milestone did: its own milestones cannot show it, a second node can.

use stardust_devnet::Devnet;
use stardust_proof::WalletOptions;
use stardust_wallet::events::SyncState;

use crate::support::{
    liar::{Reply, Request, Truth},
    scene::Scene,
};

/// A wallet that believes a node when a second one says the same.
fn witnessed() -> Scene {
    Scene::on_devnet(Devnet::builder(), |devnet, options| WalletOptions {
        witness: Some(devnet.add_node().unwrap()),
        ..options
    })
}

/// Has the node lie about the next deposit, and finds that the wallet stops before it is booked.
fn halts(lie: impl Fn(&Request, &Truth<'_>) -> Reply + Send + Sync + 'static) {
    let mut scene = witnessed();
    let (cursor, log) = (scene.cursor(), scene.wallet.log().unwrap());
    scene.liar.lie(lie);
    scene.deposit(5_000_000);
    scene.wait_until("it halts", |scene| scene.wallet.manager.status().state == SyncState::Halted);
    assert_eq!(scene.cursor(), cursor);
    assert_eq!(scene.wallet.manager.total_balance().unwrap().total.units(), 1_000_000);
    // an honest node, and a person who opened the wallet again
    scene.liar.be_honest();
    scene.reopen(vec![scene.liar.url()]);
    assert_eq!(scene.wallet.log().unwrap()[..log.len()], log);
    scene.settles();
}

#[test]
fn an_agreeing_witness_changes_nothing() {
    let mut scene = witnessed();
    for number in 0..5 {
        scene.deposit(2_000_000 + number);
        scene.settles();
    }
}

#[test]
fn an_output_that_is_kept_back() {
    halts(|request, truth| match truth.ask(request) {
        Some(mut answer) if request.path.ends_with("/utxo-changes") => {
            let mut changes: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            if let Some(created) = changes["createdOutputs"].as_array_mut() {
                created.pop();
            }
            answer.body = serde_json::to_vec(&changes).unwrap();
            Reply::Whole(answer)
        }
        Some(answer) => Reply::Whole(answer),
        None => Reply::Nothing,
    });
}

#[test]
fn an_output_with_another_amount() {
    halts(|request, truth| match truth.ask(request) {
        Some(mut answer) if request.path.contains("/outputs/") && answer.body.len() > 9 => {
            // TIP-18: the kind, then the amount in eight bytes, little endian
            answer.body[1] ^= 1;
            Reply::Whole(answer)
        }
        Some(answer) => Reply::Whole(answer),
        None => Reply::Nothing,
    });
}
