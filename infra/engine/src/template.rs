//! `Parameters` and `ResultSelector`: texts, some of which are looked up.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IntoDeserializer as _, MapAccess, Visitor, value::Error},
};
use serde_json::{Map, Value};

use crate::{error::TaskError, path::Path};

#[derive(Debug, Clone)]
pub(crate) enum Template {
    /// As written.
    Text(String),
    /// Looked up: a field whose name ends in `.$`.
    At(Reference),
    Object(Vec<(String, Template)>),
}

/// Where a value is looked up.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Reference {
    /// In the state's input, or in its result.
    Input(Path),
    Context(Context),
}

/// The part of the context object that the workflow uses
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Context {
    #[serde(rename = "$$.Execution.Id")]
    ExecutionId,
    #[serde(rename = "$$.State.EnteredTime")]
    EnteredTime,
    #[serde(rename = "$$.State.RetryCount")]
    RetryCount,
    #[serde(rename = "$$.Task.Token")]
    TaskToken,
}

impl TryFrom<String> for Reference {
    type Error = String;

    fn try_from(text: String) -> Result<Reference, String> {
        if !text.starts_with("$$") {
            return Path::try_from(text).map(Reference::Input);
        }
        let context = Context::deserialize(text.into_deserializer());
        context
            .map(Reference::Context)
            .map_err(|e: Error| e.to_string())
    }
}

impl Template {
    /// The names of its fields, without the `.$` of those that are looked up.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Template::Object(fields) => fields.iter().map(|(name, _)| &**name).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the task token is anywhere in it.
    pub(crate) fn has_token(&self) -> bool {
        match self {
            Template::Text(_) => false,
            Template::At(at) => matches!(at, Reference::Context(Context::TaskToken)),
            Template::Object(fields) => fields.iter().any(|(_, field)| field.has_token()),
        }
    }

    /// The whole with what is looked up in its places.
    pub(crate) fn fill(
        &self,
        field: &str,
        input: &Value,
        context: &dyn Fn(Context) -> Value,
    ) -> Result<Value, TaskError> {
        Ok(match self {
            Template::Text(text) => text.clone().into(),
            Template::At(Reference::Input(path)) => path.get(input, &format!("{field}.$"))?.clone(),
            Template::At(Reference::Context(what)) => context(*what),
            Template::Object(fields) => {
                let filled = fields
                    .iter()
                    .map(|(name, field)| Ok((name.clone(), field.fill(name, input, context)?)));
                Value::Object(filled.collect::<Result<Map<_, _>, TaskError>>()?)
            }
        })
    }
}

// By hand: the names of fields say what is looked up, and a problem is to be told with its place.
impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Template;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or an object of texts")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Template, E> {
        match text.find("${") {
            Some(at) => Err(E::custom(format!(
                "no value was given for `{}`",
                &text[at..]
            ))),
            None => Ok(Template::Text(text.to_owned())),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Template, A::Error> {
        let mut fields: Vec<(String, Template)> = Vec::new();
        while let Some(name) = from.next_key::<String>()? {
            let (name, value) = match name.strip_suffix(".$") {
                Some(name) => (name.to_owned(), Template::At(from.next_value()?)),
                None => (name, from.next_value()?),
            };
            if fields.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom(format!("`{name}` is there twice")));
            }
            fields.push((name, value));
        }
        Ok(Template::Object(fields))
    }
}
