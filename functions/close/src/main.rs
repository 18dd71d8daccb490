//! The Lambda: builds its clients once and runs.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use latchkey_runtime::{Runbooks, WallClock, aws};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::start_tracing();
    let config = aws::config().await;
    let ledger = aws::ledger(&config)?;
    let runbooks = Runbooks::default();
    let workflow = aws::StateMachine::from_env(&config)?;
    aws::run(async |request: close::Request| {
        let deps = close::Deps {
            ledger: &ledger,
            clock: &WallClock,
            runbooks: &runbooks,
            workflow: &workflow,
        };
        close::handle(&deps, &request).await
    })
    .await
}
