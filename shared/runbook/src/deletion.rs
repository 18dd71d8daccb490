//! Accounts of who has left are deleted when nobody needs them any more: after a retention window that the runbook
//! sets.

use std::collections::BTreeSet;

use latchkey_lifecycle::{Goal, SystemId};

use crate::{
    absence::in_each,
    grants::Ways,
    plan::{Draft, Scene},
    runbook::{Does, Line},
};

/// The account is deleted in each of these systems, whether or not anybody thinks that the person has one, and only
/// after their access was taken there.
pub(crate) fn delete<'l>(
    scene: &Scene<'_>,
    line: &'l Line,
    systems: &BTreeSet<SystemId>,
    drafts: &mut Vec<Draft<'l>>,
) {
    let who = scene.person.called();
    let who = match who.trim() {
        "" => format!("employee {}", scene.person.employee_id),
        name => name.to_owned(),
    };
    let first = drafts.len();
    in_each(scene, line, systems, drafts, |_, known| {
        Some(Ways {
            does: "delete the account",
            why: Some(format!("{who} left, and what was to be kept was kept.")),
            goal: Goal::Gone,
            sentence: format!(
                "Delete the account of {who} in {} for good. If they never had one, say so. If they are coming back, \
                 ask for this task to be waived.",
                known.name
            ),
        })
    });
    let lines = scene.runbook.lines(scene.case.kind);
    for draft in drafts.iter_mut().skip(first) {
        let prefix = format!("{}.", line.id);
        let system = draft.id.strip_prefix(&prefix).unwrap_or_default();
        let takes = |other: &&Line| match &other.does {
            Does::Revoke(systems) => systems.iter().any(|id| id.as_str() == system),
            _ => false,
        };
        let taken = lines.iter().filter(takes);
        draft.piece.needs = taken
            .map(|other| format!("{}.{system}", other.id))
            .collect();
    }
}
