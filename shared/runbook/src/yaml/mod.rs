//! YAML with places: read into a tree, checked for shape, turned into types.

pub(crate) mod node;
pub(crate) mod shape;
pub(crate) mod typed;

pub(crate) use typed::At;
