//! One organisation.

use std::collections::HashSet;

use async_trait::async_trait;
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Faults, Found, Http, KeptMemberships, Page, PageToken, Probe, Sight, Sought, System,
    Whole,
};
use tokio::sync::Mutex;

use crate::{app::Key, choices::Choices};

/// One organisation.
#[derive(Debug)]
pub(crate) struct GitHub {
    pub(crate) http: Http,
    /// What stands between the address and the paths of REST.
    pub(crate) rest: &'static str,
    pub(crate) key: Key,
    pub(crate) choices: Choices,
    /// What is changed is changed one by one, as GitHub asks for
    /// (<https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>); and whom we made a
    /// maintainer of which team, for an account that is made a member of it afterwards would be no maintainer any more.
    pub(crate) turn: Mutex<HashSet<(String, String)>>,
    /// What everybody has, while a list is read.
    pub(crate) members: KeptMemberships,
}

impl GitHub {
    pub(crate) fn new(http: Http, rest: &'static str, key: Key, choices: Choices) -> GitHub {
        GitHub {
            http,
            rest,
            key,
            choices,
            turn: Mutex::default(),
            members: KeptMemberships::default(),
        }
    }
}

#[async_trait]
impl System for GitHub {
    fn name(&self) -> &str {
        self.http.system()
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        self.find(who).await
    }

    async fn look_at(&self, handle: &str, who: &Sought) -> Result<Sight, Fault> {
        self.at(handle, who).await
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        let teams = self.teams_of(&found.handle).await?;
        let repositories = self.repositories_of(&found.handle).await?;
        let mut held = repositories.get().clone();
        let teams = teams.map(|teams| held.extend(teams));
        Ok(teams.and(repositories.map(drop)).map(|()| found.with(held)))
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        self.page(page).await
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        let mut turn = self.turn.lock().await;
        if let Change::Create { account } = change {
            return self.invite(account).await.map(Some);
        }
        let at = at.ok_or_else(|| self.no_account(change))?;
        match change {
            // There is no state between being in and being out: who is cut off is out, and loses every team with it.
            Change::Suspend | Change::Delete => {
                self.remove(at).await?;
                return Ok(None);
            }
            Change::Grant { entitlement } => self.grant(at, entitlement, &mut turn).await?,
            Change::Revoke { entitlement } => self.revoke(at, entitlement).await?,
            Change::Restore | Change::Create { .. } => {}
            Change::Rename { .. } => {
                return Err(self.rejected(
                    "a GitHub account belongs to the person, who alone can rename it; put its name into the setting `logins`",
                ));
            }
            Change::Adopt { .. } | Change::SetAttribute { .. } => {
                return Err(self.rejected(format!(
                    "a GitHub account belongs to the person: Latchkey cannot {change} there"
                )));
            }
        }
        Ok(at.after(change))
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }
}
