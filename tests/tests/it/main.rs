//! The promises of the design, each tried on the whole stack.

#![allow(clippy::unwrap_used)]

mod account_names;
mod csv_drop;
mod foresee;
mod import;
mod incomplete_records;
mod intake_refuses;
mod links;
mod log;
mod mass;
mod poll;
mod promise_11_two_people;
mod promise_12_gates;
mod promise_1_windows;
mod promise_2_closing;
mod promise_2_whole_reads;
mod promise_3_idempotent;
mod promise_4_deliveries;
mod promise_4_exits_not_lost;
mod promise_4_late_and_unknown;
mod promise_4_not_read;
mod promise_4_unknown_events;
mod promise_5_changes;
mod promise_5_goes_on;
mod promise_5_later_decisions;
mod promise_5_side_by_side;
mod promise_5_transfers;
mod promise_6_failures;
mod promise_6_half_told;
mod promise_6_operators;
mod promise_6_systems_at_rest;
mod promise_6_told_again;
mod promise_7_exits;
mod promise_7_one_hangs;
mod promise_7_refused;
mod promise_8_brake;
mod promise_9_and_10;
mod promise_9_tampering;
mod restart;
mod retention;
mod shown;
mod sources;
mod start_dates;
mod sweep;
mod sweep_accepted;
