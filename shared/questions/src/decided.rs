//! An approval answered thing by thing, and by whose word: the record has the address of whoever signed in, or says that
//! it was whoever had a letter's link.

use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Answer, AuditBody, Entitlement, Evidence, Step, Task};
use latchkey_runbook::Runbook;
use latchkey_runtime::Question;
use serde_json::json;

use crate::{facts::asked_team, letters::address_of};

/// The answer as it counts: an approval in which everything is refused is none.
pub(crate) fn decided(task: &Task, question: &Question, answer: &Answer) -> Answer {
    let Answer::Done(evidence) = answer else {
        return answer.clone();
    };
    let all =
        !task.access.is_empty() && task.access.iter().all(|e| evidence.refused.contains_key(e));
    if !(task.approval && question.step == Step::Do && all) {
        return answer.clone();
    }
    let by = evidence.by.clone();
    let reason = match evidence.refused.values().next() {
        Some(only) if evidence.refused.len() == 1 => only.clone(),
        _ => refused(evidence),
    };
    match question.may_waive {
        true => Answer::Waived { by, reason },
        false => Answer::Declined { by, reason },
    }
}

/// What is refused, each with its reason, in one line.
fn refused(evidence: &Evidence) -> String {
    let said =
        |(entitlement, why): (&Entitlement, &String)| format!("{}: {why}", entitlement.called());
    let all: Vec<String> = evidence.refused.iter().map(said).collect();
    all.join("; ")
}

/// Where the link went by which a question is answered without an account.
pub fn sent_to(runbook: &Runbook, row: &TaskRow, question: &Question) -> String {
    let team = asked_team(row, question.step);
    match question.may_waive {
        true => runbook.escalation(team).email.clone(),
        false => address_of(runbook, team),
    }
}

/// Adds to the record of an answer whose word it is. Of an approval, the sentence says it, too.
pub(crate) fn signed_by(
    body: &mut AuditBody,
    task: &Task,
    step: Step,
    answer: &Answer,
    (signer, sent_to): (Option<&str>, &str),
) {
    match signer {
        Some(address) => body.detail["address"] = json!(address),
        None => body.detail["sentTo"] = json!(sent_to),
    }
    if !task.approval || step != Step::Do {
        return;
    }
    let who = match signer {
        Some(address) => format!("{} ({address})", body.by),
        None => format!(
            "whoever had the link sent to {sent_to}, calling themselves {}",
            body.by
        ),
    };
    body.text = match answer {
        Answer::Done(evidence) if evidence.refused.is_empty() => format!("Approved by {who}."),
        Answer::Done(evidence) => {
            let given = task
                .access
                .iter()
                .filter(|e| !evidence.refused.contains_key(*e));
            let given: Vec<String> = given.map(Entitlement::called).collect();
            let (given, not) = (given.join(", "), refused(evidence));
            format!("{given} approved by {who}. Not approved: {not}")
        }
        Answer::Declined { reason, .. } => format!("Not approved by {who}: {reason}"),
        Answer::Waived { reason, .. } => format!("Left out by {who}: {reason}"),
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn approval(access: &[&str]) -> Task {
        let mut task: Task = serde_json::from_value(json!({
            "id": "approve.pay.money", "caseId": "hire-1-0", "revision": 1, "title": "Approve", "owner": "money",
            "work": {"by": "person", "instructions": ""}, "approval": true,
            "window": {"opens": "2026-11-23T08:00:00Z", "due": "2026-11-23T09:00:00Z"},
            "checkpoints": {"remind": "2026-11-23T08:30:00Z", "escalate": "2026-11-23T10:00:00Z"},
            "verification": {"how": "attested"}, "state": "asked",
        }))
        .unwrap();
        task.access = access.iter().map(|e| Entitlement::from(*e)).collect();
        task
    }

    fn question(may_waive: bool) -> Question {
        Question {
            case: "hire-1-0".parse().unwrap(),
            task: "approve.pay.money".parse().unwrap(),
            step: Step::Do,
            serial: 1,
            may_waive,
        }
    }

    fn says(refused: &[(&str, &str)]) -> Answer {
        let refused = refused.iter();
        let refused: BTreeMap<Entitlement, String> = refused
            .map(|(e, why)| (Entitlement::from(*e), (*why).to_owned()))
            .collect();
        Answer::Done(Evidence {
            by: "Ada".to_owned(),
            refused,
            ..Evidence::default()
        })
    }

    #[test]
    fn no_to_everything_is_no_approval() {
        let task = approval(&["sign", "role:vault"]);
        let part = says(&[("sign", "not yet")]);
        assert_eq!(decided(&task, &question(false), &part), part);
        let all = says(&[("sign", "not yet"), ("role:vault", "never")]);
        let Answer::Declined { by, reason } = decided(&task, &question(false), &all) else {
            panic!("an approval of nothing")
        };
        assert_eq!(
            (by.as_str(), reason.as_str()),
            ("Ada", "sign: not yet; role:vault: never")
        );
        let decides = decided(&task, &question(true), &all);
        assert!(matches!(decides, Answer::Waived { .. }), "{decides:?}");
        let one = decided(&approval(&["sign"]), &question(false), &part);
        assert!(matches!(one, Answer::Declined { reason, .. } if reason == "not yet"));
    }

    #[test]
    fn the_record_says_whose_word_it_is() {
        let task = approval(&["sign", "role:vault"]);
        let record = |answer: &Answer, signer| {
            let now = "2026-11-23T08:10:00Z".parse().unwrap();
            let mut body = task.clone().take(Step::Do, answer, false, now);
            signed_by(
                &mut body,
                &task,
                Step::Do,
                answer,
                (signer, "money@small.example"),
            );
            (body.text, body.detail)
        };
        let (text, detail) = record(&says(&[("role:vault", "never")]), Some("ada@small.example"));
        assert_eq!(
            text,
            "sign approved by Ada (ada@small.example). Not approved: role:vault: never"
        );
        assert_eq!(detail["address"], "ada@small.example");
        let (text, detail) = record(&says(&[]), None);
        assert_eq!(
            text,
            "Approved by whoever had the link sent to money@small.example, calling themselves Ada."
        );
        assert_eq!(detail["sentTo"], "money@small.example");
    }
}
