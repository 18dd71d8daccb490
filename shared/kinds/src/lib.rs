//! The kinds of system this build knows: one line each.
