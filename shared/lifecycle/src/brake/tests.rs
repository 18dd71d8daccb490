use proptest::prelude::*;

use super::*;

fn case(n: usize) -> CaseId {
    CaseId::new(format!("exit-{n}")).unwrap()
}

const LIMIT: Limit = Limit {
    most: 3,
    within: SignedDuration::from_hours(24),
};

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + minutes * 60).unwrap()
}

/// A brake, and when each case was counted.
#[derive(Default)]
struct Met {
    brake: Brake,
    counted: BTreeMap<CaseId, Timestamp>,
}

impl Met {
    fn lets_pass(&mut self, load: Load, case: &CaseId, now: Timestamp, limit: Limit) -> bool {
        let counted = self.counted.get(case).copied();
        match self.brake.lets_pass(load, case, counted, now, limit) {
            Passage::Counted => drop(self.counted.insert(case.clone(), now)),
            Passage::Again => {}
            Passage::Held | Passage::Full => return false,
        }
        true
    }
}

impl std::ops::Deref for Met {
    type Target = Brake;
    fn deref(&self) -> &Brake {
        &self.brake
    }
}

impl std::ops::DerefMut for Met {
    fn deref_mut(&mut self) -> &mut Brake {
        &mut self.brake
    }
}

/// An item of the ledger takes 400 KB.
#[test]
fn it_stays_within_an_item_whatever_comes() {
    let mut it = Brake::default();
    let most = Limit {
        most: 1_000_000,
        within: SignedDuration::from_hours(24),
    };
    for n in 0..100_000 {
        let now = at(n as i64 / 50);
        assert_eq!(
            it.lets_pass(Load::Hires, &case(n), None, now, most),
            Passage::Counted
        );
    }
    let long = |n: usize| CaseId::new(format!("hire-rescinded-{n:024}-5f0c2a91")).unwrap();
    let mut full = 0;
    for n in 0..20_000 {
        let said = it.lets_pass(Load::Exits, &long(n), None, at(2_000), LIMIT);
        full += usize::from(said == Passage::Full);
        if n == 5_000 {
            it.rule(Ruling::Confirmed { by: "Ada".into() });
        }
    }
    assert!(full > 10_000);
    let bytes = serde_json::to_string(&it).unwrap().len();
    assert!(bytes < 390_000, "{bytes}");
}

#[test]
fn what_an_earlier_version_counted_counts() {
    let passed = serde_json::json!({
        "passed": { "exits": { "exit-0": at(0), "exit-1": at(0), "exit-2": at(0) } }, "held": [], "asking": null,
    });
    let mut it: Brake = serde_json::from_value(passed).unwrap();
    let mut says = |n, minute| it.lets_pass(Load::Exits, &case(n), None, at(minute), LIMIT);
    assert_eq!(says(1, 10), Passage::Again);
    assert_eq!(says(3, 10), Passage::Held);
    assert_eq!(says(4, 24 * 60 + 10), Passage::Counted);
}

#[test]
fn so_many_pass_and_the_others_wait_for_one_question() {
    let mut it = Met::default();
    let passes: Vec<bool> = (0..5)
        .map(|n| it.lets_pass(Load::Exits, &case(n), at(0), LIMIT))
        .collect();
    assert_eq!(passes, [true, true, true, false, false]);
    assert_eq!((it.held().len(), it.asking()), (2, Some(&case(3))));
    assert!(it.lets_pass(Load::UrgentExits, &case(9), at(0), LIMIT));
    assert!(it.lets_pass(Load::Exits, &case(0), at(1), LIMIT));
    assert!(!it.lets_pass(Load::Exits, &case(3), at(10_000), LIMIT));
    assert_eq!(it.release(&case(4)), None);
    assert_eq!(it.release(&case(3)), None);
    assert_eq!(it.asking(), None);
}

#[test]
fn the_question_goes_over_to_the_next_case_that_is_held() {
    let mut it = Met::default();
    for n in 0..5 {
        it.lets_pass(Load::Exits, &case(n), at(0), LIMIT);
    }
    assert_eq!(it.release(&case(3)), Some(&case(4)));
    assert_eq!(it.asking(), Some(&case(4)));
}

#[test]
fn a_ruling_is_about_what_was_held_then_and_counting_begins_anew() {
    let mut it = Met::default();
    let yes = || Ruling::Confirmed { by: "Ada".into() };
    assert!(!it.rule(yes()), "nothing is held");
    for n in 0..5 {
        it.lets_pass(Load::Exits, &case(n), at(0), LIMIT);
    }
    assert!(it.rule(yes()));
    for n in 5..9 {
        assert_eq!(it.lets_pass(Load::Exits, &case(n), at(1), LIMIT), n < 8);
    }
    // What came since is another question, and waits for its own answer.
    assert_eq!(it.asking(), Some(&case(8)));
    assert!(!it.rule(yes()), "the first ruling is not carried out yet");
    let ruled = it.ruled().unwrap();
    assert_eq!(ruled.cases, [case(3), case(4)].into());
    assert_eq!(ruled.asked, Some(case(3)));
    let all: Vec<CaseId> = it.ruled().unwrap().cases.iter().cloned().collect();
    assert!(it.carried_out(&all));
    assert_eq!(it.held(), &[case(8)].into());
    assert!(it.rule(yes()));
}

proptest! {
    /// In no 24 hours do more pass than the limit says, in whatever order and however often they come.
    #[test]
    fn never_more_than_the_limit(came in prop::collection::vec((0usize..40, 0i64..4_000), 0..80)) {
        let mut came = came;
        came.sort_by_key(|(_, minute)| *minute);
        let mut it = Met::default();
        let mut passed: BTreeMap<CaseId, i64> = BTreeMap::new();
        for (n, minute) in came {
            if it.lets_pass(Load::Exits, &case(n), at(minute), LIMIT) {
                let first = passed.get(&case(n)).is_none_or(|was| minute - was >= 24 * 60);
                if first {
                    passed.insert(case(n), minute);
                }
            }
            let lately = passed.values().filter(|at| minute - **at < 24 * 60).count();
            prop_assert!(lately <= LIMIT.most, "{lately}");
        }
    }
}

fn decided(goes_on: &[usize], left_out: &[usize], second: Option<&str>) -> Decided {
    Decided {
        by: "Ada".into(),
        second: second.map(str::to_owned),
        goes_on: goes_on.iter().map(|n| case(*n)).collect(),
        left_out: left_out.iter().map(|n| case(*n)).collect(),
        each: OneByOne {
            address: "ada@acme.example".into(),
            list: "41c09e".into(),
            looked_at: at(0),
            decided_at: at(1),
            go_on: 0,
            leave_out: 0,
        },
    }
}

#[test]
fn some_are_decided_by_name_and_the_others_stay_held() {
    let mut it = Met::default();
    for n in 0..8 {
        it.lets_pass(Load::Exits, &case(n), at(0), LIMIT);
    }
    assert!(!it.rule_each(decided(&[1, 99], &[], None)), "not held");
    // What is not held any more is left alone.
    assert!(it.rule_each(decided(&[3, 5, 99], &[4], None)));
    assert_eq!(it.held(), &[case(6), case(7)].into());
    assert_eq!(it.asking(), Some(&case(6)), "the next one asks");
    assert!(!it.rule_each(decided(&[6], &[], None)), "one at a time");
    let ruled = it.ruled().unwrap().clone();
    let each = ruled.each.as_ref().unwrap();
    assert_eq!((ruled.left(), each.go_on, each.leave_out), (3, 2, 1));
    assert_eq!(ruled.next(1), [case(5)]);
    assert!(!it.carried_out(&[case(5), case(4)]));
    assert_eq!(it.ruled().unwrap().next(50), [case(3)], "who asked is last");
    assert!(it.carried_out(&[case(3)]));
    // As long as some are held, the flood is not over.
    assert!(!it.lets_pass(Load::Exits, &case(9), at(2), LIMIT));
    assert!(it.rule_each(decided(&[7], &[6, 9], None)));
    assert!(it.lets_pass(Load::Exits, &case(10), at(3), LIMIT));
}

#[test]
fn what_takes_two_people_is_not_taken_apart() {
    let mut it = Met::default();
    for n in 0..13 {
        it.lets_pass(Load::Exits, &case(n), at(0), LIMIT);
    }
    let two = Some(4);
    assert!(!it.takes_two(10, None));
    assert!(!it.takes_two(4, two) && it.takes_two(5, two));
    assert!(it.rule_each(decided(&[3, 4, 5], &[], None)));
    let next = it.ruled().unwrap().next(50);
    it.carried_out(&next);
    it.carried_out(&[case(3)]);
    assert!(!it.takes_two(1, two) && it.takes_two(2, two));
    // What two decided counts for nobody alone.
    assert!(it.rule_each(decided(&[6, 7, 8], &[9], Some("Bob"))));
    assert_eq!(it.ruled().unwrap().ruling.by(), "Ada and Bob");
    assert_eq!(it.decided_alone(), 3);
    for n in 10..13 {
        it.release(&case(n));
    }
    assert_eq!(it.decided_alone(), 0, "nothing is held any more");
}

#[test]
fn a_ruling_of_an_earlier_release_is_carried_out() {
    let json = serde_json::json!({ "held": [], "asking": null, "ruled": {
        "ruling": { "confirmed": { "by": "Ada" } }, "cases": ["exit-1", "exit-2"], "asked": "exit-1",
    }});
    let it: Brake = serde_json::from_value(json).unwrap();
    let ruled = it.ruled().unwrap();
    assert_eq!((ruled.next(50), ruled.left()), (vec![case(2)], 2));
}
