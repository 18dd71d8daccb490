//! Takes a file of events in: each line is delivered like a webhook, one after the other, and only once.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_hris::{Outgoing, Refusal, SourceSecret, source};
use latchkey_lifecycle::{CaseId, Revision};
use latchkey_runtime::{Begin, Clock, Execution, Word, Workflow, WorkflowError};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Becomes, Foresight, One,
    events::{MassFile, SOURCE},
};

/// How often a delivery is tried that is not welcome now.
const ATTEMPTS: u32 = 6;

/// Seconds between two tries, when nobody says, and at most.
const PAUSE: u64 = 2;
const LONGEST_PAUSE: u64 = 60;

/// What intake answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorAnswer {
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: Value,
    /// Seconds after which the delivery is welcome.
    pub retry_after: Option<u64>,
}

/// Where deliveries go in.
#[async_trait]
pub trait Door: Send + Sync {
    /// Signs a delivery and hands it in. The error says why it did not get there.
    async fn deliver(&self, id: &str, body: &[u8], now: Timestamp) -> Result<DoorAnswer, String>;
}

/// A Latchkey that runs.
pub struct Hook {
    url: String,
    secret: SourceSecret,
    client: reqwest::Client,
}

impl Hook {
    /// The one at an address, e.g. `http://127.0.0.1:8420`.
    pub fn new(address: &str, secret: SourceSecret) -> Hook {
        Hook {
            url: format!("{}/hooks/{SOURCE}", address.trim_end_matches('/')),
            secret,
            client: reqwest::Client::new(),
        }
    }
}

#[async_trait]
impl Door for Hook {
    async fn deliver(&self, id: &str, body: &[u8], now: Timestamp) -> Result<DoorAnswer, String> {
        let headers = sign(&self.secret, id, body, now).map_err(|e| e.to_string())?;
        let request = self.client.post(&self.url).headers(headers);
        let answer = request.body(body.to_vec()).send().await.map_err(|e| {
            let problem = e.without_url();
            format!("{} does not answer: {problem}", self.url)
        })?;
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.and_then(|v| v.to_str().ok()?.parse().ok());
        Ok(DoorAnswer {
            status: answer.status().as_u16(),
            retry_after,
            body: answer.json().await.unwrap_or(Value::Null),
        })
    }
}

/// This process's own ledger.
pub struct Here {
    /// What intake stands on.
    pub intake: latchkey_decisions::Deps,
    /// What the source signs with.
    pub secret: SourceSecret,
}

#[async_trait]
impl Door for Here {
    async fn deliver(&self, id: &str, body: &[u8], now: Timestamp) -> Result<DoorAnswer, String> {
        let headers = sign(&self.secret, id, body, now).map_err(|e| e.to_string())?;
        let reply = latchkey_decisions::receive(&self.intake, SOURCE, &headers, body).await;
        Ok(DoorAnswer {
            status: reply.status,
            body: reply.body,
            retry_after: reply.retry_after.map(u64::from),
        })
    }
}

fn sign(
    secret: &SourceSecret,
    id: &str,
    body: &[u8],
    sent_at: Timestamp,
) -> Result<reqwest::header::HeaderMap, Refusal> {
    source(SOURCE)?.sign(secret, &Outgoing { id, sent_at, body })
}

/// Where no state machine is within reach: what is taken in begins when whatever runs the cases looks at the ledger
/// again.
pub struct Nowhere;

#[async_trait]
impl Workflow for Nowhere {
    async fn start(&self, _: &Begin) -> Result<(), WorkflowError> {
        Ok(())
    }

    async fn stop(&self, _: &CaseId, _: Revision, _: &str) -> Result<(), WorkflowError> {
        Ok(())
    }

    async fn execution(&self, _: &CaseId, _: Revision) -> Result<Execution, WorkflowError> {
        Ok(Execution::Absent)
    }

    async fn resume(&self, _: &str, _: Word) -> Result<bool, WorkflowError> {
        Ok(false)
    }
}

/// What was taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenIn {
    /// Events that were news.
    pub taken_in: usize,
    /// Events that were taken in before, or said nothing new.
    pub again: usize,
    /// Line and case of each.
    pub cases: Vec<(u64, String)>,
    /// What Latchkey said of lines that were no news.
    pub notes: Vec<(u64, String)>,
}

impl TakenIn {
    /// Lines of which something was foreseen and of which nothing came, and what Latchkey said.
    pub fn unlike<'t>(
        &'t self,
        foreseen: &'t Foresight,
    ) -> impl Iterator<Item = &'t (u64, String)> {
        let wanted = move |line: u64| {
            let becomes = |one: &&One| matches!(one.becomes, Becomes::Begins | Becomes::Changes);
            let mut events = foreseen.events.iter().filter(becomes);
            events.any(|one| one.line == line)
        };
        self.notes.iter().filter(move |(line, _)| wanted(*line))
    }
}

/// A line did not get in; those before it did, and those after it were not tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line} was not taken in: {problem} {} before it were, {after} after it were not tried; run the same again, what was taken in \
     is not taken in twice",
    .done.taken_in + .done.again
)]
pub struct Stopped {
    /// Which line.
    pub line: u64,
    /// Why.
    pub problem: String,
    /// How many lines come after it.
    pub after: usize,
    /// What was taken in until then.
    pub done: TakenIn,
}

/// Delivers every line, in order, as confirmed by a named person. `heard` is called after each.
///
/// # Errors
/// [`Stopped`] at the first line that is not taken in.
pub async fn take_in(
    door: &dyn Door,
    clock: &dyn Clock,
    file: &MassFile,
    by: &str,
    heard: &(dyn Fn() + Sync),
) -> Result<TakenIn, Stopped> {
    let mut done = TakenIn::default();
    for (n, line) in file.lines.iter().enumerate() {
        match deliver(door, clock, line, by).await {
            Ok(answer) => {
                match answer.status {
                    202 => done.taken_in += 1,
                    _ => {
                        done.again += 1;
                        let note = answer.body.get("note").and_then(Value::as_str);
                        let note = note.unwrap_or("Latchkey gives no reason.").to_owned();
                        done.notes.push((line.line, note));
                    }
                }
                let case = answer.body.get("case").and_then(Value::as_str);
                done.cases
                    .extend(case.map(|case| (line.line, case.to_owned())));
            }
            Err(problem) => {
                return Err(Stopped {
                    line: line.line,
                    problem,
                    after: file.lines.len() - n - 1,
                    done,
                });
            }
        }
        heard();
    }
    Ok(done)
}

async fn deliver(
    door: &dyn Door,
    clock: &dyn Clock,
    line: &crate::Line,
    by: &str,
) -> Result<DoorAnswer, String> {
    let mut attempt = 1;
    loop {
        let now = clock.now();
        let answer = door
            .deliver(&line.delivery, &line.body(by, now), now)
            .await?;
        let busy = matches!(answer.status, 429 | 502 | 503 | 504);
        if matches!(answer.status, 200..=299) {
            return Ok(answer);
        }
        if !busy || attempt == ATTEMPTS {
            let said = answer.body.get("error").and_then(Value::as_str);
            let said = said.unwrap_or("it gives no reason.");
            return Err(format!("Latchkey answered {}: {said}", answer.status));
        }
        let pause = answer.retry_after.unwrap_or(PAUSE).min(LONGEST_PAUSE);
        tokio::time::sleep(Duration::from_secs(pause)).await;
        attempt += 1;
    }
}
