//! The promises of the design, each tried on the whole stack.

#![allow(clippy::unwrap_used)]

mod promise_1_windows;
