//! Records over HTTP, for webhooks that carry only an id.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use http::header::RETRY_AFTER;
use latchkey_hris::{RecordError, RecordRequest, Records, SourceSecret};
use latchkey_runtime::Failure;
use reqwest::{Client, Method, RequestBuilder};
use serde::Deserialize;
use serde_json::Value;

use crate::SourceSecrets;

/// An answer longer than this is no record of one person.
const MAX_RECORD_BYTES: usize = 1024 * 1024;
/// An answer about many people may be so long.
const MAX_LIST_BYTES: usize = 32 * 1024 * 1024;
/// How long an answer about many people may take.
const LIST_TIMEOUT: Duration = Duration::from_secs(60);

/// How a source's API is reached: the JSON of the secret `records/SOURCE`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Api {
    /// Base address, e.g. `https://api.bamboohr.com/api/gateway.php/acme`.
    address: String,
    /// Headers that the vendor wants beside, e.g. Merge's `X-Account-Token`.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(flatten)]
    login: Login,
}

/// How Latchkey logs in there: whichever of the three is given.
#[derive(Deserialize)]
#[serde(untagged)]
enum Login {
    /// A token is asked for first, with the client's id and secret, as OAuth 2 has it.
    #[serde(rename_all = "camelCase")]
    Client {
        /// Where, e.g. `https://api.personio.de/v1/auth`.
        token_address: String,
        client_id: String,
        client_secret: String,
    },
    /// A token that stays valid.
    Token { token: String },
    /// HTTP Basic.
    Password {
        /// BambooHR's API key, or a HiBob service user's id.
        username: String,
        #[serde(default)]
        password: String,
    },
}

/// Where answers with a token have it: OAuth 2, and Personio's version 1.
fn token_in(answer: &Value) -> Option<&str> {
    let places = [&answer["access_token"], &answer["data"]["token"]];
    places.into_iter().find_map(Value::as_str)
}

/// Reads records with the authentication that each vendor documents.
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
        let api = self.api(&request).await?;
        let login = self.login(&api, &request).await?;
        let first = self.one(&api, &login, &request).await?;
        if request.also.is_empty() {
            return Ok(first);
        }
        let mut answers = vec![first];
        for further in &request.also {
            answers.push(self.one(&api, &login, further).await?);
        }
        Ok(Value::Array(answers))
    }
}

/// What goes into `Authorization`.
enum Authorization<'a> {
    Bearer(String),
    Basic(&'a str, &'a str),
}

impl HttpRecords {
    async fn api(&self, request: &RecordRequest) -> Result<Api, RecordError> {
        let source = &request.source;
        let text = self
            .secrets
            .api(source)
            .await
            .map_err(|e| unreachable(request, e.to_string()))?
            .ok_or_else(|| {
                let problem = "is not set: it holds the API's address and key";
                unreadable(request, format!("the secret records/{source} {problem}"))
            })?;
        // What the parser says of a value could quote the secret.
        serde_json::from_str(&text).map_err(|e| {
            let place = format!("line {}, column {}", e.line(), e.column());
            let problem = format!("the secret records/{source} is not as documented ({place})");
            unreadable(request, problem)
        })
    }

    async fn login<'a>(
        &self,
        api: &'a Api,
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
                let token = token_in(&answer).ok_or_else(|| {
                    unreadable(request, "the answer with a token has none".to_owned())
                })?;
                Ok(Authorization::Bearer(token.to_owned()))
            }
        }
    }

    async fn one(
        &self,
        api: &Api,
        login: &Authorization<'_>,
        request: &RecordRequest,
    ) -> Result<Value, RecordError> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| unreadable(request, format!("`{}` is no HTTP method", request.method)))?;
        let address = format!("{}{}", api.address.trim_end_matches('/'), request.path);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn each_way_to_log_in_is_read() {
        let read = |text: Value| serde_json::from_value::<Api>(text);
        let basic = json!({"address": "https://a.example", "username": "key", "password": "x"});
        assert!(matches!(read(basic).unwrap().login, Login::Password { .. }));
        let token = json!({"address": "https://a.example", "token": "t", "headers": {"X-Account-Token": "u"}});
        let token = read(token).unwrap();
        assert!(matches!(token.login, Login::Token { .. }));
        assert_eq!(token.headers["X-Account-Token"], "u");
        let client = json!({
            "address": "https://a.example", "tokenAddress": "https://a.example/token",
            "clientId": "i", "clientSecret": "s",
        });
        assert!(matches!(read(client).unwrap().login, Login::Client { .. }));
        assert!(read(json!({"address": "https://a.example"})).is_err());
    }

    #[test]
    fn a_token_is_found_where_vendors_put_it() {
        assert_eq!(token_in(&json!({"access_token": "a"})), Some("a"));
        assert_eq!(
            token_in(&json!({"success": true, "data": {"token": "b"}})),
            Some("b")
        );
        assert_eq!(token_in(&json!({"error": "no"})), None);
    }
}
