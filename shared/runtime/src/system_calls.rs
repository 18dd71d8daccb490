//! Calls to a system go through its traffic: while it fails, asked for time or is full, the workflow waits instead of
//! calling.

use std::{
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::{Pauses, TaskRow};
use latchkey_lifecycle::{
    AT_ONCE, Admission, Answered, AuditBody, Caller, Case, EventKind, SystemId, What, how_long,
};
use latchkey_runbook::Runbook;
use latchkey_systems::Fault;
use serde_json::json;

use crate::{Failure, SystemDeps, TaskRequest};

/// The least that each pause of a task lasts while its system fails, in minutes. They are an hour together, few enough
/// that 200 tasks stay within an execution's 25,000 events, and a system that was down for ten minutes is left alone
/// for few more.
const LEAST: [i64; 9] = [0, 1, 2, 3, 4, 6, 10, 14, 20];
/// How long a task's step pauses altogether, before its owner hears of it.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// How long it may also when it is past due.
const OVERDUE: SignedDuration = SignedDuration::from_mins(5);
/// Who comes back after a pause comes within this time after it, or within a quarter of the pause, so that not all come
/// at once.
const SPREAD: SignedDuration = SignedDuration::from_secs(30);
/// How often a step stands in line for a system that is called by as many as may. Nearly always once: the line says
/// when its turn comes. Together they last longer than the place of a caller that was cut off is kept.
const TURNS: u32 = 9;
/// Whoever stands in line for longer looks this often whether there is a place already: turns that were given out while
/// a system took few calls are far ahead, and once it is well it is not left alone until they come.
const LOOKS: SignedDuration = SignedDuration::from_mins(2);
/// A pause in line that is longer than this is recorded: somebody may ask why it took so long.
const LONG: SignedDuration = SignedDuration::from_secs(60);

/// What came of a call.
pub enum Called<T> {
    /// The system was called.
    Now(Result<T, Fault>),
    /// The system is not to be called before this instant (UTC): the workflow waits, then runs the step again.
    Later(Timestamp),
    /// It was given the time that there was, and still does not answer: its owner is to hear of it.
    Over(Fault),
}

/// Calls a system, unless it is to be left in peace, or is full. An urgent exit always calls. After an hour, or at the
/// end of the task's window, waiting for a system that fails is over: it is called once more, whatever others heard
/// from it, when there is a place.
///
/// # Errors
/// The ledger's [`Failure`]; what the system said is in [`Called::Now`].
pub async fn call_system<T>(
    deps: &SystemDeps<'_>,
    request: &TaskRequest,
    case: &Case,
    row: &TaskRow,
    runbook: &Runbook,
    system: &SystemId,
    call: impl Future<Output = Result<T, Fault>>,
) -> Result<Called<T>, Failure> {
    let settings = runbook.system(system);
    let name = settings.map_or(system.as_str(), |s| &s.name);
    let at_once = settings.and_then(|s| s.at_once).unwrap_or(AT_ONCE);
    let urgent = case.kind == EventKind::UrgentExit;
    let by = &caller(request);
    let now = deps.clock.now();
    let caller = Caller {
        name: by,
        first: case.kind.goes_first(),
        turn: row.pauses.and_then(|pauses| pauses.turn),
        turns: row.pauses.map_or(0, |pauses| pauses.turns),
        waited: next_rest(row, now, now, by).is_none(),
    };
    let enter = |traffic: &mut latchkey_lifecycle::Traffic| match urgent {
        true => Admission::Go,
        false => traffic.enter(now, &caller, at_once),
    };
    match deps.ledger.change_traffic(system, enter).await? {
        Admission::Go => {}
        Admission::Rest { until, problem } => {
            let fault = fault(name, problem);
            return rest(deps, request, row, (name, fault), until).await;
        }
        Admission::Turn(turn) => return stand_in_line(deps, request, row, name, turn).await,
    }
    let outcome = call.await;
    let now = deps.clock.now();
    let answered = match &outcome {
        Err(Fault::Busy { retry_after, .. }) => Answered::No {
            asked: *retry_after,
            problem: None,
        },
        Err(Fault::Unreachable { problem, .. }) => Answered::No {
            asked: None,
            problem: Some(problem.clone()),
        },
        Err(Fault::Unauthorized { .. }) => Answered::Refused,
        _ => Answered::Yes,
    };
    let open = deps
        .ledger
        .change_traffic(system, |traffic| traffic.leave(now, by, at_once, &answered))
        .await?;
    match (outcome, open) {
        (Err(fault), Some(until)) if !urgent && answered != Answered::Refused => {
            rest(deps, request, row, (name, fault), until).await
        }
        (outcome, _) => Ok(Called::Now(outcome)),
    }
}

fn caller(request: &TaskRequest) -> String {
    format!("{}/{}", request.case_id, request.task_id)
}

/// What the system said to whoever called it last.
fn fault(name: &str, problem: Option<String>) -> Fault {
    let system = name.to_owned();
    match problem {
        Some(problem) => Fault::Unreachable { system, problem },
        None => Fault::Busy {
            system,
            retry_after: None,
        },
    }
}

/// Leaves a system in peace that fails, or asked for time, when the task has a pause left.
async fn rest<T>(
    deps: &SystemDeps<'_>,
    request: &TaskRequest,
    row: &TaskRow,
    (name, fault): (&str, Fault),
    until: Timestamp,
) -> Result<Called<T>, Failure> {
    let now = deps.clock.now();
    let Some((pauses, until)) = next_rest(row, now, until, &caller(request)) else {
        return Ok(Called::Over(fault));
    };
    let (reason, wait) = (fault.to_string(), how_long(until.duration_since(now)));
    let next = format!("The next try is in {wait}; until then this task leaves {name} in peace.");
    note(deps, request, pauses, until, |row| {
        // What is wrong is recorded once, not with every pause.
        let said = row.task.trouble.as_deref();
        let text = match said.is_some_and(|said| said.starts_with(&reason)) {
            true => next.clone(),
            false => format!("{reason} {next}"),
        };
        row.task.trouble = Some(format!("{reason} {next}"));
        Some(text)
    })
    .await?;
    Ok(Called::Later(until))
}

/// Waits for a turn at a system that is called by as many as may.
async fn stand_in_line<T>(
    deps: &SystemDeps<'_>,
    request: &TaskRequest,
    row: &TaskRow,
    name: &str,
    turn: Timestamp,
) -> Result<Called<T>, Failure> {
    let now = deps.clock.now();
    let until = turn.min(after(now, LOOKS));
    if row.pauses.is_some_and(|pauses| pauses.turn == Some(turn)) {
        return Ok(Called::Later(until));
    }
    let Some(pauses) = next_turn(row.pauses, row.task.window.due, now, turn) else {
        return Ok(Called::Over(fault(name, None)));
    };
    let wait = turn.duration_since(now);
    note(deps, request, pauses, until, |_| {
        (wait > LONG).then(|| {
            let wait = how_long(wait);
            format!("{name} is called by as many as may at once. The turn comes in {wait}.")
        })
    })
    .await?;
    Ok(Called::Later(until))
}

/// Notes a pause with the task. `change` gives what is recorded of it.
async fn note(
    deps: &SystemDeps<'_>,
    request: &TaskRequest,
    pauses: Pauses,
    until: Timestamp,
    change: impl Fn(&mut TaskRow) -> Option<String>,
) -> Result<(), Failure> {
    let now = deps.clock.now();
    tracing::info!(case = %request.case_id, task = %request.task_id, %until, "pauses");
    let noted = deps.ledger.change_task(
        &request.case_id,
        &request.task_id,
        request.revision,
        |row| {
            if row.task.state.is_ended() {
                return Ok::<_, Failure>(None);
            }
            row.pauses = Some(pauses);
            let recorded = change(row).map(|text| AuditBody {
                at: now,
                by: "workflow".into(),
                what: What::Paused,
                text,
                detail: json!({ "until": until }),
            });
            Ok(Some(recorded.into_iter().collect()))
        },
    );
    noted.await?;
    Ok(())
}

fn begun(pauses: Option<Pauses>, now: Timestamp) -> Pauses {
    pauses.unwrap_or(Pauses {
        count: 0,
        since: now,
        turns: 0,
        turn: None,
    })
}

/// The pauses of a task with one more because its system fails, and its end; `None` when none is left.
fn next_rest(
    row: &TaskRow,
    now: Timestamp,
    until: Timestamp,
    caller: &str,
) -> Option<(Pauses, Timestamp)> {
    one_more_rest(row.pauses, row.task.window.due, now, until, caller)
}

fn one_more_rest(
    pauses: Option<Pauses>,
    due: Timestamp,
    now: Timestamp,
    until: Timestamp,
    caller: &str,
) -> Option<(Pauses, Timestamp)> {
    let before = begun(pauses, now);
    let minutes = *LEAST.get(usize::try_from(before.count).ok()?)?;
    let least = after(now, SignedDuration::from_mins(minutes));
    let limit = after(before.since, LONGEST).min(due);
    let limit = limit.max(after(before.since, OVERDUE));
    if limit <= now {
        return None;
    }
    let until = until.max(least).min(limit);
    let within = (until.duration_since(now) / 4).max(SPREAD);
    let until = after(until, spread(within, caller, before.count));
    let pauses = Pauses {
        count: before.count + 1,
        // Who comes back has waited for longer than who comes for the first time.
        turn: Some(until),
        ..before
    };
    Some((pauses, until))
}

/// The pauses of a task with one more in line; `None` when it was its turn too often, or when it has stood there for
/// long enough and is past due: a line that moves is nobody's trouble before that, however long it is.
fn next_turn(
    pauses: Option<Pauses>,
    due: Timestamp,
    now: Timestamp,
    turn: Timestamp,
) -> Option<Pauses> {
    let before = begun(pauses, now);
    let limit = after(before.since, LONGEST).max(due);
    if before.turns >= TURNS || limit <= now {
        return None;
    }
    Some(Pauses {
        turns: before.turns + 1,
        turn: Some(turn),
        ..before
    })
}

fn after(from: Timestamp, wait: SignedDuration) -> Timestamp {
    from.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// Somewhere within a time, by a caller's name: the same each time.
fn spread(within: SignedDuration, caller: &str, count: u32) -> SignedDuration {
    let mut hasher = DefaultHasher::new();
    (caller, count).hash(&mut hasher);
    let within = u64::try_from(within.as_millis()).unwrap_or(1).max(1);
    SignedDuration::from_millis(i64::try_from(hasher.finish() % within).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap_or(Timestamp::MAX)
    }

    proptest! {
        /// Whatever a system asks for, a step pauses at most nine times because of it, each pause ends later than it
        /// began, and altogether they last no longer than an hour and a quarter, or five minutes more than its window.
        #[test]
        fn pauses_end(due in -4000i64..90_000, asked in prop::collection::vec(1i64..20_000, 12)) {
            let (due, mut now, mut pauses, mut count) = (at(due), at(0), None, 0);
            for asked in asked {
                let until = after(now, SignedDuration::from_secs(asked));
                let Some((next, end)) = one_more_rest(pauses, due, now, until, "case/task") else {
                    break;
                };
                prop_assert!(now < end);
                (pauses, now, count) = (Some(next), end, count + 1);
            }
            prop_assert!(count <= 9);
            let limit = due.min(at(3600)).max(at(300));
            prop_assert!(now <= limit.max(at(0)).saturating_add(SignedDuration::from_mins(15)).unwrap_or(limit));
        }

        /// However often there is no place when its turn comes, a step stands in line at most nine times, and whoever
        /// has waited long enough is told of.
        #[test]
        fn lines_end(due in -4000i64..90_000, each in prop::collection::vec(1i64..9_000_000, 12)) {
            let (due, mut now, mut pauses, mut count) = (at(due), at(0), None, 0);
            for millis in each {
                let turn = after(now, SignedDuration::from_millis(millis));
                let Some(next) = next_turn(pauses, due, now, turn) else {
                    break;
                };
                (pauses, now, count) = (Some(next), turn, count + 1);
            }
            prop_assert!(count <= 9);
            let limit = due.max(at(3600));
            prop_assert!(now <= after(limit, SignedDuration::from_mins(150)));
        }
    }
}
