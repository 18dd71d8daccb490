//! Lines that take access back become one task for each system.

use std::collections::BTreeSet;

use latchkey_lifecycle::{Account, Entitlement, EventKind, Goal, SystemId};

use crate::{
    gates::waiting,
    grants::{Piece, automatic, by_hand, have, list, system_of, title},
    plan::{Draft, Scene},
    runbook::Line,
};

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
                let waiting = waiting(scene, system);
                let left_alone = waiting.difference(&lost).cloned().collect();
                have(scene, system, account, &left_alone)
            }
            _ => Goal::NoAccess,
        };
        let title = title(scene, line, known, "take access back");
        let reason = reason(scene, exit);
        let piece = if known.is_automatic() {
            automatic(scene, system, known, title, goal, reason, true)
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
            // What is done to take everything back would take what the person keeps.
            let part = matches!(goal, Goal::Have { .. });
            let take = if part { &known.take_part } else { &known.take };
            let piece = by_hand(scene, known, take.as_ref(), title, sentence, reason);
            let as_all = known.take.as_ref().filter(|_| take.is_none());
            let verification = as_all.map(|all| scene.verification(&all.verify));
            Piece {
                access: lost,
                verification: verification.unwrap_or(piece.verification),
                ..piece
            }
        };
        drafts.push(Draft {
            id: format!("{}.{system}", line.id),
            line,
            system: Some(system.clone()),
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
