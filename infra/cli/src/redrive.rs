//! `latchkey redrive`: a case that needs an operator goes on.

use jiff::Timestamp;
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{CaseId, SystemId};
use latchkey_runbook::did_you_mean;
use latchkey_runtime::{
    OperatorError, Questions, Runbooks, all_open, in_trouble_with, redrive, standing_still,
};
use serde_json::json;

use crate::{
    args::Redrive,
    outcome::{Problem, print_json},
    place,
    told::tell,
};

pub(crate) async fn run(args: &Redrive, as_json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await?;
    let cases = cases(&ledger, args).await?;
    // Who names a case, or all of them, means those who were asked, too; after a repair nobody is asked twice for what
    // failed.
    let questions = match args.id.is_some() || args.open {
        true => Questions::AskedAgain,
        false => Questions::Stand,
    };
    let mut done = Vec::new();
    for id in cases {
        match redrive(&ledger, &id, &args.by, questions, Timestamp::now()).await {
            Ok(revision) => done.push((id, revision)),
            // It came to its end while the others were looked at.
            Err(OperatorError::Ended(..)) if args.id.is_none() => {}
            Err(error) => {
                tell(&args.place, args.machine.as_deref(), &done).await;
                return Err(problem(error));
            }
        }
    }
    let acts = tell(&args.place, args.machine.as_deref(), &done).await;
    if as_json {
        let done = done
            .iter()
            .map(|(id, revision)| json!({ "case": id, "revision": revision, "acts": acts.word() }));
        print_json(&done.collect::<Vec<_>>());
        return Ok(());
    }
    for (id, revision) in &done {
        println!("Case {id} is planned anew as revision {revision}.");
    }
    match done.len() {
        0 if args.open => println!("No case is open."),
        0 if args.all => println!("No open case stands still."),
        0 => println!("No open case is in trouble there."),
        _ => println!("What is done stays done. {acts}"),
    }
    Ok(())
}

async fn cases(ledger: &Ledger, args: &Redrive) -> Result<Vec<CaseId>, Problem> {
    Ok(match (&args.id, &args.system) {
        (Some(id), _) => vec![CaseId::new(id.clone())?],
        (None, Some(system)) => {
            let system = SystemId::new(system.clone())?;
            let cases = in_trouble_with(ledger, &system).await?;
            if cases.is_empty() {
                is_known(ledger, &system).await?;
            }
            cases
        }
        (None, None) if args.open => all_open(ledger).await?,
        (None, None) => standing_still(ledger).await?,
    })
}

/// Refuses a system that the current runbook does not know. Cases of a runbook from before, which knew it, are found
/// without.
async fn is_known(ledger: &Ledger, system: &SystemId) -> Result<(), Problem> {
    let (_, runbook) = Runbooks::default().current(ledger).await?;
    if runbook.system(system).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = runbook.systems().map(|(id, _)| id.as_str()).collect();
    let help = did_you_mean(system.as_str(), names.iter().copied());
    let help = help.unwrap_or_else(|| format!("there are: {}", names.join(", ")));
    Err(Problem::absent(format!(
        "there is no system `{system}` in the current runbook, and no open case is in trouble with one of that name; {help}"
    )))
}

pub(crate) fn problem(error: OperatorError) -> Problem {
    match error {
        OperatorError::NoCase(_) | OperatorError::NoTask(..) => Problem::absent(error.to_string()),
        other => Problem::new(other),
    }
}
