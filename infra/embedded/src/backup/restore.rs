//! A folder is made of a backup.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use latchkey_ledger::{LedgerId, embedded};

use super::{BackupError, Manifest, Trails, archive, copy, parts, trails};
use crate::{
    lock::{FolderLock, LOCK},
    private,
    stack::file,
};

/// How the folder is called in which a backup is unpacked.
const WORK: &str = ".restore-";

/// What was restored.
#[derive(Debug, Clone)]
pub struct Restored {
    /// Which ledger it is.
    pub ledger: Option<LedgerId>,
    /// When the backup was taken (UTC): what was written after that is not there.
    pub taken: Timestamp,
    /// Items of the ledger.
    pub items: u64,
    /// Its audit trails.
    pub trails: Trails,
    /// Where what was there before is now.
    pub aside: Option<PathBuf>,
}

/// Makes a folder of a backup. It has to be empty, unless it is to be replaced: then what is there is put aside within
/// it. No Latchkey may run there.
///
/// # Errors
/// [`BackupError`] says what is wrong; what is in the folder stays as it is then.
pub async fn restore(
    backup: &Path,
    folder: &Path,
    replace: bool,
    now: Timestamp,
) -> Result<Restored, BackupError> {
    let unusable = BackupError::file(folder);
    // Looked at first: of a file that is none nothing is begun.
    archive::read(backup, None)?;
    private::folder(folder).map_err(&unusable)?;
    let _lock = FolderLock::take(folder)?;
    clear(folder).map_err(&unusable)?;
    if !replace && let Some(what) = something(folder).map_err(&unusable)? {
        let folder = folder.to_owned();
        return Err(BackupError::NotEmpty { folder, what });
    }
    let work = private::work(WORK, folder).map_err(&unusable)?;
    let manifest = archive::read(backup, Some(work.path()))?;
    let trails = proven(backup, &work.path().join(file::LEDGER), &manifest).await?;

    let aside = put_aside(folder, &manifest, now).map_err(&unusable)?;
    // The ledger comes last: whoever is cut off before has a folder without one, and restores again.
    for part in parts().iter().map(String::as_str).chain([file::LEDGER]) {
        match fs::rename(work.path().join(part), folder.join(part)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            moved => moved.map_err(&unusable)?,
        }
    }
    private::keep_name(folder);
    Ok(Restored {
        ledger: manifest.ledger,
        taken: manifest.taken,
        items: manifest.items,
        trails,
        aside,
    })
}

/// The ledger that was unpacked is sound, is the one that the backup says, and its trails can be read.
async fn proven(backup: &Path, ledger: &Path, said: &Manifest) -> Result<Trails, BackupError> {
    let unsound = BackupError::ledger(backup);
    let not_whole = |problem: String| BackupError::NotWhole {
        path: backup.to_owned(),
        problem,
    };
    match copy::checked(ledger).map_err(&unsound)? {
        Ok(items) if items == said.items => {}
        Ok(items) => return Err(not_whole(format!("it has {items} of {} items", said.items))),
        Err(found) => return Err(not_whole(found)),
    }
    let ledger = embedded::open_file_here(ledger).await.map_err(&unsound)?;
    if ledger.id().await.map_err(&unsound)? != said.ledger {
        return Err(not_whole(
            "its ledger is another one than it says".to_owned(),
        ));
    }
    trails(&ledger).await.map_err(&unsound)
}

/// Takes away what a restore left that was broken off: nobody works there now.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(WORK) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Something that is in a folder.
fn something(folder: &Path) -> io::Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        // A disk of its own has the second.
        if name != LOCK && name != "lost+found" {
            return Ok(Some(name.to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}

/// Moves what a ledger consists of into a folder of its own, where there is any of it.
fn put_aside(folder: &Path, by: &Manifest, now: Timestamp) -> io::Result<Option<PathBuf>> {
    let ledger = ["", "-wal", "-shm"].map(|ending| format!("{}{ending}", file::LEDGER));
    let there: Vec<String> = ledger
        .into_iter()
        .chain(parts())
        // How it is run is no part of the ledger: it stays, unless the backup has it, too.
        .filter(|name| name != file::SETTINGS || by.parts.contains_key(name))
        .filter(|name| folder.join(name).symlink_metadata().is_ok())
        .collect();
    if there.is_empty() {
        return Ok(None);
    }
    let aside = folder.join(format!("before-restore-{}", now.strftime("%Y%m%dT%H%M%SZ")));
    private::new_folder(&aside)?;
    for name in there {
        fs::rename(folder.join(&name), aside.join(&name))?;
    }
    Ok(Some(aside))
}
