//! The embedded database behind the SDK's own HTTP connector, without a socket: so that what a Lambda calls is held
//! against what a laptop calls, and both answer alike.

use aws_sdk_dynamodb::config::{
    BehaviorVersion, Region, StalledStreamProtectionConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError, actions::transact_write_items::TransactWriteItemsRequest};
use http::header::CONTENT_TYPE;
use latchkey_ledger::{Ledger, embedded::TABLE};
use serde::{Serialize, de::DeserializeOwned};

/// A ledger in memory that is called by the SDK.
pub(crate) async fn open() -> Ledger {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .endpoint_url("http://embedded.invalid")
        .allow_no_auth()
        .http_client(Connector(Database::memory().unwrap()))
        // Nothing is lost or slow on the way to it.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    let ledger = Ledger::new(aws_sdk_dynamodb::Client::from_conf(config), TABLE);
    ledger.create_table().await.unwrap();
    ledger
}

#[derive(Clone)]
struct Connector(Database);

impl Connector {
    /// Reads a call, carries it out, and writes its answer.
    fn call<Q: DeserializeOwned, A: Serialize>(
        &self,
        body: &[u8],
        work: fn(&Database, Q) -> Result<A, DynoxideError>,
    ) -> Result<String, DynoxideError> {
        let request: Q = serde_json::from_slice(body)
            .map_err(|e| DynoxideError::SerializationException(e.to_string()))?;
        serde_json::to_string(&work(&self.0, request)?)
            .map_err(|e| DynoxideError::InternalServerError(e.to_string()))
    }

    fn carry_out(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        match operation {
            "CreateTable" => self.call(body, Database::create_table),
            "GetItem" => self.call(body, Database::get_item),
            "PutItem" => self.call(body, Database::put_item),
            "Query" => self.call(body, Database::query),
            "Scan" => self.call(body, Database::scan),
            "BatchGetItem" => self.call(body, Database::batch_get_item),
            "BatchWriteItem" => self.call(body, Database::batch_write_item),
            "TransactWriteItems" => {
                self.call(body, |database, request: TransactWriteItemsRequest| {
                    database.transact_write_items(request)
                })
            }
            other => Err(DynoxideError::ValidationException(format!(
                "this database does not offer the operation {other:?}"
            ))),
        }
    }

    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let operation = request
            .headers()
            .get("x-amz-target")
            .and_then(|target| target.rsplit('.').next())
            .unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let (status, text) = match self.carry_out(operation, body) {
            Ok(text) => (200, text),
            Err(error) => (error.status_code(), error.to_json()),
        };
        let response = http::Response::builder()
            .status(status)
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .body(SdkBody::from(text))
            .map_err(|e| ConnectorError::other(e.into(), None))?;
        HttpResponse::try_from(response).map_err(|e| ConnectorError::other(e.into(), None))
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.answer(&request))
    }
}
