//! What somebody should have in each system and has, as far as the ledger knows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use latchkey_ledger::{KnownAccount, TaskRow};
use latchkey_lifecycle::{
    Account, Answer, Case, Entitlement, EventKind, SystemId, Task, TaskState, Verification, Work,
};
use latchkey_runbook::{Runbook, System};

use crate::{
    glyph::Glyph,
    views::state::{State, Tone},
};

/// One system, for one person.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// The system's name.
    pub(crate) name: String,
    /// The name of the account.
    pub(crate) account: Option<String>,
    pub(crate) should: Should,
    pub(crate) has: Has,
    pub(crate) state: State,
    /// By when the task that sees to it is due (UTC).
    pub(crate) due: Option<Timestamp>,
    /// What is not given of it, by whose word and why.
    pub(crate) not_given: Vec<String>,
}

/// What somebody should have, when the case is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Should {
    Have(BTreeSet<Entitlement>),
    Nothing,
    /// What is there stays, and nobody signs in with it.
    Suspended,
}

/// What somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Has {
    /// As the system answered.
    Read {
        account: Option<Account>,
        at: Timestamp,
    },
    /// As somebody said.
    Word {
        has: BTreeSet<Entitlement>,
        by: String,
        at: Timestamp,
    },
    /// Latchkey has not heard of it.
    Unknown,
}

/// The system that a task is about: what it acts on, is read in or gives in, or, where people take something back, the
/// one that its id names.
pub(crate) fn system_of(runbook: &Runbook, task: &Task) -> Option<SystemId> {
    if let Some(system) = task.system().or(task.gives_in.as_ref()) {
        return Some(system.clone());
    }
    let (_, named) = task.id.as_str().rsplit_once('.')?;
    let system = SystemId::new(named).ok()?;
    runbook.system(&system).is_some().then_some(system)
}

/// Every system in which the person should have something, has something, or in which the case has a task.
pub(crate) fn of_case(
    runbook: &Runbook,
    case: &Case,
    rows: &[TaskRow],
    known: &[KnownAccount],
    now: Timestamp,
) -> Vec<Access> {
    let mut tasks: BTreeMap<SystemId, Vec<&TaskRow>> = BTreeMap::new();
    for row in rows {
        if let Some(system) = system_of(runbook, &row.task) {
            tasks.entry(system).or_default().push(row);
        }
    }
    let names = runbook.names_of(case);
    let one = |(id, system): (&SystemId, &System)| {
        let rows = tasks.get(id).map(Vec::as_slice).unwrap_or_default();
        let known = known.iter().find(|known| known.system == *id);
        let should = should(runbook, case, id);
        if rows.is_empty() && known.is_none() && !matches!(should, Should::Have(_)) {
            return None;
        }
        let has = has(system, known, rows);
        let open = rows.iter().find(|row| !row.task.state.is_ended());
        let managed = runbook.entitlements(id);
        let account = match &has {
            Has::Read { account, .. } => account.as_ref().map(|account| account.name.clone()),
            _ => None,
        };
        Some(Access {
            name: system.name.clone(),
            account: account.or_else(|| match system.is_automatic() {
                true => runbook.name_in(&names, id),
                false => names.accounts.get(id).cloned(),
            }),
            state: state(&should, &has, &managed, rows, now),
            due: open.map(|row| row.task.window.due),
            not_given: rows.iter().filter_map(|row| not_given(&row.task)).collect(),
            should,
            has,
        })
    };
    runbook.systems().filter_map(one).collect()
}

/// What a task does not give, where somebody said so, or what it needs is not there.
fn not_given(task: &Task) -> Option<String> {
    task.gives_in.as_ref()?;
    let named = task.answer.is_some() && !task.access.is_empty();
    let said = task.omission().filter(|_| named)?;
    let what: Vec<String> = task.access.iter().map(Entitlement::called).collect();
    Some(format!(
        "not {}, by {}: {}",
        what.join(", "),
        said.by,
        said.reason
    ))
}

fn should(runbook: &Runbook, case: &Case, system: &SystemId) -> Should {
    match (case.kind, &case.person) {
        (kind, _) if kind.takes_all() => Should::Nothing,
        (EventKind::Leave, _) => Should::Suspended,
        (_, Some(person)) => runbook
            .desired(person, system)
            .map_or(Should::Nothing, |account| {
                Should::Have(account.entitlements)
            }),
        (_, None) => Should::Nothing,
    }
}

fn has(system: &System, known: Option<&KnownAccount>, rows: &[&TaskRow]) -> Has {
    if let Some(known) = known {
        return Has::Read {
            account: known.account.clone(),
            at: known.verified_at,
        };
    }
    if system.is_automatic() {
        return Has::Unknown;
    }
    let verified = rows.iter().map(|row| &row.task);
    let verified = verified.filter(|task| task.state == TaskState::Verified && !task.approval);
    let said = verified.filter_map(|task| match (&task.answer, task.ended_at) {
        (Some(Answer::Done(evidence)), Some(at)) => Some((task, evidence.by.clone(), at)),
        _ => None,
    });
    let said: Vec<(&Task, String, Timestamp)> = said.collect();
    let Some((_, by, at)) = said.iter().max_by_key(|(_, _, at)| *at) else {
        return Has::Unknown;
    };
    let gave = said.iter().filter(|(task, ..)| task.gives_in.is_some());
    Has::Word {
        has: gave.flat_map(|(task, ..)| task.access.clone()).collect(),
        by: by.clone(),
        at: *at,
    }
}

/// Whether what is there is what should be. `managed`: what the runbook can give there; the rest is others' doing.
fn is_so(should: &Should, has: &Has, managed: &BTreeSet<Entitlement>) -> bool {
    let empty = BTreeSet::new();
    let (active, entitlements) = match has {
        // Of a word it is only known that everything that was asked for is done.
        Has::Unknown | Has::Word { .. } => return false,
        Has::Read { account: None, .. } => (false, &empty),
        Has::Read {
            account: Some(account),
            ..
        } => (account.active, &account.entitlements),
    };
    match should {
        Should::Nothing => !active && entitlements.is_empty(),
        Should::Suspended => !active,
        Should::Have(wanted) => {
            let mine: BTreeSet<Entitlement> = entitlements.intersection(managed).cloned().collect();
            active && mine == *wanted
        }
    }
}

fn state(
    should: &Should,
    has: &Has,
    managed: &BTreeSet<Entitlement>,
    rows: &[&TaskRow],
    now: Timestamp,
) -> State {
    let says = |glyph, word, tone| State { glyph, word, tone };
    if is_so(should, has, managed) {
        return says(Glyph::Verified, "as it should be", Tone::Good);
    }
    let gives = matches!(should, Should::Have(_));
    let open = rows.iter().find(|row| !row.task.state.is_ended());
    if let Some(row) = open {
        let state = State::of_task(row, now);
        return match (state.tone, gives) {
            (Tone::Bad | Tone::Warn, _) => state,
            (_, true) => says(Glyph::Planned, "to be given", Tone::Calm),
            (_, false) => says(Glyph::Planned, "to be taken", Tone::Calm),
        };
    }
    let left_out = rows.iter().any(|row| row.task.state == TaskState::Waived);
    match (left_out, gives, has) {
        (true, true, _) => says(Glyph::Left, "left out: not given", Tone::Warn),
        (true, false, _) => says(Glyph::Left, "left out: not taken", Tone::Warn),
        (_, _, Has::Unknown) => says(Glyph::Info, "not known", Tone::Calm),
        (_, _, Has::Word { .. }) => says(Glyph::Verified, "as it should be", Tone::Good),
        _ => says(Glyph::Trouble, "differs", Tone::Warn),
    }
}

/// How a task that has ended well was verified, in one word of the board.
pub(crate) fn verified_by(task: &Task) -> &'static str {
    match (&task.work, &task.verification) {
        (Work::System { .. }, _) | (_, Verification::ReadBack { .. }) => "read back",
        (_, Verification::SecondTeam { .. }) => "confirmed",
        _ => "said",
    }
}
