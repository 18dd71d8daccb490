//! Reference paths into a state's input: `$`, `$.a.b`.

use std::{collections::HashMap, fmt};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{error::TaskError, text::Text};

/// The names after `$`, from the root inwards.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Path(Vec<Box<str>>);

impl TryFrom<String> for Path {
    type Error = String;

    fn try_from(text: String) -> Result<Path, String> {
        let wrong = |why: &str| format!("`{text}` is not a path this engine reads: {why}");
        if text.starts_with("States.") {
            return Err(wrong("intrinsic functions are not supported"));
        }
        let mut names = text.split('.');
        if names.next() != Some("$") {
            return Err(wrong("it must be `$` or begin with `$.`"));
        }
        let is_letter = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let names: Vec<Box<str>> = names.map(Box::from).collect();
        match names
            .iter()
            .all(|name| !name.is_empty() && name.chars().all(is_letter))
        {
            true => Ok(Path(names)),
            false => Err(wrong(
                "a name of letters, digits, `_` and `-` must follow each `.`",
            )),
        }
    }
}

impl Path {
    /// `$`, everything.
    pub(crate) fn root() -> Path {
        Path(Vec::new())
    }

    /// What is found there. AWS ends an execution with `States.Runtime` when there is nothing.
    pub(crate) fn get<'a>(&self, root: &'a Value, field: &str) -> Result<&'a Value, TaskError> {
        let found = self.0.iter().try_fold(root, |at, name| at.get(&**name));
        found.ok_or_else(|| {
            TaskError::runtime(format!(
                "The JSONPath '{self}' specified for the field '{field}' could not be found in the input '{root}'"
            ))
        })
    }

    /// The items of the list found there, as slices of the text. `None`: there is no list.
    pub(crate) fn items(&self, text: &Text) -> Option<Vec<Text>> {
        let mut at: &str = text;
        for name in &self.0 {
            let fields: HashMap<String, &RawValue> = serde_json::from_str(at).ok()?;
            at = fields.get(&**name)?.get();
        }
        let items: Vec<&RawValue> = serde_json::from_str(at).ok()?;
        let items = items.into_iter();
        Some(items.map(|item| text.slice(item.get())).collect())
    }

    /// Puts `value` there, making objects on the way. `false` when something that is no object stands in the way.
    pub(crate) fn put(&self, root: &mut Value, value: Value) -> bool {
        let mut at = root;
        for name in &self.0 {
            let Some(fields) = at.as_object_mut() else {
                return false;
            };
            at = fields
                .entry(&**name)
                .or_insert_with(|| Value::Object(serde_json::Map::new()));
        }
        *at = value;
        true
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.0.iter().try_for_each(|name| write!(f, ".{name}"))
    }
}
