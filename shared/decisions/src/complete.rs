//! HR completes a record by the task's page: what was missing is filled in, and the case goes on.

use jiff::{civil::Date, tz::TimeZone};
use latchkey_hris::normalise;
use latchkey_lifecycle::{
    Case, CaseId, Event, EventKind, Evidence, Field, Matter, PersonDraft, Reason, Task, TaskId,
    Work, sentence,
};
use latchkey_runtime::Failure;
use latchkey_story::{Claim, Heard};

use crate::{
    Deps, Looks,
    asked::{far_ahead, is_far_ahead},
    decide::{Word, as_heard, decide},
    take_in,
};

/// Why a record was not completed. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompleteError {
    /// A sentence for each field that does not fit or is still missing.
    #[error("{}", .0.join(" "))]
    Incomplete(Vec<String>),
    /// Somebody has completed it already.
    #[error("the record has been completed already")]
    Completed,
    /// Ledger or state machine do not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<latchkey_ledger::LedgerError> for CompleteError {
    fn from(error: latchkey_ledger::LedgerError) -> CompleteError {
        CompleteError::Failure(error.into())
    }
}

/// Whether a task asks for what a record lacks.
pub fn asks_for_record(task: &Task) -> bool {
    let fields = match &task.work {
        Work::Person { fields, .. } => !fields.is_empty(),
        Work::System { .. } => false,
    };
    fields && task.id == TaskId::complete_the_record()
}

/// Completes the record of a case from the fields of HR's task, ends that task, and lets the case go on as
/// its next revision. Of several answers one is taken. Cut off half-way, the same again lets the case go on.
///
/// Whoever holds the link answers what was asked and nothing else: an event of somebody unknown does not become one of
/// somebody who is known.
///
/// # Errors
/// [`CompleteError::Incomplete`] says what is still missing, [`CompleteError::Completed`] that another answer came
/// before.
pub async fn complete_record(
    deps: &Deps,
    case: &CaseId,
    task: &TaskId,
    evidence: &Evidence,
) -> Result<(), CompleteError> {
    let row = deps.ledger.case(case).await?;
    let (looks, workflow) = (deps.looks(), deps.workflow.as_ref());
    if row.item.missing.is_empty() {
        // Whoever completed it was cut off: the record is there, and the rest is still to do.
        take_in::resume_start(looks, workflow, &row.item.employee_id).await?;
        return Err(CompleteError::Completed);
    }
    let Some(question) = deps.ledger.find_task(case, task).await? else {
        return Err(CompleteError::Completed);
    };
    let today = deps.clock.now().to_zoned(TimeZone::UTC).date();
    let told = told(&question.item.task, &row.item, evidence, today)?;
    let heard = heard(deps, &row.item, told, evidence).await?;
    let named = heard.employee_id != row.item.employee_id && heard.same.is_none();
    let word = match named {
        true => Word::Named(Box::new(heard), case.clone()),
        false => Word::Said(Box::new(heard)),
    };
    lacks_nothing(looks, &word).await?;
    let taken = take_in::take_in_word(looks, workflow, &word).await?;
    if taken.again {
        return Err(CompleteError::Completed);
    }
    // Last: as long as the question stands, whoever was cut off can answer it again.
    match end(deps, case, task, evidence).await {
        // The case goes on already: its next plan has left the question out.
        Ok(()) | Err(Failure::Fenced(_)) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}

/// The answer, as it is kept with the person.
async fn heard(
    deps: &Deps,
    case: &Case,
    told: Told,
    evidence: &Evidence,
) -> Result<Heard, CompleteError> {
    let now = deps.clock.now();
    let delivery = format!("{}-r{}-completed", case.id, case.revision);
    if let (Some(same), Some(claim)) = (told.one_human, claim_of(case)) {
        return Ok(Heard {
            confirmed_by: Some(evidence.by.clone()),
            ..Heard::identity(claim, same, now, CONSOLE, &delivery)
        });
    }
    let mut draft = told.person;
    if let Some(id) = &draft.employee_id
        && *id != case.employee_id
        && deps.ledger.find_person(id).await?.is_some()
    {
        return Err(CompleteError::Incomplete(vec![format!(
            "Employee {id} is known already, and this record is of somebody who is not. If it is about {id}, send the event again \
             from the HR system, with the employee id in it."
        )]));
    }
    let asked = |field: &str| case.missing.iter().any(|missing| missing == field);
    if draft.employee_id.is_none() && !asked("employee id") {
        draft.employee_id = Some(case.employee_id.clone());
    }
    let corrects = |reason: &Reason| matches!(reason, Reason::NotRead { .. });
    let kind = match case.grounds.as_ref().map(|grounds| grounds.matter) {
        Some(Matter::Ask(_)) if case.asks().iter().any(corrects) => EventKind::Transfer,
        Some(Matter::Ask(kind)) => kind.event().unwrap_or(case.kind),
        _ => case.kind,
    };
    let event = Event {
        kind,
        source: CONSOLE.to_owned(),
        delivery_id: delivery,
        occurred_at: now,
        effective: told.day.or(case.effective),
        person: carried_over(deps, case, draft, asked).await?,
        reason: case.reason.clone(),
        confirmed_by: Some(evidence.by.clone()),
    };
    Ok(as_heard(deps.looks(), event, true).await?)
}

/// The source of what HR says on a page.
const CONSOLE: &str = "console";

/// The two ids of which HR is asked whether they are one human.
fn claim_of(case: &Case) -> Option<Claim> {
    case.asks().iter().find_map(|reason| match reason {
        Reason::OneHuman { employee, previous } => Some(Claim {
            employee: employee.clone(),
            previous: previous.clone(),
        }),
        _ => None,
    })
}

/// Refuses an answer after which something is still missing.
async fn lacks_nothing(looks: Looks<'_>, word: &Word) -> Result<(), CompleteError> {
    let decision = decide(looks, word).await?;
    let problems = match &decision.case {
        _ if word.heard().is_none_or(|heard| heard.same.is_some()) => Vec::new(),
        Some(case) if case.asks().is_empty() => case
            .missing
            .iter()
            .map(|what| format!("The {what} is still missing."))
            .collect(),
        _ => decision.note.into_iter().collect::<Vec<String>>(),
    };
    match problems.is_empty() {
        true => Ok(()),
        false => Err(CompleteError::Incomplete(problems)),
    }
}

/// What an answer tells.
struct Told {
    person: PersonDraft,
    day: Option<Date>,
    one_human: Option<bool>,
}

/// What the answer tells of the person, and the day of the event, of what was asked.
fn told(task: &Task, case: &Case, evidence: &Evidence, today: Date) -> Result<Told, CompleteError> {
    let asked: &[Field] = match &task.work {
        Work::Person { fields, .. } => fields,
        Work::System { .. } => &[],
    };
    let mut draft = PersonDraft::default();
    let mut effective = None;
    let mut one_human = None;
    let mut problems = Vec::new();
    let filled = evidence.fields.iter().filter(|(_, v)| !v.trim().is_empty());
    for (field, value) in filled {
        if asked.iter().all(|asked| asked.name != *field) {
            problems.push(format!("“{field}” was not asked for."));
            continue;
        }
        let read = match field.as_str() {
            EFFECTIVE => normalise::day(value)
                .map(|day| effective = day)
                .map_err(|wanted| format!("the effective date has to be {wanted}")),
            ONE_HUMAN_FIELD => yes_or_no(value).map(|said| one_human = Some(said)),
            _ => normalise::set(&mut draft, field, value).map_err(|misfit| misfit.to_string()),
        };
        if let Err(problem) = read {
            let problem = sentence(&problem);
            problems.push(format!("`{}` does not fit: {problem}", value.trim()));
        }
    }
    let days = [draft.start_date, draft.last_day, effective];
    // Of that very day HR was asked whether it is meant.
    let meant = |day: Date| {
        let asked = far_ahead(case.kind, day).wanted;
        case.unread.iter().any(|one| one.wanted == asked)
    };
    let far = days.into_iter().flatten();
    let far = far.filter(|day| is_far_ahead(*day, today) && !meant(*day));
    problems.extend(far.map(|day| format!(
        "The day {day} is more than two years ahead. Check the year; if it is meant, have the HR system send it: you are asked then."
    )));
    match problems.is_empty() {
        true => Ok(Told {
            person: draft,
            day: effective,
            one_human,
        }),
        false => Err(CompleteError::Incomplete(problems)),
    }
}

fn yes_or_no(value: &str) -> Result<bool, String> {
    match value.trim() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("yes or no has to be said".to_owned()),
    }
}

/// A day that is no field of a person: of a leave, say.
const EFFECTIVE: &str = "effectiveDate";
/// Whether two employee ids are one human.
const ONE_HUMAN_FIELD: &str = "oneHuman";

/// What was told under a stand-in id goes over to the real one; under the same id it is kept already. Who was asked for
/// a name and left it empty beside the other says that the person has one name only.
async fn carried_over(
    deps: &Deps,
    case: &Case,
    mut draft: PersonDraft,
    asked: impl Fn(&str) -> bool,
) -> Result<PersonDraft, Failure> {
    let known = deps.ledger.find_person(&case.employee_id).await?;
    let known = known.map(|row| row.item.record).unwrap_or_default();
    let whole = known.clone().updated_with(draft.clone());
    let said = |name: &Option<String>| name.as_deref().is_some_and(|name| !name.trim().is_empty());
    if asked("family name") && said(&whole.given_name) {
        draft.family_name.get_or_insert_default();
    }
    if asked("given name") && said(&whole.family_name) {
        draft.given_name.get_or_insert_default();
    }
    Ok(
        match draft.employee_id.as_ref() == Some(&case.employee_id) {
            true => draft,
            false => known.updated_with(draft),
        },
    )
}

async fn end(
    deps: &Deps,
    case: &CaseId,
    task: &TaskId,
    evidence: &Evidence,
) -> Result<(), Failure> {
    let now = deps.clock.now();
    let Some(row) = deps.ledger.find_task(case, task).await? else {
        return Ok(());
    };
    deps.ledger
        .change_task_read(row, |row| {
            if row.task.state.is_ended() {
                return Ok::<_, Failure>(None);
            }
            Ok(Some(vec![row.task.complete(evidence, now)]))
        })
        .await?;
    Ok(())
}
