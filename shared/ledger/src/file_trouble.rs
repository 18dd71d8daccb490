//! What keeps the file of a ledger on one machine from being used, told apart by what has to be done.

use std::fmt;

/// What is wrong with the file of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileTrouble {
    /// It is not a database.
    NotALedger,
    /// A later version wrote it.
    Newer,
    /// A part of it is not as it was written.
    Damaged,
    /// There is no space left on its disk.
    Full,
    /// It can be read and not written.
    ReadOnly,
    /// It cannot be opened.
    OutOfReach,
    /// Another process keeps it from being used.
    Held,
    /// The disk fails.
    Disk,
}

/// Words of SQLite and of the database above it, and what they mean.
/// Source: `sqlite3ErrStr` in SQLite's main.c; dynoxide's storage.rs and storage_backend/error.rs. Tests make each with
/// a real file.
const WORDS: [(&str, FileTrouble); 12] = [
    ("file is not a database", FileTrouble::NotALedger),
    ("not a valid SQLite database", FileTrouble::NotALedger),
    ("not a valid database", FileTrouble::NotALedger),
    ("written by a newer version", FileTrouble::Newer),
    ("malformed", FileTrouble::Damaged),
    ("disk is full", FileTrouble::Full),
    ("readonly database", FileTrouble::ReadOnly),
    ("unable to open database file", FileTrouble::OutOfReach),
    ("is locked", FileTrouble::Held),
    ("disk I/O error", FileTrouble::Disk),
    ("I/O error", FileTrouble::Disk),
    ("no such table: latchkey", FileTrouble::NotALedger),
];

impl FileTrouble {
    /// What a text of the database means; `None` when it is about something else.
    pub fn of(told: &str) -> Option<FileTrouble> {
        let known = WORDS.iter().find(|(words, _)| told.contains(words));
        known.map(|(_, trouble)| *trouble)
    }

    /// Whether the same call may go through later, without anybody having stopped Latchkey.
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            FileTrouble::Full | FileTrouble::Held | FileTrouble::Disk
        )
    }
}

impl fmt::Display for FileTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileTrouble::NotALedger => {
                "is no ledger. See whether --dir names the right folder; if it does, something else was written there: keep the \
                 file, and restore the last backup with `latchkey restore`"
            }
            FileTrouble::Newer => {
                "was written by a later version of Latchkey. Run that version, or restore a backup from before it with \
                 `latchkey restore`"
            }
            FileTrouble::Damaged => {
                "is damaged: a part of it is not as it was written. Stop Latchkey, keep a copy of the folder, look at the disk \
                 (`dmesg`), and restore the last backup with `latchkey restore`"
            }
            FileTrouble::Full => {
                "cannot be written: its disk is full. Make space; what was not written is tried again"
            }
            FileTrouble::ReadOnly => {
                "can be read and not written. Either this user may not write it (`ls -l`), or its file system is mounted \
                 read-only, as that of a disk with errors often is (`mount`, `dmesg`)"
            }
            FileTrouble::OutOfReach => {
                "cannot be opened: it or its folder belongs to another user, or is not there (`ls -ld`). Run Latchkey as the \
                 user whose it is (`sudo -u USER latchkey \u{2026}`)"
            }
            FileTrouble::Held => {
                "is held by another process, and is tried again. If it stays so: `lsof` on the file tells which one it is (a \
                 program that copies files, an open `sqlite3`); let that one end"
            }
            FileTrouble::Disk => {
                "can be neither read nor written: its disk is full (`df`), or it fails (`dmesg`). Make space; from a disk that fails \
                 move the folder to another one, and restore the last backup if it does not open there"
            }
        })
    }
}
