//! JSON in which no object has a field twice: the second of two states of one name would silently win.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Problem;

pub(super) fn parse(text: &str) -> Result<(Value, Vec<Problem>), serde_json::Error> {
    let mut repeated = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Seed {
        place: String::new(),
        repeated: &mut repeated,
    }
    .deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, repeated))
}

struct Seed<'a> {
    place: String,
    repeated: &'a mut Vec<Problem>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let place = format!("{}[{}]", self.place, list.len());
            match items.next_element_seed(Seed {
                place,
                repeated: self.repeated,
            })? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let place = match self.place.as_str() {
                "" => name.clone(),
                place => format!("{place}.{name}"),
            };
            if object.contains_key(&name) {
                let message = "is there twice".to_owned();
                self.repeated.push(Problem {
                    place: place.clone(),
                    message,
                });
            }
            let value = fields.next_value_seed(Seed {
                place,
                repeated: self.repeated,
            })?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}
