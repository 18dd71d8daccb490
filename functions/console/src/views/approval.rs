//! What an approval is about, thing by thing: what gives it, what speaks against it, and what a no does.

use std::collections::BTreeSet;

use jiff::Timestamp;
use latchkey_checklist::{Past, checklist};
use latchkey_lifecycle::{Answer, Case, Entitlement, Evidence, SystemId, Task};
use latchkey_questions::facts::team_name;
use latchkey_runbook::Runbook;

/// One thing that somebody is asked to approve.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) entitlement: Entitlement,
    /// The roles of the matrix that give it.
    pub(crate) roles: Vec<String>,
    /// Rules that it breaks, each with what it breaks it with.
    pub(crate) against: Vec<(String, String)>,
    /// Whether the runbook wants it approved for each person.
    pub(crate) always: bool,
    /// Other teams that have a say.
    pub(crate) others: Vec<String>,
    /// What is not given without it, since it needs it.
    pub(crate) needing: Vec<String>,
    /// What a no to this alone leaves out.
    pub(crate) left_out: Vec<String>,
}

/// What an approval is about.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    /// The system's name.
    pub(crate) system: String,
    pub(crate) wanted: Vec<Wanted>,
}

impl Approval {
    /// Of a task that is one. `tasks`: those of its case; `past`: what was before the case.
    pub(crate) fn of(
        runbook: &Runbook,
        case: &Case,
        (task, tasks): (&Task, &[Task]),
        past: &Past,
        now: Timestamp,
    ) -> Option<Approval> {
        let system = runbook.approved_in(task)?;
        let one = |entitlement: &Entitlement| {
            let about = (system, entitlement);
            wanted(runbook, case, about, (task, tasks), past, now)
        };
        Some(Approval {
            system: named(runbook, system),
            wanted: task.access.iter().map(one).collect(),
        })
    }
}

fn named(runbook: &Runbook, system: &SystemId) -> String {
    let known = runbook.system(system);
    known.map_or_else(|| system.to_string(), |known| known.name.clone())
}

fn wanted(
    runbook: &Runbook,
    case: &Case,
    (system, entitlement): (&SystemId, &Entitlement),
    (task, tasks): (&Task, &[Task]),
    past: &Past,
    now: Timestamp,
) -> Wanted {
    let person = case.person.as_ref();
    let called = |(system, entitlement): &(SystemId, Entitlement)| {
        format!("{} in {}", entitlement.called(), named(runbook, system))
    };
    let roles = person.map(|person| runbook.roles_giving(person, system, entitlement));
    let against = runbook.conflicts_of(case, system, entitlement).into_iter();
    let needing = person.map(|person| runbook.needing(person, system, entitlement));
    let others = tasks.iter().filter(|other| {
        let same = other.approval && runbook.approved_in(other) == Some(system);
        same && other.id != task.id && other.access.contains(entitlement)
    });
    Wanted {
        entitlement: entitlement.clone(),
        roles: roles.into_iter().flatten().map(str::to_owned).collect(),
        against: against
            .map(|one| (one.rule.to_owned(), called(one.other)))
            .collect(),
        always: runbook.approved_by(system, entitlement).is_some(),
        others: others
            .map(|other| team_name(runbook, &other.owner))
            .collect(),
        needing: needing
            .into_iter()
            .flatten()
            .map(|one| called(&one))
            .collect(),
        left_out: left_out(runbook, case, (task, tasks), entitlement, past, now),
    }
}

/// The open tasks that a no to one thing leaves out: what would still be done by the plan as it is, and not by the plan
/// as it would be then.
fn left_out(
    runbook: &Runbook,
    case: &Case,
    (task, tasks): (&Task, &[Task]),
    entitlement: &Entitlement,
    past: &Past,
    now: Timestamp,
) -> Vec<String> {
    let with = |refused: &[&Entitlement]| {
        let why = refused.iter().map(|one| ((*one).clone(), String::new()));
        let answer = Evidence {
            refused: why.collect(),
            ..Evidence::default()
        };
        let mut past = past.clone();
        past.decided.retain(|decided| decided.id != task.id);
        past.decided.push(Task {
            answer: Some(Answer::Done(answer)),
            ..task.clone()
        });
        let planned = checklist(runbook, case, &past, now).unwrap_or_default();
        let stays = planned.into_iter().filter(|task| !task.state.is_ended());
        stays.map(|task| task.id).collect::<BTreeSet<_>>()
    };
    let (is, then) = (with(&[]), with(&[entitlement]));
    let open = tasks.iter().filter(|task| !task.state.is_ended());
    open.filter(|other| is.contains(&other.id) && !then.contains(&other.id))
        .map(|other| other.title.clone())
        .collect()
}
