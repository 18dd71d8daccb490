//! What needs something that was left out is left out, too (promise 12). Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Answer, Entitlement, SystemId, Task, TaskId, TaskState};

/// Why a task was left out about which nobody said a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum LeftOut {
    /// A task that it needs was left out.
    #[serde(rename_all = "camelCase")]
    With {
        /// Which: the one that somebody decided about.
        task: TaskId,
    },
    /// What it needs is not there: the plan says so.
    NotThere,
}

/// What was left out, by whom and why; what is behind it is left out by the same word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// Who said it.
    pub by: String,
    /// What was left out, and why.
    pub reason: String,
    /// The task that it was said about.
    pub about: TaskId,
}

impl Task {
    /// Whether it is done only when that one was verified. An approval is such a gate for all that need it.
    pub fn is_behind(&self, gate: &Task) -> bool {
        self.gates.contains(&gate.id) || (gate.approval && self.needs.contains(&gate.id))
    }

    /// What was said no to in an approval that was given for the rest, each with the word by which it is left out.
    pub fn refused(&self) -> BTreeMap<Entitlement, Omission> {
        let Some(Answer::Done(evidence)) = self.answer.as_ref().filter(|_| self.approval) else {
            return BTreeMap::new();
        };
        let omission = |(entitlement, why): (&Entitlement, &String)| {
            let omission = Omission {
                by: evidence.by.clone(),
                reason: format!("“{}” was not approved: {why}", entitlement.called()),
                about: self.id.clone(),
            };
            (entitlement.clone(), omission)
        };
        evidence.refused.iter().map(omission).collect()
    }

    /// Whether it is still to give something that this approval, before it, said no to: the plan is of before that was
    /// said, and nothing of the task may be done by it.
    pub fn gives_what_was_refused(&self, approval: &Task) -> bool {
        let refused = || approval.refused().into_keys();
        self.is_behind(approval) && refused().any(|entitlement| self.access.contains(&entitlement))
    }

    /// The word by which what is behind this one is left out; none while it is open or when it was verified.
    pub fn omission(&self) -> Option<Omission> {
        if self.state != TaskState::Waived {
            return None;
        }
        let (by, reason) = match &self.answer {
            Some(Answer::Waived { by, reason } | Answer::Declined { by, reason }) => {
                (by.clone(), reason.clone())
            }
            _ => (
                "Latchkey".to_owned(),
                "it is not wanted any more".to_owned(),
            ),
        };
        Some(match &self.left_out {
            Some(LeftOut::With { task }) => Omission {
                by,
                reason,
                about: task.clone(),
            },
            _ => {
                let was = match self.approval {
                    true => "not approved",
                    false => "left out",
                };
                Omission {
                    by,
                    reason: format!("“{}” was {was}: {reason}", self.title),
                    about: self.id.clone(),
                }
            }
        })
    }
}

/// The open tasks that would be left out with this one: those behind it, those behind them, and so on.
pub fn left_out_with<'t>(tasks: &'t [Task], id: &TaskId) -> Vec<&'t Task> {
    let mut gone: BTreeSet<&TaskId> = BTreeSet::new();
    let mut queue: Vec<&Task> = tasks.iter().filter(|task| task.id == *id).collect();
    while let Some(gate) = queue.pop() {
        let behind = tasks
            .iter()
            .filter(|task| task.is_behind(gate) && !task.state.is_ended());
        for task in behind {
            if gone.insert(&task.id) {
                queue.push(task);
            }
        }
    }
    tasks
        .iter()
        .filter(|task| gone.contains(&task.id))
        .collect()
}

/// What became of an entitlement in the person's earlier cases, where it was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withheld {
    /// Somebody declined it or left it out.
    LeftOut(Omission),
    /// It is still to be decided.
    Open,
}

/// What was not given of what earlier cases were to give. `cases`: the tasks of each, the earliest decision first.
pub fn withheld<'t>(
    cases: impl IntoIterator<Item = &'t [Task]>,
) -> BTreeMap<(SystemId, Entitlement), Withheld> {
    let mut all = BTreeMap::new();
    for task in cases.into_iter().flatten() {
        let Some(system) = &task.gives_in else {
            continue;
        };
        for entitlement in &task.access {
            let thing = (system.clone(), entitlement.clone());
            match (task.omission(), task.state) {
                // What a later plan or case had no use for was decided by nobody.
                (Some(_), _) if task.answer.is_none() => {}
                (Some(omission), _) => drop(all.insert(thing, Withheld::LeftOut(omission))),
                (None, TaskState::Verified) => drop(all.remove(&thing)),
                (None, _) => drop(all.insert(thing, Withheld::Open)),
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn task(id: &str, needs: &[&str], gates: &[&str], state: &str) -> Task {
        serde_json::from_value(json!({
            "id": id, "caseId": "hire-1-0", "revision": 1, "title": id.to_uppercase(), "owner": "it",
            "work": {"by": "person", "instructions": ""}, "needs": needs, "gates": gates,
            "window": {"opens": "2026-11-23T08:00:00Z", "due": "2026-11-23T09:00:00Z"},
            "checkpoints": {"remind": "2026-11-23T08:30:00Z", "escalate": "2026-11-23T10:00:00Z"},
            "verification": {"how": "attested"}, "state": state,
        }))
        .unwrap()
    }

    fn ids<'t>(tasks: &[&'t Task]) -> Vec<&'t str> {
        tasks.iter().map(|task| task.id.as_str()).collect()
    }

    #[test]
    fn what_is_behind_what_is_left_out_goes_with_it_and_what_only_comes_after_it_stays() {
        let tasks = [
            task("a", &[], &[], "planned"),
            task("b", &["a"], &["a"], "planned"),
            task("c", &["b"], &["b"], "planned"),
            task("d", &["a", "c"], &[], "planned"),
            task("e", &["a"], &["a"], "verified"),
        ];
        assert_eq!(ids(&left_out_with(&tasks, &tasks[0].id)), ["b", "c"]);
        assert!(left_out_with(&tasks, &tasks[3].id).is_empty());
    }

    #[test]
    fn an_approval_is_a_gate_also_in_plans_of_before_there_were_gates() {
        let mut tasks = [
            task("ask", &[], &[], "planned"),
            task("give", &["ask"], &[], "planned"),
        ];
        assert!(left_out_with(&tasks, &tasks[0].id).is_empty());
        tasks[0].approval = true;
        assert_eq!(ids(&left_out_with(&tasks, &tasks[0].id)), ["give"]);
    }

    #[test]
    fn the_whole_chain_is_left_out_by_the_word_about_its_first() {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let mut ask = task("ask", &[], &[], "waived");
        assert_eq!(task("x", &[], &[], "asked").omission(), None);
        ask.approval = true;
        ask.answer = Some(Answer::Declined {
            by: "Ada".into(),
            reason: "no licence".into(),
        });
        let mut second = task("b", &["ask"], &["ask"], "planned");
        second.leave_out(&ask.omission().unwrap(), now);
        let omission = second.omission().unwrap();
        assert_eq!(omission, ask.omission().unwrap());
        assert_eq!(omission.reason, "“ASK” was not approved: no licence");
    }

    #[test]
    fn the_last_case_says_what_was_not_given() {
        let gives = |state: &str| {
            let mut task = task("give", &[], &[], state);
            task.gives_in = SystemId::new("pay").ok();
            task.access = [Entitlement::from("sign")].into();
            task.answer = Some(Answer::Waived {
                by: "Ada".into(),
                reason: "no".into(),
            });
            task
        };
        let thing = (SystemId::new("pay").unwrap(), Entitlement::from("sign"));
        let (no, yes, open) = ([gives("waived")], [gives("verified")], [gives("asked")]);
        assert!(matches!(withheld([&no[..]])[&thing], Withheld::LeftOut(_)));
        assert_eq!(withheld([&no[..], &open[..]])[&thing], Withheld::Open);
        assert!(withheld([&no[..], &yes[..]]).is_empty());
        let mut nobody = no.clone();
        nobody[0].answer = None;
        assert!(withheld([&nobody[..]]).is_empty());
    }
}
