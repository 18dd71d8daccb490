//! Takes a file in: whole or not at all, as far as its mistakes go; then person by person.

use latchkey_hris::{CSV, Mistake, Told};
use latchkey_lifecycle::CaseId;
use latchkey_runtime::Failure;

use crate::{Deps, Dropped, letters, look, look::Line};

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing of it was taken in.
    Refused(Vec<Mistake>),
    /// It was taken in.
    Taken(Taken),
}

/// What a file brought. Each row is of a person, and each person is counted once: in `changed`, in `same`, or among
/// those of whom HR hears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Rows with something in them.
    pub rows: usize,
    /// People in them.
    pub people: usize,
    /// People of whom something was news.
    pub changed: usize,
    /// People of whom everything was known.
    pub same: usize,
    /// The line and the case of each event that was news.
    pub cases: Vec<(u64, CaseId)>,
    /// Lines of people who have been here for long and whom nobody told Latchkey of.
    pub strangers: Vec<u64>,
    /// Lines of people who are most likely known under another id, and who that is.
    pub alike: Vec<(u64, String)>,
    /// Lines of people of whom something newer is known than the file.
    pub older: Vec<u64>,
    /// Lines that told something of which nothing came, and what they stand against.
    pub idle: Vec<(u64, String)>,
    /// Lines that were taken in and that somebody should look at, and why.
    pub asked: Vec<(u64, String)>,
}

impl Taken {
    /// How many lines HR hears of.
    pub fn to_look_at(&self) -> usize {
        let listed = [&self.alike, &self.idle, &self.asked];
        let listed: usize = listed.iter().map(|lines| lines.len()).sum();
        self.strangers.len() + self.older.len() + listed
    }
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
        take_line(deps, line, &mut taken).await?;
    }
    if taken.to_look_at() > 0 {
        letters::told(deps, &runbook, &file.name, &taken).await?;
    }
    Ok(Outcome::Taken(taken))
}

async fn take_line(deps: &Deps<'_>, line: Line, taken: &mut Taken) -> Result<(), Failure> {
    let at = line.line;
    let events = match line.told {
        Told::Events(events) => events,
        Told::Nothing => {
            taken.same += 1;
            return Ok(());
        }
        Told::Older => {
            taken.older.push(at);
            return Ok(());
        }
        Told::Alike(alike) => {
            let text = format!("employee {} is not known; {alike}", line.employee);
            taken.alike.push((at, text));
            return Ok(());
        }
        Told::Stranger(events) => {
            taken.strangers.push(at);
            events
        }
    };
    let mut news = false;
    for event in events {
        let what = event.kind.words();
        let done = latchkey_decisions::take_in(deps.intake, event).await?;
        if done.news {
            news = true;
            taken.cases.extend(done.case.map(|case| (at, case)));
        } else {
            let text = match (done.note, done.case) {
                (Some(note), _) => format!("the {what}: {note}"),
                (None, Some(case)) => {
                    format!("the {what} changed nothing: case {case} says so already")
                }
                (None, None) => format!("the {what} is kept, and changed nothing"),
            };
            taken.idle.push((at, text));
        }
    }
    taken.changed += usize::from(news);
    taken
        .asked
        .extend(line.asked.into_iter().map(|text| (at, text)));
    Ok(())
}
