//! What somebody whom the runbook names in a team set for themselves: when they are away and who stands in, and which
//! letters of their own they get.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Somebody's own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnSettings {
    /// Whose they are: a work e-mail address, in lower case.
    pub address: String,
    /// Their name.
    pub name: String,
    /// When they are away, the first first. None overlaps another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absences: Vec<Absence>,
    /// Which letters of their own they get, besides those of their teams.
    #[serde(skip_serializing_if = "OwnLetters::are_none")]
    pub letters: OwnLetters,
}

/// Which letters of their own somebody gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OwnLetters {
    /// None: their team's mailbox has them all.
    #[default]
    None,
    /// Each when their team gets it.
    AtOnce,
    /// One a working morning; what is urgent at once.
    Digest,
}

impl OwnLetters {
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn are_none(&self) -> bool {
        *self == OwnLetters::None
    }
}

/// Days on which somebody is away, in the company's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Absence {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Who stands in, by work e-mail address; nobody by name where none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<String>,
}

impl Absence {
    /// Whether somebody is away on a day.
    pub fn is_on(&self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }

    /// Whether two of them have a day in common.
    pub fn overlaps(&self, other: &Absence) -> bool {
        self.from <= other.until && other.from <= self.until
    }
}

impl OwnSettings {
    /// The absence that a day of the company's time zone is in.
    pub fn away_on(&self, day: Date) -> Option<&Absence> {
        self.absences.iter().find(|absence| absence.is_on(day))
    }
}
