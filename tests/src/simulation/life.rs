//! What happens in a simulation: people, what HR confirms about them, and what goes wrong. Data, so that parts can be
//! left out.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::EventKind;

use super::dice::Dice;

/// The departments of the simulated company.
pub(crate) const DEPARTMENTS: [&str; 3] = ["Sales", "Engineering", "Support"];

/// A kind of thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Systems fail before they do anything.
    SystemErrors,
    /// Systems do what they are told and then fail.
    LostAnswers,
    /// Systems ask to come back later.
    Busy,
    /// A read right after a change shows what was before.
    StaleReads,
    /// Systems say yes and do nothing.
    WrongAnswers,
    /// Systems refuse until somebody mends them.
    Refusals,
    /// Steps take longer than they may.
    Slow,
    /// Steps are cut off at some call they make.
    Crashes,
    /// Lambda fails before or after the step.
    LambdaErrors,
    /// Steps run again later.
    LateSteps,
    /// The ledger is throttled.
    LedgerBusy,
    /// Letters do not go out.
    MailDown,
    /// The state machine does not take calls.
    WorkflowBusy,
    /// People answer late, twice, or decline.
    People,
    /// People never answer.
    Silence,
    /// The process ends and begins again.
    Restarts,
    /// Webhooks come late, twice and in another order.
    Deliveries,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Fault; 17] = [
        Fault::SystemErrors,
        Fault::LostAnswers,
        Fault::Busy,
        Fault::StaleReads,
        Fault::WrongAnswers,
        Fault::Refusals,
        Fault::Slow,
        Fault::Crashes,
        Fault::LambdaErrors,
        Fault::LateSteps,
        Fault::LedgerBusy,
        Fault::MailDown,
        Fault::WorkflowBusy,
        Fault::People,
        Fault::Silence,
        Fault::Restarts,
        Fault::Deliveries,
    ];
}

/// Something that HR confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// What.
    pub kind: EventKind,
    /// When HR confirms it.
    pub at: Timestamp,
    /// The first day of the new state.
    pub day: Option<Date>,
    /// The department, where it changes.
    pub department: Option<usize>,
    /// How much later the webhook comes, each time it does.
    pub deliveries: Vec<SignedDuration>,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The employee id.
    pub id: String,
    /// The department of somebody who has worked here for long.
    pub there: Option<usize>,
    /// Whether there is an account that the ledger does not know.
    pub stray: bool,
    /// What HR confirms, in that order.
    pub happenings: Vec<Happening>,
}

/// Everything that happens in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Where chance begins.
    pub seed: u64,
    /// The people.
    pub people: Vec<Life>,
    /// What goes wrong.
    pub faults: BTreeSet<Fault>,
    /// When the process ends and begins again.
    pub restarts: Vec<Timestamp>,
}

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

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

impl Script {
    /// The script of a seed, with so many people.
    pub fn of(seed: u64, people: usize) -> Script {
        let mut dice = Dice::named(seed, "script");
        // Some runs have every kind of fault, most have a few.
        let all = dice.in_thousand(150);
        let some = |dice: &mut Dice| all || dice.in_thousand(350);
        let faults: BTreeSet<Fault> = Fault::ALL.into_iter().filter(|_| some(&mut dice)).collect();
        let count = if faults.contains(&Fault::Restarts) {
            dice.between(1, 5)
        } else {
            0
        };
        let mut restarts: Vec<Timestamp> = (0..count)
            .map(|_| begin() + SignedDuration::from_mins(dice.between(10, 90 * 24 * 60)))
            .collect();
        restarts.sort_unstable();
        let people = (0..people)
            .map(|n| {
                let id = format!("{n}");
                life(
                    &mut Dice::named(seed, &id),
                    id,
                    faults.contains(&Fault::Deliveries),
                )
            })
            .collect();
        Script {
            seed,
            people,
            faults,
            restarts,
        }
    }
}

struct Writer<'a> {
    dice: &'a mut Dice,
    now: Timestamp,
    late: bool,
    happenings: Vec<Happening>,
}

impl Writer<'_> {
    /// Time passes, in hours.
    fn pass(&mut self, from: i64, to: i64) {
        self.now += SignedDuration::from_mins(self.dice.between(from * 60, to * 60));
    }

    fn days(&mut self, after: Date, from: i64, to: i64) -> Date {
        working(
            after
                .checked_add(self.dice.between(from, to).days())
                .unwrap(),
        )
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
        self.happenings.push(Happening {
            kind,
            at: self.now,
            day,
            department,
            deliveries,
        });
    }
}

fn life(dice: &mut Dice, id: String, late: bool) -> Life {
    let start = begin() + SignedDuration::from_mins(dice.between(0, 20 * 24 * 60));
    let stray = dice.in_thousand(200);
    let mut department = usize::try_from(dice.between(0, 3)).unwrap();
    let there = dice.in_thousand(350).then_some(department);
    let mut it = Writer {
        dice,
        now: start,
        late,
        happenings: Vec::new(),
    };
    let mut employed_from = date(it.now);
    if there.is_none() {
        let mut first = it.days(date(it.now), 8, 40);
        it.happens(EventKind::Hire, Some(first), Some(department));
        if it.dice.in_thousand(200) {
            it.pass(60, 100);
            first = it.days(date(it.now), 6, 45);
            // Some HR systems send the hire again with another day.
            let kind = if it.dice.in_thousand(500) {
                EventKind::DateMoved
            } else {
                EventKind::Hire
            };
            let department = (kind == EventKind::Hire).then_some(department);
            it.happens(kind, Some(first), department);
        }
        if it.dice.in_thousand(120) {
            it.pass(60, 100);
            it.happens(EventKind::HireRescinded, None, None);
            if it.dice.in_thousand(700) {
                return Life {
                    id,
                    there,
                    stray,
                    happenings: it.happenings,
                };
            }
            it.pass(80, 200);
            first = it.days(date(it.now), 6, 40);
            it.happens(EventKind::Hire, Some(first), Some(department));
        }
        employed_from = first;
        it.now = it
            .now
            .max(first.to_zoned(TimeZone::UTC).unwrap().timestamp());
        it.pass(72, 200);
    }
    for _ in 0..2 {
        if it.dice.in_thousand(350) {
            let day = it.days(date(it.now).max(employed_from), 2, 20);
            department = (department + usize::try_from(it.dice.between(1, 3)).unwrap()) % 3;
            it.happens(EventKind::Transfer, Some(day), Some(department));
            it.pass(72, 900);
        }
    }
    if it.dice.in_thousand(150) {
        it.pass(100, 300);
        it.happens(EventKind::UrgentExit, None, None);
        return Life {
            id,
            there,
            stray,
            happenings: it.happenings,
        };
    }
    if it.dice.in_thousand(500) || it.happenings.is_empty() {
        it.pass(100, 400);
        let mut last = it.days(date(it.now), 4, 40);
        it.happens(EventKind::Exit, Some(last), None);
        if it.dice.in_thousand(200) {
            it.pass(60, 90);
            last = it.days(date(it.now), 4, 40);
            let kind = if it.dice.in_thousand(500) {
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
                it.now = it
                    .now
                    .max(last.to_zoned(TimeZone::UTC).unwrap().timestamp());
                it.pass(240, 900);
                let back = it.days(date(it.now), 8, 30);
                it.happens(EventKind::Rehire, Some(back), Some(department));
            }
            4 => {
                it.pass(60, 200);
                it.happens(EventKind::UrgentExit, None, None);
            }
            _ => {}
        }
    }
    Life {
        id,
        there,
        stray,
        happenings: it.happenings,
    }
}
