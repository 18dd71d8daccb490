//! Changes where a server has no PATCH, which RFC 7644 section 3.5.2 leaves to it: a resource is read, changed, and
//! written whole (section 3.5.1).

use http::{HeaderValue, header};
use latchkey_systems::{Fault, Faults, Found, segment};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::{
    place::{AttributePath, ENTERPRISE},
    scim::Scim,
};

/// How often a resource is read when others write it at the same time.
const TRIES: usize = 3;

type Resource = Map<String, Value>;

/// Puts a value among others, or takes it from them.
pub(crate) fn give(resource: &mut Resource, holder: &str, value: &str, grant: bool) {
    if !grant {
        if let Some(Value::Array(values)) = resource.get_mut(holder) {
            values.retain(|one| one["value"] != value);
        }
        return;
    }
    let values = resource.entry(holder).or_insert_with(|| json!([]));
    if let Value::Array(values) = values
        && !values.iter().any(|one| one["value"] == value)
    {
        values.push(json!({ "value": value }));
    }
}

/// Sets what stands at a place, or clears it.
pub(crate) fn set(user: &mut Resource, place: &AttributePath, value: Option<&Value>) {
    match value {
        Some(value) => place.put(user, value.clone()),
        None => place.clear(user),
    }
    if place.schema == Some(ENTERPRISE)
        && let Some(Value::Array(schemas)) = user.get_mut("schemas")
        && !schemas.iter().any(|schema| schema == ENTERPRISE)
    {
        schemas.push(ENTERPRISE.into());
    }
}

impl Scim {
    /// Has a user changed.
    pub(crate) async fn rewrite_user(
        &self,
        at: &Found,
        change: impl Fn(&mut Resource) + Send + Sync,
    ) -> Result<(), Fault> {
        let path = format!("Users/{}", segment(&at.handle));
        match self.rewrite(&path, change).await? {
            true => Ok(()),
            false => Err(self.rejected(format!(
                "the account `{}` went away while it was being changed",
                at.account.name
            ))),
        }
    }

    /// Reads a resource, changes it, and writes it where that makes a difference; `false` when it is not there. When
    /// somebody else changed it in between (412), it is read again.
    pub(crate) async fn rewrite(
        &self,
        path: &str,
        change: impl Fn(&mut Resource) + Send + Sync,
    ) -> Result<bool, Fault> {
        for _ in 0..TRIES {
            let mut call = self.call(Method::GET, path.to_owned());
            call.expected = &[404];
            let answer = self.http.call(&call).await?;
            if !answer.status.is_success() {
                return Ok(false);
            }
            let Some(Value::Object(before)) = answer.body else {
                return Err(self.rejected(format!("/{path} is answered with no resource")));
            };
            let mut after = before.clone();
            change(&mut after);
            if after == before {
                return Ok(true);
            }
            let tag = answer.headers.get(header::ETAG).cloned();
            // Nobody but the server writes it (RFC 7643 section 3.1), and some refuse what they should ignore.
            let meta = after.remove("meta").unwrap_or_default();
            let said = || HeaderValue::from_str(meta["version"].as_str()?).ok();
            let mut call = self.call(Method::PUT, path.to_owned());
            if let Some(tag) = tag.or_else(said) {
                call.headers.insert(header::IF_MATCH, tag);
            }
            call.body = Some((self.dialect.media, after.into()));
            call.expected = &[404, 412];
            let answer = self.http.call(&call).await?;
            match answer.status.as_u16() {
                404 => return Ok(false),
                412 => {}
                _ => return Ok(true),
            }
        }
        Err(self.busy(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::dialect;

    fn object(value: Value) -> Resource {
        match value {
            Value::Object(object) => object,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_others_keep_in_a_resource_stays() {
        let mut user =
            object(json!({ "schemas": ["x"], "nickName": "Zoë", "name": {"middleName": "A"} }));
        let rfc = dialect(None).unwrap();
        let place = |attribute| rfc.place_of(attribute).unwrap();
        set(&mut user, &place("givenName"), Some(&"Zoe".into()));
        set(&mut user, &place("department"), Some(&"Sales".into()));
        let full = json!({
            "schemas": ["x", ENTERPRISE], "nickName": "Zoë", "name": {"middleName": "A", "givenName": "Zoe"},
            ENTERPRISE: {"department": "Sales"},
        });
        assert_eq!(Value::from(user.clone()), full);
        set(&mut user, &place("givenName"), None);
        set(&mut user, &place("department"), None);
        set(&mut user, &place("title"), None);
        let name = json!({"middleName": "A"});
        assert_eq!(user["name"], name);
        assert_eq!(user[ENTERPRISE], json!({}));
        assert_eq!(user.get("title"), None);
    }

    #[test]
    fn a_value_is_given_once_and_taken_alone() {
        let mut group = object(json!({ "members": [{ "value": "2", "display": "B" }] }));
        give(&mut group, "members", "1", true);
        let both = json!([{ "value": "2", "display": "B" }, { "value": "1" }]);
        assert_eq!(group["members"], both);
        give(&mut group, "members", "1", true);
        assert_eq!(group["members"], both);
        give(&mut group, "members", "2", false);
        assert_eq!(group["members"], json!([{ "value": "1" }]));
        let mut empty = Resource::new();
        give(&mut empty, "members", "1", false);
        assert_eq!(empty, Resource::new());
    }
}
