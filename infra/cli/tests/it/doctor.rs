//! `latchkey doctor`: what is to be done before Latchkey may act, told by a running one and without one.

use std::path::Path;

use serde_json::Value;

use crate::{
    Said, said,
    service::{Up, desk, hires, letters},
};

/// More looks than any machine needs.
const LOOKS: usize = 500;

fn doctor(dir: &Path, more: &[&str]) -> Said {
    let of = ["doctor", "--dir", dir.to_str().unwrap()];
    said(&[&of[..], more].concat())
}

fn json(dir: &Path) -> (Option<i32>, Value) {
    let said = doctor(dir, &["--json"]);
    let told = serde_json::from_str(&said.output);
    (
        said.status,
        told.unwrap_or_else(|_| panic!("{}{}", said.output, said.errors)),
    )
}

fn stands<'a>(told: &'a Value, id: &str) -> &'a str {
    let all = told["checks"].as_array().unwrap();
    let one = all.iter().find(|check| check["id"] == id);
    one.map_or("", |check| check["stands"].as_str().unwrap())
}

#[test]
fn where_there_is_no_ledger_nothing_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("nothing");
    let told = doctor(&nothing, &[]);
    assert_eq!(told.status, Some(2), "{}", told.output);
    assert!(
        told.errors.contains("start one with `latchkey up`"),
        "{}",
        told.errors
    );
    assert!(!nothing.exists(), "looking makes nothing");
}

#[test]
fn one_thing_comes_next_with_and_without_a_latchkey_that_runs() {
    let directory = desk();
    let dir = directory.path();
    let (status, told) = json(dir);
    assert_eq!(
        (status, &told["next"]),
        (Some(1), &"running".into()),
        "{told:#}"
    );
    let up = Up::start(dir, &[]);
    let (status, told) = json(dir);
    assert_eq!(status, Some(1));
    assert_eq!(stands(&told, "running"), "well", "{told:#}");
    // Nobody of the desk can sign in, its runbook has no brake, and so on; the first of it comes next.
    assert_eq!(told["next"], "operators", "{told:#}");
    assert_eq!(stands(&told, "source"), "toDo");
    assert_eq!(stands(&told, "sign-in"), "well");
    // It was started without sweeps.
    assert_eq!(stands(&told, "sweep"), "toDo");
    hires(dir, "31-7");
    let (_, told) = json(dir);
    assert_eq!(stands(&told, "source/generic"), "well", "{told:#}");
    let words = doctor(dir, &["--letter-to", "ada@desk.example"]);
    assert!(
        words.output.contains("Next: Somebody looks after Latchkey"),
        "{}",
        words.output
    );
    assert!(
        words
            .output
            .contains("A letter to ada@desk.example is in the queue")
    );
    // It leaves with the next look at the queue.
    let left = (0..LOOKS).any(|_| {
        json(dir);
        !letters(dir, "To: ada@desk.example").is_empty()
    });
    assert!(left, "the letter stays");
    drop(up);
}

/// The file of settings is read where none runs: what it says of the mail is tried.
#[test]
fn a_mail_server_that_does_not_answer_is_found_without_a_latchkey_that_runs() {
    let directory = desk();
    let dir = directory.path();
    let port = latchkey_peers::free_port().unwrap();
    let settings = format!("smtp: smtp://127.0.0.1:{port}\nsweep_every: 60\n");
    std::fs::write(dir.join("latchkey.yaml"), settings).unwrap();
    let (_, told) = json(dir);
    let mail = told["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["id"] == "mail");
    let mail = mail.unwrap();
    assert_eq!(mail["stands"], "toDo", "{told:#}");
    assert!(
        mail["said"]
            .as_str()
            .unwrap()
            .contains("The mail server was tried"),
        "{mail:#}"
    );
}
