//! The file that was dropped, by the event that S3 sends of it.

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_hris::MAX_FILE_BYTES as MAX_BYTES;
use latchkey_runtime::Failure;
use serde::Deserialize;

use crate::{Deps, Dropped, Outcome, take};

/// The event that EventBridge gives of a new object.
/// Source: Amazon S3 user guide, "Using EventBridge", "Event message structure".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// When it was dropped (UTC).
    pub time: Timestamp,
    /// What was dropped.
    pub detail: Detail,
}

/// What was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Detail {
    /// Where.
    pub bucket: Bucket,
    /// What.
    pub object: Object,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    #[serde(default)]
    pub size: u64,
    /// Its version: what is read is what was dropped, also when another file of that name came since.
    pub version_id: Option<String>,
}

/// Where files are read.
#[async_trait]
pub trait Files: Send + Sync {
    /// An object's contents.
    async fn read(&self, bucket: &str, object: &Object) -> Result<Vec<u8>, Failure>;
}

/// Takes in the file that an event tells of.
///
/// # Errors
/// [`Failure`] when the file cannot be read, or the ledger does not answer: the same event may come again.
pub async fn handle(deps: &Deps<'_>, files: &dyn Files, request: &Request) -> Result<(), Failure> {
    let object = &request.detail.object;
    // Folders that the S3 console makes, and what lies beside the files.
    if !object.key.to_lowercase().ends_with(".csv") {
        tracing::info!("left alone: its name does not end in .csv");
        return Ok(());
    }
    let name = object.key.rsplit('/').next().unwrap_or_default().to_owned();
    let fits = usize::try_from(object.size).is_ok_and(|size| size <= MAX_BYTES);
    let bytes = match fits {
        true => files.read(&request.detail.bucket.name, object).await?,
        // One byte more than allowed is as long as any.
        false => vec![b' '; MAX_BYTES + 1],
    };
    let at = request.time;
    tell(&take(deps, &Dropped { name, at, bytes }).await?);
    Ok(())
}

/// What became of a file, for the log.
fn tell(outcome: &Outcome) {
    match outcome {
        Outcome::Refused(mistakes) => {
            // Never their texts: they quote cells.
            tracing::warn!(mistakes = mistakes.len(), "refused");
        }
        Outcome::Taken(taken) => tracing::info!(
            rows = taken.rows,
            people = taken.people,
            changed = taken.changed,
            same = taken.same,
            events = taken.cases.len(),
            to_look_at = taken.to_look_at(),
            "taken in"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_is_read_as_amazon_documents_it() {
        let request: Request =
            serde_json::from_str(include_str!("../../../events/functions/drop.json")).unwrap();
        assert_eq!(request.time.to_string(), "2026-11-23T07:00:00Z");
        assert_eq!(request.detail.bucket.name, "latchkey-drop");
        assert_eq!(request.detail.object.key, "hr/people.csv");
        assert!(request.detail.object.version_id.is_some());
    }
}
