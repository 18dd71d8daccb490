//! What stood before HR changed it and the brake held the change: left out, only the change is, and what stood goes on.

use std::collections::BTreeMap;

use jiff::civil::Date;
use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::{Case, CaseId, EventId};
use latchkey_story::Heard;

/// What stood of a held case when the brake let it pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood {
    /// The day that it had; none, where it is not known or is the one that it has now.
    pub day: Option<Date>,
}

/// What HR said of a case before the brake let it pass, and since, each in the order of decisions. Where it never let it
/// pass, all of it came since.
fn parted<'h>(case: &Case, heard: &'h [Heard]) -> (Vec<&'h Heard>, Vec<&'h Heard>) {
    let events = case.grounds.iter().flat_map(|grounds| &grounds.events);
    let of_it = events.filter_map(|id| heard.iter().find(|heard| heard.id() == *id));
    let passed = |heard: &&Heard| {
        let counted = case.counted_at;
        counted.is_some_and(|counted| heard.received_at <= counted)
    };
    of_it.partition(passed)
}

/// What HR said of a held case after the brake had let it pass; nothing where it never did.
pub(super) fn changes(case: &Case, heard: &[Heard]) -> Vec<EventId> {
    match parted(case, heard) {
        (before, since) if !before.is_empty() => since.iter().map(|heard| heard.id()).collect(),
        _ => Vec::new(),
    }
}

/// What stood of a case before that, by what HR said of it. `None` where nothing did: left out, nothing of it happens.
pub fn stood(case: &Case, heard: &[Heard]) -> Option<Stood> {
    let (before, since) = parted(case, heard);
    if before.is_empty() || since.is_empty() {
        return None;
    }
    let mut days = before.iter().rev().map(|heard| heard.effective);
    let day = days.find_map(|day| day);
    Some(Stood {
        day: day.filter(|day| Some(*day) != case.effective),
    })
}

/// Of which of these cases something stood.
///
/// # Errors
/// [`LedgerError`] when the ledger does not answer.
pub async fn stood_among(
    ledger: &Ledger,
    cases: &[Case],
) -> Result<BTreeMap<CaseId, Stood>, LedgerError> {
    let passed = || cases.iter().filter(|case| case.counted_at.is_some());
    let heard = ledger.heard_by_cases(passed()).await?;
    let all = passed().filter_map(|case| Some((case.id.clone(), stood(case, &heard)?)));
    Ok(all.collect())
}
