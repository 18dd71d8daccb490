//! The adapter against the sample function, run as AWS runs it, and against functions that go wrong.

#![allow(clippy::unwrap_used)]

mod company;
mod conformance;
mod wrong;
