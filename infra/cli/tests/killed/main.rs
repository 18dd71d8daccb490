//! `latchkey up` is killed with SIGKILL at random instants while HR's webhooks come in, and started again. After the
//! last start every case closes, and real SCIM servers, asked directly, have what HR's events say.
//!
//! A small run by default. The full one: `KILL_CASES=1000 KILL_TIMES=50 cargo test --release -p latchkey --test killed
//! -- --nocapture`; `KILL_SECONDS` is how long a life may last; `KILL_SEED` is another company and other instants; the
//! same seed is the same, as far as a machine with other things to do lets it.

#![allow(clippy::unwrap_used)]

mod backed_up;
mod chance;
mod company;
mod hr;
mod ledger;
mod process;
mod proof;
mod team;

use std::{sync::Arc, time::Duration};

use latchkey_embedded::{Keys, file};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, interval, timeout},
};

use crate::{chance::Chance, company::Company, hr::Hr, process::Up};

/// Every third life ends while it begins: within this time after the start of the process.
const SHORT: Duration = Duration::from_millis(400);
/// The others: within so many seconds.
const LONG: u64 = 4;
/// More than any run takes; what is not done then will not be.
const BOUND: Duration = Duration::from_secs(40 * 60);

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_time_every_case_closes_and_the_systems_agree() {
    let cases = usize::try_from(setting("KILL_CASES").unwrap_or(40)).unwrap();
    let kills = usize::try_from(setting("KILL_TIMES").unwrap_or(5)).unwrap();
    let seed = setting("KILL_SEED").unwrap_or(1);
    println!("KILL_SEED={seed} KILL_CASES={cases} KILL_TIMES={kills}");
    let mut chance = Chance::new(seed);
    let run = run(cases, kills, &mut chance);
    timeout(BOUND, run).await.unwrap();
}

async fn run(cases: usize, kills: usize, chance: &mut Chance) {
    let began = Instant::now();
    let long = Duration::from_secs(setting("KILL_SECONDS").unwrap_or(LONG));
    let directory = tempfile::tempdir().unwrap();
    let company = Company::found(cases, chance).await;
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
    let team = tokio::spawn(team::answer_letters(dir.join(file::OUTBOX)));

    let mut deliveries = JoinSet::new();
    let mut coming = company.deliveries(chance);
    let share = coming.len().div_ceil(kills + 1);
    let mut open_when_killed = Vec::new();
    for life in 0..kills {
        let mut up = Up::start(directory.path(), port);
        for delivery in coming.drain(..share.min(coming.len())) {
            deliveries.spawn(Arc::clone(&hr).deliver(delivery));
        }
        let most = if life % 3 == 0 { SHORT } else { long };
        tokio::time::sleep(chance.within(most)).await;
        up.kill();
        open_when_killed.push(ledger::open_cases(&dir).await);
    }
    let killing = began.elapsed();
    let mut up = Up::start(directory.path(), port);
    for delivery in coming {
        deliveries.spawn(Arc::clone(&hr).deliver(delivery));
    }
    while let Some(taken_in) = deliveries.join_next().await {
        taken_in.unwrap();
        up.must_run();
    }
    let mut look = interval(Duration::from_millis(500));
    while !process::no_case_is_open(&dir) {
        look.tick().await;
        up.must_run();
        assert!(!team.is_finished(), "{:?}", team.await);
    }
    let closing = began.elapsed();
    up.kill();
    team.abort();

    ledger::every_case_is_closed_and_its_trail_whole(&dir, &hr.cases()).await;
    let accounts = proof::systems_agree(&company).await;
    open_when_killed.sort_unstable();
    println!(
        "{} cases, {kills} kills in {killing:.1?} with {}, {} and {} cases open (least, median, most); all closed after \
         {closing:.1?}; {} deliveries sent again; {accounts} accounts in {} systems are as the events say",
        hr.cases().len(),
        open_when_killed.first().unwrap_or(&0),
        open_when_killed.get(kills / 2).unwrap_or(&0),
        open_when_killed.last().unwrap_or(&0),
        hr.sent_again(),
        company.servers().len(),
    );
}
