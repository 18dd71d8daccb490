//! What a rehearsal found, as data: `latchkey rehearse --json` prints it.

use jiff::{
    Timestamp,
    civil::{Date, Weekday},
};
use latchkey_lifecycle::{CaseId, CaseState, RunbookVersion, TaskId, TaskState, What};
use serde::Serialize;

/// What a rehearsal found. Instants are UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The company.
    pub company: String,
    /// The company's time zone (IANA), in which days are counted.
    pub time_zone: String,
    /// The runbook's version.
    pub runbook: RunbookVersion,
    /// The choices, in the words in which they were made.
    pub choices: Vec<String>,
    /// When HR confirms the event: the first instant.
    pub begins: Timestamp,
    /// The last instant that was rehearsed.
    pub ends: Timestamp,
    /// Each case, in the order in which they were begun.
    pub cases: Vec<CaseReport>,
    /// What happened, in order.
    pub timeline: Vec<Entry>,
    /// The figures.
    pub summary: Summary,
    /// The days from the first instant to the last on which nobody works, where the first case's person does.
    pub rest: Vec<Date>,
    /// The day on which the company's weeks begin.
    #[serde(skip)]
    pub week_begins: Weekday,
}

impl Report {
    /// The last instant that matters: the end, or the end of a window.
    pub(crate) fn last_instant(&self) -> Timestamp {
        last_instant(&self.cases, self.ends)
    }
}

pub(crate) fn last_instant(cases: &[CaseReport], ends: Timestamp) -> Timestamp {
    let tasks = cases.iter().flat_map(|case| &case.tasks);
    let due = tasks.filter(|task| task.outcome != Outcome::LeftOut);
    due.map(|task| task.due).fold(ends, Timestamp::max)
}

/// A case at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseReport {
    /// Its identifier.
    pub id: CaseId,
    /// For whom: name and employee id.
    pub whom: String,
    /// The event and its day, in words.
    pub event: String,
    /// Where it stands at the end.
    pub state: CaseState,
    /// When it was closed or superseded.
    pub ended_at: Option<Timestamp>,
    /// Its tasks, by their windows.
    pub tasks: Vec<TaskReport>,
}

/// A task at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskReport {
    /// Its name within the case.
    pub id: TaskId,
    /// One line for people.
    pub title: String,
    /// Who does it: a system or a team, by name.
    pub by: String,
    /// Whether a machine does it.
    pub automatic: bool,
    /// When its window opens.
    pub opens: Timestamp,
    /// By when it must be verified.
    pub due: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Where it stands at the end.
    pub state: TaskState,
    /// How it went.
    pub outcome: Outcome,
    /// What happened to it, in order: for the chart.
    pub marks: Vec<Mark>,
}

/// Whether a title says already who does it: approvals of one thing are told apart by the team that gives them.
pub(crate) fn says_who(title: &str, who: &str) -> bool {
    let said = title.strip_suffix(')');
    said.and_then(|said| said.strip_suffix(who))
        .is_some_and(|before| before.ends_with('('))
}

/// How a task went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Verified within its window.
    InTime,
    /// Verified after it was due.
    Late,
    /// Left out by name, or with its case.
    LeftOut,
    /// Past due and not verified at the end of the rehearsal.
    Missed,
    /// Not due yet at the end of the rehearsal.
    Open,
}

impl Outcome {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Outcome::InTime => "in time",
            Outcome::Late => "late",
            Outcome::LeftOut => "left out",
            Outcome::Missed => "MISSED, still open",
            Outcome::Open => "open, not due yet",
        }
    }
}

/// Something that happened to a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
    /// In words.
    pub text: String,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// HR confirmed something.
    Confirmed,
    /// A checklist was written.
    Planned,
    /// A system's step began.
    Begun,
    /// A team was asked.
    Asked,
    /// A team was reminded.
    Reminded,
    /// A window was missed, and who must know was told.
    Missed,
    /// The escalation contact was told.
    Escalated,
    /// A system was changed.
    CarriedOut,
    /// A step failed.
    Trouble,
    /// A step waits until its system may be called again.
    Paused,
    /// A person says that it is done, or confirms it.
    Done,
    /// A person declined or did not confirm.
    Declined,
    /// It was read back, attested or confirmed.
    Verified,
    /// It was left out.
    LeftOut,
    /// A case was closed.
    Closed,
    /// A case was superseded.
    Superseded,
    /// An e-mail beside the tasks: a summary, an alert.
    Mail,
    /// Something else that stands in the audit trail.
    Note,
}

impl Kind {
    /// The kind of an audit record.
    pub(crate) fn of_record(what: &What, of_case: bool) -> Kind {
        match what {
            What::Received | What::Moved if of_case => Kind::Confirmed,
            What::Planned => Kind::Planned,
            What::Begun => Kind::Begun,
            What::Asked => Kind::Asked,
            What::Reminded => Kind::Reminded,
            What::Missed => Kind::Missed,
            What::Escalated => Kind::Escalated,
            What::CarriedOut | What::CarriedOutInPart => Kind::CarriedOut,
            What::Trouble => Kind::Trouble,
            What::Paused => Kind::Paused,
            What::Done | What::Confirmed => Kind::Done,
            What::Declined | What::Refused | What::NotConfirmed => Kind::Declined,
            What::Verified => Kind::Verified,
            What::Waived => Kind::LeftOut,
            What::Closed => Kind::Closed,
            What::Superseded => Kind::Superseded,
            What::Received
            | What::Noted
            | What::Moved
            | What::Changed
            | What::GoesOn
            | What::Asks
            | What::LeftOut
            | What::Decided
            | What::PlannedAnew
            | What::Named
            | What::WrittenAnew
            | What::Restarted
            | What::ToldAgain
            | What::Renewed
            | What::Redriven
            | What::StandsStill
            | What::Retired
            | What::Opened
            | What::OpenedAgain
            | What::Told
            | What::PutOff
            | What::RepairAsked
            | What::NotRepaired
            | What::Repaired
            | What::Accepted
            | What::Taken
            | What::HandedOver
            | What::PutAside
            | What::DecisionWaits
            | What::DecisionTakenBack
            | What::Downloaded
            | What::LookedAtFile
            | What::TookInFile
            | What::LookedThrough
            | What::Away
            | What::NotAway
            | What::LettersChosen
            | What::Attached
            | What::QuestionAsked
            | What::QuestionAnswered
            | What::Other(_) => Kind::Note,
        }
    }

    /// In one or two words.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Confirmed => "confirmed",
            Kind::Planned => "planned",
            Kind::Begun => "begun",
            Kind::Asked => "asked",
            Kind::Reminded => "reminded",
            Kind::Missed => "MISSED",
            Kind::Escalated => "ESCALATED",
            Kind::CarriedOut => "carried out",
            Kind::Trouble => "trouble",
            Kind::Paused => "paused",
            Kind::Done => "done",
            Kind::Declined => "declined",
            Kind::Verified => "verified",
            Kind::LeftOut => "left out",
            Kind::Closed => "closed",
            Kind::Superseded => "superseded",
            Kind::Mail => "e-mail",
            Kind::Note => "note",
        }
    }
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The day of the rehearsal in the company's time zone, from 1.
    pub day: i64,
    /// What kind of thing.
    pub kind: Kind,
    /// Which case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// Which task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The task's line for people, or what else it is about.
    pub about: String,
    /// Who: a team, a system, a person as they signed, or a function.
    pub who: String,
    /// In plain words.
    pub text: String,
    /// The addresses that got an e-mail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mail_to: Vec<String>,
}

/// The figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Days of calendar, from the first to the last.
    pub days: i64,
    /// Tasks of all cases.
    pub tasks: usize,
    /// Verified within their windows.
    pub in_time: usize,
    /// Verified late.
    pub late: usize,
    /// Left out.
    pub left_out: usize,
    /// Past due and open.
    pub missed: usize,
    /// Not due yet.
    pub open: usize,
    /// E-mails.
    pub emails: usize,
    /// Reminders among what happened.
    pub reminders: usize,
    /// Escalations among what happened.
    pub escalations: usize,
    /// Failures of systems that owners can read about.
    pub troubles: usize,
    /// Whether every case has ended.
    pub closed: bool,
}
