//! HR is asked about a task, and answers: what was said stays with the task, in order, with who and when. The task's
//! window goes on meanwhile.

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::{Row, Said, Somebody, Talk, TaskRow};
use latchkey_lifecycle::{
    About, AuditBody, Case, CaseId, Letter, LetterId, QueuedLetter, TaskId, What,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use serde_json::json;

use crate::{
    AnswerError, Deps, QuestionState,
    answer::TRIES,
    evidence::too_long,
    facts::{self, asked_team, team_name},
    letters::address_of,
};

/// The most characters of a question to HR, or of its answer.
pub const SAID_LENGTH: usize = 1_000;
/// How much is said about one task at most.
const MOST_SAID: usize = 40;

/// What somebody says about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    /// Who.
    pub by: Somebody,
    /// What.
    pub text: String,
    /// Whether it is HR's answer; else it asks HR.
    pub answers: bool,
}

/// Adds a question to HR, or HR's answer, and writes to whom it is for.
///
/// # Errors
/// [`AnswerError`]; nothing was changed then.
pub async fn say(
    deps: &Deps<'_>,
    (case, task): (&CaseId, &TaskId),
    saying: &Saying,
) -> Result<(), AnswerError> {
    let problem = match saying.text.trim() {
        "" if saying.answers => Some("Write an answer first.".to_owned()),
        "" => Some("Write what you want to know first.".to_owned()),
        text => too_long("What you say", text, SAID_LENGTH),
    };
    if let Some(problem) = problem {
        return Err(AnswerError::Incomplete(vec![problem]));
    }
    for _ in 0..TRIES {
        if say_now(deps, (case, task), saying).await? {
            return Ok(());
        }
    }
    let busy = format!("{case} {task} is being written to");
    Err(AnswerError::Failure(Failure::Busy(busy)))
}

async fn say_now(
    deps: &Deps<'_>,
    (case, task): (&CaseId, &TaskId),
    saying: &Saying,
) -> Result<bool, AnswerError> {
    let gone = || AnswerError::NotOpen(QuestionState::Superseded);
    let row = deps.ledger.find_task(case, task).await?.ok_or_else(gone)?;
    let held = deps.ledger.find_case(case).await?.ok_or_else(gone)?.item;
    let runbook = deps.runbooks.get(deps.ledger, &held.runbook).await?;
    let known = deps.ledger.talk(case, task).await?;
    let mut talk = known.unwrap_or_else(|| {
        Row::new(Talk {
            case: case.clone(),
            task: task.clone(),
            team: runbook.hr_team().clone(),
            said: Vec::new(),
        })
    });
    let now = deps.clock.now();
    if is_said(&talk.item, saying, now) {
        return Ok(true);
    }
    if row.item.task.state.is_ended() && !saying.answers {
        return Err(AnswerError::NotOpen(QuestionState::Ended));
    }
    if saying.answers && !talk.item.is_open() {
        return Err(AnswerError::NotOpen(QuestionState::Answered));
    }
    if talk.item.said.len() >= MOST_SAID {
        let problem = format!(
            "About one task {MOST_SAID} things can be said: call {}.",
            team_name(&runbook, &talk.item.team)
        );
        return Err(AnswerError::Incomplete(vec![problem]));
    }
    let said = Said {
        by: saying.by.clone(),
        at: now,
        text: saying.text.trim().to_owned(),
        answers: saying.answers,
    };
    talk.item.said.push(said.clone());
    let team = talk.item.team.clone();
    let letter = letter(deps, &runbook, &held, &row.item, &talk.item);
    let record = record(&said, &team_name(&runbook, &team), now);
    Ok(deps.ledger.say(row, talk, record, &[letter]).await?)
}

/// The same words by the same person within this time are one: a button that was pressed twice.
const PRESSED_TWICE: SignedDuration = SignedDuration::from_mins(5);

fn is_said(talk: &Talk, saying: &Saying, now: Timestamp) -> bool {
    talk.said.iter().any(|said| {
        said.answers == saying.answers
            && said.by.address == saying.by.address
            && said.text == saying.text.trim()
            && now.duration_since(said.at) < PRESSED_TWICE
    })
}

fn record(said: &Said, team: &str, now: Timestamp) -> AuditBody {
    let Somebody { name, address } = &said.by;
    let (what, text) = match said.answers {
        true => (
            What::QuestionAnswered,
            format!("{name} answered for {team}: {}", said.text),
        ),
        false => (
            What::QuestionAsked,
            format!("{name} asked {team}: {}", said.text),
        ),
    };
    AuditBody {
        at: now,
        by: name.clone(),
        what,
        text,
        // So that no other words can be taken for the end of these.
        detail: json!({ "address": address, "length": said.text.chars().count() }),
    }
}

/// The letter to whom it is for: HR, or the team that was asked for the task.
fn letter(
    deps: &Deps<'_>,
    runbook: &Runbook,
    case: &Case,
    row: &TaskRow,
    talk: &Talk,
) -> QueuedLetter {
    let step = row
        .asking
        .as_ref()
        .map_or(latchkey_lifecycle::Step::Do, |asking| asking.step);
    let owner = asked_team(row, step);
    let last = talk.said.last();
    let answers = last.is_some_and(|said| said.answers);
    let (team, kind) = match answers {
        true => (owner, "Answer"),
        false => (&talk.team, "Question"),
    };
    let whom = facts::whom_of(case, &row.task.id);
    let page = deps
        .links
        .page(&format!("/cases/{}/tasks/{}", case.id, row.task.id));
    let (by, said) = last.map_or((String::new(), String::new()), |said| {
        (said.by.name.clone(), said.text.clone())
    });
    let opening = match answers {
        true => format!(
            "Hello {}, {by} answers about this task:",
            team_name(runbook, team)
        ),
        false => format!(
            "Hello {}, {by} of {} asks you about this task:",
            team_name(runbook, team),
            team_name(runbook, owner)
        ),
    };
    let closing = match answers {
        true => "All that was said stands on the task's page:",
        false => {
            "Answer on the task's page; whoever takes the task over reads it there. Its window goes on meanwhile:"
        }
    };
    let text = format!(
        "{opening}\n\n  What:    {}\n  For:     {whom}\n\n{}\n\n{closing}\n\n  {page}\n\n-- \nLatchkey for {}\n",
        latchkey_lifecycle::shown::line(&row.task.title),
        latchkey_lifecycle::shown::lines(said.lines().map(|line| format!("  {line}"))),
        runbook.company(),
    );
    let subject = format!("{kind}: {} for {whom}", row.task.title);
    let letter = Letter::new(team.to_string(), address_of(runbook, team), subject, text);
    let count = talk.said.len();
    let id = LetterId::of(&[
        &case.id,
        &row.task.id,
        &"said",
        &count,
        &letter.team,
        &letter.to,
    ]);
    let at = last.map_or(case.opened_at, |said| said.at);
    let about = About {
        case: case.id.clone(),
        task: Some(row.task.id.clone()),
        question: None,
        record: None,
    };
    QueuedLetter::new(id, letter, Some(about), at)
}
