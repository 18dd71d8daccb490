//! The ask function.
