//! Two people are two people: whoever confirms, decides or is told instead is not who did it (promise 11).

use super::Check;
use crate::{
    document::VerifyDoc,
    problem::Place,
    runbook::{Contact, Runbook, Team},
    yaml::At,
};

impl Check<'_> {
    pub(super) fn two_people(&mut self, runbook: &Runbook) {
        self.contacts_are_others(runbook);
        self.second_teams_are_others(runbook);
        self.approvals_are_by_others(runbook);
    }

    /// A team that escalates to itself, or is its own backup, escalates to nobody.
    fn contacts_are_others(&mut self, runbook: &Runbook) {
        let document = self.document;
        for (name, doc) in &document.teams {
            let Some((id, team)) = { runbook.teams() }.find(|(id, _)| id.as_str() == name.value)
            else {
                continue;
            };
            let itself = |contact: &Option<Contact>| {
                contact.as_ref().is_some_and(|contact| {
                    contact.team.as_ref() == Some(id) || is_same(&contact.email, &team.email)
                })
            };
            for (what, own, said) in [
                ("escalation", itself(&team.escalation), &doc.escalation),
                ("backup", itself(&team.backup), &doc.backup),
            ] {
                if own {
                    let place = said.as_ref().map_or(name.place, |said| said.place);
                    let message = format!(
                        "team `{}` is its own {what}: nobody else would hear; name another team or address",
                        name.value
                    );
                    self.refuse(place, message);
                }
            }
        }
    }

    fn second_teams_are_others(&mut self, runbook: &Runbook) {
        let document = self.document;
        let mut all: Vec<(&At<String>, &At<String>, String)> = Vec::new();
        for (name, system) in &document.systems {
            for work in [&system.give, &system.take].into_iter().flatten() {
                if let Some(VerifyDoc::SecondTeam(second)) = &work.verify {
                    all.push((&system.owner, second, format!("system `{}`", name.value)));
                }
            }
        }
        for (event, lines) in [
            ("hire", &document.hire),
            ("transfer", &document.transfer),
            ("exit", &document.exit),
            ("urgent exit", &document.urgent_exit),
            ("leave", &document.leave),
            ("return", &document.back),
        ] {
            for (name, task) in lines {
                if let (Some(owner), Some(VerifyDoc::SecondTeam(second))) =
                    (&task.owner, &task.verify)
                {
                    all.push((owner, second, format!("task `{}` of {event}", name.value)));
                }
            }
        }
        for (owner, second, what) in all {
            let email = |team: &str| team_of(runbook, team).map(|team| team.email.as_str());
            let same_email = matches!((email(&owner.value), email(&second.value)),
                (Some(one), Some(other)) if is_same(one, other));
            if owner.value == second.value {
                let message = format!(
                    "the second team of {what} is its owner, `{}`: nobody confirms their own work; name another team",
                    owner.value
                );
                self.refuse(second.place, message);
            } else if same_email {
                let message = format!(
                    "the second team of {what}, `{}`, reads the same mailbox as its owner, `{}`: nobody confirms their own \
                     work",
                    second.value, owner.value
                );
                self.refuse(second.place, message);
            }
        }
    }

    /// Whoever gives access may well decide on it; that should be meant.
    fn approvals_are_by_others(&mut self, runbook: &Runbook) {
        // Where there is one team, there is nobody else to name.
        if runbook.teams.len() < 2 {
            return;
        }
        for (system, known) in &runbook.systems {
            for (entitlement, team) in &known.approvals {
                if *team == known.owner {
                    let message = format!(
                        "`{}` of system `{system}` is approved by the team that owns the system, `{team}`: the same people \
                         decide on it and give it",
                        entitlement.name()
                    );
                    self.warning(
                        self.place_of_approval(system.as_str(), entitlement),
                        message,
                    );
                }
            }
        }
    }

    fn place_of_approval(
        &self,
        system: &str,
        entitlement: &latchkey_lifecycle::Entitlement,
    ) -> Place {
        let mut systems = self.document.systems.iter();
        let system = systems.find(|(name, _)| name.value == system);
        let of = system.into_iter().flat_map(|(_, doc)| &doc.entitlements);
        let mut of = of.filter(|(name, _)| {
            latchkey_lifecycle::Entitlement::from(name.value.as_str()) == *entitlement
        });
        let found = of.next().and_then(|(_, rules)| rules.approval.as_ref());
        found.map(|team| team.place).unwrap_or_default()
    }
}

fn team_of<'r>(runbook: &'r Runbook, name: &str) -> Option<&'r Team> {
    let mut teams = runbook.teams();
    teams
        .find(|(id, _)| id.as_str() == name)
        .map(|(_, team)| team)
}

/// Whether two addresses are one mailbox.
fn is_same(one: &str, other: &str) -> bool {
    !one.is_empty() && one.trim().eq_ignore_ascii_case(other.trim())
}
