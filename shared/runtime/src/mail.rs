//! Sending: what the queue of letters hands over, and what comes back.

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_lifecycle::Letter;

/// What goes out as one e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The same each time that it is tried, whatever how far an instant is by then: what stands before the `@` of its Message-ID (RFC 5322, section 3.6.4), so
    /// that an e-mail that was sent twice is one for whoever reads it.
    pub id: String,
    /// The team whose subscription gets it.
    pub team: String,
    /// The address.
    pub to: String,
    /// Of one line, and nothing in it that a mail program would decode.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same words as HTML, where there is more to it than lines.
    pub html: Option<String>,
    /// Whether mail programs are to show that it cannot wait.
    pub urgent: bool,
    /// When the first of its letters was written (UTC).
    pub written_at: Timestamp,
    /// The letters that it brings: one, or what a team is asked at one instant.
    pub letters: Vec<Letter>,
}

/// Headers of an e-mail besides those that every one has: that a machine wrote it, so that no absence answers it, and
/// whether it cannot wait.
/// Source: RFC 3834, section 5 (Auto-Submitted); RFC 2156 and RFC 4021 (Importance). X-Priority stands in no standard, and
/// is what some mail programs look for.
pub fn headers(envelope: &Envelope) -> &'static [(&'static str, &'static str)] {
    const ALL: [(&str, &str); 3] = [
        ("Auto-Submitted", "auto-generated"),
        ("Importance", "high"),
        ("X-Priority", "1"),
    ];
    match envelope.urgent {
        true => &ALL,
        false => ALL.get(..1).unwrap_or_default(),
    }
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
    /// Whether an e-mail goes to the address that it is for. SNS writes to whoever subscribed for a team.
    fn reaches_people(&self) -> bool {
        true
    }

    /// Hands an e-mail over.
    async fn send(&self, envelope: &Envelope) -> Result<(), MailError>;
}
