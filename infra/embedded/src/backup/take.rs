//! A backup is taken.

use std::{fs, io, path::Path};

use jiff::Timestamp;
use latchkey_ledger::{LedgerId, embedded};

use super::{
    BackupError, FORMAT, Manifest, Trails,
    archive::{self, Writer},
    copy, parts, trails,
};
use crate::{private, stack::file};

/// A backup that was taken and read again.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Of which ledger it is.
    pub ledger: Option<LedgerId>,
    /// Items of the ledger.
    pub items: u64,
    /// Letters, secrets and what else is in it.
    pub files: usize,
    /// How large it is.
    pub bytes: u64,
    /// Its audit trails. With a fault it is a backup all the same: of what is there.
    pub trails: Trails,
}

/// Takes a backup of a folder, whether a Latchkey runs there or not, and writes it to a file that is not there yet. The
/// ledger in it is as it was at one instant; secrets and letters are as they were right after it.
///
/// # Errors
/// [`BackupError`] says what could not be read, written or verified; there is no file then.
pub async fn back_up(folder: &Path, to: &Path, now: Timestamp) -> Result<Taken, BackupError> {
    let ledger = folder.join(file::LEDGER);
    if matches!(ledger.try_exists(), Ok(false)) {
        return Err(BackupError::NoLedger(folder.to_owned()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let beside = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let beside = beside.unwrap_or(Path::new("."));
    // What becomes of a backup that is broken off: it goes with this folder, which only its owner looks into.
    let work = private::work(".latchkey-backup-", beside);
    let work = work.map_err(BackupError::file(beside))?;
    let copied = work.path().join(file::LEDGER);
    let items = copy::copy(&ledger, &copied).map_err(BackupError::ledger(&ledger))?;
    whole(&ledger, &copied, items)?;
    let id = id(&copied).await?;

    let archived = work.path().join("backup.tar");
    let unwritten = BackupError::file(to);
    let mut writer = Writer::new(&archived).map_err(&unwritten)?;
    writer.add(file::LEDGER, &copied).map_err(&unwritten)?;
    for part in parts() {
        let files = archive::files(folder, &part).map_err(BackupError::file(folder))?;
        for (name, path) in files {
            match writer.add(&name, &path) {
                // It was put away meanwhile.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                added => added.map_err(BackupError::file(&path))?,
            }
        }
    }
    let manifest = Manifest {
        format: FORMAT,
        latchkey: env!("CARGO_PKG_VERSION").to_owned(),
        ledger: id.clone(),
        taken: now,
        items,
        parts: writer.parts.clone(),
    };
    writer.end(&manifest).map_err(&unwritten)?;

    archive::read(&archived, None)?;
    // The copy is what the archive has, by its checksum; so what is true of it is true of the backup.
    let copy = embedded::open_file_here(&copied).await;
    let copy = copy.map_err(BackupError::ledger(&copied))?;
    let trails = trails(&copy).await.map_err(BackupError::ledger(&ledger))?;
    let bytes = fs::metadata(&archived).map_err(&unwritten)?.len();
    fs::rename(&archived, to).map_err(&unwritten)?;
    private::keep_name(beside);
    Ok(Taken {
        ledger: id,
        items,
        files: manifest.parts.len() - 1,
        bytes,
        trails,
    })
}

/// The copy of a ledger is sound, and has what the ledger had.
fn whole(ledger: &Path, copied: &Path, items: u64) -> Result<(), BackupError> {
    let problem = match copy::checked(copied).map_err(BackupError::ledger(ledger))? {
        Ok(count) if count == items => return Ok(()),
        Ok(count) => format!("database disk image is malformed: {count} of {items} items"),
        Err(found) => format!("database disk image is malformed: {found}"),
    };
    Err(BackupError::ledger(ledger)(embedded::file_error(&problem)))
}

async fn id(copied: &Path) -> Result<Option<LedgerId>, BackupError> {
    let read = async {
        let copy = embedded::open_file_here(copied).await?;
        copy.id().await
    };
    read.await.map_err(BackupError::ledger(copied))
}
