//! The Lambda side of a function: tracing as JSON lines, and the loop that takes requests.

use std::{future::Future, panic::AssertUnwindSafe};

use futures::FutureExt;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use tracing_subscriber::util::SubscriberInitExt;

use latchkey_lifecycle::shown::without_values;

use crate::{Failure, log_as_json};

/// One JSON line per event on standard output, where CloudWatch Logs takes it. Of a panic it says where it was; what
/// was said in it may be about a person, and goes nowhere.
pub fn start_tracing() {
    // A second call keeps the first subscriber.
    let _ = log_as_json(std::io::stdout).try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

/// How a process exits that panicked (sysexits.h, `EX_SOFTWARE`).
const CRASHED: i32 = 70;

/// A panic that nobody caught ends the process: Lambda answers `Runtime.ExitError`, which the workflow tries again, and
/// nothing of what was left half done is in the next process.
async fn or_end<T>(work: impl Future<Output = T>) -> T {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => done,
        Err(_) => std::process::exit(CRASHED),
    }
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
        or_end(handle(request)).await.map_err(|failure| {
            tracing::warn!(request_id = event.context.request_id, error = failure.name(), %failure, "failed");
            Diagnostic::from(failure)
        })
    }))
    .await
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Diagnostic {
        Diagnostic {
            error_type: failure.name().to_owned(),
            error_message: failure.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not a test of its own: what the next one starts.
    #[tokio::test]
    #[ignore = "it ends the process"]
    async fn a_process_that_panics() {
        start_tracing();
        or_end(async { panic!("Zoë Müller") }).await;
    }

    #[test]
    fn a_panic_ends_the_process_and_says_where_but_not_of_whom() {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("aws::lambda::tests::a_process_that_panics")
            .output()
            .unwrap();
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&child.stdout),
            String::from_utf8_lossy(&child.stderr)
        );
        assert_eq!(child.status.code(), Some(CRASHED), "{said}");
        assert!(said.contains("lambda.rs") && !said.contains("Zo"), "{said}");
    }

    #[test]
    fn a_failure_reaches_lambda_under_its_own_name() {
        let all = [
            Failure::Busy(String::new()),
            Failure::Unreachable(String::new()),
            Failure::Rejected(String::new()),
            Failure::Unauthorized(String::new()),
            Failure::Conflict(String::new()),
            Failure::Incomplete(String::new()),
            Failure::NotYet(String::new()),
            Failure::Down(String::new()),
            Failure::Fenced(String::new()),
            Failure::NotAllEnded(String::new()),
            Failure::Broken(String::new()),
        ];
        let names = all.map(|f| Diagnostic::from(f).error_type);
        assert_eq!(names.each_ref().map(String::as_str), Failure::NAMES);
    }
}
