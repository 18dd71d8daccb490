//! `latchkey retire`: what is known of people who have left goes into an archive after the time that the law sets.
//!
//! A person's cases go together, and only when they have left: of whoever works here, what they have follows from their
//! cases.

use std::{fs::OpenOptions, io::Write as _, path::Path};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_ledger::{ArchivedCase, Ledger, Retirable};
use latchkey_lifecycle::{Case, CaseId, CaseState, EmployeeId, EventKind, shown::line};
use serde_json::json;

use crate::{
    args::Retire,
    outcome::{Problem, print_json},
    place,
};

/// People that are looked at at once.
const PAGE: u16 = 100;

/// What was found, and done.
#[derive(Debug, Default)]
struct Done {
    people: usize,
    cases: Vec<CaseId>,
    /// Those whose trails are not whole.
    refused: Vec<String>,
}

pub(crate) async fn run(args: &Retire, as_json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await?;
    let before = day(args.closed_before)?;
    let mut done = Done::default();
    let mut after: Option<EmployeeId> = None;
    loop {
        let page = ledger.people(after.as_ref(), PAGE).await?;
        for (employee, _) in &page.people {
            let Some(cases) = have_left(&ledger, employee, before).await? else {
                continue;
            };
            let (before, refused) = (done.cases.len(), done.refused.len());
            for id in cases {
                one(&ledger, args, &id, &mut done).await?;
            }
            if args.archive.is_some() && args.by.is_some() && done.refused.len() == refused {
                ledger.forget_heard(employee).await?;
            }
            done.people += usize::from(done.cases.len() > before);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    tell(args, &done, as_json)
}

/// The instant at which a day begins (UTC).
fn day(day: Date) -> Result<Timestamp, Problem> {
    let begins = day.to_zoned(TimeZone::UTC).map_err(Problem::new)?;
    Ok(begins.timestamp())
}

/// The cases of somebody who has left and all of whose cases were closed before an instant; `None` for all others, and
/// for those of whom nothing is left to move.
async fn have_left(
    ledger: &Ledger,
    employee: &EmployeeId,
    before: Timestamp,
) -> Result<Option<Vec<CaseId>>, Problem> {
    let mut cases = Vec::new();
    for (id, _) in ledger.cases_of(employee).await? {
        match ledger.find_case(&id).await? {
            Some(row) => cases.push(row.item),
            // The trail of the others is not whole either: `audit verify` says so.
            None => return Ok(None),
        }
    }
    let over = |case: &Case| {
        let closed = case.closed_at.is_some_and(|at| at < before);
        case.is_settled() && closed
    };
    if !cases.iter().all(over) || !last_left(&cases) {
        return Ok(None);
    }
    Ok(Some(cases.into_iter().map(|case| case.id).collect()))
}

/// Whether the last decision that was carried out took everything.
fn last_left(cases: &[Case]) -> bool {
    let says = |case: &&Case| {
        let kind = case.kind;
        let counts = kind.joins() || kind.takes_all() || kind == EventKind::Transfer;
        counts && case.state == CaseState::Closed
    };
    let last = cases.iter().filter(says);
    let last = last.max_by_key(|case| (case.confirmed_at, &case.id));
    last.is_some_and(|case| case.kind.takes_all())
}

async fn one(ledger: &Ledger, args: &Retire, id: &CaseId, done: &mut Done) -> Result<(), Problem> {
    match (ledger.retirable(id).await?, &args.archive, &args.by) {
        (Retirable::Open | Retirable::Done, ..) => {}
        (Retirable::Faults(faults), ..) => {
            done.refused.extend(faults.iter().map(ToString::to_string));
        }
        (Retirable::Yes(_), None, _) | (Retirable::CutOff, None, _) | (_, _, None) => {
            done.cases.push(id.clone());
        }
        (Retirable::CutOff, Some(_), Some(_)) => {
            ledger.take_away(id).await?;
            done.cases.push(id.clone());
        }
        (Retirable::Yes(case), Some(archive), Some(by)) => {
            append(archive, &case)?;
            let name = archive.file_name().unwrap_or_default().to_string_lossy();
            ledger.retire(&case, &name, by, Timestamp::now()).await?;
            done.cases.push(id.clone());
        }
    }
    Ok(())
}

/// Writes a case to the archive and waits until it is on disk: what comes next takes it out of the ledger.
fn append(archive: &Path, case: &ArchivedCase) -> Result<(), Problem> {
    let mut text = case.lines.join("\n");
    text.push('\n');
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(archive).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|e| {
        Problem::new(format!(
            "the archive {} cannot be written: {e}. Nothing more was taken out of the ledger",
            archive.display()
        ))
    })
}

fn tell(args: &Retire, done: &Done, as_json: bool) -> Result<(), Problem> {
    let moved = args.archive.is_some();
    if as_json {
        print_json(&json!({
            "moved": moved, "people": done.people, "cases": done.cases, "refused": done.refused,
        }));
    } else {
        for fault in &done.refused {
            println!("{}", line(fault));
        }
        let (people, cases) = (done.people, done.cases.len());
        match &args.archive {
            Some(archive) => println!(
                "{cases} cases of {people} people who have left are in {}; of them the ledger keeps ids, days, and the heads of their \
                 trails. Keep that file for as long as the law wants it, and then delete it.",
                archive.display()
            ),
            None => println!(
                "{cases} cases of {people} people who have left would be moved. Nothing was changed; do it with --archive FILE --by NAME."
            ),
        }
    }
    match done.refused.is_empty() {
        true => Ok(()),
        false => Err(Problem::new(
            "the cases named above were left as they are: their trails are not whole. See `latchkey audit verify`",
        )),
    }
}
