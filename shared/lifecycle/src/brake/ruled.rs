//! What was decided about what the brake held, and is to be carried out.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::CaseId;

/// What a person decides about what is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ruling {
    /// It is meant: carry it out.
    Confirmed {
        /// Who says so.
        by: String,
    },
    /// It is a mistake: leave it out.
    LeftOut {
        /// Who says so.
        by: String,
        /// Why.
        reason: String,
    },
}

impl Ruling {
    /// Who says so.
    pub fn by(&self) -> &str {
        match self {
            Ruling::Confirmed { by } | Ruling::LeftOut { by, .. } => by,
        }
    }
}

/// A ruling that is being carried out. It is written down in one piece with what it is about, so that whoever is cut
/// off half-way leaves nothing undecided: who comes next goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ruled {
    /// What was decided about `cases`.
    pub ruling: Ruling,
    /// About which cases; those that it was carried out for are not among them any more.
    pub cases: BTreeSet<CaseId>,
    /// Cases that the same people leave out, each for a reason that stands in the draft of who decided.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub left_out: BTreeSet<CaseId>,
    /// The one of them by which the confirmers were asked, if it is one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<CaseId>,
    /// How it came about, where it was decided person by person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<OneByOne>,
}

impl Ruled {
    /// For how many it is still to be carried out.
    pub fn left(&self) -> usize {
        self.cases.len() + self.left_out.len()
    }

    /// The next ones that it is to be carried out for, at most so many: the one by which the confirmers were asked
    /// comes last, so that they are reminded until then.
    pub fn next(&self, most: usize) -> Vec<CaseId> {
        let all = self.cases.iter().chain(&self.left_out);
        let others = all.filter(|id| Some(*id) != self.asked.as_ref());
        let next: Vec<CaseId> = others.take(most).cloned().collect();
        match next.is_empty() {
            true => self.asked.clone().into_iter().collect(),
            false => next,
        }
    }
}

/// How a decision about each came about; it stays on record with each case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OneByOne {
    /// The address of who decided: their draft has the reasons.
    pub address: String,
    /// The list as it was seen, by its checksum.
    pub list: String,
    /// When it was shown once more (UTC).
    pub looked_at: Timestamp,
    /// When it was decided (UTC).
    pub decided_at: Timestamp,
    /// How many go on.
    #[serde(default)]
    pub go_on: usize,
    /// How many are left out.
    #[serde(default)]
    pub leave_out: usize,
}

/// What was decided about some of what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Who decided, by name and address.
    pub by: String,
    /// Who confirmed it, where two had to.
    pub second: Option<String>,
    /// These go on.
    pub goes_on: BTreeSet<CaseId>,
    /// These are left out.
    pub left_out: BTreeSet<CaseId>,
    /// How it came about.
    pub each: OneByOne,
}

/// A decision that counts once a second person confirms it. What it says about whom stands in the draft of who decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Who decided, by name and address.
    pub by: String,
    /// The address of who decided, in lower case.
    pub address: String,
    /// When it was shown to them once more (UTC).
    pub looked_at: Timestamp,
    /// When they decided (UTC).
    pub at: Timestamp,
    /// How many go on by it.
    pub go_on: usize,
    /// How many are left out by it.
    pub leave_out: usize,
}
