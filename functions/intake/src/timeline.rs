//! What a person is on a day, by the decisions about them. HR's record says what was told last, and that may be about a day
//! after the one that is planned for: who moves to Support on the 14th has nothing of it on the 10th. Pure.

use latchkey_ledger::Row;
use latchkey_lifecycle::{Case, CaseId, EventKind, Order, Person, PersonDraft};

/// The hires and transfers of a person, in the order of their days.
pub(crate) struct Timeline<'a>(Vec<&'a Case>);

impl<'a> Timeline<'a> {
    /// Of a person's cases that count.
    pub(crate) fn of(cases: impl Iterator<Item = &'a Case>) -> Timeline<'a> {
        let decides = |case: &&Case| {
            let kind = case.kind.joins() || case.kind == EventKind::Transfer;
            kind && case.person.is_some() && case.superseded_by.is_none()
        };
        let mut all: Vec<&Case> = cases.filter(decides).collect();
        all.sort_by_key(|case| Order::of(case));
        Timeline(all)
    }

    /// Of all cases of a person.
    pub(crate) fn of_rows(cases: &'a [Row<Case>]) -> Timeline<'a> {
        Timeline::of(cases.iter().map(|row| &row.item))
    }

    /// What the person was before a decision, as far as other cases tell.
    pub(crate) fn before(&self, order: Order, except: Option<&CaseId>) -> Option<Person> {
        let others = || self.0.iter().filter(|case| Some(&case.id) != except);
        let first = others().next()?;
        let mut person = match first.kind.joins() {
            true => None,
            false => first.before.clone(),
        };
        for case in others().take_while(|case| Order::of(case) < order) {
            person = match person {
                Some(is) if !case.kind.joins() => rebased(case, &is),
                _ => case.person.clone(),
            };
        }
        person
    }
}

/// The person after a transfer of somebody who is that before it.
pub(crate) fn rebased(transfer: &Case, is: &Person) -> Option<Person> {
    let own = transfer.person.as_ref()?;
    if let Some(told) = &transfer.told {
        let then = at_the_time(own.clone().into(), told, is);
        return then.complete().ok();
    }
    // It was taken in before Latchkey kept what was told: what was changed was told.
    let Some(was) = &transfer.before else {
        return Some(own.clone());
    };
    fn pick<T: Clone + PartialEq>(own: &T, was: &T, is: &T) -> T {
        if own == was { is.clone() } else { own.clone() }
    }
    Some(Person {
        department: pick(&own.department, &was.department, &is.department),
        title: pick(&own.title, &was.title, &is.title),
        level: pick(&own.level, &was.level, &is.level),
        employment_type: pick(
            &own.employment_type,
            &was.employment_type,
            &is.employment_type,
        ),
        country: pick(&own.country, &was.country, &is.country),
        location: pick(&own.location, &was.location, &is.location),
        ..own.clone()
    })
}

/// The record with what decides on access as it is at the time: as the event tells it, or else as it was then.
pub(crate) fn at_the_time(record: PersonDraft, told: &PersonDraft, was: &Person) -> PersonDraft {
    let told_or = |told: &Option<String>, was: &str| told.clone().or(Some(was.to_owned()));
    PersonDraft {
        department: told_or(&told.department, &was.department),
        title: told_or(&told.title, &was.title),
        level: told.level.clone().or(was.level.clone()),
        employment_type: told_or(&told.employment_type, &was.employment_type),
        country: told_or(&told.country, &was.country),
        location: told.location.clone().or(was.location.clone()),
        ..record
    }
}
