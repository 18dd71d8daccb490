//! The closing summary, for HR and the manager.

use jiff::Timestamp;
use latchkey_ledger::{Row, TaskRow};
use latchkey_lifecycle::{
    Answer, Block, Case, Content, Letter, Marks, TaskState, instant_in_words,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::MANAGERS;

pub(crate) fn letters(
    runbook: &Runbook,
    case: &Case,
    tasks: &[Row<TaskRow>],
    now: Timestamp,
) -> Vec<Letter> {
    let name = match &case.person {
        Some(person) => person.called(),
        None => case.about(),
    };
    let subject = format!("Closed: {} of {name}", case.words());
    let content = content(runbook, case, &name, tasks);
    let as_of = (runbook.time_zone(), now);
    let letter = |team: String, to: String| Letter::of(team, to, &subject, content.clone(), as_of);
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

fn content(runbook: &Runbook, case: &Case, name: &str, tasks: &[Row<TaskRow>]) -> Content {
    let effective = case
        .effective
        .map(|d| format!(" ({})", d.strftime("%a %-d %b %Y")))
        .unwrap_or_default();
    let closed = format!(
        "The {} of {name}{effective} is closed: everything on the checklist was read back, attested or \
         left out by name.",
        case.words()
    );
    let lines = |items| Block::List {
        head: String::new(),
        marks: Marks::None,
        items,
    };
    Content {
        blocks: vec![
            Block::Said(closed.into()),
            lines(figures(runbook, case, tasks)),
            lines(outcomes(runbook, tasks)),
            Block::Said(format!("Case {}.", case.id).into()),
        ],
        company: runbook.company().to_owned(),
    }
}

/// How many, and when; and what HR is to look at.
fn figures(runbook: &Runbook, case: &Case, tasks: &[Row<TaskRow>]) -> Vec<String> {
    let count = |state| {
        let of_it = tasks.iter().filter(|row| row.item.task.state == state);
        of_it.count()
    };
    let late = tasks
        .iter()
        .filter(|row| row.item.task.on_time() == Some(false))
        .count();
    let mut out = vec![format!(
        "{} tasks: {} verified, {} left out; {} on time, {late} late.",
        tasks.len(),
        count(TaskState::Verified),
        count(TaskState::Waived),
        tasks.len() - late,
    )];
    let closed = case.closed_at;
    out.extend(
        closed.map(|at| format!("Closed on {}.", instant_in_words(at, runbook.time_zone()))),
    );
    let look_at = runbook.unmatched_of(case).into_iter();
    out.extend(look_at.map(|value| format!("Look at this: {value}.")));
    out
}

/// What became of each task, the first that ended first.
fn outcomes(runbook: &Runbook, tasks: &[Row<TaskRow>]) -> Vec<String> {
    let mut rows: Vec<&Row<TaskRow>> = tasks.iter().collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row<TaskRow>| (row.item.task.ended_at, row.item.task.id.clone());
        key(a).cmp(&key(b))
    });
    let mut out = Vec::new();
    for row in rows {
        let task = &row.item.task;
        let ended = task.ended_at;
        let ended = ended.map(|at| instant_in_words(at, runbook.time_zone()));
        let late = if task.on_time() == Some(false) {
            ", late"
        } else {
            ""
        };
        out.push(format!(
            "[{}] {} – {}{late}",
            task.state,
            task.title,
            ended.unwrap_or_default()
        ));
        if let (
            TaskState::Waived,
            Some(Answer::Waived { by, reason } | Answer::Declined { by, reason }),
        ) = (task.state, &task.answer)
        {
            out.push(format!("         left out by {by}: {reason}"));
        }
        if let (true, Some(Answer::Done(evidence))) = (task.approval, &task.answer) {
            out.push(format!("         approved by {}", evidence.by));
            let not = evidence.refused.iter();
            out.extend(not.map(|(e, why)| format!("         not {}: {why}", e.called())));
        }
    }
    out
}
