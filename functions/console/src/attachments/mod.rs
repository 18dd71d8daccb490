//! Files that people add to a task as evidence: kept by what they have in them, in a bucket or a folder, and given to
//! whoever may see the task, as a download and as nothing else.

mod kind;
#[cfg(feature = "aws")]
mod s3;

pub(crate) use kind::{TAKEN, look_at, name_of};
#[cfg(feature = "aws")]
pub use s3::Bucket;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use latchkey_lifecycle::CaseId;
pub(crate) use latchkey_questions::MOST_FILES;
use sha2::{Digest, Sha256};

/// The most bytes of one file, where nothing between the browser and Latchkey takes less: 5 MB.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Why a file is neither kept nor given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("files of tasks cannot be reached: {0}")]
pub struct AttachmentError(pub String);

/// Where files are kept. A file is never changed: the same bytes of the same case again are the same file.
#[async_trait]
pub trait Attachments: Send + Sync {
    /// The most bytes of one file that come through here.
    fn most_bytes(&self) -> usize;

    /// Keeps a file of a case under the SHA-256 of its bytes, in hexadecimal.
    ///
    /// # Errors
    /// [`AttachmentError`]; nothing is kept then, or the same again keeps it.
    async fn keep(
        &self,
        case: &CaseId,
        sha256: &str,
        bytes: Vec<u8>,
    ) -> Result<(), AttachmentError>;

    /// A file; `None` where there is none by that name any more.
    ///
    /// # Errors
    /// [`AttachmentError`].
    async fn read(&self, case: &CaseId, sha256: &str) -> Result<Option<Vec<u8>>, AttachmentError>;
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Where a file stands, below the bucket or the folder: hexadecimal digits only, whatever the case is called.
pub fn path_of(case: &CaseId, sha256: &str) -> String {
    let mut path = String::with_capacity(97);
    let of_case = Sha256::digest(case.as_str());
    for byte in &of_case[..16] {
        let _ = write!(path, "{byte:02x}");
    }
    path.push('/');
    path.extend(sha256.chars().filter(char::is_ascii_hexdigit));
    path
}

/// Files of a process that keeps nothing: those of rehearsals without a folder.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<BTreeMap<String, Vec<u8>>>);

#[async_trait]
impl Attachments for InMemory {
    fn most_bytes(&self) -> usize {
        MOST_BYTES
    }

    async fn keep(
        &self,
        case: &CaseId,
        sha256: &str,
        bytes: Vec<u8>,
    ) -> Result<(), AttachmentError> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(path_of(case, sha256), bytes);
        Ok(())
    }

    async fn read(&self, case: &CaseId, sha256: &str) -> Result<Option<Vec<u8>>, AttachmentError> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(files.get(&path_of(case, sha256)).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_hexadecimal_digits_only() {
        let case = CaseId::new("../../etc/passwd").unwrap();
        let path = path_of(&case, "../ab%00cd");
        let (of_case, of_file) = path.split_once('/').unwrap();
        assert!(of_case.chars().all(|c| c.is_ascii_hexdigit()), "{path}");
        assert_eq!((of_case.len(), of_file), (32, "ab00cd"));
    }
}
