//! The Lambda: builds its clients once and serves the pages behind API Gateway.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use std::sync::Arc;

use latchkey_runtime::{Runbooks, WallClock, aws};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    aws::start_tracing();
    let config = aws::config().await;
    let intake = latchkey_decisions::Deps {
        ledger: aws::ledger(&config)?,
        clock: Arc::new(WallClock),
        runbooks: Arc::new(Runbooks::default()),
        workflow: Arc::new(aws::StateMachine::from_env(&config)?),
        // The console takes no webhooks in: it has no source's secret and reads no HR record.
        secrets: Arc::new(latchkey_decisions::NoSources),
        records: Arc::new(latchkey_decisions::NoSources),
        mappings: Arc::default(),
    };
    let deps = console::Deps {
        intake,
        links: Arc::new(aws::links(&config).await?),
        sign_in: console::SignInBy::Nothing,
    };
    lambda_http::run(console::router(deps)).await
}
