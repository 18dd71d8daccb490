//! A DynamoDB inside the process (`dynoxide`, backed by SQLite) behind the SDK's own HTTP connector: the
//! same client, the same calls, no socket.

use std::{
    path::Path,
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    thread::Builder,
};

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
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::oneshot;

use crate::{
    FileTrouble, Ledger, LedgerError,
    error::{DAMAGED, FILE},
    keys::Key,
    store::{Here, Store},
};

/// Name of the table in an embedded ledger.
pub const TABLE: &str = "latchkey";

/// How the database's message about a row begins that is not what it wrote.
const BAD_ITEM: &str = "Bad item JSON";

/// Opens an embedded ledger: in a file that outlives the process, or in memory.
///
/// # Errors
/// [`LedgerError::File`] says what is wrong with the file and what is to be done.
pub async fn open(file: Option<&Path>) -> Result<Ledger, LedgerError> {
    let database = match file {
        None => Database::memory().map_err(|e| refused("open", &e))?,
        Some(path) => database(path)?,
    };
    let embedded = Embedded::start(database).map_err(|e| LedgerError::Refused {
        call: "open",
        problem: e.to_string(),
    })?;
    through(embedded).await
}

/// Opens the file of a ledger, or makes one, in the caller's own thread: it is closed, and all of it is in that one
/// file, when the last handle is dropped. For files that are moved or checked afterwards.
///
/// # Errors
/// [`LedgerError::File`] says what is wrong with the file and what is to be done.
pub async fn open_file_here(file: &Path) -> Result<Ledger, LedgerError> {
    let database = database(file)?;
    let new = database.table_count().map_err(|e| refused("open", &e))? == 0;
    let ledger = Ledger::of(Store::Here(Here::new(database, None)));
    if new {
        ledger.create_table().await?;
    }
    Ok(ledger)
}

fn database(file: &Path) -> Result<Database, LedgerError> {
    let text = file.to_str().ok_or_else(|| LedgerError::Refused {
        call: "open",
        problem: format!("the path {} is not UTF-8", file.display()),
    })?;
    Database::new(text).map_err(|e| refused("open", &e))
}

/// What the database says, as the ledger's error.
pub(crate) fn refused(call: &'static str, error: &DynoxideError) -> LedgerError {
    let name = error.error_type();
    let code = code_of_ours(error).unwrap_or(name.rsplit('#').next().unwrap_or(name));
    LedgerError::from_code(call, code, &error.to_string())
}

/// The same of a text of SQLite's own.
pub fn file_error(told: &str) -> LedgerError {
    LedgerError::from_code("open", FILE, told)
}

/// A code of our own for what DynamoDB has none: a row that is no JSON, which would be no JSON either if it was asked
/// for again, and a file that cannot be used. What is wrong with a file is told in SQLite's words, and comes by two
/// ways.
fn code_of_ours(error: &DynoxideError) -> Option<&'static str> {
    let told = match error {
        DynoxideError::InternalServerError(told) if told.starts_with(BAD_ITEM) => {
            return Some(DAMAGED);
        }
        DynoxideError::InternalServerError(told) => told.clone(),
        DynoxideError::SqliteError(told) => told.to_string(),
        _ => return None,
    };
    FileTrouble::of(&told).map(|_| FILE)
}

/// What becomes of a call to a simulated ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// It is carried out and answered.
    Answered,
    /// The table is throttled: nothing is done.
    Throttled,
    /// It is not carried out, and no answer ever comes.
    Lost,
    /// It is carried out, and no answer ever comes.
    AnswerLost,
}

/// Decides what becomes of each call to a simulated ledger.
pub trait Gate: Send + Sync + std::fmt::Debug {
    /// Called for every operation (`GetItem`, …), in the order in which they come.
    fn pass(&self, operation: &str) -> Passage;
}

/// Opens a ledger in memory that works in the caller's own thread and without the SDK's marshalling: for rehearsals,
/// which do one thing after the other and would only wait for another thread. Tests compare what it does with [`open`].
///
/// # Errors
/// [`LedgerError::Refused`] when there is no memory for it.
pub async fn open_here() -> Result<Ledger, LedgerError> {
    here(None).await
}

/// The same, each call through a gate.
///
/// # Errors
/// [`LedgerError::Refused`] when there is no memory for it.
pub async fn open_gated(gate: Arc<dyn Gate>) -> Result<Ledger, LedgerError> {
    here(Some(gate)).await
}

/// What somebody does who may write to the table and goes past Latchkey: the body of an item (`null` when there is
/// none) is changed, or with `None` the item taken away. For tests of what finds that.
///
/// # Errors
/// [`LedgerError::Refused`] for a ledger of [`open_here`], which has only its own calls.
pub async fn by_hand(
    ledger: &Ledger,
    (pk, sk): (&str, &str),
    change: impl FnOnce(serde_json::Value) -> Option<serde_json::Value>,
) -> Result<(), LedgerError> {
    let Store::Service(service) = &ledger.store else {
        return Err(LedgerError::Refused {
            call: "by hand",
            problem: "it is not behind the SDK".to_owned(),
        });
    };
    let key = Key {
        pk: pk.to_owned(),
        sk: sk.to_owned(),
    };
    service.by_hand(&key, change).await
}

async fn here(gate: Option<Arc<dyn Gate>>) -> Result<Ledger, LedgerError> {
    let database = Database::memory().map_err(|e| refused("open", &e))?;
    let ledger = Ledger::of(Store::Here(Here::new(database, gate)));
    ledger.create_table().await?;
    Ok(ledger)
}

async fn through(embedded: Embedded) -> Result<Ledger, LedgerError> {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .endpoint_url("http://embedded.invalid")
        .allow_no_auth()
        .http_client(embedded)
        // Nothing is lost or slow on the way to it.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    let ledger = Ledger::new(aws_sdk_dynamodb::Client::from_conf(config), TABLE);
    ledger.create_table().await?;
    Ok(ledger)
}

/// The database, in a thread of its own: SQLite works one call after the other and waits for the disk, and who calls it
/// must be free for other things meanwhile.
#[derive(Clone)]
struct Embedded(Sender<Job>);

type Job = Box<dyn FnOnce(&Database) + Send>;

impl Embedded {
    fn start(database: Database) -> std::io::Result<Embedded> {
        let (sender, jobs) = channel::<Job>();
        let work = move || {
            for job in jobs {
                job(&database);
            }
        };
        Builder::new().name("ledger".to_owned()).spawn(work)?;
        Ok(Embedded(sender))
    }

    /// Reads a call here, carries it out there, and writes its answer here.
    async fn call<Q, A>(
        &self,
        body: &[u8],
        work: fn(&Database, Q) -> Result<A, DynoxideError>,
    ) -> Result<String, DynoxideError>
    where
        Q: DeserializeOwned + Send + 'static,
        A: Serialize + Send + 'static,
    {
        let gone = || DynoxideError::InternalServerError("the database has stopped".to_owned());
        let request: Q = serde_json::from_slice(body)
            .map_err(|e| DynoxideError::SerializationException(e.to_string()))?;
        let (sender, answer) = oneshot::channel();
        let job: Job = Box::new(move |database| {
            // Nobody waits any more when the caller was dropped; the work is done all the same.
            let _ = sender.send(work(database, request));
        });
        self.0.send(job).map_err(|_| gone())?;
        let answer = answer.await.map_err(|_| gone())??;
        serde_json::to_string(&answer)
            .map_err(|e| DynoxideError::InternalServerError(e.to_string()))
    }

    async fn carry_out(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        match operation {
            "CreateTable" => self.call(body, Database::create_table).await,
            "GetItem" => self.call(body, Database::get_item).await,
            "PutItem" => self.call(body, Database::put_item).await,
            "UpdateItem" => self.call(body, Database::update_item).await,
            "DeleteItem" => self.call(body, Database::delete_item).await,
            "Query" => self.call(body, Database::query).await,
            "Scan" => self.call(body, Database::scan).await,
            "BatchGetItem" => self.call(body, Database::batch_get_item).await,
            "BatchWriteItem" => self.call(body, Database::batch_write_item).await,
            "TransactWriteItems" => {
                self.call(body, |database, request: TransactWriteItemsRequest| {
                    // The token lets a request that got no answer be sent again. Here each one gets its
                    // answer, and remembering all of them for ten minutes costs time and memory.
                    database.transact_write_items(TransactWriteItemsRequest {
                        client_request_token: None,
                        ..request
                    })
                })
                .await
            }
            other => Err(DynoxideError::ValidationException(format!(
                "the embedded ledger does not offer the operation {other:?}"
            ))),
        }
    }

    async fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let operation = request
            .headers()
            .get("x-amz-target")
            .and_then(|target| target.rsplit('.').next())
            .unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let (status, text) = match self.carry_out(operation, body).await {
            Ok(text) => (200, text),
            Err(error) if let Some(code) = code_of_ours(&error) => {
                let told = serde_json::Value::from(error.to_string());
                (400, format!(r#"{{"__type":"{code}","message":{told}}}"#))
            }
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
        let embedded = self.clone();
        HttpConnectorFuture::new(async move { embedded.answer(&request).await })
    }
}
