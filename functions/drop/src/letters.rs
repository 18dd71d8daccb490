//! Letters to HR about a file: what is wrong with it, and whom it names that nobody knows.

use latchkey_hris::Mistake;
use latchkey_lifecycle::shown;
use latchkey_runbook::Runbook;
use latchkey_runtime::{Failure, Letter};

use crate::Deps;

/// Lines that a letter shows; it counts the rest.
const SHOWN: usize = 25;

/// Tells HR and operations that nothing of a file was taken in.
pub(crate) async fn refused(
    deps: &Deps<'_>,
    runbook: &Runbook,
    name: &str,
    mistakes: &[Mistake],
) -> Result<(), Failure> {
    let count = match mistakes.len() {
        1 => "1 mistake".to_owned(),
        n => format!("{n} mistakes"),
    };
    let name = &*shown::line(name);
    let place = |m: &Mistake| format!("{name}:{}:{}: {}", m.line, m.column, m.text);
    let text = format!(
        "Nothing of {name} was taken in. It has {count}; each is told by line and cell:\n\n{}\n\
         What to do: correct the file where it comes from, and drop it again. Nobody is hired, moved or sees access end by it \
         before.\n",
        listed(mistakes.iter().map(place))
    );
    send(deps, runbook, format!("REFUSED: {name} has {count}"), text).await
}

/// Tells HR and operations of people whom only the file knows.
pub(crate) async fn strangers(
    deps: &Deps<'_>,
    runbook: &Runbook,
    name: &str,
    lines: &[u64],
) -> Result<(), Failure> {
    let name = &*shown::line(name);
    let (count, they) = match lines.len() {
        1 => ("1 person".to_owned(), "has"),
        n => (format!("{n} people"), "have"),
    };
    let text = format!(
        "{name} was taken in. Of its lines, {count} {they} been here for long and Latchkey was never told of them. They were not \
         hired anew:\n\n{}\n\
         What to do: take over who is there with `latchkey import`. Until then Latchkey carries out no transfer for them; a last \
         day in the file is carried out.\n",
        listed(lines.iter().map(|line| format!("{name}:{line}")))
    );
    send(
        deps,
        runbook,
        format!("{count} in {name} whom Latchkey does not know"),
        text,
    )
    .await
}

fn listed(lines: impl ExactSizeIterator<Item = String>) -> String {
    let rest = lines.len().saturating_sub(SHOWN);
    let mut text: String = lines
        .take(SHOWN)
        .map(|line| format!("- {}\n", shown::line(&line)))
        .collect();
    if rest > 0 {
        text.push_str(&format!("And {rest} more.\n"));
    }
    text
}

async fn send(
    deps: &Deps<'_>,
    runbook: &Runbook,
    subject: String,
    text: String,
) -> Result<(), Failure> {
    let mut teams = vec![runbook.hr_team(), runbook.operations_team()];
    teams.dedup();
    for team in teams {
        let to = runbook.team(team).map(|t| t.email.clone());
        let text = format!("{text}\n-- \nLatchkey for {}\n", runbook.company());
        let letter = Letter::new(team.to_string(), to.unwrap_or_default(), &subject, text);
        deps.mail.send(&letter).await?;
    }
    Ok(())
}
