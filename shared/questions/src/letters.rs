//! The letters of a question: what, for whom, by when, why, the steps, and a link.

use jiff::Timestamp;
use latchkey_ledger::{Asking, TaskRow};
use latchkey_lifecycle::{
    Answer, Block, Brief, Case, Content, EventKind, Letter, Marks, Stage, Step, Task, TaskId,
    TeamId, URGENT, Words, Work, shown,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Links, Question};

use crate::{
    facts::{self, Facts, asked_team},
    letter_words::{content, due_in_words, put_off_content},
};

/// The beginning of a sentence that ends with who was told.
pub fn told(stage: Stage) -> &'static str {
    match stage {
        Stage::Asked => "Asked",
        Stage::Reminded => "Reminded",
        Stage::Missed => "Missed; told",
        Stage::Escalated => "Escalated to",
    }
}

/// Where the letters of a team go.
pub fn address_of(runbook: &Runbook, team: &TeamId) -> String {
    runbook
        .team(team)
        .map(|t| t.email.clone())
        .unwrap_or_default()
}

/// The letters of a stage, as they read at the instant of the facts.
pub fn question(
    runbook: &Runbook,
    links: &Links,
    case: &Case,
    row: &TaskRow,
    stage: Stage,
    (facts, now): (&Facts, Timestamp),
) -> Vec<Letter> {
    let Some(asking) = &row.asking else {
        return Vec::new();
    };
    let step = asking.step;
    let team = asked_team(row, step);
    let escalated = stage == Stage::Escalated;
    let link = links.url(&Question {
        case: case.id.clone(),
        task: row.task.id.clone(),
        step,
        serial: asking.serial,
        may_waive: escalated,
    });
    let cut_off = case.kind == EventKind::UrgentExit;
    let subject = subject(stage, step, &row.task, case, facts);
    let subject = match cut_off {
        true => format!("{URGENT}{subject}"),
        false => subject,
    };
    let content = content(runbook, facts, row, (stage, step), &link);
    let page = format!("/cases/{}/tasks/{}", case.id, row.task.id);
    let to = match stage {
        Stage::Asked | Stage::Reminded => vec![(team.to_string(), address_of(runbook, team))],
        Stage::Missed => {
            let owner = (team.to_string(), address_of(runbook, team));
            let backup = runbook.backup(team).map(|c| (c.key(), c.email.clone()));
            std::iter::once(owner.clone())
                .chain(backup.filter(|b| b.1 != owner.1))
                .collect()
        }
        Stage::Escalated => {
            let contact = runbook.escalation(team);
            vec![(contact.key(), contact.email.clone())]
        }
    };
    let brief = Brief {
        page: links.page(&page),
        ..brief(facts, row, stage, step, link)
    };
    let letter = |(team, to): (String, String)| {
        let as_of = (runbook.time_zone(), now);
        let mut letter = Letter::of(team, to, &subject, content.clone(), as_of);
        letter.brief = Some(brief.clone());
        letter.urgent |= escalated;
        letter
    };
    to.into_iter().map(letter).collect()
}

/// The question as one of several in a letter.
fn brief(facts: &Facts, row: &TaskRow, stage: Stage, step: Step, link: String) -> Brief {
    let by = match stage {
        Stage::Asked | Stage::Reminded => "by",
        Stage::Missed | Stage::Escalated => due_in_words(facts),
    };
    let declined = match &row.task.answer {
        Some(Answer::Declined { by, reason }) if stage == Stage::Escalated => {
            Some(shown::line(&format!("{by} declined it: {reason}")).into_owned())
        }
        _ => None,
    };
    let late = facts.late.as_ref().map(|late| format!("Was due {late}."));
    let trouble = row.task.trouble.as_deref();
    let trouble = trouble.map(|trouble| format!("What went wrong: {}", shown::line(trouble)));
    Brief {
        stage,
        greets: facts.team.clone(),
        line: match row.task.id == TaskId::confirm_what_is_held() {
            true => Words::from(format!("{}, {by} ", what(step, &row.task))),
            false => Words::from(format!(
                "{} for {}, {by} ",
                what(step, &row.task),
                facts.whom
            )),
        }
        .at(facts.due_at),
        notes: declined.into_iter().chain(late).chain(trouble).collect(),
        link,
        page: String::new(),
    }
}

/// The letter with which a person's task of a checklist will be asked for; none for a system's task.
pub fn preview(
    runbook: &Runbook,
    links: &Links,
    case: &Case,
    task: &Task,
    tasks: &[Task],
) -> Vec<Letter> {
    if matches!(task.work, Work::System { .. }) || task.state.is_ended() {
        return Vec::new();
    }
    let mut row = TaskRow::from(task.clone());
    row.asking = Some(Asking {
        step: Step::Do,
        serial: 1,
        since: task.window.opens,
        due: task.window.due,
        sent: Vec::new(),
        told: None,
        put_off: None,
        answered: false,
        token: None,
        opened: None,
        turn: None,
    });
    let facts = Facts::of(runbook, case, &row, tasks, task.window.opens);
    let as_of = (&facts, task.window.opens);
    question(runbook, links, case, &row, Stage::Asked, as_of)
}

/// The letters that say that a task is late because of the tasks it needs.
pub fn held_back(
    runbook: &Runbook,
    case: &Case,
    task: &Task,
    waits_for: &[String],
    now: Timestamp,
) -> Vec<Letter> {
    let zone = runbook.time_zone();
    let escalation = runbook.escalation(&task.owner);
    let owner = (task.owner.to_string(), address_of(runbook, &task.owner));
    let other = (escalation.key(), escalation.email.clone());
    let same = owner.1 == other.1;
    let content = Content {
        blocks: vec![
            Block::Said(
                Words::from(format!(
                    "The task “{}” for {} was due on ",
                    task.title,
                    facts::whom(case)
                ))
                .at(task.window.due)
                .and(" and has not begun: it needs tasks that are not done."),
            ),
            Block::List {
                head: String::new(),
                marks: Marks::None,
                items: waits_for.iter().map(|w| format!("waits for {w}")).collect(),
            },
            Block::Said(
                "Whoever owns these has been told. It begins by itself when they are done.".into(),
            ),
        ],
        company: runbook.company().to_owned(),
    };
    let subject = format!(
        "MISSED: {} for {} waits for other tasks",
        task.title,
        facts::whom(case)
    );
    std::iter::once(owner)
        .chain((!same).then_some(other))
        .map(|(team, to)| Letter::of(team, to, &subject, content.clone(), (zone, now)))
        .collect()
}

/// The letter that says that what was asked is put off, since its window has moved and opens later; none where it is not.
pub fn put_off(
    runbook: &Runbook,
    case: &Case,
    row: &TaskRow,
    tasks: &[Task],
    now: Timestamp,
) -> Option<Letter> {
    let asking = row.asking.as_ref()?;
    let was_due = asking.put_off?.was_due;
    let facts = Facts::of(runbook, case, row, tasks, now);
    let team = asked_team(row, asking.step);
    let who = case
        .person
        .as_ref()
        .map_or_else(|| facts.whom.clone(), |p| p.called());
    let what = what(asking.step, &row.task);
    let subject = format!("Put off: {what} – {who}, by {}", facts.due);
    let content = put_off_content(runbook, &facts, row, was_due);
    let (team, to) = (team.to_string(), address_of(runbook, team));
    let as_of = (runbook.time_zone(), now);
    Some(Letter::of(team, to, subject, content, as_of))
}

fn what(step: Step, task: &Task) -> String {
    match step {
        Step::Do => task.title.clone(),
        Step::Confirm => format!("Please confirm: {}", task.title),
        Step::Mend => format!("Needs you: {}", task.title),
    }
}

fn subject(stage: Stage, step: Step, task: &Task, case: &Case, facts: &Facts) -> String {
    let mut what = what(step, task);
    if task.id != TaskId::confirm_what_is_held() {
        let who = case.person.as_ref().map(|person| person.called());
        what = format!("{what} – {}", who.unwrap_or_else(|| facts.whom.clone()));
    }
    match stage {
        Stage::Asked => match &facts.late {
            Some(_) => format!("LATE: {what}, by {}", facts.due),
            None => format!("{what}, by {}", facts.due),
        },
        Stage::Reminded => format!("Reminder: {what}, by {}", facts.due),
        Stage::Missed => format!("MISSED: {what}, was due {}", facts.due),
        Stage::Escalated => {
            let was = due_in_words(facts);
            format!("ESCALATED: {what}, {was} {}", facts.due)
        }
    }
}
