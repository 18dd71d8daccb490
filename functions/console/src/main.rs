//! The Lambda: builds its clients once and serves the pages behind API Gateway.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use std::sync::Arc;

use console::{Bucket, Provider, ProviderSettings, SignInBy};
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
    let sign_in = sign_in(&config).await?;
    // The console calls no system and reads no source's secret: it shows what sweeps and commands came to know.
    let place = latchkey_checks::Place {
        sign_in: sign_in.for_checks(),
        address: aws::setting("LATCHKEY_PUBLIC_URL").ok(),
        ..latchkey_checks::Place::default()
    };
    let deps = console::Deps {
        intake,
        links: Arc::new(aws::links(&config).await?),
        // It reaches no system: what is asked for there is done by the next sweep.
        repairs: None,
        sign_in,
        place: Arc::new(place),
        attachments: Arc::new(Bucket::new(
            &config,
            &aws::setting("LATCHKEY_ATTACHMENTS")?,
        )?),
    };
    lambda_http::run(console::router(deps)).await
}

/// The company's sign-in provider, where the stack names one.
async fn sign_in(config: &aws::SdkConfig) -> Result<SignInBy, lambda_http::Error> {
    let Ok(issuer) = aws::setting("LATCHKEY_SIGN_IN_ISSUER") else {
        return Ok(SignInBy::Nothing);
    };
    let name = aws::setting("LATCHKEY_SIGN_IN_SECRET")?;
    let provider = Provider::new(ProviderSettings {
        issuer,
        client_id: aws::setting("LATCHKEY_SIGN_IN_CLIENT")?,
        client_secret: aws::SecretsManager::new(config, "").text(&name).await?,
        pages_at: aws::setting("LATCHKEY_PUBLIC_URL")?,
        groups_claim: aws::setting("LATCHKEY_SIGN_IN_GROUPS").ok(),
    })?;
    Ok(SignInBy::Provider(Arc::new(provider)))
}
