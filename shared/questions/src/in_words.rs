//! What is to be done, in words: instructions and steps of a person's work, what is to be so in a system, and what
//! somebody says that they did.

use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{
    Answer, Block, Evidence, Field, FieldKind, Goal, Marks, Step, SystemId, Work, paragraphs,
};
use latchkey_runbook::Runbook;

/// What is asked of whoever gets a step's letter.
pub(crate) fn steps(runbook: &Runbook, row: &TaskRow, step: Step) -> Vec<Block> {
    match (step, &row.task.work, &row.task.answer) {
        (Step::Confirm, _, Some(Answer::Done(evidence))) => vec![said(row, evidence)],
        (Step::Confirm, ..) => Vec::new(),
        (
            _,
            Work::Person {
                instructions,
                checklist,
                fields,
            },
            _,
        ) => {
            let written = paragraphs(instructions).into_iter().map(Block::Lines);
            let list = |head: &str, marks, items: Vec<String>| {
                let head = head.to_owned();
                (!items.is_empty()).then_some(Block::List { head, marks, items })
            };
            let fields = fields.iter().map(field).collect();
            let lists = [
                list("", Marks::Numbers, checklist.clone()),
                list("To fill in on the page:", Marks::Dashes, fields),
            ];
            written.chain(lists.into_iter().flatten()).collect()
        }
        (_, Work::System { system, goal, .. }, _) => {
            let (name, goal) = (system_name(runbook, system), goal_in_words(goal));
            vec![Block::Said(
                format!("What should be so in {name}: {goal}").into(),
            )]
        }
    }
}

/// What somebody says that they did.
fn said(row: &TaskRow, evidence: &Evidence) -> Block {
    let steps = evidence.steps.iter().map(|step| format!("[x] {step}"));
    let fields = evidence.fields.iter();
    let fields = fields.map(|(name, value)| format!("{name}: {value}"));
    let link = evidence.link.iter().map(|link| format!("Link: {link}"));
    let files = row.attached.iter();
    let files = files.map(|file| format!("File: {} ({}), on the page", file.name, file.kind));
    let note = evidence.note.iter().flat_map(|note| note.lines());
    let note = note.map(|line| format!("Note: {line}"));
    Block::List {
        head: format!("Done by {}.", evidence.by),
        marks: Marks::None,
        items: steps
            .chain(fields)
            .chain(link)
            .chain(files)
            .chain(note)
            .collect(),
    }
}

fn field(field: &Field) -> String {
    let kind = match field.kind {
        FieldKind::Text => "",
        FieldKind::Number => ", a number",
        FieldKind::Date => ", a day",
        FieldKind::YesNo => ", yes or no",
    };
    let optional = if field.required {
        ""
    } else {
        " (if you have it)"
    };
    format!("{}{kind}{optional}", field.label)
}

/// A system's name for people.
pub fn system_name(runbook: &Runbook, system: &SystemId) -> String {
    let settings = runbook.system(system);
    settings.map_or_else(|| system.to_string(), |settings| settings.name.clone())
}

/// A goal in words, for whoever has to bring it about by hand.
pub fn goal_in_words(goal: &Goal) -> String {
    match goal {
        Goal::Have { account, .. } => {
            let has = account.has_in_words();
            let has = has.unwrap_or_else(|| "nothing more".to_owned());
            format!("the account {} can sign in, with {has}.", account.name)
        }
        Goal::Suspended => "the person cannot sign in, and keeps what they have.".to_owned(),
        Goal::NoAccess => "the person cannot sign in and has nothing left.".to_owned(),
        Goal::Gone => "the person has no account.".to_owned(),
    }
}
