//! Calls to a system go through its traffic: while it fails, asked for time or is full, the workflow waits instead of calling.

use std::{
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::{Pauses, TaskRow};
use latchkey_lifecycle::{
    Admission, Answered, AuditBody, Case, EventKind, SystemId, Traffic, how_long,
};
use latchkey_runbook::Runbook;
use latchkey_systems::Fault;
use serde_json::json;

use crate::{Failure, SystemDeps, TaskRequest};

/// The least that each pause of a task lasts, in minutes. Six are an hour together, and few enough that 200 tasks stay within an
/// execution's 25,000 events.
const LEAST: [i64; 6] = [0, 1, 4, 10, 20, 25];
/// How long a task's step pauses altogether, before its owner hears of it.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// How long it may also when it is past due.
const OVERDUE: SignedDuration = SignedDuration::from_mins(5);
/// Who comes back after a pause comes within this time after it, or within a quarter of the pause, so that not all come at once.
const SPREAD: SignedDuration = SignedDuration::from_secs(30);

/// What came of a call.
pub enum Called<T> {
    /// The system was called.
    Now(Result<T, Fault>),
    /// The system is not to be called before this instant (UTC): the workflow waits, then runs the step again.
    Later(Timestamp),
    /// It was given the time that there was, and still does not answer: its owner is to hear of it.
    Over(Fault),
}

/// Calls a system, unless it is to be left in peace, or is full. An urgent exit always calls. After an hour, or at the end of
/// the task's window, waiting is over: the system is called once more, whatever others heard from it.
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
    let at_once = settings.and_then(|s| s.at_once);
    let urgent = case.kind == EventKind::UrgentExit;
    let caller = caller(request);
    let now = deps.clock.now();
    let (admission, quiet) = deps
        .ledger
        .change_traffic(system, |traffic| {
            let admission = match urgent {
                true => Admission::Go,
                false => traffic.enter(now, &caller, at_once),
            };
            (admission, *traffic == Traffic::default())
        })
        .await?;
    match admission {
        Admission::Go => {}
        Admission::Rest { until, problem } => {
            let fault = fault(name, problem);
            if let Some(until) = pause(deps, request, row, (name, Some(&fault)), until).await? {
                return Ok(Called::Later(until));
            }
        }
        Admission::Turn(turn) => {
            if let Some(until) = pause(deps, request, row, (name, None), turn).await? {
                return Ok(Called::Later(until));
            }
        }
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
    // It was well, nobody counts who calls it, and it answered: nothing to read and nothing to write.
    if quiet && answered == Answered::Yes {
        return Ok(Called::Now(outcome));
    }
    let open = deps
        .ledger
        .change_traffic(system, |traffic| traffic.leave(now, &caller, &answered))
        .await?;
    match (outcome, open) {
        (Err(fault), Some(until)) if !urgent && answered != Answered::Refused => {
            let paused = pause(deps, request, row, (name, Some(&fault)), until).await?;
            Ok(paused.map_or(Called::Over(fault), Called::Later))
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

/// Notes a pause with the task, when it has one left.
async fn pause(
    deps: &SystemDeps<'_>,
    request: &TaskRequest,
    row: &TaskRow,
    (name, fault): (&str, Option<&Fault>),
    until: Timestamp,
) -> Result<Option<Timestamp>, Failure> {
    let now = deps.clock.now();
    let rests = fault.is_some();
    let Some((pauses, until)) = next_pause(
        row.pauses,
        row.task.window.due,
        now,
        until,
        rests,
        &caller(request),
    ) else {
        return Ok(None);
    };
    let wait = how_long(until.duration_since(now));
    let reason = fault.map_or_else(
        || format!("{name} is called by as many as may at once."),
        ToString::to_string,
    );
    let next = match rests {
        true => format!("The next try is in {wait}; until then this task leaves {name} in peace."),
        false => format!("The turn comes in {wait}."),
    };
    tracing::info!(case = %request.case_id, task = %request.task_id, %until, "pauses");
    deps.ledger
        .change_task(
            &request.case_id,
            &request.task_id,
            request.revision,
            |row| {
                if row.task.state.is_ended() {
                    return Ok::<_, Failure>(None);
                }
                row.pauses = Some(pauses);
                // What is wrong is recorded once, not with every pause.
                let said = row.task.trouble.as_deref();
                let text = match said.is_some_and(|said| said.starts_with(&reason)) {
                    true => next.clone(),
                    false => format!("{reason} {next}"),
                };
                if rests {
                    row.task.trouble = Some(format!("{reason} {next}"));
                }
                Ok(Some(vec![AuditBody {
                    at: now,
                    by: "workflow".into(),
                    what: "paused".into(),
                    text,
                    detail: json!({ "until": until }),
                }]))
            },
        )
        .await?;
    Ok(Some(until))
}

/// The pauses of a task with one more, and its end; `None` when none is left.
fn next_pause(
    before: Option<Pauses>,
    due: Timestamp,
    now: Timestamp,
    until: Timestamp,
    rests: bool,
    caller: &str,
) -> Option<(Pauses, Timestamp)> {
    let before = before.unwrap_or(Pauses {
        count: 0,
        since: now,
    });
    let minutes = *LEAST.get(usize::try_from(before.count).ok()?)?;
    let least = if rests {
        after(now, SignedDuration::from_mins(minutes))
    } else {
        now
    };
    let limit = after(before.since, LONGEST).min(due);
    let limit = limit.max(after(before.since, OVERDUE));
    if limit <= now {
        return None;
    }
    let pauses = Pauses {
        count: before.count + 1,
        since: before.since,
    };
    let until = until.max(least).min(limit);
    let spread = if rests {
        let within = (until.duration_since(now) / 4).max(SPREAD);
        spread(within, caller, before.count)
    } else {
        SignedDuration::ZERO
    };
    Some((pauses, after(until, spread)))
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
        /// Whatever a system asks for, a step pauses at most six times, each pause ends later than it began, and altogether they
        /// last no longer than an hour and a quarter, or five minutes more than its window.
        #[test]
        fn pauses_end(due in -4000i64..90_000, asked in prop::collection::vec(1i64..20_000, 10), rests: bool) {
            let (due, mut now, mut pauses, mut count) = (at(due), at(0), None, 0);
            for asked in asked {
                let until = after(now, SignedDuration::from_secs(asked));
                let Some((next, end)) = next_pause(pauses, due, now, until, rests, "case/task") else {
                    break;
                };
                prop_assert!(now < end);
                (pauses, now, count) = (Some(next), end, count + 1);
            }
            prop_assert!(count <= 6);
            let limit = due.min(at(3600)).max(at(300));
            prop_assert!(now <= limit.max(at(0)) .saturating_add(SignedDuration::from_mins(15)).unwrap_or(limit));
        }
    }
}
