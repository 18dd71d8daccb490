//! The pages, a file each.

pub(crate) mod me;
pub(crate) mod people;
pub(crate) mod search;
mod task_form;
pub(crate) mod task_link;
pub(crate) mod today;
