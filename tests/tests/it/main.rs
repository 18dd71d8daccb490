//! The promises of the design, each tried on the whole stack.

#![allow(clippy::unwrap_used)]

mod promise_1_windows;
mod promise_2_closing;
mod promise_3_idempotent;
mod promise_4_deliveries;
mod promise_6_failures;
