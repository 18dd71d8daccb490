//! The state machine, as it is read from the definition and as it runs.
//!
//! Each type has the fields that the workflow uses; any other field is refused. What the fields say is compared with
//! each other in [`crate::parse`].

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

use crate::{parse::States, path::Path, template::Template};

/// A state's position in [`Machine::states`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct StateId(pub(crate) u16);

/// A definition that this engine can run.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) start: StateId,
    /// Those inside Maps too.
    pub(crate) states: Vec<State>,
}

impl Machine {
    pub(crate) fn state(&self, id: StateId) -> &State {
        &self.states[usize::from(id.0)]
    }
}

/// One state.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) id: StateId,
    pub(crate) name: Arc<str>,
    pub(crate) kind: Kind,
}

impl State {
    /// The state after this one. `None` for one that ends, and for a Choice.
    pub(crate) fn next(&self) -> Option<&Target> {
        match &self.kind {
            Kind::Task(task) => task.next.as_ref(),
            Kind::Wait(wait) => wait.next.as_ref(),
            Kind::Map(map) => map.next.as_ref(),
            Kind::Pass(pass) => pass.next.as_ref(),
            Kind::Choice(_) | Kind::Succeed | Kind::Fail(_) => None,
        }
    }

    pub(crate) fn retry(&self) -> &[Retrier] {
        match &self.kind {
            Kind::Task(task) => &task.retry,
            _ => &[],
        }
    }

    pub(crate) fn catch(&self) -> &[Catcher] {
        match &self.kind {
            Kind::Task(task) => &task.catch,
            _ => &[],
        }
    }
}

/// The state that a `Next`, `Default` or `StartAt` names; its position is filled in once all states beside it are
/// known.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) id: StateId,
}

impl From<String> for Target {
    fn from(name: String) -> Target {
        let id = StateId::default();
        Target { name, id }
    }
}

/// What a state does.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Task(Task),
    Wait(Wait),
    Choice(Choice),
    Map(Map),
    Pass(Pass),
    Succeed,
    Fail(Fail),
}

impl Kind {
    /// The `Type` it has in the document.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Kind::Task(_) => "Task",
            Kind::Wait(_) => "Wait",
            Kind::Choice(_) => "Choice",
            Kind::Map(_) => "Map",
            Kind::Pass(_) => "Pass",
            Kind::Succeed => "Succeed",
            Kind::Fail(_) => "Fail",
        }
    }
}

/// Calls a Lambda or publishes a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Task {
    #[serde(rename = "Type")]
    _type: IgnoredAny,
    #[serde(default, rename = "Comment")]
    _comment: String,
    pub(crate) resource: Resource,
    pub(crate) parameters: Template,
    /// After how many seconds it fails with `States.Timeout`.
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) timeout_seconds_path: Option<Path>,
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) result_selector: Option<Template>,
    /// `None` is `null`: the result is dropped.
    #[serde(default = "whole")]
    pub(crate) result_path: Option<Path>,
    #[serde(default)]
    pub(crate) retry: Vec<Retrier>,
    #[serde(default)]
    pub(crate) catch: Vec<Catcher>,
    pub(crate) next: Option<Target>,
    #[serde(default)]
    pub(crate) end: bool,
}

/// What a Task calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum Resource {
    #[serde(rename = "arn:aws:states:::lambda:invoke")]
    Invoke,
    #[serde(rename = "arn:aws:states:::lambda:invoke.waitForTaskToken")]
    InvokeAndWait,
    #[serde(rename = "arn:aws:states:::sns:publish")]
    Publish,
}

impl Resource {
    /// The fields of its `Parameters`.
    pub(crate) fn parameters(self) -> &'static [&'static str] {
        match self {
            Resource::Publish => &["TopicArn", "Subject", "Message"],
            Resource::Invoke | Resource::InvokeAndWait => &["FunctionName", "Payload"],
        }
    }
}

/// Does an attempt again after some errors.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Retrier {
    pub(crate) error_equals: Vec<String>,
    /// Seconds before the first retry.
    pub(crate) interval_seconds: u32,
    pub(crate) max_attempts: u32,
    /// By how much each delay is longer than the one before.
    pub(crate) backoff_rate: f64,
    /// No delay is longer.
    pub(crate) max_delay_seconds: u32,
    #[serde(rename = "JitterStrategy")]
    _jitter_strategy: Jitter,
}

/// With `FULL` a delay is anything from nothing to the computed one.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Jitter {
    Full,
}

/// Goes on after some errors.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Catcher {
    pub(crate) error_equals: Vec<String>,
    /// Where the error is put; `None` is `null`.
    #[serde(default = "whole")]
    pub(crate) result_path: Option<Path>,
    pub(crate) next: Target,
}

/// Waits until an RFC 3339 instant in its input.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Wait {
    #[serde(rename = "Type")]
    _type: IgnoredAny,
    #[serde(default, rename = "Comment")]
    _comment: String,
    pub(crate) timestamp_path: Path,
    pub(crate) next: Option<Target>,
    #[serde(default)]
    pub(crate) end: bool,
}

/// Goes where the first rule that holds leads to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Choice {
    #[serde(rename = "Type")]
    _type: IgnoredAny,
    #[serde(default, rename = "Comment")]
    _comment: String,
    pub(crate) choices: Vec<Rule>,
    /// Where to go when none holds.
    pub(crate) default: Target,
}

/// A rule of a Choice: it holds when all of its tests do.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RuleFields")]
pub(crate) struct Rule {
    pub(crate) tests: Vec<Test>,
    pub(crate) next: Target,
}

/// Whether a value is this text or this boolean.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "TestFields")]
pub(crate) struct Test {
    pub(crate) variable: Path,
    pub(crate) equals: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TestFields {
    variable: Option<Path>,
    string_equals: Option<String>,
    boolean_equals: Option<bool>,
}

impl TryFrom<TestFields> for Test {
    type Error = &'static str;

    fn try_from(fields: TestFields) -> Result<Test, &'static str> {
        let equals = match (fields.string_equals, fields.boolean_equals) {
            (Some(text), None) => text.into(),
            (None, Some(flag)) => flag.into(),
            _ => return Err("must have either StringEquals or BooleanEquals"),
        };
        let variable = fields.variable.ok_or("must have a Variable")?;
        Ok(Test { variable, equals })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RuleFields {
    variable: Option<Path>,
    string_equals: Option<String>,
    boolean_equals: Option<bool>,
    and: Option<Vec<Test>>,
    next: Target,
}

impl TryFrom<RuleFields> for Rule {
    type Error = &'static str;

    fn try_from(fields: RuleFields) -> Result<Rule, &'static str> {
        let (variable, string_equals, boolean_equals) =
            (fields.variable, fields.string_equals, fields.boolean_equals);
        let alone = variable.is_none() && string_equals.is_none() && boolean_equals.is_none();
        let tests = match fields.and {
            Some(tests) if alone && !tests.is_empty() => tests,
            Some(_) => return Err("And must have at least one test in it and none beside it"),
            None => vec![Test::try_from(TestFields {
                variable,
                string_equals,
                boolean_equals,
            })?],
        };
        let next = fields.next;
        Ok(Rule { tests, next })
    }
}

/// Runs its states for each item of a list, inline. What they give is dropped.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Map {
    #[serde(rename = "Type")]
    _type: IgnoredAny,
    #[serde(default, rename = "Comment")]
    _comment: String,
    pub(crate) items_path: Path,
    /// How many iterations run at once.
    pub(crate) max_concurrency: u32,
    pub(crate) item_processor: ItemProcessor,
    #[serde(rename = "ResultPath", deserialize_with = "null")]
    _result_path: (),
    pub(crate) next: Option<Target>,
    #[serde(default)]
    pub(crate) end: bool,
}

/// The states inside a Map.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct ItemProcessor {
    #[serde(rename = "ProcessorConfig")]
    _processor_config: ProcessorConfig,
    pub(crate) start_at: Target,
    /// Empty once they stand among [`Machine::states`].
    pub(crate) states: States,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ProcessorConfig {
    #[serde(rename = "Mode")]
    _mode: Mode,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Mode {
    Inline,
}

/// Hands on its input, with a fixed text put into it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Pass {
    #[serde(rename = "Type")]
    _type: IgnoredAny,
    #[serde(default, rename = "Comment")]
    _comment: String,
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) result: Option<String>,
    #[serde(default = "whole")]
    pub(crate) result_path: Option<Path>,
    pub(crate) next: Option<Target>,
    #[serde(default)]
    pub(crate) end: bool,
}

/// Ends well.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Succeed {
    #[serde(rename = "Type")]
    _type: IgnoredAny,
    #[serde(default, rename = "Comment")]
    _comment: String,
}

/// Ends badly.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Fail {
    #[serde(rename = "Type")]
    _type: IgnoredAny,
    #[serde(default, rename = "Comment")]
    _comment: String,
    pub(crate) error: String,
    pub(crate) cause: String,
}

/// A `ResultPath` that is not there: the result takes the place of the input.
fn whole() -> Option<Path> {
    Some(Path::root())
}

/// A field that may be left out but must not be `null`.
fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

fn null<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    match Option::<IgnoredAny>::deserialize(from)? {
        None => Ok(()),
        Some(_) => Err(serde::de::Error::custom(
            "must be null: what a Map gives is dropped",
        )),
    }
}
