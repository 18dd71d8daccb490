//! APIs that files beside the runbook describe (kind `http`): each mistake with its place in its file.

use latchkey_http_api::{Description, json_schema};
use serde_json::Value;

use super::Check;
use crate::{
    document::{Rename, SystemDoc},
    kind::{self, Form, Kind},
    problem::{Problem, Severity, did_you_mean},
    source::MAIN,
    yaml::{shape::Shape, typed},
};

/// The setting whose file describes an API.
const API: &str = "api";

/// What a file describes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Described {
    /// What stands in it.
    pub(super) value: Value,
    /// What it means; `None` when it is not in order, which has been said.
    pub(super) api: Option<Description>,
}

impl Check<'_> {
    /// Reads every file that a system is described by.
    pub(super) fn descriptions(&mut self) {
        let document = self.document;
        let source = self.source;
        for system in document.systems.values() {
            let Some(file) = file_of(system) else {
                continue;
            };
            // That it is not there is said where the runbook names it.
            let text = source.files().get(file);
            if let (Some(text), false) = (text, self.described.contains_key(file)) {
                let described = self.description(file, text);
                self.described.insert(file.to_owned(), described);
            }
        }
    }

    fn description(&mut self, file: &str, text: &str) -> Described {
        let mut tree = match latchkey_yaml::read(text) {
            Ok(tree) => tree,
            Err(trouble) => {
                self.problems.error(file, trouble.place, trouble.message);
                return Described::default();
            }
        };
        self.problems.doubts(file, &tree);
        let before = self.problems.all.len();
        let schema = json_schema();
        let shape = Shape::new(&schema, file, "the description");
        shape.check(&mut tree, self.problems);
        // What is wanted as a text is one by now.
        let value = typed::from_node(&tree).unwrap_or_default();
        let api: Option<Description> = match typed::from_node(&tree) {
            Ok(api) => Some(api),
            Err(misfit) => {
                // What is missing was said by the shape.
                if !self.problems.all[before..].iter().any(Problem::is_error) {
                    self.problems.error(file, misfit.place, misfit.message);
                }
                None
            }
        };
        let mut wrong = self.problems.all[before..].iter().any(Problem::is_error);
        for mistake in api.iter().flat_map(Description::mistakes) {
            let place = tree.place_of(&mistake.at);
            let problems = &mut self.problems;
            if mistake.hides {
                problems.refuse(file, place, mistake.message);
                continue;
            }
            let help = mistake.unknown.map(|unknown| {
                let valid = unknown.valid.iter().map(String::as_str);
                did_you_mean(&unknown.name, valid)
                    .unwrap_or_else(|| format!("there are: {}", unknown.valid.join(", ")))
            });
            problems.add(Severity::Error, file, place, mistake.message, help);
            wrong = true;
        }
        // What did not fit was cut out: nobody is told that it is missing, too.
        let api = api.filter(|_| !wrong);
        Described { value, api }
    }

    /// What describes a system's API, where its kind has such a file.
    pub(super) fn api_of(&self, system: &SystemDoc) -> Option<&Described> {
        self.described.get(file_of(system)?)
    }

    /// The description of a system's API, where it has one in order.
    pub(super) fn described(&self, system: &SystemDoc) -> Option<&Description> {
        self.api_of(system)?.api.as_ref()
    }

    /// A setting as the system gets it: a file's content for its name.
    pub(super) fn setting(&self, system: &SystemDoc, name: &str, value: &Value) -> Value {
        match self.api_of(system).filter(|_| name == API) {
            Some(described) => described.value.clone(),
            None => value.clone(),
        }
    }

    /// Whether accounts can follow a person's name, where the runbook wants it.
    pub(super) fn renames_by_description(&mut self, system: &SystemDoc, context: &str) {
        let api = self.described(system);
        let cannot = api.is_some_and(|api| api.update_of("name").is_none());
        if cannot && system.rename == Rename::Follow {
            let place = system.kind.place;
            let message = format!(
                "{context} renames accounts, and the description of its API does not say how: it lacks `name` under `update`"
            );
            self.error(place, message);
        }
    }
}

/// Whether systems of a kind are described by a file each.
pub(super) fn is_described(rules: &Kind) -> bool {
    let api = rules.settings.get(API);
    api.is_some_and(|rule| rule.is == Form::File)
}

/// The file that describes a system's API.
fn file_of(system: &SystemDoc) -> Option<&str> {
    kind::kind(&system.kind.value).filter(|rules| is_described(rules))?;
    let mut settings = system.settings.iter();
    let (_, value) = settings.find(|(name, _)| name.value == API)?;
    value.as_str().filter(|file| *file != MAIN)
}
