//! The kind against real servers: the oldest version that is supported, and the newest.

#![allow(clippy::unwrap_used)]

mod company;
mod conformance;
mod connections;
mod roles;
