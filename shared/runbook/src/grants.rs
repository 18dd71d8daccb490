//! Lines that give or take access become one task for each system, and what needs an approval waits for it.

use std::collections::BTreeSet;

use latchkey_lifecycle::{
    Account, Entitlement, EventKind, Goal, Managed, SystemId, TeamId, Verification, Work,
};

use crate::{
    approvals::approval,
    gates::{Gates, waiting},
    plan::{Draft, Scene, owner_of},
    renamed::details,
    runbook::{Line, System},
    without::without,
};

/// One piece of work, without dates.
pub(crate) struct Piece {
    pub(crate) title: String,
    pub(crate) why: Option<String>,
    pub(crate) owner: TeamId,
    pub(crate) work: Work,
    pub(crate) verification: Verification,
    pub(crate) approval: bool,
    /// What it gives or takes.
    pub(crate) access: BTreeSet<Entitlement>,
    /// Where it gives that.
    pub(crate) gives_in: Option<SystemId>,
    /// Ids of other pieces that come first.
    pub(crate) needs: Vec<String>,
    /// Ids of other pieces without which it is left out.
    pub(crate) gates: BTreeSet<String>,
    /// By whom and why it is left out from the beginning.
    pub(crate) left_out: Option<(String, String)>,
}

impl Piece {
    /// A piece that needs nothing and gives nothing.
    pub(crate) fn new(
        title: String,
        owner: TeamId,
        work: Work,
        verification: Verification,
    ) -> Piece {
        Piece {
            title,
            why: None,
            owner,
            work,
            verification,
            approval: false,
            access: BTreeSet::new(),
            gives_in: None,
            needs: Vec::new(),
            gates: BTreeSet::new(),
            left_out: None,
        }
    }
}

/// What is wanted of the person's account in a system when the case is done; for tasks that are verified by
/// reading.
pub(crate) fn goal(scene: &Scene<'_>, system: &SystemId) -> Goal {
    let desired = scene.desired(scene.person, system);
    match desired {
        Some(account) if !scene.case.kind.takes_all() => {
            let waiting = waiting(scene, system);
            have(scene, system, &account, &waiting)
        }
        _ => Goal::NoAccess,
    }
}

/// The account. `left_alone` is neither given nor taken by the task, and is not compared: others see to it.
pub(crate) fn have(
    scene: &Scene<'_>,
    system: &SystemId,
    account: &Account,
    left_alone: &BTreeSet<Entitlement>,
) -> Goal {
    let grantable = scene.runbook.entitlements(system);
    let entitlements = &account.entitlements;
    let managed = grantable
        .iter()
        .chain(entitlements)
        .filter(|e| !left_alone.contains(*e));
    Goal::Have {
        account: Account {
            entitlements: entitlements.difference(left_alone).cloned().collect(),
            ..account.clone()
        },
        managed: Managed::Only(managed.cloned().collect()),
        // An account that was made by others is called as they called it.
        renames: scene.is_renamed() && system_of(scene, system).is_some_and(System::renames),
    }
}

/// How one thing is done in a system, by Latchkey or by its owner.
pub(crate) struct Ways {
    /// What is done, for lines without a title.
    pub(crate) does: &'static str,
    pub(crate) why: Option<String>,
    pub(crate) goal: Goal,
    /// What the owner is asked for.
    pub(crate) sentence: String,
}

/// The piece for a system that Latchkey changes by itself, or else for its owner.
pub(crate) fn piece(
    scene: &Scene<'_>,
    line: &Line,
    system: &SystemId,
    known: &System,
    ways: Ways,
) -> Piece {
    let Ways {
        does,
        why,
        goal,
        sentence,
    } = ways;
    let title = title(scene, line, known, does);
    if known.is_automatic() {
        automatic(scene, system, known, title, goal, why, false)
    } else {
        by_hand(scene, known, None, title, sentence, why)
    }
}

/// The title of what a line does in a system.
pub(crate) fn title(scene: &Scene<'_>, line: &Line, known: &System, does: &str) -> String {
    match &line.title {
        Some(title) => format!("{}: {}", scene.fill(title), known.name),
        None => format!("{}: {does}", known.name),
    }
}

pub(crate) fn system_of<'a>(scene: &Scene<'a>, system: &SystemId) -> Option<&'a System> {
    scene.runbook.system(system)
}

/// The systems of a grant line in which the person gets something, and the pieces for each.
pub(crate) fn grant<'l>(
    scene: &Scene<'_>,
    gates: &Gates,
    line: &'l Line,
    systems: &BTreeSet<SystemId>,
    drafts: &mut Vec<Draft<'l>>,
) {
    for system in systems {
        let Some(known) = system_of(scene, system) else {
            continue;
        };
        without(scene, gates, (line, system, known), drafts);
        let Some(after) = scene.desired(scene.person, system) else {
            continue;
        };
        let before = scene
            .case
            .before
            .as_ref()
            .and_then(|p| scene.desired(p, system));
        // Both are called by the name that the account is to have now.
        let renamed = scene.is_renamed() && known.renames();
        let same = before.as_ref() == Some(&after) && !renamed;
        if scene.case.kind == EventKind::Transfer && same && !scene.acted.contains(system) {
            continue;
        }
        let had = before.as_ref().map(|a| a.entitlements.clone());
        let had = had.unwrap_or_default();
        let at_once = gates.at_once(system);
        // What waits is left alone until it was approved. During a transfer's overlap the person keeps what they had;
        // what they were to have by an earlier decision whose day has not come is that one's to give (promise 1).
        let mut left_alone: BTreeSet<Entitlement> = waiting(scene, system)
            .difference(&at_once)
            .cloned()
            .collect();
        left_alone.extend(had.difference(&after.entitlements).cloned());
        left_alone.extend(gates.denied(system).map(|(e, _)| e.clone()));
        let mut push = |id: String, piece: Piece| {
            drafts.push(Draft {
                id,
                line,
                system: Some(system.clone()),
                piece,
            });
        };
        let main = format!("{}.{system}", line.id);
        // No account is made before something of what it takes was approved.
        let all_wait = !after.entitlements.is_empty() && after.entitlements.is_subset(&left_alone);
        if before.is_some() || !all_wait {
            let goal = have(scene, system, &after, &left_alone);
            push(
                main.clone(),
                give(scene, line, system, known, goal, &at_once),
            );
        }
        for group in gates.groups(system) {
            let still = left_alone.difference(&group.gives).cloned().collect();
            let goal = have(scene, system, &after, &still);
            let given = give(scene, line, system, known, goal, &group.gives);
            let mut behind = gates.given_by(scene, (&line.id, system), group);
            behind.extend(group.questions.iter().cloned());
            behind.insert(main.clone());
            let piece = Piece {
                title: format!("{} ({})", given.title, list(&group.gives)),
                gates: behind,
                ..given
            };
            push(format!("{main}.{}", group.name), piece);
        }
        ask(scene, gates, (line, system, known), drafts);
    }
}

/// The questions about a system. Two lines that give in the same system ask once.
fn ask<'l>(
    scene: &Scene<'_>,
    gates: &Gates,
    (line, system, known): (&'l Line, &SystemId, &System),
    drafts: &mut Vec<Draft<'l>>,
) {
    for (id, team, asked) in gates.questions(system) {
        if drafts.iter().all(|draft| draft.id != *id) {
            drafts.push(Draft {
                id: id.clone(),
                line,
                system: Some(system.clone()),
                piece: approval(scene, system, known, team, asked),
            });
        }
    }
}

pub(crate) fn list(entitlements: &BTreeSet<Entitlement>) -> String {
    let names: Vec<String> = entitlements.iter().map(Entitlement::called).collect();
    names.join(", ")
}

pub(crate) fn why(scene: &Scene<'_>, system: &SystemId) -> Option<String> {
    let roles = scene.runbook.why(scene.person, system);
    (!roles.is_empty()).then(|| format!("Roles: {}", roles.join(", ")))
}

fn give(
    scene: &Scene<'_>,
    line: &Line,
    system: &SystemId,
    known: &System,
    goal: Goal,
    what: &BTreeSet<Entitlement>,
) -> Piece {
    let only_details = what.is_empty() && details(scene, system, known).is_some();
    let does = match only_details {
        true => "bring up to date",
        false => "give access",
    };
    let title = title(scene, line, known, does);
    let why = why(scene, system);
    let piece = if known.is_automatic() {
        automatic(scene, system, known, title, goal, why, false)
    } else {
        by_owner(scene, system, known, title, what, why)
    };
    Piece {
        access: what.clone(),
        gives_in: Some(system.clone()),
        ..piece
    }
}

/// What its owner gives in a system, or only brings up to date there.
fn by_owner(
    scene: &Scene<'_>,
    system: &SystemId,
    known: &System,
    title: String,
    what: &BTreeSet<Entitlement>,
    why: Option<String>,
) -> Piece {
    let details = details(scene, system, known);
    if let (true, Some(details)) = (what.is_empty(), &details) {
        // How access is given there is nothing to be done about.
        return by_hand(scene, known, None, title, details.clone(), why);
    }
    let given = match what.is_empty() {
        true => "an account".to_owned(),
        false => list(what),
    };
    let gives = match scene.account_name(system) {
        Some(account) => format!("Give in {}: {given} (account {account}).", known.name),
        None => format!("Give in {}: {given}.", known.name),
    };
    let said = match details.filter(|_| scene.is_renamed()) {
        Some(details) => format!("{gives} {details}"),
        None => gives,
    };
    by_hand(scene, known, known.give.as_ref(), title, said, why)
}

pub(crate) fn automatic(
    scene: &Scene<'_>,
    system: &SystemId,
    known: &System,
    title: String,
    goal: Goal,
    why: Option<String>,
    takes: bool,
) -> Piece {
    let work = Work::System {
        system: system.clone(),
        kind: known.kind.clone(),
        goal: goal.clone(),
        needs: known.needs.clone(),
        takes,
    };
    let verification = Verification::ReadBack {
        system: system.clone(),
        kind: known.kind.clone(),
        goal,
    };
    Piece {
        why,
        ..Piece::new(title, owner_of(scene.runbook, system), work, verification)
    }
}

pub(crate) fn by_hand(
    scene: &Scene<'_>,
    known: &System,
    own: Option<&crate::runbook::ByHand>,
    title: String,
    sentence: String,
    why: Option<String>,
) -> Piece {
    let (work, verification) = match own {
        Some(own) => {
            let work = match scene.by_hand(own) {
                Work::Person {
                    instructions,
                    checklist,
                    fields,
                } => Work::Person {
                    instructions: format!("{sentence}\n\n{}", instructions.trim()),
                    checklist,
                    fields,
                },
                other => other,
            };
            (work, scene.verification(&own.verify))
        }
        None => {
            let work = Work::Person {
                instructions: sentence,
                checklist: Vec::new(),
                fields: Vec::new(),
            };
            (work, Verification::Attested)
        }
    };
    Piece {
        why,
        ..Piece::new(title, known.owner.clone(), work, verification)
    }
}
