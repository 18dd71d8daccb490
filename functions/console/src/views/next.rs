//! What of a case needs somebody, or comes next.

use jiff::Timestamp;
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Case, CaseState, Step, Task, Work};
use latchkey_questions::facts::team_name;
use latchkey_runbook::Runbook;

use crate::views::state::{State, Tone};

/// What comes next of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Next {
    /// What it is: a task, or what the whole case waits for.
    pub(crate) what: String,
    /// Who has it.
    pub(crate) who: String,
    /// By when, or from when on (UTC).
    pub(crate) when: Option<When>,
}

/// An instant of a task that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Opens(Timestamp),
    Due(Timestamp),
}

impl Next {
    /// What needs somebody first: what is late or in trouble, then what is asked, then what opens.
    pub(crate) fn of(
        runbook: &Runbook,
        case: &Case,
        rows: &[TaskRow],
        now: Timestamp,
    ) -> Option<Next> {
        if case.state.is_ended() {
            return None;
        }
        if case.failed_at.is_some() {
            let operations = team_name(runbook, runbook.operations_team());
            return Some(Next::whole(
                "It stands still: have it tried again",
                operations,
            ));
        }
        let open = rows.iter().filter(|row| !row.task.state.is_ended());
        let mut open: Vec<(&TaskRow, State)> =
            open.map(|row| (row, State::of_task(row, now))).collect();
        open.sort_by_key(|(row, state)| (rank(*state), instant(row, *state), &row.task.id));
        let Some((row, state)) = open.first() else {
            return Some(waits(runbook, case));
        };
        Some(Next {
            what: row.task.title.clone(),
            who: who(runbook, row, *state),
            when: Some(match state.word {
                "not open yet" => When::Opens(row.task.window.opens),
                _ => When::Due(due(row)),
            }),
        })
    }

    fn whole(what: &str, who: String) -> Next {
        Next {
            what: what.to_owned(),
            who,
            when: None,
        }
    }
}

/// What a case without an open task waits for.
fn waits(runbook: &Runbook, case: &Case) -> Next {
    let team = |team| team_name(runbook, team);
    match case.state {
        CaseState::Held => {
            let confirms = runbook.security_team().unwrap_or(runbook.operations_team());
            Next::whole("The brake holds it until somebody confirms", team(confirms))
        }
        CaseState::Incomplete => Next::whole("Complete the record", team(runbook.hr_team())),
        CaseState::Received => Next::whole("The checklist is being made", "Latchkey".to_owned()),
        _ => Next::whole("Nothing is left: it is being closed", "Latchkey".to_owned()),
    }
}

fn rank(state: State) -> u8 {
    match (state.tone, state.word) {
        (Tone::Bad, _) => 0,
        (Tone::Warn, _) => 1,
        (Tone::Plain, _) => 2,
        (_, "waits") => 3,
        _ => 4,
    }
}

fn instant(row: &TaskRow, state: State) -> Timestamp {
    match state.word {
        "not open yet" => row.task.window.opens,
        _ => due(row),
    }
}

/// When the answer of a task's open question is due, or the task.
pub(crate) fn due(row: &TaskRow) -> Timestamp {
    let asking = row.asking.as_ref().filter(|asking| !asking.answered);
    asking.map_or(row.task.window.due, |asking| asking.due)
}

/// Why nobody has been asked about a task whose window is open. `waits`: the open tasks that it needs.
pub(crate) fn not_asked(runbook: &Runbook, case: &Case, waits: &[&Task]) -> String {
    let operations = team_name(runbook, runbook.operations_team());
    let titles: Vec<&str> = waits.iter().map(|task| task.title.as_str()).collect();
    match titles.as_slice() {
        _ if case.failed_at.is_some() => format!(
            "Nobody is asked as long as the case stands still: {operations} can have it tried again."
        ),
        _ if case.state == CaseState::Held => {
            "Nobody is asked as long as the case is held.".to_owned()
        }
        [] => "Nobody has been asked yet.".to_owned(),
        waits => format!(
            "Nobody has been asked yet: it waits for {}.",
            waits.join(", ")
        ),
    }
}

/// Who has a task: the escalation contact of its team once it was escalated or declined, Latchkey, or the team.
pub(crate) fn who(runbook: &Runbook, row: &TaskRow, state: State) -> String {
    let asking = row.asking.as_ref().filter(|asking| !asking.answered);
    let step = asking.map_or(Step::Do, |asking| asking.step);
    let team = row.asked_team(step);
    match (state.word, &row.task.work) {
        ("declined" | "escalated", _) => format!("{} decides", runbook.escalation(team).email),
        (_, Work::System { .. }) if asking.is_none() => "Latchkey".to_owned(),
        _ => team_name(runbook, team),
    }
}
