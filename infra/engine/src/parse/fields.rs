//! The fields of one JSON object, each taken once; what is left over is a problem.

use serde_json::{Map, Value};

use super::Reader;
use crate::{model::Template, path::Path};

pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    taken: Vec<&'static str>,
    pub(super) place: String,
}

impl<'a> Fields<'a> {
    pub(super) fn new(reader: &mut Reader, value: &'a Value, place: &str) -> Option<Fields<'a>> {
        let Some(object) = value.as_object() else {
            reader.problem(place, "must be an object");
            return None;
        };
        Some(Fields {
            object,
            taken: Vec::new(),
            place: place.to_owned(),
        })
    }

    /// The place of a field.
    pub(super) fn at(&self, name: &str) -> String {
        if self.place.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.place)
        }
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<&'a Value> {
        self.taken.push(name);
        self.object.get(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Whatever was not taken is not supported here.
    pub(super) fn finish(self, reader: &mut Reader) {
        for name in self.object.keys() {
            if !self.taken.contains(&name.as_str()) {
                reader.problem(
                    self.at(name),
                    "is not a field that this engine supports here",
                );
            }
        }
    }

    pub(super) fn text(&mut self, reader: &mut Reader, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        let text = value.as_str().map(str::to_owned);
        if text.is_none() {
            reader.problem(self.at(name), "must be a text");
        }
        text
    }

    pub(super) fn required_text(
        &mut self,
        reader: &mut Reader,
        name: &'static str,
    ) -> Option<String> {
        if !self.has(name) {
            reader.problem(self.at(name), "is missing");
        }
        self.text(reader, name)
    }

    pub(super) fn flag(&mut self, reader: &mut Reader, name: &'static str) -> Option<bool> {
        let value = self.take(name)?;
        let flag = value.as_bool();
        if flag.is_none() {
            reader.problem(self.at(name), "must be true or false");
        }
        flag
    }

    pub(super) fn number(
        &mut self,
        reader: &mut Reader,
        name: &'static str,
        least: u32,
        most: u32,
    ) -> Option<u32> {
        let value = self.take(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let message = format!("must be a whole number from {least} to {most}");
            reader.problem(self.at(name), message);
        }
        number
    }

    pub(super) fn list(&mut self, reader: &mut Reader, name: &'static str) -> &'a [Value] {
        let Some(value) = self.take(name) else {
            return &[];
        };
        match value.as_array() {
            Some(items) if !items.is_empty() => items,
            _ => {
                reader.problem(self.at(name), "must be a list with at least one entry");
                &[]
            }
        }
    }

    /// A path into the input or the context.
    pub(super) fn path(&mut self, reader: &mut Reader, name: &'static str) -> Option<Path> {
        let text = self.text(reader, name)?;
        reader.path(&self.at(name), &text)
    }

    /// A path that may be null, and is `$` when absent: `None` is null.
    pub(super) fn nullable_path(
        &mut self,
        reader: &mut Reader,
        name: &'static str,
    ) -> Option<Path> {
        match self.object.get(name) {
            None => {
                self.taken.push(name);
                Some(Path::root())
            }
            Some(Value::Null) => {
                self.taken.push(name);
                None
            }
            Some(_) => self.path(reader, name),
        }
    }

    /// `ResultPath`: names only, in the input, since a result is put there.
    pub(super) fn result_path(&mut self, reader: &mut Reader) -> Option<Path> {
        let path = self.nullable_path(reader, "ResultPath")?;
        let is_name = |step: &crate::path::Step| matches!(step, crate::path::Step::Field(_));
        if path.context || !path.steps.iter().all(is_name) {
            let message = "must be `$` or names after it, such as `$.answer`";
            reader.problem(self.at("ResultPath"), message);
        }
        Some(path)
    }

    pub(super) fn template(&mut self, reader: &mut Reader, name: &'static str) -> Option<Template> {
        let value = self.take(name)?;
        let place = self.at(name);
        if !value.is_object() {
            reader.problem(&place, "must be an object");
        }
        reader.template(value, &place)
    }
}

impl Reader {
    pub(super) fn path(&mut self, place: &str, text: &str) -> Option<Path> {
        match Path::parse(text) {
            Ok(path) => Some(path),
            Err(why) => {
                self.problem(place, why);
                None
            }
        }
    }

    /// `None`: its problems are noted.
    pub(super) fn template(&mut self, value: &Value, place: &str) -> Option<Template> {
        let parsed = match value {
            Value::Object(fields) => {
                let mut parsed = Vec::with_capacity(fields.len());
                for (name, value) in fields {
                    let place = format!("{place}.{name}");
                    if let Some(name) = name.strip_suffix(".$") {
                        let Some(text) = value.as_str() else {
                            self.problem(place, "must be a path, since its name ends in `.$`");
                            continue;
                        };
                        if fields.contains_key(name) {
                            self.problem(&place, format!("`{name}` is there as well"));
                        }
                        if let Some(path) = self.path(&place, text) {
                            parsed.push((name.to_owned(), Template::At(path)));
                        }
                    } else if let Some(value) = self.template(value, &place) {
                        parsed.push((name.clone(), value));
                    }
                }
                Template::Object(parsed)
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                Template::List(
                    items
                        .filter_map(|(index, item)| {
                            self.template(item, &format!("{place}[{index}]"))
                        })
                        .collect(),
                )
            }
            value => Template::Fixed(value.clone()),
        };
        Some(parsed)
    }
}
