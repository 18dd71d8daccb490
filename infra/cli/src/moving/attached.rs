//! Files of tasks go beside an exported ledger, in a folder called as it is with `.attached` behind: in a bucket of AWS
//! they stand under the same names, so that `aws s3 sync` brings them there or from there.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use latchkey_embedded::{file as name, private_folder};
use sha2::{Digest, Sha256};

use crate::outcome::Problem;

/// The folder beside an exported ledger.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".attached");
    PathBuf::from(name)
}

/// Copies a folder's files of tasks beside its exported ledger; how many there are.
pub(super) fn export(folder: &Path, file: &Path) -> Result<usize, Problem> {
    let to = beside(file);
    if to.exists() {
        return Err(Problem::new(format!(
            "{} is there already; choose another name for the export",
            to.display()
        )));
    }
    copy(&folder.join(name::ATTACHED), &to)
}

/// Copies the files beside an exported ledger into the folder that it is imported into; how many there are.
pub(super) fn import(file: &Path, folder: &Path) -> Result<usize, Problem> {
    copy(&beside(file), &folder.join(name::ATTACHED))
}

/// Each is read, compared with the checksum that it is called by, and written for its owner only.
fn copy(from: &Path, to: &Path) -> Result<usize, Problem> {
    let mut count = 0;
    for case in folders(from)? {
        for file in entries(&case)? {
            let bytes = fs::read(&file).map_err(cannot(&file))?;
            let (Some(of_case), Some(called)) = (case.file_name(), file.file_name()) else {
                continue;
            };
            if hex::encode(Sha256::digest(&bytes)).as_str() != called {
                return Err(Problem::new(format!(
                    "{} is not what was added: its bytes have another checksum than its name",
                    file.display()
                )));
            }
            let folder = to.join(of_case);
            private_folder(&folder).map_err(cannot(&folder))?;
            write(&folder.join(called), &bytes)?;
            count += 1;
        }
    }
    Ok(count)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let unwritten = cannot(path);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(&unwritten)?;
    io::Write::write_all(&mut file, bytes).map_err(&unwritten)?;
    file.as_file().sync_all().map_err(&unwritten)?;
    file.persist(path).map_err(|e| cannot(path)(e.error))?;
    Ok(())
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut all = entries(path)?;
    all.retain(|path| path.is_dir());
    Ok(all)
}

/// What is in a folder, in the order of its names; nothing where there is none. What is half-written is left out.
fn entries(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    let read = match fs::read_dir(path) {
        Ok(read) => read,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(problem) => return Err(cannot(path)(problem)),
    };
    let all: Result<Vec<_>, _> = read.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut all = all.map_err(cannot(path))?;
    let whole = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        !name.to_string_lossy().starts_with('.')
    };
    all.retain(whole);
    all.sort();
    Ok(all)
}

fn cannot(path: &Path) -> impl Fn(io::Error) -> Problem + '_ {
    move |problem| Problem::new(format!("{}: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_along_and_one_that_was_changed_does_not() {
        let at = tempfile::tempdir().unwrap();
        let (from, to) = (at.path().join("from"), at.path().join("to"));
        let sum = hex::encode(Sha256::digest(b"a slip"));
        let folder = from.join(name::ATTACHED).join("0123");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(&sum), b"a slip").unwrap();
        fs::write(folder.join(".half.part"), b"a sl").unwrap();
        let file = at.path().join("ledger.jsonl");
        assert_eq!(export(&from, &file).unwrap(), 1);
        assert!(export(&from, &file).is_err(), "it is there already");
        assert_eq!(import(&file, &to).unwrap(), 1);
        let arrived = to.join(name::ATTACHED).join("0123").join(&sum);
        assert_eq!(fs::read(&arrived).unwrap(), b"a slip");
        fs::write(beside(&file).join("0123").join(&sum), b"another").unwrap();
        assert!(import(&file, &to).is_err());
        assert_eq!(fs::read(&arrived).unwrap(), b"a slip");
        assert_eq!(import(&at.path().join("none.jsonl"), &to).unwrap(), 0);
    }
}
