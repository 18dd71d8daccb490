//! How much memory and time parked executions take: `cargo bench -p latchkey-engine --bench parked [executions]`.
//!
//! Each one plans 25 tasks and parks them: half of them in a Wait, half of them on a task token.

#[allow(unreachable_pub, missing_docs, reason = "shared with the tests")]
#[path = "../tests/common/clock.rs"]
mod clock;

use std::{hint::black_box, time::Instant};

use async_trait::async_trait;
use clock::JumpClock;
use jiff::Timestamp;
use latchkey_engine::{Engine, Invoker, Keep, Machine, Options, Status, TaskError};
use serde_json::{Value, json};

const WORKFLOW: &str = include_str!("../../workflow.asl.json");
const NAMES: &[(&str, &str)] = &[
    ("PlanFunction", "plan"),
    ("AskFunction", "ask"),
    ("VerifyFunction", "verify"),
    ("CloseFunction", "close"),
    ("MailFunction", "mail"),
    (
        "AlertsTopic",
        "arn:aws:sns:eu-central-1:000000000000:alerts",
    ),
];
const TASKS: usize = 25;
/// How many executions are started between two runs of the driver.
const AT_ONCE: usize = 50;

struct Answers;

#[async_trait]
impl Invoker for Answers {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        Ok(match function {
            "plan" => json!({ "groups": [{ "tasks": (0..TASKS).map(task).collect::<Vec<_>>() }] }),
            "ask" if payload["action"] == "prepare" => json!({
                "untilReminder": 1_000_000, "untilDue": 1000, "untilEscalation": 1000, "patience": 1000
            }),
            _ => json!({ "verdict": "verified" }),
        })
    }

    async fn publish(&self, _: &str, _: Option<&str>, _: &str) -> Result<String, TaskError> {
        Ok(String::new())
    }
}

/// About 350 bytes.
fn task(number: usize) -> Value {
    let asked = number % 2 == 1;
    json!({
        "caseId": "01JNA0V8QJ6Z5Q4D2T8W1X3Y7Z-hire", "revision": 1, "taskId": format!("grant-system-{number:02}"),
        "by": if asked { "person" } else { "system" }, "function": "system-scim", "needsOthers": false,
        "opens": if asked { "2026-03-01T09:00:00Z" } else { "2026-04-30T09:00:00+02:00" },
        "due": "2026-05-02T17:30:00+02:00", "failure": { "Error": "None" },
        "title": "Give the groups and roles of the permissions matrix",
        "limits": { "step": 60, "needs": 86_400, "patience": 864_000 }
    })
}

/// Resident memory in KiB, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

fn main() {
    let count: usize = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(20_000);
    let start: Timestamp = "2026-03-02T09:00:00Z"
        .parse()
        .unwrap_or(Timestamp::UNIX_EPOCH);
    let machine = match Machine::parse_with(WORKFLOW, NAMES) {
        Ok(machine) => machine,
        Err(problems) => {
            return problems.iter().for_each(|problem| eprintln!("{problem}"));
        }
    };
    println!(
        "one item of a Map: {} bytes of JSON",
        task(0).to_string().len()
    );
    let clock = JumpClock::at(start);
    let options = Options {
        seed: 1,
        keep: Keep::Off,
    };
    let engine = Engine::new(machine, clock.shared(), options);
    let before = resident();
    let begun = Instant::now();
    for number in 0..count {
        let name = format!("case-{number}.1");
        let input = json!({ "caseId": name, "revision": 1, "limits": { "step": 60 } });
        if let Err(error) = engine.start(&name, &input) {
            eprintln!("{error}");
        }
        // Cases come over months, a few at a time.
        if number % AT_ONCE == 0 || number + 1 == count {
            clock.run(&engine, &Answers, Some(start));
        }
    }
    let (seconds, bytes) = (begun.elapsed().as_secs_f64(), (resident() - before) * 1024);
    let branches = engine.branches();
    println!(
        "{} executions running, {branches} branches, parked in {seconds:.1} s ({:.0} executions/s)",
        engine.running(),
        count as f64 / seconds
    );
    println!(
        "resident {:.0} MB more than before ({:.0} MB in all), {:.0} bytes a branch",
        bytes as f64 / 1e6,
        resident() as f64 * 1024.0 / 1e6,
        bytes as f64 / branches as f64
    );
    let begun = Instant::now();
    clock.run(&engine, &Answers, Some(start));
    println!(
        "looking again while all of it is parked: {:?}",
        begun.elapsed()
    );

    let begun = Instant::now();
    clock.run(&engine, &Answers, None);
    let seconds = begun.elapsed().as_secs_f64();
    let ended = (0..count)
        .filter(|number| engine.status(&format!("case-{number}.1")) != Some(Status::Running))
        .count();
    println!(
        "{ended} ended by {}, {:.0} executions/s",
        black_box(clock.now()),
        count as f64 / seconds
    );
}
