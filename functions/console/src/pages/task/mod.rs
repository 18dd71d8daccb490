//! The page of a task: for whoever opens a letter's link (`link`), and for whoever signed in (`show`, `answer`). Both
//! show the same facts and forms, and record in the same way.

mod answer;
mod approval;
mod beside;
mod closed;
mod files;
mod form;
mod found;
pub(crate) mod link;
mod refusal;
mod show;
mod talk;

pub(crate) use answer::{answer, take};
pub(crate) use files::download;
pub(crate) use show::show;

use std::{collections::BTreeMap, sync::Arc};

use latchkey_checklist::Past;
use latchkey_decisions::{Stood, stood_among};
use latchkey_ledger::{Row, TaskRow};
use latchkey_lifecycle::{Case, CaseId, Step, Task, TaskId, TeamId};
use latchkey_questions::Place;
use latchkey_runbook::Runbook;
use latchkey_runtime::{Failure, Question};

use crate::{Deps, form::Form, sign_in::Signed, views::approval::Approval};

/// A task that was opened, and what the ledger has on it.
pub(crate) struct Opened {
    case: Case,
    row: Row<TaskRow>,
    runbook: Arc<Runbook>,
    /// What the brake holds, where the task is about that.
    held: Vec<Case>,
    /// What stood of those before HR changed it.
    stood: BTreeMap<CaseId, Stood>,
    /// All tasks of the case; none of them, where nobody needs to know.
    tasks: Vec<Task>,
    /// The teams that are, or will be, asked in the case.
    teams: Vec<TeamId>,
    /// What an approval is about, where it is one that can be answered.
    approval: Option<Approval>,
}

/// Reads a task. `whole`: with all tasks of the case, also where none is behind this one.
async fn open(
    deps: &Deps,
    (case, task): (&CaseId, &TaskId),
    whole: bool,
) -> Result<Option<Opened>, Failure> {
    let ledger = &deps.intake.ledger;
    let Some(case) = ledger.find_case(case).await? else {
        return Ok(None);
    };
    let Some(row) = ledger.find_task(&case.item.id, task).await? else {
        return Ok(None);
    };
    let runbook = deps.intake.runbooks.get(ledger, &case.item.runbook).await?;
    let held = match *task == TaskId::confirm_what_is_held() {
        true => latchkey_decisions::held_cases(&deps.intake).await?,
        false => Vec::new(),
    };
    let stood = stood_among(ledger, &held).await?;
    let rows = match whole || !row.item.task.needed_by.is_empty() {
        true => ledger.tasks(&case.item.id).await?,
        false => Vec::new(),
    };
    let teams = rows.iter().flat_map(|row| {
        let step = row.item.asking.as_ref().map_or(Step::Do, |a| a.step);
        [
            row.item.task.owner.clone(),
            row.item.asked_team(step).clone(),
        ]
    });
    let teams = teams.collect();
    let tasks: Vec<Task> = rows.into_iter().map(|row| row.item.task).collect();
    let approval = match row.item.task.approval && !row.item.task.state.is_ended() {
        true => {
            let past = Past::before(ledger, &case.item).await?;
            let about = (&row.item.task, tasks.as_slice());
            Approval::of(&runbook, &case.item, about, &past, deps.intake.clock.now())
        }
        false => None,
    };
    Ok(Some(Opened {
        teams,
        tasks,
        approval,
        case: case.item,
        row,
        runbook,
        held,
        stood,
    }))
}

/// The form with what somebody put aside.
fn put_aside(opened: &Opened) -> Form {
    let hands = opened.row.item.hands();
    let aside = hands.and_then(|hands| hands.aside.clone());
    aside.map_or_else(Form::default, |aside| Form {
        steps: aside.steps,
        fields: aside.fields,
        note: aside.note.unwrap_or_default(),
        link: aside.link.unwrap_or_default(),
        ..Form::default()
    })
}

/// What is asked, of whom, and what was typed so far.
struct Asked<'a> {
    opened: &'a Opened,
    question: &'a Question,
    /// The name under which it is recorded; asked for, where nobody has signed in.
    signer: Option<&'a str>,
    /// Whoever signed in.
    viewer: Option<&'a Signed>,
    form: &'a Form,
    /// What is wrong with it, and where.
    wrong: &'a [(Option<Place>, String)],
    /// The most bytes of the files of one form.
    most_bytes: usize,
    /// What it is about, where it is an approval that is asked for.
    approval: Option<&'a Approval>,
}

/// What an approval is about, where a step asks for one.
fn approval_of(opened: &Opened, step: Step) -> Option<&Approval> {
    opened.approval.as_ref().filter(|_| step == Step::Do)
}

fn title(step: Step, title: &str) -> String {
    match step {
        Step::Do => title.to_owned(),
        Step::Confirm => format!("Confirm: {title}"),
        Step::Mend => format!("Mend: {title}"),
    }
}
