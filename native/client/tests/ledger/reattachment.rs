//! A block that gets into no milestone.

use stardust_wallet::{
    events::{InclusionState, LedgerEvent},
    payments::PaymentState,
};

use crate::support::{Home, Net, Payer, eventually};

#[test]
fn a_payment_whose_block_is_lost_goes_into_a_new_one_and_is_made_once() {
    let net = Net::alone();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open(&net);
    let address = wallet.account("alice");
    payer.pay(&net, vec![payer.plain(10_000_000, &address.raw)]);
    wallet.sync();
    let payee = wallet.account("payee").address;

    net.withhold(1);
    let sent = wallet.send("alice", "lost", &payee, 1_000_000).unwrap();
    let first = sent.block.unwrap();
    // below the depth at which a block can still get into a milestone
    net.milestones(u32::from(net.network().below_max_depth) + 2);
    let attached = eventually("another block", || {
        let payment = wallet.payment("lost");
        (payment.attachments > 1).then_some(payment)
    });
    assert_ne!(attached.block, Some(first));
    let payment = wallet.decided("lost");
    assert_eq!((payment.state, payment.transaction_id), (PaymentState::Confirmed, sent.transaction_id));

    // nodes call all of its blocks but one a conflict
    let block = eventually("the block that was included", || wallet.payment("lost").block);
    assert!(net.has_included(&block));

    // and nothing more happens to it
    net.milestones(3);
    wallet.sync();
    assert_eq!(wallet.payment("lost").attachments, payment.attachments);
    let confirmed = wallet.events().into_iter().filter(
        |event| matches!(event, LedgerEvent::TransactionInclusion(event) if event.state == InclusionState::Confirmed),
    );
    assert_eq!(confirmed.count(), 1);
    assert_eq!(wallet.balance("payee").total.units(), 1_000_000);
    assert_eq!(wallet.balance("alice").total.units(), 9_000_000);
}
