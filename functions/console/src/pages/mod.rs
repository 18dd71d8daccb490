//! The pages, a file each.

pub(crate) mod case;
pub(crate) mod cases;
pub(crate) mod me;
mod task_form;
pub(crate) mod task_link;
pub(crate) mod today;
