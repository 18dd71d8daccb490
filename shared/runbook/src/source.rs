//! A runbook's files.

use std::{collections::BTreeMap, fs, io, path::Path};

use latchkey_lifecycle::RunbookVersion;
use sha2::{Digest, Sha256};

/// The file that every runbook has.
pub const MAIN: &str = "runbook.yaml";

/// A runbook's files: `runbook.yaml`, and the CSV and YAML files beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    files: BTreeMap<String, String>,
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
    /// Reads a directory: every `.yaml` and `.csv` file.
    ///
    /// # Errors
    /// [`ReadError`] names the file that cannot be read.
    pub fn read_dir(directory: &Path) -> Result<Source, ReadError> {
        let error = |path: &Path| {
            let file = path.display().to_string();
            move |problem| ReadError { file, problem }
        };
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(directory).map_err(error(directory))? {
            let path = entry.map_err(error(directory))?.path();
            let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
                continue;
            };
            if name.ends_with(".yaml") || name.ends_with(".csv") {
                let text = fs::read_to_string(&path).map_err(error(&path))?;
                files.insert(name.to_owned(), text);
            }
        }
        Ok(Source { files })
    }

    /// A runbook from its files, by name.
    pub fn from_files(files: BTreeMap<String, String>) -> Source {
        Source { files }
    }

    /// The files, by name.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// The version: the same files are the same version.
    pub fn version(&self) -> RunbookVersion {
        let mut digest = Sha256::new();
        for (name, text) in &self.files {
            for part in [name, text] {
                digest.update((part.len() as u64).to_be_bytes());
                digest.update(part);
            }
        }
        RunbookVersion::of_digest(&digest.finalize())
    }
}
