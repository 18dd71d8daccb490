//! `latchkey redrive`: a case that needs an operator goes on.

use jiff::Timestamp;
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{CaseId, SystemId};
use latchkey_runtime::{
    OperatorError, Questions, all_open, in_trouble_with, redrive, standing_still,
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
        (None, Some(system)) => in_trouble_with(ledger, &SystemId::new(system.clone())?).await?,
        (None, None) if args.open => all_open(ledger).await?,
        (None, None) => standing_still(ledger).await?,
    })
}

pub(crate) fn problem(error: OperatorError) -> Problem {
    match error {
        OperatorError::NoCase(_) | OperatorError::NoTask(..) => Problem::absent(error.to_string()),
        other => Problem::new(other),
    }
}
