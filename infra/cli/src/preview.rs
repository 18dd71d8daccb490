//! `latchkey preview PERSON`: the dated checklist and the e-mails, before anything happens.

use jiff::Timestamp;
use latchkey_hris::{Authentic, Translation, normalise, source};
use latchkey_lifecycle::{Case, CaseId, Event, EventKind, Person, PersonDraft, Task, Work};
use latchkey_runbook::Runbook;
use latchkey_runtime::Links;
use serde_json::{Value, json};

use crate::{
    args::Preview,
    check,
    outcome::{Problem, print_json, read},
    table::{instant, name_of, table},
};

pub(crate) fn run(args: &Preview, as_json: bool) -> Result<(), Problem> {
    let runbook = check::runbook(&args.runbook)?;
    let version = check::source(&args.runbook)?.version();
    let case = case(args, &runbook, &version)?;
    let now = args.at.unwrap_or_else(Timestamp::now);
    let mut tasks =
        plan::checklist(&runbook, &case, &plan::Past::default(), now).map_err(Problem::new)?;
    tasks.sort_by(|a, b| (a.window.opens, &a.id).cmp(&(b.window.opens, &b.id)));
    let links = Links::new("https://latchkey.example", "preview")?;
    let letters: Vec<_> = tasks
        .iter()
        .flat_map(|task| latchkey_questions::preview(&runbook, &links, &case, task, &tasks))
        .collect();
    if as_json {
        print_json(&json!({
            "case": case, "names": runbook.names_of(&case), "tasks": tasks, "emails": letters,
            "unmatched": runbook.unmatched_of(&case),
        }));
        return Ok(());
    }
    println!(
        "By the runbook of {} in {} (version {version}).",
        runbook.company(),
        args.runbook.display()
    );
    println!(
        "{}: {}",
        latchkey_questions::facts::whom(&case),
        latchkey_questions::facts::event(&case)
    );
    if let Some(person) = &case.person {
        println!("Roles: {}", runbook.roles_of(person).join(", "));
        for value in runbook.unmatched_of(&case) {
            println!("Warning: {value}");
        }
        println!("{}", names(&runbook, &case));
    }
    let own = case.person.as_ref().and_then(|p| p.time_zone.as_deref());
    let zone = runbook.zone_of(own);
    let mut rows = table(&["Opens", "Due", "Task", "By", "Gives or does", "Needs"]);
    for task in &tasks {
        rows.add_row([
            instant(task.window.opens, &zone),
            instant(task.window.due, &zone),
            task.title.clone(),
            by(task),
            does(task),
            task.needs
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        ]);
    }
    println!("{rows}");
    println!(
        "{}, {} by machines, {} with an e-mail. Times are {}.",
        check::count(tasks.len(), "task"),
        tasks
            .iter()
            .filter(|t| matches!(t.work, Work::System { .. }))
            .count(),
        letters.len(),
        name_of(&zone),
    );
    if args.emails {
        for letter in &letters {
            println!(
                "\n{}\nTo: {}\nSubject: {}\n\n{}",
                "-".repeat(78),
                letter.to,
                letter.subject,
                letter.text
            );
        }
    } else if !letters.is_empty() {
        println!("Add --emails to read the e-mails.");
    }
    Ok(())
}

/// What the person would be called, if nobody has the names yet: only the ledger knows.
fn names(runbook: &Runbook, case: &Case) -> String {
    let names = runbook.names_of(case);
    let mut parts: Vec<String> = names.email.iter().map(|e| format!("e-mail {e}")).collect();
    let accounts = names.accounts.iter();
    parts.extend(accounts.map(|(system, name)| format!("{system} {name}")));
    if parts.is_empty() {
        return "Names: none".to_owned();
    }
    format!("Names (the first that are free): {}", parts.join(", "))
}

fn by(task: &Task) -> String {
    match &task.work {
        Work::System { system, .. } => format!("system {system}"),
        Work::Person { .. } => task.owner.to_string(),
    }
}

fn does(task: &Task) -> String {
    match &task.work {
        Work::System { goal, .. } => latchkey_questions::goal_in_words(goal),
        Work::Person { checklist, .. } => {
            let steps = (!checklist.is_empty()).then(|| check::count(checklist.len(), "step"));
            let access: Vec<String> = task.access.iter().map(ToString::to_string).collect();
            let access = (!access.is_empty()).then(|| access.join(", "));
            let parts: Vec<String> = access.into_iter().chain(steps).collect();
            parts.join("; ")
        }
    }
}

/// The case that the event would begin.
fn case(
    args: &Preview,
    runbook: &Runbook,
    version: &latchkey_lifecycle::RunbookVersion,
) -> Result<Case, Problem> {
    let (told, draft, effective) = person_of(&read(&args.person)?, &args.person)?;
    let kind = args
        .kind
        .map(EventKind::from)
        .or(told)
        .unwrap_or(EventKind::Hire);
    let effective = args.effective.or(effective).or(match kind {
        EventKind::Exit | EventKind::UrgentExit => draft.last_day,
        _ => draft.start_date,
    });
    let mut draft = runbook.in_its_words(draft);
    if matches!(kind, EventKind::Hire | EventKind::Rehire) {
        draft.start_date = effective.or(draft.start_date);
    }
    let person: Person = draft
        .complete()
        .map_err(|e| lacking(args, kind, &e.to_string()))?;
    let before = match &args.before {
        None => None,
        Some(path) => Some(person_of(&read(path)?, path)?.1.complete()?),
    };
    let now = args.at.unwrap_or_else(Timestamp::now);
    let (id, employee) = (
        CaseId::of(kind, &person.employee_id, effective),
        person.employee_id.clone(),
    );
    Ok(Case {
        person: Some(person),
        before,
        effective,
        ..Case::received(id, kind, employee, version.clone(), now, now)
    })
}

/// That somebody is not known whole, and what can be previewed instead.
fn lacking(args: &Preview, kind: EventKind, problem: &str) -> Problem {
    let path = args.person.display();
    Problem::new(format!(
        "{path}: {problem}. A webhook may tell only what changes, and a preview reads no ledger. Give the whole person, e.g. \
         events/generic/hire.json, and say what happens to them: --kind {} --effective DAY",
        kind.as_str().replace('_', "-")
    ))
}

type Told = (Option<EventKind>, PersonDraft, Option<jiff::civil::Date>);

/// A person, or the person of a `generic` webhook.
fn person_of(text: &str, path: &std::path::Path) -> Result<Told, Problem> {
    let wrong = |e: serde_json::Error| {
        Problem::new(format!(
            "{}:{}:{}: {e}",
            path.display(),
            e.line(),
            e.column()
        ))
    };
    let value: Value = serde_json::from_str(text).map_err(wrong)?;
    if value.get("data").is_none() {
        let written = serde_json::from_value(value).map_err(wrong)?;
        let read = normalise::person(written);
        let read = read.map_err(|e| Problem::new(format!("{}: {e}", path.display())))?;
        return Ok((None, read, None));
    }
    let event = event_of(text, path)?;
    Ok((Some(event.kind), event.person, event.effective))
}

/// The event that a webhook of the source `generic` tells.
pub(crate) fn event_of(text: &str, path: &std::path::Path) -> Result<Event, Problem> {
    let authentic = Authentic {
        delivery_id: "preview".to_owned(),
        timestamp: Timestamp::now(),
    };
    let none = || Problem::new(format!("{} tells of no event", path.display()));
    match source("generic")?.translate(&authentic, text.as_bytes())? {
        Translation::Events(events) => events.into_iter().next().ok_or_else(none),
        _ => Err(none()),
    }
}
