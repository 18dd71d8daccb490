//! Takes a file in: whole or not at all, as far as its mistakes go; then person by person.

use jiff::Timestamp;
use latchkey_hris::{CSV, Known, Listed, Listing, Mistake, Told, changes, people};
use latchkey_lifecycle::{CaseId, EmployeeId, PersonDraft};
use latchkey_runtime::Failure;
use sha2::{Digest, Sha256};

use crate::{Deps, Dropped, file::MAX_BYTES, letters};

/// People that the ledger is asked for at once.
const PAGE: usize = 100;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing of it was taken in.
    Refused(Vec<Mistake>),
    /// It was taken in.
    Taken(Taken),
}

/// What a file brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// People in it.
    pub people: usize,
    /// The line and the case of each event that was news.
    pub cases: Vec<(u64, CaseId)>,
    /// Lines of people who have been here for long and whom nobody told Latchkey of.
    pub strangers: Vec<u64>,
}

/// Takes a file in.
///
/// # Errors
/// [`Failure`] when the ledger, the state machine or a letter fails: the same file may come again, and gives what is still new.
pub async fn take(deps: &Deps<'_>, file: &Dropped) -> Result<Outcome, Failure> {
    let intake = deps.intake;
    let (_, runbook) = intake.runbooks.current(&intake.ledger).await?;
    let listed = match read(&file.bytes) {
        Ok(listed) => listed,
        Err(mistakes) => {
            letters::refused(deps, &runbook, &file.name, &mistakes).await?;
            return Ok(Outcome::Refused(mistakes));
        }
    };
    let listing = Listing {
        id: id(file.at, &file.bytes),
        at: file.at,
    };
    let mut taken = Taken {
        people: listed.len(),
        ..Taken::default()
    };
    for page in listed.chunks(PAGE) {
        let ids: Vec<EmployeeId> = page
            .iter()
            .filter_map(|one| one.person.employee_id.clone())
            .collect();
        let records = intake.ledger.records_of(&ids).await?;
        for one in page {
            let one = &Listed {
                person: runbook.in_its_words(one.person.clone()),
                ..*one
            };
            let known = one
                .person
                .employee_id
                .as_ref()
                .and_then(|id| records.get(id));
            let known = known.map(|known| Known {
                record: &known.record,
                as_of: known.as_of,
            });
            let day = sweep::today(&one.person, &runbook, file.at);
            match changes(&listing, one, known, day) {
                Told::Nothing => {}
                Told::Stranger => taken.strangers.push(one.line),
                Told::Events(events) => {
                    for event in events {
                        let done = intake::take_in(intake, event, None).await?;
                        if done.news {
                            taken.cases.push((one.line, done.case));
                        }
                    }
                }
            }
        }
    }
    if !taken.strangers.is_empty() {
        letters::strangers(deps, &runbook, &file.name, &taken.strangers).await?;
    }
    Ok(Outcome::Taken(taken))
}

/// Everybody in a file, or every mistake.
fn read(bytes: &[u8]) -> Result<Vec<Listed>, Vec<Mistake>> {
    let whole = |text: &str| vec![Mistake::new(1, 1, text)];
    if bytes.len() > MAX_BYTES {
        return Err(whole("the file is longer than 16 MiB"));
    }
    let text = str::from_utf8(bytes).map_err(|e| {
        let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let problem = "this is not UTF-8: save the file as \"CSV UTF-8\"";
        vec![Mistake::new(line as u64, 1, problem)]
    })?;
    let backwards = |person: &PersonDraft| {
        let last = person.last_day?;
        let start = person.start_date.filter(|start| last < *start)?;
        Some((
            "lastDay",
            format!("{last} is before the first day, {start}"),
        ))
    };
    let listed = people(text, &backwards)?;
    if listed.is_empty() {
        return Err(whole("there is nobody in the file"));
    }
    Ok(listed)
}

/// What a drop is called: the same when its taking in is tried again, another one when the same file is dropped anew, since
/// somebody may have had another title in between.
fn id(at: Timestamp, bytes: &[u8]) -> String {
    format!(
        "{CSV}-{}-{}",
        at.as_millisecond(),
        hex::encode(&Sha256::digest(bytes)[..8])
    )
}
