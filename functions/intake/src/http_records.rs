//! Records over HTTP, for webhooks that carry only an id.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use http::header::RETRY_AFTER;
use latchkey_hris::{RecordError, RecordRequest, Records, SourceSecret};
use latchkey_runtime::Failure;
use reqwest::{Client, Method};
use serde::Deserialize;
use serde_json::Value;

use crate::SourceSecrets;

/// An answer longer than this is no record of one person.
const MAX_RECORD_BYTES: usize = 1024 * 1024;

/// How a source's API is reached: the JSON of the secret `records/SOURCE`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Api {
    /// Base address, e.g. `https://api.bamboohr.com/api/gateway.php/acme`.
    address: String,
    /// HTTP Basic user: BambooHR's API key, or a HiBob service user's id.
    username: String,
    /// HTTP Basic password.
    #[serde(default)]
    password: String,
}

/// Reads records with HTTP Basic authentication, as BambooHR and HiBob document it.
pub struct HttpRecords {
    client: Client,
    secrets: Arc<dyn SourceSecrets>,
}

impl HttpRecords {
    /// A reader that takes addresses and keys from the secrets.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn new(secrets: Arc<dyn SourceSecrets>) -> Result<HttpRecords, reqwest::Error> {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(8))
            .build()?;
        Ok(HttpRecords { client, secrets })
    }
}

#[async_trait]
impl Records for HttpRecords {
    async fn fetch(&self, request: RecordRequest) -> Result<Value, RecordError> {
        let employee_id = request.employee_id.clone();
        let unreachable = |problem: String| RecordError::Unreachable {
            employee_id: employee_id.clone(),
            problem,
        };
        let unreadable = |problem: String| RecordError::Unreadable {
            employee_id: employee_id.clone(),
            problem,
        };
        let text = self
            .secrets
            .api(&request.source)
            .await
            .map_err(|e| unreachable(e.to_string()))?
            .ok_or_else(|| {
                unreadable(format!(
                    "the secret records/{} is not set: it holds the API's address and key",
                    request.source
                ))
            })?;
        let api: Api = serde_json::from_str(&text).map_err(|e| {
            unreadable(format!(
                "the secret records/{} is not as documented: {e}",
                request.source
            ))
        })?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| unreadable(format!("`{}` is no HTTP method", request.method)))?;
        let address = format!("{}{}", api.address.trim_end_matches('/'), request.path);
        let mut call = self
            .client
            .request(method, address)
            .query(&request.query)
            .basic_auth(api.username, Some(api.password));
        for (name, value) in &request.headers {
            call = call.header(name, value);
        }
        if let Some(body) = &request.body {
            call = call.json(body);
        }
        let mut answer = call
            .send()
            .await
            .map_err(|e| unreachable(e.without_url().to_string()))?;
        let retry_after = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.parse().ok());
        let status = answer.status().as_u16();
        if let Some(error) = RecordError::from_status(&request, status, retry_after) {
            return Err(error);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|e| unreachable(e.without_url().to_string()))?
        {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_RECORD_BYTES {
                return Err(unreadable("the answer is longer than 1 MiB".to_owned()));
            }
        }
        serde_json::from_slice(&bytes)
            .map_err(|e| unreadable(format!("the answer is not JSON: {e}")))
    }
}

/// For a process that takes no webhooks in.
#[derive(Debug, Clone, Copy)]
pub struct NoSources;

#[async_trait]
impl SourceSecrets for NoSources {
    async fn secret(&self, _source: &str) -> Result<Option<SourceSecret>, Failure> {
        Ok(None)
    }

    async fn api(&self, _source: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}

#[async_trait]
impl Records for NoSources {
    async fn fetch(&self, request: RecordRequest) -> Result<Value, RecordError> {
        Err(RecordError::Unreadable {
            employee_id: request.employee_id,
            problem: "no source is set up here".to_owned(),
        })
    }
}
