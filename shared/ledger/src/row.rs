//! How an item stands in the table: the thing itself, a version for optimistic locking, and the head of
//! its audit chain.

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{
    AuditBody, AuditRecord, Audited, GENESIS, Mark, Step, Task, TaskState, TeamId, Verification,
    Work,
};
use serde::{Deserialize, Serialize};

use crate::{Attached, InHand, Somebody, keys};

/// An item with its lock and the head of its audit chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row<T> {
    /// Counts writes; every write names the version it saw.
    pub version: u64,
    /// Number of records in the audit chain.
    pub audit_seq: u64,
    /// Hash of the last record.
    pub audit_hash: String,
    /// The thing itself.
    pub item: T,
}

impl<T> Row<T> {
    /// A row that is not in the table yet.
    pub fn new(item: T) -> Row<T> {
        Row {
            version: 0,
            audit_seq: 0,
            audit_hash: GENESIS.to_owned(),
            item,
        }
    }

    /// Chains a record to this row, which is as it is to be written.
    pub(crate) fn chain(&mut self, body: AuditBody) -> AuditRecord
    where
        T: Audited,
    {
        let mark = Some(self.item.mark());
        let record = AuditRecord::after(self.audit_seq, &self.audit_hash, body, mark);
        self.audit_seq = record.seq;
        self.audit_hash.clone_from(&record.hash);
        record
    }
}

/// A question that stands with an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asking {
    /// What is asked.
    pub step: Step,
    /// Counts the questions of this task; a link of an earlier one is dead.
    pub serial: u32,
    /// When it was first asked (UTC).
    pub since: Timestamp,
    /// When the answer is due (UTC).
    pub due: Timestamp,
    /// Letters that went out for this question: `asked`, `reminded`, `missed`, `escalated`.
    #[serde(default)]
    pub sent: Vec<String>,
    /// When the last of them went out (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Timestamp>,
    /// That it was put off after it was asked: its window was moved, and opens later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_off: Option<PutOff>,
    /// Whether it has been answered; what the answer was stands with the task.
    #[serde(default)]
    pub answered: bool,
    /// The task token that an answer resumes. Never shown, logged or passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// When the state of the workflow was entered that opened it, by the state machine's clock (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Timestamp>,
    /// Whose turn it was last to wait for its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
}

/// A question that was put off: whoever was asked is told at once, and asked again when its window opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutOff {
    /// By when it was due as they were told last (UTC).
    pub was_due: Timestamp,
    /// Whether the letter about it was written.
    pub told: bool,
}

/// Whoever decides is told again after this time, for as long as the question is open.
const QUIET: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Asking {
    /// Whether it was escalated, and nobody answered or was told again for a week.
    pub fn has_gone_quiet(&self, now: Timestamp) -> bool {
        let escalated = self.sent.iter().any(|sent| sent == "escalated");
        let told = self.told.unwrap_or(self.due);
        escalated && !self.answered && now.duration_since(told) >= QUIET
    }
}

/// A second team is asked so often; when it does not confirm then, its escalation contact decides.
const REFUSALS: u32 = 2;
/// A system's owner is asked so often to mend a task; then their escalation contact has it.
const MENDS: u32 = 4;

/// A task as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskRow {
    /// The task.
    pub task: Task,
    /// The question that stands with its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asking: Option<Asking>,
    /// The task token that waits for the tasks that this one needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holding: Option<String>,
    /// Whether owner and escalation contact were told that the task is late because of tasks it needs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told_late: bool,
    /// Whose turn it was last to wait with that token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// How often its step had to wait for its system, since the step was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pauses: Option<Pauses>,
    /// How often its second team did not confirm it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refusals: u32,
    /// How often somebody was asked to mend it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mends: u32,
    /// Whether it was done again since it was not as wanted when it was read back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done_again: bool,
    /// Who of the team that is asked has it in hand, and what is half done of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_hand: Option<InHand>,
    /// Files that were added as evidence, in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Attached>,
}

impl TaskRow {
    /// The team that a step's question goes to.
    pub fn asked_team(&self, step: Step) -> &TeamId {
        match (step, &self.task.verification) {
            (Step::Confirm, Verification::SecondTeam { team }) => team,
            _ => &self.task.owner,
        }
    }

    /// Where the pages find it: with the team that has been asked, or that will be.
    pub(crate) fn index(&self) -> Vec<(&'static str, String)> {
        let task = &self.task;
        let open = self.asking.as_ref().filter(|asking| !asking.answered);
        let (team, asked, at) = match (open, &task.work) {
            _ if task.state.is_ended() => return Vec::new(),
            (Some(asking), _) => (self.asked_team(asking.step), true, asking.due),
            (None, Work::Person { .. }) if task.state == TaskState::Planned => {
                (&task.owner, false, task.window.opens)
            }
            _ => return Vec::new(),
        };
        vec![
            ("gsi1pk", keys::tasks_shelf(team, asked)),
            ("gsi1sk", keys::task_place(at, &task.case_id, &task.id)),
        ]
    }

    /// Where it is found by whoever has it in hand: a team's list may be longer than anybody reads.
    pub(crate) fn index_by_hands(&self) -> Vec<(&'static str, String)> {
        let task = &self.task;
        let due = self.asking.as_ref().map(|asking| asking.due);
        match (self.has(), due) {
            (Some(has), Some(due)) => vec![
                ("gsi1pk", keys::hands_shelf(&has.address)),
                ("gsi1sk", keys::task_place(due, &task.case_id, &task.id)),
            ],
            _ => Vec::new(),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Which try of which state of the workflow a call belongs to. Each state of a task is entered after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// When the state was entered, by the state machine's clock (UTC).
    pub entered: Timestamp,
    /// How often the state had been tried before.
    pub retry: u32,
}

impl Turn {
    /// Whether a later call has had its turn: this one is a copy that comes late, or the try before the one that went
    /// on, and its token is dead. Without a turn (executions that began before there were any) every call counts.
    pub fn is_over(turn: Option<Turn>, last: Option<Turn>) -> bool {
        turn.is_some() && turn < last
    }
}

/// The pauses of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pauses {
    /// How many because the system failed, or asked for time.
    pub count: u32,
    /// When the first one began (UTC).
    pub since: Timestamp,
    /// How many in line, because as many as may call it did.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub turns: u32,
    /// The turn that it has in line (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Timestamp>,
}

impl TaskRow {
    /// Whether it went to and fro often enough: somebody else has to decide, or it would never end.
    pub fn is_for_the_escalation(&self) -> bool {
        match self.asking.as_ref().map(|asking| asking.step) {
            Some(Step::Confirm) => self.refusals >= REFUSALS,
            Some(Step::Mend) => self.mends >= MENDS,
            Some(Step::Do) | None => false,
        }
    }

    /// Who has the question that stands in hand, and what is half done of it.
    pub fn hands(&self) -> Option<&InHand> {
        let asking = self.asking.as_ref().filter(|asking| !asking.answered)?;
        self.in_hand
            .as_ref()
            .filter(|hand| hand.step == asking.step)
    }

    /// Whoever has the question that stands in hand, by name.
    pub fn has(&self) -> Option<&Somebody> {
        let open = !self.task.state.is_ended();
        let holder = self.hands().filter(|_| open)?.has.as_ref()?;
        Some(&holder.who)
    }

    /// Whether it was done, or somebody was asked to do it.
    pub fn is_touched(&self) -> bool {
        let verified = self.task.state == TaskState::Verified;
        let answered = self.task.answer.is_some() && self.task.left_out.is_none();
        verified || self.asking.is_some() || answered
    }
}

impl Audited for TaskRow {
    fn mark(&self) -> Mark {
        self.task.mark()
    }
}

impl From<Task> for TaskRow {
    fn from(task: Task) -> TaskRow {
        TaskRow {
            task,
            asking: None,
            holding: None,
            told_late: false,
            turn: None,
            pauses: None,
            refusals: 0,
            mends: 0,
            done_again: false,
            in_hand: None,
            attached: Vec::new(),
        }
    }
}
