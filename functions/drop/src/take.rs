//! Takes a file in: whole or not at all, as far as its mistakes go; then person by person.

use latchkey_decisions::listing::{Dropped, Taken, look, take_line};
use latchkey_hris::{CSV, Mistake};
use latchkey_runtime::Failure;

use crate::{Deps, letters};

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing of it was taken in.
    Refused(Vec<Mistake>),
    /// It was taken in.
    Taken(Taken),
}

/// Takes a file in.
///
/// # Errors
/// [`Failure`] when the ledger, the state machine or a letter fails: the same file may come again, and gives what is
/// still new.
pub async fn take(deps: &Deps<'_>, file: &Dropped) -> Result<Outcome, Failure> {
    let intake = deps.intake;
    let (_, runbook) = intake.runbooks.current(&intake.ledger).await?;
    let looked = match look(intake.looks(), &runbook, file).await? {
        Ok(looked) => looked,
        Err(mistakes) => {
            letters::refused(deps, &runbook, &file.name, &mistakes).await?;
            return Ok(Outcome::Refused(mistakes));
        }
    };
    if let Err(error) = intake.ledger.note_heard(CSV, file.at).await {
        // Only who looks after it misses something.
        tracing::warn!(%error, "it is not noted that a file came");
    }
    let mut taken = Taken {
        rows: looked.rows,
        people: looked.lines.len(),
        ..Taken::default()
    };
    for line in looked.lines {
        take_line(intake, line, &mut taken).await?;
    }
    if taken.to_look_at() > 0 {
        letters::told(deps, &runbook, &file.name, &taken).await?;
    }
    Ok(Outcome::Taken(taken))
}
