//! One directory of Microsoft Entra ID.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use latchkey_lifecycle::{Change, Entitlement, after_change};
use latchkey_systems::{
    Fault, Found, Http, KeptMemberships, Page, PageToken, Probe, Settings, Sight, Sought, System,
    Whole,
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
            return Err(Fault::Rejected {
                system: settings.name.clone(),
                problem: format!(
                    "its setting `usage_location` is `{other}`; it has to be a country as two letters, as in DE"
                ),
            });
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

/// What is known of the groups or roles of one name. Several groups may have the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) ids: BTreeSet<String>,
    /// Whether these are all of that name, or only some that were met.
    pub(crate) all: bool,
}

/// One directory.
#[derive(Debug)]
pub(crate) struct Entra {
    pub(crate) http: Http,
    /// The address of Microsoft Graph, with its version.
    pub(crate) address: String,
    pub(crate) choices: Choices,
    /// Groups and roles by what they give. Their ids do not change.
    known: RwLock<HashMap<Entitlement, Known>>,
    /// The licences that the company has.
    skus: RwLock<Option<Arc<Vec<Sku>>>>,
    /// What everybody has, while a list is read.
    members: KeptMemberships,
}

impl Entra {
    pub(crate) fn new(http: Http, address: String, choices: Choices) -> Entra {
        Entra {
            http,
            address,
            choices,
            known: RwLock::default(),
            skus: RwLock::default(),
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

    pub(crate) fn not_yet(&self, problem: String) -> Fault {
        Fault::NotYet {
            system: self.http.system().to_owned(),
            problem,
        }
    }

    /// Something answers that is not Microsoft Graph.
    pub(crate) fn odd(&self, what: &str) -> Fault {
        self.rejected(format!(
            "it answers with {what}; check the address in the runbook"
        ))
    }

    /// What is asked for of a user.
    pub(crate) fn properties(&self) -> String {
        match self.choices.licences {
            true => format!("{PROPERTIES},licenseAssignmentStates"),
            false => PROPERTIES.to_owned(),
        }
    }

    pub(crate) fn known(&self, entitlement: &Entitlement) -> Option<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(entitlement).cloned()
    }

    /// Somebody has this from the group or role of that id.
    pub(crate) fn meet(&self, entitlement: &Entitlement, id: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let of = known.entry(entitlement.clone()).or_default();
        // One that was not there when all were asked for.
        of.all &= !of.ids.insert(id.to_owned());
    }

    pub(crate) fn know(&self, entitlement: &Entitlement, ids: BTreeSet<String>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(entitlement.clone(), Known { ids, all: true });
    }

    pub(crate) fn forget(&self, entitlement: &Entitlement) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(entitlement);
    }

    pub(crate) fn known_skus(&self) -> Option<Arc<Vec<Sku>>> {
        let skus = self.skus.read().unwrap_or_else(PoisonError::into_inner);
        skus.clone()
    }

    pub(crate) fn know_skus(&self, skus: Vec<Sku>) -> Arc<Vec<Sku>> {
        let skus = Arc::new(skus);
        *self.skus.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&skus));
        skus
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
        let part = self.part(&ask, self.ask(&ask).await?)?;
        let read = self.read_memberships();
        let memberships = self.members.or_read(page.is_none(), read).await?;
        let mut accounts = Vec::with_capacity(part.items.len());
        for user in &part.items {
            if is_guest(user) && !self.choices.guests {
                continue;
            }
            let Some(mut found) = found(user) else {
                continue;
            };
            let mut has = memberships.of(&found.handle);
            has.extend(self.licences_of(user).await?);
            found.account.entitlements = has;
            accounts.push(found);
        }
        if part.next.is_none() {
            self.members.forget();
        }
        Ok(Page::new(accounts, part.page()))
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await.map(Some);
        }
        let Some(at) = at else {
            return Err(self.rejected(format!("there is no account to {change}")));
        };
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
        let account = after_change(Some(at.account.clone()), change);
        Ok(account.map(|account| Found {
            account,
            ..at.clone()
        }))
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }
}
