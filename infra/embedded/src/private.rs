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

/// Who owns what is in the way: the first of a path and its folders that can be looked at, or something in it.
#[cfg(unix)]
fn whose(path: &Path) -> Option<String> {
    whose_for(path, rustix::process::geteuid().as_raw())
}

/// The same for the user with this number.
#[cfg(unix)]
fn whose_for(path: &Path, own: u32) -> Option<String> {
    let mut seen = path.ancestors();
    let (at, owner) = seen.find_map(|path| Some((path, owner_of(path)?)))?;
    let (at, owner) = match owner == own {
        true => match foreign_in(at, own) {
            Some((file, owner)) => (file, owner),
            None => {
                return Some(format!(
                    "{} is this user's own; see its mode with `ls -ld`",
                    at.display()
                ));
            }
        },
        false => (at.to_owned(), owner),
    };
    let at = at.display();
    Some(format!(
        "{at} belongs to the user with the number {owner}, and this process runs as the one with {own}; run it as that user \
         (`sudo -u '#{owner}' latchkey \u{2026}`), or give it to this one (`sudo chown -R {own} {at}`)"
    ))
}

/// Who owns a file or a folder, by number.
#[cfg(unix)]
fn owner_of(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Some(std::fs::metadata(path).ok()?.uid())
}

/// The first file of a folder that is somebody else's, as one that a command made for `root`, and who that is.
#[cfg(unix)]
fn foreign_in(folder: &Path, own: u32) -> Option<(PathBuf, u32)> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().find_map(|path| {
        let owner = owner_of(&path).filter(|owner| *owner != own)?;
        Some((path, owner))
    })
}

/// What follows when `root` works in a folder of somebody else: what is made there belongs to `root`, and whoever owns
/// the folder cannot use it.
#[cfg(unix)]
pub fn as_root_in(folder: &Path) -> Option<String> {
    let own = rustix::process::geteuid().as_raw();
    let mut seen = folder.ancestors();
    let owner = seen.find_map(owner_of)?;
    root_in(folder, owner, own)
}

#[cfg(unix)]
fn root_in(folder: &Path, owner: u32, own: u32) -> Option<String> {
    let folder = folder.display();
    (own == 0 && owner != 0).then(|| {
        format!(
            "this runs as root, and {folder} belongs to the user with the number {owner}: what it makes there is root's, and that user's \
             Latchkey cannot use it. Run it as that user (`sudo -u '#{owner}' latchkey \u{2026}`); what was made is given back with \
             `chown -R {owner} {folder}`"
        )
    })
}

/// Not told on machines without such owners.
#[cfg(not(unix))]
pub fn as_root_in(_folder: &Path) -> Option<String> {
    None
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
    fn a_file_that_is_somebody_elses_is_named_with_its_owner_and_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let ledger = directory.path().join("ledger.sqlite");
        make(&ledger).unwrap();
        let own = owner_of(directory.path()).unwrap();
        let said = whose_for(directory.path(), own).unwrap();
        assert!(said.contains("ls -ld"), "{said}");
        // To somebody else both are a stranger's, and the one that was asked for is named.
        let said = whose_for(&ledger, own + 1).unwrap();
        let named = format!(
            "{} belongs to the user with the number {own}",
            ledger.display()
        );
        let gives = format!("sudo chown -R {} {}", own + 1, ledger.display());
        assert!(said.starts_with(&named) && said.contains(&gives), "{said}");
        assert_eq!(foreign_in(directory.path(), own), None);
        assert_eq!(foreign_in(directory.path(), own + 1), Some((ledger, own)));
    }

    #[test]
    fn who_is_root_in_the_folder_of_another_is_told() {
        let folder = Path::new("/var/lib/latchkey");
        let said = root_in(folder, 1000, 0).unwrap();
        assert!(
            said.contains("sudo -u '#1000'") && said.contains("chown -R 1000 /var/lib"),
            "{said}"
        );
        assert_eq!(root_in(folder, 0, 0), None);
        assert_eq!(root_in(folder, 1000, 1000), None);
    }

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
