//! The letters of a question: what, for whom, by when, why, the steps, and a link.

use jiff::Timestamp;
use latchkey_ledger::{Asking, TaskRow};
use latchkey_lifecycle::{
    Answer, Brief, Case, Letter, Stage, Step, Task, TeamId, Work, instant_and_how_far, shown,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Links, Question};

use crate::{
    facts::{self, Facts, asked_team, team_name},
    in_words::steps,
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

/// The letters of a stage.
pub fn question(
    runbook: &Runbook,
    links: &Links,
    case: &Case,
    row: &TaskRow,
    stage: Stage,
    facts: &Facts,
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
    let subject = subject(stage, step, &row.task, case, facts);
    let text = text(runbook, facts, row, stage, step, &link);
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
    let brief = brief(facts, row, stage, step, link);
    let letter = |(team, to): (String, String)| {
        let mut letter = Letter::new(team, to, &subject, &text);
        letter.brief = Some(brief.clone());
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
        line: format!(
            "{} for {}, {by} {} ({})",
            shown::line(&what(step, &row.task)),
            facts.whom,
            facts.due,
            facts.due_far
        ),
        notes: declined.into_iter().chain(late).chain(trouble).collect(),
        link,
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
        answered: false,
        token: None,
        opened: None,
        turn: None,
    });
    let facts = Facts::of(runbook, case, &row, tasks, task.window.opens);
    question(runbook, links, case, &row, Stage::Asked, &facts)
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
    let text = format!(
        "The task “{}” for {} was due on {} and has not begun: it needs tasks that are not done.\n\n{}\n\n\
         Whoever owns these has been told. It begins by itself when they are done.\n\n-- \nLatchkey for {}\n",
        shown::line(&task.title),
        facts::whom(case),
        instant_and_how_far(task.window.due, zone, now),
        shown::lines(waits_for.iter().map(|w| format!("  waits for {w}"))),
        runbook.company(),
    );
    let subject = format!(
        "MISSED: {} for {} waits for other tasks",
        task.title,
        facts::whom(case)
    );
    std::iter::once(owner)
        .chain((!same).then_some(other))
        .map(|(team, to)| Letter::new(team, to, &subject, &text))
        .collect()
}

fn what(step: Step, task: &Task) -> String {
    match step {
        Step::Do => task.title.clone(),
        Step::Confirm => format!("Please confirm: {}", task.title),
        Step::Mend => format!("Needs you: {}", task.title),
    }
}

fn subject(stage: Stage, step: Step, task: &Task, case: &Case, facts: &Facts) -> String {
    let what = what(step, task);
    let who = case
        .person
        .as_ref()
        .map_or_else(|| facts.whom.clone(), |p| p.called());
    match stage {
        Stage::Asked => match &facts.late {
            Some(_) => format!("LATE: {what} – {who}, by {}", facts.due),
            None => format!("{what} – {who}, by {}", facts.due),
        },
        Stage::Reminded => format!("Reminder: {what} – {who}, by {}", facts.due),
        Stage::Missed => format!("MISSED: {what} – {who}, was due {}", facts.due),
        Stage::Escalated => {
            let was = due_in_words(facts);
            format!("ESCALATED: {what} – {who}, {was} {}", facts.due)
        }
    }
}

/// Somebody who declines is heard of before the task is due.
fn due_in_words(facts: &Facts) -> &'static str {
    match facts.is_over {
        true => "was due",
        false => "due",
    }
}

fn text(
    runbook: &Runbook,
    facts: &Facts,
    row: &TaskRow,
    stage: Stage,
    step: Step,
    link: &str,
) -> String {
    let task = &row.task;
    let mut out = vec![opening(runbook, facts, row, stage, step)];
    out.push(String::new());
    let mut fact = |label: &str, value: &str| {
        if !value.is_empty() {
            let label = if label.is_empty() {
                String::new()
            } else {
                format!("{label}:")
            };
            out.push(format!("  {label:<9}{value}"));
        }
    };
    fact("What", &task.title);
    fact("For", &facts.whom);
    fact("", &facts.place);
    fact("Event", &facts.event);
    fact("From", &format!("{} ({})", facts.opens, facts.opens_far));
    fact("By", &format!("{} ({})", facts.due, facts.due_far));
    fact("Was due", facts.late.as_deref().unwrap_or_default());
    for why in &facts.why {
        fact("Why", why);
    }
    for value in &facts.look_at {
        fact("Look at", value);
    }
    if let Some(trouble) = &task.trouble {
        out.push(String::new());
        out.push(format!("What went wrong: {trouble}"));
    }
    out.extend(steps(row, step));
    out.extend(taken_along(facts, row, stage, step));
    out.push(String::new());
    out.push(closing(stage, step).to_owned());
    out.push(String::new());
    out.push(format!("  {link}"));
    out.push(String::new());
    out.push(
        "The link works for this task only, until it is done. Whoever has it can answer for you: keep it \
         in your team."
            .to_owned(),
    );
    out.push(String::new());
    out.push("-- ".to_owned());
    out.push(format!("Latchkey for {}", runbook.company()));
    out.push(String::new());
    // Each is one line: no title, no reason and no note writes another one.
    shown::lines(out)
}

fn opening(runbook: &Runbook, facts: &Facts, row: &TaskRow, stage: Stage, step: Step) -> String {
    let team = &facts.team;
    let head = match stage {
        Stage::Asked => match step {
            Step::Do if facts.late.is_some() => {
                format!("Hello {team}, this is late from the start: please do it now:")
            }
            Step::Do => format!("Hello {team}, please do this:"),
            Step::Confirm => {
                let owner = team_name(runbook, &row.task.owner);
                format!(
                    "Hello {team}, {owner} says that this is done. Please look, and confirm it:"
                )
            }
            Step::Mend => {
                format!("Hello {team}, Latchkey could not do this by itself. Please mend it:")
            }
        },
        Stage::Reminded => format!("Hello {team}, this is still open and due soon:"),
        Stage::Missed => format!("Hello {team}, this was due and is not done:"),
        Stage::Escalated => {
            format!("You are the escalation contact of {team}. This was due and is not done:")
        }
    };
    match (&row.task.answer, stage) {
        (_, Stage::Escalated) if row.is_for_the_escalation() => {
            format!(
                "You are the escalation contact of {team}. This goes to and fro: please decide."
            )
        }
        (Some(Answer::Declined { by, reason }), Stage::Escalated) => {
            format!("You are the escalation contact of {team}. {by} declined this task: {reason}")
        }
        _ => head,
    }
}

/// What leaving it out does, said to those who can.
fn taken_along(facts: &Facts, row: &TaskRow, stage: Stage, step: Step) -> Vec<String> {
    let approves = row.task.approval && step == Step::Do;
    if facts.left_out_too.is_empty() || !(approves || stage == Stage::Escalated) {
        return Vec::new();
    }
    let head = match approves {
        true => "When it is not approved, these are left out, too:",
        false => "Leaving this out also leaves out:",
    };
    let mut out = vec![String::new(), head.to_owned()];
    out.extend(
        facts
            .left_out_too
            .iter()
            .map(|title| format!("  - {title}")),
    );
    out
}

fn closing(stage: Stage, step: Step) -> &'static str {
    match (stage, step) {
        (Stage::Escalated, _) => {
            "Open the page to complete the task, or to leave it out with your name and a reason:"
        }
        (_, Step::Do) => {
            "Open the page to tick off the steps and say that it is done, or decline with a reason:"
        }
        (_, Step::Confirm) => "Open the page to confirm, or to send it back with a reason:",
        (_, Step::Mend) => {
            "Open the page when it is mended: Latchkey tries again and reads it back. Or decline with a reason:"
        }
    }
}
