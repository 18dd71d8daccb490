//! The folder of a local Latchkey: what lies in it, and whether it belongs together.

use std::path::Path;

use jiff::Timestamp;
use latchkey_ledger::{Ledger, embedded};

use super::StackError;
use crate::{identity, keys::Keys, private};

/// Files of a local Latchkey.
pub mod file {
    /// The ledger.
    pub const LEDGER: &str = "ledger.sqlite";
    /// Secrets, readable by the owner only.
    pub const SECRETS: &str = "secrets.json";
    /// Letters.
    pub const OUTBOX: &str = "outbox";
    /// Files that people added to tasks.
    pub const ATTACHED: &str = "attached";
    /// Tokens that vendors offer, while an operator awaits them.
    pub const OFFERED: &str = "offered";
    /// Where HR drops CSV files of people.
    pub const DROP: &str = "drop";
    /// Where the running Latchkey listens.
    pub const ADDRESS: &str = "address";
    /// What `latchkey up` is told, where its command line does not say it.
    pub const SETTINGS: &str = "latchkey.yaml";
    /// How commands reach the running Latchkey ([`crate::Control`]).
    pub const CONTROL: &str = "control";
}

/// What lies in the folder and is another ledger's, or another user's, or is not there.
pub(super) async fn strangers(
    (directory, now): (&Path, Timestamp),
    ledger: &Ledger,
    keys: &Keys,
    had_secrets: bool,
) -> Result<Vec<String>, StackError> {
    let outbox = directory.join(file::OUTBOX);
    let mut strangers = identity::identify(ledger, keys, &outbox, now).await?;
    if !had_secrets {
        strangers.extend(identity::without_secrets(ledger, keys).await?);
    }
    strangers.extend(private::as_root_in(directory));
    Ok(strangers)
}

pub(super) fn unusable(directory: &Path, problem: std::io::Error) -> StackError {
    StackError::Directory {
        path: directory.to_owned(),
        problem: private::explained(directory, problem),
    }
}

/// Refuses a ledger without a byte where its secrets say that there was one. What is not written back yet lies in its
/// journal.
pub(super) fn not_emptied(directory: &Path, keys: &Keys) -> Result<(), StackError> {
    let path = directory.join(file::LEDGER);
    let size = |path: &Path| std::fs::metadata(path).ok().map(|about| about.len());
    let journal = size(&directory.join(format!("{}-wal", file::LEDGER)));
    if size(&path) != Some(0) || journal.is_some_and(|bytes| bytes > 0) {
        return Ok(());
    }
    match keys.text(Keys::LEDGER)? {
        Some(ledger) => Err(StackError::Emptied { path, ledger }),
        None => Ok(()),
    }
}

/// Opens the ledger in the directory of a local Latchkey; makes both where they are not there yet.
///
/// # Errors
/// [`StackError`] says what cannot be used.
pub async fn open_ledger(directory: &Path) -> Result<Ledger, StackError> {
    let unusable = |problem| unusable(directory, problem);
    private::folder(directory).map_err(unusable)?;
    let file = directory.join(file::LEDGER);
    // SQLite gives the files that it writes beside this one the same mode.
    private::make(&file).map_err(|problem| StackError::File {
        path: file.clone(),
        problem: private::explained(&file, problem),
    })?;
    Ok(embedded::open(Some(&file)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_that_was_emptied_is_not_taken_for_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(&folder.path().join(file::SECRETS)).unwrap();
        let ledger = folder.path().join(file::LEDGER);
        not_emptied(folder.path(), &keys).unwrap();
        std::fs::write(&ledger, "").unwrap();
        not_emptied(folder.path(), &keys).unwrap();
        keys.set(Keys::LEDGER, "abc".into()).unwrap();
        let said = not_emptied(folder.path(), &keys).unwrap_err().to_string();
        assert!(
            said.contains("is empty") && said.contains("latchkey restore"),
            "{said}"
        );
        std::fs::write(&ledger, "something").unwrap();
        not_emptied(folder.path(), &keys).unwrap();
    }
}
