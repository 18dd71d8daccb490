//! What an event would do, before it is taken in. Changes nothing.

use latchkey_lifecycle::{Case, CaseState, Event, Load};
use latchkey_runtime::{Failure, foresee_names};

use crate::{Looks, decide::decide};

/// What an event would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The case as it would be, with the names that the ledger would give now; as it is, when the event says nothing new.
    pub case: Case,
    /// Whether the event changes anything.
    pub news: bool,
    /// Whether the case would be a new one.
    pub begins: bool,
    /// What the case counts as for the brake.
    pub load: Option<Load>,
    /// Other cases of the person as they would be: superseded, or planned anew.
    pub others: Vec<Case>,
}

/// Works out what an event would do now.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn foresee(looks: Looks<'_>, event: &Event) -> Result<Foreseen, Failure> {
    let decision = decide(looks, event, None).await?;
    let Some(receipt) = decision.receipt else {
        return Ok(Foreseen {
            case: looks.ledger.case(&decision.case).await?.item,
            news: false,
            begins: false,
            load: None,
            others: Vec::new(),
        });
    };
    let (_, runbook) = looks.runbooks.current(looks.ledger).await?;
    let begins = receipt.case.version == 0;
    let case = named(looks, receipt.case.item).await?;
    let planned = matches!(case.state, CaseState::Received | CaseState::Held);
    let load = Load::of(case.kind, runbook.case_takes_access(&case)).filter(|_| planned);
    let mut others = Vec::with_capacity(receipt.others.len());
    for (row, _) in receipt.others {
        others.push(named(looks, row.item).await?);
    }
    Ok(Foreseen {
        case,
        news: true,
        begins,
        load,
        others,
    })
}

/// A case with the names that its plan would give. What has ended is not planned.
async fn named(looks: Looks<'_>, mut case: Case) -> Result<Case, Failure> {
    if !case.state.is_ended() {
        let runbook = looks.runbooks.get(looks.ledger, &case.runbook).await?;
        case.names = foresee_names(looks.ledger, &runbook, &case).await?;
    }
    Ok(case)
}
