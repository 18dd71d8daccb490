//! `latchkey source test FILE --source csv`: what would become of each line of a file, were it dropped now.

use drop::{Dropped, Line, look};
use intake::Looks;
use jiff::Timestamp;
use latchkey_hris::Told;
use latchkey_lifecycle::Event;
use latchkey_runtime::{Runbooks, WallClock};
use serde_json::{Value, json};

use crate::{
    args::SourceTest,
    check::count,
    mass::refused,
    outcome::{Problem, print_json, read_bytes},
    place,
    table::table,
};

pub(crate) async fn test(args: &SourceTest, as_json: bool) -> Result<(), Problem> {
    let bytes = read_bytes(&args.file)?;
    let ledger = place::ledger(&args.place).await?;
    let looks = Looks {
        ledger: &ledger,
        clock: &WallClock,
        runbooks: &Runbooks::default(),
    };
    let file = Dropped {
        name: args.file.display().to_string(),
        at: Timestamp::now(),
        bytes,
    };
    let done = "foreseen, since a drop of it would be refused as a whole";
    let looked = look(looks, &file)
        .await?
        .map_err(|mistakes| refused(&args.file, &mistakes, done, as_json))?;
    if as_json {
        let lines: Vec<Value> = looked.lines.iter().map(as_value).collect();
        print_json(&json!({ "rows": looked.rows, "lines": lines }));
        return Ok(());
    }
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
            println!("{}:{}: {asked}", file.name, line.line);
        }
    }
    println!(
        "{}, {} of different people. Nothing was changed.",
        count(looked.rows, "row"),
        looked.lines.len()
    );
    Ok(())
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
