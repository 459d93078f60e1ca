use proptest::prelude::*;

use super::*;

fn block(byte: u8) -> BlockId {
    BlockId::from_slice(&[byte; 32]).unwrap()
}

fn now(ms: u64, milestone: u32) -> Now {
    Now { ms, milestone: MilestoneIndex(milestone) }
}

/// On a network with a milestone every five seconds.
fn at(milestone: u32) -> Now {
    now(u64::from(milestone) * 5_000, milestone)
}

fn submitting(at: Now) -> Track {
    let mut track = Track::signed(at);
    assert_eq!(track.step(at), Step::Submit);
    track.learn(Fact::Submitting, at);
    track
}

fn asking(track: &mut Track, at: Now) {
    assert_eq!(track.step(at), Step::Ask(block(1)));
    track.learn(Fact::Asking, at);
    assert_eq!(track.step(at), Step::Wait);
}

fn conflict(code: u8) -> Fact {
    Fact::Block(BlockState::Conflicting { code, reason: "why".to_owned() })
}

/// A payment in block 1 since milestone 10, asked about at milestone `at`.
fn asked(milestone: u32) -> Track {
    let mut track = submitting(at(10));
    assert_eq!(track.learn(Fact::Attached(block(1)), at(10)), Some(Record::Attachment(block(1))));
    assert_eq!(track.step(at(11)), Step::Wait);
    asking(&mut track, at(milestone));
    track
}

#[test]
fn every_state_has_its_name_and_its_end() {
    for state in PaymentState::ALL {
        assert_eq!(PaymentState::from_name(state.name()), Some(state));
    }
    let open: Vec<_> = PaymentState::ALL.into_iter().filter(|state| state.is_open()).map(PaymentState::name).collect();
    assert_eq!(open, ["signed", "submitted", "rejected", "cancelling"]);
}

#[test]
fn asks_once_a_milestone_while_pending_and_gives_a_block_up_that_lies_too_deep() {
    let pending = || Fact::Block(BlockState::Pending { should_reattach: false });
    let included = || Fact::Block(BlockState::Included { milestone: MilestoneIndex(11) });
    for said in [&pending as &dyn Fn() -> Fact, &included, &|| Fact::NoAnswer] {
        let mut track = asked(12);
        for milestone in 12..10 + STALE {
            assert_eq!(track.learn(said(), at(milestone)), None);
            assert_eq!(track.step(at(milestone)), Step::Wait);
            asking(&mut track, at(milestone + 1));
        }
        assert_eq!(track.learn(said(), at(10 + STALE)), None);
        assert_eq!(track.step(at(10 + STALE)), Step::Submit);
        // and the next one is given as much
        track.learn(Fact::Submitting, at(10 + STALE));
        track.learn(Fact::Attached(block(1)), at(10 + STALE));
        asking(&mut track, at(12 + STALE));
        track.learn(said(), at(12 + STALE));
        assert_eq!(track.step(at(12 + STALE)), Step::Wait);
    }
}

#[test]
fn after_a_restart_a_block_is_not_believed_for_ever_either() {
    let mut track = Track::attached(block(1), at(30));
    for milestone in 30..30 + STALE {
        asking(&mut track, at(milestone));
        track.learn(Fact::Block(BlockState::Pending { should_reattach: false }), at(milestone));
        assert_eq!(track.step(at(milestone)), Step::Wait);
    }
    asking(&mut track, at(30 + STALE));
    track.learn(Fact::Block(BlockState::Pending { should_reattach: false }), at(30 + STALE));
    assert_eq!(track.step(at(30 + STALE)), Step::Submit);
}

#[test]
fn milestones_that_fly_by_make_no_block_old() {
    let mut track = asked(12);
    let soon = now(at(12).ms + 2_000, 12 + 10 * STALE);
    track.learn(Fact::Block(BlockState::Included { milestone: MilestoneIndex(11) }), soon);
    assert_eq!(track.step(soon), Step::Wait);
}

#[test]
fn makes_a_new_block_when_told_to() {
    let mut track = asked(12);
    assert_eq!(track.learn(Fact::Block(BlockState::Pending { should_reattach: true }), at(12)), None);
    assert_eq!(track.step(at(12)), Step::Submit);
}

#[test]
fn gives_an_unknown_block_some_time() {
    let mut track = asked(12);
    for milestone in 12..15 {
        track.learn(Fact::Block(BlockState::Unknown), at(milestone));
        assert_eq!(track.step(at(milestone)), Step::Wait);
        asking(&mut track, at(milestone + 1));
    }
    track.learn(Fact::Block(BlockState::Unknown), at(15));
    assert_eq!(track.step(at(15)), Step::Submit);
}

#[test]
fn a_conflict_over_an_input_may_be_our_own_earlier_block() {
    for code in OVER_AN_INPUT {
        let mut track = asked(12);
        assert_eq!(track.learn(conflict(code), at(12)), None);
        asking(&mut track, at(13));
        assert_eq!(track.learn(conflict(code), at(16)), None);
        assert_eq!(track.step(at(16)), Step::Wait);
        asking(&mut track, at(17));
        assert_eq!(track.learn(conflict(code), at(17)), None);
        assert_eq!(track.step(at(17)), Step::Submit);
    }
}

#[test]
fn another_conflict_rejects_and_is_not_tried_again() {
    for code in (0..=12).filter(|code| ![1, 2, 3, 6, 9].contains(code)) {
        let mut track = asked(12);
        let rejection = Record::Rejection { reason: "why".to_owned() };
        assert_eq!(track.learn(conflict(code), at(12)), Some(rejection));
        assert_eq!(track.step(now(u64::MAX, 4_000_000)), Step::Wait);
    }
}

#[test]
fn what_pays_only_ourselves_is_tried_again_now_and_then_whatever_a_node_says() {
    for code in (0..=u8::MAX).filter(|code| !OVER_AN_INPUT.contains(code)) {
        let mut track = asked(12).paying_ourselves(true);
        let mut heard = at(12);
        // also when it is said of the next block
        for _ in 0..2 {
            assert!(matches!(track.learn(conflict(code), heard), Some(Record::Rejection { .. })));
            assert_eq!(track.step(heard), Step::Pause { until_ms: heard.ms + REFUSED_PAUSE_MS });
            heard = now(heard.ms + REFUSED_PAUSE_MS, heard.milestone.0 + 100);
            assert_eq!(track.step(heard), Step::Submit);
            track.learn(Fact::Submitting, heard);
            assert_eq!(track.learn(Fact::Attached(block(1)), heard), Some(Record::Attachment(block(1))));
            heard = now(heard.ms + 10_000, heard.milestone.0 + 2);
            asking(&mut track, heard);
        }
    }
}

#[test]
fn what_a_person_wants_is_tried_again_at_once_and_only_when_it_is_rejected() {
    let mut track = asked(12);
    track.learn(conflict(5), at(12));
    assert_eq!(track.step(at(13)), Step::Wait);
    track.learn(Fact::Wanted, at(13));
    assert_eq!(track.step(at(13)), Step::Submit);
    let mut pending = asked(12);
    pending.learn(Fact::Block(BlockState::Pending { should_reattach: false }), at(12));
    let before = pending.clone();
    pending.learn(Fact::Wanted, at(12));
    assert_eq!(pending, before);
}

#[test]
fn a_conflict_that_time_heals_is_tried_again_now_and_then() {
    for code in [6, 9, 255] {
        let mut track = asked(12);
        let heard = at(12);
        assert!(matches!(track.learn(conflict(code), heard), Some(Record::Rejection { .. })));
        assert_eq!(track.step(heard), Step::Pause { until_ms: heard.ms + 600_000 });
        assert_eq!(track.step(now(heard.ms + 600_000, 200)), Step::Submit);
    }
}

#[test]
fn refusals_are_tried_on_other_parents_then_reject() {
    let refused = || Fact::Refused { reason: "no".to_owned() };
    let mut track = submitting(now(0, 1));
    let mut ms = 0;
    for _ in 1..REFUSALS {
        assert_eq!(track.learn(refused(), now(ms, 1)), None);
        let Step::Pause { until_ms } = track.step(now(ms, 1)) else { panic!("{track:?}") };
        ms = until_ms;
        assert_eq!(track.step(now(ms, 1)), Step::Submit);
        track.learn(Fact::Submitting, now(ms, 1));
    }
    assert_eq!(track.learn(refused(), now(ms, 1)), Some(Record::Rejection { reason: "no".to_owned() }));
    let Step::Pause { until_ms } = track.step(now(ms, 1)) else { panic!("{track:?}") };
    assert_eq!(until_ms - ms, REFUSED_PAUSE_MS);
    assert_eq!(track.step(now(until_ms, 1)), Step::Submit);
    track.learn(Fact::Submitting, now(until_ms, 1));
    assert_eq!(track.learn(Fact::Attached(block(2)), now(until_ms, 1)), Some(Record::Attachment(block(2))));
}

#[test]
fn pauses_double_up_to_a_minute() {
    let mut track = submitting(now(0, 1));
    let (mut ms, mut pauses) = (0, vec![]);
    for _ in 0..40 {
        track.learn(Fact::Unavailable, now(ms, 1));
        let Step::Pause { until_ms } = track.step(now(ms, 1)) else { panic!("{track:?}") };
        pauses.push(until_ms - ms);
        ms = until_ms;
        track.learn(Fact::Submitting, now(ms, 1));
    }
    assert_eq!(pauses[..7], [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]);
    assert!(pauses[7..].iter().all(|pause| *pause == 60_000));
}

#[test]
fn after_a_restart_it_asks_about_the_last_block_at_once() {
    let mut track = Track::attached(block(1), at(30));
    asking(&mut track, at(30));
    // the node does not know it, and it is old: another one
    track.learn(Fact::Block(BlockState::Unknown), at(30));
    assert_eq!(track.step(at(30)), Step::Submit);
}

#[test]
fn a_wallet_that_catches_up_asks_and_attaches_no_faster() {
    let mut track = asked(12);
    let start = at(12).ms;
    let (mut questions, mut submissions) = (1, 0);
    // ten thousand milestones in twenty seconds; the node has long seen the payment included
    for number in 0..10_000u32 {
        let now = now(start + u64::from(number) * 2, 12 + number);
        track.learn(conflict(1), now);
        match track.step(now) {
            Step::Ask(_) => {
                questions += 1;
                track.learn(Fact::Asking, now);
            }
            Step::Submit => {
                submissions += 1;
                track.learn(Fact::Submitting, now);
                track.learn(Fact::Attached(block(1)), now);
            }
            Step::Pause { .. } | Step::Wait => {}
        }
    }
    assert!((10..=21).contains(&questions), "{questions}");
    assert!(submissions <= 2, "{submissions}");
}

/// What an adversarial node may do next, and the clocks.
#[derive(Clone, Debug)]
enum Move {
    Time(u64),
    Milestones(u32),
    Attached,
    Unavailable,
    Refused,
    NoAnswer,
    Block(BlockState),
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (0u64..5_000).prop_map(Move::Time),
        3 => (1u32..4).prop_map(Move::Milestones),
        2 => Just(Move::Attached),
        1 => Just(Move::Unavailable),
        2 => Just(Move::Refused),
        1 => Just(Move::NoAnswer),
        1 => Just(Move::Block(BlockState::Unknown)),
        1 => any::<bool>().prop_map(|should_reattach| Move::Block(BlockState::Pending { should_reattach })),
        1 => (0u32..50).prop_map(|at| Move::Block(BlockState::Included { milestone: MilestoneIndex(at) })),
        2 => any::<u8>().prop_map(|code| Move::Block(BlockState::Conflicting { code, reason: "r".to_owned() })),
    ]
}

/// What is said of all blocks that never get in.
fn last_words() -> impl Strategy<Value = Fact> {
    prop_oneof![
        Just(Fact::NoAnswer),
        Just(Fact::Block(BlockState::Unknown)),
        any::<bool>().prop_map(|should_reattach| Fact::Block(BlockState::Pending { should_reattach })),
        any::<u32>().prop_map(|at| Fact::Block(BlockState::Included { milestone: MilestoneIndex(at) })),
        prop::sample::select(OVER_AN_INPUT.to_vec()).prop_map(conflict),
    ]
}

/// The simplest driver: one request at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnItsWay {
    Nothing,
    Submission,
    Question,
}

proptest! {
    #[test]
    fn an_adversarial_node_can_only_delay(
        script in prop::collection::vec(moves(), 0..120), last in last_words(), ours in any::<bool>()
    ) {
        let mut at = now(0, 10);
        let mut track = Track::signed(at).paying_ourselves(ours);
        let mut way = OnItsWay::Nothing;
        let mut questions = std::collections::HashMap::<(BlockId, u32), u32>::new();
        let mut final_conflict = false;
        for (number, step) in (0u8..).zip(script) {
            let fact = match step {
                Move::Time(ms) => { at.ms += ms; None }
                Move::Milestones(count) => { at.milestone.0 += count; None }
                Move::Attached => Some(Fact::Attached(block(number))),
                Move::Unavailable => Some(Fact::Unavailable),
                Move::Refused => Some(Fact::Refused { reason: "r".to_owned() }),
                Move::NoAnswer => Some(Fact::NoAnswer),
                Move::Block(state) => Some(Fact::Block(state)),
            };
            // an answer comes to a request only
            let fits = match &fact {
                None => true,
                Some(Fact::NoAnswer | Fact::Block(_)) => way == OnItsWay::Question,
                Some(_) => way == OnItsWay::Submission,
            };
            if let (Some(fact), true) = (fact, fits) {
                way = OnItsWay::Nothing;
                if let Fact::Block(BlockState::Conflicting { code, .. }) = &fact {
                    final_conflict = !OVER_AN_INPUT.contains(code);
                }
                let attached = if let Fact::Attached(block) = &fact { Some(*block) } else { None };
                let record = track.learn(fact, at);
                // a block that a node took is always on record
                prop_assert_eq!(attached.map(Record::Attachment), match record {
                    Some(Record::Attachment(block)) => Some(Record::Attachment(block)),
                    Some(Record::Rejection { .. }) | None => None,
                });
            }
            let step = track.step(at);
            match step {
                Step::Submit | Step::Ask(_) => prop_assert_eq!(way, OnItsWay::Nothing, "two requests at a time"),
                Step::Pause { until_ms } => prop_assert!(until_ms > at.ms && until_ms - at.ms <= REFUSED_PAUSE_MS),
                Step::Wait => {}
            }
            match step {
                Step::Submit => { track.learn(Fact::Submitting, at); way = OnItsWay::Submission; }
                Step::Ask(block) => {
                    let asked = questions.entry((block, at.milestone.0)).or_default();
                    *asked += 1;
                    prop_assert_eq!(*asked, 1, "two questions for one milestone");
                    track.learn(Fact::Asking, at);
                    way = OnItsWay::Question;
                }
                Step::Pause { .. } | Step::Wait => {}
            }
        }
        // From here on a node that takes blocks in earnest: unless the ledger's rules forbid the payment, one of it gets in, whatever
        // is said of the old ones.
        if final_conflict && !ours {
            return Ok(());
        }
        let mut included = false;
        for _ in 0..40 {
            at.ms += REFUSED_PAUSE_MS;
            at.milestone.0 += 1;
            let fact = match way {
                OnItsWay::Submission => { included = true; Fact::Attached(block(255)) }
                OnItsWay::Question if included => Fact::Block(BlockState::Pending { should_reattach: false }),
                OnItsWay::Question => last.clone(),
                OnItsWay::Nothing => match track.step(at) {
                    Step::Submit => { way = OnItsWay::Submission; Fact::Submitting }
                    Step::Ask(_) => { way = OnItsWay::Question; Fact::Asking }
                    Step::Pause { .. } | Step::Wait => continue,
                },
            };
            if !matches!(fact, Fact::Submitting | Fact::Asking) {
                way = OnItsWay::Nothing;
            }
            track.learn(fact, at);
        }
        prop_assert!(included, "an honest node never got a block: {:?}", track);
    }
}

#[test]
fn a_clock_that_is_put_back_does_not_stop_a_payment() {
    let day = 86_400_000;
    let mut track = submitting(now(day, 10));
    track.learn(Fact::Unavailable, now(day, 10));
    assert_eq!(track.step(now(day, 10)), Step::Pause { until_ms: day + PAUSE_MS });
    assert_eq!(track.step(now(0, 10)), Step::Submit);

    let mut track = submitting(now(day, 10));
    track.learn(Fact::Attached(block(1)), now(day, 10));
    assert_eq!(track.step(now(0, 11)), Step::Wait, "milestones count as ever");
    asking(&mut track, now(0, 12));
    track.learn(Fact::Block(BlockState::Unknown), now(0, 12));
    asking(&mut track, now(PAUSE_MS, 10 + PATIENCE));
    track.learn(Fact::Block(BlockState::Unknown), now(PAUSE_MS, 10 + PATIENCE));
    assert_eq!(track.step(now(PAUSE_MS, 10 + PATIENCE)), Step::Submit);

    let mut track = submitting(now(day, 10));
    for _ in 0..REFUSALS {
        track.phase = Phase::Submitting;
        track.learn(Fact::Refused { reason: "no".to_owned() }, now(day, 10));
    }
    assert_eq!(track.step(now(0, 10)), Step::Submit);
}
