//! What an event does: it is added to what HR confirmed of the person, and their cases are brought to what that story
//! wants. Reads, and changes nothing.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_ledger::{Delivered, DeliveryKey, PersonRecord, Receipt, Row};
use latchkey_lifecycle::{AuditBody, Case, CaseId, CaseState, EmployeeId, Event, Revision, Unread};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Begin, Failure};
use latchkey_story::{Heard, Story, Verb};

use crate::{
    Looks, addresses,
    asked::{day_field, far_ahead, heard, is_far_ahead},
    becomes::{Because, Changed, become_of, case_of},
    braked::{Held, brake},
    known::{Known, is_a_placeholder},
    notices::Notice,
    said::Said,
    unmatched::noted,
};

/// So many cases are written in the transaction of an event, each by three writes at most: the database takes 100 at
/// once.
const AT_ONCE: usize = 28;

/// What is to be decided about.
pub(crate) enum Word {
    /// Something that HR confirmed.
    Said(Box<Heard>),
    /// Who somebody is of whom a case asks: that case goes on as theirs.
    Named(Box<Heard>, CaseId),
    /// Nothing new: a case of this person that was held goes on.
    LetGo(EmployeeId),
}

impl Word {
    /// What was said, if anything was.
    pub(crate) fn heard(&self) -> Option<&Heard> {
        match self {
            Word::Said(heard) | Word::Named(heard, _) => Some(heard),
            Word::LetGo(_) => None,
        }
    }
}

/// What an event does to the person's cases.
pub(crate) struct Decision {
    /// What is written; none where the same words were taken in before.
    pub(crate) receipt: Option<Box<Receipt>>,
    /// What an earlier release knew of the person, to be kept first.
    pub(crate) migrated: Vec<Heard>,
    /// Cases of which only what they stand on is noted, and that are written before the event: those of an earlier
    /// release, since then they count, and those for which its transaction has no room.
    pub(crate) first: Vec<(Case, AuditBody)>,
    /// Executions that must not go on.
    pub(crate) stop: Vec<(CaseId, Revision)>,
    /// Executions that begin.
    pub(crate) begin: Vec<Begin>,
    /// Cases that end, and the case that takes their place, if one does.
    pub(crate) ended: Vec<(CaseId, Option<CaseId>)>,
    /// The case that the event is about, as it is from now on.
    pub(crate) case: Option<Case>,
    /// Whether any case begins, changes or ends.
    pub(crate) news: bool,
    /// Why it changes nothing by itself, or what HR is asked about it.
    pub(crate) note: Option<String>,
    /// What people are told at once.
    pub(crate) notices: Vec<Notice>,
}

/// What an HR system tells, as it is kept. A day that is far ahead is one that nobody could read, until HR says once
/// more that it is meant: `meant`.
pub(crate) async fn as_heard(
    looks: Looks<'_>,
    event: Event,
    meant: bool,
) -> Result<Heard, Failure> {
    let now = looks.clock.now();
    let (_, runbook) = looks.runbooks.current(looks.ledger).await?;
    let mut event = heard(event, &runbook);
    let day = match event.kind.joins() {
        true => event.effective.or(event.person.start_date),
        false => event.effective.or(event.person.last_day),
    };
    let zone = runbook.zone_of(event.person.time_zone.as_deref());
    let today = now.to_zoned(zone).date();
    if let Some(day) = day.filter(|day| !meant && is_far_ahead(*day, today)) {
        let ids = [event.employee_id()];
        let known = Box::pin(Known::of(looks.ledger, ids, runbook.time_zone())).await?;
        if known
            .cases
            .iter()
            .all(|row| row.item.effective != Some(day))
        {
            not_read(&mut event, day);
        }
    }
    Ok(Heard::of(event, now))
}

/// The day of the event is one that HR has to tell once more.
fn not_read(event: &mut Event, day: Date) {
    let unread = far_ahead(event.kind, day);
    event.effective = None;
    let person = &mut event.person;
    match day_field(event.kind) {
        Unread::START_DATE => person.start_date = None,
        Unread::LAST_DAY => person.last_day = None,
        _ => {}
    }
    person.unread.retain(|one| one.field != unread.field);
    person.unread.push(unread);
}

/// Works out what a word does now.
pub(crate) async fn decide(looks: Looks<'_>, word: &Word) -> Result<Decision, Failure> {
    let now = looks.clock.now();
    let (version, runbook) = looks.runbooks.current(looks.ledger).await?;
    let company = runbook.time_zone();
    let new = word.heard();
    let mut known = Box::pin(Known::of(looks.ledger, ids_of(word), company)).await?;
    if let Some(heard) = new {
        let id = heard.id();
        if known.heard.iter().any(|known| known.id() == id) {
            return Ok(said_before(heard, &known, company));
        }
        known.heard.push(heard.clone());
        if let Word::Named(_, case) = word {
            known.take_over(looks.ledger, case, id, company).await?;
        }
    }
    let story = Story::of(known.told(), company);
    let because = Because {
        heard: new,
        runbook: version,
        now,
    };
    let mut changed = become_of(&known, &story, &because);
    let held = spare_for_what_is_held(looks, &runbook, &known, &mut changed, now).await?;
    let case = new.and_then(|heard| case_after(heard, &story, &known, &changed));
    let news = changed.iter().any(|one| one.verb != Verb::Refresh);
    let own = |one: &&mut Changed| {
        let own = case.as_ref().is_some_and(|case| case.id == one.row.item.id);
        own && one.runs_anew()
    };
    let own = changed.iter_mut().find(own);
    let unmatched = own.and_then(|one| noted(&runbook, &one.row.item, &mut one.audit));
    let said = new.map(|heard| Said {
        heard,
        case: case.as_ref(),
        news,
        today: now.to_zoned(company.clone()).date(),
    });
    let notices = said.as_ref().map(|said| said.notices(&known, &story));
    let mut notices = notices.unwrap_or_default();
    if let Some(heard) = new {
        let about = (heard, case.as_ref().filter(|_| news));
        let all = addresses::notices(looks.ledger, &runbook, (&known, &story), about);
        notices.extend(all.await?);
    }
    let note = said.and_then(|said| said.note(&story, &notices, unmatched));
    let (stop, begin, ended) = executions(&changed, &held);
    let (first, cases) = writes(&known, changed, held.asks);
    Ok(Decision {
        first,
        stop,
        begin,
        ended,
        news,
        note,
        migrated: known.migrated.clone(),
        notices,
        receipt: Some(Box::new(Receipt {
            heard: new.cloned(),
            delivery: new.map(|heard| delivery_of(heard, case.as_ref())),
            people: people(&known, &story, new, (now, company)),
            cases,
            unknown: None,
            brake: held.brake,
            letters: Vec::new(),
        })),
        case,
    })
}

/// The ids that a word names.
fn ids_of(word: &Word) -> Vec<EmployeeId> {
    let heard = word.heard();
    let claim = heard.and_then(Heard::claim);
    let named = heard.map(|heard| heard.employee_id.clone());
    let let_go = match word {
        Word::LetGo(employee) => Some(employee.clone()),
        Word::Said(_) | Word::Named(..) => None,
    };
    let previous = claim.map(|claim| claim.previous);
    named.into_iter().chain(previous).chain(let_go).collect()
}

/// Cases that are written before the event, and those in its transaction.
type Writes = (Vec<(Case, AuditBody)>, Vec<(Row<Case>, AuditBody)>);

/// Until when a case counts is written with what ends it: else a step that takes would leave what it gave.
fn writes(known: &Known, changed: Vec<Changed>, asks: Vec<(Row<Case>, AuditBody)>) -> Writes {
    let (only_noted, changed): (Vec<Changed>, Vec<Changed>) = changed
        .into_iter()
        .partition(|one| one.verb == Verb::Refresh);
    let (of_old, mut noted): (Vec<Changed>, Vec<Changed>) = only_noted
        .into_iter()
        .partition(|one| known.grounded.contains(&one.row.item.id));
    let room = AT_ONCE.saturating_sub(changed.len() + asks.len());
    let no_room = noted.split_off(room.min(noted.len()));
    let first = of_old.into_iter().chain(no_room);
    let first = first.map(|one| (one.row.item, one.audit)).collect();
    let cases = changed.into_iter().chain(noted);
    let cases = cases.map(|one| (one.row, one.audit)).chain(asks);
    (first, cases.collect())
}

/// The case that the event is about, as it is from now on.
fn case_after(
    heard: &Heard,
    story: &Story<'_>,
    known: &Known,
    changed: &[Changed],
) -> Option<Case> {
    let untouched = known.cases.iter().map(|row| &row.item);
    let untouched = untouched.filter(|case| changed.iter().all(|one| one.row.item.id != case.id));
    let after = changed.iter().map(|one| &one.row.item).chain(untouched);
    let after: Vec<Case> = after.cloned().collect();
    case_of(heard.id(), &heard.employee_id, story, &after).cloned()
}

/// Executions that must not go on; those that begin; and the cases that end, each with the one that takes its place.
type Executions = (
    Vec<(CaseId, Revision)>,
    Vec<Begin>,
    Vec<(CaseId, Option<CaseId>)>,
);

fn executions(changed: &[Changed], held: &Held) -> Executions {
    let stop = changed.iter().filter(|one| one.verb != Verb::Refresh);
    let stop = stop.filter_map(|one| {
        let was = one.was.as_ref().filter(|was| !was.state.is_ended())?;
        Some((was.id.clone(), was.revision))
    });
    let anew = changed.iter().filter(|one| one.runs_anew());
    let anew = anew.map(|one| &one.row.item);
    let asks = held.asks.iter().map(|(row, _)| &row.item);
    let begin = anew.chain(asks);
    let begin = begin.map(|case| Begin::new(case.id.clone(), case.revision));
    let ended = changed.iter().filter(|one| one.verb == Verb::End);
    let ended = ended.map(|one| {
        let case = &one.row.item;
        (case.id.clone(), case.superseded_by.clone())
    });
    (stop.collect(), begin.collect(), ended.collect())
}

/// What is held acts on nothing before it is confirmed (promise 8): what would end for it goes on.
async fn spare_for_what_is_held(
    looks: Looks<'_>,
    runbook: &Runbook,
    known: &Known,
    changed: &mut Vec<Changed>,
    now: Timestamp,
) -> Result<Held, Failure> {
    let held = brake(looks, runbook, known, changed, now).await?;
    let is_held = |id: &CaseId| {
        let held = |case: &Case| case.id == *id && case.state == CaseState::Held;
        let before = known.cases.iter().any(|row| held(&row.item));
        let after = changed.iter().find(|one| one.row.item.id == *id);
        after.map_or(before, |one| held(&one.row.item))
    };
    let by_held = |one: &Changed| {
        let by = one.row.item.superseded_by.as_ref();
        let ends = matches!(one.verb, Verb::End | Verb::Refresh);
        ends && by.is_some_and(&is_held)
    };
    let spared: Vec<CaseId> = changed
        .iter()
        .filter(|one| by_held(one))
        .map(|one| one.row.item.id.clone())
        .collect();
    changed.retain(|one| !spared.contains(&one.row.item.id));
    for one in changed {
        one.row.item.supersedes.retain(|id| !spared.contains(id));
    }
    Ok(held)
}

/// The same words by another delivery: nothing is changed.
fn said_before(heard: &Heard, known: &Known, company: &TimeZone) -> Decision {
    let story = Story::of(known.told(), company);
    let cases: Vec<Case> = known.cases.iter().map(|row| row.item.clone()).collect();
    Decision {
        receipt: None,
        migrated: Vec::new(),
        first: Vec::new(),
        stop: Vec::new(),
        begin: Vec::new(),
        ended: Vec::new(),
        case: case_of(heard.id(), &heard.employee_id, &story, &cases).cloned(),
        news: false,
        note: None,
        notices: Vec::new(),
    }
}

fn delivery_of(heard: &Heard, case: Option<&Case>) -> (DeliveryKey, Delivered) {
    let led_to = Delivered {
        case_id: case.map(|case| case.id.clone()),
        employee_id: Some(heard.employee_id.clone()),
        words: None,
    };
    (DeliveryKey::of(&heard.source, &heard.delivery_id), led_to)
}

/// The row of every id that is read together: whoever writes about one of them meets here.
fn people(
    known: &Known,
    story: &Story<'_>,
    new: Option<&Heard>,
    (now, company): (Timestamp, &TimeZone),
) -> Vec<(EmployeeId, Row<PersonRecord>)> {
    let today = now.to_zoned(company.clone()).date();
    let linked = |id: &EmployeeId| {
        let claims = known.heard.iter().filter_map(Heard::claim);
        let others = claims.filter_map(|claim| match claim.employee == *id {
            true => Some(claim.previous),
            false => (claim.previous == *id).then_some(claim.employee),
        });
        others.collect()
    };
    let row = |(id, row): (&EmployeeId, &Option<Row<PersonRecord>>)| {
        let mut row = match row {
            Some(row) => row.clone(),
            None => Row::new(PersonRecord::new(Default::default(), now, 0)),
        };
        let human = story.human(id).filter(|human| human.has(id));
        if let Some(human) = human {
            row.item.record = human.latest(id);
            row.item.goes_on_as = human.goes_on_as(id);
            row.item.until = human.until_changes(id, today);
        }
        if let Some(heard) = new.filter(|heard| heard.employee_id == *id) {
            row.item.as_of = match row.version {
                0 => heard.occurred_at,
                _ => row.item.as_of.max(heard.occurred_at),
            };
        }
        row.item.events = row.item.events.max(known.events_of(id));
        row.item.linked = linked(id);
        (id.clone(), row)
    };
    let of_somebody = |(_, row): &(&EmployeeId, &Option<Row<PersonRecord>>)| {
        row.as_ref().is_none_or(|row| !is_a_placeholder(&row.item))
    };
    known.people.iter().filter(of_somebody).map(row).collect()
}
