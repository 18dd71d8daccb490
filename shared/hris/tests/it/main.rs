//! Webhooks as vendors document them.

#![allow(clippy::unwrap_used)]

mod fixtures;
mod refusals;
mod vendor;
