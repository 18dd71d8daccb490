//! What a file of events would do, before any of it is taken in. Changes nothing.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, civil::Date};
use latchkey_decisions::{Employment, Expected, Foreseen, Looks, employment, long_past, today};
use latchkey_hris::Refusal;
use latchkey_ledger::{KnownPerson, LedgerError, PersonRecord};
use latchkey_lifecycle::{
    Account, Alike, Brake, Case, CaseId, CaseState, EmployeeId, EventKind, Passage, SystemId,
    TeamId,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use serde::Serialize;

use crate::{
    events::{Line, MassFile, SOURCE},
    sum::{Fates, Had, Sum},
};

/// What would become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Becomes {
    /// It begins a case.
    Begins,
    /// It changes an open case.
    Changes,
    /// It says nothing new, or was overruled since.
    Nothing,
    /// It was taken in before, by this file.
    TakenInBefore,
}

/// What one line would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct One {
    /// The line.
    pub line: u64,
    /// Whose event.
    pub employee_id: EmployeeId,
    /// What happens.
    pub kind: EventKind,
    /// From when.
    pub effective: Option<Date>,
    /// What becomes of it.
    pub becomes: Becomes,
    /// Its case.
    pub case: CaseId,
    /// Whether the brake would hold it.
    pub held: bool,
    /// Whether the ledger does not know the person, and the event is not one that brings them in, or somebody who is
    /// known under an id that differs by noughts is most likely the same.
    pub unknown: bool,
    /// What becomes of the tasks of its case and of the others that it touches.
    pub tasks: Fates,
    /// What somebody should look at: open cases that it meets, what is missing.
    pub notes: Vec<String>,
}

/// What a file would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Foresight {
    /// The first half of the deliveries' ids.
    pub id: String,
    /// Rows of the file: more than events where one says again what another says.
    pub rows: usize,
    /// Each event, in the order of the file.
    pub events: Vec<One>,
    /// All of them together.
    pub sum: Sum,
    /// The team that confirms what the brake holds; `None` when the runbook has no brake.
    pub confirms: Option<TeamId>,
}

impl Foresight {
    /// How many events would be held.
    pub fn held(&self) -> usize {
        self.events.iter().filter(|one| one.held).count()
    }

    /// How many people the ledger does not know.
    pub fn unknown(&self) -> usize {
        self.events.iter().filter(|one| one.unknown).count()
    }

    /// How many events become this.
    pub fn count(&self, becomes: Becomes) -> usize {
        let same = |one: &&One| one.becomes == becomes;
        self.events.iter().filter(same).count()
    }
}

/// Why nothing was foreseen.
#[derive(Debug, thiserror::Error)]
pub enum ForeseeError {
    /// Ledger or runbook.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// A line that intake would refuse.
    #[error("line {line}: {refusal}")]
    Refused {
        /// Which line.
        line: u64,
        /// Why.
        refusal: Refusal,
    },
}

impl From<LedgerError> for ForeseeError {
    fn from(error: LedgerError) -> ForeseeError {
        ForeseeError::Failure(error.into())
    }
}

/// What the ledger knows of the file's people.
struct Known {
    records: HashMap<EmployeeId, PersonRecord>,
    alike: HashMap<EmployeeId, Alike>,
    accounts: HashMap<EmployeeId, BTreeMap<SystemId, Had>>,
}

/// Works out what a file of events would do now. `heard` is called after each line.
///
/// # Errors
/// [`ForeseeError`]; nothing was changed.
pub async fn foresee(
    looks: Looks<'_>,
    file: &MassFile,
    heard: &(dyn Fn() + Sync),
) -> Result<Foresight, ForeseeError> {
    let now = looks.clock.now();
    let (_, runbook) = looks.runbooks.current(looks.ledger).await?;
    let mut known = Known::of(looks, &runbook, file).await?;
    // The events come one after the other: each finds what those before it left of the brake.
    let mut brake = looks.ledger.brake().await?.item;
    let mut sum = Sum::default();
    let mut events = Vec::with_capacity(file.lines.len());
    for line in &file.lines {
        events.push(one(looks, &runbook, line, &mut known, &mut brake, &mut sum, now).await?);
        heard();
    }
    Ok(Foresight {
        id: file.id.clone(),
        rows: file.rows,
        events,
        sum,
        confirms: runbook.brake().map(|rule| rule.confirm.clone()),
    })
}

/// Whether the brake would hold it, after everything that the file has before.
fn is_held(
    runbook: &Runbook,
    foreseen: &Foreseen,
    case: &CaseId,
    brake: &mut Brake,
    now: Timestamp,
) -> bool {
    for (other, _) in &foreseen.others {
        if other.state == CaseState::Superseded {
            brake.release(&other.id);
        }
    }
    let (Some(load), Some(rule)) = (foreseen.load, runbook.brake()) else {
        return false;
    };
    let (counted, limit) = (foreseen.counted_at, rule.limit(load));
    let said = brake.lets_pass(load, case, counted, now, limit);
    matches!(said, Passage::Held | Passage::Full)
}

async fn one(
    looks: Looks<'_>,
    runbook: &Runbook,
    line: &Line,
    known: &mut Known,
    brake: &mut Brake,
    sum: &mut Sum,
    now: Timestamp,
) -> Result<One, ForeseeError> {
    let ledger = looks.ledger;
    let alike = known.alike.get(&line.employee);
    let unknown = match line.kind.joins() {
        true => alike.is_some_and(Alike::is_likely),
        false => !known.records.contains_key(&line.employee),
    };
    let cases = sum.kinds.entry(line.kind).or_default();
    cases.events += 1;
    let mut one = One {
        line: line.line,
        employee_id: line.employee.clone(),
        kind: line.kind,
        effective: line.effective,
        becomes: Becomes::TakenInBefore,
        case: CaseId::of(line.kind, &line.employee, line.effective),
        held: false,
        unknown,
        tasks: Fates::default(),
        notes: Vec::new(),
    };
    if let Some(led_to) = ledger.delivered(SOURCE, &line.delivery).await? {
        one.case = led_to.case_id.unwrap_or(one.case);
        one.unknown = false;
        return Ok(one);
    }
    let refused = |refusal| ForeseeError::Refused {
        line: line.line,
        refusal,
    };
    let Some(event) = line.event(now).map_err(refused)? else {
        one.becomes = Becomes::Nothing;
        return Ok(one);
    };
    let foreseen = latchkey_decisions::foresee(looks, &event).await?;
    if let Some(case) = &foreseen.case {
        one.case = case.id.clone();
    }
    if !foreseen.news {
        one.becomes = Becomes::Nothing;
        one.notes.push(match (&foreseen.note, &foreseen.case) {
            (Some(note), _) => note.clone(),
            (None, Some(case)) => format!("case {} ({}) says so already", case.id, case.state),
            (None, None) => "changes nothing".to_owned(),
        });
        return Ok(one);
    }
    one.becomes = match foreseen.begins {
        true => Becomes::Begins,
        false => Becomes::Changes,
    };
    one.held = is_held(runbook, &foreseen, &one.case, brake, now);
    match foreseen.begins {
        true => cases.begin += 1,
        false => cases.change += 1,
    }
    cases.held += usize::from(one.held);
    let had = known.accounts.entry(line.employee.clone()).or_default();
    for (case, begins) in foreseen.touched() {
        let tasks = plan::foresee(ledger, looks.runbooks, case, begins, now).await?;
        for (_, fate) in &tasks {
            one.tasks.add(fate);
        }
        if case.id == one.case {
            // A case keeps its own runbook; what it changes is counted by that.
            let its = looks.runbooks.get(ledger, &case.runbook).await?;
            sum.count(&its, case, &tasks, had);
        }
    }
    one.notes = notes(looks, runbook, line, known, &foreseen, unknown).await?;
    let today = today(&line.person, runbook, now);
    one.notes.extend(long_past(&event, today));
    Ok(one)
}

async fn notes(
    looks: Looks<'_>,
    runbook: &Runbook,
    line: &Line,
    known: &Known,
    foreseen: &Foreseen,
    unknown: bool,
) -> Result<Vec<String>, ForeseeError> {
    let mut notes = Vec::new();
    notes.extend(foreseen.note.iter().cloned());
    notes.extend(line.asked.iter().cloned());
    let said = notes
        .iter()
        .any(|note| note.contains("Nobody is known as employee"));
    if unknown && !said {
        notes.push("Latchkey does not know this employee".to_owned());
    }
    if let Some(alike) = known.alike.get(&line.employee) {
        notes.push(format!("{alike}; is that who is meant?"));
    }
    if let Some(record) = known.records.get(&line.employee)
        && line.kind.joins()
        && foreseen.begins
        && employment(
            &record.record,
            today(&record.record, runbook, looks.clock.now()),
        ) == Employment::Now
    {
        notes.push("works here already".to_owned());
    }
    if let Some(case) = &foreseen.case {
        let unmatched = runbook.unmatched_of(case);
        notes.extend(unmatched.iter().map(ToString::to_string));
        if !case.missing.is_empty() {
            notes.push(format!(
                "the record lacks: {}; HR would be asked",
                case.missing.join(", ")
            ));
        }
        if !foreseen.begins {
            notes.push(format!("changes the open case {}", case.id));
        }
    }
    for (other, begins) in &foreseen.others {
        notes.push(match (other.state, begins) {
            (CaseState::Superseded, _) => format!("ends the open case {}", other.id),
            (_, true) => format!("begins case {}, too", other.id),
            (_, false) => format!("the open case {} is planned anew, too", other.id),
        });
    }
    let own = foreseen.case.as_ref().map(|case| &case.id);
    let touched = |id: &CaseId| own == Some(id) || foreseen.others.iter().any(|(o, _)| o.id == *id);
    let all = looks.ledger.each_case_of(&line.employee).await?;
    let beside = all.iter().map(|row| &row.item);
    let beside = beside.filter(|case| !touched(&case.id) && !case.state.is_ended());
    notes.extend(beside.map(beside_it));
    Ok(notes)
}

fn beside_it(case: &Case) -> String {
    let day = case.effective.map(|day| format!(" of {day}"));
    let (kind, day) = (case.kind.words(), day.unwrap_or_default());
    format!(
        "the {kind}{day} is open, too, and goes on: case {}",
        case.id
    )
}

impl Known {
    async fn of(
        looks: Looks<'_>,
        runbook: &Runbook,
        file: &MassFile,
    ) -> Result<Known, ForeseeError> {
        let ids: Vec<EmployeeId> = file.lines.iter().map(|l| l.employee.clone()).collect();
        let records = looks.ledger.records_of(&ids).await?;
        let mut accounts: HashMap<EmployeeId, BTreeMap<SystemId, Had>> = HashMap::new();
        for (system, _) in runbook.systems().filter(|(_, s)| s.is_automatic()) {
            for (employee, known) in looks.ledger.known_in(system, &ids).await? {
                let had = had(runbook, system, &known, looks.clock.now());
                accounts
                    .entry(employee)
                    .or_default()
                    .insert(system.clone(), had);
            }
        }
        let people = file.lines.iter().map(|line| &line.person);
        let alike = looks.ledger.people_alike(people).await?;
        Ok(Known {
            records,
            alike,
            accounts,
        })
    }
}

/// What somebody has as far as the ledger knows: nobody is asked.
fn had(runbook: &Runbook, system: &SystemId, known: &KnownPerson, now: Timestamp) -> Had {
    let account = match Expected::of(runbook, system, known, now) {
        Expected::Account { account, .. } => Some(account),
        // Everything was taken back: the account is there, and nobody can sign in.
        Expected::Nothing { .. } if known.standing.is_over() => {
            Some(emptied(runbook, system, known))
        }
        Expected::Nothing { .. } | Expected::Unknown => None,
    };
    Had {
        account,
        standing: known.standing.clone(),
    }
}

fn emptied(runbook: &Runbook, system: &SystemId, known: &KnownPerson) -> Account {
    let record = known.record.as_ref().map(|known| known.record.clone());
    let person = record.and_then(|record| record.complete().ok());
    let name = person.and_then(|person| runbook.account_name(&person, system));
    Account {
        employee_id: None,
        name: name.unwrap_or_default(),
        active: false,
        attributes: BTreeMap::new(),
        entitlements: Default::default(),
    }
}
