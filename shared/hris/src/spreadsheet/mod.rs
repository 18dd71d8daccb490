//! People in a spreadsheet, as CSV: what `latchkey import` takes over, and what HR drops as the source `csv`.
//!
//! A file is read as a whole: every mistake is told with line and column, and one of them keeps everything out.

mod changes;
mod people;
mod sheet;

pub use changes::{CSV, Known, Listing, Told, changes};
pub use people::{Listed, people};
pub use sheet::{Mistake, Row, Sheet};
