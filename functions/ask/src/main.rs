//! The Lambda: builds its clients once and runs.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use latchkey_runtime::{Runbooks, WallClock, aws};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::start_tracing();
    let config = aws::config().await;
    let ledger = aws::ledger(&config)?;
    let workflow = aws::StateMachine::to_resume(&config);
    let links = aws::links(&config).await?;
    let runbooks = Runbooks::default();
    aws::run(async |request: ask::Request| {
        let deps = latchkey_questions::Deps {
            ledger: &ledger,
            clock: &WallClock,
            runbooks: &runbooks,
            workflow: &workflow,
            links: &links,
        };
        ask::handle(&deps, &request).await
    })
    .await
}
