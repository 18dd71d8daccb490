//! Takes in what a file says of one person after the other.

use latchkey_hris::Told;
use latchkey_lifecycle::CaseId;
use latchkey_runtime::Failure;

use super::Line;
use crate::{Deps, take_in};

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

/// Takes in what a line says. The same again, after it was cut off, takes in what is still new.
///
/// # Errors
/// [`Failure`] when the ledger or the state machine does not answer.
pub async fn take_line(deps: &Deps, line: Line, taken: &mut Taken) -> Result<(), Failure> {
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
        let done = take_in(deps, event).await?;
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
