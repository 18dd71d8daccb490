//! Simulations, and that the same seed is the same run.
//!
//! A failing seed is printed with the command that runs it again.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use latchkey_tests::simulation::{PEOPLE, Sabotage, Script, directed, explain, run, transitions};

/// Seeds that are played each time. With `SIMULATE_CASES` so many cases are played instead, of seeds from
/// `SIMULATE_FROM` on, or else of fresh ones.
const PLAYED: u64 = 18;

#[test]
fn no_promise_is_broken() {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let wanted = number("SIMULATE_CASES").and_then(|n| usize::try_from(n).ok());
    let fresh = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::try_from(now.as_nanos()).unwrap()
    };
    let first = wanted.map_or(1, |_| number("SIMULATE_FROM").unwrap_or_else(fresh));
    println!("first seed {first}");
    let (next, cases) = (AtomicU64::new(first), AtomicUsize::new(0));
    let more = |seed: u64| match wanted {
        Some(wanted) => cases.load(Ordering::Relaxed) < wanted,
        None => seed < first + PLAYED,
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !more(seed) {
                        return;
                    }
                    let outcome = run(Script::of(seed, PEOPLE), false);
                    assert!(
                        outcome.broken.is_empty(),
                        "{:#?}\n{}",
                        outcome.broken,
                        explain(seed, PEOPLE)
                    );
                    cases.fetch_add(outcome.cases, Ordering::Relaxed);
                }
            });
        }
    });
    println!("{} cases", cases.load(Ordering::Relaxed));
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [1, 2] {
        let [one, other] = [0; 2].map(|_| run(Script::of(seed, 4), false));
        assert_eq!(
            (one.digest, one.cases, one.closed),
            (other.digest, other.cases, other.closed),
            "{seed}"
        );
        assert!(one.cases > 3);
    }
}

/// Seeds that go ways which no directed script goes.
const SEEDS: std::ops::Range<u64> = 100..103;

#[test]
fn every_way_through_the_workflow_is_taken_and_breaks_no_promise() {
    let mut taken = BTreeSet::new();
    for (what, script) in directed() {
        let outcome = run(script, false);
        assert_eq!(outcome.broken, [""; 0], "{what}");
        taken.extend(outcome.transitions);
    }
    for seed in SEEDS {
        let outcome = run(Script::of(seed, PEOPLE), false);
        assert_eq!(outcome.broken, [""; 0], "seed {seed}");
        taken.extend(outcome.transitions);
    }
    let all = transitions();
    let missing: Vec<String> = all.difference(&taken).map(ToString::to_string).collect();
    assert!(
        missing.is_empty(),
        "{} of {} ways were not taken:\n{}",
        missing.len(),
        all.len(),
        missing.join("\n")
    );
}

/// Seeds that the judge or the world of an earlier day were wrong about: a confirmer's word that had been cut off was
/// taken for one that counts; no sweep came after one that could not look at an execution; a letter that says LATE to whoever
/// is asked anew after the second team's no was not counted as being told.
const ONCE_REPORTED: [u64; 11] = [
    300_009_903,
    10_002_228,
    20_003_688,
    30_000_121,
    30_002_265,
    30_003_437,
    30_003_511,
    30_010_184,
    40_002_654,
    40_009_639,
    40_011_034,
];

#[test]
fn seeds_that_were_once_reported_break_no_promise() {
    for seed in ONCE_REPORTED {
        let outcome = run(Script::of(seed, PEOPLE), false);
        assert_eq!(outcome.broken, [""; 0], "seed {seed}");
    }
}

/// How many seeds a sabotage may stay hidden for.
const HIDDEN: u64 = 12;

#[test]
fn every_sabotage_is_found() {
    for (sabotage, promise, first) in Sabotage::ALL {
        let mut seeds = first..first + HIDDEN;
        let found = seeds.find(|seed| {
            let broken = run(Script::of(*seed, 7).with(sabotage), false).broken;
            broken.iter().any(|line| line.starts_with(promise))
        });
        println!("{sabotage:?}: seed {found:?}");
        assert!(
            found.is_some(),
            "{sabotage:?} breaks {promise}, and the judge did not see it in {HIDDEN} seeds"
        );
    }
}

#[test]
fn webhooks_in_any_order_come_to_the_same_end() {
    let mut compared = 0;
    for seed in 1..=SHUFFLED {
        let script = Script::of(seed, PEOPLE).in_order();
        let ordered = run(script.clone(), false);
        let shuffled = run(script.shuffled(), false);
        for outcome in [&ordered, &shuffled] {
            assert_eq!(outcome.broken, [""; 0], "seed {seed}");
        }
        for (whose, end) in &shuffled.ends {
            // What came in an order in which nobody can know what it was about, HR was asked to carry out by hand.
            if let Some(wanted) = ordered.ends.get(whose) {
                assert_eq!(end, wanted, "seed {seed}: {whose}");
                compared += 1;
            }
        }
    }
    let people = usize::try_from(SHUFFLED).unwrap() * PEOPLE;
    assert!(compared > people, "only {compared} ends were compared");
}

/// How many seeds are played in order and shuffled.
const SHUFFLED: u64 = 4;
