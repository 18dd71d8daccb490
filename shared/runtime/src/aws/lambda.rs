//! The Lambda side of a function: tracing as JSON lines, and the loop that takes requests.

use std::future::Future;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use tracing_subscriber::util::SubscriberInitExt;

use latchkey_lifecycle::shown::without_values;

use crate::{Failure, log_as_json};

/// One JSON line per event on standard output, where CloudWatch Logs takes it.
pub fn start_tracing() {
    // A second call keeps the first subscriber.
    let _ = log_as_json(std::io::stdout).try_init();
}

/// Runs a function's handler for each request, until Lambda ends the process.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn run<Q, A, H, F>(handle: H) -> Result<(), lambda_runtime::Error>
where
    Q: DeserializeOwned + Send,
    A: Serialize + Send,
    H: Fn(Q) -> F + Sync,
    F: Future<Output = Result<A, Failure>> + Send,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<serde_json::Value>| async move {
        let request = serde_json::from_value(event.payload)
            .map_err(|e| Failure::Broken(format!("the request does not fit: {}", without_values(&e.to_string()))))
            .map_err(Diagnostic::from)?;
        handle(request).await.map_err(|failure| {
            tracing::warn!(request_id = event.context.request_id, error = failure.name(), %failure, "failed");
            Diagnostic::from(failure)
        })
    }))
    .await
}
