//! People in a spreadsheet, as CSV: what `latchkey import` takes over, and what HR drops as the source `csv`.
//!
//! A file is read as a whole: every mistake is told with line and cell, and one of them keeps everything out.

mod changes;
mod day;
mod people;
mod person;
mod sheet;
mod spoiled;

pub use changes::{CSV, Known, Listing, Told, changes};
pub use latchkey_sheet::{
    About as MistakeAbout, MAX_BYTES as MAX_FILE_BYTES, Mistake, Row, text_of,
};
pub use people::{Listed, People, lacking, people};
pub use person::Said;
pub use sheet::Sheet;
