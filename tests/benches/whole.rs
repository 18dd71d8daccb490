//! How long the whole takes on one machine: from POST to verified, and many hires at once.
//!
//! `cargo bench -p latchkey-tests --bench whole`; add `-- 2000` to take fewer hires in.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    future::pending,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use latchkey_embedded::{Setup, Stack};
use latchkey_engine::{Keep, Wall};
use latchkey_hris::{Outgoing, SourceSecret, source};
use latchkey_ledger::Shelf;
use latchkey_lifecycle::{CaseId, CaseState, TaskState};
use latchkey_runbook::Source;
use latchkey_runtime::{Systems, WallClock};
use latchkey_systems::simulated::Simulated;
use latchkey_tests::many::{Many, many_systems};
use serde_json::json;

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long each call of a simulated system takes.
const ANSWER: Duration = Duration::from_millis(100);
/// A read, a write and a read again.
const LEAST: Duration = Duration::from_millis(300);

async fn stack(directory: &std::path::Path, systems: Option<Arc<dyn Systems>>) -> Stack {
    Stack::start(Setup {
        directory: directory.to_owned(),
        persistent: false,
        clock: Arc::new(WallClock),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        public_url: None,
        smtp: None,
        from: "Latchkey <latchkey@bench.example>".into(),
        seed: 1,
        history: Keep::Compact,
        systems,
        loopback: latchkey_address::Loopback::Open,
        sign_in: None,
    })
    .await
    .unwrap()
}

fn hire(employee: &str, start: &str) -> String {
    json!({"type": "person.hired", "data": {"employee_id": employee, "effective_date": start, "person": {
        "given_name": "Ann", "family_name": format!("Number{employee}"), "department": "Sales",
        "title": "Account Executive", "employment_type": "employee", "country": "DE", "location": "Berlin",
        "personal_email": "ann@private.example",
    }}})
    .to_string()
}

fn signed(stack: &Stack, id: &str, body: &str) -> axum::http::HeaderMap {
    let secret = SourceSecret::new(stack.keys.text("hooks/generic").unwrap().unwrap());
    let outgoing = Outgoing {
        id,
        sent_at: Timestamp::now(),
        body: body.as_bytes(),
    };
    source("generic").unwrap().sign(&secret, &outgoing).unwrap()
}

/// A company of systems that answer in 100 ms each, of which one can be made to hang, with the wall driver.
struct Slow {
    stack: Stack,
    client: reqwest::Client,
    hangs: Arc<AtomicBool>,
    driver: tokio::task::JoinHandle<()>,
    _directory: tempfile::TempDir,
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The system that can be made to hang.
const HUNG: usize = 7;

impl Slow {
    async fn start(count: usize) -> Slow {
        let directory = tempfile::tempdir().unwrap();
        let hangs = Arc::new(AtomicBool::new(false));
        let system = |n: usize| {
            let hangs = Arc::clone(&hangs);
            Simulated::with_delay(Box::new(move || {
                match n == HUNG && hangs.load(Ordering::Relaxed) {
                    true => Box::pin(pending()),
                    false => Box::pin(tokio::time::sleep(ANSWER)),
                }
            }))
        };
        let systems = Many::new(count, |n| Arc::new(system(n)));
        let stack = stack(directory.path(), Some(Arc::new(systems))).await;
        stack.publish(&many_systems(count)).await.unwrap();
        let wall = Wall::new(Arc::clone(&stack.engine), Arc::clone(&stack.handlers) as _);
        Slow {
            driver: tokio::spawn(wall.run()),
            stack,
            client: reqwest::Client::new(),
            hangs,
            _directory: directory,
        }
    }

    /// Sends a webhook over HTTP and waits until its case has so many verified tasks. Gives the time from POST to the
    /// last of them, by what the ledger has.
    async fn until_verified(&self, id: &str, body: String, tasks: usize) -> Duration {
        let url = format!("http://{}/hooks/generic", self.stack.address);
        let headers = signed(&self.stack, id, &body);
        let began = Timestamp::now();
        let request = self.client.post(&url).headers(headers).body(body);
        let answer = request.send().await.unwrap();
        let answer: serde_json::Value = answer.json().await.unwrap();
        let case = CaseId::new(answer["case"].as_str().unwrap()).unwrap();
        let mut look = tokio::time::interval(Duration::from_millis(20));
        loop {
            look.tick().await;
            let all = self.stack.ledger.tasks(&case).await.unwrap();
            let tasks_of_case = all.iter().map(|row| &row.item.task);
            let verified = tasks_of_case.filter(|task| task.state == TaskState::Verified);
            let ends: Vec<Timestamp> = verified.filter_map(|task| task.ended_at).collect();
            if ends.len() >= tasks {
                let last = ends.into_iter().max().unwrap();
                return Duration::try_from(last.duration_since(began)).unwrap();
            }
        }
    }
}

/// The best of three; the first warms caches, as the second hire of a company's life finds them.
const EMPLOYEES: [&str; 4] = ["1", "2", "3", "4"];

/// A hire on `count` systems.
async fn one_hire(count: usize) -> Duration {
    let slow = Slow::start(count).await;
    let mut best = Duration::MAX;
    for employee in EMPLOYEES {
        let took = slow
            .until_verified(employee, hire(employee, "2027-02-01"), count)
            .await;
        if employee != EMPLOYEES[0] {
            best = best.min(took);
        }
    }
    best
}

/// An urgent exit from `count` systems, until all are cut and verified, or, when one hangs, all others.
async fn urgent_exit(count: usize, one_hangs: bool) -> Duration {
    let slow = Slow::start(count).await;
    let mut best = Duration::MAX;
    for employee in EMPLOYEES {
        slow.hangs.store(false, Ordering::Relaxed);
        let today = Timestamp::now().to_string();
        let hired = hire(employee, &today[..10]);
        slow.until_verified(employee, hired, count).await;
        slow.hangs.store(one_hangs, Ordering::Relaxed);
        let exit = json!({"type": "person.exit.urgent", "data": {"employee_id": employee}});
        let id = format!("exit-{employee}");
        let took = slow
            .until_verified(&id, exit.to_string(), count - usize::from(one_hangs))
            .await;
        if employee != EMPLOYEES[0] {
            best = best.min(took);
        }
    }
    best
}

/// How many deliveries are taken in at once, as an HTTP server does.
const AT_ONCE: usize = 16;

/// Hires of the sample runbook, taken in and planned.
async fn many_hires(count: usize) -> Duration {
    let directory = tempfile::tempdir().unwrap();
    let stack = Arc::new(stack(directory.path(), None).await);
    let acme = concat!(env!("CARGO_MANIFEST_DIR"), "/../runbooks/acme");
    // The brake would hold so many.
    let mut files = Source::read_dir(acme.as_ref()).unwrap().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    *runbook = runbook.replace("hires: 40", "hires: 1000000");
    stack.publish(&Source::from_files(files)).await.unwrap();
    let deliveries: Vec<(String, axum::http::HeaderMap)> = (0..count)
        .map(|n| {
            let body = hire(&n.to_string(), "2027-02-01");
            let headers = signed(&stack, &format!("d{n}"), &body);
            (body, headers)
        })
        .collect();
    let wall = Wall::new(Arc::clone(&stack.engine), Arc::clone(&stack.handlers) as _);
    let driver = tokio::spawn(wall.run());
    let began = Instant::now();
    let deliveries = Arc::new(std::sync::Mutex::new(deliveries));
    let takers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (stack, deliveries) = (Arc::clone(&stack), Arc::clone(&deliveries));
            tokio::spawn(async move {
                while let Some((body, headers)) = { deliveries.lock().unwrap().pop() } {
                    let reply = latchkey_decisions::receive(
                        &stack.intake,
                        "generic",
                        &headers,
                        body.as_bytes(),
                    )
                    .await;
                    assert_eq!(reply.status, 202, "{}", reply.body);
                }
            })
        })
        .collect();
    for taker in takers {
        taker.await.unwrap();
    }
    while !stack.engine.is_idle() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = began.elapsed();
    driver.abort();
    let cases = stack.ledger.cases(Shelf::Open, count).await.unwrap();
    let planned = cases.iter().filter(|case| case.state == CaseState::Open);
    assert_eq!((stack.engine.running(), planned.count()), (count, count));
    took
}

#[tokio::main]
async fn main() {
    let count = std::env::args()
        .filter_map(|a| a.parse().ok())
        .next()
        .unwrap_or(10_000);
    println!("| what | took | limit | ratio | wanted |\n| --- | --- | --- | --- | --- |");
    for (tasks, wanted) in [(20, 1.5), (200, 2.0)] {
        let took = one_hire(tasks).await;
        let ratio = took.as_secs_f64() / LEAST.as_secs_f64();
        println!(
            "| hire with {tasks} automatic tasks at 100 ms a call | {took:.0?} | {LEAST:.0?} | {ratio:.2} | {wanted} |"
        );
    }
    let exit = urgent_exit(20, false).await;
    let hung = urgent_exit(20, true).await;
    for (what, took) in [
        ("all cut and verified", exit),
        ("one of them hangs, the other 19 cut and verified", hung),
    ] {
        let ratio = took.as_secs_f64() / LEAST.as_secs_f64();
        println!(
            "| urgent exit with 20 systems: {what} | {took:.0?} | {LEAST:.0?} | {ratio:.2} | 1.5 |"
        );
    }
    let ratio = hung.as_secs_f64() / exit.as_secs_f64();
    println!("| … with and without the one that hangs | | | {ratio:.2} | 1 |");
    let took = many_hires(count).await;
    let per = took.as_secs_f64() * 1000.0 / count as f64;
    println!(
        "| {count} hires of acme taken in and planned | {took:.1?} | 30 s | {per:.2} ms each | |"
    );
}
