//! Microsoft Entra as the adapter meets it. Nobody can run Microsoft's own service on a machine of theirs, so there is
//! a directory of ours that answers what Microsoft documents; what goes back and forth is held against the contract
//! that Microsoft publishes (see `contract`), and tokens come from `emulate`, which nobody here wrote (see `token`).

#![allow(clippy::unwrap_used)]

mod calls;
mod conformance;
mod contract;
mod delta;
mod errors;
mod graph;
mod groups;
mod leaving;
mod licences;
mod people;
mod roles;
mod tenant;
mod token;
