//! Somebody hears of letters that were given up: HR of a manager's address, the operations team of all others.

use latchkey_lifecycle::{About, Letter, LetterId, QueuedLetter, TeamId, shown};
use latchkey_questions::facts::reader_name;
use latchkey_runbook::Runbook;
use latchkey_runtime::MANAGERS;

/// The letter that tells of one that was given up; none where it would go to the address that takes no letters.
pub(crate) fn told(runbook: &Runbook, given_up: &QueuedLetter, whom: &str) -> Option<QueuedLetter> {
    let lost = &given_up.letter;
    let of_manager = lost.team == MANAGERS;
    let team: &TeamId = match of_manager {
        true => runbook.hr_team(),
        false => runbook.operations_team(),
    };
    let to = runbook.team(team)?.email.clone();
    if to == lost.to {
        return None;
    }
    let problem = shown::line(given_up.problem.as_deref().unwrap_or_default());
    let address = shown::line(&lost.to);
    let reader = reader_name(runbook, &lost.team);
    let to_do = match of_manager {
        true => {
            "Correct the manager's address in the HR system. You have the summary yourself: pass it on if it is wanted. Nothing else \
             waits for this."
        }
        false => {
            "Correct the address in the runbook, or have its mailbox mended, and publish the runbook. What was asked is still open: its \
             deadlines go on, and whoever is next to be told is told. To have it asked again: latchkey redrive CASE --by \"YOUR NAME\""
        }
    };
    let case = given_up.about.as_ref().map(|about| about.case.to_string());
    let case = case
        .map(|case| format!("\n\nCase {case}."))
        .unwrap_or_default();
    let subject = match of_manager {
        true => format!("The manager of {whom} cannot be reached at {address}"),
        false => format!("NOT SENT: a letter to {reader} at {address}"),
    };
    let text = format!(
        "This letter was not taken, and is not tried any more:\n\n  To:      {address} ({})\n  Subject: {}\n  Problem: {problem}\n\n\
         What to do: {to_do}{case}\n\n-- \nLatchkey for {}\n",
        shown::line(&reader),
        shown::line(&lost.subject),
        runbook.company(),
    );
    let now = given_up.ended_at?;
    let about = given_up.about.as_ref().map(|about| About {
        case: about.case.clone(),
        task: None,
        question: None,
        record: None,
    });
    let id = LetterId::of(&[&"not sent", &given_up.id]);
    Some(QueuedLetter::new(
        id,
        Letter::new(team.to_string(), to, subject, text),
        about,
        now,
    ))
}
