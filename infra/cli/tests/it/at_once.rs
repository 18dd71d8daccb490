//! What an operator changes while `latchkey up` runs acts at once: no sweep is made here.

use crate::{
    said,
    service::{Up, desk, hires, letters, state, until},
};

#[test]
fn what_an_operator_waives_or_has_planned_anew_acts_at_once() {
    let directory = desk();
    let dir = directory.path();
    let up = Up::start(dir, &[]);
    let case = hires(dir, "31");
    until(dir, &case, |case| state(case, "training") == "asked");
    // What is asked anew before its letter went out is one letter.
    until(dir, &case, |_| letters(dir, "Train them").len() == 1);
    let by = |more: &[&str]| {
        let signed = ["--by", "Olga", "--dir", dir.to_str().unwrap()];
        said(&[more, &signed[..]].concat())
    };

    let again = by(&["redrive", &case]);
    assert_eq!(again.status, Some(0), "{}", again.errors);
    assert!(again.output.contains("goes on now"), "{}", again.output);
    until(dir, &case, |_| letters(dir, "Train them").len() == 2);

    let out = by(&["waive", &case, "training", "--reason", "no trainer"]);
    assert!(out.output.contains("goes on now"), "{}", out.output);
    until(dir, &case, |case| state(case, "tour") == "asked");
    assert_eq!(letters(dir, "Train them").len(), 2, "asked by nobody again");

    // Where none runs, that is said, also when the one that ran was killed and has left its note.
    drop(up);
    let later = by(&["redrive", &case, "--json"]);
    assert!(
        later.output.contains("with the next start"),
        "{}",
        later.output
    );
    let later = by(&["redrive", &case]);
    let words = "the rest goes on once `latchkey up` is started there";
    assert!(later.output.contains(words), "{}", later.output);
}

#[test]
fn a_runbook_that_is_published_while_it_runs_counts_from_the_next_event_on() {
    let directory = desk();
    let dir = directory.path();
    let _up = Up::start(dir, &[]);
    let runbook = dir.join("runbook");
    let file = runbook.join("runbook.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("  training:", "  badge: {title: Give them a badge, owner: hr, instructions: Give., opens: now, due: within 8 hours}\n  training:")).unwrap();
    let dir_text = dir.to_str().unwrap();
    let published = said(&["publish", runbook.to_str().unwrap(), "--dir", dir_text]);
    assert_eq!(published.status, Some(0), "{}", published.errors);
    let case = hires(dir, "31");
    until(dir, &case, |case| state(case, "badge") == "asked");
}
