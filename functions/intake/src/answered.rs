//! HR was asked about the day of an event (it is far ahead, or could not be read), and another case of the kind is open: the answer,
//! or a later word, moves that one. Pure.

use jiff::civil::Date;
use latchkey_ledger::Row;
use latchkey_lifecycle::{Case, CaseState, Event, EventKind};

use crate::belongs::{is_past, only, open};

/// The open case that an event with a day moves, and the question about the day that is answered by that. `existing`: the case that the
/// event would belong to.
pub(crate) fn moves_what_is_open<'a>(
    event: &Event,
    day: Option<Date>,
    existing: Option<&Row<Case>>,
    cases: &'a [Row<Case>],
) -> Option<(&'a Row<Case>, &'a Row<Case>)> {
    let has_one_day = match event.kind {
        EventKind::Exit | EventKind::Leave | EventKind::Return => true,
        kind => kind.joins(),
    };
    let is_question = |row: &&Row<Case>| row.item.state == CaseState::Incomplete;
    let asked = open(cases, event.kind).find(is_question)?;
    let is_asked = existing.is_some_and(|row| row.item.id == asked.item.id);
    if !has_one_day || !is_asked || day.is_none() {
        return None;
    }
    let others = open(cases, event.kind).filter(|row| row.item.person.is_some());
    let other = only(others.filter(|row| !is_past(&row.item, event, day, cases)))?;
    Some((other, asked))
}
