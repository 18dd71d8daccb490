//! Google Workspace as the adapter meets it: a server of ours that keeps users, groups, licences and transfers as
//! Google documents it, every call and answer of which is held against Google's published discovery documents.

// What a test server refuses with is an answer, and answers are large.
#![allow(clippy::unwrap_used, clippy::result_large_err)]

mod batches;
mod conformance;
mod contract;
mod errors;
mod exits;
mod fields;
mod hand_over;
mod licences;
mod people;
mod routes;
mod token;
mod workspace;
