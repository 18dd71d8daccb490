//! **sweep**: on a schedule compares every automatic system with the ledger, opens and closes findings, tells their
//! owners, restarts cases that should be running and are not, and carries out what was decided about held ones. HR
//! systems whose webhooks get lost are asked what changed. A part of the audit trails is verified, another one each
//! time.
//!
//! Memory does not grow with the company: systems are read page by page, the ledger by key for each page, and people
//! without an account by a second pass over the ledger. What is kept of each account meanwhile is 24 bytes.

mod asked;
mod covered;
mod hold;
mod import;
mod judge;
mod letters;
mod pass;
mod people;
mod poll;
mod readers;
mod record;
mod repair;
mod restart;
mod trails;

use std::sync::Arc;

use futures::{StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use latchkey_ledger::{Ledger, SweepEnded};
use latchkey_lifecycle::{CaseId, Finding, SystemId};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Clock, Failure, Runbooks, Subscriptions, Systems, Workflow};
use serde::{Deserialize, Serialize};

pub use asked::repair_asked;
pub use covered::covers;
pub use import::{Adopted, Adoption, Matched, adopt};
pub use judge::{Difference, judge};
pub use latchkey_questions::findings::{advice, in_words};
pub use poll::Asked;
pub use repair::{RepairError, Repaired, repair};

/// What sweep needs.
#[derive(Clone, Copy)]
pub struct Deps<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The present instant.
    pub clock: &'a dyn Clock,
    /// Checked runbooks.
    pub runbooks: &'a Runbooks,
    /// How systems are reached.
    pub systems: &'a dyn Systems,
    /// The state machine; `None` where it is out of reach, and then no case is restarted.
    pub workflow: Option<&'a dyn Workflow>,
    /// Who is subscribed to letters; `None` where letters go to addresses, or nobody can tell.
    pub subscriptions: Option<&'a dyn Subscriptions>,
    /// What asks HR systems and takes in what changed; `None` where they are not asked.
    pub hr: Option<&'a latchkey_decisions::Deps>,
    /// What the addresses of pages begin with, for letters; `None` where it is not known.
    pub pages: Option<&'a str>,
    /// Who hears of each finding as it is met.
    pub heard: Option<&'a Hear<'a>>,
}

/// What hears of findings.
pub type Hear<'a> = dyn Fn(Met, &Finding) + Send + Sync + 'a;

/// What happened to a finding in a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Met {
    /// The difference was not there before.
    Opened,
    /// It was there before, and has changed.
    Changed,
    /// It is there as before.
    Kept,
    /// It is there as it was when somebody accepted it.
    Accepted,
    /// It is gone.
    Closed,
}

/// What is asked of a sweep. The schedule asks for nothing in particular.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    /// Only this system.
    pub system: Option<SystemId>,
    /// Write nothing, send nothing.
    pub dry_run: bool,
    /// Seconds after which no further page is read, so that what was found is told in time.
    pub limit_seconds: Option<u32>,
}

/// What a sweep did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Each system.
    pub systems: Vec<Swept>,
    /// What was found in the audit trails; `None` where they were not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trails: Option<Swept>,
    /// What was found of who is subscribed to letters; `None` where it was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readers: Option<Swept>,
    /// Cases that were started again.
    pub restarted: Vec<CaseId>,
    /// HR systems that were asked what changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Asked>,
}

/// What was found in one system; without a system, of people as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    /// Which system.
    pub system: Option<SystemId>,
    /// Accounts that were read.
    pub accounts: usize,
    /// Findings that were opened.
    pub opened: usize,
    /// Findings that are still there.
    pub kept: usize,
    /// Findings that somebody accepted and that are as they were then.
    pub accepted: usize,
    /// Findings that are gone.
    pub closed: usize,
    /// The name of the fault that kept it from being read to its end.
    pub fault: Option<String>,
}

/// One sweep, as its parts see it.
pub(crate) struct Sweep<'a> {
    pub(crate) deps: Deps<'a>,
    pub(crate) runbook: Arc<Runbook>,
    pub(crate) dry_run: bool,
    pub(crate) until: Timestamp,
}

impl Sweep<'_> {
    /// Fills in what a ledger of an earlier release lacks, as far as half of the time goes.
    async fn fill_in(&self) -> Result<(), Failure> {
        let begun = self.deps.clock.now();
        let half = self.until.duration_since(begun) / 2;
        loop {
            let now = self.deps.clock.now();
            if self.deps.ledger.fill_in(now).await? || now.duration_since(begun) >= half {
                return Ok(());
            }
        }
    }
}

/// Sweeps. Every part is done whatever becomes of the others; running it again changes nothing more.
///
/// # Errors
/// The first [`Failure`] of ledger or state machine, after everything else was done. A system that cannot be
/// read is no failure: it is a finding.
pub async fn handle(deps: &Deps<'_>, request: &Request) -> Result<Report, Failure> {
    let began = deps.clock.now();
    let (_, runbook) = deps.runbooks.current(deps.ledger).await?;
    let limit = request
        .limit_seconds
        .map(|s| jiff::SignedDuration::from_secs(s.into()));
    let until = limit.and_then(|limit| deps.clock.now().checked_add(limit).ok());
    let sweep = Sweep {
        deps: *deps,
        runbook: Arc::clone(&runbook),
        dry_run: request.dry_run,
        until: until.unwrap_or(Timestamp::MAX),
    };
    let mut failures: Vec<Failure> = Vec::new();
    if !request.dry_run
        && request.system.is_none()
        && let Some(workflow) = deps.workflow
    {
        // Whoever decided about what was held may have been cut off half-way.
        let looks = latchkey_decisions::Looks {
            ledger: deps.ledger,
            clock: deps.clock,
            runbooks: deps.runbooks,
        };
        failures.extend(
            latchkey_decisions::act_on_ruling(looks, workflow)
                .await
                .err(),
        );
    }
    let mut asked = Vec::new();
    if !request.dry_run && request.system.is_none() {
        failures.extend(asked::repair_what_was_asked(deps).await.err());
        failures.extend(sweep.fill_in().await.err());
        let forgotten = deps.ledger.forget_files(deps.clock.now()).await;
        failures.extend(forgotten.err().map(Failure::from));
        // Before the systems are compared: who has left since is no drift.
        asked = poll::ask(&sweep, &mut failures).await;
    }
    // Looked at before and after: what intake starts in between is no reason to start anything.
    let lost = match request.system {
        None => restart::lost(&sweep).await,
        Some(_) => Ok(Vec::new()),
    };
    let lost = lost.unwrap_or_else(|failure| {
        failures.push(failure);
        Vec::new()
    });
    let mut report = Report {
        asked,
        ..Report::default()
    };
    let systems = sweep.systems(request)?;
    sweep
        .sweep_each(&systems, request, &mut report, &mut failures)
        .await;
    match restart::restart(&sweep, lost).await {
        Ok(restarted) => report.restarted = restarted,
        Err(failure) => failures.push(failure),
    }
    if !request.dry_run && request.system.is_none() {
        let failure = failures.first().map(|failure| failure.name().to_owned());
        let ended = deps.clock.now();
        let ended = SweepEnded {
            began,
            ended,
            failure,
        };
        failures.extend(
            deps.ledger
                .note_sweep(&ended)
                .await
                .map_err(Failure::from)
                .err(),
        );
    }
    log(&mut report);
    match failures.into_iter().next() {
        None => Ok(report),
        Some(first) => Err(first),
    }
}

impl Sweep<'_> {
    /// The systems that are compared.
    fn systems(&self, request: &Request) -> Result<Vec<SystemId>, Failure> {
        let wanted = |id: &&SystemId| request.system.as_ref().is_none_or(|only| only == *id);
        let automatic = self.runbook.systems();
        let automatic = automatic.filter(|(_, system)| system.is_automatic());
        let systems: Vec<SystemId> = automatic
            .map(|(id, _)| id)
            .filter(wanted)
            .cloned()
            .collect();
        if systems.is_empty() && request.system.is_some() {
            return Err(Failure::Rejected(
                "the runbook has no automatic system of that name".to_owned(),
            ));
        }
        Ok(systems)
    }

    /// Compares systems with the ledger, side by side, so that a slow one does not delay the others; and, where all are
    /// asked for, what is of no system.
    async fn sweep_each(
        &self,
        systems: &[SystemId],
        request: &Request,
        report: &mut Report,
        failures: &mut Vec<Failure>,
    ) {
        let mut passes: FuturesUnordered<_> = systems.iter().map(|id| self.system(id)).collect();
        while let Some(swept) = passes.next().await {
            match swept {
                Ok(swept) => report.systems.push(swept),
                Err(failure) => failures.push(failure),
            }
        }
        drop(passes);
        if request.system.is_some() {
            return;
        }
        match self.leavers().await {
            Ok(swept) => report.systems.push(swept),
            Err(failure) => failures.push(failure),
        }
        match self.trails().await {
            Ok(swept) => report.trails = Some(swept),
            Err(failure) => failures.push(failure),
        }
        if let Some(subscriptions) = self.deps.subscriptions {
            match self.subscribed(subscriptions).await {
                Ok(swept) => report.readers = Some(swept),
                Err(failure) => failures.push(failure),
            }
        }
    }
}

/// Says what was swept, in the order of the systems.
fn log(report: &mut Report) {
    report.systems.sort_by(|a, b| a.system.cmp(&b.system));
    for swept in &report.systems {
        let system = swept.system.as_ref().map(SystemId::as_str);
        tracing::info!(
            system,
            accounts = swept.accounts,
            opened = swept.opened,
            kept = swept.kept,
            closed = swept.closed,
            fault = swept.fault,
            "swept"
        );
    }
    tracing::info!(restarted = report.restarted.len(), "cases looked at");
}
