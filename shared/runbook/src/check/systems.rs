//! Systems, and what owners do by hand.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{Entitlement, EntitlementNeeds, Field, SystemId, TeamId};

use super::{Check, by_kind::address_of, matrix::Grantable};
use crate::{
    document::{FieldDoc, HandWork, Rename, SystemDoc, VerifyDoc},
    kind,
    pattern::{Pattern, PatternError, TEXT_NAMES},
    problem::{Severity, did_you_mean},
    runbook::{ByHand, Keeps, PERSON, System, Verify},
    source::MAIN,
    yaml::At,
};

impl Check<'_> {
    pub(super) fn systems(&mut self, grantable: &Grantable) -> BTreeMap<SystemId, System> {
        let document = self.document;
        let mut all = BTreeMap::new();
        for (name, system) in &document.systems {
            let id = match SystemId::new(name.value.clone()) {
                Ok(id) => id,
                Err(problem) => {
                    self.error(name.place, problem.to_string());
                    continue;
                }
            };
            let given = grantable.get(&id).cloned().unwrap_or_default();
            if let Some(read) = self.one_system(name, system, given, grantable) {
                all.insert(id, read);
            }
        }
        all
    }

    fn one_system(
        &mut self,
        name: &At<String>,
        system: &SystemDoc,
        grantable: BTreeSet<Entitlement>,
        everywhere: &Grantable,
    ) -> Option<System> {
        let context = format!("system `{}`", name.value);
        let rules = kind::kind(&system.kind.value);
        if rules.is_none() && system.kind.value != PERSON {
            self.unknown_kind(&system.kind, &context);
        }
        let settings = self.by_kind(name, system, rules, &context);
        self.renames_by_description(system, &context);
        let owner = self.team(&system.owner, &context);
        let account_names = self.account_names(system, &context);
        let longest_name = self.longest_name(system, &account_names, &context);
        if let Some(at_once) = system.at_once.as_ref().filter(|n| n.value == 0) {
            let message = format!("`at_once: 0` in {context} lets nobody call it; the least is 1");
            self.error(at_once.place, message);
        }
        let (needs, approvals) = self.entitlement_rules(system, &context, &grantable);
        let needs_elsewhere = needs_elsewhere(system, &grantable, everywhere);
        let works = [&system.give, &system.take, &system.take_part];
        let [give, take, take_part] =
            works.map(|work| work.as_ref().map(|work| self.hand_work(work, &context)));
        Some(System {
            name: system.name.clone().unwrap_or_else(|| name.value.clone()),
            kind: system.kind.value.clone(),
            address: address_of(system, rules),
            secret: system.secret.as_ref().map(|name| name.value.clone()),
            owner: owner?,
            at_once: system.at_once.as_ref().map(|n| n.value),
            dialect: system.dialect.as_ref().map(|d| d.value.clone()),
            settings,
            keeps: Keeps::by(system, rules, self.described(system)),
            account_names,
            longest_name,
            renames: system.rename == Rename::Follow,
            needs,
            needs_elsewhere,
            approvals,
            grantable,
            give,
            take,
            take_part,
        })
    }

    fn unknown_kind(&mut self, kind: &At<String>, context: &str) {
        let message = format!("unknown kind `{}` in {context}", kind.value);
        // What people call a system that somebody changes by hand.
        let by_hand = ["people", "human", "manual", "hand", "by hand", "none"];
        if by_hand.contains(&kind.value.trim().to_lowercase().as_str()) {
            let help = format!("did you mean `{PERSON}`?");
            let all = &mut self.problems;
            all.add(Severity::Error, MAIN, kind.place, message, Some(help));
            return;
        }
        self.unknown(MAIN, kind, message, kind::names());
    }

    fn entitlement_rules(
        &mut self,
        system: &SystemDoc,
        context: &str,
        grantable: &BTreeSet<Entitlement>,
    ) -> (EntitlementNeeds, BTreeMap<Entitlement, TeamId>) {
        let mut needs: BTreeMap<Entitlement, BTreeSet<Entitlement>> = BTreeMap::new();
        let mut approvals = BTreeMap::new();
        for (name, rules) in &system.entitlements {
            let entitlement = Entitlement::from(name.value.as_str());
            if !grantable.contains(&entitlement) {
                let message = format!(
                    "no role gives the entitlement `{}` of {context}",
                    name.value
                );
                let names = grantable.iter().map(Entitlement::name);
                let near = did_you_mean(&name.value, names);
                match &rules.approval {
                    Some(team) => {
                        let near = near.map(|near| format!("; {near}")).unwrap_or_default();
                        let message = format!(
                            "{message}: what `{}` should approve is given without approval under another name{near}",
                            team.value
                        );
                        self.refuse(name.place, message);
                    }
                    None => self
                        .problems
                        .add(Severity::Warning, MAIN, name.place, message, near),
                }
            }
            for need in &rules.needs {
                let needed = Entitlement::from(need.value.as_str());
                if !grantable.contains(&needed) && self.is_elsewhere(need) {
                    continue;
                }
                if !grantable.contains(&needed) {
                    let names: Vec<String> =
                        grantable.iter().map(|e| e.name().to_owned()).collect();
                    let message = format!(
                        "`{}` needs `{}`, which no role gives in {context}",
                        name.value, need.value
                    );
                    self.unknown(MAIN, need, message, names.iter().map(String::as_str));
                }
                needs.entry(entitlement.clone()).or_default().insert(needed);
            }
            if let Some(team) = &rules.approval
                && let Some(team) = self.team(team, context)
            {
                approvals.insert(entitlement, team);
            }
        }
        if let Some(on) = cycle(&needs) {
            let place = system
                .entitlements
                .iter()
                .find(|(k, _)| Entitlement::from(k.value.as_str()) == on);
            let place = place.map(|(k, _)| k.place).unwrap_or_default();
            self.error(
                place,
                format!(
                    "the entitlement `{}` of {context} needs itself, by way of others",
                    on.name()
                ),
            );
        }
        (EntitlementNeeds(needs), approvals)
    }

    pub(super) fn hand_work(&mut self, work: &HandWork, context: &str) -> ByHand {
        self.by_hand(
            &work.instructions,
            &work.checklist,
            &work.fields,
            work.verify.as_ref(),
            context,
        )
    }

    pub(super) fn by_hand(
        &mut self,
        instructions: &At<String>,
        checklist: &[At<String>],
        fields: &[FieldDoc],
        verify: Option<&VerifyDoc>,
        context: &str,
    ) -> ByHand {
        let mut names = BTreeSet::new();
        for field in fields {
            if !names.insert(field.name.value.clone()) {
                self.error(
                    field.name.place,
                    format!(
                        "the field `{}` of {context} stands here twice",
                        field.name.value
                    ),
                );
            }
        }
        ByHand {
            instructions: self.text(instructions, context),
            checklist: checklist
                .iter()
                .map(|step| self.text(step, context))
                .collect(),
            fields: fields
                .iter()
                .map(|f| Field {
                    name: f.name.value.clone(),
                    label: f
                        .label
                        .clone()
                        .unwrap_or_else(|| f.name.value.replace('_', " ")),
                    kind: f.kind,
                    required: f.required,
                })
                .collect(),
            verify: self.verify(verify, context),
        }
    }

    fn verify(&mut self, verify: Option<&VerifyDoc>, context: &str) -> Verify {
        match verify {
            None | Some(VerifyDoc::Attested) => Verify::Attested,
            Some(VerifyDoc::SecondTeam(team)) => match self.team(team, context) {
                Some(team) => Verify::SecondTeam(team),
                None => Verify::Attested,
            },
            Some(VerifyDoc::Read(system)) => {
                let Some(id) = self.system(system, context) else {
                    return Verify::Attested;
                };
                let document = self.document;
                let known = document
                    .systems
                    .iter()
                    .find(|(k, _)| k.value == system.value);
                if known.is_some_and(|(_, s)| s.kind.value == PERSON) {
                    let message = format!(
                        "`{}` in {context} cannot be read: people change it by hand",
                        system.value
                    );
                    self.error(system.place, message);
                }
                Verify::Read(id)
            }
        }
    }

    /// A text for people with names in it.
    pub(super) fn text(&mut self, text: &At<String>, context: &str) -> Pattern {
        let document = self.document;
        let known = |name: &str| match name.strip_prefix("account.") {
            Some(system) => document.systems.keys().any(|k| k.value == system),
            None => TEXT_NAMES.contains(&name),
        };
        match Pattern::parse(&text.value, known) {
            Ok(pattern) => pattern,
            Err(PatternError::Open) => {
                self.error(text.place, format!("a `{{` in {context} is not closed"));
                Pattern::default()
            }
            Err(PatternError::Unknown(name)) => {
                let accounts: Vec<String> = document
                    .systems
                    .keys()
                    .map(|k| format!("account.{}", k.value))
                    .collect();
                let valid = TEXT_NAMES
                    .into_iter()
                    .chain(accounts.iter().map(String::as_str));
                let help = did_you_mean(&name, valid)
                    .unwrap_or_else(|| format!("there are: {{{}}}", TEXT_NAMES.join("}, {")));
                self.error(
                    text.place,
                    format!("unknown name `{{{name}}}` in {context}; {help}"),
                );
                Pattern::default()
            }
        }
    }
}

/// What entitlements need in other systems, written as `system/entitlement`.
fn needs_elsewhere(
    system: &SystemDoc,
    here: &BTreeSet<Entitlement>,
    everywhere: &Grantable,
) -> BTreeMap<Entitlement, BTreeSet<(SystemId, Entitlement)>> {
    let mut all: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, rules) in &system.entitlements {
        for need in &rules.needs {
            let known = here.contains(&Entitlement::from(need.value.as_str()));
            let elsewhere = need.value.split_once('/').filter(|_| !known);
            if let Some((system, needed)) = elsewhere
                && let Some((system, _)) = everywhere.get_key_value(system)
            {
                let of = all.entry(Entitlement::from(name.value.as_str()));
                let needed = Entitlement::from(needed);
                of.or_default().insert((system.clone(), needed));
            }
        }
    }
    all
}

/// An entitlement that needs itself, by way of others.
fn cycle(needs: &BTreeMap<Entitlement, BTreeSet<Entitlement>>) -> Option<Entitlement> {
    needs
        .keys()
        .find(|start| {
            let mut seen = BTreeSet::new();
            let mut queue: Vec<&Entitlement> = needs.get(*start).into_iter().flatten().collect();
            while let Some(at) = queue.pop() {
                if at == *start {
                    return true;
                }
                if seen.insert(at) {
                    queue.extend(needs.get(at).into_iter().flatten());
                }
            }
            false
        })
        .cloned()
}
