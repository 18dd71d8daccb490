//! One SCIM system.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use async_trait::async_trait;
use http::{HeaderValue, header};
use latchkey_lifecycle::{Change, after_change};
use latchkey_systems::{
    Call, Fault, Found, Http, KeptMemberships, Page, PageToken, Probe, Settings, Sight, Sought,
    System, read_by_halves,
};
use reqwest::Method;
use serde_json::Value;

use crate::{
    dialect::{Dialect, Membership},
    place::{ACTIVE, NAME},
    resource::{self, found, value_of},
};

/// What answers may be (RFC 7644 section 3.8).
const ANSWERS: &str = "application/scim+json, application/json";

/// One SCIM system.
#[derive(Debug)]
pub(crate) struct Scim {
    pub(crate) http: Http,
    pub(crate) dialect: Dialect,
    /// Resources asked for at once.
    pub(crate) page: usize,
    /// Attributes of a person that the runbook wants kept; all where it does not say.
    pub(crate) attributes: Vec<String>,
    /// The entitlement that a new account is made with.
    pub(crate) profile: Option<String>,
    groups: RwLock<HashMap<String, String>>,
    members: KeptMemberships,
}

impl Scim {
    pub(crate) fn new(http: Http, dialect: Dialect, settings: &Settings) -> Scim {
        let attributes = settings.list("attributes");
        Scim {
            http,
            page: settings.number("page").unwrap_or(dialect.page),
            attributes: attributes.into_iter().map(str::to_owned).collect(),
            profile: settings.text("profile").map(str::to_owned),
            dialect,
            groups: RwLock::default(),
            members: KeptMemberships::default(),
        }
    }

    /// A call that says which answers it takes.
    pub(crate) fn call(&self, method: Method, path: String) -> Call {
        let mut call = Call::new(method, path);
        let answers = HeaderValue::from_static(ANSWERS);
        call.headers.insert(header::ACCEPT, answers);
        call
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

    /// Others write the same at the same time.
    pub(crate) fn busy(&self) -> Fault {
        Fault::Busy {
            system: self.http.system().to_owned(),
            retry_after: None,
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

    /// Whether what a user says of its groups is all there is.
    fn carries_groups(&self, user: &Value) -> bool {
        self.dialect.membership == Membership::UserGroups && user["groups"].is_array()
    }

    async fn with_groups(&self, user: &Value) -> Result<Option<Found>, Fault> {
        let Some(mut found) = found(user, &self.dialect) else {
            return Ok(None);
        };
        let groups = self.groups_of(&found.handle, user).await?;
        found.account.entitlements.extend(groups);
        Ok(Some(found))
    }

    async fn entitle(&self, at: &Found, change: &Change) -> Result<(), Fault> {
        let (entitlement, grant) = match change {
            Change::Grant { entitlement } => (entitlement, true),
            Change::Revoke { entitlement } => (entitlement, false),
            _ => return Ok(()),
        };
        let name = entitlement.name();
        match entitlement.kind() {
            "group" => self.set_member(name, &at.handle, grant).await,
            kind => {
                let holder = self.dialect.holder_of(kind).ok_or_else(|| {
                    let own = self.dialect.values.iter().map(|(kind, _)| *kind);
                    let kinds: Vec<&str> = ["group"].into_iter().chain(own).collect();
                    self.rejected(format!(
                        "it cannot give `{entitlement}`: in the dialect {} there is {}",
                        self.dialect.name,
                        kinds.join(", ")
                    ))
                })?;
                self.give(at, holder, name, grant).await
            }
        }
    }
}

#[async_trait]
impl System for Scim {
    async fn read(&self, who: &Sought) -> Result<Option<Found>, Fault> {
        read_by_halves(self, who).await
    }

    /// Whoever carries their own groups is known as a whole; anybody else's are asked for.
    async fn look_up(&self, who: &Sought) -> Result<Option<Sight>, Fault> {
        let Some(user) = self.find(who).await? else {
            return Ok(None);
        };
        match self.carries_groups(&user) {
            true => Ok(self.with_groups(&user).await?.map(Sight::Whole)),
            false => Ok(found(&user, &self.dialect).map(Sight::Part)),
        }
    }

    async fn complete(&self, mut found: Found) -> Result<Found, Fault> {
        let groups = self.groups_of(&found.handle, &Value::Null).await?;
        found.account.entitlements.extend(groups);
        Ok(found)
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let at = page.map(|token| token.0.as_str());
        let read = self.page("Users", None, at, self.page).await?;
        let (resources, next) = read.map(|p| (p.resources, p.next)).unwrap_or_default();
        // Where users carry their groups, nobody else has to be asked.
        let own = resources.iter().all(|user| self.carries_groups(user));
        let memberships = match own {
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
            if let Some(mut found) = found(user, &self.dialect) {
                let groups = memberships.of(&found.handle);
                found.account.entitlements.extend(groups);
                accounts.push(found);
            }
        }
        if next.is_none() {
            self.members.forget();
        }
        Ok(Page {
            accounts,
            next: next.map(PageToken),
        })
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await;
        }
        let Some(at) = at else {
            return Err(self.rejected(format!("there is no account to {change}")));
        };
        match change {
            Change::Suspend | Change::Restore => {
                let active = *change == Change::Restore;
                let value = resource::active(&self.dialect, active);
                self.set(at, &ACTIVE, Some(value)).await?;
                if !active && self.dialect.suspended_is_gone {
                    return Ok(None);
                }
            }
            Change::Adopt { employee_id } => {
                let id = employee_id.as_ref().map(|id| id.as_str().into());
                self.set(at, &self.dialect.id_place(), id).await?;
            }
            Change::Rename { name } => {
                self.fits_name(name)?;
                self.set(at, &NAME, Some(name.as_str().into())).await?;
            }
            Change::SetAttribute { name, value } => {
                let place = self
                    .dialect
                    .place_of(name)
                    .ok_or_else(|| self.rejected(format!("SCIM has no attribute for `{name}`")))?;
                self.fits_attribute(name)?;
                let value = value.as_deref().map(|value| value_of(name, value));
                self.set(at, &place, value).await?;
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
