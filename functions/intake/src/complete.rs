//! HR completes a record by the task's page: what was missing is filled in, and the case goes on.

use jiff::civil::Date;
use latchkey_hris::normalise;
use latchkey_lifecycle::{
    Answer, AuditBody, CaseId, Event, Evidence, Field, PersonDraft, Task, TaskId, TaskState, Work,
};
use latchkey_runtime::Failure;
use serde_json::json;

use crate::{Deps, take_in};

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
/// Whoever holds the link answers what was asked and nothing else: an event of somebody unknown does not become one of somebody
/// who is known.
///
/// # Errors
/// [`CompleteError::Incomplete`] says what is still missing, [`CompleteError::Completed`] that another answer came before.
pub async fn complete_record(
    deps: &Deps,
    case: &CaseId,
    task: &TaskId,
    evidence: &Evidence,
) -> Result<(), CompleteError> {
    let row = deps.ledger.case(case).await?;
    if row.item.person.is_some() {
        // Whoever completed it was cut off: the record is there, and the rest is still to do.
        take_in::resume_start(deps, case).await?;
        return Err(CompleteError::Completed);
    }
    let Some(question) = deps.ledger.find_task(case, task).await? else {
        return Err(CompleteError::Completed);
    };
    let (mut draft, day) = told(&question.item.task, evidence)?;
    let effective = day.or(row.item.effective);
    if let Some(id) = &draft.employee_id
        && *id != row.item.employee_id
        && deps.ledger.find_person(id).await?.is_some()
    {
        return Err(CompleteError::Incomplete(vec![format!(
            "Employee {id} is known already, and this record is of somebody who is not. If it is about {id}, send the event again \
             from the HR system, with the employee id in it."
        )]));
    }
    let asked = |field: &str| row.item.missing.iter().any(|missing| missing == field);
    if draft.employee_id.is_none() && !asked("employee id") {
        draft.employee_id = Some(row.item.employee_id.clone());
    }
    let revision = row.item.revision;
    let event = Event {
        kind: row.item.kind,
        source: "console".to_owned(),
        delivery_id: format!("{case}-r{revision}-completed"),
        occurred_at: deps.clock.now(),
        effective,
        person: with_one_name(
            carried_over(deps, &row.item.employee_id, draft).await?,
            asked,
        ),
        reason: row.item.reason.clone(),
        confirmed_by: Some(evidence.by.clone()),
    };
    let lacking = take_in::lacking(deps, &event).await?;
    if !lacking.is_empty() {
        let sentences = lacking
            .iter()
            .map(|what| format!("The {what} is still missing."))
            .collect();
        return Err(CompleteError::Incomplete(sentences));
    }
    let taken = take_in::write(deps, event, Some(case)).await?;
    take_in::resume_start(deps, case).await?;
    if !taken.news {
        return Err(CompleteError::Completed);
    }
    // Last: as long as the question stands, whoever was cut off can answer it again.
    match end(deps, case, task, evidence).await {
        // The case goes on already: its next plan has left the question out.
        Ok(()) | Err(Failure::Fenced(_)) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}

/// What the answer tells of the person, and the day of the event, of what was asked.
fn told(task: &Task, evidence: &Evidence) -> Result<(PersonDraft, Option<Date>), CompleteError> {
    let asked: &[Field] = match &task.work {
        Work::Person { fields, .. } => fields,
        Work::System { .. } => &[],
    };
    let mut draft = PersonDraft::default();
    let mut effective = None;
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
            _ => normalise::set(&mut draft, field, value).map_err(|misfit| misfit.to_string()),
        };
        if let Err(problem) = read {
            problems.push(format!("`{}` does not fit: {problem}.", value.trim()));
        }
    }
    match problems.is_empty() {
        true => Ok((draft, effective)),
        false => Err(CompleteError::Incomplete(problems)),
    }
}

/// A day that is no field of a person: of a leave, say.
const EFFECTIVE: &str = "effectiveDate";

/// Who was asked for a name and left it empty beside the other says that the person has one name only.
fn with_one_name(mut person: PersonDraft, asked: impl Fn(&str) -> bool) -> PersonDraft {
    let said = |name: &Option<String>| name.as_deref().is_some_and(|name| !name.trim().is_empty());
    if asked("family name") && said(&person.given_name) {
        person.family_name.get_or_insert_default();
    }
    if asked("given name") && said(&person.family_name) {
        person.given_name.get_or_insert_default();
    }
    person
}

/// What was told under a stand-in id goes over to the real one.
async fn carried_over(
    deps: &Deps,
    known_as: &latchkey_lifecycle::EmployeeId,
    draft: PersonDraft,
) -> Result<PersonDraft, Failure> {
    let told = deps.ledger.find_person(known_as).await?;
    let told = told.map(|row| row.item.record).unwrap_or_default();
    Ok(told.updated_with(draft))
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
            let answer = Answer::Done(evidence.clone());
            row.task.state = TaskState::Verified;
            row.task.ended_at = Some(now);
            row.task.answer = Some(answer.clone());
            Ok(Some(vec![AuditBody {
                at: now,
                by: evidence.by.clone(),
                what: "verified".into(),
                text: format!("{} completed the record.", evidence.by),
                detail: json!({ "answer": answer }),
            }]))
        })
        .await?;
    Ok(())
}
