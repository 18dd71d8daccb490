//! Opens a question, and works out the seconds between its checkpoints: Step Functions counts a timeout
//! from the moment a state is entered, so each is a difference.

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::{Asking, Row, TaskRow};
use latchkey_lifecycle::{Case, Step, Task, TaskState};
use latchkey_questions::Deps;
use latchkey_runtime::{Failure, whole_seconds};

use crate::{Response, refused};

/// See `plan`: an execution stays within its year.
const PATIENCE_SECONDS: i64 = 300 * 24 * 60 * 60;

/// The least time that somebody has who is asked to mend or confirm after the task was due.
const LEAST: SignedDuration = SignedDuration::from_hours(1);
/// The most.
const MOST: SignedDuration = SignedDuration::from_hours(24);

pub(crate) async fn prepare(
    deps: &Deps<'_>,
    case: &Case,
    row: Row<TaskRow>,
    step: Step,
    problem: &str,
    entered: Option<Timestamp>,
) -> Result<Response, Failure> {
    let now = deps.clock.now();
    let row = deps
        .ledger
        .change_task_read(row, |row| {
            if row.task.state.is_ended() || comes_late(row, entered) {
                return Ok::<_, Failure>(None);
            }
            if stands(row, step) {
                return Ok(put_off(row, now).then(Vec::new));
            }
            let serial = row.asking.as_ref().map_or(0, |a| a.serial) + 1;
            row.asking = Some(Asking {
                step,
                serial,
                since: now,
                due: due(&row.task, step, now),
                sent: Vec::new(),
                told: None,
                put_off: None,
                answered: false,
                token: None,
                opened: entered,
                turn: None,
            });
            if step == Step::Mend {
                row.mends += 1;
            }
            if step == Step::Mend && row.task.trouble.is_none() {
                row.task.trouble = Some(plain(problem));
            }
            row.task.open_for(step);
            Ok(Some(Vec::new()))
        })
        .await?
        .item;
    if problem == "Unauthorized" {
        refused::tell(deps, case, &row.task).await?;
    }
    let due = row.asking.as_ref().map_or(row.task.window.due, |a| a.due);
    Ok(checkpoints(&row.task, due, now))
}

/// Whether the question is open already: this step ran twice, or the case was planned anew while it stood
/// (nobody is asked twice for that). A question whose token was used is over; another one follows.
fn stands(row: &TaskRow, step: Step) -> bool {
    let Some(asking) = row.asking.as_ref().filter(|a| a.token.is_none()) else {
        return false;
    };
    // Closed by a plan that asks for something else.
    if asking.answered && row.task.state == TaskState::Planned {
        return false;
    }
    asking.step == step || done_and_confirming(row, step)
}

/// Whether the call is a late copy of the one that opened the question, or of an earlier one. A question that follows
/// is opened by a state that is entered after this one was answered.
fn comes_late(row: &TaskRow, entered: Option<Timestamp>) -> bool {
    let opened = row.asking.as_ref().and_then(|asking| asking.opened);
    entered.is_some() && entered <= opened
}

/// Planned anew while the second team was asked: the owner's part is done already.
pub(crate) fn done_and_confirming(row: &TaskRow, step: Step) -> bool {
    let confirming = matches!(row.task.state, TaskState::Confirming | TaskState::Answered);
    let asked = row.asking.as_ref().is_some_and(|a| a.step == Step::Confirm);
    step == Step::Do && confirming && asked
}

/// A question that was moved to a day that is over, and that nobody has been asked yet, gets a fair while, too.
fn put_off(row: &mut TaskRow, now: Timestamp) -> bool {
    let task = &row.task;
    match &mut row.asking {
        Some(asking) if asking.sent.is_empty() && !asking.answered && asking.due <= now => {
            asking.due = due(task, asking.step, now);
            true
        }
        _ => false,
    }
}

/// When the answer is due: with the task, or, when that is past already or the question came up on the way, after a
/// time like the task's own window. Whoever is asked late from the start is told so once, and not missed in the same
/// minute.
fn due(task: &Task, step: Step, now: Timestamp) -> Timestamp {
    let window = task.window.due.duration_since(task.window.opens);
    let fair = window.clamp(LEAST, MOST);
    let least = match step {
        Step::Do => SignedDuration::ZERO,
        Step::Confirm | Step::Mend => LEAST,
    };
    match now.saturating_add(least) {
        Ok(soon) if soon < task.window.due => task.window.due,
        _ => now.saturating_add(fair).unwrap_or(Timestamp::MAX),
    }
}

fn checkpoints(task: &Task, due: Timestamp, now: Timestamp) -> Response {
    let (remind, escalate) = if due == task.window.due {
        (task.checkpoints.remind, task.checkpoints.escalate)
    } else {
        let half = SignedDuration::from_secs(due.duration_since(now).as_secs() / 2);
        let gap = task.checkpoints.escalate.duration_since(task.window.due);
        let add = |t: Timestamp, d| t.saturating_add(d).unwrap_or(Timestamp::MAX);
        (add(now, half), add(due, gap.clamp(LEAST, MOST)))
    };
    let remind = remind.max(now);
    let due = due.max(remind);
    let escalate = escalate.max(due);
    // Never before its instant: who is told that something was missed can rely on it.
    let seconds = |from: Timestamp, to: Timestamp| whole_seconds(to.duration_since(from)).max(1);
    Response {
        until_reminder: seconds(now, remind),
        until_due: seconds(remind, due),
        until_escalation: seconds(due, escalate),
        patience: PATIENCE_SECONDS,
    }
}

/// What an error's name means, for an owner, when no system left its own words.
fn plain(problem: &str) -> String {
    match problem {
        "" => "It did not come out as it should.".to_owned(),
        "States.Timeout" | "Sandbox.Timedout" => {
            "The system did not answer within the time that a step may take.".to_owned()
        }
        "Busy" => "The system kept asking to come back later.".to_owned(),
        "Unreachable" => "The system did not answer.".to_owned(),
        "Rejected" => "The system refused.".to_owned(),
        "Unauthorized" => "The system did not accept our credentials.".to_owned(),
        "Conflict" => "The system has accounts that do not fit this person.".to_owned(),
        "Down" => "The system did not answer for a long time.".to_owned(),
        "NotYet" => "The system still does not show it.".to_owned(),
        other => format!("A step failed with the error {other}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_lifecycle::{
        CaseId, Checkpoints, Revision, TaskId, TeamId, Verification, Window, Work,
    };

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}Z").parse().unwrap()
    }

    fn task() -> Task {
        Task {
            id: TaskId::new("laptop").unwrap(),
            case_id: CaseId::new("hire-1-0").unwrap(),
            revision: Revision::FIRST,
            title: String::new(),
            why: None,
            owner: TeamId::new("it").unwrap(),
            work: Work::Person {
                instructions: String::new(),
                checklist: vec![],
                fields: vec![],
            },
            window: Window {
                opens: at("23T08:00:00"),
                due: at("27T16:00:00"),
            },
            checkpoints: Checkpoints {
                remind: at("26T08:00:00"),
                escalate: at("30T08:00:00"),
            },
            needs: vec![],
            gates: Default::default(),
            needed_by: vec![],
            verification: Verification::Attested,
            approval: false,
            access: Default::default(),
            gives_in: None,
            state: TaskState::Planned,
            ended_at: None,
            answer: None,
            left_out: None,
            trouble: None,
        }
    }

    #[test]
    fn the_checkpoints_fall_on_their_instants_however_late_the_question() {
        let task = task();
        for now in ["23T08:00:00", "25T13:37:11", "26T09:00:00", "28T00:00:00"].map(at) {
            let c = checkpoints(&task, task.window.due, now);
            let after = |s| now.checked_add(SignedDuration::from_secs(s)).unwrap();
            let reminded = after(c.until_reminder);
            let missed = after(c.until_reminder + c.until_due);
            let escalated = after(c.until_reminder + c.until_due + c.until_escalation);
            let within = |t: Timestamp, want: Timestamp| {
                (0..=3).contains(&t.duration_since(want.max(now)).as_secs())
            };
            assert!(
                within(reminded, task.checkpoints.remind),
                "{now}: {reminded}"
            );
            assert!(within(missed, task.window.due), "{now}: {missed}");
            assert!(
                within(escalated, task.checkpoints.escalate),
                "{now}: {escalated}"
            );
        }
    }

    #[test]
    fn nobody_is_told_of_a_missed_task_a_moment_before_it_is() {
        let task = task();
        let now = at("23T08:00:00.155738465");
        let c = checkpoints(&task, task.window.due, now);
        let missed = c.until_reminder + c.until_due;
        assert!(now + SignedDuration::from_secs(missed) >= task.window.due);
    }

    #[test]
    fn whoever_mends_after_the_due_instant_still_gets_a_fair_while() {
        let task = task();
        let now = at("28T00:00:00");
        assert_eq!(due(&task, Step::Mend, now), at("29T00:00:00"));
        let c = checkpoints(&task, due(&task, Step::Mend, now), now);
        assert_eq!((c.until_reminder, c.until_due), (12 * 3600, 12 * 3600));
    }

    #[test]
    fn whoever_is_asked_late_from_the_start_gets_a_fair_while_too() {
        let now = at("28T00:00:00");
        let late = due(&task(), Step::Do, now);
        assert_eq!(late, at("29T00:00:00"));
        assert_eq!(due(&task(), Step::Do, at("27T15:59:00")), task().window.due);
        let c = checkpoints(&task(), late, now);
        assert!(c.until_reminder + c.until_due >= 24 * 3600, "{c:?}");
    }

    #[test]
    fn whoever_mends_in_time_has_until_the_task_is_due() {
        assert_eq!(
            due(&task(), Step::Mend, at("23T09:00:00")),
            task().window.due
        );
    }
}
