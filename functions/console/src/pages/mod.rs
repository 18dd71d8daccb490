//! The pages, a file each.

pub(crate) mod me;
pub(crate) mod report;
pub(crate) mod task;
pub(crate) mod today;
