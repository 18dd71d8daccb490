//! One short story for each kind of event, those that take the place of something under way among them.

use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use latchkey_lifecycle::EventKind;

use super::{
    life::begin,
    script::{Detail, Happening, Life, Script},
};

/// What HR confirms: after so many hours, what, and with a day so many days after the first.
type Confirmed = (i64, EventKind, Option<i64>, Option<usize>);

/// What happens to one person.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    /// In a few words.
    pub name: &'static str,
    /// The department of somebody who works here already.
    there: Option<usize>,
    /// What HR confirms.
    confirmed: &'static [Confirmed],
}

/// The first day is a Monday, and it is seven in the morning.
const DAY: i64 = 24;
const HIRE: Confirmed = (1, EventKind::Hire, Some(14), Some(0));
const EXIT: Confirmed = (1, EventKind::Exit, Some(3), None);
const TRANSFER: Confirmed = (1, EventKind::Transfer, Some(3), Some(1));
const LEAVE: Confirmed = (1, EventKind::Leave, Some(2), None);
/// On the day after a hire's accounts were given, in the morning.
const ACCOUNTS_GIVEN: i64 = 11 * DAY + 4;

/// The stories.
pub const STORIES: [Story; 14] = [
    new("a hire", &[HIRE]),
    known("a transfer", &[TRANSFER]),
    known("an exit", &[EXIT]),
    known("an urgent exit", &[(1, EventKind::UrgentExit, None, None)]),
    new(
        "a hire's start moves when half is done",
        &[HIRE, (8 * DAY + 4, EventKind::DateMoved, Some(21), None)],
    ),
    new(
        "a hire is rescinded when access was given",
        &[HIRE, (ACCOUNTS_GIVEN, EventKind::HireRescinded, None, None)],
    ),
    known(
        "an exit is withdrawn when access was taken",
        &[EXIT, (4 * DAY + 4, EventKind::ExitWithdrawn, None, None)],
    ),
    known(
        "somebody who left is hired again",
        &[EXIT, (14 * DAY, EventKind::Rehire, Some(28), Some(1))],
    ),
    known("a leave", &[LEAVE]),
    known(
        "a leave and a return",
        &[LEAVE, (7 * DAY, EventKind::Return, Some(9), None)],
    ),
    known(
        "an urgent exit in the middle of an exit",
        &[EXIT, (3 * DAY + 8, EventKind::UrgentExit, None, None)],
    ),
    new(
        "an exit in the middle of a hire",
        &[HIRE, (ACCOUNTS_GIVEN, EventKind::Exit, Some(25), None)],
    ),
    known(
        "a transfer in the middle of a transfer",
        &[
            TRANSFER,
            (2 * DAY + 4, EventKind::Transfer, Some(8), Some(2)),
        ],
    ),
    known(
        "an exit in the middle of a leave",
        &[LEAVE, (4 * DAY, EventKind::Exit, Some(9), None)],
    ),
];

const fn new(name: &'static str, confirmed: &'static [Confirmed]) -> Story {
    Story {
        name,
        there: None,
        confirmed,
    }
}

const fn known(name: &'static str, confirmed: &'static [Confirmed]) -> Story {
    Story {
        name,
        there: Some(0),
        confirmed,
    }
}

impl Story {
    /// The kinds of event in it.
    pub fn kinds(&self) -> impl Iterator<Item = EventKind> {
        self.confirmed.iter().map(|(_, kind, ..)| *kind)
    }

    /// As a script in which nothing goes wrong.
    pub(crate) fn script(&self) -> Script {
        let first = begin().to_zoned(TimeZone::UTC).date();
        let happening = |(hours, kind, days, department): &Confirmed| Happening {
            kind: *kind,
            at: begin() + SignedDuration::from_hours(*hours),
            day: days.map(|days| first.checked_add(days.days()).unwrap()),
            department: *department,
            contractor: kind.joins().then_some(false),
            detail: Detail::None,
            renumbered: false,
            deliveries: vec![SignedDuration::ZERO],
        };
        Script {
            seed: 7,
            people: vec![Life {
                id: "7".to_owned(),
                second_id: None,
                there: self.there,
                contractor: false,
                stray: false,
                happenings: self.confirmed.iter().map(happening).collect(),
            }],
            faults: std::collections::BTreeSet::new(),
            certain: Vec::new(),
            sabotage: None,
            restarts: Vec::new(),
            losses: Vec::new(),
            sweeps: Vec::new(),
        }
    }
}
