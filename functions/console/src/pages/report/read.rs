//! What the form says, read as HR's records are: an event, or what is wrong and where.

use jiff::civil::Date;
use latchkey_access::On;
use latchkey_decisions::{Employment, employment, today, who_is};
use latchkey_hris::normalise;
use latchkey_ledger::PersonRecord;
use latchkey_lifecycle::{EmployeeId, Event, EventKind, MissingFields, PersonDraft};
use latchkey_runtime::Failure;

use super::{
    SOURCE,
    address::taken,
    said::{Field, Said, WHO, Wrong, fields_of},
};
use crate::{Deps, sign_in::Signed};

/// So many people of one name are offered.
const OFFERED: u16 = 20;
/// The most characters of a reason.
const REASON_LENGTH: usize = 1000;
/// A name has so many words at most, when it is looked for in each of their orders.
const WORDS: usize = 5;

/// Somebody whom the ledger knows.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: EmployeeId,
    pub(super) record: PersonDraft,
}

impl Known {
    /// As they are on a day.
    fn of((id, record): (EmployeeId, PersonRecord), day: Date) -> Known {
        Known {
            id,
            record: record.on(day).clone(),
        }
    }

    /// The name, or the number where none is known.
    pub(super) fn name(&self) -> String {
        match self.record.full_name() {
            name if name.is_empty() => self.id.to_string(),
            name => name,
        }
    }

    /// Number, title, department and place.
    pub(super) fn what(&self) -> String {
        let record = &self.record;
        let id = Some(self.id.to_string());
        let parts = [&id, &record.title, &record.department, &record.location];
        let parts = parts.into_iter().flatten().map(String::as_str);
        parts.collect::<Vec<_>>().join(" · ")
    }
}

/// What is reported.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) event: Event,
    pub(super) employee: EmployeeId,
    /// As they are known now; nobody, before they come for the first time.
    pub(super) known: Option<Known>,
}

impl Report {
    /// Whom it is about, for who may report it: whose number it is, and whose the address is that is written down.
    pub(super) fn about(&self) -> On {
        On {
            person: self.event.person.work_email.clone(),
            people: [self.employee.clone()].into(),
            ..On::default()
        }
    }

    /// Whom they report to anew, by address where one is told. Compared with what was known before this word: a case
    /// has it in what was before it, too, since the latest word counts at once (STORY.md, A4).
    pub(super) fn new_manager(&self) -> Option<String> {
        let (told, known) = (&self.event.person, self.known.as_ref()?);
        let Some(address) = &told.manager_email else {
            let id = told.manager.as_ref();
            let id = id.filter(|id| known.record.manager.as_ref() != Some(id));
            return id.map(|id| format!("employee {id}"));
        };
        let before = known.record.manager_email.as_deref().unwrap_or_default();
        (!same_address(address, before)).then(|| address.clone())
    }

    /// Another time zone than is known.
    pub(super) fn new_zone(&self) -> Option<&str> {
        let zone = self.event.person.time_zone.as_deref()?;
        let known = self.known.as_ref()?.record.time_zone.as_deref();
        (known != Some(zone)).then_some(zone)
    }

    /// Whether it says anew how somebody is reached.
    pub(super) fn reaches_anew(&self) -> bool {
        let private = self.event.person.personal_email.as_deref();
        let known = self.known.as_ref();
        let known = known.and_then(|known| known.record.personal_email.as_deref());
        let private = private.is_some_and(|told| !same_address(told, known.unwrap_or_default()));
        private || self.new_manager().is_some() || self.new_zone().is_some()
    }
}

fn same_address(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

/// What came of reading it.
pub(super) enum Reading {
    Right(Box<Report>),
    Wrong(Vec<Wrong>),
    /// Several people are called that.
    Which(Vec<Known>),
}

pub(super) async fn read(deps: &Deps, viewer: &Signed, said: &Said) -> Result<Reading, Failure> {
    let Some(kind) = said.kind() else {
        let wrong = vec![Wrong::new("kind", "Choose what happens.")];
        return Ok(Reading::Wrong(wrong));
    };
    let mut wrong = Vec::new();
    let mut draft = PersonDraft::default();
    for field in fields_of(said.kind_name()) {
        if let Err(misfit) = normalise_into(&mut draft, field, said) {
            wrong.push(Wrong::new(field.name, misfit));
        }
    }
    // Of whoever is meant, what they are on the company's day.
    let today = viewer.now.to_zoned(viewer.runbook.time_zone().clone());
    let today = today.date();
    let known = match kind {
        EventKind::Hire => known_by_id(deps, draft.employee_id.as_ref(), today).await?,
        _ => match whom(deps, said.value(WHO.name), today).await? {
            Whom::One(known) => Some(*known),
            Whom::Several(people) => return Ok(Reading::Which(people)),
            Whom::Nobody(why) => {
                wrong.push(Wrong::new(WHO.name, why));
                None
            }
        },
    };
    manager(deps, viewer, (said, today), &mut draft, &mut wrong).await?;
    let day = day(said, kind, &draft, &mut wrong);
    let reason = reason(said, &mut wrong);
    lacking(said, kind, &mut draft, &mut wrong);
    let employee = match kind {
        EventKind::Hire => draft.employee_id.clone(),
        _ => known.as_ref().map(|known| known.id.clone()),
    };
    let (Some(employee), true) = (employee, wrong.is_empty()) else {
        return Ok(Reading::Wrong(wrong));
    };
    if let Some(address) = &draft.work_email
        && let Some(why) = taken(deps, viewer, &employee, address).await?
    {
        let wrong = vec![Wrong::new("hire.workEmail", why)];
        return Ok(Reading::Wrong(wrong));
    }
    draft.employee_id = Some(employee.clone());
    if kind == EventKind::Exit {
        draft.last_day = day;
    }
    let event = Event {
        kind: comes_back(viewer, kind, known.as_ref()),
        source: SOURCE.to_owned(),
        delivery_id: said.delivery().to_owned(),
        occurred_at: viewer.now,
        effective: day,
        person: draft,
        reason,
        confirmed_by: Some(viewer.actor.address.clone()),
    };
    Ok(Reading::Right(Box::new(Report {
        event,
        employee,
        known,
    })))
}

/// Who is known and has left comes back.
fn comes_back(viewer: &Signed, kind: EventKind, known: Option<&Known>) -> EventKind {
    let left = known.is_some_and(|known| {
        let today = today(&known.record, &viewer.runbook, viewer.now);
        employment(&known.record, today) == Employment::After
    });
    match kind {
        EventKind::Hire if left => EventKind::Rehire,
        kind => kind,
    }
}

fn normalise_into(draft: &mut PersonDraft, field: &Field, said: &Said) -> Result<(), String> {
    if field.sets.is_empty() {
        return Ok(());
    }
    normalise::set(draft, field.sets, said.value(field.name))
        .map_err(|misfit| format!("{} has to be {}.", field.label, misfit.wanted))
}

/// The day of the event, where the form asks for one.
fn day(said: &Said, kind: EventKind, draft: &PersonDraft, wrong: &mut Vec<Wrong>) -> Option<Date> {
    let name = match kind {
        EventKind::Hire => return draft.start_date,
        EventKind::Transfer => "transfer.day",
        EventKind::Exit => "exit.day",
        EventKind::Leave => "leave.day",
        EventKind::Return => "return.day",
        EventKind::DateMoved => return moved(said, draft, wrong),
        _ => return None,
    };
    match normalise::day(said.value(name)) {
        Ok(Some(day)) => return Some(day),
        Ok(None) => wrong.push(Wrong::new(name, "Say from which day.")),
        Err(wanted) => wrong.push(Wrong::new(name, format!("The day has to be {wanted}."))),
    }
    None
}

/// The day to which one of the two moves: with both of them nobody could say which is meant.
fn moved(said: &Said, draft: &PersonDraft, wrong: &mut Vec<Wrong>) -> Option<Date> {
    let told = ["moves.first", "moves.last"].map(|name| !said.value(name).is_empty());
    let text = match told {
        [false, false] => "Write the day that moves: the first or the last one.",
        [true, true] => {
            "Write one of the two: the first and the last day are moved one after the other."
        }
        _ => return draft.start_date.xor(draft.last_day),
    };
    wrong.push(Wrong::new("moves.first", text));
    None
}

fn reason(said: &Said, wrong: &mut Vec<Wrong>) -> Option<String> {
    let fields = fields_of(said.kind_name()).iter();
    let field = fields
        .into_iter()
        .find(|field| field.name.ends_with(".reason"))?;
    let reason = normalise::words(said.value(field.name))?;
    let length = reason.chars().count();
    if length > REASON_LENGTH {
        let text = format!("The reason has {length} characters, and {REASON_LENGTH} are the most.");
        wrong.push(Wrong::new(field.name, text));
    }
    Some(reason)
}

/// What has to be there and is not.
fn lacking(said: &Said, kind: EventKind, draft: &mut PersonDraft, wrong: &mut Vec<Wrong>) {
    let is_wrong = |wrong: &[Wrong], at: &str| wrong.iter().any(|one| one.at == at);
    if kind == EventKind::Transfer {
        let fields = fields_of("transfer").iter();
        let mut changes = fields.filter(|field| field.name != "transfer.day");
        if changes.all(|field| said.value(field.name).is_empty()) {
            let text = "Say what changes: at least one of these.";
            wrong.push(Wrong::new("transfer.department", text));
        }
    }
    if kind != EventKind::Hire {
        return;
    }
    // Somebody who has one name only has it in one of the two.
    if draft.given_name.is_some() != draft.family_name.is_some() {
        draft.given_name.get_or_insert_default();
        draft.family_name.get_or_insert_default();
    }
    let Err(MissingFields(missing)) = draft.clone().complete() else {
        return;
    };
    for (what, at, text) in [
        (
            "given name",
            "hire.givenName",
            "Write the given name, or the family name.",
        ),
        (
            "employee id",
            "hire.employeeId",
            "Write the employee number.",
        ),
        (
            "start date",
            "hire.startDate",
            "Say which is the first day.",
        ),
        ("department", "hire.department", "Write the department."),
        ("title", "hire.title", "Write the title."),
        ("country", "hire.country", "Write the country."),
        (
            "employment type",
            "hire.employmentType",
            "Say as what: employee, contractor, intern.",
        ),
    ] {
        if missing.contains(&what) && !is_wrong(wrong, at) {
            wrong.push(Wrong::new(at, text));
        }
    }
}

/// The manager by address, or by name or number. Of a transfer the address has to be known: else the one of the manager
/// before would stay.
async fn manager(
    deps: &Deps,
    viewer: &Signed,
    (said, today): (&Said, Date),
    draft: &mut PersonDraft,
    wrong: &mut Vec<Wrong>,
) -> Result<(), Failure> {
    let name = match said.kind() {
        Some(EventKind::Hire) => "hire.manager",
        Some(EventKind::Transfer) => "transfer.manager",
        _ => return Ok(()),
    };
    let text = said.value(name);
    if text.is_empty() {
        return Ok(());
    }
    if text.contains('@') {
        if let Err(misfit) = normalise::set(draft, "managerEmail", text) {
            wrong.push(Wrong::new(name, format!("It has to be {}.", misfit.wanted)));
        }
        draft.manager = whose(deps, viewer, text).await?;
        return Ok(());
    }
    let known = match whom(deps, text, today).await? {
        Whom::One(known) => known,
        Whom::Several(_) => {
            let text = "Several are called that: write the employee number.";
            wrong.push(Wrong::new(name, text));
            return Ok(());
        }
        Whom::Nobody(why) => {
            wrong.push(Wrong::new(name, why));
            return Ok(());
        }
    };
    let given = deps.intake.ledger.names_of(&known.id).await?.item.email;
    match known.record.work_email.clone().or(given) {
        Some(address) => {
            draft.manager_email = Some(address);
            draft.manager = Some(known.id);
        }
        None if name == "hire.manager" => draft.manager = Some(known.id),
        None => {
            let text = format!(
                "No work e-mail address of {} is known: write the address.",
                known.name()
            );
            wrong.push(Wrong::new(name, text));
        }
    }
    Ok(())
}

/// The number of whoever has a work address, so that the one of the manager before does not stay beside it.
async fn whose(deps: &Deps, viewer: &Signed, address: &str) -> Result<Option<EmployeeId>, Failure> {
    let known = who_is(&deps.intake.ledger, &viewer.runbook, address, viewer.now).await?;
    let mut people = known.themselves.people.into_iter();
    let one = people.next().filter(|_| !known.has_left);
    Ok(one.filter(|_| people.next().is_none()))
}

/// Who is meant by a name or a number.
enum Whom {
    One(Box<Known>),
    Several(Vec<Known>),
    Nobody(String),
}

async fn known_by_id(
    deps: &Deps,
    id: Option<&EmployeeId>,
    day: Date,
) -> Result<Option<Known>, Failure> {
    let Some(id) = id else {
        return Ok(None);
    };
    let found = deps.intake.ledger.find_person(id).await?;
    Ok(found.map(|row| Known::of((id.clone(), row.item), day)))
}

async fn whom(deps: &Deps, text: &str, day: Date) -> Result<Whom, Failure> {
    if text.is_empty() {
        let why = "Say who, by name or employee number.";
        return Ok(Whom::Nobody(why.to_owned()));
    }
    let by_id = normalise::employee_id(text);
    if let Some(known) = known_by_id(deps, by_id.as_ref(), day).await? {
        return Ok(Whom::One(Box::new(known)));
    }
    // People are found by the family name first, and are mostly written the other way round.
    let words: Vec<&str> = text
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let mut people: Vec<Known> = Vec::new();
    for first in 0..words.len().min(WORDS) {
        let turned = [&words[first..], &words[..first]].concat().join(" ");
        let found = deps
            .intake
            .ledger
            .people_named(&turned, OFFERED, None)
            .await?;
        for known in found.people.into_iter().map(|one| Known::of(one, day)) {
            if people.iter().all(|other| other.id != known.id) {
                people.push(known);
            }
        }
    }
    people.truncate(usize::from(OFFERED));
    Ok(match people.len() {
        0 => Whom::Nobody("Latchkey knows nobody of this name or employee number.".to_owned()),
        1 => Whom::One(Box::new(people.remove(0))),
        _ => Whom::Several(people),
    })
}
