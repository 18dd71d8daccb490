//! Windows as people say them: "10 working days before start at 09:00", "within 15 minutes", "now".

mod phrase;
mod resolve;

pub(crate) use phrase::hours_minutes;
pub use phrase::{Anchor, Phrase, PhraseError, TimeOfDay, Unit};
pub use resolve::{Edge, Moment};
