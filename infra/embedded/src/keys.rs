//! The secrets of a local Latchkey: one JSON file, readable by its owner only. What is missing of our own is
//! made at random; what a vendor gives (an API key, a SCIM token) is filled in by hand.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use intake::SourceSecrets;
use latchkey_hris::SourceSecret;
use latchkey_runtime::Failure;

/// The file could not be read, written or understood.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The machine refuses.
    #[error("the secrets file {path}: {problem}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// It is not a JSON object of texts and objects.
    #[error("the secrets file {path} is not a JSON object of names and values: {problem}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        problem: serde_json::Error,
    },
    /// No randomness to make a key from.
    #[error("this machine gives no random bytes to make a key from: {0}")]
    NoRandomness(String),
}

/// The secrets of a local Latchkey.
#[derive(Debug, Clone)]
pub struct Keys {
    path: PathBuf,
    /// Instead of the file, when nothing is to be written.
    in_memory: Option<Arc<Mutex<Secrets>>>,
}

type Secrets = BTreeMap<String, serde_json::Value>;

impl Keys {
    /// Opens the file, and makes what is missing: the key of links and the secret of the source `generic`.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub fn open(path: &Path) -> Result<Keys, KeysError> {
        let keys = Keys {
            path: path.to_owned(),
            in_memory: None,
        };
        let mut all = keys.all()?;
        let before = all.len();
        for (name, prefix) in [("links", ""), ("hooks/generic", "whsec_")] {
            if !all.contains_key(name) {
                let mut bytes = [0_u8; 32];
                getrandom::fill(&mut bytes).map_err(|e| KeysError::NoRandomness(e.to_string()))?;
                all.insert(
                    name.to_owned(),
                    format!("{prefix}{}", base64(&bytes)).into(),
                );
            }
        }
        if all.len() != before {
            keys.write(&all)?;
        }
        Ok(keys)
    }

    /// Secrets that nobody has to guess, in memory: for rehearsals, which are the same every time.
    pub fn in_memory() -> Keys {
        let secrets = [
            ("links", "rehearsal".to_owned()),
            ("hooks/generic", format!("whsec_{}", base64(b"rehearsal"))),
        ];
        let secrets = secrets.map(|(name, value)| (name.to_owned(), value.into()));
        Keys {
            path: PathBuf::new(),
            in_memory: Some(Arc::new(Mutex::new(secrets.into()))),
        }
    }

    /// A secret's text: a JSON string as it is, an object as JSON.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub fn text(&self, name: &str) -> Result<Option<String>, KeysError> {
        Ok(self.all()?.remove(name).map(|value| match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        }))
    }

    /// Sets a secret.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub fn set(&self, name: &str, value: serde_json::Value) -> Result<(), KeysError> {
        let mut all = self.all()?;
        all.insert(name.to_owned(), value);
        self.write(&all)
    }

    /// Where the file is; empty when they are in memory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn all(&self) -> Result<Secrets, KeysError> {
        if let Some(secrets) = &self.in_memory {
            return Ok(secrets
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone());
        }
        let path = || self.path.clone();
        match std::fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|problem| KeysError::Unreadable {
                path: path(),
                problem,
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(problem) => Err(KeysError::File {
                path: path(),
                problem,
            }),
        }
    }

    fn write(&self, all: &Secrets) -> Result<(), KeysError> {
        if let Some(secrets) = &self.in_memory {
            secrets
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(all);
            return Ok(());
        }
        let refused = |problem| KeysError::File {
            path: self.path.clone(),
            problem,
        };
        let text = serde_json::to_vec_pretty(all).map_err(|problem| KeysError::Unreadable {
            path: self.path.clone(),
            problem,
        })?;
        // A file beside it, then a rename: a crash leaves the old one whole.
        let next = self.path.with_extension("json.new");
        write_private(&next, &text).map_err(refused)?;
        std::fs::rename(&next, &self.path).map_err(refused)
    }
}

#[cfg(unix)]
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(bytes)
}

#[cfg(not(unix))]
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(path, bytes)
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}

fn unreadable(error: &KeysError) -> Failure {
    Failure::Broken(error.to_string())
}

#[async_trait]
impl SourceSecrets for Keys {
    async fn secret(&self, source: &str) -> Result<Option<SourceSecret>, Failure> {
        let text = self
            .text(&format!("hooks/{source}"))
            .map_err(|e| unreadable(&e))?;
        Ok(text.map(SourceSecret::new))
    }

    async fn api(&self, source: &str) -> Result<Option<String>, Failure> {
        self.text(&format!("records/{source}"))
            .map_err(|e| unreadable(&e))
    }

    async fn keep_offered(&self, source: &str, secret: &SourceSecret) -> Result<bool, Failure> {
        let name = format!("offered/{source}");
        self.set(&name, secret.expose().into())
            .map_err(|e| unreadable(&e))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_made_once_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.json");
        let first = Keys::open(&path).unwrap().text("links").unwrap().unwrap();
        let keys = Keys::open(&path).unwrap();
        assert_eq!(keys.text("links").unwrap().unwrap(), first);
        assert!(
            keys.text("hooks/generic")
                .unwrap()
                .unwrap()
                .starts_with("whsec_")
        );
        keys.set("systems/directory", serde_json::json!({"token": "t"}))
            .unwrap();
        assert_eq!(
            keys.text("systems/directory").unwrap().unwrap(),
            r#"{"token":"t"}"#
        );
        assert_eq!(keys.text("nothing").unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.json");
        Keys::open(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
