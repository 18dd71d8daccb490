//! One process works in a folder. It holds a lock that the machine drops when the process ends, however it ends, and
//! says in the lock's file who it is: two of them would plan each other's cases anew and fence each other's steps.

use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, tz::TimeZone};
use latchkey_lifecycle::instant_in_words;
use serde::{Deserialize, Serialize};

use crate::private;

/// The file that is locked. It stays when the lock is gone, and then says nothing.
pub(crate) const LOCK: &str = "lock";

/// Who works in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process, by its number on its machine.
    pub process: u32,
    /// The machine's name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Since when (UTC).
    pub since: Timestamp,
    /// Where hooks and pages are, once they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.process)?;
        if let Some(machine) = &self.machine {
            write!(f, " on {machine}")?;
        }
        let since = instant_in_words(self.since, &TimeZone::UTC);
        write!(f, ", since {since}")?;
        match self.address {
            Some(address) => write!(f, ", at http://{address}"),
            None => Ok(()),
        }
    }
}

/// Why a folder cannot be had for oneself.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error(
        "another Latchkey works in {}: {}. One process works in a folder; stop that one first, or name another folder \
         with --dir",
        folder.display(),
        said(.holder.as_deref())
    )]
    Held {
        /// Which folder.
        folder: PathBuf,
        /// Who it is, as far as they said so.
        holder: Option<Box<Holder>>,
    },
    /// The lock's file cannot be made or written.
    #[error("the lock {} cannot be used: {problem}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the machine says.
        problem: io::Error,
    },
    /// The file system has no locks.
    #[error(
        "{} is on {}, which keeps no locks ({problem}), so nothing can keep a second process from working there. Put the folder \
         on a disk of this machine",
        folder.display(),
        kind.unwrap_or("a file system")
    )]
    NoLocks {
        /// Which folder.
        folder: PathBuf,
        /// What kind of file system it is, where that is known to be none of this machine's disks.
        kind: Option<&'static str>,
        /// What the machine says.
        problem: io::Error,
    },
}

fn said(holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => holder.to_string(),
        None => format!("a process that does not say who it is (`lsof` on its file `{LOCK}` does)"),
    }
}

/// A folder that is one's own, for as long as this is kept.
#[derive(Debug)]
pub struct FolderLock {
    file: File,
    path: PathBuf,
    holder: Holder,
}

impl FolderLock {
    /// Takes a folder for this process.
    ///
    /// # Errors
    /// [`LockError::Held`] says who has it.
    pub fn take(folder: &Path) -> Result<FolderLock, LockError> {
        let path = folder.join(LOCK);
        let unusable = |problem| LockError::File {
            path: path.clone(),
            problem: private::explained(&path, problem),
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held {
                    folder: folder.to_owned(),
                    holder: who(&mut file).map(Box::new),
                });
            }
            Err(TryLockError::Error(problem)) => {
                return Err(LockError::NoLocks {
                    folder: folder.to_owned(),
                    kind: network_file_system(folder),
                    problem,
                });
            }
        }
        let holder = Holder {
            process: std::process::id(),
            machine: machine(),
            since: Timestamp::now(),
            address: None,
        };
        let mut lock = FolderLock { file, path, holder };
        lock.say()?;
        Ok(lock)
    }

    /// Says where this process listens, for whoever comes second.
    ///
    /// # Errors
    /// [`LockError::File`] when it cannot be written.
    pub fn note_address(&mut self, address: SocketAddr) -> Result<(), LockError> {
        self.holder.address = Some(address);
        self.say()
    }

    fn say(&mut self) -> Result<(), LockError> {
        let written = serde_json::to_vec(&self.holder)
            .map_err(io::Error::other)
            .and_then(|text| {
                self.file.rewind()?;
                self.file.set_len(0)?;
                self.file.write_all(&text)
            });
        written.map_err(|problem| LockError::File {
            path: self.path.clone(),
            problem,
        })
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        // Closing alone would leave it to a child process that was just being started, which has the same open file.
        let _ = self.file.unlock();
    }
}

fn who(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(unix)]
fn machine() -> Option<String> {
    let name = rustix::system::uname();
    let name = name.nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(not(unix))]
fn machine() -> Option<String> {
    None
}

/// What kind of file system a folder is on, where that is one that other machines may write to as well, or that keeps
/// its promises less than a disk does: SQLite's write-ahead log needs memory that all of its processes share.
/// Source: sqlite.org/wal.html, "All processes using a database must be on the same host computer".
#[cfg(target_os = "linux")]
pub fn network_file_system(folder: &Path) -> Option<&'static str> {
    named(rustix::fs::statfs(folder).ok()?.f_type)
}

/// Not known on other systems.
#[cfg(not(target_os = "linux"))]
pub fn network_file_system(_folder: &Path) -> Option<&'static str> {
    None
}

/// Source: statfs(2), `f_type`.
#[cfg(target_os = "linux")]
fn named(kind: rustix::fs::FsWord) -> Option<&'static str> {
    Some(match kind {
        0x6969 => "a network file system (NFS)",
        0x517b | 0xfe53_4d42 | 0xff53_4d42 => "a network file system (SMB)",
        0x0102_1997 => "a network file system (9p)",
        0x00c3_6400 => "a network file system (Ceph)",
        0x5346_414f => "a network file system (AFS)",
        0x6573_5546 => "a file system that a program offers (FUSE, e.g. sshfs)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_hears_who_has_the_folder_and_gets_it_when_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = FolderLock::take(folder.path()).unwrap();
        first.note_address(([127, 0, 0, 1], 8420).into()).unwrap();
        let error = FolderLock::take(folder.path()).unwrap_err();
        assert!(matches!(error, LockError::Held { .. }), "{error}");
        let error = error.to_string();
        let process = format!("process {}", std::process::id());
        for told in [process.as_str(), "since ", "http://127.0.0.1:8420", "--dir"] {
            assert!(error.contains(told), "{told}: {error}");
        }
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }

    #[test]
    fn what_stands_in_the_file_of_a_process_that_is_gone_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let stale = r#"{"process":1,"since":"2026-11-23T08:00:00Z"}"#;
        std::fs::write(folder.path().join(LOCK), stale).unwrap();
        let lock = FolderLock::take(folder.path()).unwrap();
        assert_eq!(lock.holder.process, std::process::id());
        // Nor does a holder that cannot be understood: it is still held.
        std::fs::write(folder.path().join(LOCK), "?").unwrap();
        let error = FolderLock::take(folder.path()).unwrap_err().to_string();
        assert!(error.contains("lsof"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_system_of_other_machines_is_called_one() {
        assert_eq!(named(0x6969), Some("a network file system (NFS)"));
        assert_eq!(named(0xef53), None);
        let error = LockError::NoLocks {
            folder: "/mnt/x".into(),
            kind: named(0x6969),
            problem: io::Error::from_raw_os_error(37),
        };
        let error = error.to_string();
        assert!(
            error.contains("NFS") && error.contains("disk of this machine"),
            "{error}"
        );
    }
}
