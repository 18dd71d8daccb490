//! The story against its specification: scenarios, the reference model, and invariants over every order of arrival.

#![allow(missing_docs, clippy::unwrap_used)]

mod against_the_model;
mod any_event;
mod chance;
mod events;
mod every_order;
mod fixtures;
mod invariants;
mod invariants_of_cases;
mod migrating;
mod of_one_event;
mod properties;
mod scenarios;
mod scribe;
mod systems;
