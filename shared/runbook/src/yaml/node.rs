//! A YAML document as a tree in which everything has a place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::problem::Place;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    pub(crate) place: Place,
    pub(crate) name: String,
}

impl Value {
    /// What it is, for error texts.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "several named values",
        }
    }
}

fn place(location: serde_saphyr::Location) -> Place {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Place {
        line: small(location.line()),
        column: small(location.column()),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Node {
            place: place(spanned.referenced),
            value: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a YAML value")
            }
            fn visit_unit<E: Error>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_none<E: Error>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
                Value::deserialize(inner)
            }
            fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
                Ok(Value::Bool(v))
            }
            fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
                Ok(Value::Number(v as f64))
            }
            fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
                Ok(Value::Number(v as f64))
            }
            fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
                Ok(Value::Number(v))
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
                Ok(Value::Text(v.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut all = Vec::new();
                while let Some(node) = seq.next_element()? {
                    all.push(node);
                }
                Ok(Value::List(all))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut all = Vec::new();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    let at = place(key.referenced);
                    all.push((
                        Key {
                            place: at,
                            name: key.value,
                        },
                        map.next_value()?,
                    ));
                }
                Ok(Value::Map(all))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl Node {
    /// Where something stands; of what is not there, where it should be. The whole, when even that is not there.
    pub(crate) fn place_of(&self, way: &[String]) -> Place {
        let mut place = self.place;
        let mut node = self;
        for step in way {
            let inner = match &node.value {
                Value::Map(entries) => {
                    let entry = entries.iter().find(|(key, _)| key.name == *step);
                    entry.map(|(key, value)| match value.value {
                        // What has parts begins at its name.
                        Value::Map(_) | Value::List(_) => (key.place, value),
                        _ => (value.place, value),
                    })
                }
                Value::List(all) => {
                    let item = step.parse::<usize>().ok().and_then(|n| all.get(n));
                    item.map(|item| (item.place, item))
                }
                _ => None,
            };
            let Some((at, inner)) = inner else {
                break;
            };
            (place, node) = (at, inner);
        }
        place
    }
}

/// Reads a document.
///
/// # Errors
/// Where and why it is not YAML.
pub(crate) fn read(text: &str) -> Result<Node, (Place, String)> {
    // A name that stands twice is reported with everything else, by the check of the shape.
    let options = serde_saphyr::options! { duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::PassThrough };
    serde_saphyr::from_str_with_options::<Node>(text, options).map_err(|error| {
        let at = error.location().map(place).unwrap_or_default();
        let whole = error.to_string();
        let first = whole.lines().next().unwrap_or_default();
        // The place is said by the problem: what comes after it is the message.
        let after_place = first
            .split_once("column ")
            .and_then(|(_, m)| m.split_once(": "));
        let message = after_place.map_or(first, |(_, message)| message);
        (at, format!("this is not YAML that can be read: {message}"))
    })
}
