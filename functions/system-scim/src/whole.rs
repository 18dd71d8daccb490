//! Changes where a server has no PATCH, which RFC 7644 section 3.5.2 leaves to it: a resource is read, changed, and written
//! whole (section 3.5.1).

use http::{HeaderValue, header};
use latchkey_systems::{Fault, Found, segment};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::{
    place::{ENTERPRISE, Place},
    scim::Scim,
};

/// How often a resource is read when others write it at the same time.
const TRIES: usize = 3;

type Resource = Map<String, Value>;

fn values<'a>(resource: &'a mut Resource, holder: &str) -> Option<&'a mut Vec<Value>> {
    let values = resource.entry(holder).or_insert_with(|| json!([]));
    values.as_array_mut()
}

/// Puts a value among others, or takes it from them.
fn give(resource: &mut Resource, holder: &str, value: &str, grant: bool) {
    let Some(values) = values(resource, holder) else {
        return;
    };
    let has = values.iter().any(|one| one["value"] == value);
    match grant {
        true if !has => values.push(json!({ "value": value })),
        true => {}
        false => values.retain(|one| one["value"] != value),
    }
}

/// Sets what stands at a place, or clears it.
fn set(user: &mut Resource, place: &Place, value: Option<&Value>) {
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
    /// [`Scim::set`] without PATCH.
    pub(crate) async fn set_by_put(
        &self,
        at: &Found,
        place: &Place,
        value: Option<Value>,
    ) -> Result<(), Fault> {
        self.rewrite_user(at, |user| set(user, place, value.as_ref()))
            .await
    }

    /// [`Scim::give`] without PATCH.
    pub(crate) async fn give_by_put(
        &self,
        at: &Found,
        holder: &str,
        name: &str,
        grant: bool,
    ) -> Result<(), Fault> {
        self.rewrite_user(at, |user| give(user, holder, name, grant))
            .await
    }

    /// Puts a user into a group, or takes them out; `false` when there is no such group.
    pub(crate) async fn member_by_put(
        &self,
        group: &str,
        user: &str,
        grant: bool,
    ) -> Result<bool, Fault> {
        let path = format!("Groups/{}", segment(group));
        self.rewrite(&path, |group| give(group, "members", user, grant))
            .await
    }

    async fn rewrite_user(
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

    /// Reads a resource, changes it, and writes it where that makes a difference; `false` when it is not there. When somebody
    /// else changed it in between (412), it is read again.
    async fn rewrite(
        &self,
        path: &str,
        change: impl Fn(&mut Resource) + Send + Sync,
    ) -> Result<bool, Fault> {
        for _ in 0..TRIES {
            let mut call = self.call(Method::GET, path.to_owned());
            call.expected = &[404];
            let answer = self.http.call(&call).await?;
            let before = match answer.body {
                Some(Value::Object(before)) if answer.status.is_success() => before,
                _ => return Ok(false),
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
        Err(Fault::Busy {
            system: self.http.system().to_owned(),
            retry_after: None,
        })
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
    }
}
