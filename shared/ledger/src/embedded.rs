//! A DynamoDB inside the process (`dynoxide`, backed by SQLite) behind the SDK's own HTTP connector: the
//! same client, the same calls, no socket.

use std::path::Path;

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

use crate::{Ledger, LedgerError};

/// Name of the table in an embedded ledger.
pub const TABLE: &str = "latchkey";

/// Opens an embedded ledger: in a file that outlives the process, or in memory.
///
/// # Errors
/// [`LedgerError::Refused`] when the file cannot be opened or is not a ledger.
pub async fn open(file: Option<&Path>) -> Result<Ledger, LedgerError> {
    let refused = |problem: String| LedgerError::Refused {
        call: "open",
        problem,
    };
    let database = match file {
        None => Database::memory(),
        Some(path) => {
            let text = path
                .to_str()
                .ok_or_else(|| refused(format!("the path {} is not UTF-8", path.display())))?;
            Database::new(text)
        }
    };
    let database = database.map_err(|e| refused(e.to_string()))?;
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .endpoint_url("http://embedded.invalid")
        .allow_no_auth()
        .http_client(Embedded(database))
        // Nothing is lost or slow on the way to it.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    let ledger = Ledger::new(aws_sdk_dynamodb::Client::from_conf(config), TABLE);
    ledger.create_table().await?;
    Ok(ledger)
}

#[derive(Clone)]
struct Embedded(Database);

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedded")
    }
}

impl HttpClient for Embedded {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Embedded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(answer(&self.0, &request))
    }
}

fn answer(database: &Database, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let operation = request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.rsplit('.').next())
        .unwrap_or_default();
    let body = request.body().bytes().unwrap_or_default();
    let (status, text) = match carry_out(database, operation, body) {
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

fn carry_out(database: &Database, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
    macro_rules! call {
        ($method:ident) => {{
            let request = serde_json::from_slice(body)
                .map_err(|e| DynoxideError::SerializationException(e.to_string()))?;
            serde_json::to_string(&database.$method(request)?)
                .map_err(|e| DynoxideError::InternalServerError(e.to_string()))
        }};
    }
    match operation {
        "CreateTable" => call!(create_table),
        "DescribeTable" => call!(describe_table),
        "GetItem" => call!(get_item),
        "PutItem" => call!(put_item),
        "UpdateItem" => call!(update_item),
        "DeleteItem" => call!(delete_item),
        "Query" => call!(query),
        "Scan" => call!(scan),
        "BatchGetItem" => call!(batch_get_item),
        "BatchWriteItem" => call!(batch_write_item),
        "TransactWriteItems" => {
            let mut request: TransactWriteItemsRequest = serde_json::from_slice(body)
                .map_err(|e| DynoxideError::SerializationException(e.to_string()))?;
            // The token lets a request that got no answer be sent again. Here each one gets its answer, and
            // remembering every transaction for ten minutes costs time and memory.
            request.client_request_token = None;
            serde_json::to_string(&database.transact_write_items(request)?)
                .map_err(|e| DynoxideError::InternalServerError(e.to_string()))
        }
        other => Err(DynoxideError::ValidationException(format!(
            "the embedded ledger does not offer the operation {other:?}"
        ))),
    }
}
