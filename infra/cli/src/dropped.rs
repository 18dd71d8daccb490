//! `latchkey source test FILE --source csv`: what would become of each line of a file, were it dropped now.

use std::sync::Arc;

use drop::{Dropped, Line, Looked, look};
use jiff::Timestamp;
use latchkey_decisions::Looks;
use latchkey_hris::Told;
use latchkey_ledger::embedded;
use latchkey_lifecycle::Event;
use latchkey_runtime::{Runbooks, WallClock};
use serde_json::{Value, json};

use crate::{
    args::SourceTest,
    check::{self, count},
    mass::refused,
    outcome::{Problem, print_json, read_bytes},
    place,
    table::table,
};

pub(crate) async fn test(args: &SourceTest, as_json: bool) -> Result<(), Problem> {
    let bytes = read_bytes(&args.file)?;
    let kept = place::ledger_if_any(&args.place).await?;
    let known = kept.is_some();
    let ledger = match kept {
        Some(ledger) => ledger,
        None => embedded::open(None).await?,
    };
    let runbooks = Runbooks::default();
    let runbook = match &args.runbook {
        Some(directory) => Arc::new(check::runbook(directory)?),
        None if known => runbooks.current(&ledger).await?.1,
        None => {
            return Err(Problem::absent(format!(
                "there is no ledger in {} that has a runbook: name one with --runbook, or the ledger's directory with --dir",
                args.place.dir.display()
            )));
        }
    };
    let looks = Looks {
        ledger: &ledger,
        clock: &WallClock,
        runbooks: &runbooks,
    };
    let file = Dropped {
        name: args.file.display().to_string(),
        at: Timestamp::now(),
        bytes,
    };
    let done = "foreseen, since a drop of it would be refused as a whole";
    let looked = look(looks, &runbook, &file)
        .await?
        .map_err(|mistakes| refused(&args.file, &mistakes, done, as_json))?;
    if as_json {
        let lines: Vec<Value> = looked.lines.iter().map(as_value).collect();
        print_json(&json!({ "rows": looked.rows, "lines": lines, "ledger": known }));
        return Ok(());
    }
    show(&looked, &file.name);
    if !known {
        println!(
            "There is no ledger in {}: the file was compared with an empty one, in which nobody is known.",
            args.place.dir.display()
        );
    }
    println!("Nothing was changed.");
    Ok(())
}

fn show(looked: &Looked, file: &str) {
    let mut rows = table(&["Line", "Employee", "What would become of it"]);
    for line in &looked.lines {
        rows.add_row([
            line.line.to_string(),
            line.employee.to_string(),
            becomes(&line.told),
        ]);
    }
    println!("{rows}");
    for line in &looked.lines {
        for asked in &line.asked {
            println!("{file}:{}: {asked}", line.line);
        }
    }
    let news = |line: &&Line| match &line.told {
        Told::Events(_) => true,
        // What leaves is taken in of somebody who is not known, too.
        Told::Stranger(all) => !all.is_empty(),
        Told::Nothing | Told::Older | Told::Alike(_) => false,
    };
    let people = looked.lines.len();
    let news = looked.lines.iter().filter(news).count();
    let again = match looked.rows.saturating_sub(people) {
        0 => String::new(),
        n => format!("; {n} say of somebody what another row says already"),
    };
    println!(
        "{} with {} in them{again}. Of {news} something would be taken in, of {} nothing.",
        count(looked.rows, "row"),
        match people {
            1 => "1 person".to_owned(),
            n => format!("{n} people"),
        },
        people - news
    );
}

fn as_value(line: &Line) -> Value {
    json!({
        "line": line.line,
        "employeeId": line.employee,
        "becomes": becomes(&line.told),
        "asked": line.asked,
    })
}

fn becomes(told: &Told) -> String {
    let events = |events: &[Event]| events.iter().map(event).collect::<Vec<_>>().join(", ");
    match told {
        Told::Events(all) => events(all),
        Told::Nothing => "nothing new".to_owned(),
        Told::Older => "nothing: what is known is newer".to_owned(),
        Told::Stranger(all) if all.is_empty() => {
            "nothing: here for long and not known; `latchkey import` takes them over".to_owned()
        }
        Told::Stranger(all) => format!(
            "{}; else nothing: here for long and not known, `latchkey import` takes them over",
            events(all)
        ),
        Told::Alike(alike) => format!("nothing, HR is asked: {alike}"),
    }
}

fn event(event: &Event) -> String {
    let day = event
        .effective
        .map_or_else(String::new, |day| format!(" {day}"));
    format!("{}{day}", event.kind.words())
}
