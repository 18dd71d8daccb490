//! What a file of events would do, as people read it.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use jiff::SignedDuration;
use latchkey_lifecycle::Load;
use latchkey_runbook::Runbook;

use crate::foresee::{Becomes, Foresight, One};

/// So many lines are listed; sums are of all.
const LISTED: usize = 40;
/// So wide is a table, in characters.
const WIDTH: u16 = 118;

/// A page of text.
pub fn in_words(foresight: &Foresight, runbook: &Runbook) -> String {
    let mut text = String::new();
    let mut say = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    say(first(foresight));
    say(people(foresight));
    if foresight.events.len() > LISTED {
        say(format!(
            "and {} more lines: --json lists all of them.",
            foresight.events.len() - LISTED
        ));
    }
    say(kinds(foresight));
    if !foresight.sum.teams.is_empty() {
        say(teams(foresight, runbook));
    }
    if !foresight.sum.systems.is_empty() {
        say(systems(foresight, runbook));
        say("As far as the ledger knows; no system was asked.".to_owned());
    }
    say(brake(foresight, runbook));
    let noted: Vec<&One> = foresight
        .events
        .iter()
        .filter(|one| !one.notes.is_empty())
        .collect();
    if !noted.is_empty() {
        say(format!("\nTo look at, {}:", lines(noted.len())));
        for one in noted.iter().take(LISTED) {
            let notes = in_one(&one.notes);
            say(format!("  line {}, {}: {notes}", one.line, one.employee_id));
        }
        if noted.len() > LISTED {
            say(format!("  and {} more", noted.len() - LISTED));
        }
    }
    text
}

/// Several notes in one sentence, none of them twice.
fn in_one(notes: &[String]) -> String {
    let mut all: Vec<&str> = Vec::new();
    for note in notes {
        let note = note.trim_end_matches('.');
        if !all.contains(&note) {
            all.push(note);
        }
    }
    all.join("; ")
}

fn first(foresight: &Foresight) -> String {
    let parts = [
        (Becomes::Begins, "begin a case"),
        (Becomes::Changes, "change an open one"),
        (Becomes::Nothing, "say nothing new"),
        (Becomes::TakenInBefore, "were taken in before"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(becomes, words)| (foresight.count(becomes), words))
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{n} {words}"))
        .collect();
    let again = match foresight.rows.saturating_sub(foresight.events.len()) {
        0 => String::new(),
        n => format!(" {} more say again what another says.", lines(n)),
    };
    format!(
        "{}: {}.{again}",
        lines(foresight.events.len()),
        parts.join(", ")
    )
}

fn people(foresight: &Foresight) -> String {
    let mut rows = table(&[
        "Line", "Employee", "Event", "From", "Case", "Stay", "Move", "Anew", "Appear", "Vanish",
    ]);
    for one in foresight.events.iter().take(LISTED) {
        let held = if one.held { ", HELD" } else { "" };
        let case = match one.becomes {
            Becomes::Begins => format!("begins{held}"),
            Becomes::Changes => format!("planned anew{held}"),
            Becomes::Nothing => "nothing new".to_owned(),
            Becomes::TakenInBefore => "taken in before".to_owned(),
        };
        let tasks = one.tasks;
        rows.add_row([
            one.line.to_string(),
            one.employee_id.to_string(),
            one.kind.words().to_owned(),
            one.effective.map(|day| day.to_string()).unwrap_or_default(),
            case,
            number(tasks.stay + tasks.done),
            number(tasks.move_to),
            number(tasks.anew),
            number(tasks.appear),
            number(tasks.vanish),
        ]);
    }
    rows.to_string()
}

fn kinds(foresight: &Foresight) -> String {
    let mut rows = table(&["Event", "Lines", "Cases begin", "Cases change", "Held"]);
    for (kind, cases) in &foresight.sum.kinds {
        rows.add_row([
            kind.words().to_owned(),
            number(cases.events),
            number(cases.begin),
            number(cases.change),
            number(cases.held),
        ]);
    }
    rows.to_string()
}

fn teams(foresight: &Foresight, runbook: &Runbook) -> String {
    let mut rows = table(&["Team", "Tasks"]);
    for (team, tasks) in &foresight.sum.teams {
        rows.add_row([
            latchkey_questions::facts::team_name(runbook, team),
            number(*tasks),
        ]);
    }
    rows.to_string()
}

fn systems(foresight: &Foresight, runbook: &Runbook) -> String {
    let mut rows = table(&[
        "System",
        "Accounts made",
        "Restored",
        "Suspended",
        "Given",
        "Taken",
    ]);
    for (system, changes) in &foresight.sum.systems {
        let name = runbook.system(system).map(|known| known.name.clone());
        rows.add_row([
            name.unwrap_or_else(|| system.to_string()),
            number(changes.created),
            number(changes.restored),
            number(changes.suspended),
            number(changes.granted),
            number(changes.revoked),
        ]);
    }
    rows.to_string()
}

/// What the brake would do, and by whose word it goes on.
fn brake(foresight: &Foresight, runbook: &Runbook) -> String {
    let Some(rule) = runbook.brake() else {
        return "The runbook has no brake: nothing would be held.".to_owned();
    };
    let most = |load| rule.limit(load).most;
    let lets = format!(
        "The brake lets this pass within {}: exits {}, urgent exits {}, transfers that take access away {}, hires {}",
        hours(rule.within),
        most(Load::Exits),
        most(Load::UrgentExits),
        most(Load::Transfers),
        most(Load::Hires)
    );
    match foresight.held() {
        0 => format!("{lets}. None of the file would be held."),
        held => format!(
            "{lets}. Of the file, {} would be HELD until {} confirms.",
            lines(held),
            latchkey_questions::facts::team_name(runbook, &rule.confirm)
        ),
    }
}

fn hours(time: SignedDuration) -> String {
    match (time.as_hours(), time.as_mins()) {
        (0, minutes) => format!("{minutes} minutes"),
        (hours, _) => format!("{hours} hours"),
    }
}

fn lines(n: usize) -> String {
    match n {
        1 => "1 line".to_owned(),
        n => format!("{n} lines"),
    }
}

/// Nothing is easier to read than a nought.
fn number(n: usize) -> String {
    match n {
        0 => String::new(),
        n => n.to_string(),
    }
}

fn table(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(columns);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_one_sentence_and_none_is_said_twice() {
        let notes = [
            "Nobody is known as employee 7.",
            "the record lacks: country",
            "Nobody is known as employee 7",
        ];
        let notes = notes.map(str::to_owned);
        assert_eq!(
            in_one(&notes),
            "Nobody is known as employee 7; the record lacks: country"
        );
    }
}
