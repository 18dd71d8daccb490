//! Runs simulations: `simulate --cases 1000000`, one seed again: `simulate --seed N --shrink`, or a
//! directed script: `simulate --directed N`. `--shuffled` has nothing go wrong but the order of webhooks.

#![allow(clippy::print_stdout, reason = "it is a command")]

use std::{collections::BTreeSet, process::ExitCode, time::Instant};

use latchkey_tests::simulation::{PEOPLE, Script, command, directed, run, shrink, transitions};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn number(name: &str) -> Option<u64> {
    let mut args = std::env::args().skip_while(|arg| arg != name).skip(1);
    args.next()?.parse().ok()
}

fn flag(name: &str) -> bool {
    std::env::args().any(|arg| arg == name)
}

fn main() -> ExitCode {
    let people = number("--people")
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(PEOPLE);
    if let Some(seed) = number("--seed") {
        return one(seed, people);
    }
    if let Some(nth) = number("--directed") {
        let (what, script) = directed()
            .into_iter()
            .nth(usize::try_from(nth).unwrap_or(usize::MAX))
            .expect("there is no directed script of that number");
        println!("{what}");
        return shown(script);
    }
    let wanted = number("--cases").unwrap_or(10_000);
    let first = number("--from").unwrap_or(1);
    many(first, usize::try_from(wanted).unwrap_or(usize::MAX), people)
}

fn one(seed: u64, people: usize) -> ExitCode {
    let mut script = Script::of(seed, people);
    if flag("--shuffled") {
        script = script.in_order().shuffled();
    }
    if flag("--shrink")
        && let Some(smaller) = shrink(script.clone())
    {
        script = smaller;
        println!("{script:#?}");
    }
    shown(script)
}

fn shown(script: Script) -> ExitCode {
    let outcome = run(script, true);
    for line in &outcome.timeline {
        println!("{line}");
    }
    println!(
        "{} cases, {} closed, {} left to operators",
        outcome.cases, outcome.closed, outcome.left
    );
    for line in &outcome.broken {
        println!("BROKEN {line}");
    }
    ExitCode::from(u8::from(!outcome.broken.is_empty()))
}

fn many(first: u64, wanted: usize, people: usize) -> ExitCode {
    let began = Instant::now();
    let (mut cases, mut closed, mut left, mut failed, mut seed) = (0, 0, 0, 0, first);
    let mut shown = 0;
    let mut taken = BTreeSet::new();
    for (what, script) in directed() {
        let outcome = run(script, false);
        cases += outcome.cases;
        closed += outcome.closed;
        left += outcome.left;
        if let Some(line) = outcome.broken.first() {
            failed += 1;
            println!("directed ({what}): {line}");
        }
        taken.extend(outcome.transitions);
    }
    while cases < wanted {
        let script = Script::of(seed, people);
        let script = match flag("--shuffled") {
            true => script.in_order().shuffled(),
            false => script,
        };
        let outcome = run(script, false);
        cases += outcome.cases;
        closed += outcome.closed;
        left += outcome.left;
        if let Some(line) = outcome.broken.first() {
            failed += 1;
            let order = if flag("--shuffled") {
                " --shuffled"
            } else {
                ""
            };
            println!("seed {seed}: {line}\n  {}{order}", command(seed));
        }
        seed += 1;
        taken.extend(outcome.transitions);
        if cases / 20_000 > shown {
            shown = cases / 20_000;
            let took = began.elapsed().as_secs_f64();
            println!("{cases} cases in {took:.0} s, {failed} seeds failed");
        }
    }
    let took = began.elapsed().as_secs_f64();
    println!(
        "{cases} cases ({closed} closed, {left} left to operators) of seeds {first} to {} in {took:.1} s, {:.0} a second; \
         {failed} seeds failed",
        seed - 1,
        cases as f64 / took
    );
    let all = transitions();
    println!(
        "{} of {} transitions of the workflow were taken; not taken:",
        taken.len(),
        all.len()
    );
    for transition in all.difference(&taken) {
        println!("  {transition}");
    }
    ExitCode::from(u8::from(failed > 0))
}
