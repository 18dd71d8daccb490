//! Files in a bucket of S3, which encrypts them with the stack's own key.

use async_trait::async_trait;
use aws_sdk_s3::{Client, error::DisplayErrorContext, primitives::ByteStream};
use latchkey_lifecycle::CaseId;

use super::{AttachmentError, Attachments, path_of};

/// A Lambda is called with 6 MB at most, in which API Gateway puts the form as base64, and answers with as much: 4 MB and
/// what stands around them are 5.4 MB then.
/// Source: AWS Lambda quotas, "Invocation payload (request and response)", 6 MB, synchronous.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A bucket that has nothing else in it.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The bucket of this name.
    #[must_use]
    pub fn new(client: Client, name: String) -> Bucket {
        Bucket { client, name }
    }
}

fn failed(error: impl std::error::Error) -> AttachmentError {
    AttachmentError(DisplayErrorContext(error).to_string())
}

#[async_trait]
impl Attachments for Bucket {
    fn most_bytes(&self) -> usize {
        MOST_BYTES
    }

    async fn keep(
        &self,
        case: &CaseId,
        sha256: &str,
        bytes: Vec<u8>,
    ) -> Result<(), AttachmentError> {
        let put = self.client.put_object().bucket(&self.name);
        let put = put.key(path_of(case, sha256));
        let put = put.content_type("application/octet-stream");
        let put = put.content_disposition("attachment");
        put.body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn read(&self, case: &CaseId, sha256: &str) -> Result<Option<Vec<u8>>, AttachmentError> {
        let get = self.client.get_object().bucket(&self.name);
        match get.key(path_of(case, sha256)).send().await {
            Ok(found) => {
                let bytes = found.body.collect().await.map_err(failed)?;
                Ok(Some(bytes.to_vec()))
            }
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}
