//! `latchkey backup` and `latchkey restore`: one file with all that a folder knows, and a folder of it again.

use std::path::PathBuf;

use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use latchkey_embedded::{BackupError, Keys, Trails, back_up, file::SECRETS, restore};
use serde_json::json;

use crate::{
    outcome::{Problem, print_json},
    place,
    table::instant,
};

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write; it must not be there yet.
    pub(crate) file: PathBuf,
    /// The directory of the local Latchkey, whether it runs or not.
    #[arg(
        long,
        default_value = ".latchkey",
        value_name = "DIR",
        env = "LATCHKEY_DIR"
    )]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    pub(crate) file: PathBuf,
    /// The directory to restore into, empty or not there yet.
    #[arg(
        long,
        default_value = ".latchkey",
        value_name = "DIR",
        env = "LATCHKEY_DIR"
    )]
    pub(crate) dir: PathBuf,
    /// Put what is there aside, in a folder within it, where it is not empty.
    #[arg(long)]
    pub(crate) replace: bool,
}

pub(crate) async fn take(args: &Backup, as_json: bool) -> Result<(), Problem> {
    let taken = back_up(&args.dir, &args.file, Timestamp::now()).await;
    let taken = taken.map_err(problem)?;
    let (file, trails) = (args.file.display(), taken.trails);
    if let Some(slip) = Keys::reading(&args.dir.join(SECRETS)).slip() {
        eprintln!("WARNING: the backup has the secrets as they stand there: {slip}.");
    }
    if as_json {
        print_json(&json!({
            "file": args.file, "ledger": taken.ledger, "items": taken.items, "files": taken.files, "bytes": taken.bytes,
            "cases": trails.cases, "findings": trails.findings, "faults": trails.faults,
        }));
    } else {
        println!(
            "{file} has all of it: {} items of the ledger, {} other files, {} KiB. It was read again after it was written; the \
             audit trails of {} cases and {} findings can be read in it.",
            taken.items,
            taken.files,
            taken.bytes.div_ceil(1024),
            trails.cases,
            trails.findings
        );
    }
    held(trails)
}

pub(crate) async fn bring_back(args: &Restore, as_json: bool) -> Result<(), Problem> {
    place::mind_root(&args.dir);
    let restored = restore(&args.file, &args.dir, args.replace, Timestamp::now()).await;
    let restored = restored.map_err(problem)?;
    let (dir, trails) = (args.dir.display(), restored.trails);
    if as_json {
        print_json(&json!({
            "dir": args.dir, "ledger": restored.ledger, "taken": restored.taken, "items": restored.items,
            "cases": trails.cases, "findings": trails.findings, "faults": trails.faults, "aside": restored.aside,
        }));
        return held(trails);
    }
    println!(
        "{dir} is as it was at {}: {} items, {} cases.",
        instant(restored.taken, &TimeZone::UTC),
        restored.items,
        trails.cases
    );
    if let Some(aside) = &restored.aside {
        println!(
            "What was there before is in {}; delete it when all is well.",
            aside.display()
        );
    }
    println!(
        "Start it with `latchkey up --dir {dir}`: open cases go on from there. Then have the HR system send again what it confirmed \
         since, and see with `latchkey reconcile --dry-run --dir {dir}` what systems have that the ledger does not know of."
    );
    held(trails)
}

/// A copy of a ledger that was changed past Latchkey is a copy all the same, and not as it should be.
fn held(trails: Trails) -> Result<(), Problem> {
    match trails.faults {
        0 => Ok(()),
        n => Err(Problem::new(format!(
            "the ledger does not say what its audit trail says, in {n} {}: `latchkey audit verify` says where. Keep the backups \
             from before, too",
            if n == 1 { "place" } else { "places" }
        ))),
    }
}

fn problem(error: BackupError) -> Problem {
    match error {
        BackupError::NoLedger(_) => Problem::absent(error),
        other => Problem::new(other),
    }
}
