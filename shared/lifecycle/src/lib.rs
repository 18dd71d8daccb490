//! Person, event, case, task, account, and converge. Pure.
