//! `latchkey audit verify`: every trail of the ledger, and everything that a trail tells of.

use std::path::Path;

use jiff::Timestamp;
use latchkey_ledger::{ArchivedCase, AuditRound, Ledger, LookedThrough};
use latchkey_lifecycle::TrailFault;
use serde_json::json;

use crate::{
    args::AuditVerify,
    outcome::{Problem, print_json, read},
    place,
};

/// People that are looked at between two looks at how far it is.
const PAGE: u16 = 100;

pub(crate) async fn verify(args: &AuditVerify, as_json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await?;
    let (mut faults, mut cases, mut findings) = (Vec::new(), 0, 0);
    let mut round = Some(AuditRound::default());
    while let Some(here) = round {
        let page = ledger.audit_page(&here, PAGE).await?;
        cases += page.cases;
        findings += page.findings;
        add(&mut faults, page.faults, as_json);
        round = page.next;
    }
    // Through no index: what was taken out of one was not met by then.
    let mut from = None;
    loop {
        let page = ledger.verify_places(from).await?;
        add(&mut faults, page.faults, as_json);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    for archive in &args.archive {
        for fault in archived(&ledger, archive).await? {
            if !as_json {
                println!("{}: {fault}", archive.display());
            }
            faults.push(fault);
        }
    }
    if let Some(by) = &args.by {
        let looked = LookedThrough {
            at: Timestamp::now(),
            by: by.clone(),
            faults: faults.len(),
        };
        // What was verified is told all the same.
        if let Err(error) = ledger.note_looked_through(&looked).await {
            eprintln!("The ledger does not keep that you verified it: {error}");
        }
    }
    if as_json {
        let told: Vec<_> = faults
            .iter()
            .map(
                |fault| json!({ "of": fault.of.to_string(), "problem": fault.problem.to_string() }),
            )
            .collect();
        print_json(&json!({ "cases": cases, "findings": findings, "faults": told }));
    }
    match faults.len() {
        0 if as_json => Ok(()),
        0 => {
            println!(
                "The trails of {cases} cases and {findings} findings are whole, and everything stands as they say."
            );
            Ok(())
        }
        n => Err(Problem::new(format!(
            "{n} {} where the ledger does not say what its audit trail says. Somebody wrote to the table beside Latchkey: \
             keep a copy of it (a backup, or the file of the ledger) before anything else, see who may write to it, and compare \
             with a backup from before. What was given or taken without a trail is found by `latchkey reconcile`.",
            if n == 1 { "place" } else { "places" }
        ))),
    }
}

/// Tells what was not told yet.
fn add(faults: &mut Vec<TrailFault>, found: Vec<TrailFault>, as_json: bool) {
    for fault in found {
        if !faults.contains(&fault) {
            if !as_json {
                println!("{fault}");
            }
            faults.push(fault);
        }
    }
}

/// What in an archive does not fit its own trails, or the heads that the ledger kept.
async fn archived(ledger: &Ledger, path: &Path) -> Result<Vec<TrailFault>, Problem> {
    let cases = ArchivedCase::all_of(&read(path)?).map_err(|line| {
        Problem::new(format!(
            "line {line} of {} is none of an archive that `latchkey retire` wrote",
            path.display()
        ))
    })?;
    let mut faults = Vec::new();
    for case in &cases {
        faults.extend(ledger.verify_archived(case).await?);
    }
    Ok(faults)
}
