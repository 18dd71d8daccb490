//! Letters to HR about a file: what is wrong with it, and what of it somebody has to look at.

use latchkey_hris::Mistake;
use latchkey_lifecycle::{Letter, LetterId, QueuedLetter, shown};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;

use crate::{Deps, Taken};

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

/// Tells HR and operations what of a file that was taken in somebody has to look at.
pub(crate) async fn told(
    deps: &Deps<'_>,
    runbook: &Runbook,
    name: &str,
    taken: &Taken,
) -> Result<(), Failure> {
    let name = &*shown::line(name);
    let lines = match taken.to_look_at() {
        1 => "1 line".to_owned(),
        n => format!("{n} lines"),
    };
    let subject = format!("{lines} of {name} to look at");
    send(deps, runbook, subject, text(name, taken)).await
}

fn text(name: &str, taken: &Taken) -> String {
    let Taken {
        rows,
        people,
        changed,
        same,
        ..
    } = taken;
    let places = |lines: &[u64]| {
        lines
            .iter()
            .map(|n| format!("{name}:{n}"))
            .collect::<Vec<String>>()
    };
    let sentences = |lines: &[(u64, String)]| {
        let line = |(n, text): &(u64, String)| format!("{name}:{n}: {text}");
        lines.iter().map(line).collect::<Vec<String>>()
    };
    let sections = [
        (
            "These are most likely people who are known under another id: a spreadsheet takes an id for a number, and the noughts \
             before it are lost. They were not hired, and no last day of theirs was carried out.",
            sentences(&taken.alike),
            "correct the ids where the file comes from, and drop it again. If somebody has got a new id, name the old one in the \
             column `previousId`. If they are two people, have whoever runs Latchkey take the second in (`latchkey mass \
             --allow-unknown`).",
        ),
        (
            "These people have been here for long and Latchkey was never told of them. They were not hired anew.",
            places(&taken.strangers),
            "have whoever runs Latchkey take over who is there (`latchkey import`). Until then Latchkey carries out no transfer for them; a last day in \
             the file is carried out.",
        ),
        (
            "These lines say something else than what is known, and what is known is newer than the file.",
            places(&taken.older),
            "if the file is right, drop it again as it is now.",
        ),
        (
            "Of these lines nothing came.",
            sentences(&taken.idle),
            "look at the case, and at what HR confirmed since.",
        ),
        (
            "These lines were taken in as they stand. Are they right?",
            sentences(&taken.asked),
            "where they are not, correct the file where it comes from, and drop it again.",
        ),
    ];
    let mut text = format!(
        "{name} was taken in. It has {rows} rows with {people} people in them: of {changed} something changed, of {same} everything \
         was known.\n"
    );
    for (what, lines, to_do) in sections {
        if !lines.is_empty() {
            let lines = listed(lines.into_iter());
            text.push_str(&format!("\n{what}\n\n{lines}\nWhat to do: {to_do}\n"));
        }
    }
    text
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
    let now = deps.intake.clock.now();
    for team in teams {
        let to = runbook.team(team).map(|t| t.email.clone());
        let text = format!("{text}\n-- \nLatchkey for {}\n", runbook.company());
        let letter = Letter::new(team.to_string(), to.unwrap_or_default(), &subject, text);
        let id = LetterId::of(&[&"file", &now, &letter.subject, &letter.to]);
        let letter = QueuedLetter::new(id, letter, None, now);
        deps.intake.ledger.write_letters(&[letter]).await?;
    }
    Ok(())
}
