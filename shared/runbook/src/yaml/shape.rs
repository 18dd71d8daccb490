//! The shape of a document, checked against the JSON Schema of the types: every misfit at once, each with its
//! place. What does not fit is cut out, so that the rest can still be looked at.

use serde_json::Value as Json;

use super::node::{Node, Value};
use crate::problem::{Problems, Severity, did_you_mean};

/// Deeper than any runbook is.
const DEEPEST: usize = 64;

pub(crate) struct Shape<'s> {
    schema: &'s Json,
    file: &'s str,
    /// What the whole is called.
    what: &'s str,
}

impl<'s> Shape<'s> {
    pub(crate) fn new(schema: &'s Json, file: &'s str, what: &'s str) -> Shape<'s> {
        Shape { schema, file, what }
    }

    /// Checks the document and cuts out what does not fit. `false` when nothing useful is left.
    pub(crate) fn check(&self, node: &mut Node, problems: &mut Problems) -> bool {
        self.fits(self.schema, node, self.what, problems, 0)
    }

    fn resolve<'a>(&'a self, schema: &'a Json) -> &'a Json {
        let Some(reference) = schema.get("$ref").and_then(Json::as_str) else {
            return schema;
        };
        let name = reference.rsplit('/').next().unwrap_or_default();
        self.schema
            .get("$defs")
            .and_then(|d| d.get(name))
            .unwrap_or(schema)
    }

    /// The choices of a schema; itself when it has none.
    fn flat<'a>(&'a self, schema: &'a Json) -> Vec<&'a Json> {
        let schema = self.resolve(schema);
        let choices = ["anyOf", "oneOf"]
            .iter()
            .find_map(|key| schema.get(key)?.as_array());
        match choices {
            Some(choices) => choices.iter().flat_map(|c| self.flat(c)).collect(),
            None => vec![schema],
        }
    }

    /// Whether a node can be kept (after cutting).
    fn fits(
        &self,
        schema: &Json,
        node: &mut Node,
        what: &str,
        problems: &mut Problems,
        depth: usize,
    ) -> bool {
        let schema = self.resolve(schema);
        if depth > DEEPEST {
            problems.error(
                self.file,
                node.place,
                format!("this is nested deeper than {} can be", self.what),
            );
            return false;
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(choices) = schema.get(key).and_then(Json::as_array) {
                return self.fits_one_of(choices, node, what, problems, depth);
            }
        }
        if let Some(all) = schema.get("allOf").and_then(Json::as_array)
            && let Some(only) = all.first()
        {
            return self.fits(only, node, what, problems, depth);
        }
        if let Some(allowed) = allowed(schema) {
            let text = match &node.value {
                Value::Text(text) => text.clone(),
                other => other.words().to_owned(),
            };
            if allowed.contains(&text.as_str()) {
                return true;
            }
            let help = did_you_mean(&text, allowed.iter().copied())
                .or_else(|| Some(format!("it takes: {}", allowed.join(", "))));
            let message = format!("{what} cannot be `{text}`");
            problems.add(Severity::Error, self.file, node.place, message, help);
            return false;
        }
        let types = types(schema);
        let is = |name: &str| types.is_empty() || types.contains(&name);
        match &mut node.value {
            Value::Map(_) if is("object") => self.fits_object(schema, node, what, problems, depth),
            Value::List(items) if is("array") => {
                if let Some(of) = schema.get("items") {
                    let mut kept = Vec::with_capacity(items.len());
                    for mut item in std::mem::take(items) {
                        if self.fits(of, &mut item, what, problems, depth + 1) {
                            kept.push(item);
                        }
                    }
                    *items = kept;
                }
                true
            }
            Value::Text(_) if is("string") => true,
            Value::Bool(_) if is("boolean") => true,
            Value::Number(_) if is("number") || is("integer") => true,
            Value::Null if is("null") => true,
            // A plain 1042 or yes where a text is wanted is that text.
            Value::Number(n) if is("string") => {
                node.value = Value::Text(n.to_string());
                true
            }
            Value::Bool(b) if is("string") => {
                node.value = Value::Text(b.to_string());
                true
            }
            other => {
                let wanted: Vec<&str> = types.iter().map(|t| type_words(t)).collect();
                let message = format!(
                    "{what} takes {}, not {}",
                    wanted.join(" or "),
                    other.words()
                );
                problems.error(self.file, node.place, message);
                false
            }
        }
    }

    fn fits_one_of(
        &self,
        choices: &[Json],
        node: &mut Node,
        what: &str,
        problems: &mut Problems,
        depth: usize,
    ) -> bool {
        let resolved: Vec<&Json> = choices.iter().flat_map(|c| self.flat(c)).collect();
        let name = match &node.value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::Text(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "object",
        };
        let takes =
            |c: &&&Json| types(c).contains(&name) || (name == "string" && allowed(c).is_some());
        let candidates: Vec<&Json> = resolved.iter().filter(takes).copied().collect();
        match candidates.as_slice() {
            [] => {
                let mut words: Vec<String> = resolved
                    .iter()
                    .filter(|c| !types(c).contains(&"null"))
                    .map(|c| match allowed(c) {
                        Some(values) => format!("`{}`", values.join("`, `")),
                        None => types(c)
                            .first()
                            .map_or("something else", |t| type_words(t))
                            .to_owned(),
                    })
                    .collect();
                words.dedup();
                let message = format!(
                    "{what} takes {}, not {}",
                    words.join(" or "),
                    node.value.words()
                );
                problems.error(self.file, node.place, message);
                false
            }
            [only] if name == "string" && resolved.len() > 1 && allowed(only).is_some() => {
                let keys = |c: &&Json| {
                    let all = c.get("properties").and_then(Json::as_object);
                    let keys = all.into_iter().flat_map(|p| p.keys());
                    keys.map(|k| format!("{{{k}: …}}")).collect::<Vec<_>>()
                };
                let others: Vec<String> = resolved.iter().flat_map(keys).collect();
                let before = problems.all.len();
                let fits = self.fits(only, node, what, problems, depth + 1);
                if let (Some(problem), false) = (problems.all.get_mut(before), others.is_empty()) {
                    let plain = allowed(only).unwrap_or_default().join(", ");
                    problem.help = Some(format!("it takes: {plain}, {}", others.join(", ")));
                }
                fits
            }
            [only] => self.fits(only, node, what, problems, depth + 1),
            several => {
                for choice in several {
                    let mut trial = Problems::default();
                    let mut copy = node.clone();
                    if self.fits(choice, &mut copy, what, &mut trial, depth + 1)
                        && trial.all.is_empty()
                    {
                        *node = copy;
                        return true;
                    }
                }
                let all: Vec<&str> = several
                    .iter()
                    .filter_map(|c| allowed(c))
                    .flatten()
                    .collect();
                if let (Value::Text(text), false) = (&node.value, all.is_empty()) {
                    let help = did_you_mean(text, all.iter().copied())
                        .or_else(|| Some(format!("it takes: {}", all.join(", "))));
                    let message = format!("{what} cannot be `{text}`");
                    problems.add(Severity::Error, self.file, node.place, message, help);
                    return false;
                }
                self.fits(several[0], node, what, problems, depth + 1)
            }
        }
    }

    fn fits_object(
        &self,
        schema: &Json,
        node: &mut Node,
        what: &str,
        problems: &mut Problems,
        depth: usize,
    ) -> bool {
        let place = node.place;
        let Value::Map(entries) = &mut node.value else {
            return true;
        };
        let empty = serde_json::Map::new();
        let properties = schema
            .get("properties")
            .and_then(Json::as_object)
            .unwrap_or(&empty);
        let more = schema.get("additionalProperties");
        let mut kept: Vec<(super::node::Key, Node)> = Vec::with_capacity(entries.len());
        let mut cut: Vec<String> = Vec::new();
        for (key, mut value) in std::mem::take(entries) {
            if kept.iter().any(|(other, _)| other.name == key.name) {
                let message = format!("`{}` stands here twice", key.name);
                problems.error(self.file, key.place, message);
                continue;
            }
            let of = match (properties.get(&key.name), more) {
                (Some(of), _) => of,
                (None, Some(Json::Bool(false))) => {
                    let help = did_you_mean(&key.name, properties.keys().map(String::as_str))
                        .or_else(|| {
                            let names: Vec<&str> = properties.keys().map(String::as_str).collect();
                            Some(format!("it takes: {}", names.join(", ")))
                        });
                    let message = format!("unknown line `{}` in {what}", key.name);
                    problems.add(Severity::Error, self.file, key.place, message, help);
                    continue;
                }
                (None, Some(of @ Json::Object(_))) => of,
                (None, _) => {
                    kept.push((key, value));
                    continue;
                }
            };
            let name = format!("`{}`", key.name);
            if self.fits(of, &mut value, &name, problems, depth + 1) {
                kept.push((key, value));
            } else {
                problems
                    .cut
                    .insert((what.trim_matches('`').to_owned(), key.name.clone()));
                cut.push(key.name);
            }
        }
        let required = schema.get("required").and_then(Json::as_array);
        let mut whole = true;
        for name in required.into_iter().flatten().filter_map(Json::as_str) {
            if !kept.iter().any(|(key, _)| key.name == name) {
                whole = false;
                // When it was there and did not fit, that was said already.
                if !cut.iter().any(|c| c == name) {
                    problems.error(self.file, place, format!("{what} lacks `{name}`"));
                }
            }
        }
        *entries = kept;
        whole
    }
}

fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(one)) if one == "integer" => vec!["integer", "number"],
        Some(Json::String(one)) => vec![one],
        Some(Json::Array(many)) => many.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The values of an `enum` or `const`.
fn allowed(schema: &Json) -> Option<Vec<&str>> {
    if let Some(only) = schema.get("const").and_then(Json::as_str) {
        return Some(vec![only]);
    }
    let values = schema.get("enum").and_then(Json::as_array)?;
    Some(values.iter().filter_map(Json::as_str).collect())
}

fn type_words(name: &str) -> &str {
    match name {
        "object" => "several named values",
        "array" => "a list",
        "string" => "a text",
        "boolean" => "true or false",
        "number" => "a number",
        "integer" => "a whole number",
        "null" => "nothing",
        other => other,
    }
}
