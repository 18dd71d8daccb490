//! What an HR system's API says changed, taken in like deliveries: a webhook that came as well is the same event.

use jiff::{Timestamp, tz::TimeZone};
use latchkey_hris::{Asked, Change, Poll, Reached, RecordError, Source, Translation, is_new};
use latchkey_ledger::{LedgerError, PersonRecord};
use latchkey_lifecycle::{CaseId, EmployeeId, Event, EventKind};
use latchkey_runtime::Failure;
use serde::Deserialize;

use crate::{
    Deps,
    asked::heard,
    receive::go_on,
    record::{dated, merged},
    take_in::take_in,
};

/// People that the ledger is asked for at once.
const AT_ONCE: usize = 100;

/// What a poll brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// From when on the next poll asks (UTC): everything before was taken in.
    pub next: Timestamp,
    /// Changes that the HR system told of.
    pub changes: usize,
    /// The case of each event that was news.
    pub cases: Vec<CaseId>,
    /// Whether time was over before everything was taken in: the next poll goes on.
    pub cut: bool,
    /// Why not everything was taken in; the next poll begins where this one did not get past.
    pub problem: Option<String>,
}

/// Whether a source is to be asked what changed: `"poll": true` in the secret that says how its API is reached.
///
/// # Errors
/// [`Failure`] when the secret cannot be read.
pub async fn polls(deps: &Deps, source: &str) -> Result<bool, Failure> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        poll: bool,
    }
    let Some(text) = deps.secrets.api(source).await? else {
        return Ok(false);
    };
    // What the parser says of a value could quote the secret.
    let wish = serde_json::from_str::<Wish>(&text).map_err(|e| {
        let place = format!("line {}, column {}", e.line(), e.column());
        Failure::Broken(format!(
            "the secret records/{source} is not as documented ({place})"
        ))
    })?;
    Ok(wish.poll)
}

/// Why a change was not taken in.
enum Problem {
    /// The record.
    Record(RecordError),
    /// Ledger or state machine.
    Failure(Failure),
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Problem {
        Problem::Record(error)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem::Failure(failure)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Problem {
        Problem::Failure(error.into())
    }
}

impl Problem {
    fn text(&self) -> String {
        match self {
            Problem::Record(error) => error.to_string(),
            Problem::Failure(failure) => failure.to_string(),
        }
    }

    /// Whether the next change would meet the same.
    fn stops_all(&self) -> bool {
        match self {
            Problem::Failure(_) => true,
            Problem::Record(error) => matches!(
                error,
                RecordError::Busy { .. }
                    | RecordError::Unreachable { .. }
                    | RecordError::Unauthorized { .. }
            ),
        }
    }
}

/// A poll under way.
struct Under<'a> {
    deps: &'a Deps,
    source: &'a dyn Source,
    poll: &'a dyn Poll,
    until: Timestamp,
    reached: Reached,
    polled: Polled,
}

/// Asks a source what changed since the cursor (`None` the first time), and takes it in. After `until` nothing more is
/// begun.
pub async fn poll(
    deps: &Deps,
    source: &dyn Source,
    poll: &dyn Poll,
    cursor: Option<Timestamp>,
    until: Timestamp,
) -> Polled {
    let begun = deps.clock.now();
    let reached = Reached::begin(cursor, begun);
    let mut under = Under {
        deps,
        source,
        poll,
        until,
        polled: Polled {
            next: reached.since(),
            changes: 0,
            cases: Vec::new(),
            cut: false,
            problem: None,
        },
        reached,
    };
    under.pages(begun).await;
    under.polled.next = under.reached.next();
    under.polled
}

impl Under<'_> {
    async fn pages(&mut self, begun: Timestamp) {
        let since = self.reached.since();
        let mut next = Some(self.poll.first(since));
        while let Some(request) = next.take() {
            if self.is_over(None) {
                return;
            }
            let asked = Asked {
                request: &request,
                since,
                begun,
            };
            let page = self.deps.records.fetch(request.clone()).await;
            let page = match page.and_then(|page| self.poll.read(&asked, &page)) {
                Ok(page) => page,
                Err(error) => return self.left_behind(None, &error.into()),
            };
            self.polled.changes += page.changes.len();
            for some in page.changes.chunks(AT_ONCE) {
                self.take_in(some).await;
            }
            // A page that leads to itself is the last one.
            next = page.next.filter(|next| *next != request);
            if next.is_some() && self.polled.problem.is_some() {
                // Where a page is not read it is not known what it would have told.
                return self.reached.left_behind(None);
            }
        }
    }

    async fn take_in(&mut self, changes: &[Change]) {
        let ids: Vec<EmployeeId> = changes.iter().map(|c| c.employee_id.clone()).collect();
        let known = match self.deps.ledger.records_of(&ids).await {
            Ok(known) => known,
            Err(error) => return self.left_behind(None, &error.into()),
        };
        let mut stopped = false;
        for change in changes {
            if stopped || self.is_over(change.at) {
                self.reached.left_behind(change.at);
                continue;
            }
            if let Err(problem) = self.one(change, known.get(&change.employee_id)).await {
                stopped = problem.stops_all();
                self.left_behind(change.at, &problem);
            }
        }
    }

    /// Whether time is over; a change of that instant is left behind then.
    fn is_over(&mut self, at: Option<Timestamp>) -> bool {
        let over = self.deps.clock.now() >= self.until;
        if over {
            self.polled.cut = true;
            self.reached.left_behind(at);
        }
        over
    }

    fn left_behind(&mut self, at: Option<Timestamp>, problem: &Problem) {
        let text = problem.text();
        tracing::error!(
            source = self.source.name(),
            problem = text,
            "a change was not taken in"
        );
        self.reached.left_behind(at);
        self.polled.problem.get_or_insert(text);
    }

    async fn one(&mut self, change: &Change, known: Option<&PersonRecord>) -> Result<(), Problem> {
        let (deps, source) = (self.deps, self.source);
        let taken = deps
            .ledger
            .delivered(source.name(), &change.delivery_id)
            .await?;
        if let Some(led_to) = taken {
            return Ok(go_on(deps, &led_to).await?);
        }
        let told = match &change.told {
            Translation::NeedsRecord(notice) => {
                let notice = match known {
                    Some(_) => notice.clone(),
                    None => self.poll.of_stranger(notice.clone()),
                };
                let record = match &change.record {
                    Some(record) => record.clone(),
                    None => deps.records.fetch(notice.request.clone()).await?,
                };
                source.translate_record(&notice, &record)?
            }
            // What became of somebody whom nobody knows.
            _ if known.is_none() => return Ok(()),
            told => told.clone(),
        };
        let Translation::Events(events) = told else {
            return Ok(());
        };
        let (_, runbook) = deps.runbooks.current(&deps.ledger).await?;
        for event in events {
            let event = heard(event, &runbook);
            if known.is_some_and(|known| is_known(known, &event)) && !self.is_lost(&event).await? {
                continue;
            }
            let taken = take_in(deps, event).await?;
            if taken.news {
                self.polled.cases.extend(taken.case);
            }
        }
        Ok(())
    }

    /// Whether an exit is told by the record's last day alone, as of somebody who was taken over or hired with it: no
    /// case carries it out. One that is long past is not looked for.
    async fn is_lost(&self, event: &Event) -> Result<bool, LedgerError> {
        let today = self.deps.clock.now().to_zoned(TimeZone::UTC).date();
        if event.kind != EventKind::Exit || !is_new(event.effective, today) {
            return Ok(false);
        }
        let is_exit = |kind| matches!(kind, EventKind::Exit | EventKind::UrgentExit);
        let cases = self.deps.ledger.cases_of(&event.employee_id()).await?;
        Ok(!cases.iter().any(|(_, kind)| is_exit(*kind)))
    }
}

/// Whether the record is as the event would make it: a hire tells of the first day, and an exit of the last one. What
/// has no day is for intake to judge.
fn is_known(known: &PersonRecord, event: &Event) -> bool {
    let Some(day) = event.effective else {
        return false;
    };
    let before = &known.record;
    let mut after = merged(Some(known), event);
    after.last_day = before.last_day;
    match event.kind {
        EventKind::Exit => before.last_day == Some(day),
        EventKind::Hire => dated(after, event.kind, event.effective) == *before,
        EventKind::Transfer => {
            after.start_date = before.start_date;
            after == *before
        }
        _ => false,
    }
}
