//! What an event would do, before it is taken in. Changes nothing.

use latchkey_lifecycle::{Case, CaseState, Event, Load};
use latchkey_runtime::Failure;

use crate::{Looks, decide::decide};

/// What an event would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The case as it would be; as it is, when the event says nothing new.
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
    let case = receipt.case.item;
    let planned = matches!(case.state, CaseState::Received | CaseState::Held);
    let load = Load::of(case.kind, runbook.case_takes_access(&case)).filter(|_| planned);
    Ok(Foreseen {
        case,
        news: true,
        begins,
        load,
        others: receipt
            .others
            .into_iter()
            .map(|(row, _)| row.item)
            .collect(),
    })
}
