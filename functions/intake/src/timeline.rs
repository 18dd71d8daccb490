//! What a person is on a day, by the decisions about them. HR's record says what was told last, and that may be about a day
//! after the one that is planned for: who moves to Support on the 14th has nothing of it on the 10th. Pure.

use latchkey_lifecycle::{Case, CaseId, EventKind, Order, Person, PersonDraft};

/// Whether such a decision gives what the person is by then: it is planned anew when that changes.
pub(crate) fn gives_what_they_are(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Transfer | EventKind::Return | EventKind::ExitWithdrawn
    )
}

/// What a person was at first, and their hires and transfers in the order of their days.
pub(crate) struct Timeline<'a> {
    origin: Option<Person>,
    cases: Vec<&'a Case>,
}

impl<'a> Timeline<'a> {
    /// Of a person's cases that count. `origin`: what the person was before all of them.
    pub(crate) fn of(
        origin: Option<Person>,
        cases: impl Iterator<Item = &'a Case>,
    ) -> Timeline<'a> {
        let decides = |case: &&Case| {
            let kind = case.kind.joins() || case.kind == EventKind::Transfer;
            kind && case.person.is_some() && case.superseded_by.is_none()
        };
        let mut all: Vec<&Case> = cases.filter(decides).collect();
        all.sort_by_key(|case| Order::of(case));
        Timeline { origin, cases: all }
    }

    /// What the person was before a decision, as far as other cases tell.
    pub(crate) fn before(&self, order: Order, except: Option<&CaseId>) -> Option<Person> {
        let others = self.cases.iter().filter(|case| Some(&case.id) != except);
        let mut person = self.origin.clone();
        for case in others.take_while(|case| Order::of(case) < order) {
            person = match person {
                Some(is) if !case.kind.joins() => rebased(case, &is),
                _ => case.person.clone(),
            };
        }
        person
    }
}

/// The person after a decision about somebody who is that before it.
pub(crate) fn rebased(case: &Case, is: &Person) -> Option<Person> {
    let own = case.person.as_ref()?;
    if let Some(told) = &case.told {
        let then = at_the_time(own.clone().into(), told, is);
        return then.complete().ok();
    }
    // It was taken in before Latchkey kept what was told: what was changed was told.
    let Some(was) = &case.before else {
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
