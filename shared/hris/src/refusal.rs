//! Why a delivery is not taken in, and the HTTP status that says so.

use crate::{MAX_BODY_BYTES, SOURCES, delivery::MAX_ID_BYTES};

/// Why a delivery is refused. The text is safe to answer with and to log: it names headers and fields,
/// never a secret, a signature that would have been right, or a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The address names a source that does not exist.
    #[error("there is no source `{name}`; there are: {}", source_names())]
    UnknownSource {
        /// The name in the address, cut to 64 characters.
        name: String,
    },
    /// A header that authenticates the delivery is missing or unusable.
    #[error("the header `{header}` {problem}; deliveries have to be signed")]
    Unsigned {
        /// The header's name.
        header: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The signature is not that of this body under the secret of the source.
    #[error(
        "the signature in `{header}` does not belong to this body; check that the secret stored for the source \
         `{source_name}` is the one the HR system signs with, and that nothing on the way changes the body"
    )]
    Forged {
        /// The header that carries the signature.
        header: &'static str,
        /// The source's name.
        source_name: &'static str,
    },
    /// The token, or user name and password, is not the one of the source.
    #[error(
        "the header `{header}` does not carry what the source `{source_name}` is to send; check that the secret stored \
         for it is the one that was entered in the HR system"
    )]
    WrongToken {
        /// The header that carries the token.
        header: &'static str,
        /// The source's name.
        source_name: &'static str,
    },
    /// The delivery was sent too long ago, or in the future.
    #[error(
        "the delivery was sent {} seconds {}, more than the {} allowed; have the HR system send it again, and check \
         both clocks when this repeats", .seconds.unsigned_abs(),
        if *.seconds >= 0 { "ago" } else { "in the future" },
        crate::TOLERANCE.as_secs()
    )]
    Stale {
        /// How long ago, in seconds; negative when the delivery comes from the future.
        seconds: i64,
    },
    /// The body is too large.
    #[error("the body has {bytes} bytes, more than the {MAX_BODY_BYTES} allowed")]
    Oversize {
        /// The body's length in bytes.
        bytes: usize,
    },
    /// The body is announced as something that the vendor does not send.
    #[error(
        "the body comes as `{content_type}`, which this source does not send; choose JSON as the webhook's format in the HR system"
    )]
    ContentType {
        /// What the header says, without parameters.
        content_type: String,
    },
    /// The delivery's id is too long to be kept.
    #[error(
        "the delivery's id has {bytes} bytes, more than the {MAX_ID_BYTES} allowed; send one that is shorter, and the same \
         when the delivery is sent again"
    )]
    LongId {
        /// The id's length in bytes.
        bytes: usize,
    },
    /// The body is not JSON.
    #[error("the body is not JSON: {problem}")]
    NotJson {
        /// Where and why, without the content.
        problem: String,
    },
    /// The body is JSON, but not what the source documents.
    #[error("the body is not a webhook as `{source_name}` documents it: {problem}")]
    Unreadable {
        /// The source's name.
        source_name: &'static str,
        /// Which part, and what is expected there.
        problem: String,
    },
    /// The event's type is not one of our own schema.
    #[error("`{event_type}` is not an event type; send one of: {known}")]
    UnknownEvent {
        /// The type that was sent, cut to 64 characters.
        event_type: String,
        /// Those that exist, with commas.
        known: String,
    },
    /// The secret stored for the source has not the form that its vendor gives out.
    #[error(
        "the secret stored for the source `{source_name}` {problem}; store it again as the HR system shows it"
    )]
    SecretUnusable {
        /// The source's name.
        source_name: &'static str,
        /// What is wrong with it, without its content.
        problem: &'static str,
    },
}

impl Refusal {
    /// The HTTP status to answer with.
    ///
    /// 401 for everything that fails to authenticate, as the Standard Webhooks specification advises.
    /// [`Refusal::SecretUnusable`] is our fault, not the caller's: 500, so that the vendor retries.
    pub fn status(&self) -> u16 {
        match self {
            Refusal::UnknownSource { .. } => 404,
            Refusal::Unsigned { .. }
            | Refusal::Forged { .. }
            | Refusal::WrongToken { .. }
            | Refusal::Stale { .. } => 401,
            Refusal::Oversize { .. } => 413,
            Refusal::ContentType { .. } => 415,
            Refusal::NotJson { .. } | Refusal::LongId { .. } => 400,
            Refusal::Unreadable { .. } | Refusal::UnknownEvent { .. } => 422,
            Refusal::SecretUnusable { .. } => 500,
        }
    }
}

fn source_names() -> String {
    let names: Vec<&str> = SOURCES.iter().map(|source| source.name()).collect();
    names.join(", ")
}
