//! Google Workspace as the adapter meets it: a server of ours that keeps users, groups, licences and transfers as Google documents
//! it, every call and answer of which is held against Google's published discovery documents.

#![allow(clippy::unwrap_used)]

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
