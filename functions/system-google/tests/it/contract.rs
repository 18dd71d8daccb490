//! Google's discovery documents, as the package `google-api-python-client` publishes them: every call and answer is
//! held against them. Stricter than Google itself: what a document does not name is refused.

use std::path::PathBuf;

use axum::http::Method;
use latchkey_peers::Venv;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

const PACKAGES: [&str; 1] = ["google-api-python-client==2.202.0"];
const DOCUMENTS: [&str; 3] = [
    "admin.directory_v1.json",
    "admin.datatransfer_v1.json",
    "licensing.v1.json",
];
/// Lists whose form the documents leave open (`any`), and the schemas that they publish for their items.
const ITEMS: [(&str, &str); 3] = [
    ("externalIds", "UserExternalId"),
    ("organizations", "UserOrganization"),
    ("relations", "UserRelation"),
];

pub(crate) struct Contract {
    documents: Vec<Value>,
}

/// One method of an API.
pub(crate) struct Known<'a> {
    document: &'a Value,
    method: &'a Value,
}

fn places() -> impl Iterator<Item = PathBuf> {
    let venv = latchkey_peers::cache_directory().join("venv-google-api/lib");
    let all = std::fs::read_dir(venv).into_iter().flatten().flatten();
    all.map(|python| {
        python
            .path()
            .join("site-packages/googleapiclient/discovery_cache/documents")
    })
}

/// The contract, read once.
pub(crate) async fn contract() -> &'static Contract {
    static READ: OnceCell<Contract> = OnceCell::const_new();
    READ.get_or_init(async || {
        Venv::with("google-api", &PACKAGES).await.unwrap();
        let folder = places().find(|path| path.is_dir()).unwrap();
        let documents = DOCUMENTS.map(|name| {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            serde_json::from_str(&text).unwrap()
        });
        Contract {
            documents: documents.into(),
        }
    })
    .await
}

fn methods(resource: &Value) -> Vec<&Value> {
    let below = |key: &str| {
        resource[key]
            .as_object()
            .into_iter()
            .flat_map(|all| all.values())
    };
    below("methods")
        .chain(below("resources").flat_map(methods))
        .collect()
}

fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(t), Some(p)) if t == p || t.starts_with('{') && !p.is_empty() => {}
            _ => return false,
        }
    }
}

impl Contract {
    /// Where each API takes batches, without a slash before it.
    pub(crate) fn batch_paths(&self) -> impl Iterator<Item = &str> {
        let all = self.documents.iter();
        all.filter_map(|document| document["batchPath"].as_str())
    }

    /// The method at a path, without a slash before it.
    pub(crate) fn method(&self, method: &Method, path: &str) -> Result<Known<'_>, String> {
        for document in &self.documents {
            for known in methods(document) {
                let template = known["flatPath"]
                    .as_str()
                    .or(known["path"].as_str())
                    .unwrap();
                if known["httpMethod"] == method.as_str() && fits(template, path) {
                    let method = known;
                    return Ok(Known { document, method });
                }
            }
        }
        Err(format!("nothing is at {method} {path}"))
    }
}

impl<'k> Known<'k> {
    /// Which API it is of.
    pub(crate) fn api(&self) -> &'k str {
        self.document["id"].as_str().unwrap()
    }
}

impl Known<'_> {
    /// Whether a call is one that the API takes.
    pub(crate) fn takes(
        &self,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<(), String> {
        for (name, value) in query {
            let own = &self.method["parameters"][name];
            let known = if own["location"] == "query" {
                own
            } else {
                &self.document["parameters"][name]
            };
            if known.is_null() {
                return Err(format!("no parameter `{name}`"));
            }
            let number = value.parse::<i64>();
            let good = match known["type"].as_str() {
                Some("integer") => {
                    let limit = |key: &str| known[key].as_str().and_then(|n| n.parse::<i64>().ok());
                    number.is_ok_and(|n| {
                        limit("minimum").is_none_or(|least| n >= least)
                            && limit("maximum").is_none_or(|most| n <= most)
                    })
                }
                Some("boolean") => matches!(value.as_str(), "true" | "false"),
                _ => known["enum"]
                    .as_array()
                    .is_none_or(|all| all.contains(&json!(value))),
            };
            if !good {
                return Err(format!("`{name}` cannot be {value}"));
            }
        }
        match (self.method["request"]["$ref"].as_str(), body) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err("it takes no body".to_owned()),
            (Some(_), None) => Err("it needs a body".to_owned()),
            (Some(schema), Some(body)) => self.is_of(schema, body, true),
        }
    }

    /// Whether an answer is one that the API gives.
    pub(crate) fn gives(&self, body: Option<&Value>) -> Result<(), String> {
        match (self.method["response"]["$ref"].as_str(), body) {
            (None, None) => Ok(()),
            (Some(schema), Some(body)) => self.is_of(schema, body, false),
            (expected, body) => Err(format!("it gives {expected:?}, not {body:?}")),
        }
    }

    /// The schema of what it answers.
    pub(crate) fn answer(&self) -> &Value {
        let name = self.method["response"]["$ref"].as_str().unwrap_or_default();
        &self.document["schemas"][name]
    }

    /// The schema that another one refers to.
    pub(crate) fn follow<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(name) => &self.document["schemas"][name],
            None => schema,
        }
    }

    fn is_of(&self, schema: &str, value: &Value, asked: bool) -> Result<(), String> {
        let named = json!({ "$ref": schema });
        self.check(&named, value, schema, asked)
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, asked: bool) -> Result<(), String> {
        let schema = self.follow(schema);
        if asked && schema["readOnly"] == true {
            return Err(format!("{place} cannot be changed"));
        }
        // A change to null takes a value away.
        if asked && value.is_null() {
            return Ok(());
        }
        let kind = schema["type"].as_str().unwrap_or("object");
        let good = match kind {
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => true,
        };
        if !good {
            return Err(format!("{place} is no {kind}: {value}"));
        }
        let last = place.rsplit('.').next().unwrap_or_default();
        if let Some((_, of)) = ITEMS.iter().find(|(name, _)| *name == last) {
            let all = value.as_array().ok_or(format!("{place} is no list"))?;
            return all.iter().try_for_each(|item| self.is_of(of, item, asked));
        }
        if let Value::Array(items) = value {
            for item in items {
                self.check(&schema["items"], item, &format!("{place}[]"), asked)?;
            }
        }
        if let (Value::Object(all), Some(known)) = (value, schema["properties"].as_object()) {
            for (name, value) in all {
                let place = format!("{place}.{name}");
                let schema = known.get(name).ok_or(format!("{place} is not known"))?;
                self.check(schema, value, &place, asked)?;
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_google_does_not_publish_is_refused() {
    let contract = contract().await;
    let users = "admin/directory/v1/users";
    let insert = contract.method(&Method::POST, users).unwrap();
    let good = json!({"primaryEmail": "a@x.example", "externalIds": [{"type": "organization", "value": "1"}]});
    assert_eq!(insert.takes(&[], Some(&good)), Ok(()));
    for bad in [
        json!({"primaryEmail": 1}),
        json!({"login": "a"}),
        json!({"isAdmin": true}),
        json!({"externalIds": [{"kind": "organization"}]}),
        json!({"name": {"first": "A"}}),
    ] {
        assert!(insert.takes(&[], Some(&bad)).is_err(), "{bad}");
    }
    let list = contract.method(&Method::GET, users).unwrap();
    for (name, value) in [("limit", "1"), ("maxResults", "501"), ("projection", "all")] {
        let asked = [(name.to_owned(), value.to_owned())];
        assert!(list.takes(&asked, None).is_err(), "{name}");
    }
    assert!(
        contract
            .method(&Method::POST, "admin/directory/v1/users/1/suspend")
            .is_err()
    );
}
