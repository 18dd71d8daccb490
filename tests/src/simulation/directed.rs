//! Scripts for what chance does not reach: a step that fails until it is given up, at each place; a question that
//! nobody answers; an execution that nobody stopped.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Date};
use latchkey_lifecycle::EventKind;

use super::{
    life::begin,
    script::{Certain, Detail, Fault, Happening, Life, Script},
};

/// The first day of those who are hired here.
const FIRST_DAY: Date = Date::constant(2026, 12, 7);

/// Places at which a step fails, as it is described: its words, and how many letters about the laptop nobody answers
/// before.
const PLACES: [(&str, u32); 11] = [
    ("plan hire", 0),
    ("ask hold held", 0),
    ("ask hold late", 4),
    ("system-scim accounts.directory", 0),
    ("verify laptop", 0),
    ("ask prepare laptop", 0),
    ("ask asked laptop", 0),
    ("ask reminded laptop", 1),
    ("ask missed laptop", 2),
    ("ask escalated laptop", 4),
    ("close hire", 0),
];

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn certain(fault: Fault, what: &str, skip: u32, times: u32) -> Certain {
    Certain {
        fault,
        what: what.to_owned(),
        skip,
        times,
    }
}

fn told(kind: EventKind, at: Timestamp, day: Option<Date>, department: Option<usize>) -> Happening {
    Happening {
        kind,
        at,
        day,
        department,
        contractor: kind.joins().then_some(false),
        detail: Detail::None,
        renumbered: false,
        deliveries: vec![SignedDuration::ZERO],
    }
}

/// Somebody who is hired.
fn hired(n: usize, department: usize) -> Life {
    let at = begin() + SignedDuration::from_mins(i64::try_from(n).unwrap());
    Life {
        id: n.to_string(),
        second_id: None,
        there: None,
        contractor: false,
        stray: false,
        happenings: vec![told(EventKind::Hire, at, Some(FIRST_DAY), Some(department))],
    }
}

fn script(people: Vec<Life>, certain: Vec<Certain>) -> Script {
    Script {
        seed: 1,
        people,
        faults: BTreeSet::new(),
        certain,
        sabotage: None,
        restarts: Vec::new(),
        losses: Vec::new(),
        sweeps: Vec::new(),
    }
}

/// Each step is tried until it is given up: by Lambda's errors, or by a ledger that takes nothing.
fn given_up(fault: Fault, times: u32) -> Script {
    let mut all = Vec::new();
    for (n, (place, silent)) in PLACES.into_iter().enumerate() {
        let place = place.replace("hire", "");
        all.push(certain(
            fault,
            &format!("hire-{n}- {}", place.trim()),
            0,
            times,
        ));
        if silent > 0 {
            all.push(certain(
                Fault::Silence,
                &format!("hire-{n}- laptop"),
                0,
                silent,
            ));
        }
    }
    let people = (0..PLACES.len()).map(|n| hired(n, 0)).collect();
    script(people, all)
}

/// Nobody stops the execution of a case that is planned anew, and it goes on to each of these places.
fn never_stopped() -> Script {
    // When the day moves, and what takes long then.
    let moved = [
        ("2026-11-23T07:00:20Z", "plan", 0),
        ("2026-11-25T07:00:00Z", "", 0),
        ("2026-11-30T09:00:20Z", "ask asked laptop", 0),
        ("2026-12-01T07:00:00Z", "", 9),
        ("2026-12-04T12:00:00Z", "", 9),
        ("2026-12-05T12:00:00Z", "", 9),
        ("2026-12-03T09:00:20Z", "verify accounts.directory", 0),
        ("2026-12-07T10:30:00Z", "", 9),
    ];
    let mut all = vec![certain(Fault::WorkflowBusy, "stop", 0, u32::MAX)];
    let mut people = Vec::new();
    for (n, (at, slow, silent)) in moved.into_iter().enumerate() {
        let mut life = hired(n, 0);
        life.happenings[0].at = begin();
        life.happenings.push(told(
            EventKind::DateMoved,
            instant(at),
            Some(Date::constant(2027, 1, 11)),
            None,
        ));
        people.push(life);
        if !slow.is_empty() {
            all.push(certain(
                Fault::LambdaErrors,
                &format!("hire-{n}- {slow}"),
                0,
                8,
            ));
        }
        if silent > 0 {
            all.push(certain(
                Fault::Silence,
                &format!("hire-{n}- laptop"),
                0,
                silent,
            ));
        }
    }
    script(people, all)
}

/// Systems refuse, ask for time, say yes and do nothing; teams decline.
fn unwilling() -> Script {
    let mut people: Vec<Life> = (0..8).map(|n| hired(n, 2)).collect();
    people[6].there = Some(2);
    people[6].happenings = vec![told(
        EventKind::Exit,
        begin(),
        Some(Date::constant(2026, 11, 27)),
        None,
    )];
    script(
        people,
        vec![
            // Refused until somebody mends it.
            certain(Fault::Refusals, "directory 0", 0, 1),
            // Out of reach for so long that the system is left in peace: for the step, and for reading back.
            certain(Fault::SystemErrors, "read directory 1", 0, 7),
            certain(Fault::SystemErrors, "read chat 2", 1, 7),
            // Yes, and nothing done: it is not there when it is read back.
            certain(Fault::WrongAnswers, "directory 3", 0, 1),
            // Not approved: what needs it is left out.
            certain(Fault::People, "declines hire-4- Approve", 0, 1),
            certain(Fault::People, "declines hire-5- laptop", 0, 1),
            certain(Fault::People, "waives hire-5- laptop", 0, 1),
            // The second team does not see it.
            certain(Fault::People, "declines exit-6- Confirm", 0, 1),
            // A letter goes out at the second try.
            certain(Fault::MailDown, "Remind", 0, 1),
            certain(Fault::MailDown, "MISSED", 0, 1),
            certain(Fault::MailDown, "ESCALATED", 0, 1),
            certain(Fault::Silence, "hire-7- laptop", 0, 3),
        ],
    )
}

/// One task that nobody ever does.
fn silence() -> Script {
    script(
        vec![hired(0, 0)],
        vec![certain(Fault::Silence, "laptop", 0, u32::MAX)],
    )
}

/// Not even the alert goes out: that the execution fails is what raises the alarm.
fn no_alert(place: &str) -> Script {
    script(
        vec![hired(0, 0)],
        vec![
            certain(Fault::LambdaErrors, place, 0, 9),
            certain(Fault::LambdaErrors, "alert", 0, 9),
            certain(Fault::LedgerBusy, "of publish", 0, 11),
        ],
    )
}

/// The queue of letters does not take an alert, which goes out without it.
fn alerted_directly(place: &str) -> Script {
    script(
        vec![hired(0, 0)],
        vec![
            certain(Fault::LambdaErrors, place, 0, 9),
            certain(Fault::LedgerBusy, "alert", 0, 11),
        ],
    )
}

/// A case whose runbook cannot be read.
fn spoiled() -> Script {
    script(
        vec![hired(0, 0)],
        vec![certain(Fault::Spoiled, "plan hire-0-", 0, 1)],
    )
}

/// Every directed script, with what it is about.
pub fn directed() -> Vec<(&'static str, Script)> {
    vec![
        (
            "Lambda fails until it is given up",
            given_up(Fault::LambdaErrors, 9),
        ),
        (
            "the ledger takes nothing until it is given up",
            given_up(Fault::LedgerBusy, 11),
        ),
        ("nobody stops what is planned anew", never_stopped()),
        ("systems and teams are unwilling", unwilling()),
        ("nobody ever answers", silence()),
        ("no alert about a case", no_alert("plan hire")),
        ("no alert about a task", no_alert("ask prepare laptop")),
        (
            "an alert about a case past the queue",
            alerted_directly("plan hire"),
        ),
        (
            "an alert about a task past the queue",
            alerted_directly("ask prepare laptop"),
        ),
        ("the runbook of a case is gone", spoiled()),
    ]
}
