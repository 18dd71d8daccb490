//! What tasks need of each other: an order, or a gate.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use latchkey_lifecycle::{LeftOut, Task, TaskState};

use crate::{plan::Draft, without::BY_RUNBOOK};

/// The tasks that came of each line, as a whole and in each system.
pub(crate) struct Made<'d> {
    of: BTreeMap<String, Vec<&'d str>>,
    all: BTreeSet<&'d str>,
}

impl<'d> Made<'d> {
    pub(crate) fn of(drafts: &'d [Draft<'_>]) -> Made<'d> {
        let mut of: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for draft in drafts {
            // Nobody waits for what was never to be given, nor for an approval: what needs it waits for it itself.
            if draft.piece.approval || draft.piece.left_out.is_some() {
                continue;
            }
            let line = &draft.line.id;
            of.entry(line.clone()).or_default().push(&draft.id);
            if let Some(system) = &draft.system {
                let here = of.entry(format!("{line}.{system}")).or_default();
                here.push(&draft.id);
            }
        }
        let all = drafts.iter().map(|draft| draft.id.as_str()).collect();
        Made { of, all }
    }

    fn of_line(&self, need: &str) -> &[&'d str] {
        self.of.get(need).map_or(&[], Vec::as_slice)
    }
}

/// What a task needs, and which of it has to be verified.
pub(crate) fn needs<'d>(
    draft: &'d Draft<'_>,
    made: &Made<'d>,
) -> (Vec<&'d str>, BTreeSet<&'d str>) {
    let (mut needs, mut gates): (Vec<&str>, BTreeSet<&str>) = Default::default();
    for need in &draft.line.needs {
        // An approval waits for nothing that only comes first: whoever decides should have the time.
        if need.verified || !draft.piece.approval {
            needs.extend(made.of_line(&need.of));
        }
        if need.verified {
            gates.extend(made.of_line(&need.of));
        }
    }
    let known = |id: &&str| made.all.contains(id);
    needs.extend(draft.piece.needs.iter().map(String::as_str).filter(known));
    let own: Vec<&str> = draft
        .piece
        .gates
        .iter()
        .map(String::as_str)
        .filter(known)
        .collect();
    needs.extend(&own);
    gates.extend(own);
    let mut seen = BTreeSet::from([draft.id.as_str()]);
    needs.retain(|need| seen.insert(*need));
    gates.remove(draft.id.as_str());
    (needs, gates)
}

/// Why a task is left out whose line needs something verified that is not on the checklist.
pub(crate) fn not_there(draft: &Draft<'_>, made: &Made<'_>) -> Option<(String, String)> {
    let gates = draft.line.needs.iter().filter(|need| need.verified);
    let lacks = gates
        .map(|need| &need.of)
        .find(|of| made.of_line(of).is_empty())?;
    let reason = format!("it needs “{lacks}”, which is not on this checklist");
    Some((BY_RUNBOOK.to_owned(), reason))
}

/// What is behind something that the plan leaves out is left out with it.
pub(crate) fn leave_out_behind(tasks: &mut [Task], now: Timestamp) {
    loop {
        let out: Vec<Task> = tasks
            .iter()
            .filter(|task| task.state == TaskState::Waived)
            .cloned()
            .collect();
        let mut more = false;
        for task in tasks.iter_mut().filter(|task| !task.state.is_ended()) {
            let gate = out.iter().find(|gate| task.is_behind(gate));
            if let Some(omission) = gate.and_then(Task::omission) {
                task.leave_out(&omission, now);
                task.left_out = Some(LeftOut::NotThere);
                more = true;
            }
        }
        if !more {
            return;
        }
    }
}
