//! Scripted Lambdas and a virtual clock, for every test of the engine.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test file uses some of it"
)]

pub mod clock;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, Weak},
};

use async_trait::async_trait;
use clock::JumpClock;
use jiff::Timestamp;
use latchkey_engine::{Engine, Invoker, Keep, Machine, Options, TaskError};
use serde_json::{Value, json};

/// What a scripted Lambda does with a call.
#[derive(Debug, Clone)]
pub enum Reply {
    Ok(Value),
    Error(&'static str),
    /// Never answers.
    Silent,
    /// Sends the token in `$.token` back, before the call itself returns.
    CallBack(Value),
}

/// Lambdas by name; each call takes the next reply, and the last one goes on for ever.
#[derive(Default)]
pub struct Script {
    replies: Mutex<HashMap<String, (usize, Vec<Reply>)>>,
    pub calls: Mutex<Vec<(Timestamp, String, Value)>>,
    engine: Mutex<Weak<Engine>>,
}

impl Script {
    pub fn new(replies: &[(&str, &[Reply])]) -> Arc<Script> {
        let replies = replies.iter();
        let replies = replies.map(|(name, replies)| ((*name).to_owned(), (0, replies.to_vec())));
        Arc::new(Script {
            replies: Mutex::new(replies.collect()),
            ..Script::default()
        })
    }

    /// Every Lambda begins with its first reply again.
    pub fn rewind(&self) {
        let mut replies = self.replies.lock().unwrap();
        replies.values_mut().for_each(|(at, _)| *at = 0);
    }

    fn next(&self, function: &str) -> Reply {
        let mut replies = self.replies.lock().unwrap();
        let (at, list) = replies
            .get_mut(function)
            .unwrap_or_else(|| panic!("no `{function}`"));
        let reply = list[(*at).min(list.len() - 1)].clone();
        *at += 1;
        reply
    }
}

#[async_trait]
impl Invoker for Script {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        let engine = self.engine.lock().unwrap().upgrade().unwrap();
        let now = engine.now();
        self.calls
            .lock()
            .unwrap()
            .push((now, function.to_owned(), payload.clone()));
        match self.next(function) {
            Reply::Ok(value) => Ok(value),
            Reply::Error(name) => {
                let cause = format!(r#"{{"errorType":"{name}","errorMessage":"scripted"}}"#);
                Err(TaskError::new(name, cause))
            }
            Reply::Silent => Err(TaskError::no_answer()),
            Reply::CallBack(value) => {
                let token = payload["token"].as_str().unwrap();
                engine.send_task_success(token, value).unwrap();
                Ok(json!({}))
            }
        }
    }

    async fn publish(
        &self,
        topic: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        let engine = self.engine.lock().unwrap().upgrade().unwrap();
        let sent = json!({ "subject": subject, "message": message });
        self.calls
            .lock()
            .unwrap()
            .push((engine.now(), topic.to_owned(), sent));
        Ok("message-1".to_owned())
    }
}

pub struct World {
    pub engine: Arc<Engine>,
    pub clock: JumpClock,
    pub script: Arc<Script>,
}

pub const START: &str = "2026-03-02T09:00:00Z";

/// A machine, its Lambdas, and a clock at [`START`].
pub fn world(definition: &Value, replies: &[(&str, &[Reply])]) -> World {
    let machine = Machine::parse(&definition.to_string()).unwrap_or_else(|problems| {
        panic!(
            "{}",
            problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    });
    world_of(machine, replies, Keep::Full)
}

pub fn world_of(machine: Machine, replies: &[(&str, &[Reply])], keep: Keep) -> World {
    let clock = JumpClock::at(START.parse().unwrap());
    let engine = Arc::new(Engine::new(
        machine,
        clock.shared(),
        Options { seed: 7, keep },
    ));
    let script = Script::new(replies);
    *script.engine.lock().unwrap() = Arc::downgrade(&engine);
    World {
        engine,
        clock,
        script,
    }
}

impl World {
    /// Runs until nothing will happen any more, or until so many seconds after [`START`].
    pub fn run(&self, until: Option<i64>) {
        let until = until.map(|seconds| self.at(seconds));
        self.clock.run(&self.engine, &*self.script, until);
    }

    pub fn at(&self, seconds: i64) -> Timestamp {
        START.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(seconds)
    }

    /// Seconds after [`START`] of each call of a function.
    pub fn seconds(&self, function: &str) -> Vec<f64> {
        let start: Timestamp = START.parse().unwrap();
        let calls = self.script.calls.lock().unwrap();
        let calls = calls.iter().filter(|(_, name, _)| name == function);
        calls
            .map(|(at, ..)| at.duration_since(start).as_secs_f64())
            .collect()
    }

    /// Seconds from [`START`] to what the clock shows.
    pub fn clock_seconds(&self) -> i64 {
        self.clock
            .now()
            .duration_since(START.parse().unwrap())
            .as_secs()
    }

    /// Types and states of an execution's events.
    pub fn events(&self, name: &str) -> Vec<String> {
        let events = self.engine.history(name).into_iter();
        events
            .map(|event| format!("{} {}", event.kind, event.state.unwrap_or_default()))
            .collect()
    }

    /// The token that the last call of a function was given.
    pub fn token(&self, function: &str) -> String {
        let calls = self.script.calls.lock().unwrap();
        let call = calls
            .iter()
            .rev()
            .find(|(_, name, _)| name == function)
            .unwrap();
        call.2["token"].as_str().unwrap().to_owned()
    }
}

/// A Task that invokes `function`, with more fields.
pub fn task(function: &str, more: Value) -> Value {
    let mut task = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": { "FunctionName": function, "Payload.$": "$" },
        "End": true
    });
    for (name, value) in more.as_object().unwrap() {
        task[name] = value.clone();
    }
    if task.get("Next").is_some() {
        task.as_object_mut().unwrap().remove("End");
    }
    task
}

/// A Task that invokes `function` with a token and awaits it.
pub fn waiting(function: &str, more: Value) -> Value {
    let mut task = task(function, more);
    task["Resource"] = json!("arn:aws:states:::lambda:invoke.waitForTaskToken");
    task["Parameters"]["Payload"] = json!({ "token.$": "$$.Task.Token" });
    task["Parameters"]
        .as_object_mut()
        .unwrap()
        .remove("Payload.$");
    task
}

/// A Map over the list at a path; its iterations start with `In`.
pub fn map(items: &str, states: Value) -> Value {
    json!({
        "Type": "Map", "ItemsPath": items, "MaxConcurrency": 40, "ResultPath": null, "End": true,
        "ItemProcessor": { "ProcessorConfig": { "Mode": "INLINE" }, "StartAt": "In", "States": states },
    })
}

/// A machine of these states that starts with `Go`.
pub fn machine(states: Value) -> Value {
    json!({ "StartAt": "Go", "States": states })
}
