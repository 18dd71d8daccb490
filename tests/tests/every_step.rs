//! Promise 3, for every kind of event: each step run twice, late, failed before and after its work, and cut off at each
//! call that it makes to ledger, system, mail or workflow. All come to the end of the plain run.
//!
//! With `EVERY_STEP=all` all of it is run, 4,900 stories; with a number each so manieth; without it fewer still. Which
//! of them follows from `PROPTEST_RNG_SEED`: another seed runs others.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::collections::BTreeSet;

use latchkey_embedded::MAIL;
use latchkey_lifecycle::EventKind;
use latchkey_tests::simulation::{End, Met, STORIES, Story, Way, play};

/// Whether a call that is cut off is still carried out.
const CUTS: [bool; 2] = [false, true];

/// Counts runs, and says which of them are run: all, or each so manieth.
struct Runs {
    each: usize,
    first: usize,
    all: usize,
    run: usize,
}

impl Runs {
    fn each(each: usize) -> Runs {
        let wanted = match std::env::var("EVERY_STEP").as_deref() {
            Ok("all") => 1,
            Ok(manieth) => manieth.parse().expect("EVERY_STEP is `all` or a number"),
            Err(_) => each,
        };
        let each = each.min(wanted);
        let seed = std::env::var("PROPTEST_RNG_SEED").ok();
        let seed: u64 = seed.map_or(0, |seed| seed.parse().expect("a seed is a number"));
        let of_seed = seed % u64::try_from(each).unwrap();
        Runs {
            each,
            first: usize::try_from(of_seed).unwrap(),
            all: 0,
            run: 0,
        }
    }

    fn next(&mut self) -> bool {
        let runs = self.all % self.each == self.first;
        self.all += 1;
        self.run += usize::from(runs);
        runs
    }
}

fn plain(story: &Story) -> End {
    let end = play(story, Way::Plain, None);
    assert_eq!(end.broken, [""; 0], "{}", story.name);
    end
}

/// Plays it otherwise, to the same end. Gives how many steps met something.
#[track_caller]
fn same(story: &Story, plain: &End, way: Way, only: Option<&str>) -> usize {
    let end = play(story, way, only);
    let may_double = matches!(way, Way::Cut { .. });
    let differences = end.differences(plain, may_double);
    assert!(
        differences.is_empty(),
        "{}, {way:?} {}: {differences:#?}",
        story.name,
        only.unwrap_or("every step")
    );
    end.struck
}

#[test]
fn there_is_a_story_of_every_kind_of_event() {
    let told: BTreeSet<EventKind> = STORIES.iter().flat_map(Story::kinds).collect();
    assert_eq!(told, EventKind::ALL.into());
}

/// What a hire's steps may ask of ledger, system, mail and workflow: on AWS each call is some milliseconds of somebody's
/// wait, and is paid for.
const MOST_CALLS: [(&str, u32); 2] = [("system-scim ", 17), ("verify ", 13)];

#[test]
fn no_step_asks_more_than_it_needs() {
    let hire = plain(&STORIES[0]);
    for (function, most) in MOST_CALLS {
        let steps = hire.steps.iter();
        let of_it = steps.filter(|step| step.name.starts_with(function));
        let calls: Vec<(&str, u32)> = of_it.map(|s| (s.name.as_str(), s.calls)).collect();
        assert!(!calls.is_empty(), "no step of {function}");
        let within = calls.iter().all(|(_, calls)| *calls <= most);
        assert!(within, "{calls:#?}");
    }
}

#[test]
fn every_step_twice_late_or_failed_comes_to_the_same_end() {
    let mut struck = 0;
    for story in &STORIES {
        let plain = plain(story);
        for way in [Way::Twice, Way::Late, Way::FailedBefore, Way::FailedAfter] {
            let met = same(story, &plain, way, None);
            // How often letters are sent depends on when they were written.
            let of_workflow = |step: &&Met| !step.name.starts_with(MAIL);
            let steps = plain.steps.iter().filter(of_workflow).count();
            assert!(met >= steps, "{met} of {steps}");
            struck += met;
        }
    }
    println!("{} stories, {struck} steps", STORIES.len());
}

#[test]
fn each_step_failed_alone_comes_to_the_same_end() {
    let mut runs = Runs::each(3);
    for story in &STORIES {
        let plain = plain(story);
        for step in &plain.steps {
            for way in [Way::FailedBefore, Way::FailedAfter] {
                if runs.next() {
                    assert_eq!(same(story, &plain, way, Some(&step.name)), 1);
                }
            }
        }
    }
    println!("{} of {} runs with one failure", runs.run, runs.all);
}

#[test]
fn every_step_cut_off_at_its_nth_call_comes_to_the_same_end() {
    let mut runs = Runs::each(2);
    let mut cuts = 0;
    for story in &STORIES {
        let plain = plain(story);
        let most = plain.steps.iter().map(|step| step.calls).max().unwrap();
        for nth in 1..=most {
            for carried_out in CUTS {
                if runs.next() {
                    let struck = same(story, &plain, Way::Cut { nth, carried_out }, None);
                    assert!(struck > 0, "{} {nth}", story.name);
                    cuts += struck;
                }
            }
        }
    }
    println!("{} of {} runs, {cuts} cuts", runs.run, runs.all);
}

#[test]
fn each_call_of_each_step_cut_off_alone_comes_to_the_same_end() {
    let mut runs = Runs::each(31);
    for story in &STORIES {
        let plain = plain(story);
        for step in &plain.steps {
            for nth in 1..=step.calls {
                for carried_out in CUTS {
                    if runs.next() {
                        let way = Way::Cut { nth, carried_out };
                        assert_eq!(same(story, &plain, way, Some(&step.name)), 1);
                    }
                }
            }
        }
    }
    println!("{} of {} runs with one cut", runs.run, runs.all);
}
