//! Were the promises kept? Asked of the simulated systems and of the letters, and compared with what a few lines here say
//! about the same events: nothing of the product decides what is right.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::{Case, CaseState, EmployeeId, EventKind, TaskState, verify_chain};

use super::{
    life::{Happening, Life},
    world::{Outcome, World},
};

/// The systems that Latchkey changes by itself.
pub(crate) const SYSTEMS: [&str; 2] = ["directory", "chat"];

/// Who gets what: the matrix of the compact runbook, written down again.
fn matrix(department: usize) -> [&'static [&'static str]; 2] {
    match department {
        0 => [&["everyone", "sales", "reports"], &["general", "deals"]],
        1 => [&["everyone", "vpn"], &["general", "code"]],
        _ => [
            &["everyone", "vpn", "reports"],
            &["general", "deals", "help"],
        ],
    }
}

fn wanted(system: &str, department: usize) -> BTreeSet<String> {
    let nth = usize::from(system == "chat");
    matrix(department)[nth]
        .iter()
        .map(|name| format!("group:{name}"))
        .collect()
}

fn at(day: Date, hour: i8, minute: i8) -> Timestamp {
    day.at(hour, minute, 0, 0)
        .to_zoned(TimeZone::UTC)
        .unwrap()
        .timestamp()
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

/// What a person has in the end: the department whose access they have, or none.
fn in_the_end(life: &Life) -> Option<usize> {
    let mut department = life.there;
    let mut hired: Option<usize> = life.there;
    // The transfer with the latest day counts, and of those on one day the one that was confirmed last.
    let mut latest: Option<(Date, usize)> = None;
    for happening in &life.happenings {
        match happening.kind {
            EventKind::Hire | EventKind::Rehire => {
                hired = happening.department.or(hired);
                latest = None;
                department = hired;
            }
            EventKind::Transfer => {
                let (day, to) = (happening.day.unwrap(), happening.department.unwrap());
                if latest.is_none_or(|(before, _)| before <= day) {
                    latest = Some((day, to));
                }
                department = latest.map(|(_, to)| to);
            }
            EventKind::Exit | EventKind::UrgentExit | EventKind::HireRescinded => department = None,
            EventKind::ExitWithdrawn => department = latest.map(|(_, to)| to).or(hired),
            EventKind::DateMoved | EventKind::Leave | EventKind::Return => {}
        }
    }
    department
}

/// Whether somebody may be given this at that instant: a hire or transfer that Latchkey knew of wants it, and its window
/// had opened for one of the days that it had by then.
fn may_have(
    world: &World,
    person: usize,
    system: &str,
    entitlement: Option<&str>,
    now: Timestamp,
) -> bool {
    let life = &world.script.people[person];
    let known = |nth: usize| {
        world.taken.get(&(person, nth)).is_some_and(|taken| *taken <= now)
        // Its effect may come before its answer.
        || life.happenings[nth].deliveries.iter().any(|d| life.happenings[nth].at + *d <= now)
    };
    let of = |department: usize| entitlement.is_none_or(|e| wanted(system, department).contains(e));
    if life.there.is_some_and(of) {
        return true;
    }
    let happenings: Vec<(usize, &Happening)> = life
        .happenings
        .iter()
        .enumerate()
        .filter(|(nth, _)| known(*nth))
        .collect();
    happenings.iter().any(|(_, happening)| {
        if !happening.department.is_some_and(of) {
            return false;
        }
        let before = if happening.kind == EventKind::Transfer {
            1
        } else {
            2
        };
        let moved = happenings.iter().filter(|(_, other)| {
            matches!(
                other.kind,
                EventKind::DateMoved | EventKind::Hire | EventKind::Rehire
            )
        });
        let days = moved.map(|(_, other)| *other).chain([*happening]);
        days.filter_map(|h| h.day)
            .any(|day| at(working_days_before(day, before), 9, 0) <= now)
    })
}

/// Looks at a world in which nothing more will happen.
pub(crate) async fn judge(world: &World) -> Outcome {
    let mut out = Outcome::default();
    let mut digest = Digest::default();
    windows(world, &mut out, &mut digest);
    let letters: Vec<(Timestamp, String)> = {
        let all = world.post.letters.lock().unwrap();
        all.iter()
            .map(|(at, l)| (*at, format!("{}\n{}", l.subject, l.text)))
            .collect()
    };
    for (at, text) in &letters {
        digest.add(&format!("{at}{text}"));
    }
    for life in &world.script.people {
        of_one(world, life, &letters, &mut out).await;
    }
    out.digest = digest.0;
    out
}

/// Promise 1: nobody gets access before its window opens.
fn windows(world: &World, out: &mut Outcome, digest: &mut Digest) {
    let people: BTreeMap<&str, usize> = world
        .script
        .people
        .iter()
        .enumerate()
        .map(|(n, life)| (life.id.as_str(), n))
        .collect();
    for applied in world.field.applied() {
        digest.add(&format!("{applied:?}"));
        let Some(person) = applied
            .employee
            .as_ref()
            .and_then(|id| people.get(id.as_str()))
        else {
            out.broken
                .push(format!("a change concerns nobody: {applied:?}"));
            continue;
        };
        let Some(after) = &applied.after else {
            continue;
        };
        let had = |account: &latchkey_lifecycle::Account| account.entitlements.clone();
        let before = applied.before.as_ref().map(had).unwrap_or_default();
        let mut gained: Vec<Option<String>> = after
            .entitlements
            .difference(&before)
            .map(|e| Some(e.to_string()))
            .collect();
        if after.active && !applied.before.as_ref().is_some_and(|a| a.active) {
            gained.push(None);
        }
        for gain in gained {
            if !may_have(world, *person, &applied.system, gain.as_deref(), applied.at) {
                let what = gain.unwrap_or_else(|| "sign-in".to_owned());
                out.broken.push(format!(
                    "promise 1: {} got {what} in {} at {}, before its window or without a reason",
                    world.script.people[*person].id, applied.system, applied.at
                ));
            }
        }
    }
}

async fn of_one(world: &World, life: &Life, letters: &[(Timestamp, String)], out: &mut Outcome) {
    let id = EmployeeId::new(&life.id).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for (case, _) in world.ledger.cases_of(&id).await.unwrap() {
        cases.push(world.ledger.case(&case).await.unwrap().item);
    }
    out.cases += cases.len();
    let distinct = life.happenings.len();
    if cases.len() > distinct {
        out.broken.push(format!(
            "promise 4: {} has {} cases of {distinct} events",
            life.id,
            cases.len()
        ));
    }
    let mut excused = false;
    for case in &cases {
        let name = case.id.as_str();
        for trail in world.ledger.audit_trail(&case.id).await.unwrap() {
            if let Some(fault) = trail.fault {
                out.broken
                    .push(format!("promise 9: the trail of {name}: {fault}"));
            }
            tamper(&trail.records, name, out);
        }
        let rows = world.ledger.tasks(&case.id).await.unwrap();
        for row in &rows {
            let task = &row.item.task;
            excused |= task.state == TaskState::Waived || task.title.contains("by hand");
            if case.state == CaseState::Closed && !task.state.is_ended() {
                out.broken.push(format!(
                    "promise 2: {name} is closed and {} is {}",
                    task.id, task.state
                ));
            }
            let late = task.ended_at.is_none_or(|ended| ended > task.window.due);
            if late && case.state != CaseState::Superseded {
                let told = |(at, text): &(Timestamp, String)| {
                    *at >= task.window.due && text.contains(name)
                };
                if !letters.iter().any(told) {
                    out.broken.push(format!(
                        "promise 1: {name} {} was late and nobody heard",
                        task.id
                    ));
                }
            }
        }
        match case.state {
            CaseState::Closed => out.closed += 1,
            CaseState::Superseded => {}
            _ => {
                excused = true;
                out.left += 1;
                let alerted = letters
                    .iter()
                    .any(|(_, text)| text.contains("operator") && text.contains(name));
                if !alerted {
                    out.broken.push(format!(
                        "promise 6: {name} is {} and no operator knows",
                        case.state
                    ));
                }
            }
        }
    }
    if cases.is_empty() || excused {
        return;
    }
    the_end(world, life, &cases, out);
}

/// Promises 2, 5 and 7: the systems are as the latest decision says.
fn the_end(world: &World, life: &Life, cases: &[Case], out: &mut Outcome) {
    let department = in_the_end(life);
    for system in SYSTEMS {
        let accounts = world.field.accounts(system, &life.id);
        let active: Vec<_> = accounts.iter().filter(|account| account.active).collect();
        let shown = || {
            let cases: Vec<String> = cases
                .iter()
                .map(|c| format!("{} {}", c.id, c.state))
                .collect();
            format!("{system} has {accounts:?}; cases: {}", cases.join(", "))
        };
        match department {
            None if !active.is_empty() => {
                out.broken.push(format!(
                    "promise 7: {} has left and can sign in: {}",
                    life.id,
                    shown()
                ));
            }
            None => {
                if accounts
                    .iter()
                    .any(|account| !account.entitlements.is_empty())
                {
                    out.broken.push(format!(
                        "promise 7: {} has left and has something: {}",
                        life.id,
                        shown()
                    ));
                }
            }
            Some(department) => {
                let has: BTreeSet<String> = active
                    .iter()
                    .flat_map(|account| account.entitlements.iter().map(ToString::to_string))
                    .collect();
                if active.len() != 1 || has != wanted(system, department) {
                    out.broken.push(format!(
                        "promise 5: {} should have {:?}: {}",
                        life.id,
                        wanted(system, department),
                        shown()
                    ));
                }
            }
        }
    }
}

/// Promise 9: what is changed, removed or inserted is found.
fn tamper(records: &[latchkey_lifecycle::AuditRecord], name: &str, out: &mut Outcome) {
    let Some(last) = records.last() else { return };
    let (seq, head) = (last.seq, last.hash.clone());
    let mut changed = records.to_vec();
    if let Some(first) = changed.first_mut() {
        first.body.text.push('!');
    }
    let removed = records[1..].to_vec();
    let mut inserted = records.to_vec();
    inserted.push(last.clone());
    for forged in [changed, removed, inserted] {
        if verify_chain(&forged, seq, &head).is_ok() {
            out.broken
                .push(format!("promise 9: a forged trail of {name} was not found"));
        }
    }
}

#[derive(Default)]
struct Digest(u64);

impl Digest {
    fn add(&mut self, text: &str) {
        let mut dice = super::dice::Dice::named(self.0, text);
        self.0 = dice.next();
    }
}
