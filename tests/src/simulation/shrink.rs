//! Leaves out of a failing script what it does not need to fail.

use jiff::Timestamp;

use super::{run, script::Script};

/// How many scripts are tried, so that it ends in minutes.
const MOST: u32 = 400;

/// The smallest script found that still breaks a promise of the same number. `None` when the script breaks none.
pub fn shrink(script: Script) -> Option<Script> {
    let broken = run(script.clone(), false).broken;
    let promise = broken.first()?.chars().take(9).collect::<String>();
    let fails = |script: &Script| {
        let broken = run(script.clone(), false).broken;
        broken.iter().any(|line| line.starts_with(&promise))
    };
    let mut best = script;
    let mut tries = 0;
    loop {
        let found = smaller(&best)
            .into_iter()
            .take_while(|_| {
                tries += 1;
                tries <= MOST
            })
            .find(|script| fails(script));
        match found {
            Some(script) => best = script,
            None => return Some(best),
        }
    }
}

/// Every script with one thing less, the largest things first.
fn smaller(script: &Script) -> Vec<Script> {
    let mut all = Vec::new();
    let people = script.people.len();
    if people > 1 {
        for half in [&script.people[..people / 2], &script.people[people / 2..]] {
            all.push(Script {
                people: half.to_vec(),
                ..script.clone()
            });
        }
        for n in 0..people {
            let mut less = script.clone();
            less.people.remove(n);
            all.push(less);
        }
    }
    for fault in &script.faults {
        let mut less = script.clone();
        less.faults.remove(fault);
        all.push(less);
    }
    for n in 0..script.certain.len() {
        let mut less = script.clone();
        less.certain.remove(n);
        all.push(less);
    }
    let instants: [fn(&mut Script) -> &mut Vec<Timestamp>; 3] = [
        |it| &mut it.restarts,
        |it| &mut it.losses,
        |it| &mut it.sweeps,
    ];
    for of in instants {
        for n in 0..of(&mut script.clone()).len() {
            let mut less = script.clone();
            of(&mut less).remove(n);
            all.push(less);
        }
    }
    for (n, life) in script.people.iter().enumerate() {
        for nth in 0..life.happenings.len() {
            for copy in 0..life.happenings[nth].deliveries.len() {
                if life.happenings[nth].deliveries.len() > 1 {
                    let mut less = script.clone();
                    less.people[n].happenings[nth].deliveries.remove(copy);
                    all.push(less);
                }
            }
        }
        // What happened last is left out first: the rest still makes sense.
        if !life.happenings.is_empty() {
            let mut less = script.clone();
            less.people[n].happenings.pop();
            all.push(less);
        }
    }
    all
}
