//! HR webhooks: signatures and payloads to events.
//!
//! A delivery to `POST /hooks/{source}` goes through the same three steps for every vendor:
//!
//! 1. [`Source::authenticate`]: is the raw body signed by the vendor, and recently?
//! 2. [`Source::translate`]: what does it say? Either events, or only which record changed, or
//!    nothing of interest.
//! 3. Where the webhook carried only an id: the edge fetches the record ([`Records`]) and
//!    [`Source::translate_record`] turns it into events.
//!
//! **A new vendor** is one file in `vendors/` that implements [`Source`], one line in
//! [`SOURCES`], and its payloads as fixtures in `events/NAME/`. `docs/HR-SOURCES.md` is the page for the people
//! who set it up.
//!
//! Nothing here reads a clock, a file or a network.

mod content_key;
mod delivery;
mod map;
pub mod normalise;
mod poll;
mod record_fields;
mod records;
mod refusal;
mod signature;
mod source;
mod spreadsheet;
mod standard_webhooks;
mod tell;
mod translation;
mod update;
mod vendors;

pub use content_key::content_key;
pub use delivery::{Authentic, Delivery, MAX_BODY_BYTES, Outgoing, SourceSecret, TOLERANCE};
pub use map::{MapProblem, MapSource};
pub use poll::{Asked, Change, Page, Poll, Reached};
pub use records::{RecordError, RecordRequest, Records};
pub use refusal::Refusal;
pub use source::{SOURCES, Source, source};
pub use spreadsheet::{
    CSV, Known, Listed, Listing, MAX_FILE_BYTES, Mistake, MistakeAbout, People, Row, Said, Sheet,
    Told, changes, lacking, people, text_of,
};
pub use tell::generic_payload;
pub use translation::{Notice, Translation};
pub use update::is_new;
pub use vendors::generic::{
    GenericData, GenericPayload, GenericPerson, GenericType, generic_schema,
};
