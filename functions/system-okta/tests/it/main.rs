//! Okta as the adapter meets it: `emulate`, which nobody here wrote, with what it lacks put before it; and an
//! organisation of ours that answers what Okta documents, errors first of all.

#![allow(clippy::unwrap_used)]

mod conformance;
mod errors;
mod front;
mod organisation;
mod people;
mod statuses;
mod token;
