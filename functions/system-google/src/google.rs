//! One company's Google Workspace.

use async_trait::async_trait;
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Faults, Found, Http, KeptMemberships, Page, PageToken, Probe, Secret, Settings, Sight,
    Sought, System, Whole, query,
};
use serde_json::Value;

use crate::{
    answer::Api,
    choices::Choices,
    known::Known,
    user::{self, FIELDS},
};

/// Where Google's APIs are. A company's own gateway, or a test, has them all at one address.
const ADMIN: &str = "https://admin.googleapis.com";
const LICENSING: &str = "https://licensing.googleapis.com";

/// One company's Google Workspace.
#[derive(Debug)]
pub(crate) struct Google {
    /// Users and groups.
    pub(crate) directory: Api,
    /// Hand-over of files.
    pub(crate) transfers: Api,
    /// Licences.
    pub(crate) licensing: Api,
    pub(crate) choices: Choices,
    /// What everybody has, while a list is read.
    members: KeptMemberships,
}

impl Google {
    pub(crate) fn new(
        client: &reqwest::Client,
        settings: &Settings,
        secret: Option<Secret>,
        choices: Choices,
    ) -> Result<Google, Fault> {
        let admin = Http::new(client.clone(), settings, secret.clone())?;
        let licensing = match settings.address.trim_end_matches('/') == ADMIN {
            false => admin.clone(),
            true => {
                let address = LICENSING.to_owned();
                let settings = Settings {
                    address,
                    ..settings.clone()
                };
                Http::new(client.clone(), &settings, secret)?
            }
        };
        Ok(Google {
            directory: Api::new(admin.clone(), "admin/directory/v1"),
            transfers: Api::new(admin, "admin/datatransfer/v1"),
            licensing: Api::new(licensing, "apps/licensing/v1"),
            choices,
            members: KeptMemberships::default(),
        })
    }

    pub(crate) fn found(&self, user: &Value) -> Option<Found> {
        user::found(user, &self.choices)
    }
}

#[async_trait]
impl System for Google {
    fn name(&self) -> &str {
        self.directory.its_name()
    }

    /// Where a batch has told the groups, too, this is all of it.
    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        let (found, known) = match self.find(who).await?.there() {
            Ok(seen) => seen.into_inner(),
            Err(nobody) => return Ok(Sight::Nobody(nobody)),
        };
        if known.groups.is_none() {
            return Ok(Sight::Part(found));
        }
        let held = self.held(&found, known).await?;
        Ok(Sight::Whole(held.map(|held| found.with(held))))
    }

    async fn look_at(&self, handle: &str, _: &Sought) -> Result<Sight, Fault> {
        let found = self.user_at(handle).await?;
        Ok(Sight::part_of(found, Whole::asked_for_itself(())))
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        let held = self.held(&found, Known::default()).await?;
        Ok(held.map(|held| found.with(held)))
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let fields = format!("nextPageToken,users({FIELDS})");
        let mut asked = query([
            ("customer", self.choices.customer.as_str()),
            ("maxResults", &self.choices.page.to_string()),
            ("orderBy", "email"),
            ("fields", &fields),
        ]);
        asked.extend(page.map(|token| ("pageToken".to_owned(), token.0.clone())));
        let lines = self.directory.page("users", asked, "users").await?;
        let read = self.read_memberships();
        let all = self.members.or_read(page.is_none(), read).await?;
        let users = lines.items.iter().filter_map(|user| self.found(user));
        let accounts = users.map(|found| {
            // Licences are by address.
            let held = [all.of(&found.handle), all.of(&found.account.name)];
            found.with(held.into_iter().flatten())
        });
        let accounts = accounts.collect();
        if lines.next.is_none() {
            self.members.forget();
        }
        Ok(Page::new(accounts, lines.part()))
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
            Change::Adopt { employee_id } => self.adopt(id, employee_id.as_ref()).await?,
            Change::Rename { name } => self.rename(id, name).await?,
            Change::SetAttribute { name, value } => self.set(id, name, value.as_deref()).await?,
            Change::Grant { entitlement } => self.grant(at, entitlement).await?,
            Change::Revoke { entitlement } => self.revoke(at, entitlement).await?,
            Change::Delete => self.delete(id).await?,
            Change::Create { .. } => {}
        }
        Ok(at.after(change))
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }
}
