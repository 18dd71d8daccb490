//! `latchkey status`: how it is, and what needs somebody.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use latchkey_embedded::{Condition, Files, Findings, Process, STATUS, Status, condition};
use latchkey_lifecycle::{how_long, instant_and_how_far, shown::line};
use latchkey_runtime::Runbooks;

use crate::{
    args::StatusOf,
    outcome::{Problem, print_json},
    place, process,
    table::company_zone,
};

/// No Latchkey runs there.
const NOT_RUNNING: u8 = 2;
/// How long a running one may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(args: &StatusOf, as_json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await?;
    let runbooks = Runbooks::default();
    let now = Timestamp::now();
    let on_aws = args.place.table.is_some();
    let running = match on_aws {
        true => None,
        false => {
            process::ask(&args.place.dir, "how it is", PATIENCE, |client, at| {
                client.get(format!("{at}{STATUS}"))
            })
            .await?
        }
    };
    let runs = running.is_some();
    let status = match running {
        Some(status) => status,
        None => {
            let files = (!on_aws).then(|| Files::of(&args.place.dir));
            Status::of(None, files, condition(&ledger, &runbooks, now).await?, now)
        }
    };
    if as_json {
        print_json(&status);
    } else {
        let zone = company_zone(&ledger, &runbooks).await;
        print(&status, args, &zone, now);
    }
    if !runs && !on_aws {
        return Err(Problem {
            status: NOT_RUNNING,
            ..Problem::silent()
        });
    }
    match status.needs_somebody.is_empty() {
        true => Ok(()),
        false => Err(Problem::silent()),
    }
}

fn print(status: &Status, args: &StatusOf, zone: &TimeZone, now: Timestamp) {
    let at = |at: Timestamp| instant_and_how_far(at, zone, now);
    let dir = args.place.dir.display();
    match (&status.process, &args.place.table) {
        (Some(process), _) => print_process(process, &dir.to_string(), &at, now),
        (None, Some(table)) => {
            println!("The ledger {table} on AWS; its alarms and dashboard say how the stack is.")
        }
        (None, None) => println!(
            "No Latchkey runs in {dir}: nothing is taken in, asked or carried out. Start it with: latchkey up --dir {dir}"
        ),
    }
    print_ledger(&status.ledger, &at);
    if let Some(files) = &status.files {
        print_files(files);
    }
    let stopped = status.process.is_none() && args.place.table.is_none();
    if status.needs_somebody.is_empty() {
        if !stopped {
            println!("Nothing needs an operator. What teams are asked: latchkey cases");
        }
        return;
    }
    println!("This needs an operator:");
    for words in &status.needs_somebody {
        println!("  - {}", line(words));
    }
}

fn print_process(process: &Process, dir: &str, at: &dyn Fn(Timestamp) -> String, now: Timestamp) {
    let up = how_long(now.duration_since(process.started));
    println!("Latchkey {} runs in {dir}, for {up}.", process.version);
    let sweep = match (&process.last_sweep, process.sweep_every) {
        (_, 0) => "never (--sweep-every 0)".to_owned(),
        (None, _) => "none yet since it was started".to_owned(),
        (Some(last), _) => {
            let became = match &last.failure {
                Some(failure) => format!("failed ({failure})"),
                None => format!("{} findings new, {} as before", last.opened, last.kept),
            };
            format!("{}: {became}", at(last.ended))
        }
    };
    println!("  Last sweep:   {sweep}");
}

fn print_ledger(ledger: &Condition, at: &dyn Fn(Timestamp) -> String) {
    let cases = &ledger.cases;
    println!(
        "  Cases:        {} open, {} of them held, {} standing still",
        cases.open, cases.held, cases.standing_still
    );
    let Findings {
        open,
        overdue,
        since,
    } = &ledger.findings;
    let oldest = since.map(|since| format!(", the first {}", at(since)));
    println!(
        "  Findings:     {open} open, {overdue} of them overdue{}",
        oldest.unwrap_or_default()
    );
    if let Some(letters) = &ledger.letters {
        let oldest = letters
            .oldest
            .map(|oldest| format!(", the oldest since {}", at(oldest)));
        println!(
            "  Letters:      {} waiting{}",
            letters.waiting,
            oldest.unwrap_or_default()
        );
        let never = || "never".to_owned();
        let failed = letters.last_failed.map_or_else(never, at);
        let problem = letters
            .problem
            .as_deref()
            .map(|said| format!(" ({})", line(said)));
        println!(
            "  Last sent:    {}",
            letters.last_sent.map_or_else(never, at)
        );
        println!("  Last failed:  {failed}{}", problem.unwrap_or_default());
    }
    for rest in &ledger.resting {
        let why = rest.problem.as_deref().unwrap_or("it asked for time");
        println!(
            "  {} is left in peace until {}: {}",
            rest.system,
            at(rest.until),
            line(why)
        );
    }
    for source in &ledger.sources {
        println!("  Heard of {}: {}", source.source, at(source.at));
    }
}

fn print_files(files: &Files) {
    let mb = |bytes: u64| match bytes {
        ..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    };
    println!(
        "  Ledger:       {}, and {} that are not written back yet",
        mb(files.ledger),
        mb(files.journal)
    );
    if let (Some(free), Some(disk)) = (files.free, files.disk) {
        println!("  Disk:         {} of {} are left", mb(free), mb(disk));
    }
}
