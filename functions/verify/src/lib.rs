//! The verify function.
