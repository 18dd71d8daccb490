//! What is to be done, in words: instructions and steps of a person's work, what is to be so in a system, and what
//! somebody says that they did.

use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Answer, FieldKind, Goal, Step, Work};

/// What is asked of whoever gets a step's letter, line by line.
pub(crate) fn steps(row: &TaskRow, step: Step) -> Vec<String> {
    let mut out = Vec::new();
    if step == Step::Confirm {
        if let Some(Answer::Done(evidence)) = &row.task.answer {
            out.push(String::new());
            out.push(format!("Done by {}.", evidence.by));
            out.extend(evidence.steps.iter().map(|s| format!("  [x] {s}")));
            out.extend(
                evidence
                    .fields
                    .iter()
                    .map(|(name, value)| format!("  {name}: {value}")),
            );
            out.extend(evidence.link.iter().map(|link| format!("  Link: {link}")));
            let files = row.attached.iter();
            out.extend(
                files.map(|file| format!("  File: {} ({}), on the page", file.name, file.kind)),
            );
            let note = evidence.note.iter().flat_map(|note| note.lines());
            out.extend(note.map(|line| format!("  Note: {line}")));
        }
        return out;
    }
    match &row.task.work {
        Work::Person {
            instructions,
            checklist,
            fields,
        } => {
            out.push(String::new());
            out.extend(instructions.trim().lines().map(str::to_owned));
            if !checklist.is_empty() {
                out.push(String::new());
                let numbered = checklist.iter().enumerate();
                out.extend(numbered.map(|(n, s)| format!("  {}. {s}", n + 1)));
            }
            if !fields.is_empty() {
                out.push(String::new());
                out.push("To fill in on the page:".to_owned());
                out.extend(fields.iter().map(|f| {
                    let kind = match f.kind {
                        FieldKind::Text => "",
                        FieldKind::Number => ", a number",
                        FieldKind::Date => ", a day",
                        FieldKind::YesNo => ", yes or no",
                    };
                    let optional = if f.required { "" } else { " (if you have it)" };
                    format!("  - {}{kind}{optional}", f.label)
                }));
            }
        }
        Work::System { system, goal, .. } => {
            out.push(String::new());
            out.push(format!(
                "What should be so in {system}: {}",
                goal_in_words(goal)
            ));
        }
    }
    out
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
