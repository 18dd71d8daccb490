//! What stands with a task beside its state, against the records that tell of it: its files, what was asked of HR and
//! answered, and the answer to a question that is still open. Pure.

use latchkey_lifecycle::{Answer, AuditRecord, Step, TrailProblem, What};
use serde::Deserialize;

use crate::{Attached, Said, Somebody, Talk, TaskRow};

/// What of it is not as the task's records tell.
pub(crate) fn beside(
    row: Option<&TaskRow>,
    talk: Option<&Talk>,
    records: &[AuditRecord],
) -> Vec<TrailProblem> {
    let mut problems = Vec::new();
    if !same_files(row.map_or(&[], |row| &row.attached), records) {
        problems.push(TrailProblem::OtherEvidence);
    }
    if !same_talk(talk, records) {
        problems.push(TrailProblem::OtherTalk);
    }
    // The mark of a record says what a task's answer was once it has ended.
    let open = row.filter(|row| !row.task.state.is_ended());
    if let Some(seq) = open.and_then(|row| other_answer(row, records)) {
        problems.push(TrailProblem::OtherAnswer { seq });
    }
    problems
}

/// Each file has a record, in the order in which they were added.
fn same_files(files: &[Attached], records: &[AuditRecord]) -> bool {
    let told = records.iter().filter(|r| r.body.what == What::Attached);
    let told: Vec<&AuditRecord> = told.collect();
    let same = |(file, record): (&Attached, &&AuditRecord)| {
        let detail = &record.body.detail;
        detail["sha256"] == file.sha256.as_str()
            && detail["file"] == file.name.as_str()
            && detail["kind"] == file.kind.as_str()
            && detail["bytes"] == file.bytes
            && is_by(&file.by, record)
            && record.body.at == file.at
    };
    files.len() == told.len() && files.iter().zip(&told).all(same)
}

/// Whether a record is somebody's: by their name, and the address with which they had signed in.
fn is_by(by: &Somebody, record: &AuditRecord) -> bool {
    let address = record.body.detail["address"].as_str();
    record.body.by == by.name && address.unwrap_or_default() == by.address
}

/// Everything that was said has a record, in its order.
fn same_talk(talk: Option<&Talk>, records: &[AuditRecord]) -> bool {
    let is_said = |what: &What| matches!(what, What::QuestionAsked | What::QuestionAnswered);
    let told = records.iter().filter(|r| is_said(&r.body.what));
    let told: Vec<&AuditRecord> = told.collect();
    let said = talk.map_or(&[][..], |talk| &talk.said);
    said.len() == told.len() && said.iter().zip(&told).all(|(said, r)| says(said, r))
}

/// Whether a record tells of what was said: it ends with its words. How long they are is told since no words can be
/// taken for the end of others.
fn says(said: &Said, record: &AuditRecord) -> bool {
    let body = &record.body;
    let answers = body.what == What::QuestionAnswered;
    let length = body.detail["length"].as_u64();
    let as_long = length.is_none_or(|length| length == said.text.chars().count() as u64);
    said.answers == answers
        && said.at == body.at
        && is_by(&said.by, record)
        && as_long
        && body.text.ends_with(&format!(": {}", said.text))
}

/// The record of the answer that counts, where the task has another one. What the second team says of it is no answer
/// of its own.
fn other_answer(row: &TaskRow, records: &[AuditRecord]) -> Option<u64> {
    let is = row.task.answer.as_ref()?;
    let told = records.iter().rev().find_map(|record| {
        let detail = &record.body.detail;
        let answer = Answer::deserialize(&detail["answer"]).ok()?;
        let step = Step::deserialize(&detail["step"]).ok();
        let about_another = step == Some(Step::Confirm) && !matches!(answer, Answer::Waived { .. });
        (!about_another).then_some((record.seq, answer))
    });
    let (seq, was) = told?;
    (was != *is).then_some(seq)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use latchkey_lifecycle::{AuditBody, CaseId, GENESIS, TaskId, TeamId};
    use serde_json::json;

    use super::*;

    fn record(what: What, text: &str, detail: serde_json::Value) -> AuditRecord {
        let body = AuditBody {
            at: Timestamp::UNIX_EPOCH,
            by: "Ada".into(),
            what,
            text: text.into(),
            detail,
        };
        AuditRecord::after(0, GENESIS, body, None)
    }

    fn ada() -> Somebody {
        Somebody {
            name: "Ada".into(),
            address: "ada@acme.example".into(),
        }
    }

    fn asked(text: &str) -> Talk {
        Talk {
            case: CaseId::new("hire-1-0").unwrap(),
            task: TaskId::new("laptop").unwrap(),
            team: TeamId::new("hr").unwrap(),
            said: vec![Said {
                by: ada(),
                at: Timestamp::UNIX_EPOCH,
                text: text.into(),
                answers: false,
            }],
        }
    }

    #[test]
    fn what_was_said_is_what_its_record_tells_and_no_end_of_it() {
        let of = |detail| {
            [record(
                What::QuestionAsked,
                "Ada asked HR: when: on Monday?",
                detail,
            )]
        };
        let before = of(json!({ "address": "ada@acme.example" }));
        let now = of(json!({ "address": "ada@acme.example", "length": 16 }));
        for records in [&before, &now] {
            assert_eq!(beside(None, Some(&asked("when: on Monday?")), records), []);
            for talk in [None, Some(&asked("when: on Tuesday?"))] {
                assert_eq!(beside(None, talk, records), [TrailProblem::OtherTalk]);
            }
        }
        let end = Some(&asked("on Monday?"));
        assert_eq!(beside(None, end, &now), [TrailProblem::OtherTalk]);
        assert_eq!(
            beside(None, Some(&asked("x")), &[]),
            [TrailProblem::OtherTalk]
        );
    }
}
