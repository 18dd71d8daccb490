//! `latchkey redrive`: a case that needs an operator goes on.

use jiff::Timestamp;
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{CaseId, SystemId};
use latchkey_runtime::{OperatorError, in_trouble_with, redrive, standing_still};
use serde_json::json;

use crate::{
    args::Redrive,
    outcome::{Problem, print_json},
    place,
};

/// What comes after a case was planned anew.
pub(crate) const NEXT: &str = "What is done stays done; the rest begins with the next sweep, within minutes on one machine and within the \
                    hour on AWS.";

pub(crate) async fn run(args: &Redrive, as_json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await?;
    let cases = cases(&ledger, args).await?;
    let mut done = Vec::new();
    for id in cases {
        match redrive(&ledger, &id, &args.by, Timestamp::now()).await {
            Ok(revision) => done.push((id, revision)),
            // It came to its end while the others were looked at.
            Err(OperatorError::Ended(..)) if args.id.is_none() => {}
            Err(error) => return Err(problem(error)),
        }
    }
    if as_json {
        let done = done
            .iter()
            .map(|(id, revision)| json!({ "case": id, "revision": revision }));
        print_json(&done.collect::<Vec<_>>());
        return Ok(());
    }
    for (id, revision) in &done {
        println!("Case {id} is planned anew as revision {revision}.");
    }
    match done.len() {
        0 => println!("No open case is in trouble there."),
        _ => println!("{NEXT}"),
    }
    Ok(())
}

async fn cases(ledger: &Ledger, args: &Redrive) -> Result<Vec<CaseId>, Problem> {
    Ok(match (&args.id, &args.system) {
        (Some(id), _) => vec![CaseId::new(id.clone())?],
        (None, Some(system)) => in_trouble_with(ledger, &SystemId::new(system.clone())?).await?,
        (None, None) => standing_still(ledger).await?,
    })
}

pub(crate) fn problem(error: OperatorError) -> Problem {
    match error {
        OperatorError::NoCase(_) | OperatorError::NoTask(..) => Problem::absent(error.to_string()),
        other => Problem::new(other),
    }
}
