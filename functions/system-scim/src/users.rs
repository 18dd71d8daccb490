//! Changes to users, in the form that a vendor takes.

use http::header;
use latchkey_lifecycle::Account;
use latchkey_systems::{Fault, Faults, Found, quoted, segment};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::{
    dialect::UserChange,
    place::{ACTIVE, AttributePath, ENTERPRISE, USER},
    resource::{self, found},
    scim::Scim,
    whole,
};

/// RFC 7644 section 3.5.2.
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The body of a PATCH.
pub(crate) fn patch_op(operation: &Value) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": [operation] })
}

/// An operation that sets what stands at a place, or clears it.
pub(crate) fn operation(form: UserChange, place: &AttributePath, value: Option<Value>) -> Value {
    match (form, value) {
        (UserChange::PatchWithoutPath, value) => {
            json!({ "op": "replace", "value": object(place, value) })
        }
        (_, Some(value)) => {
            json!({ "op": "replace", "path": place.path(), "value": value })
        }
        (_, None) => {
            json!({ "op": "remove", "path": place.path() })
        }
    }
}

/// An object with nothing but what stands at a place; an empty text where it is to be cleared.
fn object(place: &AttributePath, value: Option<Value>) -> Map<String, Value> {
    let mut object = Map::new();
    place.put(&mut object, value.unwrap_or_else(|| "".into()));
    object
}

impl Scim {
    /// Makes a user.
    pub(crate) async fn create(&self, account: &Account) -> Result<Found, Fault> {
        self.fits_name(&account.name)?;
        for attribute in account.attributes.keys() {
            self.fits_attribute(attribute)?;
        }
        let mut call = self.call(Method::POST, "Users".to_owned());
        let mut user = resource::user(account, &self.dialect);
        if let Some(profile) = &self.profile {
            user["entitlements"] = json!([{ "value": profile }]);
        }
        call.body = Some((self.dialect.media, user));
        let answer = self.http.call(&call).await?;
        let made = answer.body.as_ref();
        let made = made.and_then(|user| found(user, &self.dialect));
        // Some answer without the resource, but with its place (RFC 7644 section 3.3), whole or relative.
        let handle = made.map(|f| f.handle).or_else(|| {
            let location = answer.headers.get(header::LOCATION)?.to_str().ok()?;
            location
                .rsplit('/')
                .find(|part| !part.is_empty())
                .map(str::to_owned)
        });
        Found::made(self, handle.as_deref(), account)
    }

    /// Whether an account can be called so.
    pub(crate) fn fits_name(&self, name: &str) -> Result<(), Fault> {
        if self.dialect.name_is_email && !name.contains('@') {
            return Err(self.rejected(
                "its account names are e-mail addresses; say so under `account_name` in the runbook",
            ));
        }
        Ok(())
    }

    /// Whether an attribute is kept.
    pub(crate) fn fits_attribute(&self, attribute: &str) -> Result<(), Fault> {
        let keeps = self.dialect.keeps;
        if keeps.contains(&attribute) {
            return Ok(());
        }
        Err(self.rejected(format!(
            "it does not keep `{attribute}`; say `attributes: [{}]` under its settings in the runbook",
            keeps.join(", ")
        )))
    }

    /// Sets what stands at a place of a user, or clears it.
    pub(crate) async fn set(
        &self,
        at: &Found,
        place: &AttributePath,
        value: Option<Value>,
    ) -> Result<(), Fault> {
        let form = self.dialect.users;
        if form == UserChange::Whole {
            let change = |user: &mut _| whole::set(user, place, value.as_ref());
            return self.rewrite_user(at, change).await;
        }
        if form == UserChange::PutOfParts && *place != ACTIVE {
            return self.put(at, place, value).await;
        }
        self.patch(at, operation(form, place, value)).await
    }

    /// Gives a value of a user, or takes it.
    pub(crate) async fn give(
        &self,
        at: &Found,
        holder: &str,
        name: &str,
        grant: bool,
    ) -> Result<(), Fault> {
        if self.dialect.users == UserChange::Whole {
            let change = |user: &mut _| whole::give(user, holder, name, grant);
            return self.rewrite_user(at, change).await;
        }
        let operation = match grant {
            true => json!({ "op": "add", "path": holder, "value": [{ "value": name }] }),
            false => {
                json!({ "op": "remove", "path": format!("{holder}[value eq {}]", quoted(name)) })
            }
        };
        self.patch(at, operation).await
    }

    async fn put(
        &self,
        at: &Found,
        place: &AttributePath,
        value: Option<Value>,
    ) -> Result<(), Fault> {
        let mut body = object(place, value);
        let extension = place.schema.is_some().then_some(ENTERPRISE);
        let schemas: Vec<&str> = [USER].into_iter().chain(extension).collect();
        body.insert("schemas".into(), json!(schemas));
        let mut call = self.call(Method::PUT, format!("Users/{}", segment(&at.handle)));
        call.body = Some((self.dialect.media, body.into()));
        self.http.call(&call).await.map(|_| ())
    }

    /// Changes a user. When somebody else changed it in between (412), it is read again, and tried once more.
    async fn patch(&self, at: &Found, operation: Value) -> Result<(), Fault> {
        let path = format!("Users/{}", segment(&at.handle));
        let mut version = at.version.clone();
        for _ in 0..2 {
            let mut call = self.call(Method::PATCH, path.clone());
            call.body = Some((self.dialect.media, patch_op(&operation)));
            if let Some(tag) = version.as_deref().and_then(|v| v.parse().ok()) {
                call.headers.insert(header::IF_MATCH, tag);
            }
            call.expected = &[412];
            let answer = self.http.call(&call).await?;
            if answer.status.is_success() {
                return Ok(());
            }
            let call = self.call(Method::GET, path.clone());
            let user = self.http.call(&call).await?.body;
            let user = user.and_then(|user| found(&user, &self.dialect));
            version = user.and_then(|found| found.version);
        }
        Err(self.busy(None))
    }

    pub(crate) async fn delete(&self, at: &Found) -> Result<(), Fault> {
        if !self.dialect.deletes {
            return Err(self.rejected(
                "it never deletes an account, it only deactivates it; take its deletion out of the runbook",
            ));
        }
        let mut call = self.call(Method::DELETE, format!("Users/{}", segment(&at.handle)));
        call.expected = &[404];
        self.http.call(&call).await.map(|_| ())
    }
}
