//! What is given only after a team said yes: what a system's rules say, and what would put two entitlements
//! together that one person should not have.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{Entitlement, SystemId, TeamId, Verification, Work};

use crate::{
    grants::{Piece, list, why},
    plan::Scene,
    runbook::{Conflict, System},
};

/// One thing that waits for one team. What several teams have a say in stands here once for each.
pub(crate) struct Wait<'r> {
    pub(crate) entitlement: Entitlement,
    pub(crate) team: TeamId,
    /// The rule that it breaks, and the entitlement that it breaks it with.
    against: Option<(&'r Conflict, &'r (SystemId, Entitlement))>,
}

/// Everything in a system that needs an approval, of what the person has after the case, or had before it: during
/// a transfer's overlap they have both.
pub(crate) fn waits<'r>(scene: &Scene<'r>, system: &SystemId) -> Vec<Wait<'r>> {
    let runbook = scene.runbook;
    let gives = |person, system: &SystemId, entitlement: &Entitlement| {
        let account = runbook.desired(person, system);
        account.is_some_and(|a| a.entitlements.contains(entitlement))
    };
    let had = |system: &SystemId, entitlement: &Entitlement| {
        let before = scene.case.before.as_ref();
        before.is_some_and(|person| gives(person, system, entitlement))
    };
    let held = |system: &SystemId, entitlement: &Entitlement| {
        gives(scene.person, system, entitlement) || had(system, entitlement)
    };
    let declared = runbook.system(system).map(|s| &s.approvals);
    let mut all: Vec<Wait<'r>> = declared
        .into_iter()
        .flatten()
        .filter(|(entitlement, _)| held(system, entitlement))
        .map(|(entitlement, team)| Wait {
            entitlement: entitlement.clone(),
            team: team.clone(),
            against: None,
        })
        .collect();
    for conflict in &runbook.conflicts {
        let [first, second] = &conflict.between;
        if !held(&first.0, &first.1) || !held(&second.0, &second.1) {
            continue;
        }
        // The second waits; the first, when it is what a transfer adds.
        let first_is_new = had(&second.0, &second.1) && !had(&first.0, &first.1);
        let (waits, other) = if first_is_new {
            (first, second)
        } else {
            (second, first)
        };
        if waits.0 == *system {
            all.push(Wait {
                entitlement: waits.1.clone(),
                team: conflict.owner.clone(),
                against: Some((conflict, other)),
            });
        }
    }
    all
}

/// What waits, by the teams that all have to say yes.
pub(crate) fn by_teams(waits: &[Wait<'_>]) -> BTreeMap<BTreeSet<TeamId>, BTreeSet<Entitlement>> {
    let mut teams: BTreeMap<&Entitlement, BTreeSet<TeamId>> = BTreeMap::new();
    for wait in waits {
        let of = teams.entry(&wait.entitlement).or_default();
        of.insert(wait.team.clone());
    }
    let mut all: BTreeMap<BTreeSet<TeamId>, BTreeSet<Entitlement>> = BTreeMap::new();
    for (entitlement, teams) in teams {
        all.entry(teams).or_default().insert(entitlement.clone());
    }
    all
}

/// The question to one team.
pub(crate) fn approval(
    scene: &Scene<'_>,
    system: &SystemId,
    known: &System,
    team: &TeamId,
    waits: &[Wait<'_>],
) -> Piece {
    let asked: Vec<&Wait<'_>> = waits.iter().filter(|w| w.team == *team).collect();
    let what = list(&asked.iter().map(|w| w.entitlement.clone()).collect());
    let mut because: Vec<String> = Vec::new();
    for wait in &asked {
        let sentence = match wait.against {
            Some((conflict, (system, other))) => format!(
                "Together with {} in {system} it breaks the rule “{}”.",
                other.name(),
                conflict.name
            ),
            None => "The runbook wants it approved for each person.".to_owned(),
        };
        if !because.contains(&sentence) {
            because.push(sentence);
        }
    }
    Piece {
        title: format!("Approve {what} in {}", known.name),
        why: why(scene, system),
        owner: team.clone(),
        work: Work::Person {
            instructions: format!(
                "{} would get {what} in {}. {}\n\nApprove it, or decline with a reason: then it is not given.",
                scene.person.called(),
                known.name,
                because.join(" ")
            ),
            checklist: Vec::new(),
            fields: Vec::new(),
        },
        verification: Verification::Attested,
        approval: true,
        access: asked.iter().map(|w| w.entitlement.clone()).collect(),
        needs: Vec::new(),
    }
}
