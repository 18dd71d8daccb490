//! Whose account a step of a case acts on: people are known by other ids in the course of time.

use latchkey_ledger::Ledger;
use latchkey_lifecycle::{Case, EmployeeId, EventKind, Order, SystemId};

use crate::Failure;

/// The most ids of one human that follow one another.
const IDS: usize = 16;

/// The case under the id that the person is known by in the system now: their account may have gone over to another one
/// since it was planned, and what is left to do of it is done there.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub(crate) async fn as_known_now(
    ledger: &Ledger,
    case: &Case,
    system: &SystemId,
) -> Result<Case, Failure> {
    let mut case = case.clone();
    for _ in 0..IDS {
        let standing = ledger.standing(&case.employee_id, system).await?.item;
        let previous = case.person.as_ref().and_then(|p| p.previous_id.as_ref());
        let Some(now) = standing.known_as(previous, Order::of(&case)).cloned() else {
            break;
        };
        let before = std::mem::replace(&mut case.employee_id, now);
        if let Some(person) = &mut case.person {
            person.previous_id = Some(before);
        }
    }
    Ok(case)
}

/// The case, once for each account of the person that it is about: under the id that the account has now, and, where
/// everything is taken, under every earlier id that has an account of its own. HR may have said late that two ids are
/// one human.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn each_account(
    ledger: &Ledger,
    case: &Case,
    system: &SystemId,
) -> Result<Vec<Case>, Failure> {
    let mut cases = vec![as_known_now(ledger, case, system).await?];
    if !matches!(case.kind, EventKind::Exit | EventKind::UrgentExit) {
        return Ok(cases);
    }
    let mut seen = vec![cases[0].employee_id.clone(), case.employee_id.clone()];
    // As HR tells it now: what the case was planned with may have turned out to be somebody else.
    let previous = async |id: &EmployeeId| -> Result<Option<EmployeeId>, Failure> {
        let row = ledger.person_row(id).await?;
        Ok(row.and_then(|row| row.item.record.previous_id))
    };
    let mut next = previous(&case.employee_id).await?;
    while let Some(id) = next.filter(|id| !seen.contains(id)) {
        let standing = ledger.standing(&id, system).await?.item;
        if !standing.is_empty() && !standing.has_gone_over() {
            let mut other = case.clone();
            other.employee_id.clone_from(&id);
            if let Some(person) = &mut other.person {
                person.previous_id = None;
            }
            cases.push(other);
        }
        next = previous(&id).await?;
        seen.push(id);
    }
    Ok(cases)
}
