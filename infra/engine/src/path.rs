//! Reference paths: `$`, `$.a.b`, `$.a[0]`, and the same after `$$` for the context object.

use std::{collections::HashMap, fmt};

use serde_json::{Value, value::RawValue};

use crate::text::Text;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `.name`
    Field(Box<str>),
    /// `[0]`
    Index(usize),
}

/// A path into the input (`$`) or the context object (`$$`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Whether it reads the context object.
    pub context: bool,
    /// From the root inwards.
    pub steps: Vec<Step>,
}

impl Path {
    /// `$`, everything.
    #[must_use]
    pub fn root() -> Path {
        Path {
            context: false,
            steps: Vec::new(),
        }
    }

    /// Reads a path.
    ///
    /// # Errors
    /// A sentence saying what is wrong with it.
    pub fn parse(text: &str) -> Result<Path, String> {
        let wrong = |why: &str| Err(format!("`{text}` is not a path this engine reads: {why}"));
        let Some(rest) = text.strip_prefix('$') else {
            return if text.starts_with("States.") {
                wrong("intrinsic functions are not supported")
            } else {
                wrong("it must start with `$`")
            };
        };
        let (context, mut rest) = match rest.strip_prefix('$') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
                let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
                let (name, after) = after.split_at(end);
                if name.is_empty() {
                    return wrong("a name of letters, digits, `_` and `-` must follow each `.`");
                }
                steps.push(Step::Field(name.into()));
                rest = after;
            } else if let Some(after) = rest.strip_prefix('[') {
                let Some((index, after)) = after.split_once(']') else {
                    return wrong("a `]` is missing");
                };
                let digits = index.bytes().all(|b| b.is_ascii_digit());
                let Some(index) = index.parse().ok().filter(|_| digits) else {
                    return wrong("only a position such as `[0]` may stand in brackets");
                };
                steps.push(Step::Index(index));
                rest = after;
            } else {
                return wrong(&format!("`{rest}` cannot follow"));
            }
        }
        Ok(Path { context, steps })
    }

    /// Whether this is `$`.
    #[must_use]
    pub fn is_root(&self) -> bool {
        !self.context && self.steps.is_empty()
    }

    /// What is found there, if anything.
    #[must_use]
    pub fn find<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(root, |at, step| match step {
            Step::Field(name) => at.as_object()?.get(&**name),
            Step::Index(index) => at.as_array()?.get(*index),
        })
    }

    /// The items of the list found there, as slices of the text. `None`: there is no list.
    pub(crate) fn items(&self, text: &Text) -> Option<Vec<Text>> {
        let mut at: &str = text;
        for step in &self.steps {
            at = match step {
                Step::Field(name) => {
                    let fields: HashMap<String, &RawValue> = serde_json::from_str(at).ok()?;
                    fields.get(&**name)?.get()
                }
                Step::Index(index) => {
                    let items: Vec<&RawValue> = serde_json::from_str(at).ok()?;
                    items.get(*index)?.get()
                }
            };
        }
        let items: Vec<&RawValue> = serde_json::from_str(at).ok()?;
        Some(
            items
                .into_iter()
                .map(|item| text.slice(item.get()))
                .collect(),
        )
    }

    /// Puts `value` there, making objects on the way. `false` when something that is no object stands in the way.
    pub(crate) fn put(&self, root: &mut Value, value: Value) -> bool {
        let mut at = root;
        for step in &self.steps {
            let Step::Field(name) = step else {
                return false;
            };
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
        f.write_str(if self.context { "$$" } else { "$" })?;
        self.steps.iter().try_for_each(|step| match step {
            Step::Field(name) => write!(f, ".{name}"),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}
