//! A backup: ledger, secrets and letters of one folder in one file, taken while they are in use, and checked before it
//! has its name.
//!
//! The file is a tar archive, and every part of it has the name that it has in the folder, so that in need `tar -x`
//! alone makes a folder of it. What stands at the end ([`Manifest`]) says how much there is and has a checksum of each
//! part.

mod archive;
mod copy;
mod restore;
mod take;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use latchkey_ledger::{AuditRound, Ledger, LedgerError, LedgerId};
use serde::{Deserialize, Serialize};

use crate::{lock::LockError, private, stack::file};

pub use restore::{Restored, restore};
pub use take::{Taken, back_up};

/// The form of backups that this version writes; it reads it and all before it.
const FORMAT: u32 = 1;
/// The part that says what the others are. It stands last: a file that was cut off has none.
const MANIFEST: &str = "manifest.json";

/// What of a folder is in a backup, beside the ledger.
fn parts() -> [String; 6] {
    let secrets = file::SECRETS;
    [
        secrets.to_owned(),
        format!("{secrets}.last"),
        file::OFFERED.to_owned(),
        file::ATTACHED.to_owned(),
        file::OUTBOX.to_owned(),
        file::SETTINGS.to_owned(),
    ]
}

/// What a backup is and has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    format: u32,
    /// The version of Latchkey that wrote it.
    latchkey: String,
    /// Of which ledger it is; none for one that was never started since ledgers have ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ledger: Option<LedgerId>,
    /// When it was begun: what was written later may not be in it (UTC).
    taken: Timestamp,
    /// Items of the ledger.
    items: u64,
    /// Its other parts, by their names.
    parts: BTreeMap<String, Part>,
}

/// A part of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    bytes: u64,
    sha256: String,
}

/// Why there is no backup, or why it is not restored. Nothing was changed then, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to back up.
    #[error("there is no ledger in {}; name its directory with --dir", .0.display())]
    NoLedger(PathBuf),
    /// The name is taken.
    #[error("{} is there already: a backup is never written over. Choose another name", .0.display())]
    Exists(PathBuf),
    /// The ledger's file cannot be used.
    #[error("{}: {problem}", path.display())]
    Ledger {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it, and what is to be done.
        problem: LedgerError,
    },
    /// A file or folder cannot be used.
    #[error("{}: {problem}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the machine says.
        problem: io::Error,
    },
    /// The backup is not as it was written.
    #[error("{} is no whole backup of Latchkey: {problem}. Take another one", path.display())]
    NotWhole {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A later version wrote it.
    #[error(
        "{} was written by Latchkey {by} in a form that this version does not know; restore it with that version",
        path.display()
    )]
    Later {
        /// Which file.
        path: PathBuf,
        /// The version that wrote it.
        by: String,
    },
    /// Something is there already.
    #[error(
        "{} is not empty: it has {what}. Restore into an empty folder; or say --replace, and what is there is put aside in it",
        folder.display()
    )]
    NotEmpty {
        /// Which folder.
        folder: PathBuf,
        /// What is in it.
        what: String,
    },
    /// Somebody works there.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl BackupError {
    fn file(path: &Path) -> impl Fn(io::Error) -> BackupError + use<> {
        let path = path.to_owned();
        move |problem| BackupError::File {
            problem: private::explained(&path, problem),
            path: path.clone(),
        }
    }

    fn ledger(path: &Path) -> impl Fn(LedgerError) -> BackupError + use<> {
        let path = path.to_owned();
        move |problem| BackupError::Ledger {
            path: path.clone(),
            problem,
        }
    }
}

/// What was read of the audit trails of a ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trails {
    /// Cases whose trails were read.
    pub cases: usize,
    /// Findings whose trails were read.
    pub findings: usize,
    /// Places where the ledger does not say what its trail says.
    pub faults: usize,
}

/// People that are looked at between two pages.
const PAGE: u16 = 100;

/// Reads every trail of a ledger.
async fn trails(ledger: &Ledger) -> Result<Trails, LedgerError> {
    let mut trails = Trails::default();
    let mut faults = Vec::new();
    let mut round = Some(AuditRound::default());
    while let Some(here) = round {
        let page = ledger.audit_page(&here, PAGE).await?;
        trails.cases += page.cases;
        trails.findings += page.findings;
        for fault in page.faults {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        round = page.next;
    }
    trails.faults = faults.len();
    Ok(trails)
}

#[cfg(test)]
mod tests;
