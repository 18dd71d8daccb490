//! The Lambda of a kind of system.

use std::sync::Arc;

use crate::{
    KnownSystems, Opener, Runbooks, SystemDeps, TaskRequest, WallClock,
    aws::{SecretsManager, config, ledger, loopback, run, setting, start_tracing},
    carry,
};

/// Builds the clients once, and carries tasks out in systems of a kind until Lambda ends the process.
///
/// # Errors
/// When a setting of the environment is missing, TLS cannot be set up, or the Lambda runtime cannot be reached.
pub async fn serve_system(open: Opener) -> Result<(), lambda_runtime::Error> {
    start_tracing();
    let config = config().await;
    let ledger = ledger(&config)?;
    let secrets = SecretsManager::new(&config, setting("LATCHKEY_SECRETS_PREFIX")?);
    let systems = KnownSystems::new(open, Arc::new(secrets), loopback())?;
    let runbooks = Runbooks::default();
    run(async |request: TaskRequest| {
        let deps = SystemDeps {
            ledger: &ledger,
            clock: &WallClock,
            runbooks: &runbooks,
            systems: &systems,
        };
        carry(&deps, &request).await
    })
    .await
}
