//! What is given only after a team said yes: what a system's rules say, and what would put two entitlements
//! together that one person should not have.

use latchkey_lifecycle::{Entitlement, SystemId, TeamId, Verification, Work};

use crate::{
    gates::Asked,
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

/// The question to one team.
pub(crate) fn approval(
    scene: &Scene<'_>,
    system: &SystemId,
    known: &System,
    team: &TeamId,
    asked: &Asked,
) -> Piece {
    let what = list(&asked.about);
    let waits = waits(scene, system);
    let of_team = waits
        .iter()
        .filter(|wait| wait.team == *team && asked.about.contains(&wait.entitlement));
    let mut because: Vec<String> = Vec::new();
    for wait in of_team {
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
    let then = match asked.about.len() {
        1 => "Approve it, or decline with a reason: then it is not given.",
        _ => {
            "Say yes or no to each of them, with a reason for each no: that is not given then, and the rest is."
        }
    };
    let work = Work::Person {
        instructions: format!(
            "{} would get {what} in {}. {}\n\n{then}",
            scene.person.called(),
            known.name,
            because.join(" ")
        ),
        checklist: Vec::new(),
        fields: Vec::new(),
    };
    let title = format!("Approve {what} in {}", known.name);
    Piece {
        why: why(scene, system),
        approval: true,
        access: asked.about.clone(),
        gates: asked.after.clone(),
        ..Piece::new(title, team.clone(), work, Verification::Attested)
    }
}
