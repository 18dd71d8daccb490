//! Texts with `{names}` in them. A value is written as the place demands where it is put in, so that it can neither
//! leave that place nor mean anything there.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::Without;

/// The value of a name, a text or a flag; `None` when there is none.
pub type Values<'v> = dyn Fn(&str) -> Option<Value> + Send + Sync + 'v;

/// A `{` that is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclosed;

/// Why a value cannot be put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// There is none, where one has to be: a path without it would be another one.
    Missing(String),
    /// It would change what the text means.
    Dangerous(String),
    /// The text is no template.
    Unclosed,
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Misfit::Missing(name) => write!(f, "there is no value for `{{{name}}}`"),
            Misfit::Dangerous(name) => write!(
                f,
                "the value of `{{{name}}}` has characters that cannot stand there"
            ),
            Misfit::Unclosed => f.write_str("a `{` is not closed"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
}

/// A text with names in it. `{{` and `}}` are braces. Values are put in once: what stands in a value is never looked at
/// again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// [`Unclosed`].
    pub fn parse(text: &str) -> Result<Template, Unclosed> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            plain.push_str(before);
            let doubled = brace.starts_with("{{") || brace.starts_with("}}");
            if doubled || brace.starts_with('}') {
                plain.push_str(&brace[..1]);
                rest = &brace[if doubled { 2 } else { 1 }..];
                continue;
            }
            let (name, after) = brace[1..].split_once('}').ok_or(Unclosed)?;
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Name(name.trim().to_owned()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Template { parts })
    }

    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The name, where it is one and nothing else.
    fn only_name(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Name(name)] => Some(name),
            _ => None,
        }
    }

    fn fill(
        &self,
        values: &Values<'_>,
        mut write: impl FnMut(&str, &str, Option<String>) -> Result<String, Misfit>,
    ) -> Result<String, Misfit> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Name(name) => {
                    let value = values(name).as_ref().and_then(crate::text_of);
                    let written = write(&out, name, value)?;
                    out.push_str(&written);
                }
            }
        }
        Ok(out)
    }

    /// As a path: each value is a part of one segment (RFC 3986 section 3.3), however it is written.
    ///
    /// # Errors
    /// [`Misfit`] when a value is missing, or a segment would be `.` or `..`, which lead elsewhere (section 5.2.4).
    pub fn path(&self, values: &Values<'_>) -> Result<String, Misfit> {
        let path = self.fill(values, |_, name, value| {
            value
                .map(|value| segment(&value))
                .ok_or_else(|| Misfit::Missing(name.to_owned()))
        })?;
        if path.split('/').any(|part| part == "." || part == "..") {
            let name = self.names().next().unwrap_or_default();
            return Err(Misfit::Dangerous(name.to_owned()));
        }
        Ok(path)
    }

    /// As the value of a query parameter, before the query's own encoding; `None` when it is one name without a value.
    /// Within quotes a value stays within them: double ones as in JSON, single ones doubled as OData and SQL do it.
    /// Beside other text and without quotes a value has letters, digits and `.-_@+` only.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn query(&self, values: &Values<'_>) -> Result<Option<String>, Misfit> {
        if let Some(name) = self.only_name() {
            return Ok(values(name).as_ref().and_then(crate::text_of));
        }
        let filled = self.fill(values, |before, name, value| {
            let value = value.ok_or_else(|| Misfit::Missing(name.to_owned()))?;
            let harmless = |c: char| c.is_alphanumeric() || ".-_@+".contains(c);
            match open_quote(before, true) {
                Some('"') => Ok(escaped(&value)),
                // Who doubles quotes and who writes a backslash before them is told apart by nothing.
                Some(_) if !value.contains('\\') => Ok(value.replace('\'', "''")),
                None if value.chars().all(harmless) => Ok(value),
                _ => Err(Misfit::Dangerous(name.to_owned())),
            }
        })?;
        Ok(Some(filled))
    }

    /// As the text of a header or of a form: `None` when it is one name without a value.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn plain(&self, values: &Values<'_>) -> Result<Option<String>, Misfit> {
        if let Some(name) = self.only_name() {
            return Ok(values(name).as_ref().and_then(crate::text_of));
        }
        let filled = self.fill(values, |_, _, value| Ok(value.unwrap_or_default()))?;
        Ok(Some(filled))
    }

    /// As a value of JSON: a name alone is its value, a flag stays one. Beside other text, within double quotes a value
    /// stays within them (SCIM's paths), and in an address it is a segment.
    ///
    /// # Errors
    /// [`Misfit`].
    fn json(&self, values: &Values<'_>) -> Result<Option<Value>, Misfit> {
        if let Some(name) = self.only_name() {
            return Ok(values(name));
        }
        let filled = self.fill(values, |before, name, value| {
            if before.contains("://") {
                let value = value.ok_or_else(|| Misfit::Missing(name.to_owned()))?;
                return match value.as_str() {
                    "." | ".." => Err(Misfit::Dangerous(name.to_owned())),
                    value => Ok(segment(value)),
                };
            }
            let value = value.unwrap_or_default();
            Ok(match open_quote(before, false) {
                Some(_) => escaped(&value),
                None => value,
            })
        })?;
        Ok(Some(Value::String(filled)))
    }

    /// A JSON body with values put into its texts; what has no value is written as `without` says.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn body(
        body: &Value,
        without: Without,
        values: &Values<'_>,
    ) -> Result<Option<Value>, Misfit> {
        Ok(Some(match body {
            Value::String(text) => {
                let template = Template::parse(text).map_err(|_| Misfit::Unclosed)?;
                return Ok(match (template.json(values)?, without) {
                    (Some(value), _) => Some(value),
                    (None, Without::LeftOut) => None,
                    (None, Without::Null) => Some(Value::Null),
                    (None, Without::Empty) => Some(Value::String(String::new())),
                });
            }
            Value::Array(all) => {
                let mut filled = Vec::with_capacity(all.len());
                for each in all {
                    filled.extend(Template::body(each, without, values)?);
                }
                Value::Array(filled)
            }
            Value::Object(map) => {
                let mut filled = Map::new();
                for (key, each) in map {
                    if let Some(value) = Template::body(each, without, values)? {
                        filled.insert(key.clone(), value);
                    }
                }
                Value::Object(filled)
            }
            other => other.clone(),
        }))
    }
}

/// The quote within which a text ends, if any; `single` when single quotes count, too.
fn open_quote(text: &str, single: bool) -> Option<char> {
    let mut open = None;
    let mut escaped = false;
    for c in text.chars() {
        match (open, c) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(quote), c) if c == quote => open = None,
            (None, '"') => open = Some('"'),
            (None, '\'') if single => open = Some('\''),
            _ => {}
        }
    }
    open
}

/// A value between double quotes, without them.
fn escaped(value: &str) -> String {
    let quoted = Value::String(value.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// All but RFC 3986's unreserved characters (section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A value as one segment of a path.
fn segment(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(name: &str) -> Option<Value> {
        match name {
            "none" => None,
            "yes" => Some(true.into()),
            "dots" => Some("..".into()),
            "evil" => Some(r#"a" or 'b'/../c?d {none}"#.into()),
            "umlaut" => Some("Größe".into()),
            _ => Some("zoe.mueller@acme.example".into()),
        }
    }

    fn template(text: &str) -> Template {
        Template::parse(text).unwrap()
    }

    #[test]
    fn a_value_stays_in_its_segment() {
        let path = |text: &str| template(text).path(&values);
        assert_eq!(
            path("users/{umlaut}/groups"),
            Ok("users/Gr%C3%B6%C3%9Fe/groups".into())
        );
        assert_eq!(
            path("users/{evil}"),
            Ok("users/a%22%20or%20%27b%27%2F..%2Fc%3Fd%20%7Bnone%7D".into())
        );
        assert_eq!(path("users/{none}"), Err(Misfit::Missing("none".into())));
        assert_eq!(
            path("users/{dots}/groups"),
            Err(Misfit::Dangerous("dots".into()))
        );
    }

    #[test]
    fn a_value_stays_between_its_quotes() {
        let query = |text: &str| template(text).query(&values);
        assert_eq!(
            query(r#"login eq "{evil}""#).unwrap().unwrap(),
            r#"login eq "a\" or 'b'/../c?d {none}""#
        );
        assert_eq!(
            query("login eq '{evil}'").unwrap().unwrap(),
            r#"login eq 'a" or ''b''/../c?d {none}'"#
        );
        assert_eq!(query("login:{evil}"), Err(Misfit::Dangerous("evil".into())));
        assert_eq!(
            query("login:{name}"),
            Ok(Some("login:zoe.mueller@acme.example".into()))
        );
        assert_eq!(query("{none}"), Ok(None));
        // Alone it is a parameter of its own, which the query encodes.
        assert_eq!(
            query("{evil}"),
            Ok(values("evil").and_then(|v| crate::text_of(&v)))
        );
    }

    #[test]
    fn a_body_is_filled_value_by_value() {
        let body = json!({
            "name": "{umlaut}", "on": "{yes}", "title": "{none}", "n": 7,
            "filter": "members[value eq \"{evil}\"]", "link": "https://x.example/users/{evil}",
            "many": ["{none}", "{umlaut} {none}"], "query": "mutation {{ x }}",
        });
        let fill = |without| Template::body(&body, without, &values).unwrap().unwrap();
        let left_out = fill(Without::LeftOut);
        assert_eq!(left_out["name"], "Größe");
        assert_eq!(left_out["on"], true);
        assert_eq!(left_out.get("title"), None);
        assert_eq!(left_out["many"], json!(["Größe "]));
        assert_eq!(left_out["query"], "mutation { x }");
        assert_eq!(
            left_out["filter"],
            r#"members[value eq "a\" or 'b'/../c?d {none}"]"#
        );
        assert_eq!(
            left_out["link"],
            "https://x.example/users/a%22%20or%20%27b%27%2F..%2Fc%3Fd%20%7Bnone%7D"
        );
        assert_eq!(fill(Without::Null)["title"], Value::Null);
        assert_eq!(fill(Without::Empty)["title"], "");
    }

    #[test]
    fn braces_are_closed() {
        assert_eq!(Template::parse("a {b"), Err(Unclosed));
        assert_eq!(
            template("{{{a}}}").plain(&values),
            Ok(Some("{zoe.mueller@acme.example}".into()))
        );
    }
}
