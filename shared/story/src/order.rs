//! The order of decisions (rules T1 to T4): the one order in which the story reads events.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{EmployeeId, EventId, HeardKind};

use crate::{day::Day, heard::Heard, told::Told};

/// So much may the clock of an HR system be ahead.
const CLOCK: SignedDuration = SignedDuration::from_mins(5);

/// How far before its rescission, or withdrawal, an event is put whose own time cannot be (T2).
const JUST_BEFORE: SignedDuration = SignedDuration::from_mins(1);

/// The days that an event tells.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Days {
    /// T4: the first day of the new state, or the last day.
    pub(crate) day: Option<Day>,
    /// HR told a day that nobody could read: it is none, and never today.
    pub(crate) unread: bool,
    /// The record's start date.
    pub(crate) start: Option<Day>,
    /// The record's last day.
    pub(crate) last: Option<Day>,
}

impl Days {
    fn of(heard: &Heard) -> Days {
        let start = heard.person.start_date.map(Day::from);
        let last = heard.person.last_day.map(Day::from);
        let field = match heard.kind {
            HeardKind::Hire | HeardKind::Rehire | HeardKind::DateMoved => "start date",
            HeardKind::Exit | HeardKind::UrgentExit => "last day",
            _ => "effective date",
        };
        let unread = heard.person.unread.iter().any(|one| one.field == field);
        let of_record = match heard.kind {
            HeardKind::Hire | HeardKind::Rehire => start,
            HeardKind::Exit => last,
            HeardKind::DateMoved => start.xor(last),
            _ => None,
        };
        let day = heard.effective.map(Day::from).or(of_record);
        Days {
            day: day.filter(|_| !unread),
            unread,
            start,
            last,
        }
    }
}

/// An event, and when it counts as decided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decided<'a> {
    pub(crate) heard: &'a Heard,
    pub(crate) id: EventId,
    pub(crate) told: Told<'a>,
    pub(crate) days: Days,
    /// The instant of the decision (UTC).
    pub(crate) at: Timestamp,
    received: Timestamp,
    /// The place of its words among those of all events of the story: decides where nothing else does.
    pub(crate) rank: usize,
}

impl<'a> Decided<'a> {
    fn of(heard: &'a Heard) -> Decided<'a> {
        Decided {
            heard,
            id: heard.id(),
            told: Told::of(&heard.person),
            days: Days::of(heard),
            at: heard.occurred_at,
            received: heard.received_at,
            rank: 0,
        }
    }

    /// Whether its own time cannot be (T1).
    pub(crate) fn has_wrong_clock(&self) -> bool {
        self.at != self.heard.occurred_at
    }
}

/// Each event once, in the order of decisions.
pub(crate) fn in_order<'a>(events: impl IntoIterator<Item = &'a Heard>) -> Vec<Decided<'a>> {
    let mut all = once(events);
    for event in &mut all {
        // T1
        let ahead = event.at.duration_since(event.received);
        if ahead > CLOCK {
            event.at = event.received;
        }
    }
    undo_what_was_late(&mut all, HeardKind::HireRescinded, HeardKind::joins);
    undo_what_was_late(&mut all, HeardKind::ExitWithdrawn, |kind| {
        kind == HeardKind::Exit
    });
    all.sort_by_key(place);
    all
}

/// One for the same words, with the earliest receipt.
fn once<'a>(events: impl IntoIterator<Item = &'a Heard>) -> Vec<Decided<'a>> {
    let mut all: Vec<Decided<'a>> = events.into_iter().map(Decided::of).collect();
    all.sort_by(|a, b| by_words(a, b).then(a.received.cmp(&b.received)));
    all.dedup_by(|later, kept| by_words(later, kept).is_eq());
    for (rank, event) in all.iter_mut().enumerate() {
        event.rank = rank;
    }
    all
}

/// T2: a rescission (withdrawal) that finds no hire (exit) of its id decided before it takes back the earliest one
/// whose time could not be, and which came no later.
fn undo_what_was_late(all: &mut [Decided<'_>], undo: HeardKind, of: fn(HeardKind) -> bool) {
    if !all.iter().any(Decided::has_wrong_clock) {
        return;
    }
    let undoes = |e: &Decided<'_>| e.heard.kind == undo && !e.has_wrong_clock();
    let mut undoing: Vec<Decided<'_>> = all.iter().copied().filter(undoes).collect();
    undoing.sort_by_key(|e| (e.at, e.rank));
    for by in undoing {
        let id = &by.heard.employee_id;
        let about = |e: &&mut Decided<'_>| of(e.heard.kind) && e.heard.employee_id == *id;
        let mut all_later = true;
        let mut late: Option<&mut Decided<'_>> = None;
        for event in all.iter_mut().filter(about) {
            all_later &= event.at > by.at;
            let first = late
                .as_ref()
                .is_none_or(|f| (event.at, event.rank) < (f.at, f.rank));
            if event.has_wrong_clock() && event.received <= by.received && first {
                late = Some(event);
            }
        }
        if let Some(late) = late.filter(|_| all_later) {
            late.at = by.at.checked_sub(JUST_BEFORE).unwrap_or(Timestamp::MIN);
        }
    }
}

/// Where an event stands: T3.
type Rank = (Timestamp, u8, Option<(Day, bool)>, usize);

fn place(event: &Decided<'_>) -> Rank {
    let rank = rank(event.heard.kind);
    let days = &event.days;
    let ends = event.heard.kind == HeardKind::Exit || days.last == days.day;
    // Within one instant these read themselves by their days; on one day what ends comes after what begins.
    let by_day = days.day.filter(|_| rank == rank_of_days());
    (event.at, rank, by_day.map(|day| (day, ends)), event.rank)
}

/// Within one instant: what takes comes last, so that it fails closed.
fn rank(kind: HeardKind) -> u8 {
    match kind {
        HeardKind::Identity => 0,
        HeardKind::There => 1,
        HeardKind::ExitWithdrawn => 2,
        HeardKind::Exit | HeardKind::Hire | HeardKind::Rehire | HeardKind::DateMoved => 3,
        HeardKind::Transfer => 4,
        HeardKind::Leave => 5,
        HeardKind::Return => 6,
        HeardKind::HireRescinded => 7,
        HeardKind::UrgentExit => 8,
    }
}

fn rank_of_days() -> u8 {
    rank(HeardKind::Exit)
}

/// The order of words: any order will do, as long as it is one.
fn by_words(a: &Decided<'_>, b: &Decided<'_>) -> Ordering {
    let (x, y) = (a.heard, b.heard);
    let previous = |heard: &Heard| {
        heard
            .person
            .previous_id
            .clone()
            .map_or_else(String::new, EmployeeId::into)
    };
    let days = |heard: &Heard| {
        (
            heard.effective,
            heard.person.start_date,
            heard.person.last_day,
        )
    };
    let unread = |heard: &'_ Heard| -> Vec<String> {
        heard
            .person
            .unread
            .iter()
            .map(|one| one.field.clone())
            .collect()
    };
    (x.kind.as_str().cmp(y.kind.as_str()))
        .then_with(|| x.employee_id.cmp(&y.employee_id))
        .then_with(|| x.occurred_at.cmp(&y.occurred_at))
        .then_with(|| days(x).cmp(&days(y)))
        .then_with(|| a.told.each().cmp(b.told.each()))
        .then_with(|| x.same.cmp(&y.same))
        .then_with(|| previous(x).cmp(&previous(y)))
        .then_with(|| unread(x).cmp(&unread(y)))
}
