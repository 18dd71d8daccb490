//! What an answer may have in it: what the page asks for, and no more of it than the page takes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use latchkey_lifecycle::{
    Answer, Entitlement, Evidence, Field, FieldKind, Step, Task, Work, shown::is_unseen,
};

/// The most characters of a name under an answer.
pub const NAME_LENGTH: usize = 200;
/// The most characters of a note, or of a reason.
pub const TEXT_LENGTH: usize = 4_000;
/// The most characters of a reason for a no to one of several things.
pub const REASON_LENGTH: usize = 500;
/// The most characters of a link.
pub const LINK_LENGTH: usize = 1_000;
/// The most characters of a field.
pub const FIELD_LENGTH: usize = 1_000;

/// That a text is too long, in a sentence; `None` when it is not. Browsers count a line break as one character and send
/// two.
pub(crate) fn too_long(what: &str, text: &str, most: usize) -> Option<String> {
    let length = text.chars().filter(|c| *c != '\r').count();
    (length > most).then(|| {
        format!("{what} has {length} characters, and {most} are the most: please shorten it.")
    })
}

/// The steps and fields that a question asks for: those of a person's work, of whoever does it.
fn asked_for(task: &Task, step: Step) -> (&[String], &[Field]) {
    match &task.work {
        Work::Person {
            checklist, fields, ..
        } if step == Step::Do => (checklist, fields),
        _ => (&[], &[]),
    }
}

/// An answer without what its page did not ask for: steps and fields of somebody's own are no evidence.
pub fn only_what_was_asked(task: &Task, step: Step, answer: &Answer) -> Answer {
    let Answer::Done(evidence) = answer else {
        return answer.clone();
    };
    let (checklist, fields) = asked_for(task, step);
    let ticked = checklist.iter().filter(|s| evidence.steps.contains(*s));
    let filled = fields.iter().filter_map(|field| {
        let value = evidence.fields.get(&field.name)?;
        Some((field.name.clone(), value.clone()))
    });
    Answer::Done(Evidence {
        by: evidence.by.clone(),
        address: evidence.address.clone(),
        steps: ticked.cloned().collect(),
        fields: filled.collect(),
        note: evidence.note.clone().filter(|_| step != Step::Confirm),
        link: evidence.link.clone().filter(|_| step != Step::Confirm),
        refused: refused(task, step, evidence),
    })
}

/// What an approval says no to, of what it was asked for.
fn refused(task: &Task, step: Step, evidence: &Evidence) -> BTreeMap<Entitlement, String> {
    if !task.approval || step != Step::Do {
        return BTreeMap::new();
    }
    let of_it = evidence
        .refused
        .iter()
        .filter(|(e, _)| task.access.contains(*e));
    of_it
        .map(|(e, why)| (e.clone(), why.trim().to_owned()))
        .collect()
}

/// What of a task's page a problem is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A step, by its words.
    Step(String),
    /// A field, by its name.
    Field(String),
    /// The note.
    Note,
    /// The link.
    Link,
    /// The files.
    File,
    /// How many go on of what the brake holds.
    Number,
    /// Something that an approval is about.
    Entitlement(Entitlement),
}

/// What the evidence of a person's task still lacks, a sentence each.
pub(crate) fn problems(task: &Task, step: Step, evidence: &Evidence) -> Vec<String> {
    let all = lacking(task, step, evidence).into_iter();
    all.map(|(_, problem)| problem).collect()
}

/// What of it is longer than the page takes, a sentence each.
pub(crate) fn lengths(task: &Task, step: Step, evidence: &Evidence) -> Vec<String> {
    let (_, fields) = asked_for(task, step);
    let fields = fields.iter().filter_map(|field| {
        let value = evidence.fields.get(&field.name)?;
        too_long(&format!("“{}”", field.label), value, FIELD_LENGTH)
    });
    let link = wrong_link(evidence);
    note_too_long(evidence)
        .into_iter()
        .chain(link)
        .chain(fields)
        .collect()
}

/// What is wrong with the link: it leads to a page, and nowhere else.
fn wrong_link(evidence: &Evidence) -> Option<String> {
    let link = evidence.link.as_deref()?.trim();
    if let Some(problem) = too_long("The link", link, LINK_LENGTH) {
        return Some(problem);
    }
    let rest = link
        .strip_prefix("https://")
        .or_else(|| link.strip_prefix("http://"));
    let whole = rest.is_some_and(|rest| {
        let begins = rest.chars().next().is_some_and(char::is_alphanumeric);
        begins && !rest.chars().any(|c| c.is_whitespace() || is_unseen(c))
    });
    (!whole).then(|| {
        format!("“{link}” is no link: copy the whole address of the page, from https:// on.")
    })
}

fn note_too_long(evidence: &Evidence) -> Option<String> {
    let note = evidence.note.as_deref().unwrap_or_default();
    too_long("The note", note, TEXT_LENGTH)
}

/// The same as the sentences of an answer that is incomplete, each with what of the page it is about.
pub fn lacking(task: &Task, step: Step, evidence: &Evidence) -> Vec<(Place, String)> {
    let note = note_too_long(evidence).map(|problem| (Place::Note, problem));
    let link = wrong_link(evidence).map(|problem| (Place::Link, problem));
    let (checklist, fields) = asked_for(task, step);
    let open = checklist.iter().filter(|s| !evidence.steps.contains(*s));
    let open = open.map(|s| {
        let problem = format!("Step “{s}” is not ticked off.");
        (Place::Step(s.clone()), problem)
    });
    let wrong = fields.iter().filter_map(|field| {
        let value = evidence.fields.get(&field.name).map_or("", |v| v.trim());
        let problem = misfit(field, value)?;
        Some((Place::Field(field.name.clone()), problem))
    });
    let unsaid = evidence.refused.iter().filter_map(|(entitlement, why)| {
        let place = Place::Entitlement(entitlement.clone());
        Some((place, no_reason(entitlement, why)?))
    });
    note.into_iter()
        .chain(link)
        .chain(open)
        .chain(wrong)
        .chain(unsaid)
        .collect()
}

/// What is wrong with the reason of a no.
fn no_reason(entitlement: &Entitlement, why: &str) -> Option<String> {
    let name = entitlement.called();
    match why.trim() {
        "" => Some(format!("Say why “{name}” is not given: the case keeps it.")),
        why => too_long(&format!("The reason for “{name}”"), why, REASON_LENGTH),
    }
}

/// What is wrong with the value of a field.
fn misfit(field: &Field, value: &str) -> Option<String> {
    let label = &field.label;
    if value.is_empty() {
        return field
            .required
            .then(|| format!("“{label}” is not filled in."));
    }
    if let Some(problem) = too_long(&format!("“{label}”"), value, FIELD_LENGTH) {
        return Some(problem);
    }
    let fits = match field.kind {
        FieldKind::Text => true,
        FieldKind::Number => value
            .replace(',', ".")
            .parse::<f64>()
            .is_ok_and(f64::is_finite),
        FieldKind::Date => value.parse::<Date>().is_ok(),
        FieldKind::YesNo => matches!(value, "yes" | "no"),
    };
    let takes = match field.kind {
        FieldKind::Text => "text",
        FieldKind::Number => "a number",
        FieldKind::Date => "a day such as 2026-12-07",
        FieldKind::YesNo => "yes or no",
    };
    (!fits).then(|| format!("“{label}” takes {takes}, not “{value}”."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn laptop() -> Task {
        let field = |name: &str, kind, required| Field {
            name: name.into(),
            label: name.to_uppercase(),
            kind,
            required,
        };
        serde_json::from_value(json!({
            "id": "laptop", "caseId": "hire-1-0", "revision": 1, "title": "Laptop", "owner": "it",
            "work": {"by": "person", "instructions": "", "checklist": ["Install"], "fields": [
                field("serial", FieldKind::Text, true), field("price", FieldKind::Number, false),
                field("ready", FieldKind::Date, false), field("new", FieldKind::YesNo, false),
            ]},
            "window": {"opens": "2026-11-23T08:00:00Z", "due": "2026-11-23T09:00:00Z"},
            "checkpoints": {"remind": "2026-11-23T08:30:00Z", "escalate": "2026-11-23T10:00:00Z"},
            "verification": {"how": "attested"}, "state": "asked",
        }))
        .unwrap()
    }

    #[test]
    fn evidence_is_checked_line_by_line() {
        let task = laptop();
        let mut evidence = Evidence::default();
        for (name, value) in [("price", "cheap"), ("ready", "soon"), ("new", "maybe")] {
            evidence.fields.insert(name.into(), value.into());
        }
        insta::assert_snapshot!(problems(&task, Step::Do, &evidence).join("\n"), @r"
        Step “Install” is not ticked off.
        “SERIAL” is not filled in.
        “PRICE” takes a number, not “cheap”.
        “READY” takes a day such as 2026-12-07, not “soon”.
        “NEW” takes yes or no, not “maybe”.
        ");
        assert!(problems(&task, Step::Confirm, &evidence).is_empty());
        evidence.steps = vec!["Install".into()];
        for (name, value) in [
            ("serial", "X1"),
            ("price", "9,5"),
            ("ready", "2026-12-07"),
            ("new", "no"),
        ] {
            evidence.fields.insert(name.into(), value.into());
        }
        assert!(problems(&task, Step::Do, &evidence).is_empty());
    }

    #[test]
    fn no_text_is_longer_than_the_page_takes() {
        let task = laptop();
        let mut evidence = Evidence {
            steps: vec!["Install".into()],
            note: Some("ä\r\n".repeat(TEXT_LENGTH / 2)),
            ..Evidence::default()
        };
        let serial = |n| ("serial".to_owned(), "ä".repeat(n));
        evidence.fields.extend([serial(FIELD_LENGTH)]);
        assert!(problems(&task, Step::Do, &evidence).is_empty());
        evidence.fields.extend([serial(FIELD_LENGTH + 1)]);
        evidence.note = Some("x".repeat(TEXT_LENGTH + 1));
        insta::assert_snapshot!(problems(&task, Step::Do, &evidence).join("\n"), @r"
        The note has 4001 characters, and 4000 are the most: please shorten it.
        “SERIAL” has 1001 characters, and 1000 are the most: please shorten it.
        ");
    }

    #[test]
    fn what_was_not_asked_for_is_no_evidence() {
        let answer = Answer::Done(Evidence {
            by: "Jo".into(),
            address: None,
            steps: ["not a step", "Install", "Install"]
                .map(str::to_owned)
                .into(),
            fields: [("zzz", "1"), ("serial", "X1")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            note: Some("a note".into()),
            ..Evidence::default()
        });
        let kept = |step| match only_what_was_asked(&laptop(), step, &answer) {
            Answer::Done(evidence) => evidence,
            other => panic!("{other:?}"),
        };
        let done = kept(Step::Do);
        assert_eq!(done.steps, ["Install"]);
        assert_eq!(done.fields.keys().collect::<Vec<_>>(), ["serial"]);
        assert!(done.note.is_some() && kept(Step::Mend).note.is_some());
        let confirmed = kept(Step::Confirm);
        assert_eq!(
            confirmed,
            Evidence {
                by: "Jo".into(),
                ..Evidence::default()
            }
        );
    }
}
