//! The pages, a file each.

pub(crate) mod audit;
pub(crate) mod case;
pub(crate) mod cases;
pub(crate) mod findings;
mod hands;
pub(crate) mod held;
pub(crate) mod import;
pub(crate) mod me;
pub(crate) mod people;
pub(crate) mod report;
pub(crate) mod search;
pub(crate) mod setup;
pub(crate) mod system;
pub(crate) mod systems;
pub(crate) mod task;
pub(crate) mod today;
