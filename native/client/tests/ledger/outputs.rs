//! Every kind of output arrives at a wallet: what it is taken for, what may be credited, and what is told of it.

use iota_sdk::types::block::{
    address::AliasAddress,
    output::{
        AliasId, AliasOutputBuilder, BasicOutputBuilder, FoundryId, FoundryOutputBuilder, NativeToken, NftId,
        NftOutputBuilder, Output, SimpleTokenScheme, TokenId, TokenScheme,
        feature::{IssuerFeature, MetadataFeature, SenderFeature, TagFeature},
        unlock_condition::{
            AddressUnlockCondition, ExpirationUnlockCondition, GovernorAddressUnlockCondition,
            ImmutableAliasAddressUnlockCondition, StateControllerAddressUnlockCondition,
            StorageDepositReturnUnlockCondition, TimelockUnlockCondition, UnlockCondition,
        },
    },
};
use stardust_wallet::{
    events::{LapseChange, LedgerEvent, NewOutput, Origin, OutputClass, OutputLapsed},
    ledger::{Amount, DepositReturn, Expiration, OutputId, OutputKind, UnixTime},
    manager::AccountAddress,
    payments::PaymentState,
};

use crate::support::{Home, Net, Owned, Payer, Wallet, eventually, ledger_address, wire_address};

const AMOUNT: u64 = 5_000_000;
/// Seconds of the ledger until a condition ends. A devnet's ledger ages by one with each milestone, several times as
/// fast as the world, and what comes before the end has to be seen.
const SOON: u32 = 60;

/// A network, somebody with funds, and a wallet with one account.
struct Scene {
    net: Net,
    payer: Payer,
    wallet: Wallet,
    own: AccountAddress,
    /// Lives as long as the wallet.
    _home: Home,
}

impl Scene {
    fn new() -> Self {
        let net = Net::start();
        let payer = Payer::funded(&net);
        let home = Home::new();
        let wallet = home.open(&net);
        let own = wallet.account("alice");
        Self { net, payer, wallet, own, _home: home }
    }

    /// The output arrives; answers what is told of it.
    fn arrives(&mut self, output: Output) -> NewOutput {
        let made = self.payer.pay(&self.net, vec![output]).remove(0);
        self.told(&made)
    }

    fn told(&self, made: &Owned) -> NewOutput {
        self.wallet.sync();
        let id = made.ledger_id();
        let told = self.wallet.events().into_iter().filter_map(|event| match event {
            LedgerEvent::NewOutput(event) if event.output_id == id => Some(event),
            _ => None,
        });
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), 1);
        let event = told.into_iter().next().unwrap();
        let listed = self.wallet.output("alice", id);
        assert_eq!(
            (listed.kind, listed.class, listed.origin, listed.amount, &listed.details),
            (event.kind, event.class, event.origin, event.amount, &event.details)
        );
        assert_eq!((event.own.address.as_str(), event.origin), (self.own.address.as_str(), Origin::External));
        event
    }

    fn in_ledger_time(&self, seconds: u32) -> u32 {
        self.net.confirmed().0.0 + seconds
    }

    /// What is told of the output when its condition ends, some milestones from now.
    fn lapses(&self, id: OutputId) -> OutputLapsed {
        let told = || {
            self.wallet.sync();
            self.wallet.events().into_iter().find_map(|event| match event {
                LedgerEvent::OutputLapsed(event) if event.output_id == id => Some(event),
                _ => None,
            })
        };
        eventually("the end of a condition", told)
    }

    fn conditional(&self, condition: impl Into<UnlockCondition>) -> Output {
        self.payer.output(AMOUNT, &self.own.raw, [condition.into()])
    }

    /// An output that is not to be credited, and cannot be paid with.
    fn assert_not_creditable(&self, event: &NewOutput, class: OutputClass) {
        assert_eq!((event.class, event.creditable), (class, Amount::ZERO));
        assert_eq!(self.wallet.deposits(), []);
        assert_eq!(self.wallet.balance("alice").available, Amount::ZERO);
    }
}

#[test]
fn a_basic_output_with_tag_metadata_and_sender_is_a_deposit() {
    let mut scene = Scene::new();
    let output = BasicOutputBuilder::new_with_amount(AMOUNT)
        .add_unlock_condition(AddressUnlockCondition::new(wire_address(&scene.own.raw)))
        .add_feature(TagFeature::new(*b"order").unwrap())
        .add_feature(MetadataFeature::new(*b"4711").unwrap())
        .add_feature(SenderFeature::new(scene.payer.address()))
        .finish_output(scene.payer.parameters())
        .unwrap();
    let event = scene.arrives(output);
    assert_eq!((event.kind, event.class), (OutputKind::Basic, OutputClass::Plain));
    assert_eq!((event.amount.units(), event.creditable.units()), (AMOUNT, AMOUNT));
    assert_eq!(event.details.tag.as_deref(), Some(&b"order"[..]));
    assert_eq!(event.details.metadata.as_deref(), Some(&b"4711"[..]));
    assert_eq!(event.details.sender, Some(ledger_address(&scene.payer.address())));
    assert_eq!(scene.wallet.deposits(), [(event.output_id, Amount::new(AMOUNT))]);
    let balance = scene.wallet.balance("alice");
    assert_eq!((balance.total.units(), balance.available.units()), (AMOUNT, AMOUNT));
}

#[test]
fn a_storage_deposit_return_is_held() {
    let mut scene = Scene::new();
    let back = scene.payer.address();
    let condition = StorageDepositReturnUnlockCondition::new(back, 1_000_000, scene.payer.parameters().token_supply());
    let event = scene.arrives(scene.conditional(condition.unwrap()));
    scene.assert_not_creditable(&event, OutputClass::Held);
    let expected = DepositReturn { address: ledger_address(&back), amount: Amount::new(1_000_000) };
    assert_eq!(event.details.conditions.deposit_return, Some(expected));
}

#[test]
fn an_expiration_is_held_while_it_is_ours() {
    let mut scene = Scene::new();
    let (back, time) = (scene.payer.address(), scene.in_ledger_time(3600));
    let event = scene.arrives(scene.conditional(ExpirationUnlockCondition::new(back, time).unwrap()));
    scene.assert_not_creditable(&event, OutputClass::Held);
    let expected = Expiration { return_address: ledger_address(&back), time: UnixTime(time) };
    assert_eq!(event.details.conditions.expiration, Some(expected));
}

#[test]
fn a_timelock_is_held() {
    let mut scene = Scene::new();
    let time = scene.in_ledger_time(3600);
    let event = scene.arrives(scene.conditional(TimelockUnlockCondition::new(time).unwrap()));
    scene.assert_not_creditable(&event, OutputClass::Held);
    assert_eq!(event.details.conditions.timelock, Some(UnixTime(time)));
}

#[test]
fn a_timelock_that_ends_makes_a_deposit() {
    let mut scene = Scene::new();
    let time = scene.in_ledger_time(SOON);
    let event = scene.arrives(scene.conditional(TimelockUnlockCondition::new(time).unwrap()));
    scene.assert_not_creditable(&event, OutputClass::Held);
    let lapsed = scene.lapses(event.output_id);
    assert_eq!((lapsed.change, lapsed.class), (LapseChange::Unlocked, OutputClass::Plain));
    assert_eq!(lapsed.creditable.units(), AMOUNT);
    assert_eq!(scene.wallet.deposits(), [(event.output_id, Amount::new(AMOUNT))]);
    assert_eq!(scene.wallet.balance("alice").available.units(), AMOUNT);
    // the ledger is of the same mind
    scene.wallet.send("alice", "unlocked", &scene.payer.bech32(), 1_000_000).unwrap();
    assert_eq!(scene.wallet.decided("unlocked").state, PaymentState::Confirmed);
}

#[test]
fn an_expiration_that_ends_takes_the_output_away() {
    let mut scene = Scene::new();
    let (back, time) = (scene.payer.address(), scene.in_ledger_time(SOON));
    let event = scene.arrives(scene.conditional(ExpirationUnlockCondition::new(back, time).unwrap()));
    let lapsed = scene.lapses(event.output_id);
    assert_eq!((lapsed.change, lapsed.creditable), (LapseChange::Lost, Amount::ZERO));
    assert_eq!(scene.wallet.deposits(), []);
    assert_eq!(scene.wallet.balance("alice").total, Amount::ZERO);
}

#[test]
fn an_expiration_that_ends_in_our_favour_gives_the_output_and_is_no_deposit() {
    let mut scene = Scene::new();
    let (owner, time) = (ledger_address(&scene.payer.address()), scene.in_ledger_time(SOON));
    let condition = ExpirationUnlockCondition::new(wire_address(&scene.own.raw), time).unwrap();
    let output = scene.payer.output(AMOUNT, &owner, [condition.into()]);
    let made = scene.payer.pay(&scene.net, vec![output]).remove(0);
    scene.wallet.sync();
    assert_eq!(scene.wallet.balance("alice").total, Amount::ZERO);
    let lapsed = scene.lapses(made.ledger_id());
    assert_eq!(lapsed.change, LapseChange::Returned);
    assert_eq!(scene.wallet.deposits(), []);
    assert_eq!(scene.wallet.balance("alice").total.units(), AMOUNT);
}

#[test]
fn all_conditions_at_once() {
    let mut scene = Scene::new();
    let (back, time) = (scene.payer.address(), scene.in_ledger_time(3600));
    let supply = scene.payer.parameters().token_supply();
    let conditions: [UnlockCondition; 3] = [
        StorageDepositReturnUnlockCondition::new(back, 1_000_000, supply).unwrap().into(),
        TimelockUnlockCondition::new(time).unwrap().into(),
        ExpirationUnlockCondition::new(back, time).unwrap().into(),
    ];
    let event = scene.arrives(scene.payer.output(AMOUNT, &scene.own.raw, conditions));
    scene.assert_not_creditable(&event, OutputClass::Held);
    let found = event.details.conditions;
    assert!(found.deposit_return.is_some() && found.expiration.is_some() && found.timelock.is_some());
}

#[test]
fn native_tokens_are_shown_and_not_credited() {
    let mut scene = Scene::new();
    let (own, me) = (wire_address(&scene.own.raw), scene.payer.address());
    let parameters = scene.payer.parameters().clone();
    let alias = |id: AliasId, index: u32| {
        AliasOutputBuilder::new_with_amount(AMOUNT, id)
            .with_state_index(index)
            .with_foundry_counter(index)
            .add_unlock_condition(StateControllerAddressUnlockCondition::new(me))
            .add_unlock_condition(GovernorAddressUnlockCondition::new(me))
            .finish_output(&parameters)
            .unwrap()
    };
    let made = scene.payer.pay(&scene.net, vec![alias(AliasId::null(), 0)]).remove(0);
    let id = AliasId::from(&made.id);
    let scheme = TokenScheme::from(SimpleTokenScheme::new(100, 0, 1000).unwrap());
    let token = TokenId::from(FoundryId::build(&AliasAddress::new(id), 1, scheme.kind()));
    let foundry = FoundryOutputBuilder::new_with_amount(AMOUNT, 1, scheme)
        .add_unlock_condition(ImmutableAliasAddressUnlockCondition::new(AliasAddress::new(id)))
        .finish_output(&parameters)
        .unwrap();
    let tokens = BasicOutputBuilder::new_with_amount(AMOUNT)
        .add_unlock_condition(AddressUnlockCondition::new(own))
        .add_native_token(NativeToken::new(token, 100).unwrap())
        .finish_output(&parameters)
        .unwrap();
    let made = scene.payer.spend(&scene.net, &[made], vec![alias(id, 1), foundry, tokens]).remove(2);
    let event = scene.told(&made);
    scene.assert_not_creditable(&event, OutputClass::Asset);
    assert_eq!(event.kind, OutputKind::Basic);
    let [found] = event.details.native_tokens.as_slice() else { panic!("{event:?}") };
    assert_eq!((found.id.as_slice(), found.amount[31]), (token.as_ref(), 100));
}

#[test]
fn an_nft_is_shown_and_not_credited() {
    let mut scene = Scene::new();
    let nft = NftOutputBuilder::new_with_amount(AMOUNT, NftId::null())
        .add_unlock_condition(AddressUnlockCondition::new(wire_address(&scene.own.raw)))
        .add_immutable_feature(IssuerFeature::new(scene.payer.address()))
        .add_immutable_feature(MetadataFeature::new(*b"picture").unwrap())
        .finish_output(scene.payer.parameters())
        .unwrap();
    let made = scene.payer.pay(&scene.net, vec![nft]).remove(0);
    let event = scene.told(&made);
    scene.assert_not_creditable(&event, OutputClass::Asset);
    assert_eq!(event.kind, OutputKind::Nft);
    assert_eq!(event.details.chain_id.as_deref(), Some(NftId::from(&made.id).as_ref()));
}

#[test]
fn an_alias_is_shown_and_not_credited() {
    let mut scene = Scene::new();
    let own = wire_address(&scene.own.raw);
    let alias = AliasOutputBuilder::new_with_amount(AMOUNT, AliasId::null())
        .add_unlock_condition(StateControllerAddressUnlockCondition::new(own))
        .add_unlock_condition(GovernorAddressUnlockCondition::new(own))
        .finish_output(scene.payer.parameters())
        .unwrap();
    let made = scene.payer.pay(&scene.net, vec![alias]).remove(0);
    let event = scene.told(&made);
    scene.assert_not_creditable(&event, OutputClass::Asset);
    assert_eq!(event.kind, OutputKind::Alias);
    assert_eq!(event.details.chain_id.as_deref(), Some(AliasId::from(&made.id).as_ref()));
}
