//! The language as those who write runbooks meet it.

#![allow(clippy::unwrap_used)]

mod acme;
mod approvals;
mod broken;
mod described;
mod kinds;
mod mistakes;
mod names;
mod pages;
mod plans;
mod properties;
mod samples;
mod unmatched;
