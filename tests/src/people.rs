//! People of a rehearsal: they open the links in their letters and answer after a while, by a rule.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use latchkey_embedded::{Sent, Stack};
use latchkey_lifecycle::{FieldKind, Task, Work};
use latchkey_runtime::Question;

/// A form of a task's page, filled in.
pub type Form = Vec<(String, String)>;

/// What somebody does with a letter: answers with a form, or leaves it.
type Rule = Box<dyn FnMut(&Sent, &Question, &Task) -> Option<Form> + Send>;

/// The people.
pub struct Answers {
    rule: Rule,
    pending: BTreeMap<(Timestamp, usize), (Question, Form)>,
    count: usize,
    client: reqwest::Client,
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
        rule: impl FnMut(&Sent, &Question, &Task) -> Option<Form> + Send + 'static,
    ) -> Answers {
        Answers {
            rule: Box::new(rule),
            pending: BTreeMap::new(),
            count: 0,
            client: reqwest::Client::new(),
        }
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.pending.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) async fn got(&mut self, stack: &Stack, sent: &Sent) {
        let Some(question) = question_of(stack, sent) else {
            return;
        };
        let Some(row) = stack
            .ledger
            .find_task(&question.case, &question.task)
            .await
            .unwrap()
        else {
            return;
        };
        let due = row
            .item
            .asking
            .as_ref()
            .map_or(row.item.task.window.due, |a| a.due);
        if let Some(form) = (self.rule)(sent, &question, &row.item.task) {
            let left = due.duration_since(sent.at).as_secs().max(0);
            let wait = SignedDuration::from_secs((left / 3).clamp(1, 1800));
            self.count += 1;
            self.pending.insert(
                (sent.at.checked_add(wait).unwrap(), self.count),
                (question, form),
            );
        }
    }

    pub(crate) async fn act(&mut self, stack: &Stack, now: Timestamp) -> bool {
        let mut acted = false;
        while let Some(entry) = self.pending.first_entry().filter(|e| e.key().0 <= now) {
            let (question, form) = entry.remove();
            let (status, text) = page(
                &self.client,
                stack,
                &stack.links.path(&question),
                Some(&form),
            )
            .await;
            assert!(
                matches!(status, 200 | 410),
                "{}: {status} {text}",
                question.task
            );
            acted = true;
        }
        acted
    }
}

/// A form with everything that a task asks for.
pub fn form_of(task: &Task, answer: &str) -> Form {
    let mut form = vec![
        ("answer".to_owned(), answer.to_owned()),
        ("by".to_owned(), format!("Somebody in {}", task.owner)),
        ("reason".to_owned(), "a reason".to_owned()),
    ];
    if let Work::Person {
        checklist, fields, ..
    } = &task.work
    {
        form.extend(
            checklist
                .iter()
                .map(|step| ("step".to_owned(), step.clone())),
        );
        form.extend(fields.iter().map(|field| {
            let value = match field.kind {
                FieldKind::Text => "X1".to_owned(),
                FieldKind::Number => "1".to_owned(),
                FieldKind::Date => task.window.due.to_zoned(TimeZone::UTC).date().to_string(),
                FieldKind::YesNo => "yes".to_owned(),
            };
            (format!("field.{}", field.name), value)
        }));
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

pub(crate) async fn page(
    client: &reqwest::Client,
    stack: &Stack,
    path: &str,
    form: Option<&[(String, String)]>,
) -> (u16, String) {
    let url = format!("http://{}{path}", stack.address);
    let call = match form {
        Some(form) => client.post(url).form(form),
        None => client.get(url),
    };
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
