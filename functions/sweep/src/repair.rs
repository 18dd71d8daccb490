//! A difference is set right when somebody asks for it: the account is converged to what is desired, by the same code
//! that carries out a case's steps. Whoever left, and an account that is nobody's, is suspended; nothing is deleted.

use latchkey_lifecycle::{
    AuditBody, Change, EmployeeId, Finding, FindingId, FindingKind, FindingState, SystemId, What,
};
use latchkey_runtime::Failure;
use latchkey_systems::{Accounts, Fault, Found, Sought, System, carry_out, find};
use serde_json::json;

use crate::{
    Deps, Sweep,
    covered::covering,
    judge::judge,
    pass::{Scene, Stop, look, sought},
};
use latchkey_decisions::Expected;
use latchkey_questions::findings::not_repairable;

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The finding, closed.
    pub finding: Finding,
    /// What was changed, in order; empty when the difference was gone already.
    pub changes: Vec<String>,
}

/// Why a finding was not repaired, or not accepted.
#[derive(Debug)]
pub enum RepairError {
    /// It cannot or must not be: the text says why, and what to do.
    Refused(String),
    /// The system did not do it.
    Fault(Fault),
    /// Ledger or state machine did not answer.
    Failure(Failure),
}

impl std::fmt::Display for RepairError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RepairError::Refused(text) => f.write_str(text),
            RepairError::Fault(fault) => fault.fmt(f),
            RepairError::Failure(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for RepairError {}

impl<E: Into<Stop>> From<E> for RepairError {
    fn from(error: E) -> RepairError {
        match error.into() {
            Stop::Fault(fault) => RepairError::Fault(fault),
            Stop::Failure(failure) => RepairError::Failure(failure),
        }
    }
}

/// Sets one finding right because `by` asked for it, reads back that it is so, and closes it. The record names who
/// asked. Running it again finds nothing to do.
///
/// # Errors
/// [`RepairError`]; the finding stays open.
pub async fn repair(deps: &Deps<'_>, id: &FindingId, by: &str) -> Result<Repaired, RepairError> {
    let refused = |text: String| RepairError::Refused(text);
    let by = by.trim();
    if by.is_empty() {
        return Err(refused(
            "a repair is signed: say who asks for it with --by".to_owned(),
        ));
    }
    let row = deps.ledger.find_finding(id).await?;
    let finding = row
        .ok_or_else(|| refused(format!("there is no finding {id}")))?
        .item;
    if finding.state == FindingState::Closed {
        return Ok(Repaired {
            finding,
            changes: Vec::new(),
        });
    }
    let kind = finding.seen.kind;
    if let Some(why) = not_repairable(&finding) {
        return Err(refused(why));
    }
    let Some(system) = finding.seen.system.clone() else {
        return Err(refused(format!("finding {id} names no system")));
    };
    let (_, runbook) = deps.runbooks.current(deps.ledger).await?;
    let opened = deps.systems.open(&runbook, &system).await?;
    let sweep = Sweep {
        deps: *deps,
        runbook,
        dry_run: false,
        until: jiff::Timestamp::MAX,
    };
    let scene = Scene {
        id: &system,
        system: opened.as_ref(),
        since: deps.clock.now(),
    };
    let changes = match (kind, &finding.seen.employee_id) {
        (FindingKind::OrphanAccount, _) => suspend_orphan(&scene, &finding).await?,
        (FindingKind::UnknownPerson, Some(employee)) => {
            let known = deps
                .ledger
                .records_of(std::slice::from_ref(employee))
                .await?;
            if known.is_empty() {
                suspend_unknown(&scene, employee).await?
            } else {
                Vec::new()
            }
        }
        (_, Some(employee)) => mend_account(&sweep, &scene, employee).await?,
        (_, None) => return Err(refused(format!("finding {id} names no person"))),
    };
    let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
    tracing::info!(finding = %id, %system, changes = changes.len(), "repaired");
    let now = deps.clock.now();
    let close = |before: Option<&Finding>| {
        let before = before.filter(|f| f.state != FindingState::Closed)?;
        let after = before.closed(now);
        let what = if changes.is_empty() {
            "the difference was gone already".to_owned()
        } else {
            changes.join(", ")
        };
        let body = AuditBody {
            at: now,
            by: by.to_owned(),
            what: What::Repaired,
            text: format!("{by} asked for it; {system}: {what}."),
            detail: json!({ "changes": changes, "askedBy": by }),
        };
        Some((after, body))
    };
    let (closed, _) = deps.ledger.change_finding(id, close).await?;
    Ok(Repaired {
        finding: closed.unwrap_or(finding),
        changes,
    })
}

/// Converges the account of somebody whom the ledger knows.
async fn mend_account(
    sweep: &Sweep<'_>,
    scene: &Scene<'_>,
    employee: &EmployeeId,
) -> Result<Vec<Change>, RepairError> {
    let ledger = sweep.deps.ledger;
    let now = sweep.deps.clock.now();
    if let Some(case) = covering(ledger, employee, scene.id, now, scene.since).await? {
        return Err(RepairError::Refused(format!(
            "case {case} of employee {employee} is at work there already; look at it with: latchkey case {case}"
        )));
    }
    let mut known = ledger.known_in(scene.id, [employee]).await?;
    let known = known.remove(employee).unwrap_or_default();
    let expected = Expected::of(&sweep.runbook, scene.id, &known, now);
    let who = sought(&sweep.runbook, scene.id, employee, &known, &expected);
    let before = find(scene.system, &who).await?;
    let actual = before.as_ref().map(|found| &found.account);
    let goal = expected.goal(actual).ok_or_else(|| {
        RepairError::Refused(format!(
            "the record of employee {employee} does not say what they should have; have HR complete it"
        ))
    })?;
    if judge(&expected, actual).is_empty() {
        return Ok(Vec::new());
    }
    let needs = sweep.runbook.needs_in(scene.id);
    let outcome = carry_out(scene.system, &who, &goal, &needs).await?;
    let (_, left) = look(sweep, scene, employee).await?;
    if left.is_empty() {
        Ok(outcome.changes)
    } else {
        Err(not_yet(scene.id))
    }
}

fn not_yet(system: &SystemId) -> RepairError {
    RepairError::Fault(Fault::NotYet {
        system: system.to_string(),
        problem: "it took the change and still answers as before; the next sweep looks again"
            .to_owned(),
    })
}

async fn suspend_unknown(
    scene: &Scene<'_>,
    employee: &EmployeeId,
) -> Result<Vec<Change>, RepairError> {
    let who = Sought {
        employee_id: employee.clone(),
        name: None,
        email: None,
        previous_id: None,
        known: None,
    };
    let Some(found) = scene.system.read(&who).await?.filter(|f| f.account.active) else {
        return Ok(Vec::new());
    };
    scene.system.apply(Some(&found), &Change::Suspend).await?;
    match scene.system.read(&who).await? {
        Some(found) if found.account.active => Err(not_yet(scene.id)),
        _ => Ok(vec![Change::Suspend]),
    }
}

async fn suspend_orphan(scene: &Scene<'_>, finding: &Finding) -> Result<Vec<Change>, RepairError> {
    let handle = finding.seen.handle.as_deref().unwrap_or_default();
    // Somebody may have taken it over since it was found.
    let orphan = |found: &Found| found.account.active && found.account.employee_id.is_none();
    let Some(found) = by_handle(scene.system, handle).await?.filter(orphan) else {
        return Ok(Vec::new());
    };
    scene.system.apply(Some(&found), &Change::Suspend).await?;
    match by_handle(scene.system, handle).await? {
        Some(found) if found.account.active => Err(not_yet(scene.id)),
        _ => Ok(vec![Change::Suspend]),
    }
}

/// The account with this id of the system's own: systems are asked by person, so the list is read.
async fn by_handle(system: &dyn System, handle: &str) -> Result<Option<Found>, Fault> {
    let mut all = Accounts::of(system);
    while let Some(accounts) = all.next().await? {
        if let Some(found) = accounts.into_iter().find(|f| f.handle == handle) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
