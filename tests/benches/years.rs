//! A ledger with many open cases: how long a start, `case` and `foresee` take, and how much memory the open cases do.
//!
//! `cargo bench -p latchkey-tests --bench years` for 5,000, 20,000 and 50,000 open cases; add `-- 1000 2000` for
//! others. Unoptimised, for ratios: `cargo test -p latchkey-tests --bench years -- 1000 2000`. What is measured runs in
//! a process of its own.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use latchkey_embedded::{Setup, Stack};
use latchkey_engine::{Keep, Wall};
use latchkey_hris::{Authentic, Outgoing, SourceSecret, Translation, source};
use latchkey_ledger::{Shelf, embedded};
use latchkey_runbook::Source;
use latchkey_runtime::{Runbooks, WallClock};
use serde_json::json;

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many are taken in at once, as an HTTP server does.
const AT_ONCE: usize = 4;
/// One in so many starts soon: somebody is asked already.
const SOON: usize = 10;

async fn stack(directory: &Path) -> Stack {
    Stack::start(Setup {
        directory: directory.to_owned(),
        persistent: true,
        clock: Arc::new(WallClock),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        public_url: None,
        smtp: None,
        from: "Latchkey <latchkey@bench.example>".into(),
        seed: 1,
        history: Keep::Off,
        systems: None,
        loopback: latchkey_address::Loopback::Open,
        sign_in: None,
    })
    .await
    .unwrap()
}

/// A family name of letters for each number: digits are no part of an account's name, and a company has not thousands of one name.
fn family(number: usize) -> String {
    let mut left = number;
    let mut name = String::from("X");
    while left > 0 {
        name.push(char::from(b'a' + u8::try_from(left % 26).unwrap()));
        left /= 26;
    }
    name
}

fn hire(number: usize) -> String {
    let days = if number.is_multiple_of(SOON) { 6 } else { 60 };
    let start = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let start = start.checked_add(days.days()).unwrap();
    json!({"type": "person.hired", "data": {
        "employee_id": number.to_string(), "effective_date": start, "person": {
        "given_name": "Ann", "family_name": family(number), "department": "Sales",
        "title": "Account Executive", "employment_type": "employee", "country": "DE", "location": "Berlin",
        "personal_email": "ann@private.example",
    }}})
    .to_string()
}

/// Resident memory in bytes: now, and at most.
fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kib.unwrap_or(0_u64) * 1024
    };
    (of("VmRSS:"), of("VmHWM:"))
}

async fn fill(directory: &Path, count: usize) {
    let stack = Arc::new(stack(directory).await);
    let acme = concat!(env!("CARGO_MANIFEST_DIR"), "/../runbooks/acme");
    // The brake would hold so many.
    let mut files = Source::read_dir(acme.as_ref()).unwrap().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    *runbook = runbook.replace("hires: 40", "hires: 1000000");
    stack.publish(&Source::from_files(files)).await.unwrap();
    let wall = Wall::new(Arc::clone(&stack.engine), Arc::clone(&stack.handlers) as _);
    let driver = tokio::spawn(wall.run());
    let (before, began) = (resident().0, Instant::now());
    let secret = SourceSecret::new(stack.keys.text("hooks/generic").unwrap().unwrap());
    let secret = Arc::new(secret);
    let numbers = Arc::new(Mutex::new(0..count));
    let takers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (stack, numbers) = (Arc::clone(&stack), Arc::clone(&numbers));
            let secret = Arc::clone(&secret);
            tokio::spawn(async move {
                while let Some(n) = { numbers.lock().unwrap().next() } {
                    let (id, body) = (n.to_string(), hire(n));
                    let outgoing = Outgoing {
                        id: &id,
                        sent_at: Timestamp::now(),
                        body: body.as_bytes(),
                    };
                    let headers = source("generic").unwrap().sign(&secret, &outgoing).unwrap();
                    let take_in = || {
                        latchkey_decisions::receive(
                            &stack.intake,
                            "generic",
                            &headers,
                            body.as_bytes(),
                        )
                    };
                    let mut reply = take_in().await;
                    // Deliveries meet at the brake's row; who is turned away comes again.
                    while reply.status == 503 {
                        reply = take_in().await;
                    }
                    assert!(matches!(reply.status, 200 | 202), "{}", reply.body);
                }
            })
        })
        .collect();
    for taker in takers {
        taker.await.unwrap();
    }
    while !stack.engine.is_idle() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    driver.abort();
    let took = began.elapsed().as_secs_f64() * 1000.0 / count as f64;
    let each = resident().0.saturating_sub(before) / count as u64;
    println!(
        "  filled: {took:.2} ms and {each} bytes a case while all of them run ({} branches)",
        stack.engine.branches()
    );
}

/// What a start takes, and what is written by it.
async fn start(directory: &Path) {
    let (before, began) = (resident().0, Instant::now());
    let stack = stack(directory).await;
    let opened = began.elapsed();
    let began = Instant::now();
    let resumed = stack.resume().await.unwrap();
    let took = began.elapsed();
    let count = resumed.go_on + resumed.lie_still;
    let (after, most) = resident();
    println!(
        "  start: opened in {opened:.1?}; {count} open cases in {took:.1?}, {:.3} ms each, {} of them lie still; {} bytes a case, \
         at most {} MB",
        took.as_secs_f64() * 1000.0 / count.max(1) as f64,
        resumed.lie_still,
        after.saturating_sub(before) / count.max(1) as u64,
        most / 1_000_000,
    );
}

/// What `latchkey case` and `latchkey foresee` do.
async fn look(directory: &Path) {
    let began = Instant::now();
    let ledger = embedded::open(Some(&directory.join("ledger.sqlite")))
        .await
        .unwrap();
    let opened = began.elapsed();
    let page = ledger.cases_page(Shelf::Open, None).await.unwrap();
    let id = &page.cases[0].id;
    let began = Instant::now();
    ledger.tasks(id).await.unwrap();
    ledger.audit_trail(id).await.unwrap();
    assert!(ledger.verify_case(id, "").await.unwrap().is_empty());
    let case = began.elapsed();
    let authentic = Authentic {
        delivery_id: "new".into(),
        timestamp: Timestamp::now(),
    };
    let runbooks = Runbooks::default();
    runbooks.current(&ledger).await.unwrap();
    let body = hire(99_999_999);
    let told = source("generic")
        .unwrap()
        .translate(&authentic, body.as_bytes());
    let Ok(Translation::Events(events)) = told else {
        panic!("it tells of an event")
    };
    let began = Instant::now();
    let looks = latchkey_decisions::Looks {
        ledger: &ledger,
        runbooks: &runbooks,
        clock: &WallClock,
    };
    latchkey_decisions::foresee(looks, &events[0])
        .await
        .unwrap();
    println!(
        "  looked at: opened in {opened:.1?}, case {case:.1?}, foresee {:.1?}",
        began.elapsed()
    );
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = words.iter().position(|word| word == "in") {
        let directory = Path::new(&words[at + 2]);
        match words[at + 1].as_str() {
            "start" => start(directory).await,
            "look" => look(directory).await,
            count => fill(directory, count.parse().unwrap()).await,
        }
        return;
    }
    let mut counts: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if counts.is_empty() {
        counts = vec![5_000, 20_000, 50_000];
    }
    for count in counts {
        println!("{count} open cases");
        let directory = tempfile::tempdir().unwrap();
        let fill = count.to_string();
        for what in [fill.as_str(), "start", "start", "look"] {
            let mut again = Command::new(std::env::current_exe().unwrap());
            let status = again.args(["in", what]).arg(directory.path()).status();
            assert!(status.unwrap().success(), "{what}");
        }
    }
}
