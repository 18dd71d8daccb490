//! What a ledger that has cases, but not all events, knew of a person, as events (STORY.md, part 10). Nothing acts
//! because of it alone.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use latchkey_lifecycle::{
    Case, CaseId, CaseState, EmployeeId, EventId, EventKind, HeardKind, Matter, Person,
    PersonDraft, PlannedFrom, Until,
};

use crate::{
    case::{KnownCase, Progress},
    difference::{Becomes, Verb, difference},
    heard::{Claim, Heard},
    story::Story,
    told::same_attributes,
    want::Want,
};

/// The source of events that a migration made.
pub const MIGRATION: &str = "migration";

/// So long before their first case somebody was there.
const BEFORE: SignedDuration = SignedDuration::from_secs(1);

/// A person of an old ledger, under one id.
#[derive(Debug, Clone)]
pub struct OldPerson<'o> {
    /// The id.
    pub employee_id: &'o EmployeeId,
    /// The record, as complete as HR has made it.
    pub record: &'o PersonDraft,
    /// When the event that last changed the record was decided (UTC).
    pub as_of: Timestamp,
    /// What they were when the ledger first heard of them, if they worked here then.
    pub origin: Option<&'o PersonDraft>,
    /// The id under which HR knows them now.
    pub became: Option<&'o EmployeeId>,
    /// All of their cases.
    pub cases: Vec<OldCase<'o>>,
}

/// A case of an old ledger.
#[derive(Debug, Clone, Copy)]
pub struct OldCase<'o> {
    /// The case.
    pub case: &'o Case,
    /// When HR says that it was decided (UTC), where the audit trail still has it: later events raise what the case
    /// itself says.
    pub decided: Option<Timestamp>,
}

/// What an old ledger becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The events, to be kept as they are.
    pub heard: Vec<Heard>,
    /// What is kept of the story beside each case.
    pub cases: Vec<(CaseId, KnownCase)>,
    /// What the story would do about the cases, had it been asked. While there is anything, the person is pinned: the
    /// cases are kept as they are until the next event, and then the difference counts.
    pub pinned: Vec<Becomes>,
}

/// The story of one human in an old ledger, under all of the ids that lead to one another. `company`: as for
/// [`Story::of`].
pub fn migrate(people: &[OldPerson<'_>], company: &TimeZone) -> Migrated {
    let mut heard = Vec::new();
    let mut old = Vec::new();
    for person in people {
        heard.extend(was_there(person));
        for of in &person.cases {
            if let Some(event) = event_of(person, *of) {
                old.push((of.case, event.id()));
                heard.push(event);
            }
        }
        heard.extend(went_over(person));
        latest_contacts(person, &mut heard);
    }
    // The contacts are told by an event whose id they change.
    let id_now = |case: &Case| {
        heard
            .iter()
            .find(|h| h.delivery_id == delivery_of(case))
            .map(Heard::id)
    };
    let place = |id: &CaseId| old.iter().position(|(case, _)| case.id == *id);
    let story = Story::of(&heard, company);
    let mut cases = Vec::with_capacity(old.len());
    for (case, id) in &old {
        let mut known = known(case, id_now(case).unwrap_or(*id));
        known.by = case.superseded_by.as_ref().and_then(place);
        let mut wants = story.wants().iter();
        if let Some(want) = wants.find(|want| is_planned_for(&known, want)) {
            known.from.clone_from(&want.from);
        }
        cases.push(known);
    }
    let mut pinned = difference(&cases, &story);
    pinned.retain(|one| one.verb != Verb::Refresh);
    let ids = old.iter().map(|(case, _)| case.id.clone());
    Migrated {
        cases: ids.zip(cases).collect(),
        pinned,
        heard,
    }
}

/// An import; or somebody whose record is complete, and of whom nobody told that they begin.
fn was_there(person: &OldPerson<'_>) -> Option<Heard> {
    let begins = |of: &&OldCase<'_>| of.case.kind.joins() || changes_the_id(of.case).is_some();
    let unheralded = person.cases.iter().find(begins).is_none();
    let known =
        Some(person.record).filter(|record| unheralded && (*record).clone().complete().is_ok());
    // Who went over to another id was somebody under the old one, and that has a record of its own.
    let own = |is: &&PersonDraft| {
        let id = is.employee_id.as_ref();
        id.is_none_or(|id| id == person.employee_id)
    };
    let is = person.origin.filter(own).or(known)?;
    let first = person.cases.iter().map(decided).min();
    let at = first
        .unwrap_or(person.as_of)
        .checked_sub(BEFORE)
        .unwrap_or(Timestamp::MIN);
    let told = PersonDraft {
        start_date: is.start_date,
        ..is.clone().without_days_and_ids()
    };
    let id = format!("migrated-{}", person.employee_id);
    Some(Heard::there(
        person.employee_id.clone(),
        told,
        at,
        MIGRATION,
        &id,
    ))
}

/// HR said already that the two ids are one human.
fn went_over(person: &OldPerson<'_>) -> Option<Heard> {
    let claim = Claim {
        employee: person.became?.clone(),
        previous: person.employee_id.clone(),
    };
    let id = format!("migrated-{}-became", person.employee_id);
    Some(Heard::identity(claim, true, person.as_of, MIGRATION, &id))
}

fn delivery_of(case: &Case) -> String {
    format!("migrated-{}", case.id)
}

/// The day of decision. What moved a case, or took its place, raised what the case says itself.
fn decided(of: &OldCase<'_>) -> Timestamp {
    of.decided
        .unwrap_or(of.case.confirmed_at.min(of.case.opened_at))
}

/// What was confirmed, as far as a case still says it; none of a question about an event that nobody knows.
fn event_of(person: &OldPerson<'_>, of: OldCase<'_>) -> Option<Heard> {
    let case = of.case;
    let kind = match (&case.unknown_event, &case.stands_against) {
        (Some(_), _) => return None,
        (None, Some(_)) => HeardKind::Exit, // HR is asked about an exit that came too late
        (None, None) => case.kind.into(),
    };
    let was_before = match case.kind.joins() {
        true => case.person.as_ref().and_then(|is| is.previous_id.as_ref()),
        false => None,
    };
    let previous = changes_the_id(case).or(was_before);
    Some(Heard {
        kind,
        effective: case.effective,
        person: PersonDraft {
            previous_id: previous.cloned(),
            ..told_by(case, person.record)
        },
        reason: case.reason.clone(),
        ..Heard::there(
            case.employee_id.clone(),
            PersonDraft::default(),
            decided(&of),
            MIGRATION,
            &delivery_of(case),
        )
    })
}

/// The id of before, of the case by which somebody went over to another one.
fn changes_the_id(case: &Case) -> Option<&EmployeeId> {
    let before = case.before.as_ref().map(|before| &before.employee_id);
    before.filter(|before| **before != case.employee_id)
}

/// What HR told by the event of a case: what was kept of it; else what differs from before.
fn told_by(case: &Case, record: &PersonDraft) -> PersonDraft {
    let told = match (&case.told, &case.person) {
        (Some(told), _) => told.clone(),
        (None, Some(is)) if case.kind.joins() => is.clone().into(),
        (None, Some(is)) if case.kind == EventKind::Transfer => differing(is, case.before.as_ref()),
        (None, None) if case.kind.joins() => record.clone(),
        _ => PersonDraft::default(),
    };
    let unread = told.unread.clone();
    PersonDraft {
        unread,
        ..told.without_days_and_ids()
    }
}

fn differing(is: &Person, before: Option<&Person>) -> PersonDraft {
    let mut told = PersonDraft::from(is.clone());
    let Some(was) = before.cloned().map(PersonDraft::from) else {
        return told;
    };
    let forget = |told: &mut Option<String>, was: &Option<String>| {
        if told == was {
            *told = None;
        }
    };
    forget(&mut told.given_name, &was.given_name);
    forget(&mut told.family_name, &was.family_name);
    forget(&mut told.work_email, &was.work_email);
    forget(&mut told.department, &was.department);
    forget(&mut told.title, &was.title);
    forget(&mut told.level, &was.level);
    forget(&mut told.employment_type, &was.employment_type);
    forget(&mut told.country, &was.country);
    forget(&mut told.location, &was.location);
    told
}

/// How to reach somebody is told by the last event: the latest word counts.
fn latest_contacts(person: &OldPerson<'_>, heard: &mut [Heard]) {
    let mine = heard
        .iter_mut()
        .filter(|h| h.employee_id == *person.employee_id && h.kind != HeardKind::Identity);
    if let Some(last) = mine.max_by_key(|h| h.occurred_at) {
        let record = person.record;
        let latest = |told: &mut Option<String>, is: &Option<String>| {
            if is.is_some() {
                told.clone_from(is);
            }
        };
        latest(&mut last.person.personal_email, &record.personal_email);
        latest(&mut last.person.manager_email, &record.manager_email);
        latest(&mut last.person.time_zone, &record.time_zone);
        if record.manager.is_some() {
            last.person.manager.clone_from(&record.manager);
        }
    }
}

fn known(case: &Case, event: EventId) -> KnownCase {
    let asks = case.stands_against.is_some();
    let matter = match asks {
        true => Matter::Ask(HeardKind::Exit),
        false => Matter::Carry(case.kind),
    };
    let draft = |person: &Option<Person>| {
        let draft = person.clone().map(PersonDraft::from);
        draft.map(PersonDraft::without_days_and_ids)
    };
    let progress = match case.state {
        CaseState::Closed => Progress::Closed,
        CaseState::Superseded => Progress::Superseded,
        CaseState::Received | CaseState::Incomplete | CaseState::Held | CaseState::Open => {
            Progress::Open
        }
    };
    let waits = matches!(
        case.state,
        CaseState::Received | CaseState::Incomplete | CaseState::Held
    );
    KnownCase {
        matter,
        employee_id: case.employee_id.clone(),
        events: vec![event],
        undoes: Vec::new(),
        until: Until::Ever,
        kept: false,
        from: PlannedFrom {
            matter,
            employee_id: case.employee_id.clone(),
            day: case.effective,
            before: draft(&case.before),
            after: draft(&case.person).filter(|_| !case.kind.takes_all() && !asks),
            missing: case.missing.clone(),
            asks: Vec::new(),
        },
        progress,
        acted: !waits && case.person.is_some(),
        by: None,
    }
}

/// Whether a case is what the story wants, as far as it gives and takes: then it counts as planned from that, since
/// names and the like are told in other ways now.
fn is_planned_for(case: &KnownCase, want: &Want) -> bool {
    let (was, is) = (&case.from, &want.from);
    let shares = case.events.iter().any(|event| want.events.contains(event));
    let waits = |from: &PlannedFrom| !from.missing.is_empty();
    let same =
        |a: &PlannedFrom, b: &PlannedFrom| same_attributes(a.after.as_ref(), b.after.as_ref());
    shares
        && case.matter.is_like(is.matter)
        && (was.day == is.day || is.matter.asks() || !is.matter.gives() && was.day.is_none())
        && waits(was) == waits(is)
        && (waits(was) || !is.matter.gives() || same(was, is))
}
