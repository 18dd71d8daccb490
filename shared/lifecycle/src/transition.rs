//! How a task passes from one state to the next: the only place where that changes. Each passage makes what is recorded
//! of it, so that a task never stands where its trail does not lead. Asking records nothing by itself: that is recorded
//! once the letter was taken.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Answer, AuditBody, Evidence, LeftOut, Omission, Step, Task, TaskState, What, sentence,
};

/// A record of the trail.
fn record(at: Timestamp, by: &str, what: What, text: String, detail: Value) -> AuditBody {
    AuditBody {
        at,
        by: by.to_owned(),
        what,
        text,
        detail,
    }
}

impl Task {
    fn end(&mut self, state: TaskState, now: Timestamp) {
        self.state = state;
        self.ended_at = Some(now);
    }

    /// A system begins with it. Begun before, it goes on, and nothing is recorded.
    pub fn begin(&mut self, now: Timestamp) -> Option<AuditBody> {
        if self.state == TaskState::Running {
            return None;
        }
        self.state = TaskState::Running;
        let detail = json!({ "revision": self.revision });
        Some(record(
            now,
            "workflow",
            What::Begun,
            "Begun.".to_owned(),
            detail,
        ))
    }

    /// A question about it is prepared, and what was answered before counts no more; the second team is asked about
    /// that answer.
    pub fn open_for(&mut self, step: Step) {
        if step != Step::Confirm {
            self.answer = None;
            self.state = TaskState::Planned;
        }
    }

    /// Somebody is asked. What the owner declined stays declined: the escalation contact has it.
    pub fn ask(&mut self, step: Step) {
        if self.state != TaskState::Declined {
            self.state = match step {
                Step::Do | Step::Mend => TaskState::Asked,
                Step::Confirm => TaskState::Confirming,
            };
        }
    }

    /// Somebody answered. An approval that is declined leaves the task out; any other task goes to the escalation
    /// contact.
    pub fn take(
        &mut self,
        step: Step,
        answer: &Answer,
        declined_approval: bool,
        now: Timestamp,
    ) -> AuditBody {
        let (by, what, text) = match (step, answer) {
            (Step::Confirm, Answer::Done(Evidence { by, .. })) => {
                self.state = TaskState::Answered;
                (by, What::Confirmed, format!("{by} confirmed it."))
            }
            (Step::Confirm, Answer::Declined { by, reason }) => {
                self.state = TaskState::Declined;
                let text = format!("{by} did not confirm it: {reason}");
                self.trouble = Some(text.clone());
                (by, What::Refused, text)
            }
            (_, Answer::Done(Evidence { by, .. })) => {
                self.state = TaskState::Answered;
                (by, What::Done, format!("{by} says that it is done."))
            }
            (_, Answer::Declined { by, reason }) if declined_approval => {
                self.end(TaskState::Waived, now);
                let text = format!("{by} did not approve it: {reason}");
                (by, What::Declined, text)
            }
            (_, Answer::Declined { by, reason }) => {
                self.state = TaskState::Declined;
                (by, What::Declined, format!("{by} declined: {reason}"))
            }
            (_, Answer::Waived { by, reason }) => {
                self.end(TaskState::Waived, now);
                (by, What::Waived, format!("{by} left it out: {reason}"))
            }
        };
        let about_the_answer = step == Step::Confirm && !matches!(answer, Answer::Waived { .. });
        if !about_the_answer {
            self.answer = Some(answer.clone());
        }
        record(
            now,
            by,
            what,
            text,
            json!({ "step": step, "answer": answer }),
        )
    }

    /// What the second team did not confirm goes back to its owner, once.
    pub fn send_back(&mut self, now: Timestamp) -> Option<AuditBody> {
        if self.state != TaskState::Declined {
            return None;
        }
        self.state = TaskState::Planned;
        let text = "Goes back to its owner.".to_owned();
        Some(record(now, "verify", What::NotConfirmed, text, Value::Null))
    }

    /// It is verified: read back, attested or confirmed, as `how` says.
    pub fn verify(&mut self, how: &str, text: String, now: Timestamp) -> AuditBody {
        self.end(TaskState::Verified, now);
        self.trouble = None;
        let detail = json!({ "how": how, "onTime": self.on_time() });
        record(now, "verify", What::Verified, text, detail)
    }

    /// Somebody completed the record that it asks for.
    pub fn complete(&mut self, evidence: &Evidence, now: Timestamp) -> AuditBody {
        self.end(TaskState::Verified, now);
        let answer = Answer::Done(evidence.clone());
        let detail = json!({ "answer": answer });
        self.answer = Some(answer);
        let text = format!("{} completed the record.", evidence.by);
        record(now, &evidence.by, What::Verified, text, detail)
    }

    /// Somebody decided about what is held, which it asks about.
    pub fn decide(&mut self, answer: Answer, now: Timestamp) -> AuditBody {
        let (state, by) = match &answer {
            Answer::Done(evidence) => (TaskState::Verified, evidence.by.clone()),
            Answer::Declined { by, .. } | Answer::Waived { by, .. } => {
                (TaskState::Waived, by.clone())
            }
        };
        self.end(state, now);
        let text = format!("{by} decided about what was held.");
        let detail = json!({ "answer": answer });
        self.answer = Some(answer);
        record(now, &by, What::Decided, text, detail)
    }

    /// An operator leaves it out, by name and with a reason.
    pub fn waive(&mut self, by: &str, reason: &str, now: Timestamp) -> AuditBody {
        self.end(TaskState::Waived, now);
        let answer = Answer::Waived {
            by: by.to_owned(),
            reason: reason.to_owned(),
        };
        let detail = json!({ "answer": answer });
        self.answer = Some(answer);
        let text = format!("{by} left it out: {reason}");
        record(now, by, What::Waived, text, detail)
    }

    /// Leaves it out by the word about a task that it needs.
    pub fn leave_out(&mut self, omission: &Omission, now: Timestamp) -> AuditBody {
        let Omission { by, reason, about } = omission;
        self.end(TaskState::Waived, now);
        self.left_out = Some(LeftOut::With {
            task: about.clone(),
        });
        let answer = Answer::Waived {
            by: by.clone(),
            reason: reason.clone(),
        };
        let detail = json!({ "answer": answer, "with": about });
        self.answer = Some(answer);
        let text = format!("Left out, because {}", sentence(reason));
        record(now, by, What::Waived, text, detail)
    }

    /// The plan has no use for it any more, for a reason that the text gives.
    pub fn drop_out(&mut self, text: String, detail: Value, now: Timestamp) -> AuditBody {
        self.end(TaskState::Waived, now);
        record(now, "plan", What::Waived, text, detail)
    }
}
