//! The System trait, HTTP client, fault kinds and secrets.
