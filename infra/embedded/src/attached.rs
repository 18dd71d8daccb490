//! Files of tasks in a folder beside the ledger: whose names are checksums, and that nobody else on the machine reads.

use std::{
    io,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use console::{AttachmentError, Attachments, MOST_BYTES, path_of};
use latchkey_lifecycle::CaseId;

use crate::private;

/// The folder. It is made with its first file.
#[derive(Debug, Clone)]
pub(crate) struct AttachedFolder(PathBuf);

impl AttachedFolder {
    pub(crate) fn at(path: PathBuf) -> AttachedFolder {
        AttachedFolder(path)
    }
}

fn cannot(path: &Path, problem: io::Error) -> AttachmentError {
    let problem = private::explained(path, problem);
    AttachmentError(format!("{}: {problem}", path.display()))
}

#[async_trait]
impl Attachments for AttachedFolder {
    fn most_bytes(&self) -> usize {
        MOST_BYTES
    }

    async fn keep(
        &self,
        case: &CaseId,
        sha256: &str,
        bytes: Vec<u8>,
    ) -> Result<(), AttachmentError> {
        let path = self.0.join(path_of(case, sha256));
        let write = || {
            if let Some(folder) = path.parent() {
                private::folder(folder)?;
            }
            private::write_whole(&path, &bytes)
        };
        write().map_err(|problem| cannot(&path, problem))
    }

    async fn read(&self, case: &CaseId, sha256: &str) -> Result<Option<Vec<u8>>, AttachmentError> {
        let path = self.0.join(path_of(case, sha256));
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(problem) => Err(cannot(&path, problem)),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_file_is_its_owners_and_is_called_by_its_checksum() {
        let directory = tempfile::tempdir().unwrap();
        let folder = AttachedFolder::at(directory.path().join("attached"));
        let case = CaseId::new("hire-1-0").unwrap();
        let sum = console::sha256(b"a slip");
        assert_eq!(folder.read(&case, &sum).await, Ok(None));
        for _ in 0..2 {
            folder.keep(&case, &sum, b"a slip".to_vec()).await.unwrap();
        }
        assert_eq!(folder.read(&case, &sum).await, Ok(Some(b"a slip".to_vec())));
        let path = directory.path().join("attached").join(path_of(&case, &sum));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(path.ends_with(&sum));
        assert_eq!(
            private::open_to_others(&directory.path().join("attached")),
            Vec::<PathBuf>::new()
        );
        let other = CaseId::new("hire-2-0").unwrap();
        assert_eq!(
            folder.read(&other, &sum).await,
            Ok(None),
            "of another case it is another file"
        );
    }
}
