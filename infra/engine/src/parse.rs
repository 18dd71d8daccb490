//! Reading a definition: whatever the workflow does not use is refused, with its place in the document.
//!
//! Each state is read for itself, so that the problems of all of them are told at once.

use std::{
    collections::{BTreeMap, HashMap},
    fmt, mem,
};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    core::MAX_MAP_CONCURRENCY,
    error::{ALL, TIMEOUT},
    model::{
        Kind, Machine, Map, Pass, Resource, Retrier, State, StateId, Succeed, Target, Task, Wait,
    },
};

/// AWS takes no longer time-out, about three years.
pub(crate) const MAX_SECONDS: u32 = 99_999_999;
/// The longest delay before a retry
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>: less than 31622400).
const MAX_DELAY_SECONDS: u32 = 31_622_399;

/// Something in the definition that is wrong or not supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `States.Ask the owner.Retry[0].Foo`. Empty for the document as a whole.
    pub place: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place.as_str() {
            "" => "the definition",
            place => place,
        };
        write!(f, "{place}: {}", self.message)
    }
}

impl std::error::Error for Problem {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Document {
    #[serde(default, rename = "Comment")]
    _comment: String,
    #[serde(default, rename = "QueryLanguage")]
    _query_language: QueryLanguage,
    start_at: Target,
    states: States,
}

#[derive(Default, Deserialize)]
enum QueryLanguage {
    #[default]
    #[serde(rename = "JSONPath")]
    JsonPath,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "Type")]
    kind: Type,
}

#[derive(Deserialize)]
enum Type {
    Task,
    Wait,
    Choice,
    Map,
    Pass,
    Succeed,
    Fail,
}

/// States by their names, not read yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct States(Vec<(String, Box<RawValue>)>);

// By hand: of two states of one name, a map would drop the first without a word.
impl<'de> Deserialize<'de> for States {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<States, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = States;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with at least one state")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<States, A::Error> {
                let mut states: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, state)) = from.next_entry::<String, _>()? {
                    if states.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format!("`{name}` is there twice")));
                    }
                    states.push((name, state));
                }
                match states.is_empty() {
                    true => Err(A::Error::invalid_length(0, &self)),
                    false => Ok(States(states)),
                }
            }
        }
        from.deserialize_map(Reader)
    }
}

impl Machine {
    /// Reads a definition and puts values in for each `${Name}`, as `DefinitionSubstitutions` does on deployment.
    ///
    /// # Errors
    /// Every problem in it; a `${Name}` without a value is one.
    pub fn parse_with(text: &str, substitutions: &[(&str, &str)]) -> Result<Machine, Vec<Problem>> {
        let text = substitutions
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                let quoted = serde_json::Value::from(*value).to_string();
                text.replace(&format!("${{{name}}}"), &quoted[1..quoted.len() - 1])
            });
        let mut reader = Reader::default();
        let mut start = StateId::default();
        if let Some(mut document) = reader.read::<Document>("", &text) {
            let start_at = ("StartAt", &mut document.start_at);
            reader.level("States", start_at, document.states);
            start = document.start_at.id;
        }
        match reader.problems.is_empty() {
            true => Ok(Machine {
                start,
                states: reader.states.into_iter().flatten().collect(),
            }),
            false => Err(reader.problems),
        }
    }

    /// Reads a definition that has no `${Name}` in it.
    ///
    /// # Errors
    /// Every problem in it.
    pub fn parse(text: &str) -> Result<Machine, Vec<Problem>> {
        Machine::parse_with(text, &[])
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    /// `None`: a state whose problems are noted.
    states: Vec<Option<State>>,
    /// Where the state of each name is.
    names: HashMap<String, String>,
}

impl Reader {
    fn problem(&mut self, place: impl Into<String>, message: impl Into<String>) {
        let (place, message) = (place.into(), message.into());
        self.problems.push(Problem { place, message });
    }

    /// `None`: its problem is noted.
    fn read<'de, T: Deserialize<'de>>(&mut self, place: &str, text: &'de str) -> Option<T> {
        let mut from = serde_json::Deserializer::from_str(text);
        let read = serde_path_to_error::deserialize(&mut from);
        let (place, message) = match read {
            Ok(read) => match from.end() {
                Ok(()) => return Some(read),
                Err(error) => (place.to_owned(), error.to_string()),
            },
            Err(error) => {
                let place = match (place, error.path().to_string().as_str()) {
                    (place, ".") => place.to_owned(),
                    ("", path) => path.to_owned(),
                    (place, path) => format!("{place}.{path}"),
                };
                (place, error.into_inner().to_string())
            }
        };
        // serde_json says where in the text it was: that would be counted from where the state begins.
        let message = message
            .rsplit_once(" at line ")
            .map_or(&*message, |(message, _)| message);
        self.problem(place, message);
        None
    }

    /// Reads the states of one level: the machine's, or those inside a Map.
    fn level(&mut self, place: &str, start: (&str, &mut Target), states: States) {
        let first = self.states.len();
        let mut level = Level::new();
        for (name, _) in &states.0 {
            let place = format!("{place}.{name}");
            let Ok(id) = u16::try_from(self.states.len()) else {
                return self.problem(place, "is one state too many");
            };
            if name.chars().count() > 80 {
                self.problem(&place, "a state's name has at most 80 characters");
            }
            if let Some(other) = self.names.insert(name.clone(), place.clone()) {
                self.problem(place, format!("another state has the same name: {other}"));
            }
            self.states.push(None);
            level.insert(name.clone(), StateId(id));
        }
        // What leads where; `None` when that is not known of all.
        let mut ways = Some(Vec::new());
        for (index, (name, text)) in (first..).zip(&states.0) {
            let (id, place) = (level[name], format!("{place}.{name}"));
            let Some(kind) = self.kind(&place, text.get()) else {
                ways = None;
                continue;
            };
            let name = name.as_str().into();
            let mut state = State { id, name, kind };
            for (field, target) in state.targets() {
                match self.link(&format!("{place}.{field}"), target, &level) {
                    Some(to) => ways.iter_mut().for_each(|ways| ways.push((id, to))),
                    None => ways = None,
                }
            }
            self.states[index] = Some(state);
        }
        let start = self.link(start.0, start.1, &level);
        if let (Some(start), Some(ways)) = (start, ways) {
            self.unreachable(place, start, &ways, &level);
        }
    }

    /// Finds the state that is named there.
    fn link(&mut self, place: &str, target: &mut Target, level: &Level) -> Option<StateId> {
        match level.get(&target.name) {
            Some(id) => target.id = *id,
            None => self.problem(
                place,
                format!("there is no state `{}` beside it", target.name),
            ),
        }
        level.get(&target.name).copied()
    }

    /// Notes the states of a level that its start does not lead to.
    fn unreachable(
        &mut self,
        place: &str,
        start: StateId,
        ways: &[(StateId, StateId)],
        level: &Level,
    ) {
        let mut reached = vec![start];
        let mut next = 0;
        while let Some(&at) = reached.get(next) {
            next += 1;
            for (_, to) in ways.iter().filter(|(from, _)| *from == at) {
                if !reached.contains(to) {
                    reached.push(*to);
                }
            }
        }
        for name in level.keys().filter(|name| !reached.contains(&level[*name])) {
            self.problem(format!("{place}.{name}"), "nothing leads to it");
        }
    }

    /// Reads one state and what is inside it. `None`: its problem is noted.
    fn kind(&mut self, place: &str, text: &str) -> Option<Kind> {
        let mut kind = match self.read::<Typed>(place, text)?.kind {
            Type::Task => Kind::Task(self.read(place, text)?),
            Type::Wait => Kind::Wait(self.read(place, text)?),
            Type::Choice => Kind::Choice(self.read(place, text)?),
            Type::Map => Kind::Map(self.read(place, text)?),
            Type::Pass => Kind::Pass(self.read(place, text)?),
            Type::Succeed => self.read::<Succeed>(place, text).map(|_| Kind::Succeed)?,
            Type::Fail => Kind::Fail(self.read(place, text)?),
        };
        let goes_on = match &mut kind {
            Kind::Task(task) => {
                self.task(place, task);
                Some((task.next.is_some(), task.end))
            }
            Kind::Wait(wait) => Some((wait.next.is_some(), wait.end)),
            Kind::Map(map) => {
                self.map(place, map);
                Some((map.next.is_some(), map.end))
            }
            Kind::Pass(pass) => Some((pass.next.is_some(), pass.end)),
            Kind::Choice(choice) => {
                if choice.choices.is_empty() {
                    self.problem(format!("{place}.Choices"), "must have at least one rule");
                }
                None
            }
            Kind::Succeed | Kind::Fail(_) => None,
        };
        if goes_on.is_some_and(|(next, end)| next == end) {
            self.problem(place, "must have either Next or `End: true`");
        }
        Some(kind)
    }

    fn map(&mut self, place: &str, map: &mut Map) {
        if !(1..=MAX_MAP_CONCURRENCY).contains(&map.max_concurrency) {
            // More is refused so that nobody counts on it: AWS runs no more at once, whatever is asked for.
            let message = format!("must be a number from 1 to {MAX_MAP_CONCURRENCY}");
            self.problem(format!("{place}.MaxConcurrency"), message);
        }
        let states = mem::take(&mut map.item_processor.states);
        let start_at = format!("{place}.ItemProcessor.StartAt");
        let start_at = (&*start_at, &mut map.item_processor.start_at);
        self.level(&format!("{place}.ItemProcessor.States"), start_at, states);
    }

    fn task(&mut self, place: &str, task: &Task) {
        let (mut given, mut wanted) =
            (task.parameters.names(), task.resource.parameters().to_vec());
        given.sort_unstable();
        wanted.sort_unstable();
        if given != wanted {
            let message = format!("must have {}, and nothing else", wanted.join(", "));
            self.problem(format!("{place}.Parameters"), message);
        }
        if task.parameters.has_token() != (task.resource == Resource::InvokeAndWait) {
            let message = "must have `$$.Task.Token` in it if the token is awaited, and only then";
            self.problem(format!("{place}.Parameters"), message);
        }
        let errors = task.retry.iter().map(|retrier| &retrier.error_equals);
        self.errors(&format!("{place}.Retry"), errors.collect());
        let errors = task.catch.iter().map(|catcher| &catcher.error_equals);
        self.errors(&format!("{place}.Catch"), errors.collect());
        for (index, retrier) in task.retry.iter().enumerate() {
            self.retrier(&format!("{place}.Retry[{index}]"), retrier);
        }
    }

    fn retrier(&mut self, place: &str, retrier: &Retrier) {
        let delays = retrier.interval_seconds..=MAX_DELAY_SECONDS;
        if retrier.interval_seconds == 0 || !delays.contains(&retrier.max_delay_seconds) {
            let message = format!(
                "IntervalSeconds must be at least 1, and MaxDelaySeconds from it to {MAX_DELAY_SECONDS}"
            );
            self.problem(place, message);
        }
        if retrier.max_attempts > MAX_SECONDS {
            self.problem(
                format!("{place}.MaxAttempts"),
                format!("must be at most {MAX_SECONDS}"),
            );
        }
        if retrier.backoff_rate < 1.0 {
            self.problem(format!("{place}.BackoffRate"), "must be a number from 1 up");
        }
    }

    /// The `ErrorEquals` of all retriers or catchers of a state.
    fn errors(&mut self, place: &str, lists: Vec<&Vec<String>>) {
        for (index, errors) in lists.iter().enumerate() {
            let place = format!("{place}[{index}].ErrorEquals");
            if errors.is_empty() || errors.iter().any(String::is_empty) {
                self.problem(&place, "must be a list of errors' names");
            }
            let known = |name: &str| !name.starts_with("States.") || [ALL, TIMEOUT].contains(&name);
            if let Some(other) = errors.iter().find(|name| !known(name)) {
                self.problem(
                    &place,
                    format!("`{other}` is not an error that this engine supports here"),
                );
            }
            let is_alone = errors.len() == 1 && index + 1 == lists.len();
            if errors.iter().any(|name| name == ALL) && !is_alone {
                self.problem(&place, "States.ALL must stand alone, in the last entry");
            }
        }
    }
}

/// The states of one level.
type Level = BTreeMap<String, StateId>;

impl State {
    /// What leads on from it, with the field that says so.
    fn targets(&mut self) -> Vec<(String, &mut Target)> {
        match &mut self.kind {
            Kind::Task(task) => {
                let caught = task.catch.iter_mut().enumerate();
                let caught = caught.map(|(n, it)| (format!("Catch[{n}].Next"), &mut it.next));
                let next = task.next.iter_mut().map(|next| ("Next".to_owned(), next));
                next.chain(caught).collect()
            }
            Kind::Choice(choice) => {
                let rules = choice.choices.iter_mut().enumerate();
                let rules = rules.map(|(n, it)| (format!("Choices[{n}].Next"), &mut it.next));
                let otherwise = ("Default".to_owned(), &mut choice.default);
                rules.chain([otherwise]).collect()
            }
            Kind::Wait(Wait { next, .. })
            | Kind::Map(Map { next, .. })
            | Kind::Pass(Pass { next, .. }) => next
                .iter_mut()
                .map(|next| ("Next".to_owned(), next))
                .collect(),
            Kind::Succeed | Kind::Fail(_) => Vec::new(),
        }
    }
}
