//! What a team is told of a finding, and what is done when somebody says that it may stay as it is.

mod accept;
mod repair;
mod words;

pub use accept::{NotAccepted, accept};
pub use repair::{NotAsked, ask_for_repair, not_repairable};
pub use words::{advice, advice_of_page, in_words, named, names_in, not_read};
