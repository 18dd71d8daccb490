//! Who may see and do what in Latchkey's pages: one table of roles and actions, and the question `may` that every
//! handler asks once. Pure: what somebody is comes from the runbook (`latchkey_runbook::Runbook::roles_of_address`) and
//! from HR's records.

mod action;
mod actor;
mod role;
mod table;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use actor::{Actor, On, Refused, may};
pub use role::Role;
pub use table::{Reach, TABLE, reach};
