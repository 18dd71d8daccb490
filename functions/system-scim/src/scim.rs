//! One SCIM system.

use std::sync::OnceLock;

use async_trait::async_trait;
use http::{HeaderValue, header};
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Call, Fault, Faults, Found, Http, KeptMemberships, Known, Namesakes, Page, PageToken, Probe,
    Settings, Sight, Sought, System, Whole, segment,
};
use reqwest::Method;
use serde_json::Value;

use crate::{
    dialect::{Dialect, Membership},
    find::Seen,
    paging,
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
    /// Groups by their names.
    pub(crate) groups: Known<Namesakes>,
    /// Whether the members of groups are known to be users by their ids.
    pub(crate) members_are_users: OnceLock<()>,
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
            groups: Known::default(),
            members_are_users: OnceLock::new(),
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

    /// A resource by its id, asked for itself; `None` when it is not there.
    pub(crate) async fn resource(&self, path: &str, id: &str) -> Result<Option<Value>, Fault> {
        let mut call = self.call(Method::GET, format!("{path}/{}", segment(id)));
        call.expected = &[404];
        let answer = self.http.call(&call).await?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        let resource = answer.body.filter(Value::is_object);
        resource.map(Some).ok_or_else(|| {
            self.rejected(format!("GET /{path}/{{id}} is answered with no resource"))
        })
    }

    /// Whether what a user says of its groups is all there is.
    pub(crate) fn carries_groups(&self, user: &Value) -> bool {
        self.dialect.membership == Membership::UserGroups && user["groups"].is_array()
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
    fn name(&self) -> &str {
        self.http.system()
    }

    /// Whoever carries their own groups is known as a whole; anybody else's are asked for.
    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        match self.find(who).await? {
            Seen::User(user) => self.sight(&user).await,
            Seen::Unsure(all, why) => Ok(Sight::Unsure(all, why)),
            Seen::Nobody(whole) => Ok(Sight::Nobody(whole)),
        }
    }

    async fn look_at(&self, handle: &str, _: &Sought) -> Result<Sight, Fault> {
        match self.user(handle).await?.there() {
            Ok(user) => self.sight(user.get()).await,
            Err(nobody) => Ok(Sight::Nobody(nobody)),
        }
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        let groups = self.groups_of(&found).await?;
        Ok(groups.map(|groups| found.with(groups)))
    }

    /// RFC 7643 section 4.1.1 asks for it, and not every server does it.
    fn refuses_twins(&self) -> bool {
        false
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let at = page.map(|token| token.0.as_str());
        let read = self.page("Users", None, at, self.page).await?;
        let read = read.ok_or_else(|| self.rejected("it refuses to list users"))?;
        let paging::Page { resources, part } = read;
        // Where users carry their groups, nobody else has to be asked.
        let memberships = match resources.iter().all(|user| self.carries_groups(user)) {
            true => None,
            false => {
                let read = self.read_memberships();
                Some(self.members.or_read(page.is_none(), read).await?)
            }
        };
        let mut accounts = Vec::with_capacity(resources.len());
        for user in &resources {
            let found = found(user, &self.dialect)
                .ok_or_else(|| self.incomplete("it has a user without a name"))?;
            let given = memberships.as_ref().map(|all| all.of(&found.handle));
            let own = self.own_groups(user).await?;
            accounts.push(found.with(own).with(given.unwrap_or_default()));
        }
        if part.next().is_none() {
            self.members.forget();
        }
        Ok(Page::new(accounts, part))
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await.map(Some);
        }
        let at = at.ok_or_else(|| self.no_account(change))?;
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
        // The version is another one now; the next change goes without, or reads it.
        Ok(at.after(change).map(|now| Found {
            version: None,
            ..now
        }))
    }
}
