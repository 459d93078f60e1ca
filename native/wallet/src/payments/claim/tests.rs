use super::*;
use crate::ledger::Expiration;

fn address(byte: u8) -> Address {
    Address::from_slice(&[byte; 33]).unwrap()
}

#[test]
fn only_what_is_ours_for_long_enough_can_be_claimed() {
    let amount = Amount::new(10);
    let returning = |units| Some(DepositReturn { address: address(1), amount: Amount::new(units) });
    let until = |time| Some(Expiration { return_address: address(2), time: UnixTime(time) });
    let at = |time: u32, conditions: &Conditions| unclaimable(OutputClass::Held, amount, conditions, UnixTime(time));
    let given = Conditions { deposit_return: returning(4), ..Conditions::default() };
    assert_eq!(at(0, &given), None);
    assert_eq!(at(0, &Conditions { deposit_return: returning(10), ..given }), Some(Unclaimable::Empty));
    let offered = Conditions { expiration: until(1_000), ..Conditions::default() };
    let seen = [399, 400, 401, 999, 1_000, 1_001].map(|time| at(time, &offered));
    assert_eq!(
        seen,
        [
            None,
            Some(Unclaimable::Expiring),
            Some(Unclaimable::Expiring),
            Some(Unclaimable::Expiring),
            Some(Unclaimable::Expiring),
            Some(Unclaimable::Expiring)
        ]
    );
    let locked = Conditions { timelock: Some(UnixTime(50)), ..given };
    assert_eq!([49, 50, 51].map(|time| at(time, &locked)), [Some(Unclaimable::Locked), None, None]);
    for (class, reason) in [(OutputClass::Plain, Unclaimable::Plain), (OutputClass::Asset, Unclaimable::Assets)] {
        assert_eq!(unclaimable(class, amount, &given, UnixTime(0)), Some(reason));
    }
}
