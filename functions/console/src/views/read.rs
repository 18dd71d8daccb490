//! Whose the words about a task are: what was asked and answered, handed over with a note, added, and why it was
//! declined. Others read that it was, and by whom.

use latchkey_access::{Action, On};
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{AuditBody, Step, TeamId, What};
use latchkey_runbook::Runbook;

use crate::sign_in::Signed;

/// Whether somebody may read what was said about a task: its team, the second team, whom their tasks are escalated to,
/// and who reads reasons.
pub(crate) fn may_read(viewer: &Signed, on: &On, row: &TaskRow) -> bool {
    let (owner, second) = (row.asked_team(Step::Do), row.asked_team(Step::Confirm));
    viewer.can(Action::SeeReasons, on)
        || [owner, second].into_iter().any(|team| {
            viewer.actor.teams.contains(team) || is_contact(viewer, &viewer.runbook, team)
        })
}

/// Whether somebody is whom a team's tasks are escalated to, by a runbook.
pub(crate) fn is_contact(viewer: &Signed, runbook: &Runbook, team: &TeamId) -> bool {
    let contact = runbook.escalation(team);
    let (by_address, own) = (contact.email.trim(), &viewer.actor.address);
    let of_team = contact.team.as_ref();
    by_address.eq_ignore_ascii_case(own)
        || of_team.is_some_and(|team| viewer.actor.teams.contains(team))
}

/// What a record says, `text`, to somebody who may read what was said about its task, or may not.
pub(crate) fn told(body: &AuditBody, text: String, reads: bool) -> String {
    let by = &body.by;
    let did = match &body.what {
        What::QuestionAsked => "asked HR something about it",
        What::QuestionAnswered => "answered for HR",
        What::HandedOver => "handed it over",
        What::Attached => "added a file",
        What::Declined => "declined it",
        What::Refused => "did not confirm it",
        _ => return text,
    };
    match reads {
        true => text,
        false => format!("{by} {did}: the words are for whoever may read the task."),
    }
}

/// What went wrong last, to the same: why a second team did not confirm it is among the words.
pub(crate) fn trouble(row: &TaskRow, reads: bool) -> Option<String> {
    let text = row.task.trouble.as_ref()?;
    match text.split_once(" did not confirm it: ") {
        Some((by, _)) if !reads => Some(format!("{by} did not confirm it.")),
        _ => Some(text.clone()),
    }
}
