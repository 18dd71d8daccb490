//! `latchkey waive`: a task is left out by name, and what needs it with it.

use std::io::{BufRead, IsTerminal, stdin, stdout};

use jiff::Timestamp;
use latchkey_lifecycle::{CaseId, Task, TaskId, shown::line};
use latchkey_runtime::{goes_along, waive};
use serde_json::{Value, json};

use crate::{
    args::Waive,
    outcome::{Problem, print_json},
    place,
    redrive::problem,
    told::tell,
};

pub(crate) async fn run(args: &Waive, as_json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await?;
    let case = CaseId::new(args.case.clone())?;
    let task = TaskId::new(args.task.clone())?;
    let along = goes_along(&ledger, &case, &task).await.map_err(problem)?;
    if !along.is_empty() && !args.yes {
        if as_json {
            print_json(&json!({ "case": case, "task": task, "along": values(&along) }));
        } else {
            println!("Leaving {task} out also leaves out what needs it:");
            list(&along);
        }
        if as_json || !agreed(&mut stdin().lock()) {
            return Err(Problem::new(
                "nothing was left out; say --yes to leave out all of it",
            ));
        }
    }
    let signed = (args.by.as_str(), args.reason.as_str());
    let waiver = waive(&ledger, (&case, &task), signed, Timestamp::now())
        .await
        .map_err(problem)?;
    let (revision, along) = (waiver.revision, waiver.along);
    let changed = [(case.clone(), revision)];
    let acts = tell(&args.place, args.machine.as_deref(), &changed).await;
    if as_json {
        print_json(&json!({
            "case": case, "task": task, "revision": revision, "along": values(&along), "acts": acts.word(),
        }));
        return Ok(());
    }
    println!("Task {task} of case {case} is left out.");
    if !along.is_empty() {
        println!("Left out with it, in the same name:");
        list(&along);
    }
    println!("The case is planned anew as revision {revision}; what is done stays done. {acts}");
    Ok(())
}

/// Whether somebody at a terminal agrees; nobody does where there is none.
fn agreed(answers: &mut impl BufRead) -> bool {
    if !(stdin().is_terminal() && stdout().is_terminal()) {
        return false;
    }
    print!("Leave all of it out? Answer yes or no: ");
    let mut answer = String::new();
    answers.read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_lowercase().as_str(), "yes" | "y")
}

fn list(tasks: &[Task]) {
    for task in tasks {
        println!("  {}: {}", task.id, line(&task.title));
    }
}

fn values(tasks: &[Task]) -> Vec<Value> {
    let value = |task: &Task| json!({ "task": task.id, "title": task.title });
    tasks.iter().map(value).collect()
}
