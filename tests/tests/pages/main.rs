//! The pages, on a real stack and its real listener, by whoever signed in with a link.

#![allow(missing_docs, clippy::unwrap_used)]

mod audit;
mod browser;
mod cases;
mod held;
mod import;
mod me;
mod lived_in;
mod people;
mod provider;
mod report;
mod setup;
mod signing_in;
mod system;
mod tasks;
mod today;
mod watching;
