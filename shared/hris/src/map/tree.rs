//! A YAML file as a tree in which everything has a place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// Line and column, from 1.
pub(super) type Place = (u32, u32);

/// A value with its place.
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A value: mappings are texts and named values, and nothing else.
pub(super) enum Value {
    Nothing,
    Text(String),
    List,
    Map(Vec<(Place, String, Node)>),
}

fn place(location: serde_saphyr::Location) -> Place {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    (small(location.line()), small(location.column()))
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
                f.write_str("a text or named values")
            }
            fn visit_unit<E: Error>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }
            fn visit_none<E: Error>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }
            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
                Value::deserialize(inner)
            }
            fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
                Ok(Value::Text(v.to_string()))
            }
            fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
                Ok(Value::Text(v.to_string()))
            }
            fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
                Ok(Value::Text(v.to_string()))
            }
            fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
                Ok(Value::Text(v.to_string()))
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
                Ok(Value::Text(v.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                while seq.next_element::<Node>()?.is_some() {}
                Ok(Value::List)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut all = Vec::new();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    all.push((place(key.referenced), key.value, map.next_value()?));
                }
                Ok(Value::Map(all))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Reads a file.
///
/// # Errors
/// Where and why it is not YAML.
pub(super) fn read(text: &str) -> Result<Node, (Place, String)> {
    serde_saphyr::from_str::<Node>(text).map_err(|error| {
        let at = error.location().map(place).unwrap_or((1, 1));
        let whole = error.to_string();
        let first = whole.lines().next().unwrap_or_default();
        let after_place = first
            .split_once("column ")
            .and_then(|(_, message)| message.split_once(": "));
        let message = after_place.map_or(first, |(_, message)| message);
        (at, format!("this is not YAML that can be read: {message}"))
    })
}
