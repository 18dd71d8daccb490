//! The pages, on a real stack and its real listener, by whoever signed in with a link.

#![allow(missing_docs, clippy::unwrap_used)]

mod approvals;
mod as_it_is;
mod audit;
mod browser;
mod case_lists;
mod cases;
mod dressed;
mod evidence;
mod held;
mod import;
mod lived_in;
mod me;
mod people;
mod provider;
mod report;
mod second_look;
mod setup;
mod signing_in;
mod system;
mod talks;
mod tasks;
mod themselves;
mod today;
mod watching;
