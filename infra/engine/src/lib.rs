//! A small, strict interpreter of the Amazon States Language that the workflow uses.
