//! The close function.
