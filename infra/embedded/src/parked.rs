//! Until when a case lies still, by what the ledger has. Pure.
//!
//! A case whose execution is begun too early waits, and nothing is lost; one that is begun too late misses a deadline.
//! So whatever is not known for certain to be waiting goes on at once.

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::{Asking, TaskRow};
use latchkey_lifecycle::{Case, CaseState, TaskState};

/// The last checkpoint of a question waits so long (`functions/ask/src/prepare.rs`), and an execution is renewed at
/// this age.
const LONGEST: SignedDuration = SignedDuration::from_hours(300 * 24);
/// See `functions/ask/src/prepare.rs`: between due and the escalation of a question that came up on the way.
const LEAST: SignedDuration = SignedDuration::from_hours(1);
/// The most of it.
const MOST: SignedDuration = SignedDuration::from_hours(24);

/// Until when nothing happens in a case unless somebody answers: the first window that opens or checkpoint that comes.
/// `now` when something is to be done.
pub fn parked_until(case: &Case, rows: &[TaskRow], now: Timestamp) -> Timestamp {
    // A case opens with the last of its tasks, so the checklist of an open one is whole.
    let planned = matches!(case.state, CaseState::Open | CaseState::Held);
    if !planned || case.failed_at.is_some() {
        return now;
    }
    let open = rows.iter().filter(|row| !row.task.state.is_ended());
    let until = open.map(|row| match row.task.revision == case.revision {
        true => row_until(row, rows, now),
        // The plan of this revision has not come to it.
        false => now,
    });
    // With nothing open it is to be closed.
    let until = until.min().unwrap_or(now);
    until.clamp(now, after(now, LONGEST))
}

fn row_until(row: &TaskRow, rows: &[TaskRow], now: Timestamp) -> Timestamp {
    let task = &row.task;
    if task.window.opens > now {
        return task.window.opens;
    }
    let told = |name: &str| {
        let asking = row.asking.as_ref();
        asking.is_some_and(|asking| asking.sent.iter().any(|sent| sent == name))
    };
    match (task.state, &row.asking) {
        (TaskState::Asked | TaskState::Confirming, Some(asking)) if told("asked") => {
            asked_until(row, asking, now)
        }
        (TaskState::Declined, Some(asking)) if told("escalated") => asked_until(row, asking, now),
        (TaskState::Planned, _) if row.holding.is_some() && waits(row, rows) => {
            match row.told_late {
                true => after(task.window.due, LONGEST),
                false => task.window.due,
            }
        }
        _ => now,
    }
}

/// Whether one of the tasks that it needs has not ended.
fn waits(row: &TaskRow, rows: &[TaskRow]) -> bool {
    let needed = rows
        .iter()
        .filter(|other| row.task.needs.contains(&other.task.id));
    needed.into_iter().any(|other| !other.task.state.is_ended())
}

/// The next checkpoint of a question that stands.
fn asked_until(row: &TaskRow, asking: &Asking, now: Timestamp) -> Timestamp {
    if asking.answered || asking.token.is_none() {
        return now;
    }
    let (task, due) = (&row.task, asking.due);
    let with_the_task = due == task.window.due;
    let (remind, escalate) = if with_the_task {
        (task.checkpoints.remind, task.checkpoints.escalate)
    } else {
        let half = SignedDuration::from_secs(due.duration_since(asking.since).as_secs() / 2);
        let gap = task.checkpoints.escalate.duration_since(task.window.due);
        (
            after(asking.since, half),
            after(due, gap.clamp(LEAST, MOST)),
        )
    };
    let stages = [
        ("reminded", remind),
        ("missed", due),
        ("escalated", escalate.max(due)),
    ];
    let sent = |name: &str| asking.sent.iter().any(|sent| sent == name);
    // What was told last, or what would only have annoyed, is over.
    let over = stages.iter().rposition(|(name, _)| sent(name));
    let pointless = with_the_task && remind <= asking.since;
    let from = over.map_or(usize::from(pointless), |last| last + 1);
    let last = after(asking.told.unwrap_or(due), LONGEST);
    stages.get(from).map_or(last, |(_, at)| *at)
}

fn after(from: Timestamp, wait: SignedDuration) -> Timestamp {
    from.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
