//! The parsed state machine. Public, so that a linter can look at every state.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::path::Path;

/// A state's position in [`Machine::states`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub(crate) u16);

/// A definition that this engine can run.
#[derive(Debug, Clone)]
pub struct Machine {
    /// What it is for.
    pub comment: Option<String>,
    /// After how many seconds an execution times out.
    pub timeout_seconds: Option<u32>,
    /// Where an execution begins.
    pub start: StateId,
    pub(crate) states: Vec<State>,
}

impl Machine {
    /// Every state, those inside Maps and Parallels too, outer ones before the ones they hold.
    pub fn states(&self) -> impl Iterator<Item = &State> {
        self.states.iter()
    }

    /// One state.
    #[must_use]
    pub fn state(&self, id: StateId) -> &State {
        &self.states[usize::from(id.0)]
    }

    /// The state of that name; names are unique in a definition.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|state| &*state.name == name)
    }
}

/// One state.
#[derive(Debug, Clone)]
pub struct State {
    /// Its own position.
    pub id: StateId,
    /// Its name.
    pub name: Arc<str>,
    /// Its place in the document, e.g. `States.Work.ItemProcessor.States.Wait`.
    pub place: String,
    /// The Map or Parallel that holds it.
    pub parent: Option<StateId>,
    /// What it says of itself.
    pub comment: Option<String>,
    /// What it does.
    pub kind: Kind,
    /// `InputPath`; `None` is `null`, an empty object.
    pub input_path: Option<Path>,
    /// `OutputPath`; `None` is `null`, an empty object.
    pub output_path: Option<Path>,
    /// `Parameters`, or a Map's `ItemSelector`.
    pub parameters: Option<Template>,
    /// `ResultSelector`.
    pub result_selector: Option<Template>,
    /// `ResultPath`; `None` is `null`, the result is dropped.
    pub result_path: Option<Path>,
    /// `Retry`, in order.
    pub retry: Vec<Retrier>,
    /// `Catch`, in order.
    pub catch: Vec<Catcher>,
    /// The state after this one. `None` for one that ends, and for a Choice.
    pub next: Option<StateId>,
}

impl State {
    /// Every state that can come right after this one, without the insides of a Map or Parallel.
    #[must_use]
    pub fn targets(&self) -> Vec<StateId> {
        let mut targets: Vec<StateId> = self.next.into_iter().collect();
        targets.extend(self.catch.iter().map(|catcher| catcher.next));
        if let Kind::Choice(choice) = &self.kind {
            targets.extend(choice.rules.iter().map(|(_, next)| *next));
            targets.extend(choice.default);
        }
        targets
    }
}

/// What a state does.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Calls a Lambda or publishes a message.
    Task(Task),
    /// Waits.
    Wait(Wait),
    /// Goes one way or another.
    Choice(Choice),
    /// Runs its states for each item of a list.
    Map(Map),
    /// Runs branches side by side; where each one begins.
    Parallel(Vec<StateId>),
    /// Hands on a fixed result, or its input.
    Pass(Option<Value>),
    /// Ends well.
    Succeed,
    /// Ends badly.
    Fail(Fail),
}

impl Kind {
    /// The `Type` it has in the document.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Task(_) => "Task",
            Kind::Wait(_) => "Wait",
            Kind::Choice(_) => "Choice",
            Kind::Map(_) => "Map",
            Kind::Parallel(_) => "Parallel",
            Kind::Pass(_) => "Pass",
            Kind::Succeed => "Succeed",
            Kind::Fail(_) => "Fail",
        }
    }
}

/// A Task state.
#[derive(Debug, Clone)]
pub struct Task {
    /// What it calls.
    pub resource: Resource,
    /// After how long it fails with `States.Timeout`.
    pub timeout: Option<Seconds>,
    /// How long its heartbeat may stay away.
    pub heartbeat: Option<Seconds>,
}

/// What a Task calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// `arn:aws:states:::lambda:invoke`
    Invoke,
    /// `arn:aws:states:::lambda:invoke.waitForTaskToken`
    InvokeAndWait,
    /// `arn:aws:states:::sns:publish`
    Publish,
}

impl Resource {
    /// The ARN in the document.
    #[must_use]
    pub fn arn(self) -> &'static str {
        match self {
            Resource::Invoke => "arn:aws:states:::lambda:invoke",
            Resource::InvokeAndWait => "arn:aws:states:::lambda:invoke.waitForTaskToken",
            Resource::Publish => "arn:aws:states:::sns:publish",
        }
    }
}

/// A number of seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seconds {
    /// Written in the definition.
    Fixed(u32),
    /// Read from the state's input.
    At(Path),
}

/// How long a Wait waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// `Seconds` or `SecondsPath`.
    For(Seconds),
    /// `Timestamp`, an instant.
    Until(Timestamp),
    /// `TimestampPath`: an RFC 3339 instant in the input.
    UntilAt(Path),
}

/// A Choice state.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The first rule that holds says where to go.
    pub rules: Vec<(Rule, StateId)>,
    /// Where to go when none holds.
    pub default: Option<StateId>,
}

/// A rule of a Choice.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// All of them.
    And(Vec<Rule>),
    /// Any of them.
    Or(Vec<Rule>),
    /// Not that.
    Not(Box<Rule>),
    /// A test of one value.
    Test(Path, Test),
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Whether there is anything.
    IsPresent(bool),
    /// Whether it is `null`.
    IsNull(bool),
    /// Whether it is this boolean.
    BooleanEquals(bool),
    /// Whether it is this text.
    StringEquals(String),
    /// How it compares with this number.
    Numeric(Compare, f64),
}

/// How two numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `NumericEquals`
    Equals,
    /// `NumericLessThan`
    Less,
    /// `NumericLessThanEquals`
    LessOrEqual,
    /// `NumericGreaterThan`
    Greater,
    /// `NumericGreaterThanEquals`
    GreaterOrEqual,
}

/// A Map state, inline.
#[derive(Debug, Clone)]
pub struct Map {
    /// Where the list is.
    pub items: Path,
    /// How many iterations run at once; at most [`crate::MAX_MAP_CONCURRENCY`].
    pub max_concurrency: u32,
    /// Where each iteration begins.
    pub start: StateId,
}

/// A Fail state.
#[derive(Debug, Clone)]
pub struct Fail {
    /// The error's name.
    pub error: Option<Words>,
    /// Why.
    pub cause: Option<Words>,
}

/// A text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Written in the definition.
    Fixed(String),
    /// Read from the state's input.
    At(Path),
}

/// A retrier.
#[derive(Debug, Clone)]
pub struct Retrier {
    /// The errors it is for.
    pub errors: Vec<String>,
    /// Seconds before the first retry.
    pub interval_seconds: u32,
    /// How often it retries.
    pub max_attempts: u32,
    /// By how much each delay is longer than the one before.
    pub backoff_rate: f64,
    /// No delay is longer, in seconds.
    pub max_delay_seconds: Option<u32>,
    /// `JitterStrategy` FULL: the delay is anything from nothing to the computed one.
    pub full_jitter: bool,
}

/// A catcher.
#[derive(Debug, Clone)]
pub struct Catcher {
    /// The errors it is for.
    pub errors: Vec<String>,
    /// Where the error is put; `None` is `null`.
    pub result_path: Option<Path>,
    /// Where to go.
    pub next: StateId,
}

/// `Parameters`, `ItemSelector` or `ResultSelector`: JSON in which some values are looked up.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    /// As written.
    Fixed(Value),
    /// Looked up: a field whose name ends in `.$`.
    At(Path),
    /// An object with something to look up in it.
    Object(Vec<(String, Template)>),
    /// A list with something to look up in it.
    List(Vec<Template>),
}
