//! The secrets of a local Latchkey: one JSON file, readable by its owner only. What is missing of our own is made at
//! random; what a vendor gives (an API key, a SCIM token) is filled in by hand. A token that a vendor offers has a file
//! of its own, which only an operator makes.

mod layout;
mod private_file;

pub(crate) use layout::SIGN_IN;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_decisions::{Offer, Offered, SourceSecrets};
use latchkey_hris::SourceSecret;
use latchkey_runtime::Failure;
use latchkey_systems::{Bound, SecretError};

use self::private_file::PrivateFile;

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
    #[error(
        "the secrets file {path} is not a JSON object of names and values (line {line}, column {column}); mend it, or take \
         {path}.last, which is what stood there when it was last good"
    )]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Where it stops fitting.
        line: usize,
        /// Where in that line.
        column: usize,
    },
    /// A secret that has to be a text is something else.
    #[error(
        "`{name}` in the secrets file {path} is no text; write it in quotes, as the HR system shows it"
    )]
    NoText {
        /// Which file.
        path: PathBuf,
        /// Under which name.
        name: String,
    },
    /// No randomness to make a key from.
    #[error("this machine gives no random bytes to make a key from: {0}")]
    NoRandomness(String),
}

impl KeysError {
    /// The same without where the file is: for what comes to be read by others than who runs Latchkey.
    fn without_path(&self) -> String {
        match self {
            KeysError::File { problem, .. } => format!("the file of secrets: {problem}"),
            KeysError::Unreadable { line, column, .. } => format!(
                "the file of secrets is not a JSON object of names and values (line {line}, column {column})"
            ),
            KeysError::NoText { name, .. } => format!("`{name}` in the file of secrets is no text"),
            KeysError::NoRandomness(_) => self.to_string(),
        }
    }
}

/// Secrets by their names.
type Named = BTreeMap<String, serde_json::Value>;

/// The secrets of a local Latchkey.
#[derive(Clone)]
pub struct Keys(Kept);

#[derive(Clone)]
enum Kept {
    File(PrivateFile<Named>),
    /// When nothing is to be written.
    Memory(Arc<Mutex<Memory>>),
}

#[derive(Default)]
struct Memory {
    named: Named,
    offers: BTreeMap<String, Offer>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({}: …)", self.path().display())
    }
}

impl Keys {
    /// Where the id of the ledger stands that these are the secrets of. It is no secret.
    pub(crate) const LEDGER: &str = "ledger/id";

    /// Opens the file, and makes what is missing: the key of links, that of alerts, and the secret of the source
    /// `generic`. Systems' secrets of a file from before they had a place of their own are moved there.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub fn open(path: &Path) -> Result<Keys, KeysError> {
        let file = PrivateFile::<Named>::new(path);
        let mut missing = Named::new();
        for (name, prefix) in [
            (layout::LINKS, ""),
            (layout::ALERTS, "whsec_"),
            ("hooks/generic", "whsec_"),
        ] {
            missing.insert(name.to_owned(), format!("{prefix}{}", random_key()?).into());
        }
        let all = file.get()?;
        let is_whole = missing.keys().all(|name| !lacks(&all, name));
        if is_whole && layout::put_systems_apart(&mut all.clone()).is_empty() {
            return Ok(Keys(Kept::File(file)));
        }
        let moved = file.change(|all| {
            for (name, key) in missing {
                if lacks(all, &name) {
                    all.insert(name, key);
                }
            }
            layout::put_systems_apart(all)
        })?;
        if !moved.is_empty() {
            let (moved, path) = (moved.join(", "), path.display());
            tracing::warn!(
                "systems' secrets have a place of their own now: {moved} stand below `systems/` in {path}"
            );
        }
        Ok(Keys(Kept::File(file)))
    }

    /// Opens the file to read it: nothing is made, moved or written.
    pub fn reading(path: &Path) -> Keys {
        Keys(Kept::File(PrivateFile::new(path)))
    }

    /// Secrets that nobody has to guess, in memory: for rehearsals, which are the same every time.
    pub fn in_memory() -> Keys {
        let secrets = [
            (layout::LINKS, "rehearsal".to_owned()),
            (
                "hooks/generic",
                format!("whsec_{}", base64(b"rehearsal, and no secret")),
            ),
        ];
        let secrets = secrets.map(|(name, value)| (name.to_owned(), value.into()));
        let memory = Memory {
            named: secrets.into(),
            offers: BTreeMap::new(),
        };
        Keys(Kept::Memory(Arc::new(Mutex::new(memory))))
    }

    /// A secret's text: a JSON string as it is, an object as JSON. `null` is none.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub fn text(&self, name: &str) -> Result<Option<String>, KeysError> {
        Ok(self.value(name)?.map(|value| match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        }))
    }

    /// What is wrong with the file where a slip of a hand keeps it from being understood, and what counts until it is
    /// mended.
    pub fn slip(&self) -> Option<String> {
        self.slipped().map(|slip| until_mended(&slip.to_string()))
    }

    fn slipped(&self) -> Option<KeysError> {
        match &self.0 {
            Kept::File(file) => file.slip(),
            Kept::Memory(_) => None,
        }
    }

    /// What a source signs with. It is a text and nothing else: of another value the JSON would be the key, which can
    /// be guessed.
    fn signing_secret(&self, source: &str) -> Result<Option<SourceSecret>, KeysError> {
        let name = format!("hooks/{source}");
        match self.value(&name)? {
            None => Ok(None),
            Some(serde_json::Value::String(text)) => Ok(Some(SourceSecret::new(text))),
            Some(_) => Err(KeysError::NoText {
                path: self.path().to_owned(),
                name,
            }),
        }
    }

    /// What stands under a name, unless it is `null`.
    fn value(&self, name: &str) -> Result<Option<serde_json::Value>, KeysError> {
        let mut all = match &self.0 {
            Kept::Memory(memory) => locked(memory).named.clone(),
            Kept::File(file) => file.get()?,
        };
        layout::put_systems_apart(&mut all);
        Ok(all.remove(name).filter(|value| !value.is_null()))
    }

    /// The text of the secret that a runbook calls so for a system, and where it stands.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub fn text_of_system(&self, name: &str) -> Result<(Option<String>, String), KeysError> {
        let place = layout::of_system(name);
        Ok((self.text(&place)?, place))
    }

    /// Sets a secret.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub fn set(&self, name: &str, value: serde_json::Value) -> Result<(), KeysError> {
        let set = |all: &mut Named| {
            layout::put_systems_apart(all);
            all.insert(name.to_owned(), value);
        };
        match &self.0 {
            Kept::Memory(memory) => set(&mut locked(memory).named),
            Kept::File(file) => file.change(set)?,
        }
        Ok(())
    }

    /// Where the file is; empty when they are in memory.
    pub fn path(&self) -> &Path {
        match &self.0 {
            Kept::File(file) => file.path(),
            Kept::Memory(_) => Path::new(""),
        }
    }

    /// Awaits a token that a source offers, until then. Gives the file that it will stand in.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub fn await_offer(&self, source: &str, until: Timestamp) -> Result<PathBuf, KeysError> {
        let offer = Offer::until(until);
        let secrets = match &self.0 {
            Kept::Memory(memory) => {
                locked(memory).offers.insert(source.to_owned(), offer);
                return Ok(PathBuf::new());
            }
            Kept::File(secrets) => secrets,
        };
        let file = offer_file(secrets, source);
        if let Some(folder) = file.path().parent() {
            std::fs::create_dir_all(folder).map_err(|problem| KeysError::File {
                path: folder.to_owned(),
                problem,
            })?;
        }
        file.change(|kept| *kept = Some(offer))?;
        Ok(file.path().to_owned())
    }

    /// What is awaited of a source, and what came.
    ///
    /// # Errors
    /// [`KeysError`] names the file.
    pub fn offer(&self, source: &str) -> Result<Option<Offer>, KeysError> {
        match &self.0 {
            Kept::Memory(memory) => Ok(locked(memory).offers.get(source).cloned()),
            Kept::File(secrets) => offer_file(secrets, source).get(),
        }
    }

    fn take(
        &self,
        source: &str,
        token: &SourceSecret,
        now: Timestamp,
    ) -> Result<Offered, KeysError> {
        let take = |kept: &mut Option<Offer>| match kept {
            Some(offer) => offer.take(token, now),
            None => Offered::NotAwaited,
        };
        // Looked at first: without an operator's word not even a lock is made.
        let before = self.offer(source)?;
        let mut after = before.clone();
        let offered = take(&mut after);
        if after == before {
            return Ok(offered);
        }
        match &self.0 {
            Kept::Memory(memory) => {
                let mut memory = locked(memory);
                let offer = memory.offers.get_mut(source);
                Ok(offer.map_or(Offered::NotAwaited, |offer| offer.take(token, now)))
            }
            Kept::File(secrets) => offer_file(secrets, source).change(take),
        }
    }
}

/// The file of what a source offers: beside the secrets, and none of them.
fn offer_file(secrets: &PrivateFile<Named>, source: &str) -> PrivateFile<Option<Offer>> {
    let folder = secrets.path().with_file_name(crate::stack::file::OFFERED);
    PrivateFile::new(&folder.join(format!("{source}.json")))
}

fn locked(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

fn until_mended(slip: &str) -> String {
    format!("{slip}. Until then what stood there before counts, and nothing that was added since")
}

/// Whether a key of our own has to be made. A source that is `null` was put out of use; without the key of links
/// nothing works.
fn lacks(all: &Named, name: &str) -> bool {
    match all.get(name) {
        None => true,
        Some(value) => name == layout::LINKS && value.is_null(),
    }
}

fn random_key() -> Result<String, KeysError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| KeysError::NoRandomness(e.to_string()))?;
    Ok(base64(&bytes))
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}

fn broken(error: &KeysError) -> Failure {
    Failure::Broken(error.to_string())
}

#[async_trait]
impl SourceSecrets for Keys {
    async fn secret(&self, source: &str) -> Result<Option<SourceSecret>, Failure> {
        self.signing_secret(source).map_err(|e| broken(&e))
    }

    async fn api(&self, source: &str) -> Result<Option<String>, Failure> {
        let text = self.text(&format!("records/{source}"));
        text.map_err(|e| broken(&e))
    }

    async fn take_offer(
        &self,
        source: &str,
        token: &SourceSecret,
        now: Timestamp,
    ) -> Result<Offered, Failure> {
        self.take(source, token, now).map_err(|e| broken(&e))
    }
}

#[async_trait]
impl latchkey_systems::Secrets for Keys {
    fn place(&self, name: &str) -> String {
        let place = layout::of_system(name);
        format!("`{place}` in {}", self.path().display())
    }

    async fn get(&self, name: &str) -> Result<Bound, SecretError> {
        let out_of_reach = |problem| SecretError::OutOfReach {
            name: name.to_owned(),
            problem,
        };
        let text = self.text_of_system(name);
        let (text, _) = text.map_err(|e| out_of_reach(e.without_path()))?;
        let text = text.ok_or_else(|| match self.slipped() {
            Some(slip) => out_of_reach(until_mended(&slip.without_path())),
            None => SecretError::Absent {
                name: name.to_owned(),
            },
        })?;
        Bound::parse(name, &text)
    }
}

#[cfg(test)]
mod tests;
