//! Tasks that no runbook has a line for: what Latchkey itself asks of HR and of the brake's confirmers.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{
    Case, Checkpoints, EmployeeId, EventKind, Matter, Reason, Task, TaskId, TaskState, Unread,
    Verification, Window, Work,
};

use crate::{dates::default_escalation, runbook::Runbook, window::Moment};

/// HR's task to complete a record: the fields are those of a person, so that the answer can be taken over as it
/// is. Due within a working day.
pub fn incomplete_task(runbook: &Runbook, case: &Case) -> Task {
    let opens = case.opened_at;
    let zone = &runbook.zone;
    let day = opens.to_zoned(zone.clone()).date();
    let next = runbook.calendar.working_days_from(day, 1, "");
    let due = crate::calendar::instant(next, runbook.calendar.closes(), zone);
    let window = Window { opens, due };
    let half = due.duration_since(opens) / 2;
    let moment = Moment {
        effective: day,
        confirmed: opens,
        zone,
        country: "",
        calendar: &runbook.calendar,
    };
    Task {
        id: TaskId::complete_the_record(),
        case_id: case.id.clone(),
        revision: case.revision,
        title: "Complete the record".to_owned(),
        why: Some(format!(
            "The HR system confirmed {}, and its record lacks: {}.",
            case.kind.with_article(),
            case.missing.join(", ")
        )),
        owner: runbook.hr.clone(),
        work: Work::Person {
            instructions: format!(
                "The HR system confirmed {} for employee {} without everything that is needed to carry it out. \
                 Fill in what is missing here, and correct it in the HR system, too. Nothing is lost: the case goes \
                 on by itself as soon as the record is complete.{}",
                case.kind.with_article(),
                case.employee_id,
                not_read(case)
            ),
            checklist: Vec::new(),
            fields: case.missing.iter().map(|m| missing_field(m)).collect(),
        },
        window,
        checkpoints: Checkpoints {
            remind: opens.saturating_add(half).unwrap_or(due),
            escalate: default_escalation(due, SignedDuration::from_hours(24), &moment),
        },
        needs: Vec::new(),
        gates: BTreeSet::new(),
        needed_by: Vec::new(),
        verification: Verification::Attested,
        approval: false,
        access: BTreeSet::new(),
        gives_in: None,
        state: TaskState::Planned,
        ended_at: None,
        answer: None,
        left_out: None,
        trouble: None,
    }
}

/// HR's task about an event that nothing is done by: what it was meant to do has to be said. Where the answer can be
/// given on the page, the case that follows begins by itself.
pub fn question_task(runbook: &Runbook, case: &Case) -> Task {
    let about = case.grounds.as_ref().map(|grounds| grounds.matter);
    let about = match about {
        Some(Matter::Ask(kind)) => kind.event(),
        _ => Some(case.kind),
    };
    let a = about.map_or_else(|| "an event".to_owned(), EventKind::with_article);
    let about = about.map_or("event", EventKind::words);
    let whom = case.called();
    let on_page = !case.missing.is_empty();
    let day = case
        .effective
        .map(|day| format!(" on {day}"))
        .unwrap_or_default();
    let reasons: Vec<String> = case.asks().iter().map(ToString::to_string).collect();
    let then = match on_page {
        true => "",
        false => {
            "\n\nNothing is done by it until then. When everything is as it should be, say so here."
        }
    };
    let work = Work::Person {
        instructions: format!(
            "The HR system confirmed {a} of {whom}{day}. {}{then}{}",
            reasons.join(" "),
            not_read(case)
        ),
        checklist: match on_page {
            true => Vec::new(),
            false => vec!["The HR system says what is meant, and Latchkey does that".to_owned()],
        },
        fields: case.missing.iter().map(|m| missing_field(m)).collect(),
    };
    Task {
        id: match on_page {
            true => TaskId::complete_the_record(),
            false => TaskId::carry_out_by_hand(),
        },
        title: match (one_human(case), on_page) {
            (Some((id, previous)), _) => {
                format!("Say whether {id} and {previous} are one person")
            }
            (None, true) => "Complete the record".to_owned(),
            (None, false) => format!("Say what the {about} means"),
        },
        why: Some(format!(
            "The HR system confirmed {a}, and nothing is done by it."
        )),
        work,
        ..incomplete_task(runbook, case)
    }
}

/// The two employee ids of which HR is asked whether they are one person's.
fn one_human(case: &Case) -> Option<(&EmployeeId, &EmployeeId)> {
    case.asks().iter().find_map(|reason| match reason {
        Reason::OneHuman { employee, previous } => Some((employee, previous)),
        _ => None,
    })
}

/// What the HR system sent and nobody could read: the field, where it stands, and how it is written.
fn not_read(case: &Case) -> String {
    let sentence = |one: &Unread| {
        format!(
            "\n\nThe {} that the HR system sent (`{}`) cannot be used: it has to be {}.",
            one.field, one.place, one.wanted
        )
    };
    case.unread.iter().map(sentence).collect()
}

/// The confirmers' task about everything that the brake holds; the page lists it. Due within an hour.
pub fn held_task(runbook: &Runbook, case: &Case) -> Task {
    let hour = SignedDuration::from_hours(1);
    let opens = case.opened_at;
    let later = |t: Timestamp, d| t.saturating_add(d).unwrap_or(Timestamp::MAX);
    let window = Window {
        opens,
        due: later(opens, hour),
    };
    let brake = runbook.brake.as_ref();
    let many = match brake {
        Some(brake) => format!(
            "More hires, exits, or transfers that take access away, were confirmed within {} hours than the runbook lets \
             pass (`brake`).",
            brake.within.as_hours()
        ),
        None => "More was confirmed at once than the runbook lets pass.".to_owned(),
    };
    Task {
        id: TaskId::confirm_what_is_held(),
        title: match case.kind {
            EventKind::Transfer => "Confirm the transfers that are held".to_owned(),
            kind if kind.joins() => "Confirm the hires that are held".to_owned(),
            _ => "Confirm the exits that are held".to_owned(),
        },
        why: Some(many.clone()),
        owner: brake.map_or_else(|| runbook.operations.clone(), |b| b.confirm.clone()),
        work: Work::Person {
            instructions: format!(
                "{many} Nothing of what is held is carried out until you have decided about it. Ask HR whether they \
                 are meant, then confirm all of them here. If they are a mistake, decline with a reason; the \
                 escalation contact can then leave them out. Urgent exits pass meanwhile, as long as they are fewer than the runbook \
                 lets pass of those."
            ),
            checklist: vec!["HR says that these are meant".to_owned()],
            fields: Vec::new(),
        },
        window,
        checkpoints: Checkpoints {
            remind: later(opens, hour / 2),
            escalate: later(opens, hour * 2),
        },
        ..incomplete_task(runbook, case)
    }
}

/// A missing part of a record as a field: its name is that of `PersonDraft::set`.
fn missing_field(label: &str) -> latchkey_lifecycle::Field {
    use latchkey_lifecycle::FieldKind;
    let mut name = String::new();
    for (n, word) in label.split(' ').enumerate() {
        let mut letters = word.chars();
        match (n, letters.next()) {
            (0, _) | (_, None) => name.push_str(word),
            (_, Some(first)) => {
                name.extend(first.to_uppercase());
                name.push_str(letters.as_str());
            }
        }
    }
    let kind = match name.as_str() {
        "startDate" | "lastDay" | "effectiveDate" => FieldKind::Date,
        "oneHuman" => FieldKind::YesNo,
        _ => FieldKind::Text,
    };
    let name_of = label;
    let mut label = label.to_owned();
    if let Some(first) = label.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    latchkey_lifecycle::Field {
        name,
        label,
        kind,
        // Somebody may have one name only.
        required: !matches!(name_of, "given name" | "family name"),
    }
}
