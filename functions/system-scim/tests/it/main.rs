//! The adapter against servers: one that nobody here wrote, and one that misbehaves on purpose.

#![allow(clippy::unwrap_used)]

mod conformance;
mod incomplete;
mod life_of_an_account;
mod misbehaving;
mod rules;
mod vendor;
mod vendors;
mod whole;
