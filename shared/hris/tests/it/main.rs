//! Webhooks as vendors document them.

#![allow(clippy::unwrap_used)]

mod fixtures;
mod map;
mod refusals;
mod signatures;
mod vendor;
