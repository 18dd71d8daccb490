//! `latchkey foresee EVENT`: what a change would do to the person's open cases, before it happens.

use jiff::{Timestamp, tz::TimeZone};
use latchkey_decisions::{Foreseen, Looks};
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{Case, CaseState, Event, Fate, Task, Window};
use latchkey_runtime::{Runbooks, WallClock};
use serde::Serialize;

use crate::{
    args::Foresee,
    check::count,
    outcome::{Problem, print_json, read},
    place, preview,
    table::{instant, name_of, table},
};

/// One case with what becomes of its tasks.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    pub(crate) case: Case,
    pub(crate) begins: bool,
    pub(crate) tasks: Vec<TaskChange>,
}

/// A task, and what becomes of it.
#[derive(Debug, Serialize)]
pub(crate) struct TaskChange {
    pub(crate) task: Task,
    #[serde(flatten)]
    pub(crate) fate: Fate,
}

pub(crate) async fn run(args: &Foresee, as_json: bool) -> Result<(), Problem> {
    let event = preview::event_of(&read(&args.event)?, &args.event)?;
    let ledger = place::ledger(&args.place).await?;
    let runbooks = Runbooks::default();
    let foreseen = foresee(&ledger, &runbooks, &event).await?;
    let (_, runbook) = runbooks.current(&ledger).await?;
    let changes = changes(&ledger, &runbooks, &foreseen).await?;
    let unmatched = foreseen
        .case
        .as_ref()
        .map(|case| runbook.unmatched_of(case));
    let unmatched = unmatched.unwrap_or_default();
    if let Some(note) = foreseen.note.as_ref().filter(|_| !as_json) {
        println!("{note}");
    }
    if as_json {
        print_json(&serde_json::json!({
            "news": foreseen.news, "changes": changes, "unmatched": unmatched, "note": foreseen.note,
        }));
        return Ok(());
    }
    if !foreseen.news {
        match &foreseen.case {
            Some(Case { id, state, .. }) => {
                println!("Nothing would change. It is about case {id} ({state}).");
            }
            None => println!("Nothing would change."),
        }
        return Ok(());
    }
    for value in unmatched {
        println!("Warning: {value}");
    }
    for change in &changes {
        let person = change.case.person.as_ref();
        print(
            change,
            &runbook.zone_of(person.and_then(|p| p.time_zone.as_deref())),
        );
    }
    println!("Nothing was changed.");
    if args.event.as_os_str() != "-" {
        let file = args.event.display();
        println!("Send it with: latchkey send --source generic {file}");
    }
    Ok(())
}

/// What an event would do now.
pub(crate) async fn foresee(
    ledger: &Ledger,
    runbooks: &Runbooks,
    event: &Event,
) -> Result<Foreseen, Problem> {
    let looks = Looks {
        ledger,
        clock: &WallClock,
        runbooks,
    };
    Ok(latchkey_decisions::foresee(looks, event).await?)
}

/// Every case that the event would touch, with what would become of its tasks.
pub(crate) async fn changes(
    ledger: &Ledger,
    runbooks: &Runbooks,
    foreseen: &Foreseen,
) -> Result<Vec<Change>, Problem> {
    let mut all = Vec::new();
    if !foreseen.news {
        return Ok(all);
    }
    for (case, begins) in foreseen.touched() {
        let fates = plan::foresee(ledger, runbooks, case, begins, Timestamp::now()).await?;
        let tasks = fates
            .into_iter()
            .map(|(task, fate)| TaskChange { task, fate });
        all.push(Change {
            case: case.clone(),
            begins,
            tasks: tasks.collect(),
        });
    }
    Ok(all)
}

fn print(change: &Change, zone: &TimeZone) {
    let Change {
        case,
        begins,
        tasks,
    } = change;
    let what = match (case.state, begins) {
        (CaseState::Superseded, _) => "ends",
        (CaseState::Held, _) => "would be HELD by the brake until a named person confirms it",
        (_, true) => "would begin",
        (_, false) => "would be planned anew",
    };
    println!(
        "{} ({}, {}): {what}",
        case.id,
        latchkey_questions::facts::whom(case),
        latchkey_questions::facts::event(case)
    );
    let mut rows = table(&["Opens", "Due", "Task", "What becomes of it"]);
    for TaskChange { task, fate } in tasks {
        rows.add_row([
            instant(task.window.opens, zone),
            instant(task.window.due, zone),
            task.title.clone(),
            words(fate, zone),
        ]);
    }
    println!("{rows}");
    let number = |wanted: fn(&Fate) -> bool| tasks.iter().filter(|t| wanted(&t.fate)).count();
    println!(
        "{}: {} done, {} stay, {} move, {} anew, {} appear, {} vanish. Times are {}.\n",
        count(tasks.len(), "task"),
        number(|f| *f == Fate::Done),
        number(|f| *f == Fate::Stays),
        number(|f| matches!(f, Fate::Moves { .. })),
        number(|f| matches!(f, Fate::Anew { .. })),
        number(|f| *f == Fate::Appears),
        number(|f| *f == Fate::Vanishes),
        name_of(zone),
    );
}

fn words(fate: &Fate, zone: &TimeZone) -> String {
    match fate {
        Fate::Done => "done, and stays done".to_owned(),
        Fate::Stays => "stays".to_owned(),
        Fate::Moves {
            from: Window { opens, due },
        } => {
            format!(
                "moves (was {} to {})",
                instant(*opens, zone),
                instant(*due, zone)
            )
        }
        Fate::Anew { why } => (*why).to_owned(),
        Fate::Appears => "appears".to_owned(),
        Fate::Vanishes => "vanishes".to_owned(),
    }
}
