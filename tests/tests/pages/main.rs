//! The pages, on a real stack and its real listener, by whoever signed in with a link.

#![allow(missing_docs, clippy::unwrap_used)]

mod approvals;
mod browser;
mod cases;
mod evidence;
mod people;
mod provider;
mod report;
mod signing_in;
mod talks;
mod tasks;
mod today;
mod watching;
