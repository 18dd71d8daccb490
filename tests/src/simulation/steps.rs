//! Steps that run twice, late, or not to their end: whatever becomes of a step, a story comes to the same end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jiff::SignedDuration;
use latchkey_engine::{Invoker, TaskError};
use latchkey_lifecycle::{CaseId, EmployeeId};
use serde_json::Value;

use super::{
    ending::{End, everything, lines},
    field::Field,
    stories::Story,
    unreliable::{Lambda, Post, step_of},
    world::World,
};

/// What becomes of steps. Each distinct step meets it once, at its first call; a retry is the same step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// They run.
    Plain,
    /// Each call arrives twice; the first answer is lost.
    Twice,
    /// It fails before it did anything.
    FailedBefore,
    /// It does its work, then its answer is lost.
    FailedAfter,
    /// After each step, all earlier ones of its case run again: copies that come late.
    Late,
    /// It is cut off at its nth call to ledger, system, mail or workflow, from 1.
    Cut {
        /// Which call.
        nth: u32,
        /// Whether that call is still carried out.
        carried_out: bool,
    },
}

/// A step that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Its function and what it was called with, but for what differs with each try; and whether it was called before.
    pub name: String,
    /// How many calls it made to ledger, system, mail or workflow.
    pub calls: u32,
    function: String,
    payload: Value,
}

struct Between<'a> {
    lambda: &'a Lambda,
    field: &'a Field,
    post: &'a Post,
    way: Way,
    only: Option<&'a str>,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    names: BTreeSet<String>,
    /// How often each call was answered well: what is called again after that is another step.
    answered: BTreeMap<String, u32>,
    steps: Vec<Met>,
    struck: usize,
    changed: Vec<String>,
}

/// A call without what differs with each try.
fn call_of(function: &str, payload: &Value) -> String {
    let mut step = payload.clone();
    if let Some(fields) = step.as_object_mut() {
        for of_the_try in ["token", "entered", "retry"] {
            fields.remove(of_the_try);
        }
    }
    format!("{function} {step}")
}

fn lost() -> TaskError {
    TaskError::new("Lambda.ServiceException", "lost")
}

impl Between<'_> {
    async fn run(&self, function: &str, payload: &Value) -> Option<Result<Value, TaskError>> {
        let step = step_of(payload);
        let call = self.lambda.handlers.invoke(function, payload.clone());
        self.lambda.fate.run(function, step, call).await
    }

    /// What it answers when it meets nothing.
    async fn plainly(
        &self,
        name: &str,
        function: &str,
        payload: &Value,
    ) -> Result<Value, TaskError> {
        let answer = self.run(function, payload).await;
        let calls = self.lambda.fate.calls();
        let mut inside = self.inside.lock().unwrap();
        // Those of its first call: a later one may find less to do, or more.
        let mut steps = inside.steps.iter_mut();
        if let Some(step) = steps.find(|step| step.name == name && step.calls == 0) {
            step.calls = calls;
        }
        answer.unwrap_or_else(|| Err(lost()))
    }

    /// All steps of a case that ran so far run again, in that order, each as it was called, token and all.
    async fn again(&self, case: &Value) {
        let of_case = |step: &&Met| step.payload["caseId"] == *case;
        let steps: Vec<Met> = {
            let inside = self.inside.lock().unwrap();
            inside.steps.iter().filter(of_case).cloned().collect()
        };
        let effects = || {
            (
                self.field.applied().len(),
                self.post.letters.lock().unwrap().len(),
            )
        };
        for step in steps {
            let before = effects();
            let answer = self.run(&step.function, &step.payload).await;
            if effects() != before {
                let told = format!("promise 3: a late copy changed something: {}", step.name);
                self.inside.lock().unwrap().changed.push(told);
            }
            // Nobody hears what it says; but that it cannot be understood would be news.
            if let Some(Err(error)) = answer
                && !["Fenced", "NotYet", "NotAllEnded"].contains(&error.error.as_str())
            {
                let told = format!("a late copy failed with {error:?}: {}", step.name);
                self.inside.lock().unwrap().changed.push(told);
            }
        }
    }

    /// The answer of a step that meets what it is to meet.
    async fn meet(&self, name: &str, function: &str, payload: &Value) -> Result<Value, TaskError> {
        let strikes = {
            let mut inside = self.inside.lock().unwrap();
            let first = inside.names.insert(name.to_owned());
            if first {
                inside.steps.push(Met {
                    name: name.to_owned(),
                    calls: 0,
                    function: function.to_owned(),
                    payload: payload.clone(),
                });
            }
            first && self.only.is_none_or(|only| only == name)
        };
        let struck = || self.inside.lock().unwrap().struck += 1;
        match self.way {
            Way::Twice => {
                struck();
                let _ = self.run(function, payload).await;
            }
            Way::FailedBefore if strikes => {
                struck();
                return Err(lost());
            }
            Way::FailedAfter if strikes => {
                struck();
                let _ = self.plainly(name, function, payload).await;
                return Err(lost());
            }
            Way::Cut { nth, carried_out } if strikes => {
                self.lambda.fate.cut_next(nth, carried_out);
                let answer = self.run(function, payload).await;
                if answer.is_none() {
                    struck();
                }
                return answer
                    .unwrap_or_else(|| Err(TaskError::new("Sandbox.Timedout", "cut off")));
            }
            Way::Late if strikes => {
                struck();
                let answer = self.plainly(name, function, payload).await;
                self.again(&payload["caseId"]).await;
                return answer;
            }
            _ => {}
        }
        self.plainly(name, function, payload).await
    }
}

#[async_trait]
impl Invoker for Between<'_> {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        let call = call_of(function, &payload);
        let before = self.inside.lock().unwrap().answered.get(&call).copied();
        let name = match before {
            None => call.clone(),
            Some(times) => format!("{call} again ({times})"),
        };
        let answer = self.meet(&name, function, &payload).await;
        if answer.is_ok() {
            let mut inside = self.inside.lock().unwrap();
            *inside.answered.entry(call).or_default() += 1;
        }
        answer
    }

    async fn publish(
        &self,
        topic: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        self.lambda.handlers.publish(topic, subject, message).await
    }
}

/// Plays a story. `only` names the one step that meets something; each does without it.
pub fn play(story: &Story, way: Way, only: Option<&str>) -> End {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(played(story, way, only))
}

async fn played(story: &Story, way: Way, only: Option<&str>) -> End {
    let mut world = World::new(story.script(), false).await;
    world.prompt = Some(SignedDuration::from_mins(20));
    let lambda = world.lambda();
    let (ledger, field, post) = (
        world.ledger.clone(),
        Arc::clone(&world.field),
        Arc::clone(&world.post),
    );
    let between = Between {
        lambda: &lambda,
        field: &field,
        post: &post,
        way,
        only,
        inside: Mutex::default(),
    };
    world.pass(&between).await;
    let employee = EmployeeId::new(&world.script.people[0].id).unwrap();
    let cases: Vec<CaseId> = {
        let all = ledger.cases_of(&employee).await.unwrap();
        all.into_iter().map(|(case, _)| case).collect()
    };
    if way == Way::Late {
        // Also when all is over: not even a version changes.
        let before = everything(&ledger, &cases).await;
        for case in &cases {
            between.again(&Value::from(case.as_str())).await;
        }
        if everything(&ledger, &cases).await != before {
            let told = "promise 3: a late copy changed a case that is over".to_owned();
            between.inside.lock().unwrap().changed.push(told);
        }
    }
    let lines = lines(&ledger, &field, &employee, &cases).await;
    let mut letters = BTreeMap::new();
    for (_, letter) in post.letters.lock().unwrap().iter() {
        // Without its instant, which may be a minute later.
        let subject = letter.subject.split(", ").next().unwrap();
        let letter = format!("{} ← {subject}", letter.to);
        *letters.entry(letter).or_default() += 1;
    }
    let mut broken = world.end().await.broken;
    let inside = between.inside.into_inner().unwrap();
    broken.extend(inside.changed);
    End {
        steps: inside.steps,
        struck: inside.struck,
        broken,
        lines,
        letters,
    }
}
