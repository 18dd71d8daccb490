//! Why a task counts as done: what was read back and when, or who said so and who confirmed it.

use jiff::Timestamp;
use latchkey_ledger::{TaskRow, Trail};
use latchkey_lifecycle::{Answer, Evidence, TaskId, TaskState, What, Work};

/// The proof of a task, as far as there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Nothing yet.
    None,
    /// A system was read, and showed what was wanted.
    ReadBack { at: Timestamp, text: String },
    /// Somebody says so; verified at an instant, by the word of a second person where there is one.
    Word {
        said: Said,
        at: Option<Timestamp>,
        confirmed_by: Option<String>,
    },
    /// It will not be done by its team.
    Declined { by: String, reason: String },
    /// It was left out; by nobody where the plan had no use for it any more.
    LeftOut(Option<(String, String)>),
}

/// What somebody says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) by: String,
    /// How many of the steps were ticked off, and of how many.
    pub(crate) steps: Option<(usize, usize)>,
    /// What was filled in, by its label.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) note: Option<String>,
}

impl Proof {
    /// The proof of a task, by its own trail. `whole`: whether what HR filled in may be shown, too.
    pub(crate) fn of(row: &TaskRow, trail: Option<&Trail>, whole: bool) -> Proof {
        let task = &row.task;
        let records = trail.map(|trail| trail.records.as_slice());
        let bodies = records
            .unwrap_or_default()
            .iter()
            .map(|record| &record.body);
        let last = |what: What| bodies.clone().rev().find(|body| body.what == what);
        let verified = last(What::Verified).filter(|_| task.state == TaskState::Verified);
        if let Some(body) = verified.filter(|body| body.detail["how"] == "read back") {
            return Proof::ReadBack {
                at: body.at,
                text: body.text.clone(),
            };
        }
        match (&task.answer, task.state) {
            (Some(Answer::Waived { by, reason } | Answer::Declined { by, reason }), state) => {
                let (by, reason) = (by.clone(), reason.clone());
                match state {
                    TaskState::Waived => Proof::LeftOut(Some((by, reason))),
                    _ => Proof::Declined { by, reason },
                }
            }
            (_, TaskState::Waived) => Proof::LeftOut(None),
            (Some(Answer::Done(evidence)), _) => Proof::Word {
                said: said(row, evidence, whole),
                at: task.ended_at,
                confirmed_by: last(What::Confirmed).map(|body| body.by.clone()),
            },
            _ => Proof::None,
        }
    }
}

fn said(row: &TaskRow, evidence: &Evidence, whole: bool) -> Said {
    let (steps, labels) = match &row.task.work {
        Work::Person {
            checklist, fields, ..
        } => (checklist.len(), fields.as_slice()),
        Work::System { .. } => (0, &[][..]),
    };
    let label = |name: &String| {
        let known = labels.iter().find(|field| field.name == *name);
        known.map_or_else(|| name.clone(), |field| field.label.clone())
    };
    // Of a record that HR completed, private addresses are a part.
    let shown = whole || row.task.id != TaskId::complete_the_record();
    let fields = evidence.fields.iter().filter(|_| shown);
    let fields = fields.map(|(name, value)| (label(name), value.clone()));
    let link = evidence
        .link
        .iter()
        .map(|link| ("Link".to_owned(), link.clone()));
    let files = row
        .attached
        .iter()
        .map(|file| ("File".to_owned(), file.name.clone()));
    let refused = evidence.refused.iter();
    let refused = refused.map(|(e, why)| (format!("Not {}", e.called()), why.clone()));
    Said {
        by: evidence.by.clone(),
        steps: (steps > 0).then_some((evidence.steps.len(), steps)),
        fields: fields.chain(link).chain(files).chain(refused).collect(),
        note: evidence.note.clone(),
    }
}
