//! What becomes of a case's tasks when it is planned anew. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{LeftOut, Revision, Task, TaskId, TaskState, Window, Work};

/// What becomes of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "fate")]
pub enum Fate {
    /// Done, and stays done.
    Done,
    /// Stays as it is.
    Stays,
    /// Has another window.
    Moves {
        /// Where it was.
        from: Window,
    },
    /// What was done or asked does not count any more.
    Anew {
        /// Why.
        why: &'static str,
    },
    /// Was not on the checklist.
    Appears,
    /// Is left out.
    Vanishes,
}

/// Every task of the old and the new checklist with what becomes of it, by window. `redone_from`: see [`crate::Case`].
pub fn fates(
    before: &[Task],
    planned: &[Task],
    redone_from: Option<Revision>,
) -> Vec<(Task, Fate)> {
    let mut was: BTreeMap<&TaskId, &Task> = before.iter().map(|task| (&task.id, task)).collect();
    let mut all: Vec<(Task, Fate)> = Vec::with_capacity(planned.len());
    for task in planned {
        let fate = match was.remove(&task.id) {
            None => Fate::Appears,
            Some(was) => match begins_anew(was, task, redone_from) {
                Some(why) => Fate::Anew { why },
                None if was.state.is_ended() => Fate::Done,
                None if was.window != task.window => Fate::Moves { from: was.window },
                None => Fate::Stays,
            },
        };
        all.push((task.clone(), fate));
    }
    for task in was.into_values() {
        let fate = if task.state == TaskState::Verified {
            Fate::Done
        } else {
            Fate::Vanishes
        };
        // What was left out before is no news.
        if task.state != TaskState::Waived {
            all.push((task.clone(), fate));
        }
    }
    all.sort_by(|(a, _), (b, _)| (a.window.opens, &a.id).cmp(&(b.window.opens, &b.id)));
    all
}

/// Why what was done of a task, or asked for, does not count for the new plan.
pub fn begins_anew(
    was: &Task,
    planned: &Task,
    redone_from: Option<Revision>,
) -> Option<&'static str> {
    let before = redone_from.is_some_and(|from| was.revision < from);
    let system = matches!(was.work, Work::System { .. });
    let other = match (&was.work, &planned.work) {
        (Work::System { goal: was, .. }, Work::System { goal, .. }) => was != goal,
        (Work::Person { .. }, Work::Person { .. }) => was.access != planned.access,
        _ => true,
    };
    let not_there = |task: &Task| task.left_out == Some(LeftOut::NotThere);
    match was.state {
        // What was done of it stays done.
        state if not_there(planned) => {
            (!state.is_ended()).then_some("Left out: what it needs is not there any more.")
        }
        TaskState::Waived if not_there(was) => {
            Some("On the checklist again: what it needs is there.")
        }
        TaskState::Planned | TaskState::Running => None,
        // Nobody waived it by name: an earlier plan had no use for it.
        TaskState::Waived if was.answer.is_none() => Some("On the checklist again."),
        TaskState::Waived => None,
        _ if before && system => {
            Some("To be done again: what was done of it does not count any more.")
        }
        _ if other => Some("To be done anew: what is asked for changed."),
        // Who was asked in other words is asked again.
        TaskState::Asked if was.work != planned.work => {
            Some("To be asked anew: the details changed.")
        }
        _ => None,
    }
}
