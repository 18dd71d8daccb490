//! GitHub as the adapter meets it: `emulate`, which nobody here wrote, with what it lacks put before it; GitHub's own
//! description of its API, which looks over every call; and an organisation of ours that answers what GitHub documents,
//! errors first of all.

#![allow(clippy::unwrap_used)]

mod app;
mod bodies;
mod conformance;
mod contract;
mod errors;
mod front;
mod graphql;
mod identity;
mod lists;
mod organisation;
mod outside;
mod pending;
mod people;
