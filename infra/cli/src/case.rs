//! `latchkey case ID`: the checklist and the timeline.

use jiff::{Timestamp, tz::TimeZone};
use latchkey_ledger::{Ledger, Trail};
use latchkey_lifecycle::{
    Answer, CaseId, EmployeeId, Entitlement, LetterState, QueuedLetter, Signer, Task, TaskState,
    shown::line,
};
use latchkey_runtime::Runbooks;
use serde_json::json;

use crate::{
    args::Case,
    outcome::{Problem, print_json},
    place,
    table::{instant, name_of, table, zone_of},
};

pub(crate) async fn run(args: &Case, json: bool) -> Result<(), Problem> {
    let absent = || {
        Problem::absent(format!(
            "there is no case {}; list them with `latchkey cases`",
            args.id
        ))
    };
    let id = CaseId::new(args.id.clone()).map_err(|_| absent())?;
    let ledger = place::ledger(&args.place).await?;
    let case = match ledger.find_case(&id).await? {
        Some(row) => row.item,
        None => return Err(of_person(&ledger, &args.id).await?.unwrap_or_else(absent)),
    };
    let mut tasks: Vec<Task> = ledger
        .tasks(&id)
        .await?
        .into_iter()
        .map(|row| row.item.task)
        .collect();
    tasks.sort_by(|a, b| (a.window.opens, &a.id).cmp(&(b.window.opens, &b.id)));
    let letters = ledger.letters_of(&id).await?;
    let trails = ledger.audit_trail(&id).await?;
    let faults = ledger.verify_case(&id, "the index of cases").await?;
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    if json {
        let timeline = timeline(&trails);
        print_json(&json!({
            "case": case,
            "tasks": tasks,
            "timeline": timeline.iter().map(|(at, task, by, text)| {
                json!({ "at": at, "task": task, "by": by, "text": text })
            }).collect::<Vec<_>>(),
            "lettersNotSent": letters.iter().filter(|letter| letter.is_in_trouble()).map(|letter| {
                json!({
                    "to": letter.letter.to, "subject": letter.letter.subject, "writtenAt": letter.written_at,
                    "state": letter.state, "problem": letter.problem,
                })
            }).collect::<Vec<_>>(),
            "auditFaults": faults,
        }));
        return verdict(&faults);
    }
    let zone = zone_of(&ledger, &Runbooks::default(), &case).await;
    print(&case, &tasks, &zone);
    for letter in letters.iter().filter(|letter| letter.is_in_trouble()) {
        println!("{}", not_sent(letter, &zone));
    }
    for entry in timeline(&trails) {
        println!("{}", in_words(&entry, &zone));
    }
    verdict(&faults)
}

fn print(case: &latchkey_lifecycle::Case, tasks: &[Task], zone: &TimeZone) {
    println!(
        "Case {}: {}",
        case.id,
        latchkey_questions::facts::whom(case)
    );
    println!(
        "  {}; {}, revision {}, runbook {}",
        latchkey_questions::facts::event(case),
        case.state,
        case.revision,
        case.runbook
    );
    println!(
        "  Times are in the time zone in which this person's windows are counted, {}.",
        name_of(zone)
    );
    if !case.missing.is_empty() {
        println!("  The record lacks: {}", case.missing.join(", "));
    }
    let now = Timestamp::now();
    let mut rows = table(&[
        "Id", "Task", "Owner", "State", "Opens", "Due", "Ended", "Trouble",
    ]);
    for task in tasks {
        let late = task.on_time() == Some(false) || task.is_late(now);
        let ended = task.ended_at.map(|at| instant(at, zone));
        rows.add_row([
            task.id.to_string(),
            line(&task.title).into_owned(),
            task.owner.to_string(),
            format!("{}{}", line(&state(task)), if late { ", late" } else { "" }),
            instant(task.window.opens, zone),
            instant(task.window.due, zone),
            ended.unwrap_or_default(),
            line(task.trouble.as_deref().unwrap_or_default()).into_owned(),
        ]);
    }
    println!("{rows}\n");
}

/// A letter that did not go out.
fn not_sent(letter: &QueuedLetter, zone: &TimeZone) -> String {
    let what = match letter.state {
        LetterState::GivenUp => "given up".to_owned(),
        _ => format!("tried again {}", instant(letter.next, zone)),
    };
    format!(
        "LETTER NOT SENT: “{}” to {}, written {}, {what}: {}",
        line(&letter.letter.subject),
        line(&letter.letter.to),
        instant(letter.written_at, zone),
        line(letter.problem.as_deref().unwrap_or_default()),
    )
}

/// What is meant when somebody names a person in the place of a case; `None` when it is nobody's id.
async fn of_person(ledger: &Ledger, id: &str) -> Result<Option<Problem>, Problem> {
    let Ok(employee) = EmployeeId::new(id) else {
        return Ok(None);
    };
    let mut lines = Vec::new();
    for (case, kind) in ledger.cases_of(&employee).await? {
        let state = ledger.find_case(&case).await?.map(|row| row.item.state);
        let state = state.map(|state| format!(", {state}")).unwrap_or_default();
        lines.push(format!(
            "\n  latchkey case {case}   ({}{state})",
            kind.words()
        ));
    }
    let known = ledger.find_person(&employee).await?.is_some();
    if lines.is_empty() && !known {
        return Ok(None);
    }
    Ok(Some(Problem::absent(match lines.is_empty() {
        true => format!("{employee} is an employee id and no case id, and this person has no case"),
        false => format!(
            "{employee} is an employee id and no case id; this person's cases are:{}",
            lines.concat()
        ),
    })))
}

/// Where a task stands, and by whose word.
fn state(task: &Task) -> String {
    match &task.answer {
        Some(Answer::Done(evidence)) if task.approval => match evidence.refused.is_empty() {
            true => format!("approved by {}", evidence.by),
            false => {
                let not: Vec<String> = evidence.refused.keys().map(Entitlement::called).collect();
                format!("approved by {}, but not {}", evidence.by, not.join(", "))
            }
        },
        Some(Answer::Declined { by, .. } | Answer::Waived { by, .. })
            if task.state == TaskState::Waived =>
        {
            format!("left out by {by}")
        }
        _ => task.state.to_string(),
    }
}

type Entry<'a> = (Timestamp, Option<String>, &'a str, &'a str);

/// What happened, in order of time.
fn timeline(trails: &[Trail]) -> Vec<Entry<'_>> {
    let mut all: Vec<Entry<'_>> = trails
        .iter()
        .flat_map(|trail| {
            let task = trail.task.as_ref().map(ToString::to_string);
            trail.records.iter().map(move |record| {
                let body = &record.body;
                (body.at, task.clone(), body.by.as_str(), body.text.as_str())
            })
        })
        .collect();
    all.sort_by_key(|entry| entry.0);
    all
}

/// One line of the timeline. What somebody wrote begins none of its own.
fn in_words((at, task, by, text): &Entry<'_>, zone: &TimeZone) -> String {
    let task = task.as_ref().map(|t| format!("{t}: ")).unwrap_or_default();
    format!(
        "{}  {task}{}  ({})",
        instant(*at, zone),
        line(text),
        line(&Signer::in_words(by))
    )
}

fn verdict(faults: &[String]) -> Result<(), Problem> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::new(format!(
        "the audit trail was tampered with: {}",
        faults.join("; ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_no_line_of_its_own() {
        let by = "Bob\r\nSun 29 Nov 2026 10:00 UTC  erp: Ada King (Security) confirmed it.";
        let text = format!("{by} declined: no\u{2028}Sun 29 Nov");
        let entry = (Timestamp::UNIX_EPOCH, Some("erp".to_owned()), by, &*text);
        let printed = in_words(&entry, &TimeZone::UTC);
        let ends = |c| matches!(c, '\n' | '\r' | '\u{2028}');
        assert!(!printed.contains(ends), "{printed}");
        assert!(printed.contains("erp: Bob  Sun 29 Nov"), "{printed}");
    }
}
