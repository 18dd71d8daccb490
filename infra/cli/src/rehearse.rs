//! `latchkey rehearse RUNBOOK EVENT`: months of calendar in less than a second, on simulated systems.

use std::path::Path;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_hris::normalise;
use latchkey_lifecycle::PersonDraft;
use latchkey_rehearsal::{Script, Terms, UNDERSTOOD, rehearse};
use serde_json::Value;

use crate::{
    args::Rehearse,
    check,
    outcome::{Problem, print_json, read},
};

/// What stands below `--help`.
pub(crate) fn help() -> String {
    format!(
        "Choices (--if):\n  {}\n\nTEAM and SYSTEM are names of the runbook. Day 1 is the day on which HR confirms the event; \
         later changes are confirmed at nine.\n\nExamples:\n  \
         latchkey rehearse runbooks/acme events/generic/hire.json\n  \
         latchkey rehearse runbooks/acme events/generic/hire.json --if \"it does not answer\" --html rehearsal.html\n  \
         latchkey rehearse runbooks/acme exit --person events/generic/people.json#1021 --on 2026-12-18",
        UNDERSTOOD.join("\n  ")
    )
}

pub(crate) async fn run(args: &Rehearse, as_json: bool) -> Result<(), Problem> {
    let source = check::source(&args.runbook)?;
    // Only for its time zone, and to show what is wrong with it.
    let runbook = check::runbook(&args.runbook)?;
    let zone = runbook.time_zone();
    let script = script(args, zone)?;
    let terms = Terms {
        choices: args.choices.clone(),
        until: args.until.map(|day| end_of(day, zone)).transpose()?,
        seed: args.seed,
    };
    let report = rehearse(&source, &script, &terms)
        .await
        .map_err(Problem::new)?;
    if let Some(file) = &args.html {
        std::fs::write(file, report.html())
            .map_err(|e| Problem::new(format!("{}: {e}", file.display())))?;
    }
    if as_json {
        print_json(&report);
    } else {
        print!("{}", report.text());
        if let Some(file) = &args.html {
            println!("The chart is in {}.", file.display());
        }
    }
    Ok(())
}

fn end_of(day: Date, zone: &TimeZone) -> Result<Timestamp, Problem> {
    let next = day.checked_add(1.day())?.to_zoned(zone.clone())?;
    Ok(next.timestamp())
}

fn script(args: &Rehearse, zone: &TimeZone) -> Result<Script, Problem> {
    let path = Path::new(&args.event);
    if let Some(person) = &args.person {
        let person = one_of(person)?;
        let set = args.set.iter().map(|pair| {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| Problem::new(format!("--set {pair}: write NAME=VALUE")))?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        });
        let set: Vec<(String, String)> = set.collect::<Result<_, Problem>>()?;
        return Ok(Script::of_kind(
            &args.event,
            &person,
            &set,
            args.on,
            args.confirmed,
            zone,
        )?);
    }
    if path.extension().is_none() && !path.exists() {
        return Err(Problem::new(format!(
            "`{}` is no file; for a kind of event add --person, e.g. --person events/generic/people.json#1021",
            args.event
        )));
    }
    let mut payload: Value = parsed(path)?;
    if let Some(on) = args.on {
        payload["data"]["effective_date"] = Value::String(on.to_string());
    }
    let beside = path.with_file_name("people.json");
    let people = match &args.people {
        Some(file) => people_of(file)?,
        None if beside.exists() => people_of(&beside)?,
        None => Vec::new(),
    };
    Ok(Script::of_payload(payload, args.confirmed, people, zone)?)
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Problem> {
    serde_json::from_str(&read(path)?).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        Problem::new(format!("{}:{line}:{column}: {e}", path.display()))
    })
}

/// The people of a file: a list, or one.
fn people_of(path: &Path) -> Result<Vec<PersonDraft>, Problem> {
    let value: Value = parsed(path)?;
    if value.get("data").is_some() {
        return Err(Problem::new(format!(
            "{} is a webhook, and people are wanted here: give it as the event, without --person, or name a file of people such as \
             events/generic/people.json",
            path.display()
        )));
    }
    let all = if value.is_array() {
        serde_json::from_value(value)
    } else {
        serde_json::from_value(value).map(|one| vec![one])
    };
    let all: Vec<PersonDraft> =
        all.map_err(|e| Problem::new(format!("{}: {e}", path.display())))?;
    let read = all.into_iter().map(normalise::person);
    read.collect::<Result<_, _>>()
        .map_err(|e| Problem::new(format!("{}: {e}", path.display())))
}

/// The person that `FILE#ID` names.
fn one_of(named: &str) -> Result<PersonDraft, Problem> {
    let (file, id) = match named.rsplit_once('#') {
        Some((file, id)) => (file, Some(id)),
        None => (named, None),
    };
    let mut people = people_of(Path::new(file))?;
    let is = |person: &PersonDraft, id: &str| {
        person
            .employee_id
            .as_ref()
            .is_some_and(|e| e.as_str() == id)
    };
    let known: Vec<String> = people
        .iter()
        .filter_map(|p| p.employee_id.as_ref().map(ToString::to_string))
        .collect();
    match id {
        Some(id) => people.into_iter().find(|p| is(p, id)).ok_or_else(|| {
            let has = match known.is_empty() {
                true => "nobody in it has an `employeeId`".to_owned(),
                false => format!("it has {}", known.join(", ")),
            };
            Problem::absent(format!("{file} has no employee {id}; {has}"))
        }),
        None if people.len() == 1 => Ok(people.remove(0)),
        None => Err(Problem::new(format!(
            "{file} has several people; say which one, e.g. {file}#{}",
            known.first().map_or("", String::as_str)
        ))),
    }
}
