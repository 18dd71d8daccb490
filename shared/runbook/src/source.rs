//! A runbook's files.

use std::{collections::BTreeMap, fs, io, path::Path};

use latchkey_lifecycle::RunbookVersion;

/// The file that every runbook has.
pub const MAIN: &str = "runbook.yaml";

/// The same, as others call it.
pub(crate) const ALSO_MAIN: &str = "runbook.yml";

/// A runbook's files: `runbook.yaml`, and the CSV and YAML files beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    files: BTreeMap<String, String>,
    /// What the main file is called where it was read from, when it is not called so.
    main: Option<String>,
}

/// A runbook's directory cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct ReadError {
    /// Which file or directory.
    pub file: String,
    /// What the machine says.
    pub problem: io::Error,
}

impl Source {
    /// Reads a directory: every YAML and CSV file. The main file may be called `runbook.yml`, too. Or reads one file of
    /// any name as the main one, and what stands beside it.
    ///
    /// # Errors
    /// [`ReadError`] names the file that cannot be read.
    pub fn read(path: &Path) -> Result<Source, ReadError> {
        if path.is_dir() {
            return Source::read_dir(path);
        }
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or(MAIN);
        let directory = path.parent().filter(|p| !p.as_os_str().is_empty());
        let mut files = files_in(directory.unwrap_or(Path::new(".")))?;
        files.remove(MAIN);
        files.remove(name);
        let text = fs::read(path).and_then(yaml).map_err(error(path))?;
        files.insert(MAIN.to_owned(), text);
        let main = (name != MAIN).then(|| name.to_owned());
        Ok(Source { files, main })
    }

    /// Reads a directory, as [`Source::read`].
    ///
    /// # Errors
    /// [`ReadError`] names the file that cannot be read.
    pub fn read_dir(directory: &Path) -> Result<Source, ReadError> {
        let mut files = files_in(directory)?;
        let other = match files.contains_key(MAIN) {
            true => None,
            false => files.remove(ALSO_MAIN),
        };
        let main = other.is_some().then(|| ALSO_MAIN.to_owned());
        files.extend(other.map(|text| (MAIN.to_owned(), text)));
        Ok(Source { files, main })
    }

    /// A runbook from its files, by name.
    pub fn from_files(files: BTreeMap<String, String>) -> Source {
        Source { files, main: None }
    }

    /// What a file is called where it was read from.
    pub fn called<'a>(&'a self, file: &'a str) -> &'a str {
        match &self.main {
            Some(main) if file == MAIN => main,
            _ => file,
        }
    }

    /// The files, by name.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// The version: the same files are the same version.
    pub fn version(&self) -> RunbookVersion {
        RunbookVersion::of_files(&self.files)
    }
}

fn error(path: &Path) -> impl FnOnce(io::Error) -> ReadError + use<> {
    let file = path.display().to_string();
    move |problem| ReadError { file, problem }
}

/// The YAML and CSV files of a directory.
fn files_in(directory: &Path) -> Result<BTreeMap<String, String>, ReadError> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(error(directory))? {
        let path = entry.map_err(error(directory))?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
            continue;
        };
        let known = [".yaml", ".yml", ".csv"];
        if known.iter().any(|end| name.ends_with(end)) && path.is_file() {
            let text = match name.ends_with(".csv") {
                true => fs::read(&path).and_then(|bytes| table(&bytes)),
                false => fs::read(&path).and_then(yaml),
            };
            let text = text.map_err(error(&path))?;
            files.insert(name.to_owned(), text);
        }
    }
    Ok(files)
}

/// A YAML file's text, which is UTF-8.
fn yaml(bytes: Vec<u8>) -> io::Result<String> {
    let is_wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    String::from_utf8(bytes).map_err(|e| {
        let before = e.as_bytes().iter().take(e.utf8_error().valid_up_to());
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        let what = match is_wide {
            true => "this is UTF-16".to_owned(),
            false => format!("line {line} has a letter in another encoding than UTF-8"),
        };
        let problem = format!("{what}: save the file as UTF-8 in your editor");
        io::Error::new(io::ErrorKind::InvalidData, problem)
    })
}

/// A spreadsheet's text, in whatever encoding it tells of.
fn table(bytes: &[u8]) -> io::Result<String> {
    latchkey_sheet::text_of(bytes).map_err(|mistake| {
        let problem = format!("line {}: {}", mistake.line, mistake.text);
        io::Error::new(io::ErrorKind::InvalidData, problem)
    })
}
