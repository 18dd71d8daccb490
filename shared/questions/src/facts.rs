//! The facts of a task in words, the same in letters and on the task's page.

use jiff::{Timestamp, civil::Date};
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{
    Case, EventKind, Step, Task, TaskId, TeamId, how_far, instant_and_how_far, instant_in_words,
    left_out_with, shown,
};
use latchkey_runbook::Runbook;

/// What a reader wants to know first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The team that is asked, by its name.
    pub team: String,
    /// The person: name and employee id.
    pub whom: String,
    /// Title, department and place; empty when the record is incomplete, or the task is about several people.
    pub place: String,
    /// The event and its day, e.g. `hire, first day Mon 7 Dec 2026`; empty when the task is about several people.
    pub event: String,
    /// From when (UTC).
    pub opens_at: Timestamp,
    /// By when the answer is due (UTC).
    pub due_at: Timestamp,
    /// When the task was due, where it was late when it was first asked for (UTC).
    pub late_at: Option<Timestamp>,
    /// From when (in the company's time zone, with its abbreviation).
    pub opens: String,
    /// How far that is, e.g. `in 2 days`.
    pub opens_far: String,
    /// By when the answer is due.
    pub due: String,
    /// How far that is.
    pub due_far: String,
    /// Whether that has passed.
    pub is_over: bool,
    /// When the task was due, with how far that is, where it was late when it was first asked for.
    pub late: Option<String>,
    /// HR's reason and why the task is on the checklist.
    pub why: Vec<String>,
    /// What HR is to look at: values of the person that no role matches, with the nearest that one does.
    pub look_at: Vec<String>,
    /// What is left out with it.
    pub left_out_too: Vec<String>,
}

impl Facts {
    /// The facts of a task's standing question, as of an instant. `tasks`: those of the case, as far as others are
    /// behind it.
    pub fn of(
        runbook: &Runbook,
        case: &Case,
        row: &TaskRow,
        tasks: &[Task],
        now: Timestamp,
    ) -> Facts {
        let task = &row.task;
        let step = row.asking.as_ref().map_or(Step::Do, |a| a.step);
        let due = row.asking.as_ref().map_or(task.window.due, |a| a.due);
        let zone = runbook.time_zone();
        let late_from_the_start = step == Step::Do
            && row
                .asking
                .as_ref()
                .is_some_and(|asking| asking.due > task.window.due);
        let too = left_out_with(tasks, &task.id);
        let team = asked_team(row, step);
        // Why somebody leaves or is away is not the business of every team with a task in it.
        let may_know = team == runbook.hr_team() || Some(team) == runbook.security_team();
        let of_many = task.id == TaskId::confirm_what_is_held();
        let reason = case.reason.as_ref().filter(|_| may_know && !of_many);
        let reason = reason.map(|r| format!("HR says: {r}"));
        let look_at = match team == runbook.hr_team() {
            true => runbook.unmatched_of(case),
            false => Vec::new(),
        };
        Facts {
            team: team_name(runbook, team),
            whom: whom_of(case, &task.id),
            place: if of_many { String::new() } else { place(case) },
            event: if of_many { String::new() } else { event(case) },
            opens_at: task.window.opens,
            due_at: due,
            late_at: late_from_the_start.then_some(task.window.due),
            opens: instant_in_words(task.window.opens, zone),
            opens_far: how_far(now, task.window.opens),
            due: instant_in_words(due, zone),
            due_far: how_far(now, due),
            is_over: due <= now,
            late: late_from_the_start.then(|| instant_and_how_far(task.window.due, zone, now)),
            why: task
                .why
                .clone()
                .into_iter()
                .chain(reason)
                .map(|why| shown::line(&why).into_owned())
                .collect(),
            look_at: look_at
                .iter()
                .map(|value| shown::line(&value.to_string()).into_owned())
                .collect(),
            left_out_too: too
                .iter()
                .map(|task| shown::line(&task.title).into_owned())
                .collect(),
        }
    }
}

/// The team that a step's question goes to.
pub fn asked_team(row: &TaskRow, step: Step) -> &TeamId {
    row.asked_team(step)
}

/// A team's name for people.
pub fn team_name(runbook: &Runbook, team: &TeamId) -> String {
    runbook
        .team(team)
        .map_or_else(|| team.to_string(), |t| t.name.clone())
}

/// The name for people of whoever a letter goes to: a team's, by its short name, or the address.
pub fn reader_name(runbook: &Runbook, reader: &str) -> String {
    let team = TeamId::new(reader).ok();
    team.map_or_else(|| reader.to_owned(), |team| team_name(runbook, &team))
}

/// The person of a case, by name and employee id.
pub fn whom(case: &Case) -> String {
    shown::line(&case.called()).into_owned()
}

/// Whom a task is for: the question about what the brake holds is about all of it, not about the one whose case asks.
pub fn whom_of(case: &Case, task: &TaskId) -> String {
    match *task == TaskId::confirm_what_is_held() {
        true => "all that the brake holds".to_owned(),
        false => whom(case),
    }
}

fn place(case: &Case) -> String {
    let Some(person) = &case.person else {
        return String::new();
    };
    let parts = [
        Some(person.title.as_str()),
        Some(person.department.as_str()),
        person.location.as_deref(),
        Some(person.country.as_str()),
    ];
    let parts: Vec<&str> = parts
        .into_iter()
        .flatten()
        .filter(|p| !p.is_empty())
        .collect();
    shown::line(&parts.join(", ")).into_owned()
}

/// What the day of a kind of event is: the first one, the last one, or the one from which it is so.
pub fn day_is(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Hire | EventKind::Rehire => "first day",
        EventKind::Exit | EventKind::UrgentExit => "last day",
        _ => "from",
    }
}

/// The same where it stands alone: `the day of the transfer`.
pub fn the_day(kind: EventKind) -> String {
    match day_is(kind) {
        "from" => format!("the day of the {}", kind.words()),
        day => format!("the {day}"),
    }
}

/// The event of a case and its day.
pub fn event(case: &Case) -> String {
    let label = day_is(case.kind);
    let asks = !case.asks().is_empty();
    match case.effective {
        Some(date) if asks => format!("{}, for {}", case.words(), day(date)),
        Some(date) => format!("{}, {label} {}", case.kind.words(), day(date)),
        None => case.words().to_owned(),
    }
}

/// A day as people write it: `Mon 7 Dec 2026`.
pub fn day(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// The name that an address spells: `ada.king@acme.example` is Ada King. HR's record of somebody with this address is
/// not looked for.
pub fn name_of(address: &str) -> String {
    let local = address.split('@').next().unwrap_or_default();
    let words = local.split(['.', '_', '-']).filter(|word| !word.is_empty());
    let words = words.map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_event_has_a_day_that_can_be_named() {
        let days = EventKind::ALL.map(the_day);
        assert!(days.iter().all(|day| day.contains("day")), "{days:?}");
        assert_eq!(the_day(EventKind::Transfer), "the day of the transfer");
        assert_eq!(the_day(EventKind::Hire), "the first day");
    }

    #[test]
    fn an_address_spells_a_name() {
        for (address, name) in [
            ("ada.king@acme.example", "Ada King"),
            ("zoë_müller-łuk@acme.example", "Zoë Müller Łuk"),
            ("it@acme.example", "It"),
        ] {
            assert_eq!(name_of(address), name);
        }
    }
}
