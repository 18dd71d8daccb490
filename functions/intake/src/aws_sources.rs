//! Sources' secrets in Secrets Manager.

use async_trait::async_trait;
use latchkey_hris::SourceSecret;
use latchkey_runtime::{Failure, aws};

use crate::SourceSecrets;

/// Secrets below a prefix: `hooks/SOURCE` is what it signs with, `records/SOURCE` how its API is reached, `offered/SOURCE` what
/// it offers to sign with.
#[derive(Debug)]
pub struct AwsSources(aws::SecretsManager);

impl AwsSources {
    /// Those that these secrets have.
    pub fn new(secrets: aws::SecretsManager) -> AwsSources {
        AwsSources(secrets)
    }
}

#[async_trait]
impl SourceSecrets for AwsSources {
    async fn secret(&self, source: &str) -> Result<Option<SourceSecret>, Failure> {
        let text = self.0.text(&format!("hooks/{source}")).await?;
        Ok(text.map(SourceSecret::new))
    }

    async fn api(&self, source: &str) -> Result<Option<String>, Failure> {
        self.0.text(&format!("records/{source}")).await
    }

    async fn keep_offered(&self, source: &str, secret: &SourceSecret) -> Result<bool, Failure> {
        self.0
            .put(&format!("offered/{source}"), secret.expose())
            .await
    }
}
