//! The pages, on a real stack and its real listener, by whoever signed in with a link.

#![allow(missing_docs, clippy::unwrap_used)]

mod browser;
mod cases;
mod lived_in;
mod people;
mod provider;
mod report;
mod signing_in;
mod tasks;
mod today;
mod watching;
