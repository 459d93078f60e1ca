//! Claims that the wallet makes by itself: by policy, and again for the rest of one that died.

use super::{
    conditions::{World, stranger},
    *,
};
use crate::{
    payments::{ClaimPolicy, HotWalletPolicy, Payment, PaymentPolicy, PaymentState},
    store::payment::OutputRole,
    testing::OutputBuilder,
};

const M: u64 = 1_000_000;
const END: u32 = 5_000;

fn claiming(claim: ClaimPolicy) -> PaymentPolicy {
    let hot_wallet = HotWalletPolicy { claim: Some(claim), ..HotWalletPolicy::default() };
    PaymentPolicy { hot_wallet, ..PaymentPolicy::default() }
}

impl World {
    fn payments(&self) -> Vec<Payment> {
        self.wallet.manager.payments(None, None, 100).unwrap().items
    }

    /// Waits for the payment with this number.
    fn payment(&self, number: usize) -> Payment {
        self.wallet.wait_until(|manager| manager.payments(None, None, 100).unwrap().items.len() > number);
        self.payments().remove(number)
    }

    fn ids(payment: &Payment) -> Vec<OutputId> {
        let mut ids: Vec<_> = payment.inputs.iter().map(|input| input.output_id).collect();
        ids.sort_unstable();
        ids
    }
}

#[test]
fn what_can_be_claimed_is_claimed_as_soon_as_it_is_seen() {
    let world = World::paying(claiming(ClaimPolicy::default()));
    let [alice, bob] = world.ours;
    let given = OutputBuilder::plain(1, alice, M).returning(300_000, stranger()).build();
    world.milestone(10, vec![given.clone()], vec![]);
    let first = world.payment(0);
    assert_eq!((World::ids(&first), first.outputs[0].role), (vec![given.id], OutputRole::Claim));
    // one at a time for an account, and another account's beside it
    let more = OutputBuilder::plain(2, alice, M).expiring(world.time(END), stranger()).build();
    let other = OutputBuilder::plain(3, bob, M).returning(300_000, stranger()).build();
    world.milestone(20, vec![more.clone(), other.clone()], vec![]);
    assert_eq!(World::ids(&world.payment(1)), [other.id]);
    world.include(30, &first);
    assert_eq!(World::ids(&world.payment(2)), [more.id]);
    assert_eq!(world.state(&first), PaymentState::Confirmed);
}

#[test]
fn what_was_there_before_the_start_and_what_is_unlocked_later_is_claimed_too() {
    let world = World::new();
    let alice = world.ours[0];
    let given = OutputBuilder::plain(1, alice, M).returning(300_000, stranger()).build();
    let locked = OutputBuilder::plain(2, alice, M).returning(300_000, stranger()).locked_until(world.time(50)).build();
    world.milestone(10, vec![given.clone(), locked.clone()], vec![]);
    assert_eq!(world.payments(), [], "nothing is claimed without a policy");
    let world = world.restarted(claiming(ClaimPolicy::default()));
    let first = world.payment(0);
    assert_eq!(World::ids(&first), [given.id]);
    world.include(20, &first);
    world.tick(50);
    assert_eq!(World::ids(&world.payment(1)), [locked.id]);
}

/// A claim of something that expires and of something that does not, which dies.
fn dead(retry: bool) -> (World, Payment, OutputId) {
    let world = World::new();
    let alice = world.ours[0];
    let offered = OutputBuilder::plain(1, alice, M).expiring(world.time(END), stranger()).build();
    let given = OutputBuilder::plain(2, alice, M).returning(300_000, stranger()).build();
    world.milestone(10, vec![offered.clone(), given.clone()], vec![]);
    let account = &world.accounts[0];
    let ids = [offered.id, given.id];
    let claim = if retry {
        world.wallet.manager.claim_retrying(account, &ids)
    } else {
        world.wallet.manager.claim(account, &ids)
    };
    let claim = claim.unwrap().unwrap();
    assert_eq!((claim.retry, claim.retries), (retry, None));
    (world, claim, given.id)
}

#[test]
fn a_claim_that_dies_is_made_again_for_the_rest_where_that_was_asked_for() {
    let (world, claim, rest) = dead(true);
    world.tick(END);
    assert_eq!(world.state(&claim), PaymentState::Dead);
    let again = world.payment(1);
    assert_eq!((World::ids(&again), again.retry, again.retries), (vec![rest], true, Some(claim.transaction_id)));
    world.include(END + 10, &again);
    let (told, world) = (world.state(&again), world.restarted(PaymentPolicy::default()));
    assert_eq!(told, PaymentState::Confirmed);
    world.tick(END + 20);
    assert_eq!((world.payments().len(), world.balance(0)), (2, (700_000, 0)), "once");
}

#[test]
fn one_that_died_while_the_wallet_was_closed_is_made_again_at_the_start() {
    let (world, claim, rest) = dead(true);
    world.wallet.manager.close();
    world.node.ledger().milestone_at(world.time(END), vec![], vec![]);
    let world = world.restarted(PaymentPolicy::default());
    assert_eq!(world.state(&claim), PaymentState::Dead);
    assert_eq!(World::ids(&world.payment(1)), [rest]);
}

#[test]
fn its_death_is_final_where_that_was_not_asked_for() {
    let (world, claim, rest) = dead(false);
    world.tick(END);
    world.tick(END + 1);
    assert_eq!((world.state(&claim), world.claimable()), (PaymentState::Dead, vec![rest]));
    let by_hand = world.wallet.manager.claim(&world.accounts[0], &[]).unwrap().unwrap();
    assert_eq!((world.payments().len(), by_hand.retries), (2, None));
}

#[test]
fn a_dead_claim_is_done_with_in_the_commit_that_makes_it_again_so_that_no_restart_makes_a_third() {
    let (mut world, claim, rest) = dead(true);
    assert!(claim.retry);
    world.tick(END);
    world.payment(1);
    // whoever sees the one sees the other
    let made = world.payments();
    assert_eq!((made.len(), made[0].state, made[0].retry), (2, PaymentState::Dead, false));
    assert_eq!((World::ids(&made[1]), made[1].retry), (vec![rest], true));
    for seconds in 1..=3 {
        world = world.restarted(PaymentPolicy::default());
        world.tick(END + seconds);
        assert_eq!(world.payments().len(), 2, "nothing of it was confirmed, and it is there");
    }
    world.include(END + 10, &made[1]);
    assert_eq!(world.balance(0), (700_000, 0));
}

#[test]
fn a_dead_claim_of_which_nothing_is_left_is_done_with_for_ever() {
    let world = World::new();
    let offered =
        [1, 2].map(|number| OutputBuilder::plain(number, world.ours[0], M).expiring(world.time(END), stranger()));
    let offered = offered.map(OutputBuilder::build);
    let ids = offered.each_ref().map(|output| output.id);
    world.milestone(10, offered.to_vec(), vec![]);
    world.wallet.manager.claim_retrying(&world.accounts[0], &ids).unwrap().unwrap();
    world.tick(END);
    world.wallet.wait_until(|manager| !manager.payments(None, None, 100).unwrap().items[0].retry);
    let world = world.restarted(PaymentPolicy::default());
    world.tick(END + 1);
    let [claim] = &world.payments()[..] else { panic!("it was made again") };
    assert_eq!((claim.state, claim.retry), (PaymentState::Dead, false));
}
