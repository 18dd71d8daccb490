//! Reading a definition: everything that this engine does not do is refused, all of it at once, each with its
//! place in the document.

mod fields;
mod flow;
mod graph;
mod states;
mod strict;

use std::{collections::HashMap, fmt};

use serde_json::Value;

use crate::model::{Machine, State, StateId};
use fields::Fields;
pub(crate) use states::instant;

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
        let place = if self.place.is_empty() {
            "the definition"
        } else {
            &self.place
        };
        write!(f, "{place}: {}", self.message)
    }
}

impl std::error::Error for Problem {}

impl Machine {
    /// Reads a definition. `${Name}` stays as written.
    ///
    /// # Errors
    /// Every problem in it.
    pub fn parse(text: &str) -> Result<Machine, Vec<Problem>> {
        read(text, None)
    }

    /// Reads a definition and puts values in for each `${Name}`, as `DefinitionSubstitutions` does on deployment.
    ///
    /// # Errors
    /// Every problem in it; a `${Name}` without a value is one.
    pub fn parse_with(text: &str, substitutions: &[(&str, &str)]) -> Result<Machine, Vec<Problem>> {
        read(text, Some(substitutions))
    }
}

fn read(text: &str, substitutions: Option<&[(&str, &str)]>) -> Result<Machine, Vec<Problem>> {
    let mut reader = Reader::default();
    let mut document = match strict::parse(text) {
        Ok((document, repeated)) => {
            reader.problems.extend(repeated);
            document
        }
        Err(error) => {
            let message = format!("is not JSON: {error}");
            return Err(vec![Problem {
                place: String::new(),
                message,
            }]);
        }
    };
    if let Some(values) = substitutions {
        reader.substitute(&mut document, "", values);
    }
    let machine = reader.machine(&document);
    match machine {
        Some(machine) if reader.problems.is_empty() => Ok(machine),
        _ => Err(reader.problems),
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    /// `None`: a state whose problems are noted.
    states: Vec<Option<State>>,
    names: HashMap<String, String>,
}

/// The names of one level of states.
type Scope = HashMap<String, StateId>;

impl Reader {
    fn problem(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem {
            place: place.into(),
            message: message.into(),
        });
    }

    fn machine(&mut self, document: &Value) -> Option<Machine> {
        let mut top = Fields::new(self, document, "")?;
        let comment = top.text(self, "Comment");
        if let Some(language) = top.text(self, "QueryLanguage")
            && language != "JSONPath"
        {
            self.problem(
                "QueryLanguage",
                format!("`{language}` is not supported, only JSONPath"),
            );
        }
        if let Some(version) = top.text(self, "Version")
            && version != "1.0"
        {
            self.problem("Version", format!("`{version}` is not supported, only 1.0"));
        }
        let timeout_seconds = top.number(self, "TimeoutSeconds", 1, MAX_SECONDS);
        let start = self.scope(&mut top, None);
        top.finish(self);
        if !self.problems.is_empty() {
            return None;
        }
        let states = self.states.drain(..).collect::<Option<Vec<State>>>()?;
        Some(Machine {
            comment,
            timeout_seconds,
            start: start?,
            states,
        })
    }

    /// Reads `StartAt` and `States`, here and in every state that holds states.
    fn scope(&mut self, holder: &mut Fields<'_>, parent: Option<StateId>) -> Option<StateId> {
        let start = holder.required_text(self, "StartAt");
        let place = holder.at("States");
        let Some(states) = holder.take("States") else {
            self.problem(place, "is missing");
            return None;
        };
        let Some(states) = states.as_object().filter(|states| !states.is_empty()) else {
            self.problem(place, "must be an object with at least one state");
            return None;
        };
        let mut scope = Scope::new();
        for name in states.keys() {
            let place = format!("{place}.{name}");
            let Ok(id) = u16::try_from(self.states.len()) else {
                self.problem(place, "is one state too many");
                return None;
            };
            if name.chars().count() > 80 {
                self.problem(&place, "a state's name has at most 80 characters");
            }
            if let Some(other) = self.names.insert(name.clone(), place.clone()) {
                self.problem(place, format!("another state has the same name: {other}"));
            }
            self.states.push(None);
            scope.insert(name.clone(), StateId(id));
        }
        for (name, state) in states {
            let Some(&id) = scope.get(name) else { continue };
            let place = format!("{place}.{name}");
            if let Some(state) = self.state(state, name, &place, id, parent, &scope) {
                self.states[usize::from(id.0)] = Some(state);
            }
        }
        let start = self.target(&scope, &holder.at("StartAt"), start.as_deref()?);
        if let Some(start) = start {
            self.unreachable(start, &scope, &place);
        }
        start
    }

    /// The state that a `Next`, `Default` or `StartAt` names.
    fn target(&mut self, scope: &Scope, place: &str, name: &str) -> Option<StateId> {
        let found = scope.get(name).copied();
        if found.is_none() {
            self.problem(place, format!("there is no state `{name}` beside it"));
        }
        found
    }

    fn substitute(&mut self, value: &mut Value, place: &str, values: &[(&str, &str)]) {
        match value {
            Value::String(text) => {
                for (name, with) in values {
                    *text = text.replace(&format!("${{{name}}}"), with);
                }
                if let Some(at) = text.find("${") {
                    let message = format!("no value was given for `{}`", &text[at..]);
                    self.problem(place, message);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.substitute(item, &format!("{place}[{index}]"), values);
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    let place = if place.is_empty() {
                        name.clone()
                    } else {
                        format!("{place}.{name}")
                    };
                    self.substitute(field, &place, values);
                }
            }
            _ => {}
        }
    }
}

/// AWS takes no longer time-out or wait, about three years.
pub(crate) const MAX_SECONDS: u32 = 99_999_999;
