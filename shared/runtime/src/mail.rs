//! Sending: what the queue of letters hands over, and what comes back.

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_lifecycle::Letter;

/// What goes out as one e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The same each time that it is tried: what stands before the `@` of its Message-ID (RFC 5322, section 3.6.4), so
    /// that an e-mail that was sent twice is one for whoever reads it.
    pub id: String,
    /// The team whose subscription gets it.
    pub team: String,
    /// The address.
    pub to: String,
    /// Of one line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// When the first of its letters was written (UTC).
    pub written_at: Timestamp,
    /// The letters that it brings: one, or what a team is asked at one instant.
    pub letters: Vec<Letter>,
}

/// Why an e-mail was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// Its address was refused, and is refused again most likely.
    Refused,
    /// Not now, not this one: others may be taken.
    Later,
    /// Nothing is taken at present.
    Down,
}

/// An e-mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the letter to team `{team}` was not sent: {problem}")]
pub struct MailError {
    /// For whom it was.
    pub team: String,
    /// What went wrong, in the words of whoever did not take it.
    pub problem: String,
    /// What follows from it.
    pub why: NotTaken,
}

/// Sending e-mails. Only the function `mail` sends: steps write letters to the ledger.
#[async_trait]
pub trait Mail: Send + Sync {
    /// Hands an e-mail over.
    async fn send(&self, envelope: &Envelope) -> Result<(), MailError>;
}
