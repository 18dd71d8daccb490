//! IAM Identity Center as the adapter meets it: `moto`, which nobody here wrote, with what it lacks put before it; and
//! a server of ours that answers what AWS documents, errors first of all.

#![allow(clippy::unwrap_used)]
#![recursion_limit = "256"]

mod assignments;
mod aws;
mod conformance;
mod errors;
mod exit;
mod front;
mod people;
mod server;
