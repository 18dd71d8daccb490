//! Files and folders of a local Latchkey belong to whoever runs it: they hold secrets, letters with links, and what is
//! known of people. Nobody else on the machine reads them.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// Makes a folder that only its owner may look into, with those above it that are not there.
///
/// # Errors
/// What the machine says.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a folder that only its owner may look into, where there is nothing.
pub(crate) fn new_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a folder to work in, which only its owner may look into, and which goes away with what is in it.
pub(crate) fn work(prefix: &str, within: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(within)
}

/// Makes a file that only its owner may read, where there is nothing, to be written.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    let mut options = options();
    options.create_new(true).open(path)
}

/// Has the names of a folder's files written to the disk. Not every machine lets a folder be opened.
pub(crate) fn keep_name(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Writes a file that only its owner may read.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    options()
        .truncate(true)
        .open(path)?
        .write_all(bytes.as_ref())
}

/// The same, whole or not at all: whoever looks into the folder meanwhile sees no half of it.
pub(crate) fn write_whole(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.part"));
    write(&part, bytes)?;
    std::fs::rename(&part, path)
}

/// Makes a file that only its owner may read, where there is none.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    options().open(path).map(|_| ())
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// What the machine says of a file or folder that cannot be used, with what is behind it where that can be seen.
pub(crate) fn explained(path: &Path, problem: io::Error) -> io::Error {
    let why = match problem.kind() {
        io::ErrorKind::PermissionDenied => whose(path),
        io::ErrorKind::ReadOnlyFilesystem => Some(
            "its file system is mounted read-only, as that of a disk with errors often is; see `mount` and `dmesg`".to_owned(),
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("there is no space left on its disk; make some".to_owned())
        }
        _ => None,
    };
    match why {
        Some(why) => io::Error::new(problem.kind(), format!("{problem}: {why}")),
        None => problem,
    }
}

/// Who owns the first of a path's folders that can be looked at, and who asks.
#[cfg(unix)]
fn whose(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let mut seen = path.ancestors();
    let (at, about) = seen.find_map(|path| Some((path, std::fs::metadata(path).ok()?)))?;
    let (owner, own) = (about.uid(), rustix::process::geteuid().as_raw());
    Some(match owner == own {
        true => format!(
            "{} is this user's own; see its mode with `ls -ld`",
            at.display()
        ),
        false => format!(
            "{} belongs to the user with the number {owner}, and this process runs as the one with {own}; run it as that user \
             (`sudo -u '#{owner}' latchkey \u{2026}`), or give the folder to this one",
            at.display()
        ),
    })
}

#[cfg(not(unix))]
fn whose(_path: &Path) -> Option<String> {
    None
}

/// What of a folder others on the machine may read or change, the folder itself first. What is below a folder that is
/// closed to them is out of their reach, whatever its own mode.
#[cfg(unix)]
pub fn open_to_others(path: &Path) -> Vec<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(about) = std::fs::symlink_metadata(path) else {
        return Vec::new();
    };
    if about.is_symlink() || about.permissions().mode() & 0o077 == 0 {
        return Vec::new();
    }
    let mut open = vec![path.to_owned()];
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut below: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    below.sort();
    open.extend(below.iter().flat_map(|path| open_to_others(path)));
    open
}

/// Not told on machines that have no such modes.
#[cfg(not(unix))]
pub fn open_to_others(_path: &Path) -> Vec<PathBuf> {
    Vec::new()
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn what_is_made_is_its_owners_and_what_is_open_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let (top, file) = (
            directory.path().join("a"),
            directory.path().join("a/b/c.eml"),
        );
        folder(&top.join("b")).unwrap();
        write(&file, "text").unwrap();
        make(&top.join("ledger")).unwrap();
        let work = work(".work-", directory.path()).unwrap();
        assert_eq!(open_to_others(work.path()), Vec::<PathBuf>::new());
        assert_eq!(open_to_others(&top), Vec::<PathBuf>::new());
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap()
        };
        set(&file, 0o644);
        assert_eq!(
            open_to_others(&top),
            Vec::<PathBuf>::new(),
            "nobody gets there"
        );
        set(&top, 0o755);
        assert_eq!(open_to_others(&top), std::slice::from_ref(&top));
        set(&top.join("b"), 0o750);
        assert_eq!(open_to_others(&top), [top.clone(), top.join("b"), file]);
    }
}
