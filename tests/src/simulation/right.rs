//! What is right: who should have what, in a few lines of the judge's own. Nothing of the product is asked.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::EventKind;

use super::script::{Happening, Life};

/// The systems that Latchkey changes by itself.
pub(crate) const SYSTEMS: [&str; 2] = ["directory", "chat"];

/// What is given only after a team said yes.
pub(crate) const APPROVED: &str = "group:keys";

/// What is not given without that.
pub(crate) const BEHIND: &str = "group:help";

/// What decides on a person's access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) department: usize,
    pub(crate) contractor: bool,
}

/// Who gets what: the matrix of the compact runbook, written down again.
fn matrix(department: usize) -> [&'static [&'static str]; 2] {
    match department {
        0 => [&["everyone", "sales", "reports"], &["general", "deals"]],
        1 => [&["everyone", "vpn"], &["general", "code"]],
        _ => [
            &["everyone", "vpn", "reports"],
            &["general", "deals", "help", "keys"],
        ],
    }
}

pub(crate) fn wanted(system: &str, access: Access) -> BTreeSet<String> {
    let chat = system == "chat";
    let externals = (chat && access.contractor).then_some("externals");
    matrix(access.department)[usize::from(chat)]
        .iter()
        .copied()
        .chain(externals)
        .map(|name| format!("group:{name}"))
        .collect()
}

fn at(day: Date, hour: i8) -> Timestamp {
    let at = day.at(hour, 0, 0, 0).to_zoned(TimeZone::UTC);
    at.unwrap().timestamp()
}

fn working_days_before(mut day: Date, days: usize) -> Date {
    use jiff::civil::Weekday::{Saturday, Sunday};
    for _ in 0..days {
        day = day.yesterday().unwrap();
        while matches!(day.weekday(), Saturday | Sunday) {
            day = day.checked_sub(1.days()).unwrap();
        }
    }
    day
}

/// How somebody stands when everything is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// What their access is by; nothing for who has left.
    pub(crate) access: Option<Access>,
    /// On leave: they have what they have and cannot sign in.
    pub(crate) away: bool,
}

/// Of what changes on a day, the one with the latest day counts, and of those on one day the one that was confirmed
/// last.
fn later<T: Copy>(latest: &mut Option<(Date, T)>, day: Date, to: Option<T>) {
    if let Some(to) = to
        && latest.is_none_or(|(before, _)| before <= day)
    {
        *latest = Some((day, to));
    }
}

/// What a person has in the end. What the confirmers left out of a flood did not happen.
pub(crate) fn in_the_end(life: &Life, left_out: impl Fn(usize) -> bool) -> End {
    let (mut hired, mut contract) = (life.there, life.contractor);
    let mut here = life.there.is_some();
    let (mut moved, mut other_contract) = (None, None);
    let mut away = false;
    for (nth, happening) in life.happenings.iter().enumerate() {
        if left_out(nth) {
            continue;
        }
        match happening.kind {
            EventKind::Hire | EventKind::Rehire => {
                hired = happening.department.or(hired);
                contract = happening.contractor.unwrap_or(contract);
                (moved, other_contract) = (None, None);
                // Whoever comes back was away until they left, and not longer; a contract under another id begins with
                // work.
                away &= here && !happening.renumbered;
                here = true;
            }
            EventKind::Transfer => {
                let day = happening.day.unwrap();
                later(&mut moved, day, happening.department);
                later(&mut other_contract, day, happening.contractor);
                // Of whom HR had told nothing works here, it seems.
                here |= hired.is_none();
            }
            EventKind::Exit | EventKind::UrgentExit | EventKind::HireRescinded => here = false,
            EventKind::ExitWithdrawn => here = true,
            EventKind::Leave => away = true,
            EventKind::Return => away = false,
            EventKind::DateMoved => {}
        }
    }
    let department = moved.map(|(_, to)| to).or(hired);
    let contractor = other_contract.map_or(contract, |(_, is)| is);
    End {
        access: department.filter(|_| here).map(|department| Access {
            department,
            contractor,
        }),
        away: away && here,
    }
}

/// Whether the window of a hire or transfer had opened for one of the days that it had by then.
fn opened(happening: &Happening, known: &[&Happening], now: Timestamp) -> bool {
    let before = match happening.kind {
        EventKind::Transfer => 1,
        _ => 2,
    };
    let moves = |other: &&&Happening| other.kind == EventKind::DateMoved || other.kind.joins();
    let days = known.iter().filter(moves).copied().chain([happening]);
    days.filter_map(|h| h.day)
        .any(|day| at(working_days_before(day, before), 9) <= now)
}

/// Whether somebody is on leave at that instant by what was known.
fn away(known: &[&Happening], now: Timestamp) -> bool {
    let begun = |h: &&&Happening| match h.kind.joins() {
        true => opened(h, known, now),
        false => h.day.is_none_or(|day| at(day, 0) <= now),
    };
    let counts = |h: &&&Happening| {
        matches!(h.kind, EventKind::Leave | EventKind::Return)
            || h.kind.takes_all()
            || h.kind.joins()
            || h.kind == EventKind::ExitWithdrawn
    };
    let last = known.iter().filter(counts).rfind(begun);
    last.is_some_and(|h| h.kind == EventKind::Leave)
}

/// Whether somebody may be given this at that instant: a hire or transfer that Latchkey knew of wants it, and its
/// window had opened. `known`: what HR had told by then, in the order in which it was confirmed.
pub(crate) fn may_have(
    life: &Life,
    known: &[&Happening],
    system: &str,
    entitlement: Option<&str>,
    now: Timestamp,
) -> bool {
    let open: Vec<&Happening> = known
        .iter()
        .copied()
        .filter(|happening| opened(happening, known, now))
        .collect();
    let departments: BTreeSet<usize> = life
        .there
        .into_iter()
        .chain(open.iter().filter_map(|h| h.department))
        .collect();
    let Some(entitlement) = entitlement else {
        return !departments.is_empty() && !away(known, now);
    };
    let contracts: BTreeSet<bool> = [life.contractor]
        .into_iter()
        .chain(open.iter().filter_map(|h| h.contractor))
        .collect();
    departments.into_iter().any(|department| {
        contracts.iter().any(|contractor| {
            let contractor = *contractor;
            wanted(
                system,
                Access {
                    department,
                    contractor,
                },
            )
            .contains(entitlement)
        })
    })
}
