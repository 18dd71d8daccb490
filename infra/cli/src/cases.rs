//! `latchkey cases`.

use jiff::Timestamp;
use latchkey_ledger::{Ledger, Shelf};
use latchkey_lifecycle::{Case, CaseId, TaskState};
use latchkey_runtime::Runbooks;
use serde::Serialize;

use crate::{
    args::Cases,
    outcome::{Problem, print_json},
    place,
    table::{company_zone, instant, name_of, table},
};

/// A case in one line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    pub(crate) id: CaseId,
    pub(crate) kind: &'static str,
    pub(crate) person: String,
    pub(crate) effective: Option<jiff::civil::Date>,
    pub(crate) state: String,
    pub(crate) tasks: usize,
    pub(crate) ended: usize,
    /// Tasks whose window has passed and that have not ended.
    pub(crate) late: usize,
    /// Tasks that ended after their window.
    pub(crate) ended_late: usize,
    pub(crate) trouble: usize,
    /// Letters that did not go out.
    pub(crate) not_sent: usize,
    pub(crate) opened_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
}

/// A case in one line, with its tasks counted.
pub(crate) async fn line(ledger: &Ledger, case: &Case, now: Timestamp) -> Result<Line, Problem> {
    let tasks = ledger.tasks(&case.id).await?;
    let tasks: Vec<_> = tasks.into_iter().map(|row| row.item.task).collect();
    let letters = ledger.letters_of(&case.id).await?;
    let not_sent = letters.iter().filter(|letter| letter.is_in_trouble());
    let ended_late = tasks
        .iter()
        .filter(|t| t.state != TaskState::Waived && t.on_time() == Some(false));
    Ok(Line {
        id: case.id.clone(),
        kind: case.words(),
        person: latchkey_questions::facts::whom(case),
        effective: case.effective,
        state: match case.failed_at {
            Some(_) => format!("{}, stands still", case.state),
            None => case.state.to_string(),
        },
        tasks: tasks.len(),
        ended: tasks.iter().filter(|t| t.state.is_ended()).count(),
        late: tasks.iter().filter(|t| t.is_late(now)).count(),
        ended_late: ended_late.count(),
        trouble: tasks.iter().filter(|t| t.trouble.is_some()).count(),
        not_sent: not_sent.count(),
        opened_at: case.opened_at,
        closed_at: case.closed_at,
    })
}

/// Tasks in trouble, and letters that did not go out.
fn trouble(line: &Line) -> String {
    let letters = match line.not_sent {
        0 => return line.trouble.to_string(),
        1 => "1 letter not sent".to_owned(),
        n => format!("{n} letters not sent"),
    };
    match line.trouble {
        0 => letters,
        tasks => format!("{tasks}, {letters}"),
    }
}

pub(crate) async fn run(args: &Cases, json: bool) -> Result<(), Problem> {
    let ledger = place::ledger(&args.place).await?;
    let shelf = if args.closed {
        Shelf::Closed
    } else {
        Shelf::Open
    };
    let now = Timestamp::now();
    let mut lines = Vec::new();
    for case in ledger.cases(shelf, args.limit).await? {
        lines.push(line(&ledger, &case, now).await?);
    }
    if json {
        print_json(&lines);
        return Ok(());
    }
    if lines.is_empty() {
        println!(
            "There are no {} cases.",
            if args.closed { "closed" } else { "open" }
        );
        return Ok(());
    }
    let zone = company_zone(&ledger, &Runbooks::default()).await;
    let mut rows = table(&[
        "Case",
        "For",
        "Event",
        "Effective",
        "State",
        "Tasks",
        if args.closed { "Ended late" } else { "Late" },
        "Trouble",
        "Since",
    ]);
    for line in &lines {
        rows.add_row([
            line.id.to_string(),
            line.person.clone(),
            line.kind.to_owned(),
            line.effective.map(|d| d.to_string()).unwrap_or_default(),
            line.state.clone(),
            format!("{}/{}", line.ended, line.tasks),
            if args.closed {
                line.ended_late
            } else {
                line.late
            }
            .to_string(),
            trouble(line),
            instant(line.closed_at.unwrap_or(line.opened_at), &zone),
        ]);
    }
    println!("{rows}");
    println!("Times are in the company's time zone, {}.", name_of(&zone));
    Ok(())
}
