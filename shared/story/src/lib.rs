//! What HR confirmed about one person, all of it, and what follows: spells of work, leaves, what the person is on each
//! day, and the cases that should exist. `docs/STORY.md` has the rules; their marks (H1, X3, …) stand at the code that
//! follows them.
//!
//! Pure: no clock, no I/O. [`Story::of`] depends on the set of events alone, not on the order in which they came.

mod access;
mod case;
mod day;
mod difference;
mod draft;
mod event_id;
mod exit;
mod heard;
mod hire;
mod human;
mod humans;
mod leave;
mod migrate;
mod moved;
mod names;
mod order;
mod read;
mod rescission;
mod segments;
mod spell;
mod story;
mod telling;
mod told;
mod transfer;
mod want;
mod wants;
mod withdrawal;

pub use access::Access;
pub use case::{KnownCase, Progress};
pub use difference::{Becomes, Verb, apply, difference};
pub use heard::{Claim, Heard};
pub use human::Human;
pub use migrate::{MIGRATION, Migrated, OldCase, OldPerson, migrate};
pub use read::{AtWork, Confirmed, WithoutEffect};
pub use story::Story;
pub use want::Want;
