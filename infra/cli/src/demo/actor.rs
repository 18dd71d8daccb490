//! The people of the demo: they open the links in their e-mails and answer. One of them forgets.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use latchkey_embedded::{Sent, Stack};
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{CaseId, EventKind, FieldKind, Step, TaskId};
use latchkey_rehearsal::{Form, asked_by};
use latchkey_runtime::Question;

use crate::outcome::Problem;

/// What somebody is going to do.
struct Plan {
    link: String,
    question: Question,
}

/// The people of the demo.
pub(crate) struct Actor {
    client: reqwest::Client,
    plans: BTreeMap<(Timestamp, usize), Plan>,
    count: usize,
    forgotten: Option<(CaseId, TaskId)>,
}

impl Actor {
    pub(crate) fn new() -> Actor {
        Actor {
            client: reqwest::Client::new(),
            plans: BTreeMap::new(),
            count: 0,
            forgotten: None,
        }
    }

    /// When somebody acts next.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.plans.first_key_value().map(|((at, _), _)| *at)
    }

    /// Somebody got a letter. They answer it after a while, unless they forget it.
    pub(crate) async fn got(&mut self, stack: &Stack, sent: &Sent) -> Result<(), Problem> {
        let Some(link) = sent
            .letter
            .text
            .lines()
            .map(str::trim)
            .find(|l| l.contains("/tasks/"))
        else {
            return Ok(());
        };
        let Some(question) = stack.links.open_url(link) else {
            return Err(Problem::new(format!("the link {link} does not open")));
        };
        let first = sent
            .letter
            .subject
            .starts_with("Reminder")
            .then_some(())
            .is_none()
            && !sent.letter.subject.starts_with("MISSED");
        if !first {
            return Ok(());
        }
        let Some(row) = stack
            .ledger
            .find_task(&question.case, &question.task)
            .await?
        else {
            return Ok(());
        };
        let row = row.item;
        let mine = (question.case.clone(), question.task.clone());
        if self.forgotten.is_none() && self.may_be_forgotten(stack, &row, &question).await? {
            self.forgotten = Some(mine.clone());
        }
        if self.forgotten.as_ref() == Some(&mine) && !question.may_waive {
            return Ok(());
        }
        let due = row.asking.as_ref().map_or(row.task.window.due, |a| a.due);
        let left = due.duration_since(sent.at).as_secs().max(0);
        // People take between twenty minutes and five hours, and less when it is urgent.
        let pace = 20 * 60 + i64::try_from(self.count % 9).unwrap_or(0) * 35 * 60;
        let at = sent
            .at
            .checked_add(SignedDuration::from_secs(pace.min(left / 3).max(30)))?;
        self.count += 1;
        self.plans.insert(
            (at, self.count),
            Plan {
                link: link.to_owned(),
                question,
            },
        );
        Ok(())
    }

    /// The hire's first task that nothing waits for and one team does alone.
    async fn may_be_forgotten(
        &self,
        stack: &Stack,
        row: &TaskRow,
        question: &Question,
    ) -> Result<bool, Problem> {
        let case = stack.ledger.case(&question.case).await?.item;
        let tasks = stack.ledger.tasks(&question.case).await?;
        let needed = tasks
            .iter()
            .any(|other| other.item.task.needs.contains(&row.task.id));
        Ok(case.kind == EventKind::Hire
            && question.step == Step::Do
            && !needed
            && !row.task.approval)
    }

    /// Lets those act whose time has come. `true` when somebody did.
    pub(crate) async fn act(&mut self, stack: &Stack, now: Timestamp) -> Result<bool, Problem> {
        let mut acted = false;
        while let Some(entry) = self.plans.first_entry().filter(|e| e.key().0 <= now) {
            let plan = entry.remove();
            self.answer(stack, &plan, now).await?;
            acted = true;
        }
        Ok(acted)
    }

    async fn answer(&self, stack: &Stack, plan: &Plan, now: Timestamp) -> Result<(), Problem> {
        let Plan { link, question } = plan;
        let Some(row) = stack
            .ledger
            .find_task(&question.case, &question.task)
            .await?
        else {
            return Ok(());
        };
        let page = self.client.get(link).send().await?;
        let status = page.status().as_u16();
        if status == 410 {
            return Ok(());
        }
        let text = page.text().await?;
        if status != 200 || !text.contains("<form") {
            return Err(Problem::new(format!(
                "the page of {} answered {status}",
                question.task
            )));
        }
        let form = form(&row.item, question.step, now);
        let answer = self.client.post(link).form(&form).send().await?;
        let status = answer.status().as_u16();
        if !matches!(status, 200 | 410) {
            return Err(Problem::new(format!(
                "the page of {} answered {status} to the form",
                question.task
            )));
        }
        Ok(())
    }
}

/// What a careful person fills in.
fn form(row: &TaskRow, step: Step, now: Timestamp) -> Form {
    let team = latchkey_questions::facts::asked_team(row, step);
    let mut form = vec![
        ("answer".to_owned(), "done".to_owned()),
        ("by".to_owned(), format!("Somebody in {team}")),
    ];
    let mut number = 4711..;
    form.extend(asked_by(&row.task, |field| {
        let number = number.next().unwrap_or_default();
        match field.kind {
            FieldKind::Text => format!("AC-{number:04}"),
            FieldKind::Number => "1".to_owned(),
            FieldKind::Date => now.to_zoned(TimeZone::UTC).date().to_string(),
            FieldKind::YesNo => "yes".to_owned(),
        }
    }));
    form
}
