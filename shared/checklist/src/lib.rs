//! The checklist of a case: its dated tasks, by its runbook and by what was before it. Plan writes it; whoever shows what
//! an event would do works it out and writes nothing.

mod foresee;
mod past;

pub use foresee::foresee;
pub use past::Past;

use jiff::Timestamp;
use latchkey_lifecycle::{Case, CaseId, EventKind, Task, TaskId, UnknownEvent, Verification, Work};
use latchkey_runbook::{PlanInput, Runbook};
use latchkey_runtime::Failure;

/// The tasks of a case, by its runbook. Pure.
///
/// # Errors
/// [`Failure::Broken`] says what the runbook cannot plan.
pub fn checklist(
    runbook: &Runbook,
    case: &Case,
    past: &Past,
    now: Timestamp,
) -> Result<Vec<Task>, Failure> {
    if !case.asks().is_empty() {
        return Ok(vec![latchkey_runbook::question_task(runbook, case)]);
    }
    if let Some(later) = &case.stands_against {
        return Ok(vec![too_late(runbook, case, later)]);
    }
    if let Some(unknown) = &case.unknown_event {
        return Ok(vec![what_it_means(runbook, case, unknown)]);
    }
    if case.person.is_none() {
        return Ok(vec![latchkey_runbook::incomplete_task(runbook, case)]);
    }
    match case.kind {
        EventKind::Hire
        | EventKind::Rehire
        | EventKind::Transfer
        | EventKind::Exit
        | EventKind::UrgentExit
        | EventKind::Leave
        | EventKind::Return => {}
        EventKind::HireRescinded | EventKind::ExitWithdrawn if case.grounds.is_some() => {}
        EventKind::HireRescinded | EventKind::ExitWithdrawn if !case.supersedes.is_empty() => {}
        // Its hire was never heard of, or comes later: what the person has already goes all the same (promise 7).
        EventKind::HireRescinded if !past.works_here => {}
        // What it changes is not known here, or could be two cases.
        EventKind::DateMoved | EventKind::HireRescinded | EventKind::ExitWithdrawn => {
            return Ok(vec![by_hand(runbook, case)]);
        }
    }
    let input = PlanInput {
        case,
        now,
        touched: &past.touched,
        acted: &past.acted,
        withheld: &past.withheld,
        decided: &past.decided,
    };
    latchkey_runbook::plan(runbook, &input).map_err(|problem| {
        Failure::Broken(format!("case {} cannot be planned: {problem}", case.id))
    })
}

/// An exit that stands against another decision. Nothing is done by it; HR looks whether the person leaves all the
/// same.
fn too_late(runbook: &Runbook, case: &Case, other: &CaseId) -> Task {
    let mut task = by_hand(runbook, case);
    let day = case
        .effective
        .map(|day| format!(" on {day}"))
        .unwrap_or_default();
    let known_as = case.person.as_ref().map(|person| &person.employee_id);
    let (title, why, whom) = match known_as.filter(|id| **id != case.employee_id) {
        Some(id) => (
            "Look at an exit of somebody who has another employee id",
            format!("An exit was confirmed of an employee id that became {id} (case {other})."),
            format!(" for employee {id}"),
        ),
        None => (
            "Look at an exit that came too late",
            format!("An exit was confirmed that stands against case {other}."),
            String::new(),
        ),
    };
    task.title = title.to_owned();
    task.why = Some(why);
    task.work = Work::Person {
        instructions: format!(
            "The HR system told of an exit of employee {}{day}, and it stands against another decision about this person (case \
             {other}). So nothing was done by it. If the person leaves, confirm the exit in the HR system again{whom}.",
            case.employee_id
        ),
        checklist: vec!["The HR system says whether this person leaves, and when".to_owned()],
        fields: Vec::new(),
    };
    task
}

/// An event of which nobody has said what it means. HR sees to the person, and has it said.
fn what_it_means(runbook: &Runbook, case: &Case, unknown: &UnknownEvent) -> Task {
    let UnknownEvent { source, name, .. } = unknown;
    let mut task = by_hand(runbook, case);
    task.title = format!("Say what the event `{name}` of {source} means");
    task.why = Some(format!(
        "{source} sent an event of which nobody has said what it means."
    ));
    let whom = match &unknown.employee_id {
        Some(id) => format!("It is about {id}, as {source} calls them."),
        None => format!("Whom it is about cannot be read: look it up in {source}."),
    };
    let then = match unknown.described {
        true => format!(
            "Then have `{name}` listed in the runbook's file source-{source}.yaml, under `events`: as what it means, or as `nothing`. \
             Once that is published, the event can be sent again."
        ),
        false => format!(
            "If such events concern nobody's access, leave them out of the webhook in {source}. If they do, tell whoever runs Latchkey: \
             each of them has to be confirmed by `latchkey mass`, or by a webhook of the source `generic`."
        ),
    };
    task.work = Work::Person {
        instructions: format!(
            "{source} sent an event called `{name}`, and nobody has said what that means, so nothing was done by it. {whom} If \
             somebody begins, moves or leaves by it, confirm that now, by `latchkey mass` or in another way that Latchkey \
             knows.\n\n{then} Later events of this name are kept and do nothing until then, and you are not asked about them again."
        ),
        checklist: vec![
            "Whoever this event is about has the access that they are to have".to_owned(),
            "It is said what such events mean, or they are not sent any more".to_owned(),
        ],
        fields: Vec::new(),
    };
    task
}

/// A change to an open case that Latchkey does not carry out by itself: HR gets it as a task, so that it is
/// not lost.
fn by_hand(runbook: &Runbook, case: &Case) -> Task {
    let mut task = latchkey_runbook::incomplete_task(runbook, case);
    task.id = TaskId::carry_out_by_hand();
    task.title = format!("Carry out a {} by hand", case.kind.words());
    task.why = Some(format!("The HR system confirmed a {}.", case.kind.words()));
    task.work = Work::Person {
        instructions: format!(
            "The HR system confirmed a {} for employee {}. Look at the person's open cases and do by hand \
             what the change asks for.",
            case.kind.words(),
            case.employee_id
        ),
        checklist: vec!["Every open case of this person fits the change".to_owned()],
        fields: Vec::new(),
    };
    task.verification = Verification::Attested;
    task
}
