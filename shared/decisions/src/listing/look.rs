//! What a file of people says against what is known, line by line. Changes nothing.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_hris::{
    CSV, Known, Listed, Listing, Mistake, MistakeAbout, People, Told, changes, is_new, people,
    text_of,
};
use latchkey_ledger::PersonRecord;
use latchkey_lifecycle::{Alike, EmployeeId, Event, EventKind, PersonDraft};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use sha2::{Digest, Sha256};

use crate::{
    Looks,
    expected::today,
    listing::Dropped,
    past::{long_ahead, long_past},
};

/// People that the ledger is asked for at once.
const PAGE: usize = 100;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Rows with something in them, below the first.
    pub rows: usize,
    /// Each person once, in the order of the file.
    pub lines: Vec<Line>,
}

/// What is said of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where they stand; lines count from 1, as an editor shows them.
    pub line: u64,
    /// Whose line it is.
    pub employee: EmployeeId,
    /// What it says against what is known.
    pub told: Told,
    /// What HR is asked to look at; nothing waits for it.
    pub asked: Vec<String>,
}

/// Compares a file with who is known, in the words of a runbook; every mistake when it has some.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn look(
    looks: Looks<'_>,
    runbook: &Runbook,
    file: &Dropped,
) -> Result<Result<Looked, Vec<Mistake>>, Failure> {
    let People { rows, listed } = match read(&file.bytes) {
        Ok(people) => people,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    let listing = Listing {
        id: id(file.at, &file.bytes),
        at: file.at,
    };
    let mut lines = Vec::with_capacity(listed.len());
    for page in listed.chunks(PAGE) {
        let known = OfPage::of(looks, page).await?;
        lines.extend(page.iter().filter_map(|one| {
            let one = &Listed {
                person: runbook.in_its_words(one.person.clone()),
                ..one.clone()
            };
            let employee = one.person.employee_id.clone()?;
            let day = today(&one.person, runbook, file.at);
            let told = changes(&listing, one, known.of_person(&employee), day);
            Some(Line {
                line: one.line,
                asked: asked(runbook, one, &told, &known, day),
                employee,
                told,
            })
        }));
    }
    Ok(Ok(Looked { rows, lines }))
}

/// What is asked about a line, as far as anything comes of it: what was as it is before is not told again.
fn asked(
    runbook: &Runbook,
    listed: &Listed,
    told: &Told,
    known: &OfPage,
    today: Date,
) -> Vec<String> {
    let gives = |event: &Event| event.kind != EventKind::Exit;
    let Told::Events(events) = told else {
        return Vec::new();
    };
    let id = listed.person.employee_id.as_ref();
    let alike = id.and_then(|id| known.alike.get(id));
    let alike = alike.map(|alike| format!("{alike}, too: are they two people?"));
    let record = id.and_then(|id| known.records.get(id));
    let before = record.map(|known| runbook.unmatched_values(&known.record));
    let unmatched = match events.iter().any(gives) {
        true => runbook.unmatched_values(&listed.person),
        false => Vec::new(),
    };
    let unmatched = unmatched
        .into_iter()
        .filter(|one| !before.as_ref().is_some_and(|before| before.contains(one)))
        .map(|one| one.to_string());
    let asked = listed.asked.iter().cloned();
    let past = events.iter().filter_map(|event| long_past(event, today));
    let far = events.iter().filter_map(|event| long_ahead(event, today));
    asked
        .chain(past)
        .chain(far)
        .chain(alike)
        .chain(unmatched)
        .collect()
}

/// What the ledger knows of a page of people.
struct OfPage {
    records: HashMap<EmployeeId, PersonRecord>,
    alike: HashMap<EmployeeId, Alike>,
}

impl OfPage {
    async fn of(looks: Looks<'_>, page: &[Listed]) -> Result<OfPage, Failure> {
        let people = page.iter().map(|one| &one.person);
        let ids: Vec<EmployeeId> = people
            .clone()
            .filter_map(|p| p.employee_id.clone())
            .collect();
        let mut records = looks.ledger.records_of(&ids).await?;
        for (employee, known) in &mut records {
            forget_untold_exit(looks, employee, known).await?;
        }
        let unknown = |person: &&PersonDraft| {
            let id = person.employee_id.as_ref();
            id.is_some_and(|id| !records.contains_key(id))
        };
        let alike = looks.ledger.people_alike(people.filter(unknown)).await?;
        Ok(OfPage { records, alike })
    }

    fn of_person(&self, employee: &EmployeeId) -> Known<'_> {
        match (self.records.get(employee), self.alike.get(employee)) {
            (Some(known), _) => Known::Record {
                record: &known.record,
                as_of: known.as_of,
            },
            (None, Some(alike)) if alike.is_likely() => Known::Alike(alike),
            (None, _) => Known::No,
        }
    }
}

/// A last day that is known without an exit, as of somebody who was taken over with it, is still to be told. One that
/// is long past is not looked at.
async fn forget_untold_exit(
    looks: Looks<'_>,
    employee: &EmployeeId,
    known: &mut PersonRecord,
) -> Result<(), Failure> {
    let today = looks.clock.now().to_zoned(TimeZone::UTC).date();
    if known.record.last_day.is_none() || !is_new(known.record.last_day, today) {
        return Ok(());
    }
    let is_exit = |kind| matches!(kind, EventKind::Exit | EventKind::UrgentExit);
    let cases = looks.ledger.cases_of(employee).await?;
    if !cases.iter().any(|(_, kind)| is_exit(*kind)) {
        known.record.last_day = None;
    }
    Ok(())
}

/// Everybody in a file, or every mistake.
fn read(bytes: &[u8]) -> Result<People, Vec<Mistake>> {
    let text = text_of(bytes).map_err(|mistake| vec![mistake])?;
    let backwards = |person: &PersonDraft| {
        let last = person.last_day?;
        let start = person.start_date.filter(|start| last < *start)?;
        Some((
            "lastDay",
            format!("{last} is before the first day, {start}"),
        ))
    };
    let people = people(&text, &backwards)?;
    if people.listed.is_empty() {
        let nobody = Mistake::new(
            1,
            1,
            "there is nobody in the file: below the names of the columns stands nothing",
        );
        return Err(vec![nobody.about(MistakeAbout::File)]);
    }
    Ok(people)
}

/// What a drop is called: the same when its taking in is tried again, another one when the same file is dropped anew,
/// since somebody may have had another title in between.
fn id(at: Timestamp, bytes: &[u8]) -> String {
    format!(
        "{CSV}-{}-{}",
        at.as_millisecond(),
        hex::encode(&Sha256::digest(bytes)[..8])
    )
}
