//! The shape of a document, checked against the JSON Schema of the types: every misfit at once, each with its
//! place. What does not fit is cut out, so that the rest can still be looked at.

use latchkey_yaml::{Key, Node, Scalar, Value};
use serde_json::Value as Json;

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
            let text = match &mut node.value {
                Value::Scalar(scalar) => {
                    if allowed.contains(&scalar.text.as_str()) {
                        scalar.make_text();
                        return true;
                    }
                    scalar.text.clone()
                }
                other => other.words().to_owned(),
            };
            let help = did_you_mean(&text, allowed.iter().copied())
                .or_else(|| Some(format!("it takes: {}", allowed.join(", "))));
            let message = format!("{what} cannot be `{text}`");
            problems.add(Severity::Error, self.file, node.place, message, help);
            return false;
        }
        let types = types(schema);
        let is = |name: &str| types.is_empty() || types.contains(&name);
        if let Value::Scalar(scalar) = &mut node.value
            && is_read_as(scalar, &types)
        {
            if let Some(message) = within_bounds(schema, scalar, what) {
                problems.error(self.file, node.place, message);
            }
            return true;
        }
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
            other => {
                let wanted: Vec<&str> = types
                    .iter()
                    .filter(|t| types.len() == 1 || **t != "null")
                    .map(|t| type_words(t))
                    .collect();
                let message = format!(
                    "{what} takes {}, not {}",
                    wanted.join(" or "),
                    other.words()
                );
                let help = quotes_for(other).filter(|_| is("string"));
                problems.add(Severity::Error, self.file, node.place, message, help);
                false
            }
        }
    }

    /// Says what is taken where nothing of it is there.
    fn fits_none(&self, resolved: &[&Json], node: &Node, what: &str, problems: &mut Problems) {
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
        let text = |c: &&Json| types(c).contains(&"string");
        let help = quotes_for(&node.value).filter(|_| resolved.iter().any(text));
        problems.add(Severity::Error, self.file, node.place, message, help);
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
        let scalar = match &node.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::List(_) | Value::Map(_) => None,
        };
        let takes = |c: &&&Json| match (&node.value, types(c)) {
            (Value::List(_), types) => types.contains(&"array"),
            (Value::Map(_), types) => types.contains(&"object"),
            (Value::Scalar(s), types) => {
                (!types.is_empty() && is_read_as(&mut s.clone(), &types)) || allowed(c).is_some()
            }
        };
        let null = |c: &&Json| types(c).contains(&"null");
        if scalar.is_some_and(Scalar::is_nothing) && resolved.iter().any(null) {
            return true;
        }
        let candidates: Vec<&Json> = resolved.iter().filter(takes).copied().collect();
        match candidates.as_slice() {
            [] => {
                self.fits_none(&resolved, node, what, problems);
                false
            }
            [only] if scalar.is_some() && resolved.len() > 1 && allowed(only).is_some() => {
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
                if let (Value::Scalar(Scalar { text, .. }), false) = (&node.value, all.is_empty()) {
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

    /// Tells of a line that may be left out, and has a name alone: it was to say something.
    fn nothing_written(&self, of: &Json, key: &Key, value: &Node, problems: &mut Problems) {
        let alone = matches!(&value.value, Value::Scalar(scalar) if scalar.is_left_out());
        let choices = self.flat(of);
        if alone && choices.iter().any(|of| types(of).contains(&"null")) {
            let message = format!(
                "`{}` has nothing after the colon, which is as if the line were not there: write something, or take it out",
                key.name
            );
            problems.warning(self.file, key.place, message);
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
        let mut kept: Vec<(Key, Node)> = Vec::with_capacity(entries.len());
        let mut cut: Vec<String> = Vec::new();
        for (key, mut value) in std::mem::take(entries) {
            if let Some((first, _)) = kept.iter().find(|(other, _)| other.name == key.name) {
                let message = format!(
                    "`{}` stands here twice, first in line {}",
                    key.name, first.place.line
                );
                problems.error(self.file, key.place, message);
                continue;
            }
            let of = match (properties.get(&key.name), more) {
                (Some(of), _) => of,
                (None, Some(Json::Bool(false))) => {
                    let known = |name: &str| properties.contains_key(name);
                    let help = space_for(&key.name, known)
                        .or_else(|| quotes_before(&key, &value))
                        .or_else(|| did_you_mean(&key.name, properties.keys().map(String::as_str)))
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
            self.nothing_written(of, &key, &value, problems);
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

/// Whether a scalar is one of the types wanted; then it is made that. A text keeps its own letters.
fn is_read_as(scalar: &mut Scalar, types: &[&str]) -> bool {
    let is = |name: &str| types.contains(&name);
    if types.is_empty() || (scalar.is_nothing() && is("null")) {
        return true;
    }
    if is("string") && !scalar.is_left_out() {
        scalar.make_text();
        return true;
    }
    let flag = scalar.flag().filter(|_| is("boolean"));
    let whole = scalar.whole().filter(|_| is("integer") || is("number"));
    let number = scalar.number().filter(|_| is("number"));
    let read = flag
        .map(|flag| flag.to_string())
        .or_else(|| whole.map(|number| number.to_string()))
        .or_else(|| number.map(|number| number.to_string()));
    match read {
        Some(text) => {
            scalar.text = text;
            true
        }
        None => false,
    }
}

/// What to write where a text begins with a brace.
fn quotes_for(value: &Value) -> Option<String> {
    let text = value.as_unquoted_braces()?;
    Some(format!(
        "a text that begins with `{{` needs quotes: \"{text}\""
    ))
}

/// Brings a number within its bounds, so that the rest is looked at, and says what it was.
fn within_bounds(schema: &Json, scalar: &mut Scalar, what: &str) -> Option<String> {
    let least = schema.get("minimum").and_then(Json::as_i64)?;
    let number = scalar.whole()?;
    let most = i64::from(u32::MAX);
    let is_small = schema.get("format").and_then(Json::as_str) == Some("uint32");
    let (which, bound) = match number {
        n if n < least => ("least", least),
        n if is_small && n > most => ("most", most),
        _ => return None,
    };
    let written = std::mem::replace(&mut scalar.text, bound.to_string());
    Some(format!(
        "{what} cannot be {written}: the {which} is {bound}"
    ))
}

/// `title: Badge, keys` between braces: what stands behind the comma is a name of its own for YAML.
fn quotes_before(key: &Key, value: &Node) -> Option<String> {
    let alone = matches!(&value.value, Value::Scalar(scalar) if scalar.is_left_out());
    let has_blank = key.name.contains(' ');
    (alone && has_blank).then(|| {
        "if it belongs to the text before it, put quotes around that text: a comma ends it there".to_owned()
    })
}

/// `email:it@acme.example` between braces is one name for YAML.
fn space_for(name: &str, known: impl Fn(&str) -> bool) -> Option<String> {
    let (name, value) = name.split_once(':').filter(|(name, _)| known(name))?;
    Some(format!(
        "a space is missing after the colon: `{name}: {value}`"
    ))
}

fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
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
