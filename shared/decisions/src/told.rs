//! What a case is planned with: the person, as the events tell them on its day, or what HR has still to tell. Pure.

use jiff::{Timestamp, civil::Date};
use latchkey_lifecycle::{
    CaseState, EventId, EventKind, Matter, Person, PersonDraft, PlannedFrom, Reason, Unread,
};
use latchkey_story::{Human, KnownCase};

use crate::asked::day_field;

/// What the events tell of a case.
pub(crate) struct Told {
    pub(crate) person: Option<Person>,
    pub(crate) before: Option<Person>,
    pub(crate) missing: Vec<String>,
    pub(crate) unread: Vec<Unread>,
    pub(crate) reason: Option<String>,
    pub(crate) confirmed_at: Timestamp,
}

impl Told {
    pub(crate) fn of(human: &Human<'_>, case: &KnownCase, kind: EventKind, now: Timestamp) -> Told {
        let from = &case.from;
        let events = |ids: &[EventId]| {
            let ids = ids.to_vec();
            human.events().filter(move |event| ids.contains(&event.id))
        };
        let confirmed_at = events(&case.events).map(|event| event.decided).max();
        let founder = case.events.first();
        let founder = human.events().find(|event| Some(&event.id) == founder);
        let own = events(&case.events).filter(|event| event.heard.kind == kind.into());
        let own = own.filter_map(|event| event.heard.reason.clone()).last();
        // An exit's reason is not why somebody is cut off: what founded the case may have been the exit.
        let founders = founder.filter(|_| kind != EventKind::UrgentExit);
        let reason = own.or_else(|| founders.and_then(|event| event.heard.reason.clone()));
        let today = founder.map_or(Date::MIN, |event| event.today);
        let day = from.day.unwrap_or(today);
        let lenient_on = kind.takes_all().then_some(day);
        // What is taken back tells nothing any more, but whom it was about.
        let undone = events(&case.undoes).fold(PersonDraft::default(), |told, event| {
            told.updated_with(event.heard.person.clone())
        });
        let record = match kind.takes_all() {
            true => undone
                .without_days_and_ids()
                .updated_with(record_of(human, from, day)),
            false => record_of(human, from, day),
        };
        let mut unread = record.unread.clone();
        let days = events(&case.events).flat_map(|event| &event.heard.person.unread);
        unread.extend(days.filter(|one| one.is_day()).cloned());
        let nameless = from.employee_id.is_stand_in();
        let (person, missing) = match lenient_on {
            _ if nameless => (None, without_an_id(&from.missing)),
            _ if case.matter.asks() => (None, asked_on_the_page(case)),
            Some(day) => (lenient(record, day).complete().ok(), Vec::new()),
            None => complete(record, from),
        };
        unread.retain(|one| missing.contains(&one.field));
        let known_enough = person.is_some();
        Told {
            person,
            before: match case.matter.asks() {
                // Whom it is about, by name.
                true => lenient(human.latest(&from.employee_id), day)
                    .complete()
                    .ok(),
                false if known_enough => before_of(human, from, day),
                false => before_of(human, from, day).or_else(|| whom(human, from, day)),
            },
            missing,
            unread,
            reason,
            confirmed_at: confirmed_at.unwrap_or(now),
        }
    }

    pub(crate) fn state(&self, matter: Matter) -> CaseState {
        match self.person.is_some() || (matter.asks() && self.missing.is_empty()) {
            true => CaseState::Received,
            false => CaseState::Incomplete,
        }
    }
}

/// Whom a case is about of which too little is told to plan it, as far as they have a name.
fn whom(human: &Human<'_>, from: &PlannedFrom, day: Date) -> Option<Person> {
    let known = human.latest(&from.employee_id);
    match known.full_name().is_empty() {
        true => None,
        false => lenient(known, day).complete().ok(),
    }
}

/// The field in which HR says whether two employee ids are one human.
const ONE_HUMAN: &str = "one human";

/// What is missing where HR did not tell whom it is about.
fn without_an_id(missing: &[String]) -> Vec<String> {
    let id = "employee id".to_owned();
    std::iter::once(id).chain(missing.iter().cloned()).collect()
}

/// What of a question can be answered on its page, as a field.
fn asked_on_the_page(case: &KnownCase) -> Vec<String> {
    let Matter::Ask(kind) = case.matter else {
        return Vec::new();
    };
    let asks = &case.from.asks;
    if asks.iter().any(Reason::asks_for_the_day) {
        return kind
            .event()
            .map(day_field)
            .map(str::to_owned)
            .into_iter()
            .collect();
    }
    let field = |reason: &Reason| match reason {
        Reason::OneHuman { .. } => Some(ONE_HUMAN.to_owned()),
        Reason::NotRead { field } => Some(field.clone()),
        _ => None,
    };
    asks.iter().filter_map(field).collect()
}

/// The record that a case is planned with: what the story plans it from, with the days and ids of that time. Who does
/// not work on that day begins on a later one, if what is given is for then.
fn record_of(human: &Human<'_>, from: &PlannedFrom, day: Date) -> PersonDraft {
    let id = &from.employee_id;
    let told = from.after.as_ref().or(from.before.as_ref());
    let mut works = human
        .at_work()
        .filter(|work| work.end.is_none_or(|end| end > day));
    let begins = works
        .next()
        .and_then(|work| work.first)
        .filter(|_| from.after.is_some());
    let record = human.record(id, begins.map_or(day, |first| first.max(day)));
    PersonDraft {
        previous_id: human.previous_of(id),
        ..match told {
            Some(told) => record.updated_with(told.clone()),
            None => record,
        }
    }
}

/// The complete person, or what is missing.
fn complete(record: PersonDraft, from: &PlannedFrom) -> (Option<Person>, Vec<String>) {
    if !from.missing.is_empty() {
        return (None, from.missing.clone());
    }
    let record = PersonDraft {
        start_date: record.start_date.or(from.day),
        unread: Vec::new(),
        ..record
    };
    match record.complete() {
        Ok(person) => (Some(person), Vec::new()),
        Err(lacks) => (None, lacks.0.into_iter().map(str::to_owned).collect()),
    }
}

/// What the person was before, under the id of that time.
fn before_of(human: &Human<'_>, from: &PlannedFrom, day: Date) -> Option<Person> {
    let told = from.before.clone()?;
    let eve = day.yesterday().unwrap_or(day);
    let under = human.id_on(eve).unwrap_or(&from.employee_id);
    let record = human.record(under, eve).updated_with(told);
    lenient(record, day).complete().ok()
}

/// A record with gaps closed: an empty name matches no account, so what is planned with it looks for the employee id
/// alone.
fn lenient(record: PersonDraft, day: Date) -> PersonDraft {
    let nothing = || Some(String::new());
    let floor = PersonDraft {
        given_name: nothing(),
        family_name: nothing(),
        department: nothing(),
        title: nothing(),
        employment_type: nothing(),
        country: nothing(),
        start_date: Some(day),
        ..PersonDraft::default()
    };
    PersonDraft {
        unread: Vec::new(),
        ..floor.updated_with(record)
    }
}
