//! When what a command changed acts: at once, where whoever runs the cases can be told.

use std::{fmt, time::Duration};

use latchkey_aws::aws;
use latchkey_embedded::{AT_ONCE, CHANGED, Changed, Endpoint};
use latchkey_lifecycle::{CaseId, Revision};
use latchkey_runtime::Begin;

use crate::{args::LedgerPlace, outcome::Problem};

/// How long a running Latchkey is waited for, for each request.
const PATIENCE: Duration = Duration::from_secs(60);

/// When what was changed acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Acts {
    /// It does already.
    Now,
    /// No Latchkey runs in this folder.
    WithTheNextStart(String),
    /// One runs there and did not take it: why.
    WithTheNextSweep(String),
    /// On AWS, where the command knows of no state machine.
    WithTheNextSweepOnAws,
    /// On AWS the state machine did not take it: why.
    NotStarted(String),
}

impl Acts {
    /// For machines.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Acts::Now => "now",
            Acts::WithTheNextStart(_) => "with the next start",
            Acts::WithTheNextSweep(_) | Acts::WithTheNextSweepOnAws | Acts::NotStarted(_) => {
                "with the next sweep"
            }
        }
    }
}

impl fmt::Display for Acts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Acts::Now => f.write_str("The rest goes on now."),
            Acts::WithTheNextStart(dir) => write!(
                f,
                "No Latchkey runs in {dir}: the rest goes on once `latchkey up` is started there."
            ),
            Acts::WithTheNextSweep(why) => write!(
                f,
                "The Latchkey that runs here did not take it ({why}): the rest goes on with its next sweep (`--sweep-every`, an hour \
                 unless it was told otherwise), or once it is started anew."
            ),
            Acts::WithTheNextSweepOnAws => f.write_str(
                "The rest goes on with the next sweep (the stack's SweepSchedule, an hour unless you chose otherwise); with --machine \
                 ARN it does at once.",
            ),
            Acts::NotStarted(why) => write!(
                f,
                "The state machine did not take it ({why}): the rest goes on with the next sweep (the stack's SweepSchedule)."
            ),
        }
    }
}

/// Tells whoever runs the cases of a place which of them have a new revision.
pub(crate) async fn tell(
    place: &LedgerPlace,
    machine: Option<&str>,
    changed: &[(CaseId, Revision)],
) -> Acts {
    match (&place.table, machine) {
        (Some(_), None) => Acts::WithTheNextSweepOnAws,
        (Some(_), Some(arn)) => match start(arn, changed).await {
            Ok(()) => Acts::Now,
            Err(problem) => Acts::NotStarted(problem.text),
        },
        (None, _) => here(place, changed).await,
    }
}

async fn start(arn: &str, changed: &[(CaseId, Revision)]) -> Result<(), Problem> {
    let machine = aws().await?.machine(arn);
    for (case, revision) in changed {
        if let Some(before) = revision.previous() {
            machine.stop(case, before, "planned anew").await?;
        }
        machine.start(&Begin::new(case.clone(), *revision)).await?;
    }
    Ok(())
}

async fn here(place: &LedgerPlace, changed: &[(CaseId, Revision)]) -> Acts {
    let nobody = || Acts::WithTheNextStart(place.dir.display().to_string());
    let Some(endpoint) = Endpoint::noted_in(&place.dir) else {
        return nobody();
    };
    let cases: Vec<CaseId> = changed.iter().map(|(case, _)| case.clone()).collect();
    for cases in cases.chunks(AT_ONCE) {
        let changed = Changed {
            cases: cases.to_vec(),
        };
        match post(&endpoint, &changed).await {
            Ok(status) if status.is_success() => {}
            Ok(status) => return Acts::WithTheNextSweep(status.to_string()),
            // One that was killed leaves its note behind.
            Err(problem) if problem.is_connect() => return nobody(),
            Err(problem) => return Acts::WithTheNextSweep(problem.without_url().to_string()),
        }
    }
    Acts::Now
}

async fn post(
    endpoint: &Endpoint,
    changed: &Changed,
) -> Result<reqwest::StatusCode, reqwest::Error> {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let answer = client
        .build()?
        .post(format!("{}{CHANGED}", endpoint.address))
        .bearer_auth(&endpoint.key)
        .json(changed)
        .send();
    Ok(answer.await?.status())
}
