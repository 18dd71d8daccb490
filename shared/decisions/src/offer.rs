//! Secrets that vendors offer before they sign with them. Anybody can send one, so none is taken unless an operator
//! awaits it: then one, into a place of its own, for a person to confirm it to the vendor. Nothing is taken in by it.

use std::fmt;

use jiff::Timestamp;
use latchkey_hris::SourceSecret;
use serde::{Deserialize, Serialize};

/// What an operator awaits, and what came.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Until when a token is awaited.
    pub until: Timestamp,
    /// The one that came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// What became of a token that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It is kept.
    Kept,
    /// Nobody awaits one.
    NotAwaited,
    /// Another one came before it.
    Another,
}

impl Offer {
    /// Awaits a token.
    pub fn until(until: Timestamp) -> Offer {
        Offer { until, token: None }
    }

    /// Takes a token, when it is the first one and in time.
    pub fn take(&mut self, token: &SourceSecret, now: Timestamp) -> Offered {
        if now >= self.until {
            return Offered::NotAwaited;
        }
        let kept = self.token.get_or_insert_with(|| token.expose().to_owned());
        match kept == token.expose() {
            true => Offered::Kept,
            false => Offered::Another,
        }
    }
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Offer(… until {})", self.until)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_first_token_within_the_time_is_taken_and_no_other() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut offer = Offer::until(at("2026-11-23T07:15:00Z"));
        let (now, late) = (at("2026-11-23T07:14:59Z"), at("2026-11-23T07:15:00Z"));
        let (one, other) = (SourceSecret::new("one"), SourceSecret::new("other"));
        assert_eq!(offer.take(&one, late), Offered::NotAwaited);
        assert_eq!(offer.token, None);
        assert_eq!(offer.take(&one, now), Offered::Kept);
        assert_eq!(offer.take(&other, now), Offered::Another);
        assert_eq!(offer.take(&one, now), Offered::Kept);
        assert_eq!(offer.take(&one, late), Offered::NotAwaited);
        assert_eq!(offer.token.as_deref(), Some("one"));
        assert!(!format!("{offer:?}").contains("one"));
    }
}
