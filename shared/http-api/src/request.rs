//! One request of a description, and what its answers mean.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use crate::Template;

/// A request. `{names}` in its texts become values.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Method, and path below the system's address, as on the vendor's page: "GET /users/{account.name}".
    pub call: String,
    /// Parameters of the query. One that has no value is left out.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Headers, beside those that sign in.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, as JSON.
    pub json: Option<Value>,
    /// The body, as a form.
    pub form: Option<BTreeMap<String, String>>,
    /// What becomes of lines of the body that have no value: left_out, null, empty. Where an account is changed `null`,
    /// else `left_out`, when nothing is said.
    pub without: Option<Without>,
    /// Where in its answer that stands which is asked for: the account, or the list. The answer itself when left out.
    pub at: Option<String>,
    /// How its answer is divided into pages; one page when left out.
    pub pages: Option<Pages>,
    /// What its answers mean, where it is not what the statuses of HTTP mean; the first that fits counts.
    #[serde(default)]
    pub answers: Vec<Meaning>,
}

/// What becomes of a line without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Without {
    /// The line is left out.
    LeftOut,
    /// It is `null`.
    Null,
    /// It is an empty text.
    Empty,
}

/// How a list is divided into pages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// What says where a page begins.
    pub by: By,
    /// The parameter of the query that says it: e.g. page, offset, cursor.
    pub parameter: Option<String>,
    /// The number of the first page, or of the first account; 1 for pages and 0 for offsets when left out.
    pub first: Option<u64>,
    /// The parameter of the query with how many are asked for at once.
    pub size: Option<String>,
    /// How many are asked for at once.
    pub most: Option<u64>,
    /// Where in the answer the next cursor or address stands; nothing, or an empty text, on the last page.
    pub next: Option<String>,
    /// Where in the answer it says how many there are in all.
    pub total: Option<String>,
}

/// What says where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The number of the page.
    Page,
    /// How many accounts come before it.
    Offset,
    /// A text from the page before.
    Cursor,
    /// A whole address from the page before.
    Address,
    /// The header `Link` of the page before, with `rel="next"` (RFC 8288).
    Link,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// For answers with this status, or one of these; any when left out.
    #[serde(default)]
    pub status: Statuses,
    /// For answers with something at this place; what it has to be stands in `is` or `says`.
    pub at: Option<String>,
    /// For answers that have just this at `at`.
    pub is: Option<Value>,
    /// For answers that say this, in part: at `at`, or else in their message. Capitals do not count.
    pub says: Option<String>,
    /// What they mean.
    pub means: Means,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// It is done, or was so already.
    Done,
    /// The account is not there.
    NotThere,
    /// Come back later.
    Busy,
    /// It is out of order; Latchkey tries again.
    Unreachable,
    /// It will not do it; its owner is asked.
    Rejected,
    /// The secret is wrong, or has too few rights.
    Unauthorized,
    /// Something is there that does not fit, e.g. an account of that name.
    Conflict,
    /// It has been done, and does not show yet.
    NotYet,
}

/// A status, or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statuses(pub Vec<u16>);

/// A request, or several, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steps(pub Vec<Request>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> From<OneOrMany<T>> for Vec<T> {
    fn from(some: OneOrMany<T>) -> Vec<T> {
        match some {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Statuses, D::Error> {
        OneOrMany::deserialize(deserializer).map(|some| Statuses(some.into()))
    }
}

impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Steps, D::Error> {
        OneOrMany::deserialize(deserializer).map(|some| Steps(some.into()))
    }
}

impl JsonSchema for Statuses {
    fn schema_name() -> Cow<'static, str> {
        "Statuses".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A status, or several.",
            "anyOf": [{ "type": "integer" }, { "type": "array", "items": { "type": "integer" } }]
        })
    }
}

impl JsonSchema for Steps {
    fn schema_name() -> Cow<'static, str> {
        "Steps".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<Request>();
        let many = generator.subschema_for::<Vec<Request>>();
        json_schema!({
            "description": "A request, or several, one after the other.",
            "anyOf": [one, many]
        })
    }
}

impl Request {
    /// The names in its texts.
    pub fn names(&self) -> BTreeSet<String> {
        let form = self.form.iter().flat_map(BTreeMap::values);
        let texts = self.query.values().chain(self.headers.values()).chain(form);
        let mut all = BTreeSet::new();
        for text in texts.chain([&self.call]) {
            names_in(text, &mut all);
        }
        if let Some(body) = &self.json {
            names_of(body, &mut all);
        }
        all
    }

    /// Method and path; `None` when it has not both.
    pub fn method_and_path(&self) -> Option<(&str, &str)> {
        let (method, path) = self.call.trim().split_once(char::is_whitespace)?;
        Some((method, path.trim().trim_start_matches('/')))
    }
}

fn names_in(text: &str, all: &mut BTreeSet<String>) {
    if let Ok(template) = Template::parse(text) {
        all.extend(template.names().map(str::to_owned));
    }
}

fn names_of(body: &Value, all: &mut BTreeSet<String>) {
    match body {
        Value::String(text) => names_in(text, all),
        Value::Array(each) => each.iter().for_each(|one| names_of(one, all)),
        Value::Object(map) => map.values().for_each(|one| names_of(one, all)),
        _ => {}
    }
}
