//! The Lambda: builds its clients once and runs.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use std::sync::Arc;

use latchkey_decisions::SourceSecrets;
use latchkey_runtime::{KnownSystems, Runbooks, Subscriptions, WallClock, aws};

/// Seconds for reading systems; what is left of the function's fifteen minutes is for findings and letters.
const LIMIT_SECONDS: u32 = 12 * 60;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::start_tracing();
    let config = aws::config().await;
    let ledger = aws::ledger(&config)?;
    let secrets = aws::SecretsManager::new(&config, aws::setting("LATCHKEY_SECRETS_PREFIX")?);
    let systems = KnownSystems::new(latchkey_kinds::open, Arc::new(secrets), aws::loopback())?;
    // Set where letters go to a topic.
    let subscribers = aws::Subscribers::from_env(&config).ok();
    let pages = aws::setting("LATCHKEY_PUBLIC_URL").ok();
    // How HR systems' APIs are reached stands elsewhere than how systems' are.
    let sources = aws::SecretsManager::new(&config, aws::setting("LATCHKEY_SOURCES_PREFIX")?);
    let sources: Arc<dyn SourceSecrets> = Arc::new(latchkey_decisions::AwsSources::new(sources));
    let hr = latchkey_decisions::Deps {
        ledger: ledger.clone(),
        clock: Arc::new(WallClock),
        runbooks: Arc::new(Runbooks::default()),
        workflow: Arc::new(aws::StateMachine::from_env(&config)?),
        records: Arc::new(latchkey_decisions::HttpRecords::new(Arc::clone(&sources))?),
        mappings: Arc::default(),
        secrets: sources,
    };
    aws::run(async |mut request: sweep::Request| {
        request.limit_seconds.get_or_insert(LIMIT_SECONDS);
        let deps = sweep::Deps {
            ledger: &ledger,
            clock: &WallClock,
            runbooks: &hr.runbooks,
            systems: &systems,
            workflow: Some(hr.workflow.as_ref()),
            subscriptions: subscribers.as_ref().map(|s| s as &dyn Subscriptions),
            hr: Some(&hr),
            pages: pages.as_deref(),
            heard: None,
        };
        sweep::handle(&deps, &request).await
    })
    .await
}
