//! Documents: checked for shape, turned into types. [`latchkey_yaml`] reads them.

pub(crate) mod shape;
pub(crate) mod typed;

pub(crate) use typed::At;
