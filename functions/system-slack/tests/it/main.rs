//! Slack as the adapter meets it: `emulate`, which nobody here wrote, with what it lacks put before it; and a workspace
//! of ours that answers what Slack documents, errors first of all.

#![allow(clippy::unwrap_used)]

mod administration;
mod channels;
mod conformance;
mod errors;
mod form;
mod front;
mod people;
mod usergroups;
mod workspace;
