//! Lines that give or take access become one task for each system, and what needs an approval waits for it.

use std::collections::BTreeSet;

use latchkey_lifecycle::{
    Account, Entitlement, EventKind, Goal, Managed, SystemId, TeamId, Verification, Work,
};

use crate::{
    approvals::{Wait, approval, by_teams, waits},
    plan::{Draft, Scene, owner_of},
    renamed::details,
    runbook::{Line, System},
};

/// One piece of work, without dates.
pub(crate) struct Piece {
    pub(crate) title: String,
    pub(crate) why: Option<String>,
    pub(crate) owner: TeamId,
    pub(crate) work: Work,
    pub(crate) verification: Verification,
    pub(crate) approval: bool,
    /// What its owner gives or takes.
    pub(crate) access: BTreeSet<Entitlement>,
    /// Ids of other pieces.
    pub(crate) needs: Vec<String>,
}

/// What is wanted of the person's account in a system when the case is done; for tasks that are verified by
/// reading.
pub(crate) fn goal(scene: &Scene<'_>, system: &SystemId) -> Goal {
    let desired = scene.desired(scene.person, system);
    match desired {
        Some(account) if !scene.case.kind.takes_all() => {
            let waiting = waiting(&waits(scene, system));
            have(scene, system, &account, &waiting)
        }
        _ => Goal::NoAccess,
    }
}

/// The account. `left_alone` is neither given nor taken by the task, and is not compared: others see to it.
fn have(
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

fn waiting(waits: &[Wait<'_>]) -> BTreeSet<Entitlement> {
    waits.iter().map(|w| w.entitlement.clone()).collect()
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
        automatic(scene, system, known, title, goal, why, Vec::new(), false)
    } else {
        by_hand(scene, known, None, title, sentence, why, Vec::new())
    }
}

/// The title of what a line does in a system.
fn title(scene: &Scene<'_>, line: &Line, known: &System, does: &str) -> String {
    match &line.title {
        Some(title) => format!("{}: {}", scene.fill(title), known.name),
        None => format!("{}: {does}", known.name),
    }
}

fn system_of<'a>(scene: &Scene<'a>, system: &SystemId) -> Option<&'a System> {
    scene.runbook.system(system)
}

/// The systems of a grant line in which the person gets something, and the pieces for each.
pub(crate) fn grant<'l>(
    scene: &Scene<'_>,
    line: &'l Line,
    systems: &BTreeSet<SystemId>,
    drafts: &mut Vec<Draft<'l>>,
) {
    for system in systems {
        let Some(known) = system_of(scene, system) else {
            continue;
        };
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
        let had = before.map(|a| a.entitlements).unwrap_or_default();
        let gained: BTreeSet<Entitlement> = after.entitlements.difference(&had).cloned().collect();
        let waits = waits(scene, system);
        // What waits is left alone until it was approved. During a transfer's overlap the person keeps what they had; what they
        // were to have by an earlier decision whose day has not come is that one's to give (promise 1).
        let mut left_alone = waiting(&waits);
        left_alone.extend(had.difference(&after.entitlements).cloned());
        let at_once: BTreeSet<Entitlement> = gained.difference(&left_alone).cloned().collect();
        let asked: Vec<Wait<'_>> = waits
            .into_iter()
            .filter(|w| gained.contains(&w.entitlement))
            .collect();
        let main = format!("{}.{system}", line.id);
        let goal = have(scene, system, &after, &left_alone);
        drafts.push(Draft {
            id: main.clone(),
            line,
            piece: give(scene, line, system, known, goal, &at_once, Vec::new()),
        });
        let ask = |team: &TeamId| format!("approve.{system}.{team}");
        for (teams, entitlements) in by_teams(&asked) {
            for team in &teams {
                // Two lines that give in the same system ask once.
                if drafts.iter().all(|d| d.id != ask(team)) {
                    drafts.push(Draft {
                        id: ask(team),
                        line,
                        piece: approval(scene, system, known, team, &asked),
                    });
                }
            }
            let still = left_alone.difference(&entitlements).cloned().collect();
            let goal = have(scene, system, &after, &still);
            let names: Vec<&str> = teams.iter().map(|t| t.as_str()).collect();
            let mut needs: Vec<String> = teams.iter().map(ask).collect();
            needs.push(main.clone());
            drafts.push(Draft {
                id: format!("{main}.{}", names.join("+")),
                line,
                piece: give(scene, line, system, known, goal, &entitlements, needs),
            });
        }
    }
}

pub(crate) fn list(entitlements: &BTreeSet<Entitlement>) -> String {
    let names: Vec<String> = entitlements
        .iter()
        .map(|e| {
            if e.kind() == "group" {
                e.name().to_owned()
            } else {
                e.to_string()
            }
        })
        .collect();
    names.join(", ")
}

pub(crate) fn why(scene: &Scene<'_>, system: &SystemId) -> Option<String> {
    let roles = scene.runbook.why(scene.person, system);
    (!roles.is_empty()).then(|| format!("Roles: {}", roles.join(", ")))
}

#[allow(clippy::too_many_arguments)]
fn give(
    scene: &Scene<'_>,
    line: &Line,
    system: &SystemId,
    known: &System,
    goal: Goal,
    what: &BTreeSet<Entitlement>,
    needs: Vec<String>,
) -> Piece {
    let title = title(scene, line, known, "give access");
    if known.is_automatic() {
        let why = why(scene, system);
        return automatic(scene, system, known, title, goal, why, needs, false);
    }
    let details = details(scene, system, known);
    let given = match (what.is_empty(), &details) {
        (true, Some(_)) => None,
        (true, None) => Some("an account".to_owned()),
        (false, _) => Some(list(what)),
    };
    let gives = given.map(|given| match scene.account_name(system) {
        Some(account) => format!("Give in {}: {given} (account {account}).", known.name),
        None => format!("Give in {}: {given}.", known.name),
    });
    let new_name = scene.is_renamed() || gives.is_none();
    let said: Vec<String> = gives
        .into_iter()
        .chain(details.filter(|_| new_name))
        .collect();
    let sentence = said.join(" ");
    let give = known.give.as_ref();
    let why = why(scene, system);
    Piece {
        access: what.clone(),
        ..by_hand(scene, known, give, title, sentence, why, needs)
    }
}

#[allow(clippy::too_many_arguments)]
fn automatic(
    scene: &Scene<'_>,
    system: &SystemId,
    known: &System,
    title: String,
    goal: Goal,
    why: Option<String>,
    needs: Vec<String>,
    takes: bool,
) -> Piece {
    Piece {
        title,
        why,
        owner: owner_of(scene.runbook, system),
        work: Work::System {
            system: system.clone(),
            kind: known.kind.clone(),
            goal: goal.clone(),
            needs: known.needs.clone(),
            takes,
        },
        verification: Verification::ReadBack {
            system: system.clone(),
            kind: known.kind.clone(),
            goal,
        },
        approval: false,
        access: BTreeSet::new(),
        needs,
    }
}

fn by_hand(
    scene: &Scene<'_>,
    known: &System,
    own: Option<&crate::runbook::ByHand>,
    title: String,
    sentence: String,
    why: Option<String>,
    needs: Vec<String>,
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
        title,
        why,
        owner: known.owner.clone(),
        work,
        verification,
        approval: false,
        access: BTreeSet::new(),
        needs,
    }
}

/// Takes access back: what a transfer leaves behind, or everything on an exit. An exit covers every system,
/// whether or not the ledger thinks the person is there (promise 7).
pub(crate) fn revoke<'l>(
    scene: &Scene<'_>,
    line: &'l Line,
    systems: &BTreeSet<SystemId>,
    drafts: &mut Vec<Draft<'l>>,
) {
    for system in systems {
        let Some(known) = system_of(scene, system) else {
            continue;
        };
        let after = scene.desired(scene.person, system);
        let before = scene
            .case
            .before
            .as_ref()
            .and_then(|p| scene.desired(p, system));
        let exit = scene.case.kind.takes_all();
        let lost = lost(
            exit,
            before.as_ref(),
            after.as_ref(),
            scene.case.before.is_some(),
        );
        let again = after.is_none() && scene.acted.contains(system);
        let Some(lost) = lost.or_else(|| again.then(BTreeSet::new)) else {
            continue;
        };
        let goal = match (&after, exit) {
            (Some(account), false) => {
                let waiting = waiting(&waits(scene, system));
                let left_alone = waiting.difference(&lost).cloned().collect();
                have(scene, system, account, &left_alone)
            }
            _ => Goal::NoAccess,
        };
        let title = title(scene, line, known, "take access back");
        let reason = reason(scene, exit);
        let piece = if known.is_automatic() {
            automatic(scene, system, known, title, goal, reason, Vec::new(), true)
        } else {
            let sentence = match &goal {
                Goal::Have { account, .. } if lost.is_empty() => format!(
                    "Take back in {} what the person's roles do not give. They give: {}.",
                    known.name,
                    list(&account.entitlements)
                ),
                Goal::Have { .. } => format!("Take back in {}: {}.", known.name, list(&lost)),
                _ => format!(
                    "Take everything back that the person has in {}, and make sure that they cannot sign in. If they \
                     were never there, say so.",
                    known.name
                ),
            };
            let take = known.take.as_ref();
            Piece {
                access: lost,
                ..by_hand(scene, known, take, title, sentence, reason, Vec::new())
            }
        };
        drafts.push(Draft {
            id: format!("{}.{system}", line.id),
            line,
            piece,
        });
    }
}

fn reason(scene: &Scene<'_>, exit: bool) -> Option<String> {
    let who = scene.person.called();
    match (exit, who.trim()) {
        (false, _) => Some("No longer given by the person's roles.".to_owned()),
        (true, "") => None,
        (true, who) if scene.case.kind == EventKind::HireRescinded => {
            Some(format!("{who} will not start."))
        }
        (true, who) => Some(format!("{who} leaves.")),
    }
}

/// What is taken in a system; `None` when there is nothing to do.
fn lost(
    exit: bool,
    before: Option<&Account>,
    after: Option<&Account>,
    before_is_known: bool,
) -> Option<BTreeSet<Entitlement>> {
    if exit {
        return Some(BTreeSet::new());
    }
    match (before, after) {
        (None, _) if before_is_known => None,
        // What the person had is not known: whatever the matrix does not give is taken.
        (None, _) => Some(BTreeSet::new()),
        (Some(before), None) => Some(before.entitlements.clone()),
        (Some(before), Some(after)) => {
            let lost: BTreeSet<Entitlement> = before
                .entitlements
                .difference(&after.entitlements)
                .cloned()
                .collect();
            (!lost.is_empty()).then_some(lost)
        }
    }
}
