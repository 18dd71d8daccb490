//! Which of a person's cases an event is about. Pure.

use jiff::{Timestamp, civil::Date};
use latchkey_ledger::Row;
use latchkey_lifecycle::{
    Case, CaseId, CaseState, EmployeeId, Event, EventKind, Person, PersonDraft,
};

use crate::{again::given_back_since, supersedes::taken_back, timeline::at_the_time};

/// The case that the event is about, if there is one already:
///
/// - the one of its kind and day, also when that has ended: a replay after days begins nothing;
/// - for a hire or an exit with another day, the open one: HR moved it;
/// - for a change of the record before the first day, the open hire;
/// - for a moved date, the open case whose day it can be. Where that could be two, nobody guesses;
/// - one of its kind that waits for the rest of its record.
///
/// `news` says whether the event tells something of the person that was not known.
pub(crate) fn belongs<'a>(
    event: &Event,
    effective: Option<Date>,
    news: bool,
    cases: &'a [Row<Case>],
) -> Option<&'a Row<Case>> {
    let kind = event.kind;
    let same = cases
        .iter()
        .filter(|row| alike(row.item.kind, kind) && row.item.effective == effective)
        .filter(|row| !decided_again(event, &row.item, news, cases));
    let moved = || match kind {
        EventKind::DateMoved => whose_day_moved(event, effective?, cases),
        EventKind::Transfer => only(open(cases, EventKind::Hire)).filter(|row| {
            row.item
                .effective
                .is_none_or(|first| effective <= Some(first))
        }),
        EventKind::Hire
        | EventKind::Rehire
        | EventKind::Exit
        | EventKind::Leave
        | EventKind::Return => {
            only(open(cases, kind).filter(|row| !is_past(&row.item, event, effective, cases)))
        }
        _ => None,
    };
    let incomplete = || open(cases, kind).find(|row| row.item.state == CaseState::Incomplete);
    same.max_by_key(|row| row.item.confirmed_at)
        .or_else(moved)
        .or_else(incomplete)
}

/// The id of a new case: that of its kind and day, or the next one when an ended case has it.
pub(crate) fn new_id(
    event: &Event,
    employee: &EmployeeId,
    effective: Option<Date>,
    cases: &[Row<Case>],
) -> CaseId {
    (0..)
        .map(|nth| CaseId::of_nth(event.kind, employee, effective, nth))
        .find(|id| cases.iter().all(|row| row.item.id != *id))
        .unwrap_or_else(|| CaseId::of(event.kind, employee, effective))
}

/// What was confirmed after a case had ended begins another one, if there is something new to it. So does an older transfer for
/// the same day that comes late, where it says what the later one leaves open: both count.
fn decided_again(event: &Event, case: &Case, news: bool, cases: &[Row<Case>]) -> bool {
    if case.kind == EventKind::Transfer && event.occurred_at < case.confirmed_at {
        return case.state != CaseState::Superseded && adds(event, case);
    }
    let takes_back_again =
        || taken_back(case.kind, cases).is_some_and(|row| !row.item.state.is_ended());
    let another = match (case.state, case.kind) {
        (CaseState::Superseded, _) => true,
        // Its record was never completed, and the task to complete it left out by name.
        (CaseState::Closed, _) if case.person.is_none() => true,
        (CaseState::Closed, EventKind::Transfer) => news || tells_otherwise(event, case),
        (
            CaseState::Closed,
            EventKind::HireRescinded | EventKind::ExitWithdrawn | EventKind::Return,
        ) => takes_back_again(),
        // Who was given everything back since leaves once more, though it be on the same day.
        (CaseState::Closed, EventKind::Exit | EventKind::UrgentExit) => {
            given_back_since(case, event, cases)
        }
        _ => false,
    };
    another && event.occurred_at > case.confirmed_at
}

/// Whether the event makes the person something else than the case does.
fn tells_otherwise(event: &Event, case: &Case) -> bool {
    makes_other(&event.person, case)
}

/// Whether an older event makes the person something else where the case tells nothing.
fn adds(event: &Event, case: &Case) -> bool {
    let told = case.told.clone();
    told.is_some_and(|told| makes_other(&event.person.clone().updated_with(told), case))
}

fn makes_other(told: &PersonDraft, case: &Case) -> bool {
    let after = |was: &Person| at_the_time(was.clone().into(), told, was).complete();
    let person = case.person.as_ref();
    person.is_some_and(|was| after(was).is_ok_and(|is| !is.works_like(was)))
}

/// The exit after which a change of the record concerns nobody's access: who has left is not given anything by a correction
/// of their record, and comes back by a rehire.
pub(crate) fn has_left(kind: EventKind, day: Date, cases: &[Row<Case>]) -> Option<&Row<Case>> {
    if !matches!(
        kind,
        EventKind::Transfer | EventKind::Leave | EventKind::Return
    ) {
        return None;
    }
    let exit = taken_back(EventKind::ExitWithdrawn, cases)?;
    let stays = |case: &Case| {
        let withdrawn = case.kind == EventKind::ExitWithdrawn;
        withdrawn
            && case.state != CaseState::Superseded
            && case.confirmed_at > exit.item.confirmed_at
    };
    let gone = exit.item.state != CaseState::Superseded
        && exit.item.effective.is_some_and(|last| last < day)
        && !cases.iter().any(|row| stays(&row.item));
    gone.then_some(exit)
}

/// The later decision that an event comes too late for: a hire that was rescinded since, a rescission of a hire that was
/// confirmed again since; exits and leaves likewise. An urgent exit is never too late.
pub(crate) fn overruled<'a>(
    event: &Event,
    effective: Option<Date>,
    cases: &'a [Row<Case>],
) -> Option<&'a Row<Case>> {
    later_word(event.kind, effective, event.occurred_at, cases)
}

/// The decision that was confirmed after one of that kind, for that day, and says the opposite. The day on which somebody comes
/// back from a leave says nothing against the leave until then.
pub(crate) fn later_word(
    kind: EventKind,
    day: Option<Date>,
    confirmed: Timestamp,
    cases: &[Row<Case>],
) -> Option<&Row<Case>> {
    let by: &[EventKind] = match kind {
        EventKind::Hire | EventKind::Rehire => &[EventKind::HireRescinded],
        EventKind::HireRescinded => &[EventKind::Hire, EventKind::Rehire],
        EventKind::Exit => &[EventKind::ExitWithdrawn],
        EventKind::ExitWithdrawn => &[EventKind::Exit, EventKind::UrgentExit],
        EventKind::Leave => &[EventKind::Return],
        EventKind::Return => &[EventKind::Leave],
        _ => return None,
    };
    let goes_first =
        |case: &Case| kind == EventKind::Leave && day.is_some() && day < case.effective;
    let later = |case: &Case| {
        let superseded = case.state == CaseState::Superseded;
        by.contains(&case.kind) && !superseded && confirmed < case.confirmed_at && !goes_first(case)
    };
    cases.iter().find(|row| later(&row.item))
}

/// A rehire is a hire to whoever moves its date.
fn alike(a: EventKind, b: EventKind) -> bool {
    a == b || (a.joins() && b.joins())
}

pub(crate) fn open(cases: &[Row<Case>], kind: EventKind) -> impl Iterator<Item = &Row<Case>> {
    let open = |row: &&Row<Case>| !row.item.state.is_ended();
    cases
        .iter()
        .filter(open)
        .filter(move |row| alike(row.item.kind, kind))
}

pub(crate) fn only<'a>(mut rows: impl Iterator<Item = &'a Row<Case>>) -> Option<&'a Row<Case>> {
    let first = rows.next();
    first.filter(|_| rows.next().is_none())
}

/// Whether an open case is of an earlier time: since then the opposite was decided for a later day, and the event comes after
/// that. A return whose last task is still open is not the one from the next leave.
pub(crate) fn is_past(case: &Case, event: &Event, day: Option<Date>, cases: &[Row<Case>]) -> bool {
    let opposite: &[EventKind] = match case.kind {
        EventKind::Leave => &[EventKind::Return],
        EventKind::Return => &[EventKind::Leave],
        EventKind::Exit => &[EventKind::Hire, EventKind::Rehire],
        EventKind::Hire | EventKind::Rehire => &[EventKind::Exit, EventKind::UrgentExit],
        _ => return false,
    };
    let between = |other: &Case| {
        opposite.contains(&other.kind)
            && other.state != CaseState::Superseded
            && (case.confirmed_at..event.occurred_at).contains(&other.confirmed_at)
            && case.effective <= other.effective
            && other.effective < day
    };
    cases.iter().any(|row| between(&row.item))
}

/// What the record says of the new day narrows it down: a last day is an exit's, a start date a hire's.
fn whose_day_moved<'a>(event: &Event, day: Date, cases: &'a [Row<Case>]) -> Option<&'a Row<Case>> {
    let person = &event.person;
    let kinds: &[EventKind] = match (person.start_date == Some(day), person.last_day == Some(day)) {
        (true, false) => &[EventKind::Hire],
        (false, true) => &[EventKind::Exit],
        _ => &[
            EventKind::Hire,
            EventKind::Transfer,
            EventKind::Exit,
            EventKind::Leave,
            EventKind::Return,
        ],
    };
    only(kinds.iter().flat_map(|kind| open(cases, *kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(kind: EventKind, day: &str, state: &str) -> Row<Case> {
        let who = EmployeeId::new("1042").unwrap();
        let day: Date = day.parse().unwrap();
        Row::new(
            serde_json::from_value(serde_json::json!({
                "id": CaseId::of(kind, &who, Some(day)), "kind": kind, "employeeId": who, "effective": day,
                "confirmedAt": "2026-11-23T07:00:00Z", "openedAt": "2026-11-23T07:00:00Z", "state": state,
                "revision": 1, "runbook": "v",
                "person": {
                    "employeeId": who, "givenName": "Zoe", "familyName": "Okafor", "department": "Sales",
                    "title": "Specialist", "employmentType": "employee", "country": "GB", "startDate": "2026-12-07",
                },
            }))
            .unwrap(),
        )
    }

    fn event(kind: EventKind, person: serde_json::Value) -> Event {
        serde_json::from_value(serde_json::json!({
            "kind": kind, "source": "generic", "deliveryId": "1", "occurredAt": "2026-11-24T07:00:00Z",
            "person": person,
        }))
        .unwrap()
    }

    fn found(event: &Event, day: &str, cases: &[Row<Case>]) -> Option<EventKind> {
        belongs(event, Some(day.parse().unwrap()), true, cases).map(|row| row.item.kind)
    }

    #[test]
    fn a_hire_or_an_exit_with_another_day_is_the_open_one_moved() {
        let cases = [
            case(EventKind::Hire, "2026-12-07", "open"),
            case(EventKind::Exit, "2027-12-07", "open"),
        ];
        for kind in [EventKind::Hire, EventKind::Exit] {
            let event = event(kind, serde_json::json!({}));
            assert_eq!(found(&event, "2026-12-14", &cases), Some(kind));
        }
        // A change of the record until the first day is about the hire.
        let transfer = event(EventKind::Transfer, serde_json::json!({}));
        assert_eq!(
            found(&transfer, "2026-12-07", &cases),
            Some(EventKind::Hire)
        );
        assert_eq!(found(&transfer, "2026-12-08", &cases), None);
    }

    #[test]
    fn an_open_return_is_not_the_one_from_the_next_leave() {
        let mut cases = [
            case(EventKind::Return, "2027-01-18", "open"),
            case(EventKind::Leave, "2027-01-28", "open"),
        ];
        let back = event(EventKind::Return, serde_json::json!({}));
        let found = |day: &str, cases: &[Row<Case>]| found(&back, day, cases);
        assert_eq!(found("2027-03-05", &cases), None);
        assert_eq!(found("2027-01-20", &cases), Some(EventKind::Return));
        cases[1].item.state = CaseState::Superseded;
        assert_eq!(found("2027-03-05", &cases), Some(EventKind::Return));
    }

    #[test]
    fn a_replay_is_the_ended_case_and_a_later_transfer_on_the_same_day_is_not() {
        let ended = [
            case(EventKind::Hire, "2026-12-07", "closed"),
            case(EventKind::Transfer, "2026-12-07", "closed"),
        ];
        let hire = event(EventKind::Rehire, serde_json::json!({}));
        assert_eq!(found(&hire, "2026-12-07", &ended), Some(EventKind::Hire));
        assert_eq!(found(&hire, "2026-12-08", &ended), None);
        let mut transfer = event(EventKind::Transfer, serde_json::json!({}));
        assert_eq!(found(&transfer, "2026-12-07", &ended), None);
        let who = EmployeeId::new("1042").unwrap();
        let next = new_id(&transfer, &who, ended[1].item.effective, &ended);
        assert_ne!(next, ended[1].item.id);
        transfer.occurred_at = ended[1].item.confirmed_at;
        assert_eq!(
            found(&transfer, "2026-12-07", &ended),
            Some(EventKind::Transfer)
        );
    }

    #[test]
    fn a_moved_date_is_that_of_the_case_it_can_be_and_nobody_guesses() {
        let both = [
            case(EventKind::Hire, "2026-12-07", "open"),
            case(EventKind::Exit, "2027-06-30", "open"),
        ];
        let moved = |person| event(EventKind::DateMoved, person);
        let nothing = moved(serde_json::json!({}));
        assert_eq!(found(&nothing, "2026-12-14", &both), None);
        assert_eq!(
            found(&nothing, "2026-12-14", &both[..1]),
            Some(EventKind::Hire)
        );
        assert_eq!(
            found(&nothing, "2026-12-14", &both[1..]),
            Some(EventKind::Exit)
        );
        let start = moved(serde_json::json!({ "startDate": "2026-12-14" }));
        assert_eq!(found(&start, "2026-12-14", &both), Some(EventKind::Hire));
        let last = moved(serde_json::json!({ "startDate": "2026-12-07", "lastDay": "2027-07-31" }));
        assert_eq!(found(&last, "2027-07-31", &both), Some(EventKind::Exit));
        let ended = [case(EventKind::Hire, "2026-12-07", "closed")];
        assert_eq!(found(&nothing, "2026-12-14", &ended), None);
    }
}
