//! What is left out from the beginning.

use std::collections::BTreeSet;

use latchkey_lifecycle::{Entitlement, SystemId, Verification, Work};

use crate::{
    gates::{Gates, not_there},
    grants::{Piece, list, system_of},
    plan::{Draft, Scene},
    runbook::{Line, System},
};

/// Who leaves out what the plan itself leaves out.
pub(crate) const BY_RUNBOOK: &str = "the runbook";

/// What is not given in a system, because something that it needs is not there, or was left out before: it stands on
/// the checklist with the reason.
pub(crate) fn without<'l>(
    scene: &Scene<'_>,
    gates: &Gates,
    (line, system, known): (&'l Line, &SystemId, &System),
    drafts: &mut Vec<Draft<'l>>,
) {
    let lacking = not_there(scene, system).into_iter().map(|(e, needed)| {
        let place = match needed.0 == *system {
            true => String::new(),
            false => format!(" in {}", name_of(scene, &needed.0)),
        };
        let needed = list(&[needed.1].into());
        let reason = format!("it needs {needed}{place}, which the person's roles do not give");
        (e, BY_RUNBOOK.to_owned(), reason)
    });
    let denied = gates
        .denied(system)
        .map(|(e, omission)| (e.clone(), omission.by.clone(), omission.reason.clone()));
    for (entitlement, by, reason) in lacking.chain(denied) {
        let what: BTreeSet<Entitlement> = [entitlement.clone()].into();
        // Two lines that give in the same system say it once.
        let said = |draft: &Draft<'_>| {
            draft.system.as_ref() == Some(system)
                && draft.piece.left_out.is_some()
                && draft.piece.access == what
        };
        if drafts.iter().any(said) {
            continue;
        }
        let mut id = format!("without.{system}.{}", plain(entitlement.name()));
        while drafts.iter().any(|draft| draft.id == id) {
            id.push('+');
        }
        let instructions = format!("{} is not given in {}: {reason}.", list(&what), known.name);
        let work = Work::Person {
            instructions,
            checklist: Vec::new(),
            fields: Vec::new(),
        };
        let title = format!("{}: {}", known.name, list(&what));
        let piece = Piece {
            access: what,
            gives_in: Some(system.clone()),
            left_out: Some((by, reason)),
            ..Piece::new(title, known.owner.clone(), work, Verification::Attested)
        };
        drafts.push(Draft {
            id,
            line,
            system: Some(system.clone()),
            piece,
        });
    }
}

/// A name as it can stand in a task's id.
fn plain(name: &str) -> String {
    let plain = |c: char| match c.is_whitespace() || c.is_control() {
        true => '-',
        false => c,
    };
    name.chars().take(24).map(plain).collect()
}

fn name_of(scene: &Scene<'_>, system: &SystemId) -> String {
    let known = system_of(scene, system);
    known.map_or_else(|| system.to_string(), |known| known.name.clone())
}
