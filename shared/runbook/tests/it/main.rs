//! The language as those who write runbooks meet it.

mod samples;
