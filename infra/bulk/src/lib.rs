//! Many at once, from a spreadsheet: the people who are there already, and **mass events** (an acquisition, a
//! reorganisation, a lay-off).
//!
//! A file is read as a whole before anything is done with it: every mistake is told with line and column, and one of
//! them keeps everything out. Each line is a delivery of the HR source `generic` with an id of its own, and goes
//! through the same intake as a webhook; so the same file twice is the same deliveries, and a run that was cut off is
//! run again.

mod deliver;
mod events;
mod foresee;
mod in_words;
mod people;
mod sum;

pub use deliver::{Door, DoorAnswer, Here, Hook, Nowhere, Stopped, TakenIn, take_in};
pub use events::{Line, MassFile, events};
pub use foresee::{Becomes, ForeseeError, Foresight, One, foresee};
pub use in_words::in_words;
pub use latchkey_hris::{Mistake, People};
pub use people::people;
pub use sum::{Cases, Changes, Fates, Sum};
