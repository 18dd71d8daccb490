//! What takes a case back: a hire that was rescinded, an exit that was withdrawn. A runbook says how things are
//! done; that they are undone follows from what was done.

use std::collections::BTreeSet;

use latchkey_lifecycle::{EventKind, Task, Verification, Work};

use crate::{
    grants::Piece,
    matching::Matcher,
    plan::{Draft, Scene},
    runbook::{Does, Line, Runbook},
    window::{Phrase, Unit},
};

/// The lines of a case that takes another back: every system that Latchkey changes by itself is put right within
/// the hour. A system that is right already is read and left.
pub(crate) fn lines(runbook: &Runbook, kind: EventKind) -> Vec<Line> {
    let automatic = runbook.automatic();
    match kind {
        EventKind::HireRescinded => vec![line("take-back", Does::Revoke(automatic), HOUR)],
        EventKind::ExitWithdrawn => vec![line("give-back", Does::Grant(automatic), HOUR)],
        _ => Vec::new(),
    }
}

const HOUR: Phrase = Phrase::Within(1, Unit::Hours);
const DAY: Phrase = Phrase::Within(1, Unit::WorkingDays);

/// The line behind what people undo: from now, within a working day.
pub(crate) fn line_of_people() -> Line {
    line("undo", Does::Revoke(BTreeSet::new()), DAY)
}

pub(crate) fn line(id: &str, does: Does, due: Phrase) -> Line {
    Line {
        id: id.to_owned(),
        title: None,
        does,
        only: Matcher::default(),
        opens: Phrase::Now,
        due,
        remind: None,
        escalate: None,
        needs: Vec::new(),
    }
}

/// A task of its owner for each thing that people did, or were asked to do, in a case that is taken back.
pub(crate) fn undone<'l>(
    scene: &Scene<'_>,
    line: &'l Line,
    touched: &[Task],
    drafts: &mut Vec<Draft<'l>>,
) {
    for task in touched {
        let Work::Person { instructions, .. } = &task.work else {
            continue;
        };
        if task.approval {
            continue;
        }
        let mut id = format!("undo.{}", task.id);
        while drafts.iter().any(|draft| draft.id == id) {
            id.push('+');
        }
        let who = scene.person.called();
        let who = who.trim();
        let not = match scene.case.kind {
            EventKind::HireRescinded => "will not start",
            _ => "stays",
        };
        let work = Work::Person {
            instructions: format!(
                "You did this for {who}, or were asked to, and it is not wanted any more. Undo what was done of it; if \
                 nothing was, say so.\n\nWhat was asked:\n{}",
                instructions.trim()
            ),
            checklist: Vec::new(),
            fields: Vec::new(),
        };
        drafts.push(Draft {
            id,
            line,
            system: None,
            piece: Piece {
                why: Some(format!(
                    "{} {not}.",
                    if who.is_empty() { "The person" } else { who }
                )),
                access: task.access.clone(),
                ..Piece::new(
                    format!("Undo: {}", task.title),
                    task.owner.clone(),
                    work,
                    Verification::Attested,
                )
            },
        });
    }
}
