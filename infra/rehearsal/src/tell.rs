//! Makes the report of a rehearsal that has been played, from the ledger's audit trails and the letters.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use latchkey_lifecycle::{AuditBody, Case, CaseId, Signer, Task, TaskId, TaskState, TeamId, Work};
use latchkey_questions::facts;
use latchkey_runbook::Runbook;
use serde_json::Value;

use crate::{
    Rehearsal, RehearsalError, Script, Terms,
    report::{CaseReport, Entry, Kind, Mark, Outcome, Report, Summary, TaskReport, last_instant},
};

pub(crate) async fn report(
    it: &Rehearsal,
    runbook: &Runbook,
    script: &Script,
    terms: &Terms,
    ids: &[CaseId],
) -> Result<Report, RehearsalError> {
    let mut cases = Vec::new();
    let mut timeline = Vec::new();
    let letters = Letters::of(it);
    for id in ids {
        let case = it.case(id).await?;
        let (told, mut entries) = one(it, runbook, &case, &letters).await?;
        cases.push(told);
        timeline.append(&mut entries);
    }
    timeline.extend(letters.others);
    // Of one instant: the case first, then its tasks, then its end and the letters that tell of it.
    timeline.sort_by_key(|entry| {
        let last = matches!(entry.kind, Kind::Closed | Kind::Superseded | Kind::Mail);
        (entry.at, last)
    });
    let day = |at: Timestamp| at.to_zoned(runbook.time_zone().clone()).date();
    let first = day(script.begin);
    for entry in &mut timeline {
        entry.day = days(first, day(entry.at)) + 1;
    }
    let last = timeline.last().map_or(script.begin, |entry| entry.at);
    let closed = cases.iter().all(|case| case.state.is_ended());
    let ends = if closed { last } else { it.now().max(last) };
    let summary = summary(
        &cases,
        &timeline,
        days(first, day(ends)) + 1,
        it.letters
            .iter()
            .map(|sent| &sent.email)
            .collect::<BTreeSet<_>>()
            .len(),
    );
    let first_case = it.case(&ids[0]).await?;
    let country = first_case.person.map(|person| person.country);
    let country = country.unwrap_or_default();
    let span = (first, day(last_instant(&cases, ends)));
    Ok(Report {
        company: runbook.company().to_owned(),
        time_zone: runbook.time_zone().iana_name().unwrap_or("UTC").to_owned(),
        runbook: first_case.runbook,
        choices: terms.choices.clone(),
        begins: script.begin,
        ends,
        rest: rest(runbook, &country, span),
        week_begins: runbook.calendar().week_begins(),
        cases,
        timeline,
        summary,
    })
}

/// The days on which nobody works, with one more on either side.
fn rest(runbook: &Runbook, country: &str, (first, last): (Date, Date)) -> Vec<Date> {
    let mut day = first.yesterday().unwrap_or(first);
    let until = last.tomorrow().unwrap_or(last);
    let mut all = Vec::new();
    while day <= until {
        if !runbook.calendar().is_working_day(day, country) {
            all.push(day);
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    all
}

fn days(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Letters by the task and instant that they belong to, and those of no task.
struct Letters {
    of_tasks: BTreeMap<(CaseId, TaskId, Timestamp), Vec<String>>,
    others: Vec<Entry>,
}

impl Letters {
    fn of(it: &Rehearsal) -> Letters {
        let mut all = Letters {
            of_tasks: BTreeMap::new(),
            others: Vec::new(),
        };
        for sent in &it.letters {
            let to = sent.letter.to.clone();
            match it.question_of(sent) {
                Some(question) => {
                    let key = (question.case, question.task, sent.at);
                    all.of_tasks.entry(key).or_default().push(to);
                }
                None => all.others.push(Entry {
                    at: sent.at,
                    day: 0,
                    kind: Kind::Mail,
                    case: None,
                    task: None,
                    about: sent.letter.subject.clone(),
                    who: sent.letter.team.clone(),
                    text: String::new(),
                    mail_to: vec![to],
                }),
            }
        }
        all
    }
}

/// Who did what a record tells, or was told.
fn who(runbook: &Runbook, kind: Kind, task: Option<&Task>, body: &AuditBody) -> String {
    match (kind, task) {
        (Kind::Asked | Kind::Reminded | Kind::Missed | Kind::Escalated, Some(task)) => {
            told(runbook, task, &body.detail)
        }
        (
            Kind::Begun | Kind::CarriedOut | Kind::Trouble | Kind::Paused | Kind::Verified,
            Some(task),
        ) => by(runbook, task),
        _ => Signer::in_words(&body.by),
    }
}

fn task_report(runbook: &Runbook, task: Task, marks: Vec<Mark>, now: Timestamp) -> TaskReport {
    TaskReport {
        by: by(runbook, &task),
        automatic: matches!(task.work, Work::System { .. }),
        opens: task.window.opens,
        due: task.window.due,
        ended_at: task.ended_at,
        state: task.state,
        outcome: outcome(&task, now),
        marks,
        id: task.id,
        title: task.title,
    }
}

async fn one(
    it: &Rehearsal,
    runbook: &Runbook,
    case: &Case,
    letters: &Letters,
) -> Result<(CaseReport, Vec<Entry>), RehearsalError> {
    let mut tasks: BTreeMap<TaskId, (Task, Vec<Mark>)> = it
        .tasks(&case.id)
        .await?
        .into_iter()
        .map(|task| (task.id.clone(), (task, Vec::new())))
        .collect();
    let mut entries = Vec::new();
    for trail in it.stack.ledger.audit_trail(&case.id).await? {
        let mut known = trail.task.as_ref().and_then(|id| tasks.get_mut(id));
        let mut told_of_it = Vec::new();
        for record in trail.records {
            let body = record.body;
            let kind = Kind::of_record(&body.what, trail.task.is_none());
            let mut mail_to = Vec::new();
            let about = match &mut known {
                Some((task, marks)) => {
                    marks.push(Mark {
                        at: body.at,
                        kind,
                        text: body.text.clone(),
                    });
                    let asks = [Kind::Asked, Kind::Reminded, Kind::Missed, Kind::Escalated];
                    if asks.contains(&kind) {
                        let key = (case.id.clone(), task.id.clone(), body.at);
                        mail_to = letters.of_tasks.get(&key).cloned().unwrap_or_default();
                    }
                    task.title.clone()
                }
                None => case.words().to_owned(),
            };
            let who = who(runbook, kind, known.as_ref().map(|(task, _)| task), &body);
            told_of_it.push(Entry {
                at: body.at,
                day: 0,
                kind,
                case: Some(case.id.clone()),
                task: trail.task.clone(),
                about,
                who,
                text: body.text,
                mail_to,
            });
        }
        entries.extend(folded(told_of_it));
    }
    let now = it.now();
    let told = tasks.into_values();
    let told = told.map(|(task, marks)| task_report(runbook, task, marks, now));
    let mut told: Vec<TaskReport> = told.collect();
    told.sort_by(|a, b| (a.opens, a.due, &a.id).cmp(&(b.opens, b.due, &b.id)));
    let told = CaseReport {
        id: case.id.clone(),
        whom: facts::whom(case),
        event: facts::event(case),
        state: case.state,
        ended_at: case.closed_at,
        tasks: told,
    };
    Ok((told, entries))
}

/// One line for those who were told of one thing at one instant, each by a letter of their own.
fn told_together(entries: Vec<Entry>) -> Vec<Entry> {
    let tells =
        |kind: Kind| [Kind::Asked, Kind::Reminded, Kind::Missed, Kind::Escalated].contains(&kind);
    let mut all: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        let before = all.last_mut().filter(|last| {
            tells(last.kind)
                && (last.at, last.kind, &last.task) == (entry.at, entry.kind, &entry.task)
        });
        match before {
            None => all.push(entry),
            Some(last) => {
                let mut who: BTreeSet<&str> = last.who.split(", ").collect();
                who.insert(&entry.who);
                last.who = who.into_iter().collect::<Vec<&str>>().join(", ");
                last.mail_to.sort();
            }
        }
    }
    all
}

/// One line for pauses that follow one another: what a person wants to know of an outage is when it began and what came
/// of it.
fn folded(entries: Vec<Entry>) -> impl Iterator<Item = Entry> {
    let pause = |entry: &Entry| entry.kind == Kind::Paused;
    let runs: Vec<Vec<Entry>> = told_together(entries)
        .chunk_by(|a, b| pause(a) && pause(b))
        .map(<[Entry]>::to_vec)
        .collect();
    runs.into_iter().filter_map(|run| {
        let more = run.len() - 1;
        let mut first = run.into_iter().next()?;
        match more {
            0 => {}
            1 => first.text.push_str(" Another pause follows."),
            _ => first.text.push_str(&format!(" {more} more pauses follow.")),
        }
        Some(first)
    })
}

/// Whom a letter of a task went to, by name.
fn told(runbook: &Runbook, task: &Task, detail: &Value) -> String {
    let teams = detail["teams"].as_array().into_iter().flatten();
    let name = |key: &str| match TeamId::new(key) {
        Ok(team) => facts::team_name(runbook, &team),
        Err(_) => key.to_owned(),
    };
    let names: Vec<String> = teams.filter_map(|t| t.as_str()).map(name).collect();
    if names.is_empty() {
        facts::team_name(runbook, &task.owner)
    } else {
        names.join(", ")
    }
}

/// Who does a task, by name.
fn by(runbook: &Runbook, task: &Task) -> String {
    match &task.work {
        Work::System { system, .. } => runbook
            .system(system)
            .map_or_else(|| system.to_string(), |known| known.name.clone()),
        Work::Person { .. } => facts::team_name(runbook, &task.owner),
    }
}

fn outcome(task: &Task, now: Timestamp) -> Outcome {
    match (task.state, task.on_time()) {
        (TaskState::Waived, _) => Outcome::LeftOut,
        (TaskState::Verified, Some(true)) => Outcome::InTime,
        (TaskState::Verified, _) => Outcome::Late,
        _ if now > task.window.due => Outcome::Missed,
        _ => Outcome::Open,
    }
}

fn summary(cases: &[CaseReport], timeline: &[Entry], days: i64, emails: usize) -> Summary {
    let tasks = || cases.iter().flat_map(|case| &case.tasks);
    let went = |outcome| tasks().filter(|task| task.outcome == outcome).count();
    let told = |kind| timeline.iter().filter(|entry| entry.kind == kind).count();
    Summary {
        days,
        tasks: tasks().count(),
        in_time: went(Outcome::InTime),
        late: went(Outcome::Late),
        left_out: went(Outcome::LeftOut),
        missed: went(Outcome::Missed),
        open: went(Outcome::Open),
        emails,
        reminders: told(Kind::Reminded),
        escalations: told(Kind::Escalated),
        troubles: told(Kind::Trouble),
        closed: cases.iter().all(|case| case.state.is_ended()),
    }
}
