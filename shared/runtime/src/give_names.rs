//! Names given to people: chosen by the runbook, written in the ledger before they are used.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use latchkey_ledger::{Gave, Ledger};
use latchkey_lifecycle::{
    AuditBody, Case, CaseState, EmployeeId, Goal, Names, Person, SystemId, Task, What, Work,
};
use latchkey_runbook::{Choice, PlanInput, Runbook};
use serde_json::json;

use crate::Failure;

/// How often names are chosen anew when others get theirs at the same instant, before the step is tried again later.
const ATTEMPTS: usize = 64;

/// What the person of a case is called in the systems: given names stay, missing ones are given now. The same case
/// again gives the same names. `None` while the record is incomplete.
///
/// # Errors
/// [`Failure::Busy`] when the ledger does not answer, or too many people of the same name come at once.
pub async fn give_names(
    ledger: &Ledger,
    runbook: &Runbook,
    case: &Case,
    now: Timestamp,
) -> Result<Option<Names>, Failure> {
    let Some(person) = &case.person else {
        return Ok(None);
    };
    // Planned already: a run that was repeated.
    if case.state == CaseState::Open && case.names.is_some() {
        return Ok(case.names.clone());
    }
    let whose = Whose::of(case, person);
    let given = choose(ledger, runbook, whose, |_| {}, Give::At(now)).await?;
    Ok(Some(given))
}

/// What [`give_names`] would give at this moment. Writes nothing, so somebody else may get them first.
///
/// # Errors
/// [`Failure::Busy`] when the ledger does not answer.
pub async fn foresee_names(
    ledger: &Ledger,
    runbook: &Runbook,
    case: &Case,
) -> Result<Option<Names>, Failure> {
    let Some(person) = &case.person else {
        return Ok(None);
    };
    let whose = Whose::of(case, person);
    let names = choose(ledger, runbook, whose, |_| {}, Give::Not).await?;
    Ok(Some(names))
}

/// Holds the names of somebody who was here before the ledger heard of them: HR's address, and what the runbook would
/// have given them first where nobody told what they have. So nobody who comes later is given them. What is somebody
/// else's already is left out; `None` for `at` only looks.
///
/// # Errors
/// [`Failure::Busy`] when the ledger does not answer.
pub async fn hold_names(
    ledger: &Ledger,
    runbook: &Runbook,
    person: &Person,
    at: Option<Timestamp>,
) -> Result<Names, Failure> {
    let whose = Whose {
        employee: &person.employee_id,
        person,
        choice: Choice::Find,
    };
    choose(
        ledger,
        runbook,
        whose,
        |_| {},
        at.map_or(Give::Not, Give::At),
    )
    .await
}

/// Whose names are chosen, and what for.
#[derive(Clone, Copy)]
struct Whose<'a> {
    employee: &'a EmployeeId,
    person: &'a Person,
    choice: Choice,
}

impl<'a> Whose<'a> {
    fn of(case: &'a Case, person: &'a Person) -> Whose<'a> {
        Whose {
            employee: &case.employee_id,
            person,
            choice: Choice::of(case),
        }
    }
}

/// What becomes of names that were chosen.
#[derive(Clone, Copy)]
enum Give {
    /// They are given, at this instant.
    At(Timestamp),
    /// They are only looked at.
    Not,
}

/// Chooses until what was chosen is the person's. `first` changes what the ledger has before.
async fn choose(
    ledger: &Ledger,
    runbook: &Runbook,
    whose: Whose<'_>,
    first: impl Fn(&mut Names),
    give: Give,
) -> Result<Names, Failure> {
    let Whose {
        employee: me,
        person,
        choice,
    } = whose;
    // What somebody was called under a previous id is theirs.
    let previous = person.previous_id.as_ref();
    let inherited = match previous {
        Some(previous) => ledger.names_of(previous).await?.item,
        None => Names::default(),
    };
    let mine = |holder: &EmployeeId| holder == me || Some(holder) == previous;
    let mut holders: BTreeMap<String, EmployeeId> = BTreeMap::new();
    for _ in 0..ATTEMPTS {
        let row = ledger.names_of(me).await?;
        let mut before = match row.version {
            0 => inherited.clone(),
            _ => row.item.clone(),
        };
        first(&mut before);
        let is_taken = |name: &str| holders.get(name).is_some_and(|holder| !mine(holder));
        let names = runbook.choose_names(person, &before, choice, is_taken);
        if names == row.item {
            return Ok(names);
        }
        let own: BTreeSet<String> = holders
            .iter()
            .filter(|(_, holder)| mine(holder))
            .map(|(name, _)| name.clone())
            .collect();
        let gave = match give {
            Give::At(now) => ledger.give_names(me, &row, &names, &own, now).await?,
            Give::Not => ledger.could_give_names(&row.item, &names, &own).await?,
        };
        match gave {
            Gave::All => return Ok(names),
            Gave::Not(known) => holders.extend(known),
        }
    }
    Err(Failure::Busy(format!(
        "too many people of the same name are given names at once; those of employee {me} are tried again"
    )))
}

/// The system has the account name for somebody else, whom nobody told Latchkey about. The next name is given there,
/// and the texts of the case's open tasks are written anew. `None` when there is no other name.
///
/// # Errors
/// [`Failure`] when the ledger does not take it.
pub(crate) async fn another_name(
    ledger: &Ledger,
    runbook: &Runbook,
    case: &Case,
    system: &SystemId,
    goal: &Goal,
    now: Timestamp,
) -> Result<Option<Case>, Failure> {
    let (Goal::Have { account, .. }, Some(person), Some(had)) = (goal, &case.person, &case.names)
    else {
        return Ok(None);
    };
    if runbook.name_in(had, system).as_ref() != Some(&account.name) {
        return Ok(None);
    }
    let refuse = |names: &mut Names| names.refuse(system, &account.name);
    let whose = Whose::of(case, person);
    let names = choose(ledger, runbook, whose, refuse, Give::At(now)).await?;
    let next = match runbook.name_in(&names, system) {
        Some(next) if next != account.name => next,
        _ => return Ok(None),
    };
    let renamed = Case {
        names: Some(names.clone()),
        ..case.clone()
    };
    rewrite(ledger, runbook, &renamed, now).await?;
    let changed = ledger
        .change_case(&case.id, |fresh| {
            if fresh.revision != case.revision {
                let text = format!("case {} was planned anew meanwhile", case.id);
                return Err(Failure::Fenced(text));
            }
            fresh.names = Some(names.clone());
            Ok(Some(vec![AuditBody {
                at: now,
                by: format!("system {system}"),
                what: What::Named,
                text: format!(
                    "{system} has the account name {} for somebody else; {next} is given there instead.",
                    account.name
                ),
                detail: json!({ "system": system, "taken": account.name, "given": next }),
            }]))
        })
        .await?;
    Ok(Some(changed.item))
}

/// Writes the texts of open tasks anew, with the names that hold now.
async fn rewrite(
    ledger: &Ledger,
    runbook: &Runbook,
    case: &Case,
    now: Timestamp,
) -> Result<(), Failure> {
    let own = ledger.tasks(&case.id).await?;
    let own = own.into_iter().map(|row| row.item.task);
    let decided: Vec<Task> = own.filter(|task| !task.refused().is_empty()).collect();
    let input = PlanInput {
        case,
        now,
        touched: &[],
        acted: &BTreeSet::new(),
        withheld: &Default::default(),
        decided: &decided,
    };
    let planned: Vec<Task> = latchkey_runbook::plan(runbook, &input).map_err(|problem| {
        Failure::Broken(format!("case {} cannot be planned: {problem}", case.id))
    })?;
    let by_hand = planned
        .into_iter()
        .filter(|task| matches!(task.work, Work::Person { .. }));
    for task in by_hand {
        let Some(row) = ledger.find_task(&case.id, &task.id).await? else {
            continue;
        };
        ledger
            .change_task_read(row, |row| {
                let theirs = row.task.revision == case.revision && !row.task.state.is_ended();
                if !theirs || row.task.work == task.work {
                    return Ok::<_, Failure>(None);
                }
                row.task.work = task.work.clone();
                row.task.title.clone_from(&task.title);
                Ok(Some(vec![AuditBody {
                    at: now,
                    by: "plan".into(),
                    what: What::WrittenAnew,
                    text: "Written anew with the names that the person has in the systems now."
                        .into(),
                    detail: json!({ "revision": case.revision }),
                }]))
            })
            .await?;
    }
    Ok(())
}
