//! Whose account a step of a case acts on: people are known by other ids in the course of time.

use latchkey_ledger::{Ledger, Row};
use latchkey_lifecycle::{Case, EmployeeId, EventKind, Order, Standing, SystemId};

use crate::Failure;

/// The most ids of one human that follow one another.
const IDS: usize = 16;

/// A case that acts on one account of the person in one system.
#[derive(Debug, Clone)]
pub struct Theirs {
    /// The case under the id that the account has.
    pub case: Case,
    /// The claims on the account, as they were read.
    pub standing: Row<Standing>,
}

/// The case under the id that the person is known by in the system now: their account may have gone over to another one
/// since it was planned, and what is left to do of it is done there.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub(crate) async fn as_known_now(
    ledger: &Ledger,
    case: &Case,
    system: &SystemId,
) -> Result<Theirs, Failure> {
    let mut case = case.clone();
    let mut standing = ledger.standing(&case.employee_id, system).await?;
    for _ in 0..IDS {
        let previous = case.person.as_ref().and_then(|p| p.previous_id.as_ref());
        let known_as = standing.item.known_as(previous, Order::of(&case));
        let Some(now) = known_as.cloned() else {
            break;
        };
        standing = ledger.standing(&now, system).await?;
        let before = std::mem::replace(&mut case.employee_id, now);
        if let Some(person) = &mut case.person {
            person.previous_id = Some(before);
        }
    }
    Ok(Theirs { case, standing })
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
) -> Result<Vec<Theirs>, Failure> {
    let now = as_known_now(ledger, case, system).await?;
    let mut seen = vec![now.case.employee_id.clone(), case.employee_id.clone()];
    let mut each = vec![now];
    if !matches!(case.kind, EventKind::Exit | EventKind::UrgentExit) {
        return Ok(each);
    }
    // As HR tells it now: what the case was planned with may have turned out to be somebody else.
    let previous = async |id: &EmployeeId| -> Result<Option<EmployeeId>, Failure> {
        let row = ledger.person_row(id).await?;
        Ok(row.and_then(|row| row.item.record.previous_id))
    };
    let mut next = previous(&case.employee_id).await?;
    while let Some(id) = next.filter(|id| !seen.contains(id)) {
        let standing = ledger.standing(&id, system).await?;
        if !standing.item.is_empty() && !standing.item.has_gone_over() {
            let mut other = case.clone();
            other.employee_id.clone_from(&id);
            if let Some(person) = &mut other.person {
                person.previous_id = None;
            }
            each.push(Theirs {
                case: other,
                standing,
            });
        }
        next = previous(&id).await?;
        seen.push(id);
    }
    Ok(each)
}
