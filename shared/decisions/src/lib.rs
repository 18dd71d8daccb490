//! What an event of HR does, for every function that hears of one: intake (webhooks), drop (files), sweep (polls),
//! console (records that are completed, what the brake held) and mass events. The signature is checked over the raw
//! body, the payload becomes events, the person's story says what should exist, and event, cases and audit are one
//! transaction keyed by the delivery; then executions start.

mod addresses;
mod asked;
#[cfg(feature = "aws")]
mod aws_sources;
mod becomes;
mod braked;
mod complete;
mod decide;
mod expected;
mod foresee;
mod held;
mod http_records;
mod known;
pub mod listing;
mod mappings;
mod notices;
mod offer;
mod past;
mod poll;
mod receive;
mod record;
mod records_login;
mod request_id;
mod said;
mod take_in;
mod themselves;
mod told;
mod unknown;
mod unmatched;
mod whole;

#[cfg(feature = "aws")]
pub use aws_sources::AwsSources;
pub use complete::{CompleteError, asks_for_record, complete_record};
pub use expected::{Employment, Expected, Why, employment, today};
pub use foresee::{Foreseen, foresee};
pub use held::{
    Became, Decider, NotDecided, Stood, act_on_ruling, act_until, carry_on, confirm, decide_each,
    fill_in, held_among, held_cases, list_of_held, look_again, look_at_waiting, rule,
    standing_draft, stood, stood_among, take_back,
};
pub use http_records::{HttpRecords, NoSources};
pub use mappings::Mappings;
pub use offer::{Offer, Offered};
pub use past::long_past;
pub use poll::{Polled, poll, polls};
pub use receive::{Reply, receive};
pub use request_id::{REQUEST_ID, RequestId, identified};
pub use take_in::{Taken, take_in};
pub use themselves::{WhoIs, who_is};
pub use whole::Whole;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_hris::{Records, SourceSecret};
use latchkey_ledger::Ledger;
use latchkey_runtime::{Clock, Failure, Runbooks, Workflow};

/// What deciding about an event needs: it only reads.
#[derive(Clone, Copy)]
pub struct Looks<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The present instant.
    pub clock: &'a dyn Clock,
    /// Checked runbooks.
    pub runbooks: &'a Runbooks,
}

impl Deps {
    /// What deciding needs.
    pub fn looks(&self) -> Looks<'_> {
        Looks {
            ledger: &self.ledger,
            clock: self.clock.as_ref(),
            runbooks: &self.runbooks,
        }
    }
}

/// What taking in needs.
#[derive(Clone)]
pub struct Deps {
    /// The ledger.
    pub ledger: Ledger,
    /// The present instant.
    pub clock: Arc<dyn Clock>,
    /// Checked runbooks.
    pub runbooks: Arc<Runbooks>,
    /// The state machine.
    pub workflow: Arc<dyn Workflow>,
    /// What sources sign with.
    pub secrets: Arc<dyn SourceSecrets>,
    /// Records, for webhooks that carry only an id.
    pub records: Arc<dyn Records>,
    /// Sources that the runbook describes.
    pub mappings: Arc<Mappings>,
}

/// What sources sign their webhooks with.
#[async_trait]
pub trait SourceSecrets: Send + Sync {
    /// The secret of a source; `None` when the source is not set up here.
    async fn secret(&self, source: &str) -> Result<Option<SourceSecret>, Failure>;

    /// How a source's API is reached, for records: JSON with `address` and how to log in there.
    async fn api(&self, source: &str) -> Result<Option<String>, Failure>;

    /// Keeps what a vendor offers as its secret, when an operator awaits it; nothing is taken in by it. Whoever offers
    /// it has not shown who they are: without an operator's word nothing is written.
    async fn take_offer(
        &self,
        source: &str,
        token: &SourceSecret,
        now: Timestamp,
    ) -> Result<Offered, Failure> {
        let _ = (source, token, now);
        Ok(Offered::NotAwaited)
    }
}
