//! The Lambda: builds its clients once and runs.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use std::sync::Arc;

use latchkey_runtime::{KnownSystems, Runbooks, SystemDeps, TaskRequest, WallClock, aws};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::start_tracing();
    let config = aws::config().await;
    let ledger = aws::ledger(&config)?;
    let secrets = aws::SecretsManager::new(&config, aws::setting("LATCHKEY_SECRETS_PREFIX")?);
    let systems = KnownSystems::new(latchkey_kinds::open, Arc::new(secrets), aws::loopback())?;
    let workflow = aws::StateMachine::from_env(&config)?;
    let runbooks = Runbooks::default();
    aws::run(async |request: TaskRequest| {
        let systems = SystemDeps {
            ledger: &ledger,
            clock: &WallClock,
            runbooks: &runbooks,
            systems: &systems,
        };
        verify::handle(
            &verify::Deps {
                systems,
                workflow: &workflow,
            },
            &request,
        )
        .await
    })
    .await
}
