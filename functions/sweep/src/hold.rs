//! What people are called who were here before the ledger heard of them: nobody who is hired later is given their
//! names.

use std::collections::HashMap;

use jiff::Timestamp;
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Failure, hold_names};

use crate::Deps;

/// Holds the names of people: HR's address, else the one that an account of theirs has, else what the runbook would
/// give them. Gives the addresses of HR that are somebody else's.
///
/// Who has an address comes before those for whom the runbook has to say it: of two people of one name it is the
/// former's.
pub(crate) async fn hold(
    deps: &Deps<'_>,
    runbook: &Runbook,
    people: &[&PersonDraft],
    addresses: &HashMap<EmployeeId, String>,
    at: Option<Timestamp>,
) -> Result<Vec<(EmployeeId, String)>, Failure> {
    let complete = people
        .iter()
        .filter_map(|draft| PersonDraft::clone(draft).complete().ok());
    let (told, others): (Vec<_>, Vec<_>) = complete
        .map(|mut person| {
            let found = addresses.get(&person.employee_id).cloned();
            let of_hr = person.work_email.clone();
            person.work_email = of_hr.clone().or(found);
            (person, of_hr)
        })
        .partition(|(person, _)| person.work_email.is_some());
    let mut taken = Vec::new();
    for (person, of_hr) in told.into_iter().chain(others) {
        let names = hold_names(deps.ledger, runbook, &person, at).await?;
        let elses = of_hr.filter(|told| names.email.as_ref() != Some(told));
        taken.extend(elses.map(|address| (person.employee_id, address)));
    }
    Ok(taken)
}
