//! The pages, a file each.

pub(crate) mod me;
mod task_form;
pub(crate) mod task_link;
pub(crate) mod today;
