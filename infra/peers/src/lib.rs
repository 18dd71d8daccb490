//! Servers that nobody here wrote, for the demo and for tests.
