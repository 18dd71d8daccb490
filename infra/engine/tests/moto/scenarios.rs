//! Definitions, inputs and what their Lambdas answer.
use serde_json::{Value, json};

use crate::common::{Reply, machine, map, task, waiting};

pub struct Scenario {
    /// Also the execution's name.
    pub name: &'static str,
    pub definition: Value,
    pub input: Value,
    /// Replies of each Lambda.
    pub replies: Vec<(&'static str, Vec<Reply>)>,
    /// Stopped after a second.
    pub stop: bool,
    /// Whether branches run side by side.
    pub free: bool,
    /// Types of events that are not compared, since moto departs from AWS there.
    pub ignored: &'static [&'static str],
}

impl Scenario {
    pub fn new(
        name: &'static str,
        definition: Value,
        input: Value,
        replies: &[(&'static str, &[Reply])],
    ) -> Scenario {
        let replies = replies
            .iter()
            .map(|(name, replies)| (*name, replies.to_vec()));
        let mut scenario = Scenario {
            name,
            definition,
            input,
            replies: replies.collect(),
            stop: false,
            free: false,
            ignored: &[],
        };
        // All scenarios share moto's Lambdas, so that each has its own under its own name.
        scenario.rename();
        scenario
    }

    pub fn function(&self, function: &str) -> String {
        format!("{}-{function}", self.name)
    }

    fn rename(&mut self) {
        let (name, functions) = (self.name, &self.replies);
        fn walk(value: &mut Value, name: &str, functions: &[(&str, Vec<Reply>)]) {
            match value {
                Value::Object(fields) => {
                    for (key, value) in fields {
                        let known = |text: &str| functions.iter().any(|(one, _)| *one == text);
                        match value {
                            Value::String(text)
                                if (key == "FunctionName" || key == "function") && known(text) =>
                            {
                                *text = format!("{name}-{text}");
                            }
                            other => walk(other, name, functions),
                        }
                    }
                }
                Value::Array(items) => items
                    .iter_mut()
                    .for_each(|item| walk(item, name, functions)),
                _ => {}
            }
        }
        walk(&mut self.definition, name, functions);
        let known = self.replies.clone();
        for reply in self.replies.iter_mut().flat_map(|(_, replies)| replies) {
            if let Reply::Ok(value) = reply {
                walk(value, name, &known);
            }
        }
    }

    pub fn stopped(mut self) -> Scenario {
        self.stop = true;
        self
    }

    pub fn free(mut self) -> Scenario {
        self.free = true;
        self
    }

    /// With the reason why.
    pub fn ignoring(mut self, _reason: &str, types: &'static [&'static str]) -> Scenario {
        self.ignored = types;
        self
    }

    pub fn for_moto(&self) -> Value {
        let replies = self.replies.iter().map(|(name, replies)| {
            (
                self.function(name),
                replies.iter().map(for_moto).collect::<Value>(),
            )
        });
        json!({
            "name": self.name, "definition": self.definition, "input": self.input, "stop": self.stop,
            "replies": replies.collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// A reply as `run.py` reads it.
pub fn for_moto(reply: &Reply) -> Value {
    match reply {
        Reply::Ok(value) => json!({ "ok": value }),
        Reply::Error(name) => json!({ "error": name }),
        Reply::Silent => json!({ "silent": true }),
        Reply::CallBack(value) => json!({ "callback": { "ok": value } }),
    }
}

/// moto writes this event first even when the answer comes while the call is still out.
const SUBMITTED: &str = "a callback may come before the call returns";

fn ok(value: Value) -> Reply {
    Reply::Ok(value)
}

fn end() -> Value {
    json!({ "Type": "Succeed" })
}

fn retry(error: &str, attempts: u32) -> Value {
    json!({
        "ErrorEquals": [error], "IntervalSeconds": 1, "MaxAttempts": attempts, "BackoffRate": 1, "MaxDelaySeconds": 1,
        "JitterStrategy": "FULL",
    })
}

/// A Task whose catcher leads to `Caught`.
fn catching(errors: Value, path: Value) -> Value {
    let catch = json!([{ "ErrorEquals": errors, "ResultPath": path, "Next": "Caught" }]);
    machine(json!({
        "Go": task("f", json!({ "Catch": catch, "TimeoutSecondsPath": "$.long" })),
        "Caught": { "Type": "Pass", "End": true },
    }))
}

fn choosing(rules: Value) -> Value {
    machine(json!({
        "Go": { "Type": "Choice", "Choices": rules, "Default": "Otherwise" },
        "Yes": end(), "Other": end(), "Otherwise": { "Type": "Fail", "Error": "Otherwise", "Cause": "no rule" },
    }))
}

#[allow(clippy::too_many_lines, reason = "a table")]
pub fn all() -> Vec<Scenario> {
    let input = || json!({ "a": { "b": 1 }, "list": [{ "n": 1 }, { "n": 2 }, { "n": 3 }], "flag": true, "word": "x", "short": 1, "long": 20, "past": "2020-01-01T00:00:00Z", "far": "2099-01-01T00:00:00Z" });
    let go = |more: Value| machine(json!({ "Go": task("f", more) }));
    let f = |name: &'static str, definition: Value, replies: &[Reply]| {
        Scenario::new(name, definition, input(), &[("f", replies)])
    };
    let pass = |name: &str| json!({ name: { "Type": "Pass", "Result": "do", "ResultPath": "$.z", "End": true } });
    let mut inner = map("$", pass("Deep"));
    inner["ItemProcessor"]["StartAt"] = json!("Deep");
    let mut one_by_one = map("$.list", json!({ "In": task("f", json!({})) }));
    one_by_one["MaxConcurrency"] = json!(1);
    let busy = Reply::Error("Busy");
    let mut all = vec![
        f("success", go(json!({})), &[ok(json!({ "x": 1 }))]),
        f("retry-named", go(json!({ "Retry": [retry("Busy", 3)] })), &[busy.clone(), busy.clone(), ok(json!(1))]),
        f("retry-all", go(json!({ "Retry": [retry("States.ALL", 3)] })), &[busy.clone(), ok(json!(1))]),
        f("retry-exhausted", go(json!({ "Retry": [retry("Busy", 2)] })), &[busy.clone()]),
        f("retry-none", go(json!({ "Retry": [retry("Busy", 0)] })), &[busy.clone()]),
        f("retry-other-error", go(json!({ "Retry": [retry("Unreachable", 2)] })), &[busy.clone()]),
        f(
            "retry-two-retriers",
            go(json!({ "Retry": [retry("Busy", 1), retry("Unreachable", 2)] })),
            &[busy.clone(), Reply::Error("Unreachable"), Reply::Error("Unreachable"), ok(json!(1))],
        ),
        f("catch-named", catching(json!(["Busy"]), json!("$.failure")), &[busy.clone()]),
        f("catch-all", catching(json!(["States.ALL"]), json!("$")), &[busy.clone()]),
        f("catch-dropped", catching(json!(["Busy"]), json!(null)), &[busy.clone()]),
        f("catch-none-matches", catching(json!(["Unreachable"]), json!("$")), &[busy.clone()]),
        f("result-dropped", go(json!({ "ResultPath": null })), &[ok(json!({ "x": 1 }))]),
        f("result-merged", go(json!({ "ResultPath": "$.a.new" })), &[ok(json!({ "x": 1 }))]),
        f("result-selected", go(json!({ "ResultSelector": { "y.$": "$.Payload.x", "z": "two" }, "ResultPath": "$.r" })), &[ok(json!({ "x": 1 }))]),
        f("missing-path", go(json!({ "Parameters": { "FunctionName": "f", "Payload": { "x.$": "$.nothing" } } })), &[ok(json!(1))])
            .ignoring("AWS fails the execution without an event of the task, which was never scheduled", &["TaskFailed"]),
        f(
            "callback-success",
            machine(json!({ "Go": waiting("f", json!({ "TimeoutSecondsPath": "$.long", "ResultPath": "$.answer" })) })),
            &[Reply::CallBack(json!({ "answer": "done" }))],
        ).ignoring(SUBMITTED, &["TaskSubmitted"]),
        f("callback-invoke-fails", machine(json!({ "Go": waiting("f", json!({ "TimeoutSecondsPath": "$.long" })) })), &[busy.clone()]),
        f(
            "callback-timeout-path",
            machine(json!({
                "Go": waiting("f", json!({ "TimeoutSecondsPath": "$.short", "Catch": [{ "ErrorEquals": ["States.Timeout"], "ResultPath": null, "Next": "Caught" }] })),
                "Caught": end(),
            })),
            &[ok(json!({}))],
        ),
        f("stopped", machine(json!({ "Go": { "Type": "Wait", "TimestampPath": "$.far", "Next": "More" }, "More": end() })), &[]).stopped().ignoring("moto writes it without the error", &["ExecutionAborted"]),
        f("map", machine(json!({ "Go": map("$.list", json!({ "In": task("f", json!({ "ResultPath": "$.r", "ResultSelector": { "v.$": "$.Payload" } })) })) })), &[ok(json!(7))]).free(),
        f(
            "map-of-maps",
            machine(json!({ "Go": map("$.groups", json!({ "In": inner })) })),
            &[],
        ).free(),
        f("map-fails", machine(json!({ "Go": one_by_one })), &[ok(json!(1)), busy.clone()]).free(),
        f("map-empty", machine(json!({ "Go": map("$.empty", pass("In")) })), &[]),
        f("choice-string", choosing(json!([{ "Variable": "$.word", "StringEquals": "x", "Next": "Yes" }, { "Variable": "$.word", "StringEquals": "y", "Next": "Other" }])), &[]),
        f("choice-boolean", choosing(json!([{ "Variable": "$.flag", "BooleanEquals": false, "Next": "Yes" }, { "Variable": "$.flag", "BooleanEquals": true, "Next": "Other" }])), &[]),
        f("choice-and", choosing(json!([{ "And": [{ "Variable": "$.flag", "BooleanEquals": true }, { "Variable": "$.word", "StringEquals": "y" }], "Next": "Yes" }, { "And": [{ "Variable": "$.flag", "BooleanEquals": true }, { "Variable": "$.word", "StringEquals": "x" }], "Next": "Other" }])), &[]),
        f("choice-other-type", choosing(json!([{ "Variable": "$.flag", "StringEquals": "true", "Next": "Yes" }, { "Variable": "$.a.b", "BooleanEquals": true, "Next": "Other" }])), &[]),
        f("choice-default", choosing(json!([{ "Variable": "$.word", "StringEquals": "y", "Next": "Yes" }, { "Variable": "$.word", "StringEquals": "z", "Next": "Other" }])), &[]),
        f("wait-past", machine(json!({ "Go": { "Type": "Wait", "TimestampPath": "$.past", "End": true } })), &[]),
        f("fail", machine(json!({ "Go": { "Type": "Fail", "Error": "x", "Cause": "why" } })), &[]),
        f(
            "pass",
            machine(json!({
                "Go": { "Type": "Pass", "Next": "More" },
                "More": { "Type": "Pass", "Result": "do", "ResultPath": "$.step", "End": true },
            })),
            &[],
        ),
        f(
            "context",
            go(json!({ "Parameters": { "FunctionName": "f", "Payload": { "id.$": "$$.Execution.Id", "at.$": "$$.State.EnteredTime", "again.$": "$$.State.RetryCount" } } })),
            &[ok(json!(1))],
        ),
        f(
            "publish",
            machine(json!({ "Go": {
                "Type": "Task", "Resource": "arn:aws:states:::sns:publish", "ResultPath": null, "End": true,
                "Parameters": { "TopicArn": "arn:aws:sns:us-east-1:123456789012:alerts", "Subject": "s", "Message": { "text": "t", "x.$": "$.a.b" } },
            } })),
            &[],
        ),
    ];
    for scenario in &mut all {
        scenario.input["groups"] = json!([[{ "n": 1 }, { "n": 2 }], [{ "n": 3 }]]);
        scenario.input["empty"] = json!([]);
    }
    all.extend(workflow());
    all
}

/// Latchkey's own workflow.
pub fn definition() -> Value {
    let text = include_str!("../../../workflow.asl.json")
        .replace("${PlanFunction}", "plan")
        .replace("${AskFunction}", "ask")
        .replace("${VerifyFunction}", "verify")
        .replace("${CloseFunction}", "close")
        .replace("${MailFunction}", "mail")
        .replace(
            "${AlertsTopic}",
            "arn:aws:sns:us-east-1:123456789012:alerts",
        );
    serde_json::from_str(&text).unwrap()
}

/// The real workflow, with Lambdas that answer as these.
#[allow(clippy::too_many_lines, reason = "a table")]
fn workflow() -> Vec<Scenario> {
    let definition = definition();
    let run = |name: &'static str, replies: &[(&'static str, &[Reply])]| {
        let input = json!({ "caseId": "case-1", "revision": 1, "limits": { "step": 20 } });
        Scenario::new(name, definition.clone(), input, replies)
            .free()
            .ignoring(SUBMITTED, &["TaskSubmitted"])
    };
    let planned = |tasks: usize, by: &str| {
        let task = |number| {
            json!({
                "caseId": "case-1", "revision": 1, "taskId": format!("task-{number}"), "by": by,
                "function": "system", "opens": "2020-01-01T00:00:00Z", "needsOthers": false,
                "limits": { "step": 20, "needs": 20, "patience": 20 }, "failure": { "Error": "none" },
            })
        };
        ok(json!({ "groups": [{ "tasks": (0..tasks).map(task).collect::<Vec<_>>() }] }))
    };
    let verdict = |word: &str| ok(json!({ "verdict": word, "until": "2020-01-01T00:00:00Z" }));
    // A wait that ends by its time is short, and one that ends by an answer long: moto's seconds are real.
    let ready = |reminder: u32, due: u32| {
        ok(
            json!({ "untilReminder": reminder, "untilDue": due, "untilEscalation": 30, "patience": 30 }),
        )
    };
    let answered = |word: &str| Reply::CallBack(json!({ "answer": word }));
    let done = || ok(json!({}));
    let carried = |wait: bool| ok(json!({ "wait": wait, "until": "2020-01-01T00:00:00Z" }));
    vec![
        run(
            "workflow-systems",
            &[
                ("plan", &[planned(3, "system")]),
                ("system", &[Reply::Error("Busy"), carried(false)]),
                ("verify", &[verdict("verified")]),
                ("close", &[done()]),
            ],
        ),
        run(
            "workflow-system-needs-time",
            &[
                ("plan", &[planned(1, "system")]),
                ("system", &[carried(true), carried(true), carried(false)]),
                ("verify", &[verdict("wait"), verdict("verified")]),
                ("close", &[done()]),
            ],
        ),
        run(
            "workflow-person",
            &[
                ("plan", &[planned(1, "person")]),
                ("ask", &[ready(30, 30), answered("done")]),
                ("verify", &[verdict("verified")]),
                ("close", &[done()]),
            ],
        ),
        run(
            "workflow-mended",
            &[
                ("plan", &[planned(1, "system")]),
                ("system", &[Reply::Error("Rejected"), carried(false)]),
                ("ask", &[ready(30, 30), answered("done")]),
                ("verify", &[verdict("verified")]),
                ("close", &[done()]),
            ],
        ),
        run(
            "workflow-chased",
            &[
                ("plan", &[planned(1, "person")]),
                (
                    "ask",
                    &[
                        ready(1, 1),
                        done(),
                        done(),
                        answered("declined"),
                        answered("ended"),
                    ],
                ),
                ("verify", &[verdict("verified")]),
                ("close", &[done()]),
            ],
        ),
        run(
            "workflow-superseded",
            &[
                ("plan", &[planned(2, "system")]),
                ("system", &[Reply::Error("Fenced")]),
                ("close", &[Reply::Error("Fenced")]),
            ],
        ),
        run(
            "workflow-not-closed",
            &[
                ("plan", &[planned(1, "system")]),
                ("system", &[carried(false)]),
                ("verify", &[verdict("verified")]),
                ("close", &[Reply::Error("NotAllEnded")]),
            ],
        ),
    ]
}
