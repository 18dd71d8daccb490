//! The closing summary, for HR and the manager.

use latchkey_ledger::{Row, TaskRow};
use latchkey_lifecycle::{Answer, Case, Letter, TaskState, instant_in_words, shown};
use latchkey_runbook::Runbook;
use latchkey_runtime::MANAGERS;

pub(crate) fn letters(runbook: &Runbook, case: &Case, tasks: &[Row<TaskRow>]) -> Vec<Letter> {
    let name = match &case.person {
        Some(person) => person.called(),
        None => case.about(),
    };
    let subject = format!("Closed: {} of {name}", case.words());
    let text = text(runbook, case, &name, tasks);
    let letter = |team: String, to: String| Letter::new(team, to, &subject, &text);
    let hr = runbook.hr_team();
    let to_hr = runbook
        .team(hr)
        .map(|team| letter(hr.to_string(), team.email.clone()));
    let manager = case.person.as_ref().and_then(|p| p.manager_email.clone());
    // On AWS a topic cannot write to an address that has not subscribed: HR gets the manager's copy there,
    // under the team `managers`.
    to_hr
        .into_iter()
        .chain(manager.map(|to| letter(MANAGERS.to_owned(), to)))
        .collect()
}

fn text(runbook: &Runbook, case: &Case, name: &str, tasks: &[Row<TaskRow>]) -> String {
    let zone = runbook.time_zone();
    let instant = |at: jiff::Timestamp| instant_in_words(at, zone);
    let count = |state| {
        tasks
            .iter()
            .filter(|row| row.item.task.state == state)
            .count()
    };
    let late = tasks
        .iter()
        .filter(|row| row.item.task.on_time() == Some(false))
        .count();
    let effective = case
        .effective
        .map(|d| format!(" ({})", d.strftime("%a %-d %b %Y")))
        .unwrap_or_default();
    let mut out = vec![
        format!(
            "The {} of {name}{effective} is closed: everything on the checklist was read back, attested or \
             left out by name.",
            case.words()
        ),
        String::new(),
        format!(
            "  {} tasks: {} verified, {} left out; {} on time, {late} late.",
            tasks.len(),
            count(TaskState::Verified),
            count(TaskState::Waived),
            tasks.len() - late,
        ),
    ];
    out.extend(
        case.closed_at
            .map(|at| format!("  Closed on {}.", instant(at))),
    );
    for value in runbook.unmatched_of(case) {
        out.push(format!("  Look at this: {value}."));
    }
    out.push(String::new());
    let mut rows: Vec<&Row<TaskRow>> = tasks.iter().collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row<TaskRow>| (row.item.task.ended_at, row.item.task.id.clone());
        key(a).cmp(&key(b))
    });
    for row in rows {
        let task = &row.item.task;
        let ended = task.ended_at.map(instant).unwrap_or_default();
        let late = if task.on_time() == Some(false) {
            ", late"
        } else {
            ""
        };
        out.push(format!("  [{}] {} – {ended}{late}", task.state, task.title));
        if let (
            TaskState::Waived,
            Some(Answer::Waived { by, reason } | Answer::Declined { by, reason }),
        ) = (task.state, &task.answer)
        {
            out.push(format!("           left out by {by}: {reason}"));
        }
        if let (true, Some(Answer::Done(evidence))) = (task.approval, &task.answer) {
            out.push(format!("           approved by {}", evidence.by));
            let not = evidence.refused.iter();
            out.extend(not.map(|(e, why)| format!("           not {}: {why}", e.called())));
        }
    }
    out.push(String::new());
    out.push(format!("Case {}.", case.id));
    out.push(String::new());
    out.push("-- ".to_owned());
    out.push(format!("Latchkey for {}", runbook.company()));
    out.push(String::new());
    shown::lines(out)
}
