//! How far an HR system was asked what changed: one row for each source that is polled.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, ledger::Committed, row::Row};

/// How long a source may fail before operators are told, and how long until they are told again.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// How far a source was asked what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cursor {
    /// Everything before this instant was taken in (UTC); `None` before the first poll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Since when every poll has failed (UTC); `None` when the last one did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// When operators were last told of it (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
}

impl Cursor {
    /// The cursor after a poll that reached `to` and, when it failed, did so at `failed_at`. It never moves back.
    #[must_use]
    pub fn after(&self, to: Timestamp, failed_at: Option<Timestamp>) -> Cursor {
        let failing_since = failed_at.map(|at| self.failing_since.unwrap_or(at));
        Cursor {
            since: Some(self.since.map_or(to, |since| since.max(to))),
            failing_since,
            told_at: self.told_at.filter(|_| failing_since.is_some()),
        }
    }

    /// Whether operators have to be told: it has failed for longer than a day, and they were not told within the last
    /// one.
    pub fn is_to_be_told(&self, now: Timestamp) -> bool {
        let long = |since: Timestamp| now.duration_since(since) > PATIENCE;
        self.failing_since.is_some_and(long) && self.told_at.is_none_or(long)
    }
}

impl Ledger {
    /// How far a source was asked.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn cursor(&self, source: &str) -> Result<Row<Cursor>, LedgerError> {
        let found = self.get(&keys::cursor(source)).await?;
        Ok(found.unwrap_or_else(|| Row::new(Cursor::default())))
    }

    /// Writes a cursor as it was read and changed. `false` when somebody else wrote in between: theirs stays.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn put_cursor(
        &self,
        source: &str,
        row: &mut Row<Cursor>,
    ) -> Result<bool, LedgerError> {
        let write = self.put_row(&keys::cursor(source), row, &[])?;
        Ok(self.commit(vec![write]).await? == Committed::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: i64) -> Timestamp {
        let begin: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        begin + SignedDuration::from_hours(hours)
    }

    #[test]
    fn operators_are_told_once_a_day_after_more_than_a_day() {
        let mut cursor = Cursor::default().after(hours(0), None);
        assert_eq!((cursor.since, cursor.failing_since), (Some(hours(0)), None));
        for hour in 1..=25 {
            cursor = cursor.after(hours(0), Some(hours(hour)));
            assert!(!cursor.is_to_be_told(hours(hour)), "{hour}");
        }
        assert_eq!(cursor.failing_since, Some(hours(1)));
        assert!(cursor.is_to_be_told(hours(26)));
        cursor.told_at = Some(hours(26));
        let again = cursor.after(hours(0), Some(hours(49)));
        assert!(!again.is_to_be_told(hours(50)) && again.is_to_be_told(hours(51)));
        // One that works again is forgotten, and the next failure has a day of its own.
        let mended = again.after(hours(51), None);
        let back = Cursor {
            since: Some(hours(51)),
            ..Cursor::default()
        };
        assert_eq!(mended, back);
        assert_eq!(mended.after(hours(2), None), back, "never back");
    }
}
