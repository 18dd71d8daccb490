//! Files in a bucket of S3, which encrypts them with the stack's own key. Two of its calls are all that is wanted, so they
//! are made here and signed by `aws-sigv4`, the SDK's own: its whole client of S3 makes the file larger that a cold start
//! reads.
//! Source: Amazon S3 API Reference, `PutObject` and `GetObject`; IAM User Guide, "Create a signed AWS API request".

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use latchkey_lifecycle::CaseId;
use latchkey_runtime::aws::SdkConfig;
use reqwest::{Client, Method, RequestBuilder, StatusCode, header, redirect::Policy};

use super::{AttachmentError, Attachments, path_of, sha256};

/// A Lambda is called with 6 MB at most, in which API Gateway puts the form as base64, and answers with as much: 4 MB and
/// what stands around them are 5.4 MB then.
/// Source: AWS Lambda quotas, "Invocation payload (request and response)", 6 MB, synchronous.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How often a call is made while its answers say that the next may be a good one. Both may be repeated.
const TRIES: u32 = 3;
/// The pause before the second try; the third waits twice as long.
const PAUSE: Duration = Duration::from_millis(100);
/// How long one try may take: three are over before the Lambda's own 15 seconds are.
const PATIENCE: Duration = Duration::from_secs(4);

/// A bucket that has nothing else in it.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    credentials: SharedCredentialsProvider,
    region: String,
    at: String,
}

/// An answer of S3.
struct Answer {
    status: StatusCode,
    bytes: Vec<u8>,
}

impl Bucket {
    /// The bucket at this address, such as `https://bucket.s3.eu-central-1.amazonaws.com`.
    ///
    /// # Errors
    /// [`AttachmentError`] where the configuration has no region or no credentials, or TLS cannot be set up.
    pub fn new(config: &SdkConfig, at: &str) -> Result<Bucket, AttachmentError> {
        let missing = |what: &str| AttachmentError(format!("the configuration has no {what}"));
        let client = Client::builder()
            .connect_timeout(PATIENCE)
            .timeout(PATIENCE)
            .redirect(Policy::none());
        Ok(Bucket {
            client: client.build().map_err(unreached)?,
            credentials: config
                .credentials_provider()
                .ok_or_else(|| missing("credentials"))?,
            region: config
                .region()
                .ok_or_else(|| missing("region"))?
                .to_string(),
            at: at.trim_end_matches('/').to_owned(),
        })
    }

    /// One call, again while S3 is busy.
    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        bytes: Vec<u8>,
    ) -> Result<Answer, AttachmentError> {
        let url = format!("{}/{path}", self.at);
        let mut request = self.client.request(method.clone(), &url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        for (name, value) in self.signature(&method, &url, headers, &bytes).await? {
            request = request.header(name, value);
        }
        request = request.body(bytes);
        let mut tried = 0;
        loop {
            // Whatever can be sent is in memory, so it can be sent again.
            let again = request.try_clone().filter(|_| tried + 1 < TRIES);
            let answer = sent(request).await;
            let busy = answer.as_ref().map_or(true, |answer| {
                answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS
            });
            match again {
                Some(next) if busy => request = next,
                _ => return answer,
            }
            tokio::time::sleep(PAUSE * 2_u32.pow(tried)).await;
            tried += 1;
        }
    }

    /// The headers that say who calls and what is called with.
    async fn signature(
        &self,
        method: &Method,
        url: &str,
        headers: &[(&str, &str)],
        bytes: &[u8],
    ) -> Result<Vec<(String, String)>, AttachmentError> {
        let unsigned =
            |problem: String| AttachmentError(format!("a call cannot be signed: {problem}"));
        let credentials = self.credentials.provide_credentials().await;
        let credentials = credentials.map_err(|e| unsigned(e.to_string()))?.into();
        // Source: IAM User Guide, "Create a signed AWS API request": S3 wants the sum of what is sent, and its path as it is.
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let by = v4::SigningParams::builder()
            .identity(&credentials)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|e| unsigned(e.to_string()))?
            .into();
        let headers = headers.iter().copied();
        let signable =
            SignableRequest::new(method.as_str(), url, headers, SignableBody::Bytes(bytes));
        let signed = signable.and_then(|signable| sign(signable, &by));
        let (signed, _) = signed.map_err(|e| unsigned(e.to_string()))?.into_parts();
        let headers = signed.headers();
        Ok(headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }
}

async fn sent(request: RequestBuilder) -> Result<Answer, AttachmentError> {
    let answer = request.send().await.map_err(unreached)?;
    Ok(Answer {
        status: answer.status(),
        bytes: answer.bytes().await.map_err(unreached)?.into(),
    })
}

fn unreached(error: reqwest::Error) -> AttachmentError {
    let error = error.without_url();
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    AttachmentError(said)
}

impl Answer {
    /// The code of what went wrong.
    /// Source: Amazon S3 API Reference, "Error responses": `<Error><Code>NoSuchKey</Code>…`.
    fn code(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let code = text
            .split_once("<Code>")
            .and_then(|(_, rest)| rest.split_once("</Code>"));
        let code = code.map_or("without a code", |(code, _)| code);
        code.chars().take(60).collect()
    }

    fn refused(&self) -> AttachmentError {
        AttachmentError(format!("S3 answers {} ({})", self.status, self.code()))
    }
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
        let headers = [
            (header::CONTENT_TYPE.as_str(), "application/octet-stream"),
            (header::CONTENT_DISPOSITION.as_str(), "attachment"),
        ];
        let path = path_of(case, sha256);
        let answer = self.call(Method::PUT, &path, &headers, bytes).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(answer.refused())
    }

    async fn read(&self, case: &CaseId, sum: &str) -> Result<Option<Vec<u8>>, AttachmentError> {
        let path = path_of(case, sum);
        let answer = self.call(Method::GET, &path, &[], Vec::new()).await?;
        match answer.status {
            // It stands under the sum of what was kept.
            StatusCode::OK if sha256(&answer.bytes) == sum => Ok(Some(answer.bytes)),
            StatusCode::OK => Err(AttachmentError("S3 answers with another file".to_owned())),
            StatusCode::NOT_FOUND if answer.code() == "NoSuchKey" => Ok(None),
            _ => Err(answer.refused()),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use latchkey_runtime::aws::Region;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        task::JoinHandle,
    };

    use super::*;

    const FILE: &[u8] = b"%PDF-1.7";

    /// A bucket that gives these answers, one to each call, and tells in the end what it was asked.
    async fn bucket_that_answers(
        answers: Vec<(&'static str, &'static [u8])>,
    ) -> (Bucket, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = format!("http://{}/files", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let mut asked = Vec::new();
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = Vec::new();
                let whole = |bytes: &[u8]| {
                    bytes.starts_with(b"GET") && bytes.ends_with(b"\r\n\r\n")
                        || bytes.ends_with(FILE)
                };
                while !whole(&bytes) {
                    assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0);
                }
                asked.push(String::from_utf8_lossy(&bytes).into_owned());
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(body).await.unwrap();
            }
            asked
        });
        let credentials = Credentials::new("AKIA", "secret", Some("session".into()), None, "test");
        let config = SdkConfig::builder()
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        (Bucket::new(&config, &at).unwrap(), served)
    }

    fn case() -> CaseId {
        CaseId::new("hire-1042-0").unwrap()
    }

    #[tokio::test]
    async fn a_bucket_that_is_busy_is_asked_again() {
        let busy: &[u8] = b"<Error><Code>SlowDown</Code></Error>";
        let sum = sha256(FILE);
        let answers = vec![
            ("503 Slow Down", busy),
            ("500 Internal Error", busy),
            ("200 OK", FILE),
        ];
        let (bucket, served) = bucket_that_answers(answers).await;
        assert_eq!(bucket.read(&case(), &sum).await, Ok(Some(FILE.to_vec())));
        let asked = served.await.unwrap();
        assert_eq!(asked.len(), 3);
        for call in asked {
            let path = format!("GET /files/{} HTTP/1.1", path_of(&case(), &sum));
            assert!(call.starts_with(&path), "{call}");
            for header in [
                "authorization",
                "x-amz-date",
                "x-amz-security-token: session",
            ] {
                assert!(call.contains(header), "{header}: {call}");
            }
        }

        let answers = vec![("503 Slow Down", busy); 3];
        let (bucket, served) = bucket_that_answers(answers).await;
        let problem = bucket.keep(&case(), &sum, FILE.to_vec()).await.unwrap_err();
        assert!(
            problem.0.contains("503") && problem.0.contains("SlowDown"),
            "{problem}"
        );
        assert_eq!(served.await.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn what_is_refused_is_asked_once_and_another_file_is_not_given() {
        let sum = sha256(FILE);
        let denied: &[u8] = b"<Error><Code>AccessDenied</Code></Error>";
        let answers = vec![("403 Forbidden", denied), ("200 OK", b"another".as_slice())];
        let (bucket, served) = bucket_that_answers(answers).await;
        let problem = bucket.read(&case(), &sum).await.unwrap_err();
        assert_eq!(problem.0, "S3 answers 403 Forbidden (AccessDenied)");
        let problem = bucket.read(&case(), &sum).await.unwrap_err();
        assert_eq!(problem.0, "S3 answers with another file");
        assert_eq!(served.await.unwrap().len(), 2);
    }
}
