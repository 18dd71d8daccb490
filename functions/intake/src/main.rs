//! The Lambda: builds its clients once and takes webhooks behind API Gateway.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use std::sync::Arc;

use async_trait::async_trait;
use intake::SourceSecrets;
use latchkey_hris::SourceSecret;
use latchkey_runtime::{Failure, Runbooks, WallClock, aws};

/// Source secrets in Secrets Manager, below `LATCHKEY_SECRETS_PREFIX` as `hooks/SOURCE`.
struct Secrets(Arc<aws::SecretsManager>);

#[async_trait]
impl SourceSecrets for Secrets {
    async fn secret(&self, source: &str) -> Result<Option<SourceSecret>, Failure> {
        let text = self.0.text(&format!("hooks/{source}")).await?;
        Ok(text.map(SourceSecret::new))
    }

    async fn api(&self, source: &str) -> Result<Option<String>, Failure> {
        self.0.text(&format!("records/{source}")).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    aws::start_tracing();
    let config = aws::config().await;
    let prefix = aws::setting("LATCHKEY_SECRETS_PREFIX")?;
    let secrets: Arc<dyn SourceSecrets> =
        Arc::new(Secrets(Arc::new(aws::SecretsManager::new(&config, prefix))));
    let deps = intake::Deps {
        ledger: aws::ledger(&config)?,
        clock: Arc::new(WallClock),
        runbooks: Arc::new(Runbooks::default()),
        workflow: Arc::new(aws::StateMachine::from_env(&config)?),
        records: Arc::new(intake::HttpRecords::new(Arc::clone(&secrets))?),
        secrets,
    };
    lambda_http::run(intake::router(deps)).await
}
