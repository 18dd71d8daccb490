//! One delivery: refused, repeated, or taken in.

use std::sync::Arc;

use http::{HeaderMap, header::ORIGIN};
use latchkey_hris::{
    Authentic, Delivery, MapSource, Notice, RecordError, Refusal, Source, SourceSecret,
    Translation, is_new, source,
};
use latchkey_ledger::{Delivered, PersonRecord};
use latchkey_lifecycle::{CaseId, Event, EventKind, PersonDraft};
use latchkey_runtime::Failure;
use latchkey_story::Heard;
use serde_json::{Value, json};

use crate::{
    Deps, Offered, Taken,
    asked::heard,
    decide::as_heard,
    mappings::MappingError,
    record::merged,
    take_in::{resume_start, take_in},
    unknown,
};

/// What the HR system gets back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// JSON body: `case` (and `cases`), `note` or `error`.
    pub body: Value,
    /// Seconds after which the same delivery is welcome again.
    pub retry_after: Option<u32>,
}

impl Reply {
    fn new(status: u16, body: Value) -> Reply {
        Reply {
            status,
            body,
            retry_after: None,
        }
    }

    fn later(problem: &str) -> Reply {
        Reply {
            status: 503,
            body: json!({ "error": problem }),
            retry_after: Some(30),
        }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Reply {
        Reply::new(refusal.status(), json!({ "error": refusal.to_string() }))
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Reply {
        match failure {
            Failure::Busy(_) | Failure::Unreachable(_) => {
                Reply::later("Latchkey cannot take this in right now; send it again.")
            }
            // What is broken stands in the log; the sender can only send again.
            _ => Reply {
                status: 500,
                body: json!({ "error": "Latchkey could not take this in; its operators have been told." }),
                retry_after: Some(300),
            },
        }
    }
}

impl From<latchkey_ledger::LedgerError> for Reply {
    fn from(error: latchkey_ledger::LedgerError) -> Reply {
        tracing::error!(%error, "the ledger failed");
        Failure::from(error).into()
    }
}

/// Takes one delivery in. Nothing is changed unless the reply's status is 200 or 202.
pub async fn receive(deps: &Deps, source_name: &str, headers: &HeaderMap, body: &[u8]) -> Reply {
    match try_receive(deps, source_name, headers, body).await {
        Ok(reply) => {
            tracing::info!(status = reply.status, reply = %reply.body, "taken in");
            reply
        }
        Err(reply) => {
            // Never the body or the headers: they carry personal data and signatures.
            let reason = reply.body["error"].as_str().unwrap_or_default();
            if reply.status >= 500 {
                tracing::error!(status = reply.status, reason, "not taken in");
            } else {
                tracing::warn!(status = reply.status, reason, "refused");
            }
            reply
        }
    }
}

async fn try_receive(
    deps: &Deps,
    source_name: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Reply, Reply> {
    let described;
    let source: &dyn Source = match source(source_name) {
        Ok(source) => source,
        Err(unknown) => {
            described = described_source(deps, source_name).await?.ok_or(unknown)?;
            described.as_ref()
        }
    };
    let now = deps.clock.now();
    let delivery = Delivery { headers, body, now };
    check_sender(source, &delivery)?;
    if let Some(offered) = source.offered_secret(body) {
        return offer(deps, source_name, &offered).await;
    }
    let secret = deps.secrets.secret(source_name).await.map_err(|failure| {
        tracing::error!(%failure, "the source's secret cannot be read");
        Reply::from(failure)
    })?;
    let Some(secret) = secret else {
        let error = format!("the source `{source_name}` is not set up here: it has no secret");
        return Err(Reply::new(404, json!({ "error": error })));
    };
    let authentic = source.authenticate(&delivery, &secret)?;
    authentic.check_id()?;
    if let Err(error) = deps.ledger.note_heard(source_name, now).await {
        // Only who looks after it misses something.
        tracing::warn!(%error, "it is not noted that the source was heard of");
    }
    if let Some(led_to) = deps
        .ledger
        .delivered(source_name, &authentic.delivery_id)
        .await?
    {
        return same_delivery(deps, source, &authentic, body, led_to).await;
    }
    let events = match source.translate(&authentic, body)? {
        Translation::Events(events) => events,
        Translation::Unknown { events, unknown } => {
            let mut asked = Vec::with_capacity(unknown.len());
            for (nth, one) in unknown.iter().enumerate() {
                asked.push(
                    unknown::ask(deps, &authentic, nth, one)
                        .await
                        .map_err(not_taken)?,
                );
            }
            return all(deps, asked, events).await;
        }
        Translation::Nothing { why } => return Ok(Reply::new(200, json!({ "note": why }))),
        Translation::NeedsRecord(notice) => {
            let record = deps
                .records
                .fetch(notice.request.clone())
                .await
                .map_err(unread)?;
            match of_record(deps, source, &notice, &record).await? {
                Translation::Events(events) => news(deps, events).await?,
                Translation::Nothing { why } => return Ok(Reply::new(200, json!({ "note": why }))),
                Translation::NeedsRecord(_) | Translation::Unknown { .. } => {
                    return Err(Reply::new(
                        502,
                        json!({ "error": "the record leads to another record" }),
                    ));
                }
            }
        }
    };
    if events.is_empty() {
        let note = "nothing changed that concerns access";
        return Ok(Reply::new(200, json!({ "note": note })));
    }
    all(deps, Vec::new(), events).await
}

/// A delivery with the id of an earlier one. Where it does not say the same, its events are taken in by ids of their
/// own: an exit is never ignored with "taken in before".
async fn same_delivery(
    deps: &Deps,
    source: &dyn Source,
    authentic: &Authentic,
    body: &[u8],
    mut led_to: Delivered,
) -> Result<Reply, Reply> {
    let mut events = match source.translate(authentic, body)? {
        Translation::Events(events) => events,
        _ => Vec::new(),
    };
    let mut news = false;
    for event in &mut events {
        let heard = as_heard(deps.looks(), event.clone(), false)
            .await
            .map_err(not_taken)?;
        let id = heard.id();
        let known = deps.ledger.heard_of(&heard.employee_id).await?;
        news = news || is_news(&heard, &known, &led_to);
        event.delivery_id = format!("{}-{id}", event.delivery_id);
    }
    if news {
        return all(deps, Vec::new(), events).await;
    }
    for event in &events {
        let own = deps.ledger.delivered(&event.source, &event.delivery_id);
        led_to = own.await?.unwrap_or(led_to);
    }
    go_on(deps, &led_to).await?;
    Ok(repeated(&Vec::from_iter(led_to.case_id)))
}

/// Whether a delivery says something else than the one of the same id did before. Where a payload has no time of its own, that of the
/// attempt stands in it, which a repeated one has anew: it is not compared. What was kept of nobody, or not at all, is
/// compared by whom it was about.
fn is_news(heard: &Heard, known: &[Heard], led_to: &Delivered) -> bool {
    let id = heard.id();
    let of_it = |one: &&Heard| {
        let again = || format!("{}-{}", heard.delivery_id, one.id());
        one.source == heard.source
            && (one.delivery_id == heard.delivery_id || one.delivery_id == again())
    };
    let kept: Vec<&Heard> = known.iter().filter(of_it).collect();
    let but_for_the_time = |one: &&Heard| {
        let then = Heard {
            occurred_at: heard.occurred_at,
            ..(*one).clone()
        };
        then.id() == id
    };
    let same = known.iter().any(|one| one.id() == id) || kept.iter().any(but_for_the_time);
    let of_another = led_to.employee_id.as_ref() != Some(&heard.employee_id);
    !same && (of_another || !kept.is_empty())
}

/// Whoever took a delivery in may have been cut off before everything that follows was begun.
pub(crate) async fn go_on(deps: &Deps, led_to: &Delivered) -> Result<(), Failure> {
    let employee = match (&led_to.employee_id, &led_to.case_id) {
        (Some(employee), _) => employee.clone(),
        (None, Some(case)) => deps.ledger.case(case).await?.item.employee_id,
        (None, None) => return Ok(()),
    };
    resume_start(deps.looks(), deps.workflow.as_ref(), &employee).await
}

/// A secret that a vendor sends before it signs with it. Never in an answer or in the log.
async fn offer(deps: &Deps, source: &str, offered: &SourceSecret) -> Result<Reply, Reply> {
    let now = deps.clock.now();
    let became = deps.secrets.take_offer(source, offered, now).await;
    let (status, error) = match became.map_err(Reply::from)? {
        Offered::Kept => {
            let note = format!(
                "The token is kept. Confirm it at the HR system, then store it as hooks/{source}."
            );
            return Ok(Reply::new(200, json!({ "note": note })));
        }
        Offered::NotAwaited => (
            403,
            format!(
                "No token of `{source}` is awaited, so none is kept. `latchkey source offer {source}` awaits one; then have it \
                 sent again."
            ),
        ),
        Offered::Another => (
            409,
            format!(
                "Another token of `{source}` came before this one. If that was not the HR system's, run `latchkey source offer \
                 {source}` again, and have it sent again."
            ),
        ),
    };
    Err(Reply::new(status, json!({ "error": error })))
}

/// Refuses what no HR system sends: what a browser was made to send, and a body of another type than the vendor's.
fn check_sender(source: &dyn Source, delivery: &Delivery<'_>) -> Result<(), Reply> {
    if delivery.headers.contains_key(ORIGIN) {
        let error = "this comes from a page in a browser; HR systems deliver webhooks themselves";
        return Err(Reply::new(403, json!({ "error": error })));
    }
    Ok(source.check_envelope(delivery)?)
}

/// What a record tells. One that is told of as new, and of nobody who begins, may be of somebody who is known: an exit
/// is not lost by that.
async fn of_record(
    deps: &Deps,
    source: &dyn Source,
    notice: &Notice,
    record: &Value,
) -> Result<Translation, Reply> {
    let told = source.translate_record(notice, record).map_err(unread)?;
    let begins = match &told {
        Translation::Events(events) => events.iter().any(|event| event.kind.joins()),
        _ => false,
    };
    if !begins {
        let known = deps.ledger.find_person(&notice.employee_id).await?;
        if known.is_some() && notice.is_new() {
            return source
                .translate_record(&notice.of_known(), record)
                .map_err(unread);
        }
    }
    Ok(told)
}

/// What a record tells that is news: transfers that leave the known record as it is are none, and a change of somebody
/// whom nobody knew is their hire, since a vendor's deliveries overtake each other.
async fn news(deps: &Deps, events: Vec<Event>) -> Result<Vec<Event>, Reply> {
    let (_, runbook) = deps.runbooks.current(&deps.ledger).await?;
    let mut news = Vec::with_capacity(events.len());
    for event in events {
        let mut event = heard(event, &runbook);
        let transfer = event.kind == EventKind::Transfer;
        let known = match transfer {
            true => deps.ledger.find_person(&event.employee_id()).await?,
            false => None,
        };
        let new = event
            .effective
            .is_some_and(|day| is_new(event.person.start_date, day));
        match known {
            Some(known) if !changes(&known.item, &event) => continue,
            None if transfer && new && event.person.start_date.is_some() => {
                event.kind = EventKind::Hire;
                event.effective = event.person.start_date;
            }
            _ => {}
        }
        news.push(event);
    }
    Ok(news)
}

/// Whether the event makes something else of the person than the record says. Days are told by hires and exits.
fn changes(known: &PersonRecord, event: &Event) -> bool {
    let after = PersonDraft {
        start_date: known.record.start_date,
        last_day: known.record.last_day,
        ..merged(Some(known), event)
    };
    after != known.record
}

/// The source that a file of the current runbook describes.
async fn described_source(deps: &Deps, name: &str) -> Result<Option<Arc<MapSource>>, Reply> {
    let problems = match deps.mappings.of(&deps.ledger, name).await {
        Ok(described) => return Ok(described),
        Err(MappingError::Ledger(error)) => return Err(error.into()),
        Err(MappingError::Wrong(problems)) => problems,
    };
    for problem in problems {
        tracing::error!(%problem, "the mapping of the source is wrong");
    }
    let error = format!(
        "the mapping of the source `{name}` is wrong: `latchkey check` says where, and Latchkey's log"
    );
    Err(Reply::new(500, json!({ "error": error })))
}

fn not_taken(failure: Failure) -> Reply {
    tracing::error!(%failure, "an event was not taken in");
    Reply::from(failure)
}

/// Takes events in, and answers about them and about what was asked of HR before.
async fn all(deps: &Deps, mut taken: Vec<Taken>, events: Vec<Event>) -> Result<Reply, Reply> {
    for event in events {
        taken.push(take_in(deps, event).await.map_err(not_taken)?);
    }
    let cases: Vec<CaseId> = taken.iter().filter_map(|t| t.case.clone()).collect();
    let mut notes: Vec<&str> = taken.iter().filter_map(|t| t.note.as_deref()).collect();
    if taken.iter().all(|t| t.again) {
        let mut reply = repeated(&cases);
        if !notes.is_empty() {
            reply.body["note"] = json!(notes.join(" "));
        }
        return Ok(reply);
    }
    let news = taken.iter().any(|t| t.news);
    let missing: Vec<&String> = taken.iter().flat_map(|t| &t.missing).collect();
    let mut body = json!({ "case": cases.first(), "cases": cases });
    if !notes.is_empty() {
        body["note"] = json!(notes.join(" "));
    }
    if !missing.is_empty() {
        body["missing"] = json!(missing);
        notes.push("The record is incomplete; HR has been given a task to complete it.");
        body["note"] = json!(notes.join(" "));
    }
    Ok(Reply::new(if news { 202 } else { 200 }, body))
}

fn repeated(cases: &[CaseId]) -> Reply {
    let note = "This was taken in before.";
    Reply::new(
        200,
        json!({ "case": cases.first(), "cases": cases, "note": note }),
    )
}

/// A record that cannot be read now: the HR system delivers again, and the operators see the log's error.
fn unread(error: RecordError) -> Reply {
    tracing::error!(%error, "the HR record cannot be read");
    match &error {
        RecordError::Busy { retry_after, .. } => Reply {
            retry_after: retry_after.and_then(|s| u32::try_from(s).ok()).or(Some(30)),
            ..Reply::later(&error.to_string())
        },
        _ => Reply::later(&error.to_string()),
    }
}
