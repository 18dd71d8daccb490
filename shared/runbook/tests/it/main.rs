//! The language as those who write runbooks meet it.

#![allow(clippy::unwrap_used)]

mod acme;
mod approvals;
mod broken;
mod described;
mod files;
mod gates;
mod kinds;
mod mistakes;
mod mutations;
mod names;
mod own_text;
mod pages;
mod plans;
mod properties;
mod samples;
mod two_decide;
mod unmatched;
