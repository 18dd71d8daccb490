//! Asking a vendor's API what changed, where webhooks get lost or there are none. Pure: which requests to make, what
//! their answers say, and from when on to ask the next time.

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::EmployeeId;
use serde_json::Value;

use crate::{Notice, RecordError, RecordRequest, Translation};

/// [`Notice::change`] of a record that a poll came upon, of somebody who is known.
pub(crate) const CHANGED: &str = "poll.changed";
/// The same, of somebody who is not known.
pub(crate) const NEW: &str = "poll.new";

/// Whose records a request is about that asks for everybody's.
const EVERYBODY: &str = "everybody";

/// How far the next poll looks back before the last one began: vendors' reads lag, and their clocks are not ours. What
/// is met twice is known by then.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

/// How far the first poll looks back.
const FIRST: SignedDuration = SignedDuration::from_hours(24);

/// What a vendor's API tells of changes.
pub trait Poll: Send + Sync {
    /// The request for the first page of what changed at or after an instant.
    fn first(&self, since: Timestamp) -> RecordRequest;

    /// What a page says.
    ///
    /// # Errors
    /// [`RecordError::Unreadable`] when it is not what the vendor documents.
    fn read(&self, asked: &Asked<'_>, page: &Value) -> Result<Page, RecordError>;

    /// The notice of a change of somebody who is not known: their record is read like a new one.
    fn of_stranger(&self, notice: Notice) -> Notice {
        Notice {
            change: NEW.to_owned(),
            ..notice
        }
    }
}

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The request that the page answers.
    pub request: &'a RecordRequest,
    /// From when on changes are asked for (UTC).
    pub since: Timestamp,
    /// When the poll began (UTC): vendors that do not say when something changed are taken to mean now.
    pub begun: Timestamp,
}

/// A page of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The changes.
    pub changes: Vec<Change>,
    /// The request for the next page; `None` on the last.
    pub next: Option<RecordRequest>,
}

/// Somebody's record that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub employee_id: EmployeeId,
    /// Its delivery id: the same when the same change is met again.
    pub delivery_id: String,
    /// When the vendor says that it changed (UTC), where it does.
    pub at: Option<Timestamp>,
    /// What it says: a notice, or, for a record that was deleted, what that means.
    pub told: Translation,
    /// The record, where the page has it; else the notice says how to read it.
    pub record: Option<Value>,
}

impl Change {
    /// A change of a record. `request` reads it; `mark` tells one change of it from the next.
    pub(crate) fn of_record(
        asked: &Asked<'_>,
        employee_id: EmployeeId,
        at: Option<Timestamp>,
        mark: &str,
        request: RecordRequest,
        record: Option<Value>,
    ) -> Change {
        let delivery_id = format!("poll-{employee_id}-{mark}");
        let notice = Notice {
            source: request.source.clone(),
            delivery_id: delivery_id.clone(),
            occurred_at: at.unwrap_or(asked.begun),
            employee_id: employee_id.clone(),
            change: CHANGED.to_owned(),
            changed_fields: Vec::new(),
            request,
        };
        Change {
            employee_id,
            delivery_id,
            at,
            told: Translation::NeedsRecord(notice),
            record,
        }
    }
}

/// A request for many people's records.
pub(crate) fn list(source_name: &str, method: &str, path: &str) -> RecordRequest {
    RecordRequest {
        source: source_name.to_owned(),
        // A constant that is one: without it an id of nobody would do as well.
        employee_id: EmployeeId::new(EVERYBODY).unwrap_or_else(|_| EmployeeId::stand_in(EVERYBODY)),
        method: method.to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers: vec![("accept".to_owned(), "application/json".to_owned())],
        body: None,
        also: Vec::new(),
        list: true,
    }
}

/// A page that is not what the vendor documents.
pub(crate) fn unreadable(asked: &Asked<'_>, problem: &str) -> RecordError {
    RecordError::Unreadable {
        employee_id: asked.request.employee_id.clone(),
        problem: problem.to_owned(),
    }
}

/// What became of a poll, as far as it decides from when on the next one asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    since: Timestamp,
    begun: Timestamp,
    /// The earliest change that was not taken in; its instant where the vendor tells it.
    left: Option<Option<Timestamp>>,
}

impl Reached {
    /// A poll that begins. `cursor` is from when on it asks; `None` the first time.
    pub fn begin(cursor: Option<Timestamp>, begun: Timestamp) -> Reached {
        let first = begun.saturating_sub(FIRST).unwrap_or(begun);
        Reached {
            since: cursor.unwrap_or(first),
            begun,
            left: None,
        }
    }

    /// From when on changes are asked for.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// A change was not taken in; `None` where it is not known when it was, or a page was not read.
    pub fn left_behind(&mut self, at: Option<Timestamp>) {
        let earliest = |left: Option<Timestamp>| left.zip(at).map(|(a, b)| a.min(b));
        self.left = Some(self.left.map_or(at, earliest));
    }

    /// From when on the next poll asks: it moves only past what was taken in, and never back.
    pub fn next(&self) -> Timestamp {
        let to = match self.left {
            None => self.begun.saturating_sub(OVERLAP).unwrap_or(self.since),
            Some(at) => at.unwrap_or(self.since),
        };
        to.max(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-23T{time}Z").parse().unwrap()
    }

    #[test]
    fn a_poll_that_took_everything_in_moves_on_with_an_overlap_and_never_back() {
        let first = Reached::begin(None, at("07:00:00"));
        assert_eq!(first.since().to_string(), "2026-11-22T07:00:00Z");
        assert_eq!(first.next(), at("06:55:00"));
        let again = Reached::begin(Some(at("06:55:00")), at("06:58:00"));
        assert_eq!(again.next(), at("06:55:00"));
    }

    #[test]
    fn what_was_left_behind_is_where_the_next_one_begins() {
        let mut poll = Reached::begin(Some(at("05:00:00")), at("07:00:00"));
        poll.left_behind(Some(at("06:10:00")));
        assert_eq!(poll.next(), at("06:10:00"));
        poll.left_behind(Some(at("06:05:00")));
        poll.left_behind(Some(at("06:30:00")));
        assert_eq!(poll.next(), at("06:05:00"));
        // It may have been before everything else.
        poll.left_behind(None);
        poll.left_behind(Some(at("06:40:00")));
        assert_eq!(poll.next(), at("05:00:00"));
        let mut older = Reached::begin(Some(at("05:00:00")), at("07:00:00"));
        older.left_behind(Some(at("04:00:00")));
        assert_eq!(older.next(), at("05:00:00"));
    }
}
