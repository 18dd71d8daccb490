//! Records over HTTP, for webhooks that carry only an id.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use http::header::RETRY_AFTER;
use latchkey_hris::{RecordError, RecordRequest, Records, SourceSecret};
use latchkey_runtime::Failure;
use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use serde_json::Value;

use crate::{
    SourceSecrets,
    records_login::{Api, Login, Token, Tokens},
};

/// An answer longer than this is no record of one person.
const MAX_RECORD_BYTES: usize = 1024 * 1024;
/// An answer about many people may be so long.
const MAX_LIST_BYTES: usize = 32 * 1024 * 1024;
/// How long an answer about many people may take.
const LIST_TIMEOUT: Duration = Duration::from_secs(60);

/// Reads records with the authentication that each vendor documents.
pub struct HttpRecords {
    client: Client,
    secrets: Arc<dyn SourceSecrets>,
    tokens: Tokens,
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
            .redirect(Policy::none())
            .build()?;
        Ok(HttpRecords {
            client,
            secrets,
            tokens: Tokens::default(),
        })
    }
}

#[async_trait]
impl Records for HttpRecords {
    async fn fetch(&self, request: RecordRequest) -> Result<Value, RecordError> {
        let text = self.api(&request).await?;
        let api = Api::read(&text).map_err(|problem| {
            unreadable(
                &request,
                format!("the secret records/{} {problem}", request.source),
            )
        })?;
        let known = self.tokens.of(&request.source, &text, Instant::now());
        if let Some(token) = known {
            let read = self
                .all(&api, &Authorization::Bearer(token.text), &request)
                .await;
            if !matches!(read, Err(RecordError::Unauthorized { .. })) {
                return read;
            }
            // It may have been taken back before its time: another one is asked for, once.
            self.tokens.forget(&request.source);
        }
        let login = self.login(&api, &text, &request).await?;
        self.all(&api, &login, &request).await
    }
}

/// What goes into `Authorization`.
enum Authorization<'a> {
    Bearer(String),
    Basic(&'a str, &'a str),
}

impl HttpRecords {
    /// The secret that says how the API is reached.
    async fn api(&self, request: &RecordRequest) -> Result<String, RecordError> {
        let source = &request.source;
        let text = self.secrets.api(source).await;
        let text = text.map_err(|e| unreachable(request, e.to_string()))?;
        text.ok_or_else(|| {
            let problem = "is not set: it holds the API's address and key";
            unreadable(request, format!("the secret records/{source} {problem}"))
        })
    }

    async fn login<'a>(
        &self,
        api: &'a Api,
        secret: &str,
        request: &RecordRequest,
    ) -> Result<Authorization<'a>, RecordError> {
        match &api.login {
            Login::Token { token } => Ok(Authorization::Bearer(token.clone())),
            Login::Password { username, password } => Ok(Authorization::Basic(username, password)),
            Login::Client {
                token_address,
                client_id,
                client_secret,
            } => {
                let form = [
                    ("grant_type", "client_credentials"),
                    ("client_id", client_id.as_str()),
                    ("client_secret", client_secret.as_str()),
                ];
                let call = self.client.post(token_address).form(&form);
                let answer = answer(call, request).await?;
                let token = Token::in_answer(secret, &answer, Instant::now());
                let token = token.ok_or_else(|| {
                    unreadable(request, "the answer with a token has none".to_owned())
                })?;
                self.tokens.keep(&request.source, token.clone());
                Ok(Authorization::Bearer(token.text))
            }
        }
    }

    /// The answer to a request, or the list of those to all that belong to it.
    async fn all(
        &self,
        api: &Api,
        login: &Authorization<'_>,
        request: &RecordRequest,
    ) -> Result<Value, RecordError> {
        let first = self.one(api, login, request).await?;
        if request.also.is_empty() {
            return Ok(first);
        }
        let mut answers = vec![first];
        for further in &request.also {
            answers.push(self.one(api, login, further).await?);
        }
        Ok(Value::Array(answers))
    }

    async fn one(
        &self,
        api: &Api,
        login: &Authorization<'_>,
        request: &RecordRequest,
    ) -> Result<Value, RecordError> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| unreadable(request, format!("`{}` is no HTTP method", request.method)))?;
        // Below the API's address, whatever the path is: `@elsewhere` after a host would be another host.
        let (base, path) = (
            api.address.trim_end_matches('/'),
            request.path.trim_start_matches('/'),
        );
        let address = format!("{base}/{path}");
        let mut call = self.client.request(method, address).query(&request.query);
        call = match login {
            Authorization::Bearer(token) => call.bearer_auth(token),
            Authorization::Basic(username, password) => call.basic_auth(username, Some(password)),
        };
        for (name, value) in request
            .headers
            .iter()
            .map(|(n, v)| (n, v))
            .chain(&api.headers)
        {
            call = call.header(name, value);
        }
        if let Some(body) = &request.body {
            call = call.json(body);
        }
        if request.list {
            call = call.timeout(LIST_TIMEOUT);
        }
        answer(call, request).await
    }
}

/// The JSON that a call is answered with.
async fn answer(call: RequestBuilder, request: &RecordRequest) -> Result<Value, RecordError> {
    let unreached = |e: reqwest::Error| unreachable(request, e.without_url().to_string());
    let mut answer = call.send().await.map_err(unreached)?;
    let retry_after = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse().ok());
    let status = answer.status().as_u16();
    if let Some(error) = RecordError::from_status(request, status, retry_after) {
        return Err(error);
    }
    let most = match request.list {
        true => MAX_LIST_BYTES,
        false => MAX_RECORD_BYTES,
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreached)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > most {
            let mib = most / (1024 * 1024);
            let problem = format!("the answer is longer than {mib} MiB");
            return Err(unreadable(request, problem));
        }
    }
    serde_json::from_slice(&bytes)
        .map_err(|e| unreadable(request, format!("the answer is not JSON: {e}")))
}

fn unreachable(request: &RecordRequest, problem: String) -> RecordError {
    RecordError::Unreachable {
        employee_id: request.employee_id.clone(),
        problem,
    }
}

fn unreadable(request: &RecordRequest, problem: String) -> RecordError {
    RecordError::Unreadable {
        employee_id: request.employee_id.clone(),
        problem,
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
