//! The Lambda: builds its clients once and takes webhooks behind API Gateway.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use std::sync::Arc;

use latchkey_decisions::SourceSecrets;
use latchkey_runtime::{Runbooks, WallClock, aws};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    aws::start_tracing();
    let config = aws::config().await;
    let prefix = aws::setting("LATCHKEY_SECRETS_PREFIX")?;
    let secrets = aws::SecretsManager::new(&config, prefix);
    let secrets: Arc<dyn SourceSecrets> = Arc::new(latchkey_decisions::AwsSources::new(secrets));
    let deps = latchkey_decisions::Deps {
        ledger: aws::ledger(&config)?,
        clock: Arc::new(WallClock),
        runbooks: Arc::new(Runbooks::default()),
        workflow: Arc::new(aws::StateMachine::from_env(&config)?),
        records: Arc::new(latchkey_decisions::HttpRecords::new(Arc::clone(&secrets))?),
        mappings: Arc::default(),
        secrets,
    };
    lambda_http::run(intake::router(deps)).await
}
