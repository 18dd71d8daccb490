//! How much room the folder of a local Latchkey takes, how much is left, and whether its secrets can be read.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::{keys::Keys, stack::file};

/// Bytes, and what of the files cannot be used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Files {
    /// The ledger's file.
    pub ledger: u64,
    /// What is not written back into it yet.
    pub journal: u64,
    /// What is left on the disk for whoever runs it; `None` where the machine does not say.
    pub free: Option<u64>,
    /// The whole disk.
    pub disk: Option<u64>,
    /// What is wrong with the file of secrets where it cannot be understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slip: Option<String>,
}

impl Files {
    /// Those of a folder.
    #[must_use]
    pub fn of(directory: &Path) -> Files {
        let size = |path: &Path| fs::metadata(path).map_or(0, |about| about.len());
        let ledger = directory.join(file::LEDGER);
        let journal = directory.join(format!("{}-wal", file::LEDGER));
        let (free, disk) = room(directory).unzip();
        Files {
            ledger: size(&ledger),
            journal: size(&journal),
            free,
            disk,
            slip: Keys::reading(&directory.join(file::SECRETS)).slip(),
        }
    }
}

#[cfg(unix)]
fn room(directory: &Path) -> Option<(u64, u64)> {
    let about = rustix::fs::statvfs(directory).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(about.f_frsize);
    Some((bytes(about.f_bavail), bytes(about.f_blocks)))
}

#[cfg(not(unix))]
fn room(_directory: &Path) -> Option<(u64, u64)> {
    None
}
