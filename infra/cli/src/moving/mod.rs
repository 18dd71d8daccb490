//! `latchkey export` and `latchkey import-ledger`: a ledger goes from one place to another, a folder or a table on AWS,
//! with every item that it has. What runs of its cases belongs to the place that it leaves; where it arrives they are
//! planned anew, as at a restart.

mod attached;
mod file;

use std::{path::PathBuf, time::Duration};

use clap::Args;
use jiff::Timestamp;
use latchkey_embedded::{FolderLock, file as name, private_folder};
use latchkey_ledger::{Arrival, Ledger, LedgerId, WRITTEN_AT_ONCE, WholeItem, embedded};
use serde_json::json;
use tempfile::NamedTempFile;

use self::file::{Exported, Tally, Writer};
use crate::{
    args::LedgerPlace,
    outcome::{Problem, print_json},
    place,
};

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write; it must not be there yet.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

#[derive(Debug, Args)]
pub(crate) struct ImportLedger {
    /// The exported ledger.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: LedgerPlace,
}

/// A ledger that nobody else on this machine works on.
struct Own {
    ledger: Ledger,
    _lock: Option<FolderLock>,
}

impl Own {
    async fn open(place: &LedgerPlace) -> Result<Own, Problem> {
        if place.table.is_some() {
            let ledger = place::ledger(place).await?;
            return Ok(Own {
                ledger,
                _lock: None,
            });
        }
        let path = place.dir.join(name::LEDGER);
        if matches!(path.try_exists(), Ok(false)) {
            return Err(place::no_ledger(place));
        }
        let lock = FolderLock::take(&place.dir)?;
        Ok(Own {
            ledger: embedded::open_file_here(&path).await?,
            _lock: Some(lock),
        })
    }
}

pub(crate) async fn export(args: &Export, as_json: bool) -> Result<(), Problem> {
    let own = Own::open(&args.place).await?;
    let now = Timestamp::now();
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random)?;
    let id = own.ledger.identify(LedgerId::of(random), now).await?;
    let before = tally(&own.ledger, None).await?;
    let mut writer = Writer::new(&args.file, id.clone(), before.items, now)?;
    let (mut written, mut from) = (Tally::default(), None);
    loop {
        let page = own.ledger.every_item(from).await?;
        for item in &page.items {
            written.add(item)?;
            writer.item(item)?;
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    if written != before {
        return Err(Problem::new(
            "something writes to the ledger while it is read, so no export of it is whole; there is no file. Stop what works on it \
             first (OPERATIONS.md, \"Moving\"), then export again",
        ));
    }
    let files = match &args.place.table {
        Some(_) => 0,
        None => attached::export(&args.place.dir, &args.file)?,
    };
    let checksum = writer.end(written.items)?;
    let beside = attached::beside(&args.file);
    if as_json {
        print_json(&json!({
            "file": args.file, "ledger": id, "items": written.items, "sha256": checksum, "attached": files,
        }));
        return Ok(());
    }
    match (&args.place.table, files) {
        (Some(_), _) => println!(
            "Files of tasks are in the stack's bucket: `aws s3 sync s3://BUCKET {}` brings them along.",
            beside.display()
        ),
        (None, 0) => {}
        (None, files) => println!("{} has the {files} files of its tasks.", beside.display()),
    }
    println!(
        "{} has all {} items of ledger {id}. From now on one of the two is the ledger: let nothing start where it came from. Secrets \
         are not in it.",
        args.file.display(),
        written.items
    );
    Ok(())
}

/// Goes through all items but those that say that this was brought here.
async fn tally(ledger: &Ledger, brought: Option<&str>) -> Result<Tally, Problem> {
    let (mut tally, mut from) = (Tally::default(), None);
    loop {
        let page = ledger.every_item(from).await?;
        let own = |item: &&WholeItem| !brought.is_some_and(|brought| item.is_arrival_of(brought));
        for item in page.items.iter().filter(own) {
            tally.add(item)?;
        }
        from = page.next;
        if from.is_none() {
            return Ok(tally);
        }
    }
}

pub(crate) async fn import(args: &ImportLedger, as_json: bool) -> Result<(), Problem> {
    let exported = Exported::open(&args.file)?;
    let untouched = match &args.place.table {
        Some(table) => into_table(args, &exported, table).await?,
        None => {
            into_folder(args, &exported).await?;
            attached::import(&args.file, &args.place.dir)?;
            true
        }
    };
    let (id, items) = (&exported.head.ledger, exported.head.items);
    if as_json {
        print_json(&json!({ "ledger": id, "items": items, "untouched": untouched }));
        return Ok(());
    }
    match &args.place.table {
        Some(table) => {
            let beside = attached::beside(&args.file);
            if beside.exists() {
                println!(
                    "The files of its tasks go into the stack's bucket: `aws s3 sync {} s3://BUCKET`.",
                    beside.display()
                );
            }
            println!(
                "Table {table} has all {items} items of ledger {id}. The next sweep plans its open cases anew and starts them."
            );
            if !untouched {
                println!(
                    "Something has written to it meanwhile, most likely the stack's own functions."
                );
            }
        }
        None => {
            let dir = args.place.dir.display();
            println!(
                "{dir} has all {items} items of ledger {id}. Put its secrets.json there, or no link that was sent opens; then start it: \
                 `latchkey up --dir {dir}` plans its open cases anew and goes on."
            );
        }
    }
    Ok(())
}

/// All or nothing: the ledger gets its name when all of it is there.
async fn into_folder(args: &ImportLedger, exported: &Exported) -> Result<(), Problem> {
    let folder = &args.place.dir;
    let cannot = |e: std::io::Error| Problem::new(format!("{}: {e}", folder.display()));
    private_folder(folder).map_err(cannot)?;
    place::mind_root(folder);
    let _lock = FolderLock::take(folder)?;
    let path = folder.join(name::LEDGER);
    if path.exists() {
        return Err(Problem::new(format!(
            "{} has a ledger already; import into a folder that has none",
            folder.display()
        )));
    }
    let file = NamedTempFile::new_in(folder).map_err(cannot)?;
    let ledger = embedded::open_file_here(file.path()).await?;
    if !bring(&ledger, exported, false).await? {
        return Err(Problem::new(
            "what was written is not what was read; nothing was imported",
        ));
    }
    // With its last handle it is closed, and all of it is in its file.
    drop(ledger);
    file.as_file().sync_all().map_err(cannot)?;
    file.persist_noclobber(&path).map_err(|e| cannot(e.error))?;
    Ok(())
}

/// Not all or nothing, since no table takes so much at once; but the same command goes on where it was cut off, and
/// writes over nothing that is there. Whether the table is item by item what was exported.
async fn into_table(
    args: &ImportLedger,
    exported: &Exported,
    table: &str,
) -> Result<bool, Problem> {
    let ledger = place::ledger(&args.place).await?;
    let arrival = ledger.arrival(&exported.checksum).await?;
    let again = match arrival {
        Some(Arrival { done: Some(_), .. }) => {
            return Err(Problem::new(format!(
                "table {table} has all of this export already; there is nothing to do"
            )));
        }
        Some(_) => true,
        None if ledger.every_item(None).await?.items.is_empty() => false,
        None => {
            return Err(Problem::new(format!(
                "table {table} is not empty. A ledger is imported into an empty table only: that of a stack that was just deployed, before \
                 a runbook is published there"
            )));
        }
    };
    bring(&ledger, exported, again).await
}

/// Writes all items, those last that somebody finds who looks for what is to be done: whoever finds a case finds all of
/// it. Whether there is now what was exported, item by item.
async fn bring(ledger: &Ledger, exported: &Exported, again: bool) -> Result<bool, Problem> {
    let mut arrival = Arrival {
        checksum: exported.checksum.clone(),
        items: exported.head.items,
        began: Timestamp::now(),
        done: None,
    };
    ledger.note_arrival(&arrival).await?;
    for indexed in [false, true] {
        let mut batch = Vec::with_capacity(WRITTEN_AT_ONCE);
        for item in exported.items()? {
            let item = item?;
            if item.is_indexed() == indexed {
                batch.push(item);
            }
            if batch.len() == WRITTEN_AT_ONCE {
                write(ledger, std::mem::take(&mut batch), again).await?;
            }
        }
        write(ledger, batch, again).await?;
    }
    let there = tally(ledger, Some(&exported.checksum)).await?;
    if there.items < exported.tally.items {
        return Err(Problem::new(format!(
            "{} of {} items are there; run the same command again",
            there.items, exported.tally.items
        )));
    }
    arrival.done = Some(Timestamp::now());
    ledger.note_arrival(&arrival).await?;
    Ok(there == exported.tally)
}

/// How long a table that takes no more is left alone, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// How often it is tried: for some minutes.
const ATTEMPTS: u32 = 30;

async fn write(ledger: &Ledger, items: Vec<WholeItem>, again: bool) -> Result<(), Problem> {
    let mut left = match again && !items.is_empty() {
        true => ledger.not_there(items).await?,
        false => items,
    };
    let mut pause = PAUSE.0;
    for _ in 0..ATTEMPTS {
        if left.is_empty() {
            return Ok(());
        }
        left = ledger.put_items(left).await?;
        if !left.is_empty() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }
    Err(Problem::new(
        "the table takes no more for now; run the same command again, and it goes on where it is",
    ))
}
