//! Whose held cases somebody may not decide about: nobody decides about themselves, nor about what they reported.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::{Case, CaseId, EmployeeId, Themselves};
use latchkey_questions::is_about;
use latchkey_story::Heard;

/// Why a held case is not somebody's to decide about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTheirs {
    /// It is about themselves.
    Themselves,
    /// They reported it.
    Reported,
}

impl NotTheirs {
    /// The reason, in a sentence to whoever decides.
    pub fn words(self) -> &'static str {
        match self {
            NotTheirs::Themselves => "It is about yourself: somebody else decides.",
            NotTheirs::Reported => "You reported it: somebody else decides.",
        }
    }
}

/// Those of some cases that are not for somebody to decide about, by their name and by who they are.
///
/// # Errors
/// [`LedgerError`] when the ledger does not answer.
pub async fn not_theirs(
    ledger: &Ledger,
    who: (&str, &Themselves),
    cases: &[Case],
) -> Result<BTreeMap<CaseId, NotTheirs>, LedgerError> {
    let heard = ledger.heard_by_cases(cases).await?;
    among(ledger, &heard, who, cases).await
}

/// The same, where what HR confirmed of these cases is known.
pub(crate) async fn among(
    ledger: &Ledger,
    heard: &[Heard],
    (name, them): (&str, &Themselves),
    cases: &[Case],
) -> Result<BTreeMap<CaseId, NotTheirs>, LedgerError> {
    let people: BTreeSet<EmployeeId> = cases.iter().map(|c| c.employee_id.clone()).collect();
    let given = ledger.emails_given(&people).await?;
    let own = |case: &&Case| {
        let given = given.get(&case.employee_id);
        is_about(case, name, them) || given.is_some_and(|given| them.have(given))
    };
    let reported = reported(heard, them, cases);
    let mut all: BTreeMap<CaseId, NotTheirs> = reported
        .into_iter()
        .map(|id| (id, NotTheirs::Reported))
        .collect();
    let own = cases.iter().filter(own);
    all.extend(own.map(|case| (case.id.clone(), NotTheirs::Themselves)));
    Ok(all)
}

/// Those of some cases that somebody reported by hand.
pub(crate) async fn reported_by(
    ledger: &Ledger,
    them: &Themselves,
    cases: &[Case],
) -> Result<BTreeSet<CaseId>, LedgerError> {
    let heard = ledger.heard_by_cases(cases).await?;
    Ok(reported(&heard, them, cases))
}

fn reported(heard: &[Heard], them: &Themselves, cases: &[Case]) -> BTreeSet<CaseId> {
    let by_them = heard.iter().filter(|event| {
        let by = event.confirmed_by.as_deref().unwrap_or_default();
        them.have(by)
    });
    let theirs: BTreeSet<_> = by_them.map(|e| (e.employee_id.clone(), e.id())).collect();
    let stands_on = |case: &&Case| {
        let mut events = case.grounds.iter().flat_map(|grounds| &grounds.events);
        events.any(|event| theirs.contains(&(case.employee_id.clone(), *event)))
    };
    let reported = cases.iter().filter(stands_on);
    reported.map(|case| case.id.clone()).collect()
}
