//! One Okta organisation.

use async_trait::async_trait;
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Faults, Found, Http, KeptMemberships, Known, Page, PageToken, Probe, Settings, Sight,
    Sought, System, Whole, parsed_query, query,
};
use serde_json::{Value, json};

use crate::{
    paging::PAGE,
    user::{field_of, found},
};

/// What the runbook chooses.
#[derive(Debug)]
pub(crate) struct Choices {
    /// Accounts asked for at once.
    pub(crate) page: usize,
    /// The attribute of the profile that holds the employee id.
    pub(crate) holder: String,
    /// Whether Okta writes to people whose account is activated.
    pub(crate) mails: bool,
    /// Whether assignments to apps are read and changed.
    pub(crate) apps: bool,
    /// Whether administrator roles are read and changed.
    pub(crate) roles: bool,
}

impl Choices {
    /// The choices that the settings make.
    pub(crate) fn of(settings: &Settings) -> Result<Choices, Fault> {
        let holder = settings.text("employee_id").unwrap_or("employeeNumber");
        // It goes into a search as it is.
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if holder.is_empty() || !holder.chars().all(is_name) {
            return Err(settings.rejected(format!(
                "its setting `employee_id` is `{holder}`, which no attribute of a profile is called"
            )));
        }
        let mails = match settings.text("activate") {
            None | Some("email") => true,
            Some("silent") => false,
            Some(other) => {
                return Err(settings.rejected(format!(
                    "its setting `activate` is `{other}`; it may be email or silent"
                )));
            }
        };
        Ok(Choices {
            page: settings.number("page").unwrap_or(PAGE).clamp(1, PAGE),
            holder: holder.to_owned(),
            mails,
            apps: settings.flag("apps"),
            roles: settings.flag("roles"),
        })
    }
}

/// One Okta organisation.
#[derive(Debug)]
pub(crate) struct Okta {
    pub(crate) http: Http,
    pub(crate) choices: Choices,
    /// Ids of groups and apps, which do not change.
    pub(crate) ids: Known<String>,
    /// What everybody has, while a list is read.
    members: KeptMemberships,
}

impl Okta {
    pub(crate) fn new(http: Http, choices: Choices) -> Okta {
        Okta {
            http,
            choices,
            ids: Known::default(),
            members: KeptMemberships::default(),
        }
    }

    pub(crate) fn found(&self, user: &Value) -> Option<Found> {
        found(user, &self.choices.holder)
    }
}

#[async_trait]
impl System for Okta {
    fn name(&self) -> &str {
        self.http.system()
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        self.find(who).await
    }

    async fn look_at(&self, handle: &str, _: &Sought) -> Result<Sight, Fault> {
        let found = self
            .user(handle)
            .await?
            .filter(|found| found.handle == handle);
        Ok(Sight::part_of(found, Whole::asked_for_itself(())))
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        let held = self.held(&found.handle).await?;
        Ok(held.map(|held| found.with(held)))
    }

    /// Reads what is there now, which leaves out who is deactivated; a search would show them, and show everybody late.
    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let limit = self.choices.page.to_string();
        let query = match page {
            Some(token) => parsed_query(&token.0),
            None => query([("limit", &limit)]),
        };
        let lines = self.page("users", query).await?;
        let users = lines.items.iter().filter_map(|user| self.found(user));
        let (accounts, read) = (users.collect(), self.read_memberships());
        self.members.page(page, accounts, lines.part(), read).await
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await.map(Some);
        }
        let at = at.ok_or_else(|| self.no_account(change))?;
        let id = at.handle.as_str();
        match change {
            Change::Suspend => self.suspend(id).await?,
            Change::Restore => self.restore(id).await?,
            Change::Adopt { employee_id } => {
                let value = employee_id.as_ref().map(|id| id.as_str());
                self.set(id, &self.choices.holder, json!(value)).await?;
            }
            Change::Rename { name } => self.set(id, "login", json!(name)).await?,
            Change::SetAttribute { name, value } => {
                let field = field_of(name)
                    .ok_or_else(|| self.rejected(format!("Okta has no attribute for `{name}`")))?;
                self.set(id, field, json!(value)).await?;
            }
            Change::Grant { entitlement } => self.grant(id, entitlement).await?,
            Change::Revoke { entitlement } => self.revoke(id, entitlement).await?,
            Change::Delete => self.delete(id).await?,
            Change::Create { .. } => {}
        }
        Ok(at.after(change))
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }
}
