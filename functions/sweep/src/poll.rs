//! HR systems that are to be asked what changed, from where the last sweep that asked them got to.

use jiff::{SignedDuration, Timestamp};
use latchkey_hris::{Poll, SOURCES, Source};
use latchkey_ledger::Cursor;
use latchkey_lifecycle::{Letter, LetterId, QueuedLetter, instant_and_how_far, shown};
use latchkey_runtime::Failure;
use serde::Serialize;

use crate::Sweep;

/// How long asking may take: the systems are to be compared, too.
const LIMIT: SignedDuration = SignedDuration::from_mins(4);

/// What asking one HR system brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Which source.
    pub source: &'static str,
    /// Changes that it told of.
    pub changes: usize,
    /// Events that were news.
    pub news: usize,
    /// Everything before was taken in (UTC).
    pub since: Option<Timestamp>,
    /// Why not everything was.
    pub problem: Option<String>,
}

/// Asks every HR system that is to be asked. Each is asked whatever becomes of the others.
pub(crate) async fn ask(sweep: &Sweep<'_>, failures: &mut Vec<Failure>) -> Vec<Asked> {
    let mut asked = Vec::new();
    for (source, poll) in SOURCES.iter().filter_map(|s| Some((*s, s.poll()?))) {
        match one(sweep, source, poll).await {
            Ok(told) => asked.extend(told),
            Err(failure) => failures.push(failure),
        }
    }
    asked
}

async fn one(
    sweep: &Sweep<'_>,
    source: &'static dyn Source,
    poll: &dyn Poll,
) -> Result<Option<Asked>, Failure> {
    let deps = &sweep.deps;
    let name = source.name();
    let Some(hr) = deps.hr else {
        return Ok(None);
    };
    if !latchkey_decisions::polls(hr, name).await? {
        return Ok(None);
    }
    let now = deps.clock.now();
    let until = now.saturating_add(LIMIT).unwrap_or(now).min(sweep.until);
    let mut row = deps.ledger.cursor(name).await?;
    let polled = latchkey_decisions::poll(hr, source, poll, row.item.since, until).await;
    let failed_at = polled.problem.as_ref().map(|_| now);
    row.item = row.item.after(polled.next, failed_at);
    tracing::info!(
        source = name,
        changes = polled.changes,
        news = polled.cases.len(),
        cut = polled.cut,
        failed = polled.problem.is_some(),
        "asked what changed"
    );
    if row.item.is_to_be_told(now) {
        let problem = polled.problem.as_deref().unwrap_or_default();
        tell(sweep, name, &row.item, problem).await?;
        row.item.told_at = Some(now);
    }
    let since = row.item.since;
    // Two sweeps at once: the other one's cursor is as true.
    let _theirs = deps.ledger.put_cursor(name, &mut row).await?;
    Ok(Some(Asked {
        source: name,
        changes: polled.changes,
        news: polled.cases.len(),
        since,
        problem: polled.problem,
    }))
}

async fn tell(
    sweep: &Sweep<'_>,
    source: &str,
    cursor: &Cursor,
    problem: &str,
) -> Result<(), Failure> {
    let runbook = &sweep.runbook;
    let problem = shown::line(problem);
    let now = sweep.deps.clock.now();
    let instant = |at: Option<Timestamp>| {
        let at = at.map(|at| instant_and_how_far(at, runbook.time_zone(), now));
        at.unwrap_or_else(|| "the beginning".to_owned())
    };
    let team = runbook.operations_team();
    let to = runbook.team(team).map(|t| t.email.clone());
    let letter = Letter::new(
        team.to_string(),
        to.unwrap_or_default(),
        format!("The HR system ({source}) does not tell what changed"),
        format!(
            "Latchkey asks {source} with each sweep what changed, and since {} it could not take everything in. The last \
             time:\n\n  {problem}\n\n\
             Webhooks are taken in all the same. What came by none may be missing: Latchkey knows of everything before {}.\n\n\
             What to do: check the secret records/{source}, the permissions of its user, and that system's own status. Nothing \
             is lost: the next sweep begins at the same instant. You are told again in a day.\n\n-- \nLatchkey for {}\n",
            instant(cursor.failing_since),
            instant(cursor.since),
            runbook.company(),
        ),
    );
    let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let id = LetterId::of(&[
        &"poll",
        &source,
        &told(cursor.failing_since),
        &told(cursor.told_at),
    ]);
    let letter = QueuedLetter::new(id, letter, None, now);
    Ok(sweep.deps.ledger.write_letters(&[letter]).await?)
}
