//! What one person has been given, and how it is given and taken: groups, licences, the organizational unit.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Found, Whole};

use crate::{
    google::Google,
    known::Known,
    user::{TOP, org_unit},
};

/// What apps may still do in the name of somebody who is suspended. Never in a runbook: it is there to be taken.
const APP_ACCESS: &str = "apps:authorized";

impl Google {
    /// Groups and licences, read afresh, or known from this reading already.
    pub(crate) async fn held(
        &self,
        found: &Found,
        known: Known,
    ) -> Result<Whole<BTreeSet<Entitlement>>, Fault> {
        let key = match known.groups.is_some() {
            true => &known.key,
            false => &found.handle,
        };
        let mut held = BTreeSet::new();
        let groups = self.groups_of(known.groups, key).await?;
        let mut whole = groups.map(|groups| held.extend(groups));
        held.extend(self.licences_of(&found.account.name).await?);
        let is_cut = !found.account.active && self.choices.app_access;
        if is_cut {
            let apps = self.app_access(known.apps, &found.handle).await?;
            whole = whole.and(apps.map(|apps| {
                if !apps.is_empty() {
                    held.insert(APP_ACCESS.into());
                }
            }));
        }
        Ok(whole.map(|()| held))
    }

    pub(crate) async fn grant(&self, at: &Found, entitlement: &Entitlement) -> Result<(), Fault> {
        match entitlement.kind() {
            "group" => self.join(&at.handle, entitlement).await,
            "licence" => self.give_licence(&at.account.name, entitlement).await,
            "orgunit" => {
                let path = self.unit_named(entitlement)?;
                self.move_to(&at.handle, path).await
            }
            _ => Err(self.does_not_offer(entitlement)),
        }
    }

    pub(crate) async fn revoke(&self, at: &Found, entitlement: &Entitlement) -> Result<(), Fault> {
        match entitlement.kind() {
            "group" => self.leave(&at.handle, entitlement).await,
            "licence" => self.take_licence(&at.account.name, entitlement).await,
            "orgunit" => self.leave_unit(at, self.unit_named(entitlement)?).await,
            "apps" => self.take_app_access(&at.handle).await,
            _ => Err(self.does_not_offer(entitlement)),
        }
    }

    /// Back to the top, unless somebody moved them elsewhere meanwhile: whoever was suspended, for one.
    async fn leave_unit(&self, at: &Found, path: &str) -> Result<(), Fault> {
        let user = self.user(&at.handle).await?;
        match user.is_some_and(|user| org_unit(&user) == path) {
            true => self.move_to(&at.handle, TOP).await,
            false => Ok(()),
        }
    }

    fn unit_named<'a>(&self, entitlement: &'a Entitlement) -> Result<&'a str, Fault> {
        let path = entitlement.name();
        let problem = if !self.choices.org_units {
            "its setting `org_units` is not true in the runbook"
        } else if !path.starts_with('/') || path == TOP {
            "an organizational unit is named by its path, e.g. orgunit:/Sales; who is given none is at the top"
        } else {
            return Ok(path);
        };
        let problem = format!("it cannot give or take `{entitlement}`: {problem}");
        Err(self.rejected(problem))
    }

    fn does_not_offer(&self, entitlement: &Entitlement) -> Fault {
        self.rejected(format!(
            "it cannot give or take `{entitlement}`: Google has the kinds group, licence and orgunit"
        ))
    }
}
