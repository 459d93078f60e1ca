use super::*;

fn id(number: u8) -> BlockId {
    BlockId::new([number; 32])
}

fn attach(tangle: &mut Tangle, number: u8, parents: &[u8]) -> Result<(), AttachError> {
    attach_as(tangle, number, parents, Attachment::default())
}

fn attach_as(tangle: &mut Tangle, number: u8, parents: &[u8], kind: Attachment) -> Result<(), AttachError> {
    let parents = parents.iter().map(|parent| id(*parent)).collect();
    tangle.attach(id(number), Arc::new([]), parents, kind)
}

/// Confirms everything the tips refer to, as a milestone does.
fn milestone(tangle: &mut Tangle, index: u32) -> Vec<BlockId> {
    let cone: Vec<_> = tangle.past_cone(&tangle.select_tips()).into_iter().map(|(id, _)| id).collect();
    let blocks = cone.iter().map(|id| (*id, Inclusion::NoTransaction)).collect();
    tangle.confirm(index, blocks);
    cone
}

#[test]
fn unknown_parents_are_not_solid() {
    let mut tangle = Tangle::new(15);
    assert_eq!(attach(&mut tangle, 1, &[9]), Err(AttachError::NotSolid));
    assert!(tangle.get(&id(1)).is_none());
    assert_eq!(attach(&mut tangle, 1, &[0]), Ok(()));
    assert_eq!(attach(&mut tangle, 2, &[1, 9]), Err(AttachError::NotSolid));
}

#[test]
fn tips_are_what_nobody_refers_to() {
    let mut tangle = Tangle::new(15);
    assert_eq!(tangle.select_tips(), [id(0)]);
    for number in 1..=3 {
        attach(&mut tangle, number, &[0]).unwrap();
    }
    assert_eq!(tangle.select_tips(), [id(1), id(2), id(3)]);
    attach(&mut tangle, 4, &[1, 2]).unwrap();
    assert_eq!(tangle.select_tips(), [id(3), id(4)]);
    attach(&mut tangle, 4, &[1, 2]).unwrap();
    assert_eq!(tangle.tip_count(), 2, "a known block changes nothing");
}

#[test]
fn the_cone_is_depth_first_in_the_order_of_parents() {
    let mut tangle = Tangle::new(15);
    for (number, parents) in [(1, &[0][..]), (2, &[1]), (3, &[1]), (4, &[2, 3]), (5, &[3]), (6, &[0])] {
        attach(&mut tangle, number, parents).unwrap();
    }
    let order = |parents: &[u8]| -> Vec<_> {
        let parents: Vec<_> = parents.iter().map(|parent| id(*parent)).collect();
        tangle.past_cone(&parents).into_iter().map(|(id, _)| id).collect()
    };
    assert_eq!(order(&[4, 5, 6]), [1, 2, 3, 4, 5, 6].map(id));
    assert_eq!(order(&[5, 4]), [1, 3, 5, 2, 4].map(id));
    assert_eq!(order(&[6, 0]), [id(6)]);
}

#[test]
fn confirmed_blocks_end_the_cone() {
    let mut tangle = Tangle::new(15);
    attach(&mut tangle, 1, &[0]).unwrap();
    assert_eq!(milestone(&mut tangle, 1), [id(1)]);
    attach(&mut tangle, 2, &[1]).unwrap();
    assert_eq!(milestone(&mut tangle, 2), [id(2)]);
    let referenced = tangle.get(&id(2)).unwrap().referenced.unwrap();
    assert_eq!((referenced.milestone, referenced.white_flag_index), (2, 0));
}

#[test]
fn withheld_blocks_grow_old_until_they_are_below_max_depth() {
    let mut tangle = Tangle::new(15);
    attach(&mut tangle, 1, &[0]).unwrap();
    milestone(&mut tangle, 1);
    let withheld = Attachment { withheld: true, ..Attachment::default() };
    attach_as(&mut tangle, 2, &[1], withheld).unwrap();
    // its root is milestone 1
    for (confirmed, expected) in
        [(1, (false, false)), (9, (false, false)), (10, (true, false)), (16, (true, false)), (17, (false, true))]
    {
        tangle.confirm(confirmed, Vec::new());
        let record = tangle.get(&id(2)).unwrap();
        assert_eq!(tangle.advice(record), expected, "{confirmed}");
        let attached = attach(&mut tangle, 50 + u8::try_from(confirmed).unwrap(), &[2]);
        assert_eq!(attached.is_err(), expected.1, "{confirmed}");
    }
    assert_eq!(attach(&mut tangle, 9, &[2]), Err(AttachError::BelowMaxDepth));
    assert_eq!(attach(&mut tangle, 9, &[1]), Err(AttachError::BelowMaxDepth));
}

#[test]
fn the_node_itself_merges_a_tip_that_grew_too_old() {
    let mut tangle = Tangle::new(15);
    attach(&mut tangle, 1, &[0]).unwrap();
    milestone(&mut tangle, 1);
    tangle.confirm(16, Vec::new());
    attach(&mut tangle, 2, &[1]).unwrap();
    // it came while this milestone was being made
    tangle.confirm(17, Vec::new());
    assert_eq!(attach(&mut tangle, 3, &[2]), Err(AttachError::BelowMaxDepth));
    let own = Attachment { own: true, ..Attachment::default() };
    assert_eq!(attach_as(&mut tangle, 3, &[2], own), Ok(()));
    assert_eq!(milestone(&mut tangle, 18), [id(2), id(3)]);
}

#[test]
fn pruning_forgets_confirmed_blocks_only() {
    let mut tangle = Tangle::new(15);
    attach(&mut tangle, 1, &[0]).unwrap();
    milestone(&mut tangle, 1);
    attach(&mut tangle, 2, &[1]).unwrap();
    milestone(&mut tangle, 2);
    attach(&mut tangle, 3, &[2]).unwrap();
    tangle.prune(1);
    assert!(tangle.get(&id(1)).is_none());
    assert!(tangle.get(&id(2)).is_some() && tangle.get(&id(3)).is_some());
    assert_eq!(attach(&mut tangle, 4, &[3]), Ok(()));
}
