//! What happens to people, by chance: the script of a seed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::EventKind;

use super::{
    dice::Dice,
    script::{Detail, Fault, Happening, Life, Script},
    upkeep::SWEEP_MINUTES,
};

/// When every simulation begins: a Monday.
pub(crate) fn begin() -> Timestamp {
    Timestamp::from_second(1795417200).unwrap()
}

/// A working day at or after the given day.
pub(crate) fn working(day: Date) -> Date {
    use jiff::civil::Weekday::{Saturday, Sunday};
    match day.weekday() {
        Saturday => day.checked_add(2.days()).unwrap(),
        Sunday => day.checked_add(1.days()).unwrap(),
        _ => day,
    }
}

pub(crate) fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

pub(crate) fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// So many instants within so many days of the beginning.
fn instants(dice: &mut Dice, count: i64, days: i64) -> Vec<Timestamp> {
    let mut all: Vec<Timestamp> = (0..count)
        .map(|_| begin() + SignedDuration::from_mins(dice.between(10, days * 24 * 60)))
        .collect();
    all.sort_unstable();
    all
}

impl Script {
    /// The script of a seed, with so many people.
    pub fn of(seed: u64, people: usize) -> Script {
        let mut dice = Dice::named(seed, "script");
        // Some runs have every kind of fault, most have a few.
        let all = dice.in_thousand(150);
        let some = |dice: &mut Dice| all || dice.in_thousand(350);
        let faults: BTreeSet<Fault> = Fault::ALL.into_iter().filter(|_| some(&mut dice)).collect();
        let mut times = |fault, most| match faults.contains(&fault) {
            true => dice.between(1, most),
            false => 0,
        };
        let (restarts, losses) = (times(Fault::Restarts, 5), times(Fault::Losses, 3));
        let restarts = instants(&mut dice, restarts, 90);
        let losses = instants(&mut dice, losses, 90);
        let late = faults.contains(&Fault::Deliveries);
        // In some runs an integration goes wild.
        let flood = dice.in_thousand(80).then(|| Flood {
            at: begin() + SignedDuration::from_mins(dice.between(0, 10 * 24 * 60)),
            urgent: dice.in_thousand(300),
        });
        let far = dice.in_thousand(60);
        let people: Vec<Life> = (0..people)
            .map(|n| {
                let id = format!("{n}");
                let mut dice = Dice::named(seed, &id);
                match &flood {
                    Some(flood) if dice.in_thousand(700) => flooded(&mut dice, id, late, flood),
                    _ if far && n == 0 => far_ahead(&mut dice, id, late),
                    _ => life(&mut dice, id, late),
                }
            })
            .collect();
        let mut script = Script {
            seed,
            people,
            faults,
            certain: Vec::new(),
            sabotage: None,
            restarts,
            losses,
            sweeps: Vec::new(),
        };
        let count = dice.between(0, 4);
        script.sweeps = instants(&mut dice, count, 90);
        // It runs at least every three hours; what is told here are those that find something to do.
        for loss in &script.losses {
            let minutes = SignedDuration::from_mins(dice.between(1, SWEEP_MINUTES));
            script.sweeps.push(*loss + minutes);
        }
        script.sweep_often_enough();
        script
    }

    /// The same people with nothing going wrong, and every webhook once and in time.
    #[must_use]
    pub fn in_order(mut self) -> Script {
        self.faults.clear();
        self.restarts.clear();
        self.losses.clear();
        for happening in self.people.iter_mut().flat_map(|life| &mut life.happenings) {
            happening.deliveries = vec![SignedDuration::ZERO];
        }
        self
    }

    /// The same with webhooks that come up to eight days late, twice and in another order.
    #[must_use]
    pub fn shuffled(mut self) -> Script {
        let mut dice = Dice::named(self.seed, "shuffled");
        for happening in self.people.iter_mut().flat_map(|life| &mut life.happenings) {
            let late = dice.in_thousand(500);
            let mut minutes = || SignedDuration::from_mins(dice.between(0, 8 * 24 * 60));
            happening.deliveries = match late {
                true => vec![minutes(), minutes()],
                false => vec![SignedDuration::ZERO, minutes()],
            };
        }
        self
    }

    /// Executions that last for more than a year are renewed by the sweep.
    pub(crate) fn sweep_often_enough(&mut self) {
        let days = self.people.iter().flat_map(|life| &life.happenings);
        let last = days.filter_map(|happening| happening.day).max();
        let mut next = begin() + SignedDuration::from_hours(24 * 120);
        while last.is_some_and(|last| next < midnight(last)) {
            self.sweeps.push(next);
            next += SignedDuration::from_hours(24 * 25);
        }
    }
}

/// Many exits at once.
struct Flood {
    at: Timestamp,
    urgent: bool,
}

struct Writer<'a> {
    dice: &'a mut Dice,
    now: Timestamp,
    late: bool,
    /// Whether they are a contractor by now.
    contractor: bool,
    life: Life,
}

impl<'a> Writer<'a> {
    fn of(dice: &'a mut Dice, id: String, late: bool, start: Timestamp) -> Writer<'a> {
        Writer {
            dice,
            now: start,
            late,
            contractor: false,
            life: Life {
                id,
                second_id: None,
                there: None,
                contractor: false,
                stray: false,
                happenings: Vec::new(),
            },
        }
    }

    /// Time passes, in hours.
    fn pass(&mut self, from: i64, to: i64) {
        self.now += SignedDuration::from_mins(self.dice.between(from * 60, to * 60));
    }

    fn pass_until(&mut self, day: Date) {
        self.now = self.now.max(midnight(day));
    }

    fn days(&mut self, after: Date, from: i64, to: i64) -> Date {
        working(
            after
                .checked_add(self.dice.between(from, to).days())
                .unwrap(),
        )
    }

    /// A working day so many days from now.
    fn in_days(&mut self, from: i64, to: i64) -> Date {
        self.days(date(self.now), from, to)
    }

    fn happens(&mut self, kind: EventKind, day: Option<Date>, department: Option<usize>) {
        let mut deliveries = vec![SignedDuration::ZERO];
        if self.late {
            let delay = |dice: &mut Dice| match dice.between(0, 10) {
                0..=6 => SignedDuration::ZERO,
                7 | 8 => SignedDuration::from_mins(dice.between(1, 300)),
                _ => SignedDuration::from_mins(dice.between(300, 2 * 24 * 60)),
            };
            deliveries = vec![delay(self.dice)];
            while self.dice.in_thousand(250) {
                deliveries.push(SignedDuration::from_mins(self.dice.between(0, 9 * 24 * 60)));
            }
        }
        let joins = kind.joins();
        self.life.happenings.push(Happening {
            kind,
            at: self.now,
            day,
            department,
            contractor: joins.then_some(self.contractor),
            detail: Detail::None,
            renumbered: self.life.second_id.is_some(),
            deliveries,
        });
    }

    /// The same with something else to it.
    fn with(&mut self, change: impl FnOnce(&mut Happening)) {
        if let Some(last) = self.life.happenings.last_mut() {
            change(last);
        }
    }

    fn chance(&mut self, many: u64) -> bool {
        self.dice.in_thousand(many)
    }

    fn department(&mut self) -> usize {
        usize::try_from(self.dice.between(0, 3)).unwrap()
    }
}

fn flooded(dice: &mut Dice, id: String, late: bool, flood: &Flood) -> Life {
    let minutes = dice.between(0, 90);
    let at = flood.at + SignedDuration::from_mins(minutes);
    let mut it = Writer::of(dice, id, late, at);
    it.life.there = Some(it.department());
    if flood.urgent {
        it.happens(EventKind::UrgentExit, None, None);
        return it.life;
    }
    let last = it.in_days(0, 6);
    it.happens(EventKind::Exit, Some(last), None);
    match it.dice.between(0, 10) {
        0 => {
            it.pass(1, 30);
            it.happens(EventKind::UrgentExit, None, None);
        }
        1 | 2 => {
            it.pass(1, 60);
            it.happens(EventKind::ExitWithdrawn, None, None);
        }
        _ => {}
    }
    it.life
}

fn far_ahead(dice: &mut Dice, id: String, late: bool) -> Life {
    let mut it = Writer::of(dice, id, late, begin());
    let department = it.department();
    let first = it.in_days(370, 420);
    it.happens(EventKind::Hire, Some(first), Some(department));
    it.life
}

/// Somebody of whom HR had never told anything.
fn unknown(mut it: Writer<'_>) -> Life {
    let day = it.in_days(3, 20);
    match it.dice.between(0, 4) {
        0 => it.happens(EventKind::UrgentExit, None, None),
        1 => it.happens(EventKind::Exit, Some(day), None),
        2 => it.happens(EventKind::Leave, Some(day), None),
        _ => {
            let department = it.department();
            it.happens(EventKind::Transfer, Some(day), Some(department));
        }
    }
    it.life
}

fn life(dice: &mut Dice, id: String, late: bool) -> Life {
    let start = begin() + SignedDuration::from_mins(dice.between(0, 20 * 24 * 60));
    let mut it = Writer::of(dice, id, late, start);
    it.life.stray = it.chance(200);
    if it.chance(40) {
        return unknown(it);
    }
    it.contractor = it.chance(150);
    it.life.contractor = it.contractor;
    let mut department = it.department();
    it.life.there = it.chance(350).then_some(department);
    let mut employed_from = date(it.now);
    if it.life.there.is_none() {
        match hire(&mut it, department) {
            Some(first) => employed_from = first,
            None => return it.life,
        }
        it.pass_until(employed_from);
        it.pass(72, 200);
    }
    for _ in 0..3 {
        match it.dice.between(0, 1000) {
            0..=250 => {
                let day = it.days(date(it.now).max(employed_from), 2, 20);
                department = (department + usize::try_from(it.dice.between(1, 3)).unwrap()) % 3;
                it.happens(EventKind::Transfer, Some(day), Some(department));
                // Two at once, sometimes.
                let soon = it.chance(200);
                it.pass(if soon { 4 } else { 72 }, if soon { 72 } else { 900 });
            }
            251..=400 => leave(&mut it, &mut department),
            401..=550 => change(&mut it, department),
            _ => {}
        }
    }
    if it.chance(150) {
        it.pass(100, 300);
        it.happens(EventKind::UrgentExit, None, None);
        return it.life;
    }
    if it.chance(500) || it.life.happenings.is_empty() {
        exit(&mut it, department);
    }
    it.life
}

/// A hire, its corrections and its end; the first day, if it comes.
fn hire(it: &mut Writer<'_>, department: usize) -> Option<Date> {
    let past = it.chance(70);
    let mut first = match past {
        true => it.in_days(-20, 0),
        false => it.in_days(8, 40),
    };
    it.happens(EventKind::Hire, Some(first), Some(department));
    let lacks = it.chance(90);
    if lacks {
        let day = it.chance(400);
        it.with(|hire| {
            hire.detail = if day { Detail::LacksDay } else { Detail::Lacks };
        });
        if it.chance(400) {
            // The HR system sends it again, complete.
            it.pass(60, 100);
            it.happens(EventKind::Hire, Some(first), Some(department));
        }
        return Some(first);
    }
    if past {
        return Some(first);
    }
    if it.chance(200) {
        it.pass(60, 100);
        first = it.in_days(6, 45);
        // Some HR systems send the hire again with another day.
        let kind = if it.chance(500) {
            EventKind::DateMoved
        } else {
            EventKind::Hire
        };
        let department = (kind == EventKind::Hire).then_some(department);
        it.happens(kind, Some(first), department);
    }
    if it.chance(120) {
        it.pass(60, 100);
        it.happens(EventKind::HireRescinded, None, None);
        if it.chance(700) {
            return None;
        }
        it.pass(80, 200);
        first = it.in_days(6, 40);
        it.happens(EventKind::Hire, Some(first), Some(department));
    }
    Some(first)
}

/// A leave of absence, mostly with a return.
fn leave(it: &mut Writer<'_>, department: &mut usize) {
    let away = it.in_days(3, 15);
    it.happens(EventKind::Leave, Some(away), None);
    match it.dice.between(0, 10) {
        // It is off.
        0 | 1 => {
            it.pass(60, 70);
            it.happens(EventKind::Return, None, None);
        }
        // Known beforehand.
        2..=4 => {
            it.pass(60, 70);
            let back = it.days(away, 10, 40);
            it.happens(EventKind::Return, Some(back), None);
            it.pass_until(back);
        }
        5..=8 => {
            it.pass_until(away);
            if it.chance(300) {
                it.pass(72, 100);
                let day = it.in_days(3, 10);
                *department = (*department + 1) % 3;
                it.happens(EventKind::Transfer, Some(day), Some(*department));
            }
            it.pass(72, 300);
            let back = it.in_days(2, 20);
            it.happens(EventKind::Return, Some(back), None);
            it.pass_until(back);
        }
        _ => it.pass_until(away),
    }
    it.pass(72, 100);
}

/// Something else of the record changes.
fn change(it: &mut Writer<'_>, department: usize) {
    let day = it.in_days(2, 12);
    match it.dice.between(0, 4) {
        0 | 1 => {
            it.happens(EventKind::Transfer, Some(day), None);
            it.with(|event| event.detail = Detail::Manager);
        }
        2 => {
            it.happens(EventKind::Transfer, Some(day), None);
            it.with(|event| event.detail = Detail::Name);
        }
        _ if it.contractor && it.life.second_id.is_none() => {
            it.contractor = false;
            if it.life.there.is_some() && it.chance(500) {
                it.life.second_id = Some(format!("{}b", it.life.id));
                it.happens(EventKind::Hire, Some(day), Some(department));
            } else {
                it.happens(EventKind::Transfer, Some(day), None);
                it.with(|event| event.contractor = Some(false));
            }
            it.pass_until(day);
            it.pass(200, 400);
        }
        _ => {}
    }
    it.pass(72, 300);
}

/// An exit, its corrections, and whoever comes back.
fn exit(it: &mut Writer<'_>, department: usize) {
    it.pass(100, 400);
    let mut last = it.in_days(4, 40);
    it.happens(EventKind::Exit, Some(last), None);
    if it.chance(200) {
        it.pass(60, 90);
        last = it.in_days(4, 40);
        let kind = if it.chance(500) {
            EventKind::DateMoved
        } else {
            EventKind::Exit
        };
        it.happens(kind, Some(last), None);
    }
    match it.dice.between(0, 10) {
        0 | 1 => {
            it.pass(60, 400);
            it.happens(EventKind::ExitWithdrawn, None, None);
        }
        2 | 3 => {
            it.pass_until(last);
            it.pass(240, 900);
            let back = it.in_days(8, 30);
            it.happens(EventKind::Rehire, Some(back), Some(department));
        }
        4 => {
            it.pass(60, 200);
            it.happens(EventKind::UrgentExit, None, None);
        }
        _ => {}
    }
}
