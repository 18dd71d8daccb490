//! A task: one line of a case's access checklist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    CaseId, Entitlement, EntitlementNeeds, Goal, LeftOut, Revision, SystemId, TaskId, TeamId,
};

/// When a task may begin and by when it must be verified. Instants in UTC; the words of the runbook were
/// resolved in the person's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The task may begin from this instant on, not before.
    pub opens: Timestamp,
    /// The task must be verified by this instant; later is missed.
    pub due: Timestamp,
}

/// The instants at which an unfinished task is chased. All UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoints {
    /// The owner is reminded, before the task is due.
    pub remind: Timestamp,
    /// After this instant, at or after due, the owner's escalation contact is told.
    pub escalate: Timestamp,
}

/// Who or what does a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "by")]
pub enum Work {
    /// A system's Lambda converges the account.
    #[serde(rename_all = "camelCase")]
    System {
        /// Which system.
        system: SystemId,
        /// The system's kind, e.g. `scim`: names the Lambda that does it.
        kind: String,
        /// What is wanted of the account.
        goal: Goal,
        /// Order among entitlements.
        #[serde(default)]
        needs: EntitlementNeeds,
        /// Whether it takes back what earlier decisions gave.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        takes: bool,
    },
    /// A person of the owner team does it.
    #[serde(rename_all = "camelCase")]
    Person {
        /// What to do, in the runbook's words with the person's details filled in.
        instructions: String,
        /// Steps to tick off.
        #[serde(default)]
        checklist: Vec<String>,
        /// What to fill in.
        #[serde(default)]
        fields: Vec<Field>,
    },
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line of text.
    #[default]
    Text,
    /// A whole or decimal number.
    Number,
    /// A calendar day.
    Date,
    /// Yes or no.
    YesNo,
}

/// Something an owner fills in: a serial number, a badge number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Its name in the evidence.
    pub name: String,
    /// What the page asks.
    pub label: String,
    /// What it takes.
    #[serde(default)]
    pub kind: FieldKind,
    /// Whether the task can be completed without it.
    #[serde(default)]
    pub required: bool,
}

/// How a task is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "how")]
pub enum Verification {
    /// The owner's own word and evidence.
    Attested,
    /// A second team confirms it.
    SecondTeam {
        /// Which team.
        team: TeamId,
    },
    /// The system is read.
    ReadBack {
        /// Which system.
        system: SystemId,
        /// Its kind.
        kind: String,
        /// What must be so.
        goal: Goal,
    },
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TaskState {
    /// Waits for its window or for other tasks.
    Planned,
    /// A system is being changed or read.
    Running,
    /// Its owner has been asked.
    Asked,
    /// Its owner says that it is done; not verified yet.
    Answered,
    /// The second team has been asked to confirm.
    Confirming,
    /// Its owner declined, with a reason; the escalation contact has it.
    Declined,
    /// Read back, attested or confirmed.
    Verified,
    /// Left out by a named person with a reason.
    Waived,
}

impl TaskState {
    /// Whether the task has ended: nothing more will be done for it.
    pub fn is_ended(self) -> bool {
        matches!(self, TaskState::Verified | TaskState::Waived)
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TaskState::Planned => "planned",
            TaskState::Running => "running",
            TaskState::Asked => "asked",
            TaskState::Answered => "answered",
            TaskState::Confirming => "confirming",
            TaskState::Declined => "declined",
            TaskState::Verified => "verified",
            TaskState::Waived => "waived",
        })
    }
}

/// Which question an owner's link answers. A task can be asked several times: done by its owner, confirmed
/// by a second team, mended by the system's owner, decided by the escalation contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Do it.
    Do,
    /// Confirm that it was done.
    Confirm,
    /// Mend what the system would not do.
    Mend,
}

impl Step {
    /// As it stands in links and the workflow's input.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Do => "do",
            Step::Confirm => "confirm",
            Step::Mend => "mend",
        }
    }
}

/// What an owner answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "answer")]
pub enum Answer {
    /// It is done.
    Done(Evidence),
    /// It will not be done by this owner.
    Declined {
        /// Who says so.
        by: String,
        /// Why.
        reason: String,
    },
    /// It is left out.
    Waived {
        /// Who decides so.
        by: String,
        /// Why.
        reason: String,
    },
}

/// What an owner gives when a task is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Who did it, as they signed.
    pub by: String,
    /// Their work e-mail address, of whoever had signed in; a letter's link knows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Steps that were ticked off.
    #[serde(default)]
    pub steps: Vec<String>,
    /// Fields by name.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where more of it is, e.g. a ticket: an address that begins with `https://` or `http://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Of an approval: what is not given, each with the reason. The rest of what was asked for is approved.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<Entitlement, String>,
}

/// One line of a case's access checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Its name within the case.
    pub id: TaskId,
    /// The case.
    pub case_id: CaseId,
    /// The case's revision that last planned it; fences every write.
    pub revision: Revision,
    /// One line for people.
    pub title: String,
    /// Why it is on the checklist: roles, or the line of the runbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The team it belongs to.
    pub owner: TeamId,
    /// Who or what does it.
    pub work: Work,
    /// When.
    pub window: Window,
    /// When it is chased.
    pub checkpoints: Checkpoints,
    /// Tasks of the case that must have ended first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<TaskId>,
    /// Those of `needs` that have to be verified: when one of them is left out, so is this one (promise 12).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub gates: BTreeSet<TaskId>,
    /// Tasks of the case that need this one; the ledger fills it in when it writes the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed_by: Vec<TaskId>,
    /// How it is verified.
    pub verification: Verification,
    /// An approval: declining it leaves out the tasks that need it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
    /// What it gives or takes. When its owner is asked for something else, what was done of it has to be done anew.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub access: BTreeSet<Entitlement>,
    /// The system in which it gives `access`; none where it gives nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives_in: Option<SystemId>,
    /// Where it stands.
    pub state: TaskState,
    /// When it ended (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The last answer of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Why it was left out, when nobody decided about it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
    /// What went wrong last, in plain words, until it is mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

impl Task {
    /// The system that it acts on or is verified by.
    pub fn system(&self) -> Option<&SystemId> {
        match (&self.work, &self.verification) {
            (Work::System { system, .. }, _) | (_, Verification::ReadBack { system, .. }) => {
                Some(system)
            }
            _ => None,
        }
    }

    /// Whether it ended within its window. `None` while it has not ended.
    pub fn on_time(&self) -> Option<bool> {
        self.ended_at.map(|at| at <= self.window.due)
    }

    /// Whether it is late: its window has passed, and it has not ended. Whoever is asked again afterwards has time until
    /// a later instant; it is late all the same. What ended late makes no open case late.
    pub fn is_late(&self, now: Timestamp) -> bool {
        !self.state.is_ended() && self.window.due < now
    }
}
