//! Sources' secrets in Secrets Manager.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_hris::SourceSecret;
use latchkey_runtime::{Failure, aws};
use sha2::{Digest, Sha256};

use crate::{Offer, Offered, SourceSecrets};

/// How long it is remembered that nobody awaits a token: whoever posts one must not make each post a call.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Secrets below a prefix: `hooks/SOURCE` is what it signs with, `records/SOURCE` how its API is reached,
/// `offered/SOURCE` until when what it offers to sign with is awaited, and what it offered.
#[derive(Debug)]
pub struct AwsSources(aws::SecretsManager);

impl AwsSources {
    /// Those that these secrets have.
    pub fn new(secrets: aws::SecretsManager) -> AwsSources {
        AwsSources(secrets)
    }

    /// Awaits what a source offers. Whether there is a place for it.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be written.
    pub async fn await_offer(&self, source: &str, until: Timestamp) -> Result<bool, Failure> {
        let name = format!("offered/{source}");
        self.0.put(&name, &text(&Offer::until(until))?).await
    }
}

fn text(offer: &Offer) -> Result<String, Failure> {
    serde_json::to_string(offer).map_err(|e| Failure::Broken(e.to_string()))
}

#[async_trait]
impl SourceSecrets for AwsSources {
    async fn secret(&self, source: &str) -> Result<Option<SourceSecret>, Failure> {
        let text = self.0.text(&format!("hooks/{source}")).await?;
        // A secret is made with a value at once; `null` is how it is left empty, here as in a file of secrets.
        let text = text.filter(|text| text.trim() != "null");
        Ok(text.map(SourceSecret::new))
    }

    async fn api(&self, source: &str) -> Result<Option<String>, Failure> {
        self.0.text(&format!("records/{source}")).await
    }

    async fn take_offer(
        &self,
        source: &str,
        token: &SourceSecret,
        now: Timestamp,
    ) -> Result<Offered, Failure> {
        let name = format!("offered/{source}");
        let kept = self.0.text_within(&name, REMEMBERED).await?;
        // What a stack makes the secret with is awaited by nobody.
        let kept: Option<Offer> = kept.and_then(|kept| serde_json::from_str(&kept).ok());
        let Some(mut offer) = kept else {
            return Ok(Offered::NotAwaited);
        };
        let before = offer.clone();
        let offered = offer.take(token, now);
        if offer == before {
            return Ok(offered);
        }
        // Of those that come at the same time the first one counts: all have the same id.
        let id = hex::encode(Sha256::digest(format!("{source} {}", offer.until)));
        match self.0.put_once(&name, &text(&offer)?, &id).await? {
            true => Ok(Offered::Kept),
            false => Ok(Offered::Another),
        }
    }
}
