//! The adapter against real applications, by the descriptions that are the samples, and against a server that
//! misbehaves on purpose.

#![allow(clippy::unwrap_used)]

mod conformance;
mod hidden;
mod jupyterhub;
mod mailman;
mod misbehaving;
mod paging;
mod samples;
mod small;
