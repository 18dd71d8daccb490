//! A case of 200 tasks, 60 of which wait for weeks: each begins when its window opens, here and on moto.

use jiff::{SignedDuration, Timestamp, Unit};
use latchkey_engine::{Keep, Machine};
use serde_json::{Value, json};

use crate::{
    common::{Reply, world_of},
    on_moto, scenarios,
};

const TASKS: i64 = 200;
const WAITING: i64 = 60;
/// The first of them waits for three weeks, the others a quarter of a day longer each: the last for five weeks.
const FIRST: i64 = 3 * 7 * 24;
const APART: i64 = 6;
/// On moto so many seconds pass in one: five weeks in half a minute.
const PACE: i64 = 100_000;

fn opens(task: i64, start: Timestamp) -> Timestamp {
    if task < WAITING {
        start + SignedDuration::from_hours(FIRST + APART * task)
    } else {
        start
    }
}

/// What plan answers: groups of 40, since a Map runs 40 branches at a time.
/// Source: AWS Step Functions, "Using Map state in Inline mode".
fn plan(start: Timestamp) -> Value {
    let tasks: Vec<Value> = (0..TASKS)
        .map(|task| {
            json!({
                "caseId": "case-1", "revision": 1, "taskId": task.to_string(), "by": "system", "function": "system",
                "opens": opens(task, start), "needsOthers": false,
                "limits": { "step": 60, "needs": 60, "patience": 60 }, "failure": { "Error": "none" },
            })
        })
        .collect();
    let groups: Vec<Value> = tasks
        .chunks(40)
        .map(|group| json!({ "tasks": group }))
        .collect();
    json!({ "groups": groups })
}

fn replies(start: Timestamp) -> [(&'static str, Vec<Reply>); 4] {
    let carried = json!({ "wait": false, "until": start });
    let verified = json!({ "verdict": "verified", "until": start });
    [
        ("plan", vec![Reply::Ok(plan(start))]),
        ("system", vec![Reply::Error("Busy"), Reply::Ok(carried)]),
        ("verify", vec![Reply::Ok(verified)]),
        ("close", vec![Reply::Ok(json!({}))]),
    ]
}

fn input() -> Value {
    json!({ "caseId": "case-1", "revision": 1, "limits": { "step": 60 } })
}

#[test]
fn each_of_200_tasks_begins_when_its_window_opens() {
    let machine = Machine::parse(&scenarios::definition().to_string()).unwrap();
    let start = crate::common::START.parse().unwrap();
    let replies = replies(start);
    let replies: Vec<(&str, &[Reply])> = replies.iter().map(|(n, r)| (*n, &**r)).collect();
    let world = world_of(machine, &replies, Keep::Full);
    world.engine.start("weeks", &input()).unwrap();
    world.run(None);
    assert_eq!(
        world.engine.describe("weeks").unwrap().status,
        latchkey_engine::Status::Succeeded
    );
    let calls = world.script.calls.lock().unwrap();
    let mut begun: Vec<(i64, Timestamp)> = calls
        .iter()
        .filter(|(_, function, _)| function == "system")
        .map(|(at, _, payload)| (payload["taskId"].as_str().unwrap().parse().unwrap(), *at))
        .collect();
    begun.sort_unstable();
    // The one that was busy is called again.
    begun.dedup_by_key(|(task, _)| *task);
    let expected: Vec<(i64, Timestamp)> = (0..TASKS).map(|n| (n, opens(n, start))).collect();
    assert_eq!(begun, expected);
    // An execution's history may have 25,000 events.
    assert!(world.engine.history("weeks").len() < 5_000);
}

/// Time is real there, so that how late a task begins is printed and not judged.
#[test]
fn each_of_200_tasks_begins_and_none_before_its_window_on_moto() {
    let now = Timestamp::now();
    let start = now.round(Unit::Second).unwrap();
    let replies = replies(start).map(|(name, replies)| {
        let replies = replies.iter().map(scenarios::for_moto);
        (name.to_owned(), replies.collect::<Value>())
    });
    let scenario = json!({
        "name": "weeks", "definition": scenarios::definition(), "input": input(), "stop": false, "pace": PACE,
        "replies": serde_json::Map::from_iter(replies),
    });
    let outcome = on_moto(vec![scenario]).remove(0);
    let said = (&outcome["refused"], &outcome["error"]);
    assert_eq!(outcome["status"], "SUCCEEDED", "{said:?}");
    let begun: Vec<(i64, f64)> = outcome["calls"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| call["function"] == "system")
        .map(|call| {
            let task = call["task"].as_str().unwrap().parse().unwrap();
            (task, call["at"].as_f64().unwrap())
        })
        .collect();
    let mut tasks: Vec<i64> = begun.iter().map(|(task, _)| *task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    assert_eq!(tasks, (0..TASKS).collect::<Vec<_>>());
    let from = now.as_microsecond() as f64 / 1e6;
    let (mut first, mut latest) = (0.0_f64, 0.0_f64);
    for (task, at) in begun {
        let wait = opens(task, start).duration_since(now).as_secs_f64() / PACE as f64;
        let late = at - from - wait;
        assert!(late >= 0.0, "task {task} began {late} s before its window");
        if task >= WAITING {
            first = first.max(late)
        } else {
            latest = latest.max(late)
        }
    }
    println!(
        "on moto those that need not wait had begun after {first:.1} s, and the others {latest:.2} s after their windows"
    );
}
