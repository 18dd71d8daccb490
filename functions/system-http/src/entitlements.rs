//! What accounts are given: groups, roles, lists.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use latchkey_http_api::{Catalogue, EntitlementKind, Without, text_of};
use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Found, Whole};
use serde_json::Value;

use crate::{
    answer::Came,
    api::Api,
    names::{self, Given},
    pages::Purpose,
};

/// Ids and names of what can be given, by kind, as they were read last. Ids do not change, so a known one is kept.
#[derive(Debug, Default)]
pub(crate) struct Known(RwLock<HashMap<String, Pairs>>);

/// An id and its name.
type Pairs = Vec<(String, String)>;

impl Known {
    fn ids(&self, kind: &str, name: &str) -> Vec<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let pairs = known.get(kind).into_iter().flatten();
        let pairs = pairs.filter(|(_, n)| n == name);
        pairs.map(|(id, _)| id.clone()).collect()
    }

    fn name(&self, kind: &str, id: &str) -> Option<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut pairs = known.get(kind)?.iter();
        pairs.find(|(i, _)| i == id).map(|(_, name)| name.clone())
    }

    fn keep(&self, kind: &str, pairs: Pairs) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let kept = known.entry(kind.to_owned()).or_default();
        for pair in pairs {
            if !kept.contains(&pair) {
                kept.push(pair);
            }
        }
    }

    fn forget(&self, kind: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(kind);
    }
}

impl Api {
    /// The account with what stands in the answer that shows it.
    pub(crate) async fn with_what_it_shows(
        &self,
        mut found: Found,
        value: &Value,
    ) -> Result<Found, Fault> {
        for (kind, rules) in &self.description.entitlements {
            let Some(place) = &rules.at else {
                continue;
            };
            match self.at(place, value) {
                Some(Value::Array(lines)) => self.add(&mut found, kind, rules, lines).await?,
                None | Some(Value::Null) if rules.may_be_missing => {}
                None | Some(Value::Null) => return Err(self.not_told(kind, place)),
                Some(_) => {
                    return Err(self.rejected(format!(
                        "what stands at `{place}` of its accounts is no list; correct the description of its API"
                    )));
                }
            }
        }
        Ok(found)
    }

    /// An account does not show what it has.
    pub(crate) fn not_told(&self, kind: &str, place: &str) -> Fault {
        let shown = match place {
            "" => "an answer about an account shows no list".to_owned(),
            place => format!("an account shows nothing at `{place}`"),
        };
        self.rejected(format!(
            "{shown}, so nobody knows what it has of the kind {kind}; correct the place in the description of its API, or let the \
             secret see it, or say `may_be_missing: true` there when the API leaves out what is empty"
        ))
    }

    /// The account with what takes a request of its own to know.
    pub(crate) async fn with_what_is_asked_for(
        &self,
        mut found: Found,
    ) -> Result<Whole<Found>, Fault> {
        let mut whole = Whole::in_one_answer(());
        for (kind, rules) in &self.description.entitlements {
            if let (None, Some(request)) = (&rules.at, &rules.read) {
                let lines = {
                    let values = names::of_account(Some(&found.handle), &found.account, None);
                    let purpose = match rules.may_be_missing {
                        true => Purpose::HoldingsOrNone,
                        false => Purpose::Holdings,
                    };
                    self.all(request, &values, purpose).await?
                };
                self.add(&mut found, kind, rules, lines.get()).await?;
                whole = whole.and(lines.map(|_| ()));
            }
        }
        Ok(whole.map(|()| found))
    }

    async fn add(
        &self,
        found: &mut Found,
        kind: &str,
        rules: &EntitlementKind,
        lines: &[Value],
    ) -> Result<(), Fault> {
        for line in lines {
            // One that is left out would be one that nobody takes.
            let name = self.name_of(kind, rules, line).await?.ok_or_else(|| {
                self.rejected(format!(
                    "a line of what accounts have of the kind {kind} does not show its name or id; correct the description of its API"
                ))
            })?;
            let entitlement = Entitlement::from(format!("{kind}:{name}"));
            found.account.entitlements.insert(entitlement);
        }
        Ok(())
    }

    async fn name_of(
        &self,
        kind: &str,
        rules: &EntitlementKind,
        line: &Value,
    ) -> Result<Option<String>, Fault> {
        let text = |place: &str| self.at(place, line).and_then(text_of);
        let id = match (&rules.name, &rules.id) {
            (Some(name), _) => return Ok(text(name)),
            (None, Some(id)) => text(id),
            (None, None) => return Ok(text_of(line)),
        };
        let (Some(id), Some(catalogue)) = (id, &rules.catalogue) else {
            return Ok(None);
        };
        if let Some(name) = self.known.name(kind, &id) {
            return Ok(Some(name));
        }
        self.look_up(kind, catalogue, "").await?;
        let name = self.known.name(kind, &id).unwrap_or_else(|| {
            // The catalogue does not have it; it is taken on an exit all the same.
            self.known.keep(kind, vec![(id.clone(), id.clone())]);
            id
        });
        Ok(Some(name))
    }

    /// Reads the catalogue, or what it has of a name.
    async fn look_up(&self, kind: &str, catalogue: &Catalogue, name: &str) -> Result<(), Fault> {
        let named = |asked: &str| (asked == "entitlement.name").then(|| Value::from(name));
        let purpose = match catalogue.looks_for_one() {
            true => Purpose::Search,
            false => Purpose::Catalogue,
        };
        let lines = self.all(&catalogue.request, &named, purpose).await?;
        let lines = lines.into_inner();
        let pairs = lines.iter().filter_map(|line| {
            let text = |place: &str| self.at(place, line).and_then(text_of);
            Some((text(&catalogue.id)?, text(&catalogue.name)?))
        });
        self.known.keep(kind, pairs.collect());
        Ok(())
    }

    /// The id of what is called so; `None` when nothing is.
    async fn id_of(
        &self,
        kind: &str,
        catalogue: &Catalogue,
        name: &str,
    ) -> Result<Option<String>, Fault> {
        let mut ids = self.known.ids(kind, name);
        if ids.is_empty() {
            self.look_up(kind, catalogue, name).await?;
            ids = self.known.ids(kind, name);
        }
        match ids.len() {
            0 | 1 => Ok(ids.pop()),
            n => Err(self.conflict(format!("{n} things of the kind {kind} are called `{name}`"))),
        }
    }

    /// Tries to read what can be given.
    pub(crate) async fn try_catalogue(
        &self,
        kind: &str,
        catalogue: &Catalogue,
    ) -> Result<(), Fault> {
        self.look_up(kind, catalogue, "latchkey-nothing").await
    }

    /// Gives something, or takes it.
    pub(crate) async fn entitle(
        &self,
        at: &Found,
        entitlement: &Entitlement,
        grant: bool,
    ) -> Result<(), Fault> {
        let (kind, name) = (entitlement.kind(), entitlement.name());
        let rules = self.description.entitlements.get(kind).ok_or_else(|| {
            let kinds = self.description.entitlements.keys().cloned();
            self.rejected(format!(
                "it cannot give `{entitlement}`: the description of its API has the kinds {}",
                kinds.collect::<Vec<_>>().join(", ")
            ))
        })?;
        let request = if grant { &rules.grant } else { &rules.revoke };
        let missing = || {
            self.rejected(format!(
                "it has no {kind} `{name}`; make it there, or correct its name in the runbook"
            ))
        };
        for attempt in 0..2 {
            let id = match &rules.catalogue {
                None => None,
                Some(catalogue) => match self.id_of(kind, catalogue, name).await? {
                    None if grant => return Err(missing()),
                    None => return Ok(()),
                    id => id,
                },
            };
            let given = Given {
                name,
                id: id.as_deref(),
            };
            let values = names::of_account(Some(&at.handle), &at.account, Some(given));
            match self.send(request, Without::LeftOut, &values).await? {
                Came::Done(_) => return Ok(()),
                // What is to be taken from somebody who has it not is taken. It may also have been made anew since its
                // id was read.
                Came::NotThere if rules.catalogue.is_none() || attempt == 1 => break,
                Came::NotThere => self.known.forget(kind),
            }
        }
        if grant { Err(missing()) } else { Ok(()) }
    }
}
