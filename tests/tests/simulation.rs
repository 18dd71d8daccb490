//! Simulations of fresh seeds, and that the same seed is the same run.
//!
//! `SIMULATE_CASES` says how many cases (60 without it); a failing seed is printed with the command that runs it again.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::time::{SystemTime, UNIX_EPOCH};

use latchkey_tests::simulation::{PEOPLE, Script, command, run};

#[test]
fn fresh_seeds_break_no_promise() {
    let wanted = std::env::var("SIMULATE_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(60);
    let first = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    let mut seed = u64::try_from(first).unwrap();
    println!("first seed {seed}");
    let mut cases = 0;
    while cases < wanted {
        let outcome = run(Script::of(seed, PEOPLE), false);
        assert!(
            outcome.broken.is_empty(),
            "{:#?}\nagain: {}",
            outcome.broken,
            command(seed)
        );
        cases += outcome.cases;
        seed += 1;
    }
    println!("{cases} cases");
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
