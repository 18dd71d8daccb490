//! The Lambda: builds its clients once and takes the files that S3 tells of.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::{Client, error::DisplayErrorContext};
use drop::{Files, Object};
use latchkey_runtime::{Failure, Runbooks, WallClock, aws};

/// The bucket.
struct Buckets(Client);

#[async_trait]
impl Files for Buckets {
    async fn read(&self, bucket: &str, object: &Object) -> Result<Vec<u8>, Failure> {
        let asked = self.0.get_object().bucket(bucket).key(&object.key);
        let answer = asked.set_version_id(object.version_id.clone()).send().await;
        let answer = answer.map_err(|e| {
            let text = format!("the file cannot be read: {}", DisplayErrorContext(&e));
            match e.raw_response().map(|raw| raw.status().as_u16()) {
                Some(403) => Failure::Unauthorized(text),
                _ => Failure::Busy(text),
            }
        })?;
        let unread = |e| Failure::Unreachable(format!("the file cannot be read to its end: {e}"));
        Ok(answer.body.collect().await.map_err(unread)?.to_vec())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::start_tracing();
    let config = aws::config().await;
    // No webhook comes here, and no record is read.
    let intake = latchkey_decisions::Deps {
        ledger: aws::ledger(&config)?,
        clock: Arc::new(WallClock),
        runbooks: Arc::new(Runbooks::default()),
        workflow: Arc::new(aws::StateMachine::from_env(&config)?),
        secrets: Arc::new(latchkey_decisions::NoSources),
        records: Arc::new(latchkey_decisions::NoSources),
        mappings: Arc::default(),
    };
    let files = Buckets(Client::new(&config));
    aws::run(async |request: drop::Request| {
        let deps = drop::Deps { intake: &intake };
        drop::handle(&deps, &files, &request).await
    })
    .await
}
