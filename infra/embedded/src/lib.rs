//! The whole stack in one process: the same handlers, workflow and ledger calls.
