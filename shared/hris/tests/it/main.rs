//! Webhooks as vendors document them.

#![allow(clippy::unwrap_used)]

mod fixtures;
mod map;
mod polls;
mod refusals;
mod signatures;
mod unread;
mod vendor;
