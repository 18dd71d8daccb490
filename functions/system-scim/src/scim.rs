//! One SCIM system.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use async_trait::async_trait;
use http::header;
use latchkey_lifecycle::{Account, Change, after_change};
use latchkey_systems::{
    Call, Fault, Found, Http, KeptMemberships, Page, PageToken, Probe, Sought, System, quoted,
    segment, theirs,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    dialect::{Dialect, Membership},
    paging,
    resource::{self, found, holder_of, path_of, value_of},
};

/// RFC 7644 section 3.1.
pub(crate) const SCIM_JSON: &str = "application/scim+json";
/// RFC 7644 section 3.5.2.
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// One SCIM system.
#[derive(Debug)]
pub(crate) struct Scim {
    pub(crate) http: Http,
    pub(crate) dialect: Dialect,
    /// Resources asked for at once.
    pub(crate) page: usize,
    groups: RwLock<HashMap<String, String>>,
    members: KeptMemberships,
}

impl Scim {
    pub(crate) fn new(http: Http, dialect: Dialect, page: Option<usize>) -> Scim {
        Scim {
            http,
            dialect,
            page: page.unwrap_or(dialect.page),
            groups: RwLock::default(),
            members: KeptMemberships::default(),
        }
    }

    pub(crate) fn rejected(&self, problem: String) -> Fault {
        Fault::Rejected {
            system: self.http.system().to_owned(),
            problem,
        }
    }

    pub(crate) fn conflict(&self, problem: String) -> Fault {
        Fault::Conflict {
            system: self.http.system().to_owned(),
            problem,
        }
    }

    pub(crate) fn known_group(&self, name: &str) -> Option<String> {
        self.groups
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    pub(crate) fn know_group(&self, name: &str, id: &str) {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        groups.insert(name.to_owned(), id.to_owned());
    }

    pub(crate) fn forget_group(&self, name: &str) {
        self.groups
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
    }

    /// Users that a filter lets through and that are what was asked for.
    async fn users(
        &self,
        attribute: &str,
        value: &str,
        is: impl Fn(&Account) -> bool,
    ) -> Result<Vec<Value>, Fault> {
        let by = format!("{attribute} eq {}", quoted(value));
        let filter = self.dialect.filters.then_some(by.as_str());
        let users = paging::all(&self.http, "Users", filter, self.page).await?;
        Ok(users
            .into_iter()
            .filter(|user| found(user).is_some_and(|f| is(&f.account)))
            .collect())
    }

    async fn find(&self, who: &Sought) -> Result<Option<Value>, Fault> {
        let id = &who.employee_id;
        let by_id = self.users("externalId", id.as_str(), |a| {
            a.employee_id.as_ref() == Some(id)
        });
        let by_name = async {
            match &who.name {
                // userName is not caseExact (RFC 7643 section 4.1.1).
                Some(name) => {
                    let folded = name.to_lowercase();
                    self.users("userName", name, move |a| a.name.to_lowercase() == folded)
                        .await
                }
                None => Ok(Vec::new()),
            }
        };
        let one = |users: Vec<Value>, what: &str| match users.len() {
            0 | 1 => Ok(users.into_iter().next()),
            n => Err(self.conflict(format!("{n} accounts have the {what}"))),
        };
        if let Some(user) = one(by_id.await?, &format!("employee id {id}"))? {
            return Ok(Some(user));
        }
        let name = who.name.as_deref().unwrap_or_default();
        let Some(user) = one(by_name.await?, &format!("account name {name}"))? else {
            return Ok(None);
        };
        // What the filter let through has the name: what is left to ask is whose it is.
        match found(&user) {
            Some(found) => Ok(theirs(self.http.system(), who, found)?.map(|_| user)),
            None => Ok(None),
        }
    }

    async fn with_groups(&self, user: &Value) -> Result<Option<Found>, Fault> {
        let Some(mut found) = found(user) else {
            return Ok(None);
        };
        let groups = self.groups_of(&found.handle, user).await?;
        found.account.entitlements.extend(groups);
        Ok(Some(found))
    }

    async fn create(&self, account: &Account) -> Result<Option<Found>, Fault> {
        let mut call = Call::new(Method::POST, "Users");
        call.body = Some((SCIM_JSON, resource::user(account, &self.dialect)));
        let answer = self.http.call(&call).await?;
        let made = answer.body.as_ref().and_then(found);
        // Some answer without the resource, but with its place (RFC 7644 section 3.3), whole or relative.
        let handle = made.as_ref().map(|f| f.handle.clone()).or_else(|| {
            let location = answer.headers.get(header::LOCATION)?.to_str().ok()?;
            location
                .rsplit('/')
                .find(|part| !part.is_empty())
                .map(str::to_owned)
        });
        let handle = handle.ok_or_else(|| {
            self.rejected("it made an account and did not say under which id".to_owned())
        })?;
        Ok(Some(Found {
            handle,
            version: None,
            account: account.clone(),
        }))
    }

    /// Changes a user. When somebody else changed it in between (412), it is read again, and tried once more.
    async fn patch(&self, at: &Found, operation: Value) -> Result<(), Fault> {
        let path = format!("Users/{}", segment(&at.handle));
        let mut version = at.version.clone();
        for _ in 0..2 {
            let mut call = Call::new(Method::PATCH, path.clone());
            call.body = Some((
                SCIM_JSON,
                json!({ "schemas": [PATCH_OP], "Operations": [operation] }),
            ));
            if let Some(tag) = version.as_deref().and_then(|v| v.parse().ok()) {
                call.headers.insert(header::IF_MATCH, tag);
            }
            call.expected = &[412];
            let answer = self.http.call(&call).await?;
            if answer.status.is_success() {
                return Ok(());
            }
            let answer = self
                .http
                .call(&Call::new(Method::GET, path.clone()))
                .await?;
            version = answer.body.as_ref().and_then(found).and_then(|f| f.version);
        }
        Err(Fault::Busy {
            system: self.http.system().to_owned(),
            retry_after: None,
        })
    }

    async fn delete(&self, at: &Found) -> Result<(), Fault> {
        let mut call = Call::new(Method::DELETE, format!("Users/{}", segment(&at.handle)));
        call.expected = &[404];
        self.http.call(&call).await.map(|_| ())
    }

    async fn entitle(&self, at: &Found, change: &Change) -> Result<(), Fault> {
        let (entitlement, grant) = match change {
            Change::Grant { entitlement } => (entitlement, true),
            Change::Revoke { entitlement } => (entitlement, false),
            _ => return Ok(()),
        };
        let name = entitlement.name();
        match (entitlement.kind(), grant) {
            ("group", true) => self.add_member(name, &at.handle).await,
            ("group", false) => self.remove_member(name, &at.handle).await,
            (kind, grant) => {
                let holder = holder_of(kind).ok_or_else(|| {
                    self.rejected(format!(
                        "it cannot give `{entitlement}`: SCIM has the kinds group, role and licence"
                    ))
                })?;
                let operation = if grant {
                    json!({ "op": "add", "path": holder, "value": [{ "value": name }] })
                } else {
                    json!({ "op": "remove", "path": format!("{holder}[value eq {}]", quoted(name)) })
                };
                self.patch(at, operation).await
            }
        }
    }
}

#[async_trait]
impl System for Scim {
    async fn read(&self, who: &Sought) -> Result<Option<Found>, Fault> {
        match self.find(who).await? {
            Some(user) => self.with_groups(&user).await,
            None => Ok(None),
        }
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let start: usize = page.and_then(|t| t.0.parse().ok()).unwrap_or(1);
        let read = paging::page(&self.http, "Users", None, start, self.page).await?;
        let (resources, total) = read.map(|p| (p.resources, p.total)).unwrap_or_default();
        let apart =
            self.dialect.membership == Membership::UserGroups || !self.dialect.lists_members;
        let memberships = match apart {
            true => None,
            false => {
                let read = self.read_memberships();
                Some(self.members.or_read(page.is_none(), read).await?)
            }
        };
        let mut accounts = Vec::with_capacity(resources.len());
        for user in &resources {
            let Some(memberships) = &memberships else {
                accounts.extend(self.with_groups(user).await?);
                continue;
            };
            if let Some(mut found) = found(user) {
                let groups = memberships.of(&found.handle);
                found.account.entitlements.extend(groups);
                accounts.push(found);
            }
        }
        let next = start + resources.len();
        let more = !resources.is_empty() && total.is_some_and(|total| next <= total);
        if !more {
            self.members.forget();
        }
        Ok(Page {
            accounts,
            next: more.then(|| PageToken(next.to_string())),
        })
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await;
        }
        let Some(at) = at else {
            return Err(self.rejected(format!("there is no account to {change}")));
        };
        let replace =
            |path: &str, value: Value| json!({ "op": "replace", "path": path, "value": value });
        match change {
            Change::Suspend => {
                self.patch(
                    at,
                    replace("active", resource::active(&self.dialect, false)),
                )
                .await?
            }
            Change::Restore => {
                self.patch(at, replace("active", resource::active(&self.dialect, true)))
                    .await?
            }
            Change::Adopt {
                employee_id: Some(id),
            } => {
                self.patch(at, replace("externalId", id.as_str().into()))
                    .await?;
            }
            Change::Adopt { employee_id: None } => {
                self.patch(at, json!({ "op": "remove", "path": "externalId" }))
                    .await?;
            }
            Change::Rename { name } => {
                self.patch(at, replace("userName", name.as_str().into()))
                    .await?
            }
            Change::SetAttribute { name, value } => {
                let path = path_of(name)
                    .ok_or_else(|| self.rejected(format!("SCIM has no attribute for `{name}`")))?;
                let operation = match value {
                    Some(value) => replace(&path, value_of(name, value)),
                    None => json!({ "op": "remove", "path": path }),
                };
                self.patch(at, operation).await?;
            }
            Change::Grant { .. } | Change::Revoke { .. } => self.entitle(at, change).await?,
            Change::Delete => self.delete(at).await?,
            Change::Create { .. } => {}
        }
        let account = after_change(Some(at.account.clone()), change);
        // The version is another one now; the next change goes without, or reads it.
        Ok(account.map(|account| Found {
            handle: at.handle.clone(),
            version: None,
            account,
        }))
    }
}
