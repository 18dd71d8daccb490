//! A file of JSON that only its owner may read, that many read while some write, and that is whole at every instant.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use serde::{Serialize, de::DeserializeOwned};

use super::KeysError;
use crate::private;

/// What a file was when it was read: it is read again when this changes. Each write makes a new file.
#[derive(Clone, PartialEq, Eq)]
struct Mark {
    length: u64,
    modified: Option<SystemTime>,
    number: u64,
}

/// A private file of JSON.
pub(super) struct PrivateFile<T> {
    path: PathBuf,
    read: Arc<Mutex<Option<(Mark, T)>>>,
}

impl<T> Clone for PrivateFile<T> {
    fn clone(&self) -> Self {
        PrivateFile {
            path: self.path.clone(),
            read: Arc::clone(&self.read),
        }
    }
}

impl<T: Serialize + DeserializeOwned + Clone + Default> PrivateFile<T> {
    pub(super) fn new(path: &Path) -> PrivateFile<T> {
        PrivateFile {
            path: path.to_owned(),
            read: Arc::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What stands there; the default when there is no file. While the file cannot be understood, what stood there last
    /// counts: a slip of a hand must not stop everything that runs.
    ///
    /// # Errors
    /// [`KeysError`] when it cannot be read, or understood, and there is nothing from before.
    pub(super) fn get(&self) -> Result<T, KeysError> {
        let mark = match mark(&self.path) {
            Ok(mark) => mark,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(T::default()),
            Err(problem) => return Err(self.refused(problem)),
        };
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, value)) = &*read
            && *known == mark
        {
            return Ok(value.clone());
        }
        let value = match self.parsed() {
            Ok(value) => value,
            Err(error @ KeysError::Unreadable { .. }) => {
                let before = read.as_ref().map(|(_, value)| value.clone());
                let before =
                    before.or_else(|| parse(&self.last(), &fs::read(self.last()).ok()?).ok());
                let Some(before) = before else {
                    return Err(error);
                };
                tracing::error!(%error, "what stood in the file before counts until it is mended");
                before
            }
            Err(error) => return Err(error),
        };
        *read = Some((mark, value.clone()));
        Ok(value)
    }

    /// What is wrong with it where it cannot be understood.
    pub(super) fn slip(&self) -> Option<KeysError> {
        let read = self.parsed();
        read.err()
            .filter(|error| matches!(error, KeysError::Unreadable { .. }))
    }

    /// Changes what stands there, under a lock, so that of two changes at the same time none is lost. What could not be
    /// read is never written over.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> Result<R, KeysError> {
        let lock = for_its_owner().create(true).open(self.beside("lock"));
        let lock = lock.map_err(|problem| self.refused(problem))?;
        lock.lock().map_err(|problem| self.refused(problem))?;
        let mut value = self.parsed()?;
        let before = self.bytes(&value)?;
        let result = change(&mut value);
        let after = self.bytes(&value)?;
        if after != before || !self.path.exists() {
            write_whole(&self.path, &after).map_err(|problem| self.refused(problem))?;
        }
        // A copy of what is good, for the day when a hand slips.
        if fs::read(self.last()).ok().as_ref() != Some(&after) {
            write_whole(&self.last(), &after).map_err(|problem| self.refused(problem))?;
        }
        Ok(result)
    }

    fn parsed(&self) -> Result<T, KeysError> {
        match fs::read(&self.path) {
            Ok(bytes) => parse(&self.path, &bytes),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(T::default()),
            Err(problem) => Err(self.refused(problem)),
        }
    }

    fn bytes(&self, value: &T) -> Result<Vec<u8>, KeysError> {
        serde_json::to_vec_pretty(value).map_err(|e| unreadable(&self.path, &e))
    }

    /// The copy of what stood there when it was last good.
    fn last(&self) -> PathBuf {
        self.beside("last")
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(ending);
        name.into()
    }

    fn refused(&self, problem: std::io::Error) -> KeysError {
        KeysError::File {
            path: self.path.clone(),
            problem: private::explained(&self.path, problem),
        }
    }
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, KeysError> {
    serde_json::from_slice(bytes).map_err(|e| unreadable(path, &e))
}

/// Where it is wrong; what the parser says of a value could quote a secret.
fn unreadable(path: &Path, error: &serde_json::Error) -> KeysError {
    KeysError::Unreadable {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
    }
}

#[cfg(unix)]
fn mark(path: &Path) -> std::io::Result<Mark> {
    use std::os::unix::fs::MetadataExt;
    let of = fs::metadata(path)?;
    Ok(Mark {
        length: of.len(),
        modified: of.modified().ok(),
        number: of.ino(),
    })
}

#[cfg(not(unix))]
fn mark(path: &Path) -> std::io::Result<Mark> {
    let of = fs::metadata(path)?;
    Ok(Mark {
        length: of.len(),
        modified: of.modified().ok(),
        number: 0,
    })
}

/// To be written by its owner only, and read.
fn for_its_owner() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file beside it, under a name of its own, then renames it: a crash, or another writer, leaves one of the two
/// whole.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut next = path.to_owned().into_os_string();
    next.push(format!(".{}-{count}.new", std::process::id()));
    let next = PathBuf::from(next);
    let written = written(&next, bytes).and_then(|()| fs::rename(&next, path));
    if written.is_err() {
        let _ = fs::remove_file(&next);
    }
    written?;
    // The new name, too, has to be on the disk. Not every machine lets a folder be opened.
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn written(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // One of that name is what a process left that died with our number.
    let mut file = for_its_owner().create(true).truncate(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
