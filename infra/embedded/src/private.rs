//! Files and folders of a local Latchkey belong to whoever runs it: they hold secrets, letters with links, and what is known of
//! people. Nobody else on the machine reads them.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Makes a folder that only its owner may look into, with those above it that are not there.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file that only its owner may read.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    options()
        .truncate(true)
        .open(path)?
        .write_all(bytes.as_ref())
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

/// What of a folder others on the machine may read or change, the folder itself first. What is below a folder that is closed to
/// them is out of their reach, whatever its own mode.
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
