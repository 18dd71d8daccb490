//! The cases that should exist: what each is planned from, and what it stands on.

use latchkey_lifecycle::{EventId, PlannedFrom, Until};

/// A case that should exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// What it is planned from.
    pub from: PlannedFrom,
    /// The events that it stands on, in the order of decisions; the first one founds it.
    pub events: Vec<EventId>,
    /// The events that it takes back.
    pub undoes: Vec<EventId>,
    /// How long what it gives counts.
    pub until: Until,
    /// The exit that ended it at once: it is not carried out any more (O7).
    pub over: Option<EventId>,
}
