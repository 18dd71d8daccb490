//! One directory of Microsoft Entra ID.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Faults, Found, Http, Kept, KeptMemberships, Known, Namesakes, Page, PageToken, Probe,
    Settings, Sight, Sought, System, Whole,
};
use serde_json::json;

use crate::{
    ask::Ask,
    licences::Sku,
    user::{PROPERTIES, field_of, found, is_guest},
};

/// Accounts asked for at once where no setting says otherwise.
const PAGE: usize = 500;
/// Microsoft Graph gives no more at once ("List users").
const MOST_ON_A_PAGE: usize = 999;

/// What the runbook chooses.
#[derive(Debug)]
pub(crate) struct Choices {
    /// Accounts asked for at once.
    pub(crate) page: usize,
    /// Whether licences are read, given and taken.
    pub(crate) licences: bool,
    /// The country of new accounts (ISO 3166-1 alpha-2).
    pub(crate) usage_location: Option<String>,
    /// Whether directory roles are read, given and taken.
    pub(crate) roles: bool,
    /// Whether groups are read with their members, by Microsoft Graph's delta function.
    pub(crate) delta: bool,
    /// Whether guests are listed.
    pub(crate) guests: bool,
    /// Whether who comes back gets a deleted account back.
    pub(crate) restore_deleted: bool,
}

impl Choices {
    /// The choices that the settings make.
    pub(crate) fn of(settings: &Settings) -> Result<Choices, Fault> {
        let usage_location = settings.text("usage_location").map(str::to_uppercase);
        let is_country = |c: &String| c.len() == 2 && c.chars().all(|c| c.is_ascii_uppercase());
        if let Some(other) = usage_location.as_ref().filter(|c| !is_country(c)) {
            return Err(settings.rejected(format!(
                "its setting `usage_location` is `{other}`; it has to be a country as two letters, as in DE"
            )));
        }
        Ok(Choices {
            page: settings
                .number("page")
                .unwrap_or(PAGE)
                .clamp(1, MOST_ON_A_PAGE),
            licences: settings.flag("licences"),
            usage_location,
            roles: settings.flag("roles"),
            delta: settings.flag("delta"),
            guests: settings.flag("guests"),
            restore_deleted: settings.flag("restore_deleted"),
        })
    }
}

/// One directory.
#[derive(Debug)]
pub(crate) struct Entra {
    pub(crate) http: Http,
    /// The address of Microsoft Graph, with its version.
    pub(crate) address: String,
    pub(crate) choices: Choices,
    /// Groups and roles by what they give. Their ids do not change.
    pub(crate) known: Known<Namesakes>,
    /// The licences that the company has.
    pub(crate) skus: Kept<Arc<Vec<Sku>>>,
    /// What everybody has, while a list is read.
    members: KeptMemberships,
}

impl Entra {
    pub(crate) fn new(http: Http, address: String, choices: Choices) -> Entra {
        Entra {
            http,
            address,
            choices,
            known: Known::default(),
            skus: Kept::default(),
            members: KeptMemberships::default(),
        }
    }

    /// What is asked for of a user.
    pub(crate) fn properties(&self) -> String {
        match self.choices.licences {
            true => format!("{PROPERTIES},licenseAssignmentStates"),
            false => PROPERTIES.to_owned(),
        }
    }
}

#[async_trait]
impl System for Entra {
    fn name(&self) -> &str {
        self.http.system()
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        self.find(who).await
    }

    async fn look_at(&self, handle: &str, _: &Sought) -> Result<Sight, Fault> {
        self.at(handle).await
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        match self.at(&found.handle).await? {
            Sight::Whole(found) => Ok(found),
            _ => Err(self.lost()),
        }
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let query = match page {
            Some(token) => token.0.clone(),
            None => format!("$top={}&$select={}", self.choices.page, self.properties()),
        };
        let ask = Ask::get(format!("users?{query}"));
        let lines = self.lines(&ask, self.ask(&ask).await?)?;
        let mut accounts = Vec::with_capacity(lines.items.len());
        for user in &lines.items {
            let listed = self.choices.guests || !is_guest(user);
            if let Some(found) = found(user).filter(|_| listed) {
                accounts.push(found.with(self.licences_of(user).await?));
            }
        }
        let (part, read) = (lines.part(), self.read_memberships());
        self.members.page(page, accounts, part, read).await
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await.map(Some);
        }
        let at = at.ok_or_else(|| self.no_account(change))?;
        let id = at.handle.as_str();
        match change {
            Change::Suspend => self.suspend(id).await?,
            Change::Restore => self.set(id, "accountEnabled", json!(true)).await?,
            Change::Adopt { employee_id } => {
                let value = employee_id.as_ref().map(|id| id.as_str());
                self.set(id, "employeeId", json!(value)).await?;
            }
            Change::Rename { name } => self.set(id, "userPrincipalName", json!(name)).await?,
            Change::SetAttribute { name, value } => {
                let field = field_of(name).ok_or_else(|| {
                    self.rejected(format!("Microsoft Entra has no attribute for `{name}`"))
                })?;
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
