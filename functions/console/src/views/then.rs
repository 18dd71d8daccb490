//! What follows when a task is declined, left out or not answered, or when its day moves: by the plan of its case, said
//! before anybody presses a button.

use jiff::{Timestamp, ToSpan};
use latchkey_checklist::{Past, checklist};
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Case, EventKind, Step, Task, Window, Work, left_out_with};
use latchkey_questions::facts::{team_name, the_day};
use latchkey_runbook::Runbook;

/// What follows when a task is not done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Follows {
    /// Who decides about what its team declines, or does not do.
    pub(crate) decides: String,
    /// Open tasks that wait until it is decided, each with whose it is.
    pub(crate) waits: Vec<String>,
    /// Open tasks that are left out with it.
    pub(crate) falls: Vec<String>,
    /// Open tasks that waited for it, and begin without it.
    pub(crate) goes_on: Vec<String>,
    /// Who reads of it when the case is closed.
    pub(crate) told: String,
}

impl Follows {
    /// Of a task whose question of a step is open, or will be. `tasks`: those of its case.
    pub(crate) fn of(
        runbook: &Runbook,
        case: &Case,
        row: &TaskRow,
        step: Step,
        tasks: &[Task],
    ) -> Follows {
        let task = &row.task;
        let whose = |task: &Task| {
            let who = match task.work {
                Work::System { .. } => "Latchkey".to_owned(),
                Work::Person { .. } => team_name(runbook, &task.owner),
            };
            format!("{} ({who})", task.title)
        };
        let falls = left_out_with(tasks, &task.id);
        let open = |other: &&Task| !other.state.is_ended() && other.needs.contains(&task.id);
        let behind: Vec<&Task> = tasks.iter().filter(open).collect();
        let stays = |other: &&&Task| falls.iter().all(|gone| gone.id != other.id);
        Follows {
            decides: decides(runbook, row, step),
            waits: behind.iter().map(|other| whose(other)).collect(),
            goes_on: behind.iter().filter(stays).map(|o| whose(o)).collect(),
            falls: falls.into_iter().map(whose).collect(),
            told: told(runbook, case),
        }
    }
}

/// Who decides about what a team declines, or does not do.
pub(crate) fn decides(runbook: &Runbook, row: &TaskRow, step: Step) -> String {
    let contact = runbook.escalation(row.asked_team(step));
    match &contact.team {
        Some(team) => format!("{} ({})", team_name(runbook, team), contact.email),
        None => contact.email.clone(),
    }
}

/// Whom the closing summary goes to.
fn told(runbook: &Runbook, case: &Case) -> String {
    let hr = team_name(runbook, runbook.hr_team());
    let manager = case.person.as_ref().and_then(|p| p.manager_email.as_ref());
    match manager {
        Some(manager) => format!("{hr} and {manager}"),
        None => hr,
    }
}

/// Where a task's window goes when HR moves the day of its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// What the day is: `the first day`.
    pub(crate) day: String,
    /// The window when the day is a week later.
    pub(crate) a_week_later: Window,
    /// Whether it is the same as now.
    pub(crate) stays: bool,
}

/// Where an open task's window goes when HR moves the day of its case; `None` where there is no such day.
pub(crate) fn moved(runbook: &Runbook, case: &Case, task: &Task, now: Timestamp) -> Option<Moved> {
    if task.state.is_ended() || case.kind == EventKind::UrgentExit {
        return None;
    }
    let later = case.effective?.checked_add(7.days()).ok()?;
    let then = Case {
        effective: Some(later),
        ..case.clone()
    };
    let planned = checklist(runbook, &then, &Past::default(), now).ok()?;
    let moved = planned.into_iter().find(|one| one.id == task.id)?;
    Some(Moved {
        day: the_day(case.kind),
        a_week_later: moved.window,
        stays: moved.window == task.window,
    })
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::{CaseId, EmployeeId, RunbookVersion, TaskId};
    use latchkey_runbook::Source;
    use serde_json::json;

    use super::*;

    const YAML: &str = r#"
company: Small
time_zone: Europe/Berlin
hr: it
operations: it
teams:
  it: {email: it@small.example, escalation: boss@small.example}
systems:
  desk: {kind: person, owner: it}
roles:
  everyone: {gets: {desk: [chair]}}
hire:
  laptop: {owner: it, instructions: Prepare it., opens: 5 working days before start, due: start}
  tour: {owner: it, instructions: Show around., needs: [laptop], opens: start, due: start}
  sign: {owner: it, instructions: Sign for it., needs: {laptop: verified}, opens: start, due: start}
  badge: {owner: it, instructions: Print it., opens: now, due: within 2 days}
transfer:
  new: {grant: all, opens: transfer, due: 1 day after transfer}
  old: {revoke: all, opens: 5 days after transfer, due: 6 days after transfer}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
"#;

    fn hire() -> (Runbook, Case, Vec<Task>) {
        let source = Source::from_files([("runbook.yaml".to_owned(), YAML.to_owned())].into());
        let checked = Runbook::check(&source);
        let runbook = checked
            .runbook
            .unwrap_or_else(|| panic!("{:#?}", checked.problems));
        let who = EmployeeId::new("1042").unwrap();
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let day = "2027-02-01".parse().unwrap();
        let id = CaseId::of(EventKind::Hire, &who, Some(day));
        let version = RunbookVersion::new("v").unwrap();
        let mut case = Case::received(id, EventKind::Hire, who, version, now, now);
        case.effective = Some(day);
        case.person = serde_json::from_value(json!({
            "employeeId": "1042", "givenName": "Zoë", "familyName": "Müller", "department": "Sales", "title": "AE",
            "country": "DE", "employmentType": "employee", "startDate": "2027-02-01",
            "managerEmail": "boss@small.example",
        }))
        .unwrap();
        let tasks = checklist(&runbook, &case, &Past::default(), now).unwrap();
        (runbook, case, tasks)
    }

    fn task(tasks: &[Task], id: &str) -> Task {
        let id = TaskId::new(id).unwrap();
        tasks.iter().find(|task| task.id == id).unwrap().clone()
    }

    #[test]
    fn what_needs_it_verified_falls_and_what_only_comes_after_it_goes_on() {
        let (runbook, case, tasks) = hire();
        let row = TaskRow::from(task(&tasks, "laptop"));
        let follows = Follows::of(&runbook, &case, &row, Step::Do, &tasks);
        assert_eq!(follows.decides, "boss@small.example");
        assert_eq!(follows.waits.len(), 2, "{follows:?}");
        assert_eq!(
            (follows.falls.len(), follows.goes_on.len()),
            (1, 1),
            "{follows:?}"
        );
        assert!(
            follows.told.ends_with("and boss@small.example"),
            "{follows:?}"
        );
    }

    #[test]
    fn a_window_moves_with_the_day_unless_it_counts_from_the_word_of_hr() {
        let (runbook, case, tasks) = hire();
        let laptop = task(&tasks, "laptop");
        let moves = moved(&runbook, &case, &laptop, case.opened_at).unwrap();
        let by = moves.a_week_later.due.duration_since(laptop.window.due);
        assert_eq!((moves.stays, by.as_hours()), (false, 7 * 24));
        let badge = task(&tasks, "badge");
        assert!(
            moved(&runbook, &case, &badge, case.opened_at)
                .unwrap()
                .stays
        );
    }
}
