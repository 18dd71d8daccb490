//! The console function.
