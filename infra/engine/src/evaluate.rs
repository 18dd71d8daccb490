//! Looking values up: templates, rules, seconds and texts.

use serde_json::{Map, Value};

use crate::{
    error::{RESULT_PATH, TaskError},
    model::{Compare, Rule, Seconds, Template, Test, Words},
    path::Path,
};

/// What a state can look at: its input, and the context object, which is only made when it is asked for.
pub(crate) struct Scene<'a> {
    pub(crate) input: &'a Value,
    pub(crate) context: &'a dyn Fn() -> Value,
}

impl Scene<'_> {
    /// What is there. AWS ends an execution with `States.Runtime` when there is nothing.
    pub(crate) fn get(&self, path: &Path, field: &str) -> Result<Value, TaskError> {
        let found = if path.context {
            path.find(&(self.context)()).cloned()
        } else {
            path.find(self.input).cloned()
        };
        found.ok_or_else(|| {
            TaskError::runtime(format!(
                "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{}'",
                self.input
            ))
        })
    }

    pub(crate) fn fill(&self, template: &Template, field: &str) -> Result<Value, TaskError> {
        Ok(match template {
            Template::Fixed(value) => value.clone(),
            Template::At(path) => self.get(path, &format!("{field}.$"))?,
            Template::Object(fields) => {
                let mut object = Map::new();
                for (name, value) in fields {
                    object.insert(name.clone(), self.fill(value, name)?);
                }
                Value::Object(object)
            }
            Template::List(items) => {
                let items: Result<Vec<Value>, TaskError> =
                    items.iter().map(|item| self.fill(item, field)).collect();
                Value::Array(items?)
            }
        })
    }

    /// A number of seconds from `least` to the most that AWS takes.
    pub(crate) fn seconds(
        &self,
        seconds: &Seconds,
        field: &str,
        least: u32,
    ) -> Result<u32, TaskError> {
        match seconds {
            Seconds::Fixed(seconds) => Ok(*seconds),
            Seconds::At(path) => {
                let value = self.get(path, field)?;
                let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
                let range = least..=crate::parse::MAX_SECONDS;
                number.filter(|number| range.contains(number)).ok_or_else(|| {
                    TaskError::runtime(format!(
                        "The {field} parameter '{path}' must be a whole number from {least} to {}, not {value}",
                        crate::parse::MAX_SECONDS
                    ))
                })
            }
        }
    }

    pub(crate) fn words(&self, words: Option<&Words>, field: &str) -> Result<String, TaskError> {
        match words {
            None => Ok(String::new()),
            Some(Words::Fixed(text)) => Ok(text.clone()),
            Some(Words::At(path)) => match self.get(path, field)? {
                Value::String(text) => Ok(text),
                other => Err(TaskError::runtime(format!(
                    "The {field} field '{path}' must be a text, not {other}"
                ))),
            },
        }
    }

    pub(crate) fn holds(&self, rule: &Rule) -> Result<bool, TaskError> {
        Ok(match rule {
            Rule::And(rules) => {
                for rule in rules {
                    if !self.holds(rule)? {
                        return Ok(false);
                    }
                }
                true
            }
            Rule::Or(rules) => {
                for rule in rules {
                    if self.holds(rule)? {
                        return Ok(true);
                    }
                }
                false
            }
            Rule::Not(rule) => !self.holds(rule)?,
            Rule::Test(path, Test::IsPresent(wanted)) => {
                let there = if path.context {
                    path.find(&(self.context)()).is_some()
                } else {
                    path.find(self.input).is_some()
                };
                there == *wanted
            }
            Rule::Test(path, test) => {
                let value = self.get(path, "Variable").map_err(|_| {
                    TaskError::runtime(format!(
                        "Invalid path '{path}': The choice state's condition path references an invalid value."
                    ))
                })?;
                matches(test, &value)
            }
        })
    }
}

fn matches(test: &Test, value: &Value) -> bool {
    match test {
        Test::IsPresent(wanted) => *wanted,
        Test::IsNull(wanted) => value.is_null() == *wanted,
        Test::BooleanEquals(wanted) => value.as_bool() == Some(*wanted),
        Test::StringEquals(wanted) => value.as_str() == Some(wanted),
        Test::Numeric(compare, wanted) => value.as_f64().is_some_and(|number| match compare {
            Compare::Equals => number == *wanted,
            Compare::Less => number < *wanted,
            Compare::LessOrEqual => number <= *wanted,
            Compare::Greater => number > *wanted,
            Compare::GreaterOrEqual => number >= *wanted,
        }),
    }
}

/// `ResultPath`: the result in place of, or within, the state's raw input.
pub(crate) fn merge(
    path: Option<&Path>,
    mut raw: Value,
    result: Value,
) -> Result<Value, TaskError> {
    match path {
        None => Ok(raw),
        Some(path) if path.is_root() => Ok(result),
        Some(path) => {
            if path.put(&mut raw, result) {
                Ok(raw)
            } else {
                Err(TaskError::new(
                    RESULT_PATH,
                    format!("Unable to apply step '{path}' to input '{raw}'"),
                ))
            }
        }
    }
}

/// `InputPath` or `OutputPath`; `None` is null, an empty object.
pub(crate) fn select(
    path: Option<&Path>,
    scene: &Scene<'_>,
    field: &str,
) -> Result<Value, TaskError> {
    match path {
        None => Ok(Value::Object(Map::new())),
        Some(path) => scene.get(path, field),
    }
}
