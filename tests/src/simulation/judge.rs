//! Were the promises kept? Asked of the simulated systems and of the letters, and compared with what
//! [`right`](super::right) says about the same events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::{Row, Shelf, Where};
use latchkey_lifecycle::{
    Account, AuditRecord, Case, CaseState, EmployeeId, EventKind, TaskState, What, Work,
    verify_chain,
};

use super::{
    flood,
    people::Ruled,
    right::{APPROVED, BEHIND, SYSTEMS, in_the_end, may_have, wanted},
    sabotage::Sabotage,
    script::{Happening, Life},
    world::{Outcome, World},
};

/// Letters as they went out: when, and everything in them.
pub(crate) type Letters = Vec<(Timestamp, String)>;

fn letters(world: &World) -> Letters {
    let all = world.post.letters.lock().unwrap();
    let text = |(at, l): &(Timestamp, latchkey_lifecycle::Letter)| {
        (*at, format!("{}\n{}\n{}", l.to, l.subject, l.text))
    };
    all.iter().map(text).collect()
}

/// Promise 6, at an instant at which nothing more will happen by itself: whatever is open, somebody knows.
pub(crate) async fn left(world: &World) -> Vec<String> {
    let letters = letters(world);
    let mut broken = Vec::new();
    for case in world.ledger.cases(Shelf::Open, usize::MAX).await.unwrap() {
        let name = case.id.as_str();
        let held = case.state == CaseState::Held;
        let told = |(_, text): &(Timestamp, String)| {
            (text.contains("operator") && text.contains(name))
                || (held && text.contains("Confirm the exits that are held"))
        };
        if !letters.iter().any(told) && !world.fate.gave_up_alerting(name) {
            broken.push(format!(
                "promise 6: {name} is {} and no operator knows",
                case.state
            ));
        }
    }
    broken
}

/// Looks at a world in which nothing more will happen; also says whether nothing of it is left to people.
pub(crate) async fn judge(world: &World) -> (Outcome, bool) {
    let mut out = Outcome::default();
    let mut digest = Digest::default();
    windows(world, &mut out, &mut digest);
    let letters = letters(world);
    for (at, text) in &letters {
        digest.add(&format!("{at}{text}"));
    }
    out.broken.extend(flood::judge(world, &letters));
    let mut settled = true;
    for (person, life) in world.script.people.iter().enumerate() {
        settled &= of_one(world, person, life, &letters, &mut out).await;
    }
    out.digest = digest.0;
    (out, settled)
}

/// Promise 1: nobody gets access before its window opens.
fn windows(world: &World, out: &mut Outcome, digest: &mut Digest) {
    let mut people: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, life) in world.script.people.iter().enumerate() {
        people.extend(life.ids().map(|id| (id.as_str(), n)));
    }
    for applied in world.field.applied() {
        digest.add(&format!("{applied:?}"));
        let whose = applied.employee.as_ref().map(EmployeeId::as_str);
        let Some(person) = whose.and_then(|id| people.get(id)) else {
            out.broken
                .push(format!("a change concerns nobody: {applied:?}"));
            continue;
        };
        let Some(after) = &applied.after else {
            continue;
        };
        let life = &world.script.people[*person];
        let known = known(world, *person, applied.at);
        let before = applied.before.as_ref();
        let had = before.map(|a| a.entitlements.clone()).unwrap_or_default();
        let mut gained: Vec<Option<String>> = after
            .entitlements
            .difference(&had)
            .map(|e| Some(e.to_string()))
            .collect();
        if after.active && !before.is_some_and(|a| a.active) {
            gained.push(None);
        }
        for gain in gained {
            let told = gain.as_deref().unwrap_or("sign-in");
            let (system, at) = (&applied.system, applied.at);
            if !may_have(life, &known, system, gain.as_deref(), at) {
                out.broken.push(format!(
                    "promise 1: {} got {told} in {system} at {at}, before its window or without a reason",
                    life.id
                ));
            }
            let approved = life.there == Some(2) || world.said(*person, true, at);
            // A system may say yes to what it needs and not give it; that is found when it is read back.
            if told == BEHIND && !approved {
                out.broken.push(format!(
                    "promise 12: {} got {told} in {system} at {at}, and nobody had approved {APPROVED}, which it needs",
                    life.id
                ));
            }
            if told == APPROVED && !approved {
                out.broken.push(format!(
                    "promise 1: {} got {told} in {system} at {at}, and nobody approved it",
                    life.id
                ));
            }
        }
    }
}

/// What HR had told of a person by then.
fn known(world: &World, person: usize, now: Timestamp) -> Vec<&Happening> {
    let all = world.script.people[person].happenings.iter().enumerate();
    let told = |nth: usize| {
        let tried = world.tried.get(&(person, nth));
        tried.is_some_and(|tried| *tried <= now)
    };
    all.filter(|(nth, _)| told(*nth)).map(|(_, h)| h).collect()
}

/// Judges what became of one person; whether nothing of it is left to people.
async fn of_one(
    world: &World,
    person: usize,
    life: &Life,
    letters: &Letters,
    out: &mut Outcome,
) -> bool {
    let mut cases: Vec<Case> = Vec::new();
    for id in life.ids() {
        let id = EmployeeId::new(id).unwrap();
        for (case, _) in world.ledger.cases_of(&id).await.unwrap() {
            cases.push(world.ledger.case(&case).await.unwrap().item);
        }
    }
    out.cases += cases.len();
    let distinct = life.happenings.len();
    // HR may be asked about an event beside what is done by it.
    let done = cases.iter().filter(|case| case.asks().is_empty()).count();
    if done > distinct {
        out.broken.push(format!(
            "promise 4: {} has {done} cases of {distinct} events",
            life.id,
        ));
    }
    let mut excused = false;
    for case in &cases {
        excused |= of_case(world, case, letters, out).await;
    }
    if !excused && !cases.is_empty() {
        the_end(world, person, life, &cases, out);
    }
    !excused
}

/// Judges one case; whether somebody left something of it out, or it is not closed.
async fn of_case(world: &World, case: &Case, letters: &Letters, out: &mut Outcome) -> bool {
    let name = case.id.as_str();
    trails(world, case, out).await;
    let mut excused = false;
    for row in world.ledger.tasks(&case.id).await.unwrap() {
        let task = &row.item.task;
        let left_out = task.state == TaskState::Waived && !task.approval;
        let by_a_no = matches!(&task.answer, Some(latchkey_lifecycle::Answer::Waived { reason, .. })
            if reason.contains("was not approved: "));
        excused |=
            (left_out && !by_a_no) || task.title.contains("by hand") || !case.asks().is_empty();
        if case.state == CaseState::Closed && !task.state.is_ended() {
            out.broken.push(format!(
                "promise 2: {name} is closed and {} is {}",
                task.id, task.state
            ));
        }
        let late = task.ended_at.is_none_or(|ended| ended > task.window.due);
        // Whoever was asked in time and is a day late is told so, not only in the summary when all is done.
        let whose = |text: &str| text.contains(name) && text.contains(&task.title);
        let asked = |(at, text): &(Timestamp, String)| *at < task.window.due && whose(text);
        let much = task
            .ended_at
            .is_none_or(|ended| ended > task.window.due + SignedDuration::from_hours(24));
        if much
            && case.state != CaseState::Superseded
            && world.script.losses.is_empty()
            && matches!(task.work, Work::Person { .. })
            && letters.iter().any(asked)
        {
            let told = |(at, text): &(Timestamp, String)| {
                // What was declined is with the escalation contact, also before it is due.
                let missed = *at >= task.window.due && text.contains("MISSED");
                let soon = *at <= task.window.due + SignedDuration::from_hours(7 * 24);
                // Whoever is asked anew is told at once that it is late: a case that stood still goes on, or the second team
                // said no.
                let anew = *at >= task.window.due && whose(text) && text.contains("LATE: ");
                let goes_on = case.revision > latchkey_lifecycle::Revision::FIRST;
                (anew && goes_on)
                    || soon
                        && ((whose(text) && (anew || missed || text.contains("ESCALATED")))
                            || (text.contains("operator") && text.contains(name)))
            };
            if !letters.iter().any(told) {
                out.broken.push(format!(
                    "promise 1: {name} {} was a day late and nobody was told",
                    task.id
                ));
            }
        }
        if late && case.state != CaseState::Superseded {
            let told =
                |(at, text): &(Timestamp, String)| *at >= task.window.due && text.contains(name);
            if !letters.iter().any(told) {
                out.broken.push(format!(
                    "promise 1: {name} {} was late and nobody heard",
                    task.id
                ));
            }
        }
    }
    let decided = |ruled: &Ruled| ruled.cases.contains(name);
    if case.state == CaseState::Held && world.rulings.iter().any(decided) {
        out.broken.push(format!(
            "promise 8: {name} was decided about by name and is still held"
        ));
    }
    match case.state {
        CaseState::Closed => out.closed += 1,
        CaseState::Superseded => {}
        _ => {
            excused = true;
            out.left += 1;
        }
    }
    excused
}

/// Promises 2, 5 and 7: the systems are as the latest decision says.
fn the_end(world: &World, person: usize, life: &Life, cases: &[Case], out: &mut Outcome) {
    let end = in_the_end(life, |nth| world.is_left_out(person, nth));
    for system in SYSTEMS {
        let accounts: Vec<Account> = life
            .ids()
            .flat_map(|id| world.field.accounts(system, id))
            .collect();
        let shown = || {
            let cases: Vec<String> = cases
                .iter()
                .map(|c| format!("{} {}", c.id, c.state))
                .collect();
            format!("{system} has {accounts:?}; cases: {}", cases.join(", "))
        };
        let active = accounts.iter().filter(|account| account.active).count();
        let has: BTreeSet<String> = accounts
            .iter()
            .flat_map(|account| account.entitlements.iter().map(ToString::to_string))
            .collect();
        out.ends.insert(
            format!("{} in {system}", life.id),
            format!("{active} can sign in, {has:?}"),
        );
        let Some(access) = end.access else {
            if active > 0 {
                out.broken.push(format!(
                    "promise 7: {} has left and can sign in: {}",
                    life.id,
                    shown()
                ));
            }
            // Of whom nothing is known but that they are away, nothing was given and nothing is taken.
            let away = life.happenings.iter().all(|h| h.kind == EventKind::Leave);
            if !has.is_empty() && !away {
                out.broken.push(format!(
                    "promise 7: {} has left and has something: {}",
                    life.id,
                    shown()
                ));
            }
            continue;
        };
        let mut should = wanted(system, access);
        // Somebody's yes or no decides on this one.
        let asked = has.contains(APPROVED)
            || !world.said(person, true, Timestamp::MAX)
            || world.said(person, false, Timestamp::MAX);
        if should.contains(APPROVED) && asked && !has.contains(APPROVED) {
            should.remove(APPROVED);
            should.remove(BEHIND);
        }
        if active != usize::from(!end.away) || has != should || accounts.len() != 1 {
            out.broken.push(format!(
                "promise 5: {} should have {should:?}{}: {}",
                life.id,
                if end.away { " and be away" } else { "" },
                shown()
            ));
        }
    }
}

/// The last sweep found what differs from what is right, and nothing else.
pub(crate) async fn findings(world: &World, out: &mut Outcome) {
    let page = world
        .ledger
        .findings(Shelf::Open, Where::Everywhere, None)
        .await;
    let found: BTreeSet<(String, String)> = page
        .unwrap()
        .findings
        .iter()
        .filter_map(|finding| {
            let system = finding.seen.system.as_ref()?.to_string();
            Some((system, finding.seen.employee_id.as_ref()?.to_string()))
        })
        .collect();
    let mut differs: BTreeSet<(String, String)> = world.drifted.clone();
    for life in &world.script.people {
        let unknown = life.happenings.is_empty() && life.there.is_none();
        if life.stray && unknown {
            differs.insert(("chat".into(), life.id.clone()));
        }
        // HR says that they have worked here for long, and nobody ever gave them anything.
        let away = life
            .happenings
            .first()
            .is_some_and(|h| h.kind == EventKind::Leave);
        if away && life.there.is_none() {
            differs.extend(SYSTEMS.map(|system| (system.to_owned(), life.id.clone())));
        }
    }
    if found != differs {
        out.broken.push(format!(
            "sweep: it should have found {differs:?} and found {found:?}"
        ));
    }
}

/// Promise 9: every chain is whole up to its head, and closing a case named the heads of all.
async fn trails(world: &World, case: &Case, out: &mut Outcome) {
    let name = case.id.as_str();
    let faults = world.ledger.verify_case(&case.id, "the judge").await;
    let faults = faults.unwrap().into_iter();
    out.broken
        .extend(faults.map(|fault| format!("promise 9: {fault}")));
    let mut heads = BTreeMap::from([(None, head(&world.ledger.case(&case.id).await.unwrap()))]);
    for row in world.ledger.tasks(&case.id).await.unwrap() {
        heads.insert(Some(row.item.task.id.clone()), head(&row));
    }
    for mut trail in world.ledger.audit_trail(&case.id).await.unwrap() {
        if world.script.sabotage == Some(Sabotage::RecordRemoved) && trail.records.len() > 2 {
            trail.records.remove(1);
        }
        let (seq, hash) = &heads[&trail.task];
        if let Err(fault) = verify_chain(&trail.records, *seq, hash) {
            out.broken
                .push(format!("promise 9: the trail of {name}: {fault}"));
        }
        tamper(&trail.records, name, out);
        // One that had nothing to change may have been planned anew since: the last word counts.
        let closing = trail.records.iter().rfind(|r| r.body.what == What::Closed);
        let counts = trail.task.is_none() && case.state == CaseState::Closed;
        let Some(closing) = closing.filter(|_| counts) else {
            continue;
        };
        for (task, (seq, hash)) in heads.iter().filter_map(|(t, h)| Some((t.as_ref()?, h))) {
            let named = &closing.body.detail["tasks"][task.as_str()];
            if named["hash"] != **hash || named["records"] != *seq {
                out.broken.push(format!(
                    "promise 9: {name} was closed over another trail of {task}"
                ));
            }
        }
    }
}

fn head<T>(row: &Row<T>) -> (u64, String) {
    (row.audit_seq, row.audit_hash.clone())
}

/// Promise 9: what is changed, removed or inserted is found.
fn tamper(records: &[AuditRecord], name: &str, out: &mut Outcome) {
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
