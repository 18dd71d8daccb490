//! What a decision about a person changes in their other open cases. Pure.

use jiff::Timestamp;
use latchkey_ledger::Row;
use latchkey_lifecycle::{
    AuditBody, Case, CaseState, Event, EventKind, Order, Person, PersonDraft,
};

use crate::{
    decide::audit_of,
    timeline::{Timeline, gives_what_they_are, rebased},
};

/// How things stand after a decision.
pub(crate) struct After<'a> {
    pub(crate) order: Order,
    pub(crate) timeline: Timeline<'a>,
}

/// Another open case of the person, planned anew with the manager and the private address of the new record, and as a transfer
/// from what the person is by then: its open tasks follow. `None` when it knows them already.
pub(crate) fn follow(
    row: &Row<Case>,
    record: &PersonDraft,
    after: &After<'_>,
    event: &Event,
    now: Timestamp,
) -> Option<(Row<Case>, AuditBody)> {
    let mut row = row.clone();
    let case = &mut row.item;
    let was = case.clone();
    let is = gives_what_they_are(case.kind)
        .then(|| after.timeline.before(Order::of(case), Some(&case.id)))
        .flatten();
    let transfer = case.kind == EventKind::Transfer;
    let other = |is: &Person| match transfer {
        true => case.before.as_ref().is_none_or(|was| !is.works_like(was)),
        false => {
            let after = rebased(case, is).zip(case.person.as_ref());
            after.is_some_and(|(is, was)| !is.works_like(was))
        }
    };
    let is = is.filter(|is| case.person.is_some() && other(is));
    // One that has ended already, because it had nothing to change, has something to change now.
    let again = case.state == CaseState::Closed && after.order < Order::of(case) && is.is_some();
    if case.state.is_ended() && !again {
        return None;
    }
    if let Some(is) = &is {
        case.person = rebased(case, is);
        case.before = transfer.then(|| is.clone());
    }
    let person = case.person.as_mut()?;
    let update = |was: &mut Option<String>, is: &Option<String>| {
        if is.is_some() {
            was.clone_from(is);
        }
    };
    update(&mut person.manager_email, &record.manager_email);
    update(&mut person.personal_email, &record.personal_email);
    if record.manager.is_some() {
        person.manager.clone_from(&record.manager);
    }
    if *case == was {
        return None;
    }
    if again {
        case.state = CaseState::Open;
        case.closed_at = None;
        case.summary_sent = false;
    }
    case.plan_anew();
    let revision = case.revision;
    let what = match is.is_some() {
        true => "What comes before it changed",
        false => "The manager or an address changed",
    };
    let text = format!("{what}; planned anew as revision {revision}.");
    Some((row, audit_of(now, event, "changed", text)))
}
