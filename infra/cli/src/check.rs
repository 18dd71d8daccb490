//! `latchkey check` and `latchkey publish`.

use std::path::Path;

use jiff::Timestamp;
use latchkey_embedded::StackError;
use latchkey_runbook::{Problem as Finding, Runbook, Source};
use serde_json::json;

use crate::{
    args::{Check, Publish},
    outcome::{Problem, print_json},
    place,
};

pub(crate) fn run(args: &Check, json: bool) -> Result<(), Problem> {
    let mut wrong = 0;
    let mut all = Vec::new();
    for directory in &args.runbooks {
        let source = source(directory)?;
        let checked = latchkey_embedded::check(&source);
        let errors = checked.problems.iter().filter(|p| p.is_error()).count();
        wrong += errors;
        if json {
            all.push(json!({
                "runbook": directory,
                "version": source.version(),
                "errors": errors,
                "problems": checked.problems,
            }));
            continue;
        }
        show(directory, &checked.problems);
        let warnings = checked.problems.iter().filter(|p| p.is_warning()).count();
        let place = directory.display();
        match (errors, warnings) {
            (0, 0) => println!("{place}: version {} is in order.", source.version()),
            (0, n) => println!(
                "{place}: version {} is usable, with {}.",
                source.version(),
                count(n, "warning")
            ),
            (n, _) => println!(
                "{place}: {}. This runbook would not become current.",
                count(n, "error")
            ),
        }
    }
    if json {
        print_json(&all);
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err(Problem::silent())
    }
}

pub(crate) async fn publish(args: &Publish, json: bool) -> Result<(), Problem> {
    let source = source(&args.runbook)?;
    let ledger = match args.place.table {
        Some(_) => place::ledger(&args.place).await?,
        None => {
            place::mind_root(&args.place.dir);
            latchkey_embedded::open_ledger(&args.place.dir).await?
        }
    };
    match latchkey_embedded::publish(&ledger, &source, Timestamp::now()).await {
        Ok((version, warnings)) => {
            if json {
                print_json(&json!({ "version": version, "problems": warnings }));
            } else {
                show(&args.runbook, &warnings);
                println!(
                    "Version {version} is the current runbook from now on: what HR tells counts by it at once. Open cases keep theirs."
                );
            }
            Ok(())
        }
        Err(StackError::Runbook(problems)) => {
            if json {
                print_json(&json!({ "problems": problems }));
            } else {
                show(&args.runbook, &problems);
            }
            Err(Problem::new(
                "the runbook has errors; the current one stays",
            ))
        }
        Err(other) => Err(other.into()),
    }
}

/// A runbook's files, of a directory or of one file in it.
pub(crate) fn source(path: &Path) -> Result<Source, Problem> {
    if !path.exists() {
        return Err(Problem::absent(format!(
            "there is no runbook {}: name its directory, or its YAML file (with --runbook where the command takes that)",
            path.display()
        )));
    }
    Ok(Source::read(path)?)
}

/// A runbook that can be used; its problems are shown where it cannot.
pub(crate) fn runbook(path: &Path) -> Result<Runbook, Problem> {
    let files = source(path)?;
    let checked = Runbook::check(&files);
    checked.runbook.ok_or_else(|| {
        show(path, &checked.problems);
        Problem::new("the runbook has errors; mend them first")
    })
}

/// Prints problems as they are found in an editor, the errors last, where the eye is.
pub(crate) fn show(path: &Path, problems: &[Finding]) {
    let directory = match path.is_dir() {
        true => path,
        false => path.parent().unwrap_or(path),
    };
    let mut problems: Vec<&Finding> = problems.iter().collect();
    problems.sort_by_key(|p| p.severity);
    for problem in problems {
        eprintln!("{}", directory.join(problem.to_string()).display());
    }
}

pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}
