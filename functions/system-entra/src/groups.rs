//! The groups and directory roles of a name.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, segment};
use serde_json::{Value, json};

use crate::{
    answer::is_gone,
    ask::{Ask, literal},
    entra::Entra,
    user::{is_ours_to_give, named},
};

/// What is asked for of a group.
pub(crate) const GROUP: &str = "id,displayName,groupTypes,mailEnabled,onPremisesSyncEnabled";

impl Entra {
    /// The one group or role that gives this.
    pub(crate) async fn one_that_gives(&self, entitlement: &Entitlement) -> Result<String, Fault> {
        let known = self.known.of(entitlement).filter(|known| known.all);
        let ids = match known {
            Some(known) => known.ids,
            None => self.all_that_give(entitlement).await?,
        };
        let (kind, name) = (entitlement.kind(), entitlement.name());
        match ids.len() {
            1 => Ok(ids.into_iter().next().unwrap_or_default()),
            0 => Err(self.rejected(format!(
                "it has no {kind} `{name}` that can be given by hand; make it there, or correct its name in the runbook"
            ))),
            n => Err(self.conflict(format!("{n} of its {kind}s are called `{name}`"))),
        }
    }

    /// All groups or roles that give this, or those that somebody is known to have it from.
    pub(crate) async fn those_that_give(
        &self,
        entitlement: &Entitlement,
    ) -> Result<BTreeSet<String>, Fault> {
        let known = self.known.of(entitlement);
        match known.filter(|known| !known.ids.is_empty()) {
            Some(known) => Ok(known.ids),
            None => self.all_that_give(entitlement).await,
        }
    }

    async fn all_that_give(&self, entitlement: &Entitlement) -> Result<BTreeSet<String>, Fault> {
        let ids = match entitlement.kind() {
            "role" => self.role(entitlement).await?,
            _ => self.groups(entitlement).await?,
        };
        if !ids.is_empty() {
            self.known.know_all(entitlement, ids.clone());
        }
        Ok(ids)
    }

    async fn groups(&self, entitlement: &Entitlement) -> Result<BTreeSet<String>, Fault> {
        let name = literal(entitlement.name());
        let ask = Ask::get(format!(
            "groups?$filter=displayName%20eq%20{name}&$select={GROUP}"
        ));
        let mut ids = BTreeSet::new();
        let see = |group: &Value| {
            // Filters do not distinguish case.
            let is_it = |(found, _): &(Entitlement, &str)| found == entitlement;
            if let Some((_, id)) = named("group", group).filter(is_it)
                && is_ours_to_give(group)
            {
                ids.insert(id.to_owned());
            }
        };
        let whole = self.each(&ask, see).await?;
        Ok(whole.map(|()| ids).into_inner())
    }

    /// A role that nobody has had yet is only a template, and has to be activated ("Activate directoryRole").
    async fn role(&self, entitlement: &Entitlement) -> Result<BTreeSet<String>, Fault> {
        let active = self.role_in("directoryRoles", entitlement).await?;
        if active.is_some() {
            return Ok(active.into_iter().collect());
        }
        let template = self.role_in("directoryRoleTemplates", entitlement).await?;
        let Some(template) = template else {
            return Ok(BTreeSet::new());
        };
        let body = json!({ "roleTemplateId": template });
        let activate = Ask::post("directoryRoles".to_owned(), Some(body));
        let answer = self.ask(&activate).await?;
        // Somebody else did meanwhile.
        if answer.status.as_u16() == 400 {
            let active = self.role_in("directoryRoles", entitlement).await?;
            if active.is_some() {
                return Ok(active.into_iter().collect());
            }
        }
        let role = self.means(&activate, answer)?.body.unwrap_or_default();
        let id = role["id"].as_str().map(str::to_owned);
        let id = id.ok_or_else(|| self.odd("a role that has no id"))?;
        Ok([id].into())
    }

    async fn role_in(
        &self,
        list: &str,
        entitlement: &Entitlement,
    ) -> Result<Option<String>, Fault> {
        let ask = Ask::get(format!("{list}?$select=id,displayName"));
        let mut id = None;
        let see = |role: &Value| {
            if let Some((found, its)) = named("role", role)
                && found == *entitlement
            {
                id = Some(its.to_owned());
            }
        };
        let whole = self.each(&ask, see).await?;
        Ok(whole.map(|()| id).into_inner())
    }

    /// Whether the account itself is what an answer about a membership misses, and not the group or role.
    pub(crate) async fn misses_the_account(&self, id: &str) -> Result<bool, Fault> {
        let ask = Ask::get(format!("users/{}?$select=id", segment(id)));
        let answer = self.ask(&ask).await?;
        if is_gone(&answer) {
            return Ok(true);
        }
        self.means(&ask, answer).map(|_| false)
    }
}
