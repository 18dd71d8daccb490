//! Backups are taken while hires are being worked on. Each is restored into a folder of its own, is whole there, and
//! its cases go on to their end.
//!
//! A small run by default. The full one: `BACKUPS=50 BACKUP_CASES=60 cargo test -p latchkey --test killed --
//! --nocapture backups`.

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use latchkey_embedded::{Keys, file};
use latchkey_ledger::{Shelf, embedded};
use serde_json::{Value, json};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{Instant, interval, timeout},
};

use crate::{
    BOUND,
    chance::Chance,
    company::Company,
    hr::Hr,
    ledger,
    process::{self, LATCHKEY, Up},
    proof, setting, team,
};

#[tokio::test(flavor = "multi_thread")]
async fn backups_taken_under_load_restore_whole_and_their_cases_go_on() {
    let number = |name: &str, usual| usize::try_from(setting(name).unwrap_or(usual)).unwrap();
    let run = run(number("BACKUPS", 5), number("BACKUP_CASES", 40));
    timeout(BOUND, run).await.unwrap();
}

async fn run(backups: usize, cases: usize) {
    let began = Instant::now();
    let mut chance = Chance::new(setting("BACKUP_SEED").unwrap_or(1));
    let directory = tempfile::tempdir().unwrap();
    let company = Company::found(cases, &mut chance).await;
    company.write_runbook(&directory.path().join("runbook"));
    let dir = directory.path().join("latchkey");
    std::fs::create_dir(&dir).unwrap();
    let keys = Keys::open(&dir.join(file::SECRETS)).unwrap();
    for server in company.servers() {
        let token = json!({ "token": server.token, "hosts": ["127.0.0.1"] });
        keys.set(&server.secret(), token).unwrap();
    }
    let port = latchkey_peers::free_port().unwrap();
    let hr = Arc::new(Hr::new(port, keys.text("hooks/generic").unwrap().unwrap()));
    let answers = tokio::spawn(team::answer_letters(dir.join(file::OUTBOX)));
    let mut up = Up::start(directory.path(), port);

    let mut coming = company.deliveries(&mut chance);
    let share = coming.len().div_ceil(backups);
    let mut deliveries = JoinSet::new();
    let mut taken = Vec::new();
    for number in 0..backups {
        for delivery in coming.drain(..share.min(coming.len())) {
            deliveries.spawn(Arc::clone(&hr).deliver(delivery));
        }
        // At whatever point the first of them is by now.
        deliveries.join_next().await.transpose().unwrap();
        let backup = directory.path().join(format!("{number}.tar"));
        let told = command("backup", &backup, &dir);
        taken.push((backup, told));
    }
    while let Some(taken_in) = deliveries.join_next().await {
        taken_in.unwrap();
        up.must_run();
    }
    until_closed(&mut up, &dir, &answers).await;
    up.kill();
    answers.abort();
    ledger::every_case_is_closed_and_its_trail_whole(&dir, &hr.cases()).await;
    proof::systems_agree(&company).await;

    let mut open = Vec::new();
    for (number, (backup, told)) in taken.iter().enumerate() {
        let there = directory.path().join(format!("restored-{number}"));
        std::fs::create_dir(&there).unwrap();
        open.push(goes_on(&company, &there, backup, told).await);
    }
    println!(
        "{backups} of {backups} backups of {} cases are whole, with {open:?} cases open in them, and all of these closed, in {:.1?}",
        hr.cases().len(),
        began.elapsed()
    );
    let worked_on = open.iter().filter(|open| **open > 0).count();
    assert!(worked_on > 0, "no backup was taken while a case was open");
}

/// A backup is restored below a folder, is whole there, and every case of it closes. Gives how many were open.
async fn goes_on(company: &Company, there: &Path, backup: &Path, told: &Value) -> usize {
    let dir = there.join("latchkey");
    let restored = command("restore", backup, &dir);
    for what in ["items", "cases", "ledger"] {
        assert_eq!(restored[what], told[what], "{what} of {}", backup.display());
    }
    assert_eq!(restored["faults"], 0);
    let verified = Command::new(LATCHKEY)
        .args(["audit", "verify", "--dir"])
        .arg(&dir)
        .output();
    let verified = verified.unwrap();
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stdout)
    );
    let (known, open) = {
        let ledger = embedded::open(Some(&dir.join(file::LEDGER))).await.unwrap();
        let open = ledger.cases(Shelf::Open, usize::MAX).await.unwrap();
        let closed = ledger.cases(Shelf::Closed, usize::MAX).await.unwrap();
        let known = open.iter().chain(&closed).map(|case| case.id.to_string());
        (known.collect(), open.len())
    };
    company.write_runbook(&there.join("runbook"));
    let port = latchkey_peers::free_port().unwrap();
    let mut up = Up::start(there, port);
    // Links of letters lead to where it ran before: those who are asked there answer here.
    let answers = tokio::spawn(team::answer_letters_at(dir.join(file::OUTBOX), Some(port)));
    until_closed(&mut up, &dir, &answers).await;
    answers.abort();
    up.kill();
    ledger::every_case_is_closed_and_its_trail_whole(&dir, &known).await;
    open
}

async fn until_closed(up: &mut Up, dir: &Path, answers: &JoinHandle<()>) {
    let mut look = interval(Duration::from_millis(500));
    while !process::no_case_is_open(dir) {
        look.tick().await;
        up.must_run();
        assert!(!answers.is_finished(), "the team stopped answering");
    }
}

/// `latchkey backup` or `restore`, as data.
fn command(name: &str, file: &Path, dir: &Path) -> Value {
    let mut command = Command::new(LATCHKEY);
    command
        .args(["--json", name])
        .arg(file)
        .arg("--dir")
        .arg(dir);
    let output = command.output().unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    serde_json::from_slice(&output.stdout).unwrap()
}
