//! **drop**: takes in a CSV file of people that HR drops, the source `csv`. The file is compared with who is known, and
//! what differs is what HR confirmed by dropping it: hires, transfers, exits. A file with a mistake is refused as a
//! whole.
//!
//! What is taken in is known then, so the same file again, or one whose taking in was cut off, gives only what is still
//! new.

mod file;
mod letters;
mod take;

pub use file::{Bucket, Detail, Files, Object, Request, handle};
pub use latchkey_decisions::listing::{Dropped, Line, Looked, Taken, look};
pub use latchkey_hris::MAX_FILE_BYTES as MAX_BYTES;
pub use take::{Outcome, take};

/// What drop needs.
#[derive(Clone, Copy)]
pub struct Deps<'a> {
    /// What takes events in.
    pub intake: &'a latchkey_decisions::Deps,
}
