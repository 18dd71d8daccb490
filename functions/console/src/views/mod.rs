//! What the pages show, as plain values read from the ledger: no page touches a key or a row's bookkeeping.

pub(crate) mod access;
pub(crate) mod approval;
pub(crate) mod case;
pub(crate) mod history;
pub(crate) mod next;
pub(crate) mod person;
pub(crate) mod progress;
pub(crate) mod proof;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod state;
pub(crate) mod task;
pub(crate) mod then;
