//! `latchkey source test FILE`: what a payload would become. Nothing is sent, and nothing changes.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};
use latchkey_decisions::long_past;
use latchkey_hris::{
    Authentic, CSV, MapSource, Notice, Refusal, SOURCES, Source, Translation, source,
};
use latchkey_lifecycle::{Event, EventKind, UnknownEvent};
use latchkey_runbook::{Runbook, Unmatched, did_you_mean};
use latchkey_runtime::Runbooks;
use serde_json::{Value, json};

use crate::{
    args::SourceTest,
    check, dropped,
    outcome::{Problem, print_json, read},
    place,
    send::directory_name,
    table::instant,
};

pub(crate) async fn test(args: &SourceTest, as_json: bool) -> Result<(), Problem> {
    let name = match &args.source {
        Some(name) => name.clone(),
        None => directory_name(&args.file)?,
    };
    if name == CSV {
        return dropped::test(args, as_json).await;
    }
    let body = read(&args.file)?;
    let described;
    let source: &dyn Source = match (&args.runbook, source(&name)) {
        (_, Ok(source)) => source,
        (Some(directory), Err(refusal)) => {
            described = in_runbook(directory, &name, refusal)?;
            &described
        }
        (None, Err(refusal)) => {
            let help = "give the runbook with --runbook when its source-NAME.yaml describes it";
            let near = near(&name);
            return Err(Problem::absent(format!("{refusal}{near}; {help}")));
        }
    };
    let runbook = runbook(args).await?;
    match understood(source, args, body.as_bytes()) {
        Ok(told) => {
            show(&told, runbook.as_deref(), as_json);
            Ok(())
        }
        Err(refused) if as_json => {
            print_json(&refused);
            Err(Problem::silent())
        }
        Err(refused) => {
            let text = refused["refused"].as_str().unwrap_or_default();
            Err(Problem::new(text))
        }
    }
}

/// The source that may be meant by a name that is none, behind what says so.
pub(crate) fn near(name: &str) -> String {
    let known = SOURCES.iter().map(|source| source.name());
    let near = did_you_mean(name, known.chain([CSV]));
    near.map(|near| format!("; {near}")).unwrap_or_default()
}

/// Whose roles the values are compared with: the named runbook, or the one that is current here, when there is one.
async fn runbook(args: &SourceTest) -> Result<Option<Arc<Runbook>>, Problem> {
    if let Some(directory) = &args.runbook {
        let checked = Runbook::check(&check::source(directory)?);
        if checked.runbook.is_none() {
            // A source can be tried while the rest is being written.
            eprintln!(
                "{}: the runbook has errors, so values that no role matches are not told",
                directory.display()
            );
        }
        return Ok(checked.runbook.map(Arc::new));
    }
    let Some(ledger) = place::ledger_if_any(&args.place).await? else {
        return Ok(None);
    };
    let published = ledger.current_runbook().await?.is_some();
    match published {
        true => Ok(Some(Runbooks::default().current(&ledger).await?.1)),
        false => Ok(None),
    }
}

/// The source that a file of the runbook describes. Its mistakes are shown as those of a runbook are.
pub(crate) fn in_runbook(
    directory: &Path,
    name: &str,
    refusal: Refusal,
) -> Result<MapSource, Problem> {
    let files = check::source(directory)?;
    among(files.files(), directory, name, refusal)
}

/// The source that one of these files describes; `place` is where they are.
pub(crate) fn among(
    files: &BTreeMap<String, String>,
    place: &Path,
    name: &str,
    refusal: Refusal,
) -> Result<MapSource, Problem> {
    match MapSource::among(files, name) {
        None => Err(Problem::absent(format!(
            "{refusal}{}; nor is there a source-{name}.yaml in {}",
            near(name),
            place.display()
        ))),
        Some(Ok(source)) => Ok(source),
        Some(Err(problems)) => {
            for problem in &problems {
                eprintln!("{}", place.join(problem.to_string()).display());
            }
            Err(Problem::new(format!(
                "the source {name} has {} mistakes",
                problems.len()
            )))
        }
    }
}

/// What the payload, and its record where it needs one, says.
enum Told {
    Events(Vec<Event>),
    Record(Box<Notice>),
    Nothing(String),
    Unknown(Vec<Event>, Vec<UnknownEvent>),
}

fn understood(source: &dyn Source, args: &SourceTest, body: &[u8]) -> Result<Told, Value> {
    let refused = |text: String, status: Option<u16>| json!({ "refused": text, "status": status });
    if source.offered_secret(body).is_some() {
        let why = "the vendor offers the secret that it will sign with; it is kept for a person to confirm";
        return Ok(Told::Nothing(why.to_owned()));
    }
    let authentic = Authentic {
        delivery_id: "test".to_owned(),
        timestamp: Timestamp::now(),
    };
    let told = source
        .translate(&authentic, body)
        .map_err(|refusal| refused(refusal.to_string(), Some(refusal.status())))?;
    let told = match (told, &args.record) {
        (Translation::NeedsRecord(notice), Some(file)) => {
            let text = read(file).map_err(|problem| refused(problem.text, None))?;
            let record: Value = serde_json::from_str(&text).map_err(|e| {
                let place = format!("line {}, column {}", e.line(), e.column());
                refused(format!("{} is not JSON: {place}", file.display()), None)
            })?;
            let told = source.translate_record(&notice, &record);
            told.map_err(|error| refused(error.to_string(), None))?
        }
        (told, _) => told,
    };
    Ok(match told {
        Translation::Events(events) => Told::Events(events),
        Translation::NeedsRecord(notice) => Told::Record(Box::new(notice)),
        Translation::Nothing { why } => Told::Nothing(why),
        Translation::Unknown { events, unknown } => Told::Unknown(events, unknown),
    })
}

/// What HR would be asked for. Other events than hires tell of people who are known.
fn missing(event: &Event) -> Vec<String> {
    let named = |missing: &[&str]| missing.iter().map(|name| (*name).to_owned()).collect();
    match event.kind {
        EventKind::Hire | EventKind::Rehire => {
            let complete = event.person.clone().complete();
            complete
                .err()
                .map_or_else(Vec::new, |missing| named(&missing.0))
        }
        EventKind::Exit if event.effective.is_none() => named(&["last day"]),
        EventKind::Transfer => {
            let unread = event.person.unread.iter();
            unread.map(|one| one.field.clone()).collect()
        }
        _ => Vec::new(),
    }
}

fn requests(notice: &Notice) -> Vec<String> {
    let all = std::iter::once(&notice.request).chain(&notice.request.also);
    all.map(|one| format!("{} {}", one.method, one.path))
        .collect()
}

/// Values of the person that no role of the runbook matches.
fn unmatched(event: &Event, runbook: Option<&Runbook>) -> Vec<Unmatched> {
    let Some(runbook) = runbook.filter(|_| !event.kind.takes_all()) else {
        return Vec::new();
    };
    runbook.unmatched_values(&runbook.in_its_words(event.person.clone()))
}

fn show(told: &Told, runbook: Option<&Runbook>, as_json: bool) {
    match told {
        Told::Events(events) if as_json => print_json(&json!({ "events": all(events, runbook) })),
        Told::Events(events) => each(events, runbook),
        Told::Unknown(events, unknown) if as_json => {
            print_json(&json!({ "events": all(events, runbook), "unknown": unknown }));
        }
        Told::Unknown(events, unknown) => {
            each(events, runbook);
            for one in unknown {
                println!(
                    "Nobody has said what `{}` means: nothing would be done by it, and HR be asked.",
                    one.name
                );
            }
        }
        Told::Record(notice) if as_json => {
            print_json(&json!({ "change": notice.change, "record": requests(notice) }));
        }
        Told::Record(notice) => {
            println!(
                "{} of {}: the record says what it is. It is read by",
                notice.change, notice.employee_id
            );
            for request in requests(notice) {
                println!("  {request}");
            }
            println!(
                "Save the answer (a list, when there are several), and give it with --record."
            );
        }
        Told::Nothing(why) if as_json => print_json(&json!({ "nothing": why })),
        Told::Nothing(why) => println!("Nothing: {why}."),
    }
}

fn all(events: &[Event], runbook: Option<&Runbook>) -> Vec<Value> {
    let one = |event: &Event| json!({ "event": event, "missing": missing(event), "unmatched": unmatched(event, runbook) });
    events.iter().map(one).collect()
}

fn each(events: &[Event], runbook: Option<&Runbook>) {
    for event in events {
        one(event, runbook);
        for value in unmatched(event, runbook) {
            println!("  warning: {value}");
        }
    }
}

fn one(event: &Event, runbook: Option<&Runbook>) {
    let kind = event.kind.to_string().replace('_', " ");
    let id = event.person.employee_id.as_ref();
    let id = id.map_or_else(|| "nobody".to_owned(), ToString::to_string);
    let day = match event.effective {
        Some(day) => day.to_string(),
        None => "no day".to_owned(),
    };
    let zone = runbook.map_or(TimeZone::UTC, |runbook| runbook.time_zone().clone());
    let confirmed = instant(event.occurred_at, &zone);
    println!("{kind} of {id}: {day}, confirmed {confirmed}");
    if let Ok(Value::Object(fields)) = serde_json::to_value(&event.person) {
        for (name, value) in fields.iter().filter(|(name, _)| *name != "employeeId") {
            if let Some(value) = value.as_str() {
                println!("  {name:<16} {value}");
            }
        }
    }
    for one in &event.person.unread {
        println!(
            "  `{}` cannot be read: the {} has to be {}",
            one.place, one.field, one.wanted
        );
    }
    let missing = missing(event);
    if !missing.is_empty() {
        println!("  HR would be asked for: {}", missing.join(", "));
    }
    let today = Timestamp::now().to_zoned(zone).date();
    if let Some(past) = long_past(event, today) {
        println!("  To look at: {past}");
    }
}
