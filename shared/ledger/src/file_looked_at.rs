//! A file that somebody had looked at on a page and may take in for some minutes: one for each of them. Nothing deletes
//! from the ledger, so what is over is written over with nothing.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError, keys,
    ledger::Committed,
    row::Row,
    store::{When, Write},
};

/// So many bytes of a file are in one item, which takes 400 KB: as text they are a third more.
/// Source: DynamoDB developer guide, "Service, account, and table quotas", item size.
const PART: usize = 240_000;

/// What is known of a file without its contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileLookedAt {
    /// Whose it is: the address of whoever gave it, in lower case.
    pub by: String,
    /// Its name.
    pub name: String,
    /// When it was given (UTC): what it tells is told then.
    pub at: Timestamp,
    /// Until when it may be taken in (UTC).
    pub until: Timestamp,
    /// SHA-256 of its contents, hexadecimal.
    pub sha256: String,
    /// How many items it is in; none once it was forgotten.
    pub parts: usize,
}

/// A part of a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Part {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
}

/// Which part of their file somebody began to take in last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Begun {
    /// Until when it might have been begun (UTC): each part has another one.
    until: Option<Timestamp>,
}

impl Ledger {
    /// Keeps a file for whoever gave it, in place of the one before. Gives it as it is kept.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn keep_file(
        &self,
        mut file: FileLookedAt,
        bytes: &[u8],
    ) -> Result<FileLookedAt, LedgerError> {
        if let Some(before) = self.file_looked_at(&file.by).await? {
            self.forget_file(&before).await?;
        }
        for (n, part) in bytes.chunks(PART).enumerate() {
            let text = STANDARD.encode(part);
            self.put_part(&file.by, n, &Part { text }).await?;
            file.parts = n + 1;
        }
        self.note_file(&file).await?;
        Ok(file)
    }

    /// Writes what is known of a file.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_file(&self, file: &FileLookedAt) -> Result<(), LedgerError> {
        let key = keys::file_looked_at(&file.by);
        self.commit(vec![self.put(&key, file, When::Always, &[])?])
            .await?;
        Ok(())
    }

    /// The file that somebody had looked at last, if it was not forgotten.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn file_looked_at(&self, by: &str) -> Result<Option<FileLookedAt>, LedgerError> {
        let found: Option<FileLookedAt> = self.get(&keys::file_looked_at(by)).await?;
        Ok(found.filter(|file| file.parts > 0))
    }

    /// Begins to take in a file, or what is left of it, once: whether nobody has begun yet.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn begin_file(&self, file: &FileLookedAt) -> Result<bool, LedgerError> {
        let key = keys::file_begun(&file.by);
        let found: Option<Row<Begun>> = self.get(&key).await?;
        let mut row = found.unwrap_or_else(|| Row::new(Begun::default()));
        if row.item.until == Some(file.until) {
            return Ok(false);
        }
        row.item.until = Some(file.until);
        let write = self.put_row(&key, &mut row, &[])?;
        Ok(self.commit(vec![write]).await? == Committed::Yes)
    }

    /// Its contents; `None` where a part is not there any more.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn contents_of(&self, file: &FileLookedAt) -> Result<Option<Vec<u8>>, LedgerError> {
        let mut bytes = Vec::new();
        for n in 0..file.parts {
            let part: Option<Part> = self.get(&keys::part_of_file(&file.by, n)).await?;
            let part = part.and_then(|part| STANDARD.decode(part.text).ok());
            match part.filter(|part| !part.is_empty()) {
                Some(mut part) => bytes.append(&mut part),
                None => return Ok(None),
            }
        }
        Ok(Some(bytes))
    }

    /// Forgets a file.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written; the same again goes on.
    pub async fn forget_file(&self, file: &FileLookedAt) -> Result<(), LedgerError> {
        for n in 0..file.parts {
            self.put_part(&file.by, n, &Part::default()).await?;
        }
        let forgotten = FileLookedAt {
            parts: 0,
            name: String::new(),
            ..file.clone()
        };
        self.note_file(&forgotten).await
    }

    /// Forgets every file that may not be taken in any more.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn forget_files(&self, now: Timestamp) -> Result<(), LedgerError> {
        let all: Vec<FileLookedAt> = self.query(keys::FILES, keys::FILE_PLACE).await?;
        for file in all
            .iter()
            .filter(|file| file.parts > 0 && file.until <= now)
        {
            self.forget_file(file).await?;
        }
        Ok(())
    }

    async fn put_part(&self, by: &str, n: usize, part: &Part) -> Result<(), LedgerError> {
        let write: Write = self.put(&keys::part_of_file(by, n), part, When::Always, &[])?;
        self.commit(vec![write]).await?;
        Ok(())
    }
}

#[cfg(all(test, feature = "embedded"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::embedded;

    fn file(until: i64) -> FileLookedAt {
        FileLookedAt {
            by: "ines@acme.example".to_owned(),
            name: "people.csv".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            until: Timestamp::from_second(until).unwrap(),
            sha256: String::new(),
            parts: 0,
        }
    }

    #[tokio::test]
    async fn a_file_is_kept_whole_replaced_by_the_next_and_forgotten_in_time() {
        let ledger = embedded::open(None).await.unwrap();
        let long: Vec<u8> = (0..PART * 2 + 7).map(|n| (n % 251) as u8).collect();
        let kept = ledger.keep_file(file(600), &long).await.unwrap();
        assert_eq!(kept.parts, 3);
        assert_eq!(ledger.contents_of(&kept).await.unwrap(), Some(long));
        let next = ledger.keep_file(file(600), b"short").await.unwrap();
        assert_eq!(ledger.contents_of(&kept).await.unwrap(), None);
        let at = |second| Timestamp::from_second(second).unwrap();
        ledger.forget_files(at(599)).await.unwrap();
        assert_eq!(
            ledger.file_looked_at(&next.by).await.unwrap(),
            Some(next.clone())
        );
        ledger.forget_files(at(600)).await.unwrap();
        assert_eq!(ledger.file_looked_at(&next.by).await.unwrap(), None);
        assert_eq!(ledger.contents_of(&next).await.unwrap(), None);
    }
}
