//! From the tree to types: a deserialiser that hands on places.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{
        self, IntoDeserializer, Visitor,
        value::{MapDeserializer, SeqDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};

use latchkey_yaml::{Meaning, Node, Place, Scalar, Value};

/// The name by which [`At`] asks for a place. No type of a runbook is called so.
const AT: &str = "$latchkey::At";

/// A value and where it stands. Its JSON Schema is the value's.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<At<T>, D::Error> {
        struct Parts<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = At<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<At<T>, A::Error> {
                let missing = || de::Error::custom("a place is missing");
                let line = seq.next_element()?.ok_or_else(missing)?;
                let column = seq.next_element()?.ok_or_else(missing)?;
                let value = seq.next_element()?.ok_or_else(missing)?;
                Ok(At {
                    value,
                    place: Place { line, column },
                })
            }
        }
        deserializer.deserialize_newtype_struct(AT, Parts(std::marker::PhantomData))
    }
}

/// A value that does not fit. The shape was checked before, so this is a defect of ours, or a rule that a JSON
/// Schema cannot say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Misfit {
    pub(crate) place: Place,
    pub(crate) message: String,
}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Misfit {
        Misfit {
            place: Place::default(),
            message: message.to_string(),
        }
    }
}

impl Misfit {
    fn at(mut self, place: Place) -> Misfit {
        if self.place == Place::default() {
            self.place = place;
        }
        self
    }
}

/// Reads a typed value from a node.
pub(crate) fn from_node<T: for<'de> Deserialize<'de>>(node: &Node) -> Result<T, Misfit> {
    T::deserialize(Of(node))
}

/// A node that is read.
#[derive(Clone, Copy)]
struct Of<'de>(&'de Node);

impl<'de> IntoDeserializer<'de, Misfit> for Of<'de> {
    type Deserializer = Of<'de>;
    fn into_deserializer(self) -> Of<'de> {
        self
    }
}

/// The entries of a map.
fn entries<'de>(
    all: &'de [(latchkey_yaml::Key, Node)],
) -> impl Iterator<Item = (KeyOf<'de>, Of<'de>)> {
    all.iter()
        .map(|(key, node)| (KeyOf(&key.name, key.place), Of(node)))
}

fn visit_scalar<'de, V: Visitor<'de>>(scalar: &'de Scalar, visitor: V) -> Result<V::Value, Misfit> {
    match scalar.meaning() {
        Meaning::Nothing => visitor.visit_unit(),
        Meaning::Flag(flag) => visitor.visit_bool(flag),
        Meaning::Whole(number) => visitor.visit_i64(number),
        Meaning::Number(number) => visitor.visit_f64(number),
        Meaning::Text(text) => visitor.visit_borrowed_str(text),
    }
}

/// The three parts that [`At`] reads.
struct PlaceThenNode<'de> {
    node: &'de Node,
    part: u8,
}

impl<'de> de::SeqAccess<'de> for PlaceThenNode<'de> {
    type Error = Misfit;
    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        self.part += 1;
        match self.part {
            1 => seed
                .deserialize(self.node.place.line.into_deserializer())
                .map(Some),
            2 => seed
                .deserialize(self.node.place.column.into_deserializer())
                .map(Some),
            3 => seed.deserialize(Of(self.node)).map(Some),
            _ => Ok(None),
        }
    }
}

impl<'de> Deserializer<'de> for Of<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let read = match &self.0.value {
            Value::Scalar(scalar) => visit_scalar(scalar, visitor),
            Value::List(v) => SeqDeserializer::new(v.iter().map(Of)).deserialize_any(visitor),
            Value::Map(v) => MapDeserializer::new(entries(v)).deserialize_any(visitor),
        };
        read.map_err(|e: Misfit| e.at(self.0.place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match &self.0.value {
            Value::Scalar(scalar) if scalar.is_nothing() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        if name == AT {
            return visitor.visit_seq(PlaceThenNode {
                node: self.0,
                part: 0,
            });
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let read = match &self.0.value {
            Value::Scalar(scalar) => {
                let name_only: StrDeserializer<'_, Misfit> =
                    scalar.text.as_str().into_deserializer();
                name_only.deserialize_enum(name, variants, visitor)
            }
            Value::Map(v) => visitor.visit_enum(de::value::MapAccessDeserializer::new(
                MapDeserializer::new(entries(v)),
            )),
            other @ Value::List(_) => Err(de::Error::custom(format!(
                "{} does not fit here",
                other.words()
            ))),
        };
        read.map_err(|e: Misfit| e.at(self.0.place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A key, which may be asked for its place, too.
#[derive(Clone, Copy)]
struct KeyOf<'de>(&'de str, Place);

impl<'de> IntoDeserializer<'de, Misfit> for KeyOf<'de> {
    type Deserializer = KeyOf<'de>;
    fn into_deserializer(self) -> KeyOf<'de> {
        self
    }
}

struct PlaceThenKey<'de> {
    key: KeyOf<'de>,
    part: u8,
}

impl<'de> de::SeqAccess<'de> for PlaceThenKey<'de> {
    type Error = Misfit;
    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        self.part += 1;
        match self.part {
            1 => seed
                .deserialize(self.key.1.line.into_deserializer())
                .map(Some),
            2 => seed
                .deserialize(self.key.1.column.into_deserializer())
                .map(Some),
            3 => seed.deserialize(self.key).map(Some),
            _ => Ok(None),
        }
    }
}

impl<'de> Deserializer<'de> for KeyOf<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        if name == AT {
            return visitor.visit_seq(PlaceThenKey { key: self, part: 0 });
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let name_only: StrDeserializer<'_, Misfit> = self.0.into_deserializer();
        name_only.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        option seq tuple tuple_struct map struct identifier ignored_any
    }
}
