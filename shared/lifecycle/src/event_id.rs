//! The identity of an event.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The identity of an event: a digest of its words. The same words are one event, whatever the delivery.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventId(u128);

/// Why a text is no [`EventId`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoEventId(String);

impl fmt::Display for NoEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event id `{}` is not 32 hexadecimal digits", self.0)
    }
}

impl std::error::Error for NoEventId {}

impl EventId {
    /// The id whose digits are these.
    pub fn of_digest(digest: u128) -> EventId {
        EventId(digest)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for EventId {
    type Error = NoEventId;
    fn try_from(text: String) -> Result<EventId, NoEventId> {
        let plain = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        match u128::from_str_radix(&text, 16) {
            Ok(id) if plain => Ok(EventId(id)),
            _ => Err(NoEventId(text)),
        }
    }
}
