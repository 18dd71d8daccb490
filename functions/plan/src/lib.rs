//! **plan**: reads the case and its runbook version, works out the dated tasks and writes them. Pure
//! arithmetic around one read and one write.

mod put_off;

pub use latchkey_checklist::{Past, checklist, foresee};

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::{Ledger, TaskRow};
use latchkey_lifecycle::{CaseId, CaseState, Revision, SystemId, TaskId, TaskState, Work};
use latchkey_runtime::{Clock, Failure, Runbooks, STEP_LIMIT_SECONDS, give_names, whole_seconds};
use serde::{Deserialize, Serialize};

/// An inline Map runs at most 40 iterations at once, so a group has no more.
/// Source: AWS Step Functions developer guide, "Map state", inline mode.
pub const GROUP: usize = 40;

/// How long the last checkpoint of a chase waits before the operators are alerted: 300 days, so that an
/// execution stays within its year.
/// Source: AWS Step Functions quotas, maximum execution time.
const PATIENCE_SECONDS: i64 = 300 * 24 * 60 * 60;

/// The least time that a task waits for others before somebody is told, when it was late from the start; and the most.
const LEAST: SignedDuration = SignedDuration::from_hours(1);
const MOST: SignedDuration = SignedDuration::from_hours(24);

/// What plan needs.
#[derive(Clone, Copy)]
pub struct Deps<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The present instant.
    pub clock: &'a dyn Clock,
    /// Checked runbooks.
    pub runbooks: &'a Runbooks,
    /// What stands before a system's kind in the name of its Lambda, e.g. `latchkey-system-`.
    pub system_functions: &'a str,
}

/// What the workflow sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Which case.
    pub case_id: CaseId,
    /// Which revision of it.
    pub revision: Revision,
}

/// The checklist as the workflow maps over it: ids and instants only (promise 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Response {
    /// Groups of at most [`GROUP`] tasks.
    pub groups: Vec<Group>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its tasks.
    pub tasks: Vec<Item>,
}

/// One task, as the workflow knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The case.
    pub case_id: CaseId,
    /// Its revision.
    pub revision: Revision,
    /// The task.
    pub task_id: TaskId,
    /// When it may begin (UTC).
    pub opens: Timestamp,
    /// `system` or `person`.
    pub by: &'static str,
    /// The Lambda of its system; empty for a person's task.
    pub function: String,
    /// Whether it waits for other tasks.
    pub needs_others: bool,
    /// Time limits, in seconds.
    pub limits: Limits,
    /// What went wrong last: nothing yet. The workflow puts the error's name here.
    pub failure: NoFailure,
}

/// Time limits of a task, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// For one step.
    pub step: u32,
    /// For the tasks that it needs: until it is due.
    pub needs: i64,
    /// For the last checkpoint.
    pub patience: i64,
}

/// The empty error that an item begins with, so that paths into it always hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoFailure {
    error: String,
}

/// Plans a revision. Running it again gives the same checklist and writes nothing.
///
/// # Errors
/// [`Failure::Fenced`] when the case has a later revision, [`Failure::Broken`] when its runbook cannot plan
/// it, [`Failure::Busy`] when the ledger does not answer now.
pub async fn handle(deps: &Deps<'_>, request: &Request) -> Result<Response, Failure> {
    let mut case = deps
        .ledger
        .fenced_case(&request.case_id, request.revision)
        .await?;
    if case.item.state.is_ended() {
        return Ok(Response { groups: Vec::new() });
    }
    let runbook = deps.runbooks.get(deps.ledger, &case.item.runbook).await?;
    let now = deps.clock.now();
    case.item.names = give_names(deps.ledger, &runbook, &case.item, now).await?;
    let mut past = Past::before(deps.ledger, &case.item).await?;
    for earlier in &case.item.supersedes {
        let touched = deps
            .ledger
            .end_for(earlier, Some(&case.item.id), now)
            .await?;
        past.acted.extend(taken_by(deps.ledger, earlier).await?);
        past.touched.extend(touched);
    }
    let tasks = match case.item.state {
        // One of the held cases asks about all of them; the others wait.
        CaseState::Held if deps.ledger.brake().await?.item.asking() == Some(&case.item.id) => {
            vec![latchkey_runbook::held_task(&runbook, &case.item)]
        }
        CaseState::Held => return Ok(Response { groups: Vec::new() }),
        _ => checklist(&runbook, &case.item, &past, now)?,
    };
    let written = deps.ledger.write_plan(&case, &tasks, now).await?;
    put_off::tell(deps, &case.item, &runbook, &written.tasks).await?;
    tracing::info!(case = %request.case_id, revision = %request.revision, tasks = written.tasks.len(), "planned");
    let open = written
        .tasks
        .iter()
        .filter(|row| !row.task.state.is_ended());
    let items: Vec<Item> = open
        .map(|row| item(deps.system_functions, row, now))
        .collect();
    let groups = items
        .chunks(GROUP)
        .map(|tasks| Group {
            tasks: tasks.to_vec(),
        })
        .collect();
    Ok(Response { groups })
}

/// The systems in which an exit that this case takes the place of has acted: there everything is given again, also
/// where nothing of it changes.
async fn taken_by(ledger: &Ledger, exit: &CaseId) -> Result<BTreeSet<SystemId>, Failure> {
    let Some(case) = ledger.find_case(exit).await? else {
        return Ok(BTreeSet::new());
    };
    if !case.item.kind.takes_all() {
        return Ok(BTreeSet::new());
    }
    let tasks = ledger.tasks(exit).await?.into_iter();
    let begun = tasks.filter(|row| row.item.task.state != TaskState::Planned);
    let systems = begun.filter_map(|row| match row.item.task.work {
        Work::System { system, .. } => Some(system),
        Work::Person { .. } => None,
    });
    Ok(systems.collect())
}

fn item(system_functions: &str, row: &TaskRow, now: Timestamp) -> Item {
    let task = &row.task;
    let (by, function) = match &task.work {
        Work::System { kind, .. } => ("system", format!("{system_functions}{kind}")),
        Work::Person { .. } => ("person", String::new()),
    };
    let begins = task.window.opens.max(now);
    // What is late from the start has a fair while before anybody is told that it waits.
    let window = task.window.due.duration_since(task.window.opens);
    let until_due = match task.window.due.duration_since(begins) {
        left if left.is_positive() => left,
        _ => window.clamp(LEAST, MOST),
    };
    let until_due = whole_seconds(until_due);
    Item {
        case_id: task.case_id.clone(),
        revision: task.revision,
        task_id: task.id.clone(),
        opens: task.window.opens,
        by,
        function,
        needs_others: !task.needs.is_empty(),
        limits: Limits {
            step: STEP_LIMIT_SECONDS,
            // Step Functions takes a timeout of at least one second.
            needs: until_due.clamp(1, PATIENCE_SECONDS),
            patience: PATIENCE_SECONDS,
        },
        failure: NoFailure::default(),
    }
}
