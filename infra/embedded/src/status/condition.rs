//! What a ledger says of how a Latchkey is. The same for one on this machine and one on AWS.

use jiff::Timestamp;
use latchkey_checks::{Trouble, known_of};
use latchkey_hris::{CSV, MapSource, SOURCES};
use latchkey_ledger::{Ledger, Shelf, Where};
use latchkey_lifecycle::{CaseId, CaseState, FindingState, SystemId};
use latchkey_runtime::{Failure, Runbooks};
use serde::{Deserialize, Serialize};

/// What a ledger says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// Cases that have not ended.
    pub cases: Cases,
    /// Systems that are called by one case at a time only, since they fail or asked for time.
    pub resting: Vec<Rest>,
    /// Systems that do not take our credentials.
    pub refusing: Vec<SystemId>,
    /// Systems with which something else is wrong, by what was tried of them and by the last sweep.
    pub troubled: Vec<Troubled>,
    /// Findings that are open.
    pub findings: Findings,
    /// Sources that were heard of.
    pub sources: Vec<Heard>,
    /// Letters.
    pub letters: Option<Letters>,
}

/// Cases that have not ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cases {
    /// All of them.
    pub open: usize,
    /// Of these, held by the brake until a named person decides.
    pub held: usize,
    /// Of these, standing still: their execution failed.
    pub standing_still: usize,
    /// The first of those.
    pub which: Vec<CaseId>,
}

/// A system that is left in peace for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rest {
    /// Which system.
    pub system: SystemId,
    /// Until when nobody calls it (UTC).
    pub until: Timestamp,
    /// What was wrong; nothing when it only asked for time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A system with which something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Troubled {
    /// Which system.
    pub system: SystemId,
    /// What is wrong, in a sentence or two.
    pub said: String,
    /// When it was seen (UTC).
    pub at: Timestamp,
}

/// Findings that are open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Findings {
    /// All of them, without those that somebody accepted.
    pub open: usize,
    /// Of these, past the end of their window.
    pub overdue: usize,
    /// When the first of those was due (UTC).
    pub since: Option<Timestamp>,
}

/// A source that was heard of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heard {
    /// Its name.
    pub source: String,
    /// When something of it that was its own last came (UTC), to a minute.
    pub at: Timestamp,
}

/// Letters on their way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Letters {
    /// How many wait, as far as they were counted.
    pub waiting: usize,
    /// Since when the oldest waits (UTC).
    pub oldest: Option<Timestamp>,
    /// When one last went out (UTC).
    pub last_sent: Option<Timestamp>,
    /// When one last did not (UTC).
    pub last_failed: Option<Timestamp>,
    /// What the mail server said then.
    pub problem: Option<String>,
}

/// How many things of a kind are named.
pub const SEEN: usize = 5;

/// Looks at a ledger. It only reads, once over all open cases and findings.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn condition(
    ledger: &Ledger,
    runbooks: &Runbooks,
    now: Timestamp,
) -> Result<Condition, Failure> {
    let mut condition = Condition {
        cases: cases(ledger).await?,
        letters: Some(letters(ledger).await?),
        findings: findings(ledger, now).await?,
        ..Condition::default()
    };
    let mut names: Vec<String> = SOURCES
        .iter()
        .map(|source| source.name().to_owned())
        .collect();
    names.push(CSV.to_owned());
    if let Some(version) = ledger.current_runbook().await? {
        let runbook = runbooks.get(ledger, &version).await?;
        let automatic = runbook.systems().filter(|(_, one)| one.is_automatic());
        let automatic: Vec<&SystemId> = automatic.map(|(id, _)| id).collect();
        let known = known_of(ledger, automatic.iter().copied()).await?;
        let troubled = known.into_iter().filter_map(|(system, known)| {
            let Trouble { said, at, .. } = known.trouble?;
            Some(Troubled { system, said, at })
        });
        condition.troubled = troubled.collect();
        for system in automatic {
            let traffic = ledger.traffic(system).await?.item;
            if let Some((until, problem)) = traffic.rests(now) {
                condition.resting.push(Rest {
                    system: system.clone(),
                    until,
                    problem,
                });
            }
            if traffic.is_refused() {
                condition.refusing.push(system.clone());
            }
        }
        let files = ledger.runbook_files(&version).await?;
        let described = files.keys().filter_map(|file| MapSource::name_in(file));
        names.extend(described.map(str::to_owned));
    }
    names.sort();
    names.dedup();
    for source in names {
        if let Some(at) = ledger.last_heard(&source).await? {
            condition.sources.push(Heard { source, at });
        }
    }
    Ok(condition)
}

/// More letters than these are not counted.
const COUNTED: usize = 1000;

async fn letters(ledger: &Ledger) -> Result<Letters, Failure> {
    let waiting = ledger.letters_waiting(COUNTED).await?;
    let log = ledger.mail_log().await?;
    Ok(Letters {
        waiting: waiting.len(),
        oldest: waiting.iter().map(|row| row.item.written_at).min(),
        last_sent: log.sent_at,
        last_failed: log.failed_at,
        problem: log.problem,
    })
}

async fn findings(ledger: &Ledger, now: Timestamp) -> Result<Findings, Failure> {
    let (mut findings, mut from) = (Findings::default(), None);
    loop {
        let page = ledger
            .findings(Shelf::Open, Where::Everywhere, from)
            .await?;
        let open = page.findings.iter();
        for finding in open.filter(|one| one.state == FindingState::Open) {
            let due = finding.window.due;
            findings.open += 1;
            if due < now {
                findings.overdue += 1;
                findings.since = Some(findings.since.map_or(due, |since| since.min(due)));
            }
        }
        from = page.next;
        if from.is_none() {
            return Ok(findings);
        }
    }
}

async fn cases(ledger: &Ledger) -> Result<Cases, Failure> {
    let mut cases = Cases::default();
    for case in ledger.cases(Shelf::Open, usize::MAX).await? {
        if case.state.is_ended() {
            continue;
        }
        cases.open += 1;
        cases.held += usize::from(case.state == CaseState::Held);
        if case.failed_at.is_some() {
            cases.standing_still += 1;
            if cases.which.len() < SEEN {
                cases.which.push(case.id);
            }
        }
    }
    Ok(cases)
}
