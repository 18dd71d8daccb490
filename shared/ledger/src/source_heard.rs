//! When a source was last heard of: one row for each, so that one that has fallen silent is noticed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, store::When};

/// A source that sends much is noted once in so long: a write for each delivery would cost as much as taking it in.
const ONCE_IN: SignedDuration = SignedDuration::from_mins(1);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heard {
    at: Timestamp,
}

impl Ledger {
    /// When something that was a source's own last came (UTC), to a minute; `None` when nothing ever did.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn last_heard(&self, source: &str) -> Result<Option<Timestamp>, LedgerError> {
        let heard: Option<Heard> = self.get(&keys::source(source)).await?;
        Ok(heard.map(|heard| heard.at))
    }

    /// Notes that something of a source came now, at most once a minute. A clock that was set back is believed.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn note_heard(&self, source: &str, now: Timestamp) -> Result<(), LedgerError> {
        let last = self.last_heard(source).await?;
        if last.is_some_and(|last| now.duration_since(last).abs() < ONCE_IN) {
            return Ok(());
        }
        let heard = Heard { at: now };
        let write = self.put(&keys::source(source), &heard, When::Always, &[])?;
        self.commit(vec![write]).await?;
        Ok(())
    }
}
