//! A file of everybody, as HR drops it or gives it on a page: what it says against what is known, and taking it in.

mod look;
mod take;

use jiff::Timestamp;

pub use look::{Line, Looked, look};
pub use take::{Taken, take_line};

/// A file that was dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Its name, for whoever has to correct it.
    pub name: String,
    /// When it was dropped (UTC).
    pub at: Timestamp,
    /// Its contents.
    pub bytes: Vec<u8>,
}
