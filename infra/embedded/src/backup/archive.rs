//! The archive itself: written part by part, and read back part by part.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::{BackupError, FORMAT, MANIFEST, Manifest, Part};
use crate::private;

/// No manifest is larger: it has a line for each letter.
const LARGEST_MANIFEST: u64 = 1 << 30;

/// What passes through is counted and summed.
struct Summed<T> {
    inner: T,
    bytes: u64,
    sum: Sha256,
}

impl<T> Summed<T> {
    fn new(inner: T) -> Summed<T> {
        Summed {
            inner,
            bytes: 0,
            sum: Sha256::new(),
        }
    }

    fn part(self) -> Part {
        Part {
            bytes: self.bytes,
            sha256: hex::encode(self.sum.finalize()),
        }
    }
}

impl<T: Read> Read for Summed<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.sum.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// An archive that is being written.
pub(super) struct Writer {
    tar: Builder<io::BufWriter<File>>,
    pub(super) parts: BTreeMap<String, Part>,
}

impl Writer {
    pub(super) fn new(path: &Path) -> io::Result<Writer> {
        Ok(Writer {
            tar: Builder::new(io::BufWriter::new(private::new_file(path)?)),
            parts: BTreeMap::new(),
        })
    }

    /// Adds a file. One that grows meanwhile is taken as long as it was.
    pub(super) fn add(&mut self, name: &str, path: &Path) -> io::Result<()> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        let mut header = header(about.len());
        let modified = about.modified().ok();
        let since = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        header.set_mtime(since.map_or(0, |since| since.as_secs()));
        let mut content = Summed::new(file.take(about.len()));
        self.tar.append_data(&mut header, name, &mut content)?;
        self.parts.insert(name.to_owned(), content.part());
        Ok(())
    }

    /// Ends it with what it is; all of it is on the disk then.
    pub(super) fn end(mut self, manifest: &Manifest) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(manifest)?;
        let mut header = header(text.len() as u64);
        header.set_mtime(u64::try_from(manifest.taken.as_second()).unwrap_or_default());
        self.tar
            .append_data(&mut header, MANIFEST, text.as_slice())?;
        let mut file = self.tar.into_inner()?;
        file.flush()?;
        file.get_ref().sync_all()
    }
}

fn header(bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(bytes);
    header
}

/// Reads an archive to its end, and compares each part with what it was. With a folder, the parts are written there.
pub(super) fn read(path: &Path, into: Option<&Path>) -> Result<Manifest, BackupError> {
    let not_whole = |problem: String| BackupError::NotWhole {
        path: path.to_owned(),
        problem,
    };
    let unread = |problem: io::Error| not_whole(problem.to_string());
    let file = File::open(path).map_err(BackupError::file(path))?;
    let mut archive = tar::Archive::new(io::BufReader::new(file));
    let mut parts = BTreeMap::new();
    let mut manifest: Option<Vec<u8>> = None;
    for entry in archive.entries().map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let name = name_of(&entry)
            .ok_or_else(|| not_whole("it has a part that no backup has".to_owned()))?;
        if manifest.is_some() {
            return Err(not_whole(format!("{name} stands behind its end")));
        }
        if name == MANIFEST {
            let mut text = Vec::new();
            let read = entry.take(LARGEST_MANIFEST).read_to_end(&mut text);
            read.map_err(unread)?;
            manifest = Some(text);
            continue;
        }
        let mut content = Summed::new(entry);
        match into {
            Some(folder) => write(&folder.join(&name), &mut content)?,
            None => {
                io::copy(&mut content, &mut io::sink()).map_err(unread)?;
            }
        }
        if parts.insert(name.clone(), content.part()).is_some() {
            return Err(not_whole(format!("it has {name} twice")));
        }
    }
    let manifest = manifest.ok_or_else(|| not_whole("its end is missing".to_owned()))?;
    understood(path, &manifest, &parts)
}

/// What the end says, where the parts are what it says.
fn understood(
    path: &Path,
    manifest: &[u8],
    parts: &BTreeMap<String, Part>,
) -> Result<Manifest, BackupError> {
    #[derive(serde::Deserialize)]
    struct Form {
        format: u32,
        latchkey: String,
    }
    let not_whole = |problem: String| BackupError::NotWhole {
        path: path.to_owned(),
        problem,
    };
    let unread = |problem: serde_json::Error| not_whole(format!("its end: {problem}"));
    let form: Form = serde_json::from_slice(manifest).map_err(unread)?;
    if form.format > FORMAT {
        return Err(BackupError::Later {
            path: path.to_owned(),
            by: form.latchkey,
        });
    }
    let manifest: Manifest = serde_json::from_slice(manifest).map_err(unread)?;
    for (name, part) in &manifest.parts {
        match parts.get(name) {
            None => return Err(not_whole(format!("{name} is missing"))),
            Some(found) if found != part => {
                return Err(not_whole(format!("{name} is not as it was written")));
            }
            Some(_) => {}
        }
    }
    match parts
        .keys()
        .find(|name| !manifest.parts.contains_key(*name))
    {
        Some(name) => Err(not_whole(format!("{name} was added to it"))),
        None => Ok(manifest),
    }
}

/// The name of a file that leads to a place below the folder, and to no other.
fn name_of(entry: &tar::Entry<'_, impl Read>) -> Option<String> {
    let path = entry.path().ok()?;
    let is_file = entry.header().entry_type() == EntryType::Regular;
    let is_below = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let name = path
        .to_str()
        .filter(|name| is_file && is_below && !name.is_empty())?;
    Some(name.to_owned())
}

fn write(path: &Path, content: &mut impl Read) -> Result<(), BackupError> {
    let unusable = BackupError::file(path);
    if let Some(folder) = path.parent() {
        private::folder(folder).map_err(&unusable)?;
    }
    let mut file = private::new_file(path).map_err(&unusable)?;
    io::copy(content, &mut file).map_err(&unusable)?;
    file.sync_all().map_err(&unusable)
}

/// The files in a folder of the ledger's, with the names that they have in a backup; a file is itself. What is
/// half-written (`.new`, `.lock`, `.part`) is left out.
pub(super) fn files(folder: &Path, name: &str) -> io::Result<Vec<(String, PathBuf)>> {
    let path = folder.join(name);
    let about = match fs::symlink_metadata(&path) {
        Ok(about) => about,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(problem) => return Err(problem),
    };
    if about.is_file() {
        return Ok(vec![(name.to_owned(), path)]);
    }
    if !about.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(&path)? {
        let entry = entry?;
        let Ok(below) = entry.file_name().into_string() else {
            continue;
        };
        if [".new", ".lock", ".part"]
            .iter()
            .any(|half| below.ends_with(half))
        {
            continue;
        }
        files.extend(self::files(folder, &format!("{name}/{below}"))?);
    }
    files.sort();
    Ok(files)
}
