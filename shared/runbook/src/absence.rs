//! Leave of absence: sign-in is suspended for a time and restored, and what people have stays. A runbook that says
//! nothing of it gets the obvious.

use std::collections::BTreeSet;

use latchkey_lifecycle::{EventKind, Goal, SystemId};

use crate::{
    grants::{Ways, piece},
    plan::{Draft, Scene},
    runbook::{Does, Line, Runbook, System},
    undo::line,
    window::{Anchor, Phrase, TimeOfDay, Unit},
};

/// The lines of a leave or a return where the runbook has none: every system that Latchkey changes by itself, on the
/// day.
pub(crate) fn lines(runbook: &Runbook, kind: EventKind) -> Vec<Line> {
    if !runbook.lines(kind).is_empty() {
        return Vec::new();
    }
    // What a runbook's own leave suspends is restored everywhere.
    let systems = match runbook.lines(EventKind::Leave) {
        [] => runbook.automatic(),
        _ => runbook.systems().map(|(id, _)| id.clone()).collect(),
    };
    let (id, does, due) = match kind {
        EventKind::Leave => ("suspend", Does::Suspend(systems), TimeOfDay::EndOfDay),
        EventKind::Return => ("restore", Does::Restore(systems), TimeOfDay::StartOfDay),
        _ => return Vec::new(),
    };
    let on_the_day = |time| Phrase::Relative {
        amount: 0,
        unit: Unit::Days,
        anchor: Anchor::Effective,
        time: Some(time),
    };
    let midnight = TimeOfDay::At(jiff::civil::Time::midnight());
    vec![Line {
        opens: on_the_day(midnight),
        ..line(id, does, on_the_day(due))
    }]
}

/// Sign-in is cut in each system where the person can have an account.
pub(crate) fn suspend<'l>(
    scene: &Scene<'_>,
    line: &'l Line,
    systems: &BTreeSet<SystemId>,
    drafts: &mut Vec<Draft<'l>>,
) {
    let who = scene.person.called();
    in_each(scene, line, systems, drafts, |system, known| {
        let concerned = known.is_automatic() || scene.desired(scene.person, system).is_some();
        concerned.then(|| Ways {
            does: "suspend sign-in",
            why: Some(format!("{who} is on leave.")),
            goal: Goal::Suspended,
            sentence: format!(
                "Block the sign-in of {who} in {} until they are back. They keep what they have.",
                known.name
            ),
        })
    });
}

/// Sign-in is allowed again in each system in which the person's roles give something. What changed meanwhile is put
/// right at the same time.
pub(crate) fn restore<'l>(
    scene: &Scene<'_>,
    line: &'l Line,
    systems: &BTreeSet<SystemId>,
    drafts: &mut Vec<Draft<'l>>,
) {
    let who = scene.person.called();
    in_each(scene, line, systems, drafts, |system, known| {
        scene.desired(scene.person, system)?;
        Some(Ways {
            does: "restore sign-in",
            why: Some(format!("{who} is back from leave.")),
            goal: crate::grants::goal(scene, system),
            sentence: format!("Let {who} sign in to {} again.", known.name),
        })
    });
}

/// A task for each system in which there is something to do.
pub(crate) fn in_each<'l>(
    scene: &Scene<'_>,
    line: &'l Line,
    systems: &BTreeSet<SystemId>,
    drafts: &mut Vec<Draft<'l>>,
    ways: impl Fn(&SystemId, &System) -> Option<Ways>,
) {
    for system in systems {
        let Some(known) = scene.runbook.system(system) else {
            continue;
        };
        if let Some(ways) = ways(system, known) {
            drafts.push(Draft {
                id: format!("{}.{system}", line.id),
                line,
                system: Some(system.clone()),
                piece: piece(scene, line, system, known, ways),
            });
        }
    }
}
