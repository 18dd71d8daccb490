//! What is known of a case here: what it was planned from, and where it stands.

use latchkey_lifecycle::{
    Case, CaseState, EmployeeId, EventId, Grounds, Matter, PlannedFrom, Until,
};
use serde::{Deserialize, Serialize};

use crate::want::Want;

/// How far a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Progress {
    /// Something is left to do: received, incomplete, held or open.
    Open,
    /// Everything on its checklist is verified or waived.
    Closed,
    /// Another one took its place.
    Superseded,
}

/// A case, as far as the story is concerned. What of it is kept in the ledger beside the case: everything but
/// `progress`, `acted` and `by`, which the case's own row knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCase {
    /// What it is about.
    pub matter: Matter,
    /// Whom it is about: the id by which the story calls them now.
    pub employee_id: EmployeeId,
    /// The events that it stands on.
    pub events: Vec<EventId>,
    /// The events that it takes back.
    pub undoes: Vec<EventId>,
    /// How long what it gives counts.
    pub until: Until,
    /// Nothing that HR says asks for it any more, but it acted, and the person works on its day (O4).
    pub kept: bool,
    /// What it was last planned from.
    pub from: PlannedFrom,
    /// How far it is.
    pub progress: Progress,
    /// Whether a step of it may have acted in a system.
    pub acted: bool,
    /// The case that took its place, by its place among the cases.
    pub by: Option<usize>,
}

impl KnownCase {
    /// A case of the ledger; none where it is not the story's. `by`: the place of the case that took its place, among
    /// those that are given to [`crate::difference`].
    pub fn of(case: &Case, by: Option<usize>) -> Option<KnownCase> {
        let grounds = case.grounds.as_ref()?;
        let progress = match case.state {
            CaseState::Closed => Progress::Closed,
            CaseState::Superseded if grounds.over => Progress::Closed,
            CaseState::Superseded => Progress::Superseded,
            CaseState::Received | CaseState::Incomplete | CaseState::Held | CaseState::Open => {
                Progress::Open
            }
        };
        let acts = matches!(case.state, CaseState::Open | CaseState::Closed);
        Some(KnownCase {
            matter: grounds.matter,
            employee_id: case.employee_id.clone(),
            events: grounds.events.clone(),
            undoes: grounds.undoes.clone(),
            until: grounds.until,
            kept: grounds.kept,
            from: grounds.from.clone(),
            progress,
            acted: grounds.acted || (acts && case.person.is_some()),
            by,
        })
    }

    /// What of it is kept with the case.
    pub fn grounds(&self) -> Grounds {
        Grounds {
            matter: self.matter,
            events: self.events.clone(),
            undoes: self.undoes.clone(),
            until: self.until,
            kept: self.kept,
            from: self.from.clone(),
            acted: self.acted,
            decided: None,
            left_out: false,
            over: false,
        }
    }

    pub(crate) fn begun(want: &Want) -> KnownCase {
        KnownCase {
            matter: want.from.matter,
            employee_id: want.from.employee_id.clone(),
            events: want.events.clone(),
            undoes: want.undoes.clone(),
            until: want.until,
            kept: false,
            from: want.from.clone(),
            progress: Progress::Open,
            acted: false,
            by: None,
        }
    }

    /// Whether it stands on what is wanted, as it is wanted.
    pub(crate) fn stands_on(&self, want: &Want) -> bool {
        self.events == want.events
            && self.undoes == want.undoes
            && self.until == want.until
            && !self.kept
    }

    pub(crate) fn stand_on(&mut self, want: &Want) {
        self.events.clone_from(&want.events);
        self.undoes.clone_from(&want.undoes);
        self.until = want.until;
        self.kept = false;
    }
}
