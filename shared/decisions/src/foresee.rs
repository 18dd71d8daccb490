//! What an event would do, before it is taken in. Changes nothing.

use jiff::Timestamp;
use latchkey_lifecycle::{Case, Event, Load};
use latchkey_runtime::{Failure, foresee_names};

use crate::{
    Looks,
    braked::load_of,
    decide::{Word, as_heard, decide},
    said::as_foreseen,
};

/// What an event would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The case as it would be, with the names that the ledger would give now; as it is, when the event says nothing
    /// new. None where it is about no case.
    pub case: Option<Case>,
    /// Whether the event changes anything.
    pub news: bool,
    /// Whether the case would be a new one.
    pub begins: bool,
    /// Whether it would change at all.
    own: bool,
    /// What the case counts as for the brake.
    pub load: Option<Load>,
    /// When the brake counted it last (UTC).
    pub counted_at: Option<Timestamp>,
    /// Other cases of the person as they would be: ended, planned anew, or begun; whether each would be a new one.
    pub others: Vec<(Case, bool)>,
    /// Why it changes nothing by itself, or what HR would be asked about it.
    pub note: Option<String>,
}

impl Foreseen {
    /// Every case that would begin, change or end, its own first; and whether each would be a new one.
    pub fn touched(&self) -> impl Iterator<Item = (&Case, bool)> {
        let own = self.case.iter().filter(|_| self.news && self.own);
        let own = own.map(|case| (case, self.begins));
        own.chain(self.others.iter().map(|(case, begins)| (case, *begins)))
    }
}

/// Works out what an event would do now.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn foresee(looks: Looks<'_>, event: &Event) -> Result<Foreseen, Failure> {
    let heard = as_heard(looks, event.clone(), false).await?;
    let decision = decide(looks, &Word::Said(Box::new(heard))).await?;
    let (_, runbook) = looks.runbooks.current(looks.ledger).await?;
    let rows = match &decision.receipt {
        Some(receipt) if decision.news => receipt.cases.as_slice(),
        _ => &[],
    };
    let touched = decision.begin.iter().map(|begin| &begin.case_id);
    let touched: Vec<_> = touched
        .chain(decision.ended.iter().map(|(id, _)| id))
        .collect();
    let own = decision.case.as_ref().map(|case| &case.id);
    let mut foreseen = Foreseen {
        case: None,
        news: decision.news,
        begins: false,
        own: false,
        load: None,
        counted_at: None,
        others: Vec::new(),
        note: decision.note.as_deref().map(as_foreseen),
    };
    for (row, _) in rows
        .iter()
        .filter(|(row, _)| touched.contains(&&row.item.id))
    {
        let case = named(looks, row.item.clone()).await?;
        let begins = row.version == 0;
        if Some(&case.id) != own {
            foreseen.others.push((case, begins));
            continue;
        }
        foreseen.load = load_of(&runbook, &case);
        (foreseen.own, foreseen.begins) = (true, begins);
        if !begins {
            let known = looks.ledger.find_case(&case.id).await?;
            foreseen.counted_at = known.and_then(|row| row.item.counted_at);
        }
        foreseen.case = Some(case);
    }
    if foreseen.case.is_none() {
        foreseen.case = decision.case;
    }
    Ok(foreseen)
}

/// A case with the names that its plan would give. What has ended is not planned.
async fn named(looks: Looks<'_>, mut case: Case) -> Result<Case, Failure> {
    if !case.state.is_ended() {
        let runbook = looks.runbooks.get(looks.ledger, &case.runbook).await?;
        case.names = foresee_names(looks.ledger, &runbook, &case).await?;
    }
    Ok(case)
}
