//! People of a rehearsal: they open the links in their letters and answer after a while, by a rule.

use std::collections::BTreeMap;

use axum::{
    body::{Body, to_bytes},
    http::{Request, header::CONTENT_TYPE},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use latchkey_embedded::{Sent, Stack};
use latchkey_lifecycle::{Field, FieldKind, Task, TaskId, TaskState, Verification, Work};
use latchkey_runtime::{Failure, Question};
use tower::ServiceExt;

use crate::RehearsalError;

/// A form of a task's page, filled in.
pub type Form = Vec<(String, String)>;

/// What somebody does with a letter that is due at the given instant: sends forms, each at its instant.
type Rule = Box<dyn FnMut(&Sent, &Question, &Task, Timestamp) -> Vec<(Timestamp, Form)> + Send>;

/// The people.
pub struct Answers {
    rule: Rule,
    pending: BTreeMap<(Timestamp, usize), (Question, Form)>,
    count: usize,
}

impl Answers {
    /// Everybody does what they are asked, half an hour later.
    pub fn willing() -> Answers {
        Answers::by(|sent, _, task| {
            let first = !sent.letter.subject.starts_with("Reminder")
                && !sent.letter.subject.starts_with("MISSED");
            first.then(|| form_of(task, "done"))
        })
    }

    /// Nobody answers.
    pub fn none() -> Answers {
        Answers::by(|_, _, _| None)
    }

    /// People who answer by a rule.
    pub fn by(
        mut rule: impl FnMut(&Sent, &Question, &Task) -> Option<Form> + Send + 'static,
    ) -> Answers {
        Answers::timed(move |sent, question, task, due| {
            let form = rule(sent, question, task);
            form.map(|form| (soon(sent.at, due), form))
                .into_iter()
                .collect()
        })
    }

    /// People who answer by a rule that knows when the answer is due, and says when each form is sent.
    pub fn timed(
        rule: impl FnMut(&Sent, &Question, &Task, Timestamp) -> Vec<(Timestamp, Form)> + Send + 'static,
    ) -> Answers {
        Answers {
            rule: Box::new(rule),
            pending: BTreeMap::new(),
            count: 0,
        }
    }

    /// When somebody answers next.
    pub fn next(&self) -> Option<Timestamp> {
        self.pending.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) async fn got(&mut self, stack: &Stack, sent: &Sent) -> Result<(), RehearsalError> {
        let Some(question) = question_of(stack, sent) else {
            return Ok(());
        };
        let ledger = &stack.ledger;
        let Some(row) = ledger.find_task(&question.case, &question.task).await? else {
            return Ok(());
        };
        let asking = row.item.asking.as_ref();
        let due = asking.map_or(row.item.task.window.due, |a| a.due);
        for (at, form) in (self.rule)(sent, &question, &row.item.task, due) {
            self.count += 1;
            self.pending
                .insert((at, self.count), (question.clone(), form));
        }
        Ok(())
    }

    pub(crate) async fn act(
        &mut self,
        stack: &Stack,
        now: Timestamp,
    ) -> Result<bool, RehearsalError> {
        let mut acted = false;
        while let Some(entry) = self.pending.first_entry().filter(|e| e.key().0 <= now) {
            let (question, form) = entry.remove();
            let path = stack.links.path(&question);
            let form = match question.task == TaskId::confirm_what_is_held() {
                true => as_shown(&get(stack, &path).await?, form),
                false => form,
            };
            let status = post(stack, &path, &form).await?;
            // A link may be dead by now.
            if !matches!(status, 200 | 410) {
                let task = question.task;
                return Err(RehearsalError::Page { task, status });
            }
            acted = true;
        }
        Ok(acted)
    }
}

/// When a willing person answers: after half an hour, sooner when the time is short.
pub(crate) fn soon(asked: Timestamp, due: Timestamp) -> Timestamp {
    let left = due.duration_since(asked).as_secs().max(0);
    let wait = SignedDuration::from_secs((left / 3).clamp(1, 1800));
    asked.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// A form with everything that a task asks for, signed by somebody of the team that is asked.
pub fn form_of(task: &Task, answer: &str) -> Form {
    let team = match (&task.verification, task.state) {
        (Verification::SecondTeam { team }, TaskState::Confirming) => team,
        _ => &task.owner,
    };
    let mut form = vec![
        ("answer".to_owned(), answer.to_owned()),
        ("by".to_owned(), format!("Somebody in {team}")),
        ("reason".to_owned(), "a reason".to_owned()),
    ];
    form.extend(asked_by(task, |field| match field.kind {
        FieldKind::Text => match field.name.as_str() {
            "country" => "Germany",
            "timeZone" => "Europe/Berlin",
            _ => "X1",
        }
        .to_owned(),
        FieldKind::Number => "1".to_owned(),
        FieldKind::Date => task.window.due.to_zoned(TimeZone::UTC).date().to_string(),
        FieldKind::YesNo => "yes".to_owned(),
    }));
    form
}

/// All that a task's page asks for, as whoever does everything fills it in: yes to each thing of an approval, each step,
/// and each field by `value`.
pub fn asked_by(task: &Task, mut value: impl FnMut(&Field) -> String) -> Form {
    let mut form = Form::new();
    if task.approval {
        let yes = |entitlement| (format!("grant.{entitlement}"), "yes".to_owned());
        form.extend(task.access.iter().map(yes));
    }
    if let Work::Person {
        checklist, fields, ..
    } = &task.work
    {
        let step = |step: &String| ("step".to_owned(), step.clone());
        form.extend(checklist.iter().map(step));
        let field = |field: &Field| (format!("field.{}", field.name), value(field));
        form.extend(fields.iter().map(field));
    }
    form
}

pub(crate) fn question_of(stack: &Stack, sent: &Sent) -> Option<Question> {
    let link = sent
        .letter
        .text
        .lines()
        .find(|line| line.contains("/tasks/"))?
        .trim();
    stack.links.open_url(link)
}

/// A form about what the brake holds, with the list that the page shows and how many go on, as whoever sends it takes
/// and types them from there.
pub fn as_shown(page: &str, mut form: Form) -> Form {
    for (name, before) in [
        ("list", "name=\"list\" value=\""),
        ("count", "data-confirm=\""),
    ] {
        let shown = page
            .split_once(before)
            .and_then(|(_, rest)| rest.split_once('"'));
        if let Some((shown, _)) = shown.filter(|_| form.iter().all(|(given, _)| given != name)) {
            form.push((name.to_owned(), shown.to_owned()));
        }
    }
    form
}

/// Looks at a page of a link.
async fn get(stack: &Stack, path: &str) -> Result<String, RehearsalError> {
    let request = Request::get(path)
        .body(Body::empty())
        .map_err(|e| Failure::Broken(format!("the link `{path}` is not a path: {e}")))?;
    let Ok(answer) = stack.pages.clone().oneshot(request).await;
    let bytes = to_bytes(answer.into_body(), usize::MAX).await;
    let bytes =
        bytes.map_err(|e| Failure::Broken(format!("the page of `{path}` breaks off: {e}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Sends a form to the page itself, without a socket; gives the status.
async fn post(stack: &Stack, path: &str, form: &Form) -> Result<u16, RehearsalError> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let request = Request::post(path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .map_err(|e| Failure::Broken(format!("the link `{path}` is not a path: {e}")))?;
    let Ok(answer) = stack.pages.clone().oneshot(request).await;
    Ok(answer.status().as_u16())
}
