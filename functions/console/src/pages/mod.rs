//! The pages, a file each.

pub(crate) mod findings;
pub(crate) mod held;
pub(crate) mod me;
pub(crate) mod people;
pub(crate) mod search;
pub(crate) mod systems;
mod task_form;
pub(crate) mod task_link;
pub(crate) mod today;
