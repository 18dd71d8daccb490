//! The people of the teams: they are asked by letter, and answer in the pages as whoever they signed in as. Who has no
//! account there (an escalation contact, a team whose members the runbook does not name) answers by the letter's link.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Time, tz::TimeZone};
use latchkey_embedded::{Sent, Stack};
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Field, FieldKind, TaskId, TaskState};
use latchkey_runbook::{Calendar, Runbook, instant};
use latchkey_runtime::Question;

use super::{
    browser::Browsers,
    dice::Dice,
    names::{LAST_NAME, name},
};
use crate::{Form, RehearsalError, asked_by, people::question_of};

/// How people are about what is asked of them for one person.
#[derive(Debug, Clone, Copy)]
pub(super) enum Manner {
    /// They do it within the hour.
    Prompt,
    /// They have not come to these yet: tasks whose ids begin so; to none at all, where none is named.
    Silent(&'static [&'static str]),
    /// They decline this task, for this reason.
    Declines(&'static str, &'static str),
}

/// An answer that somebody is going to give.
struct Coming {
    question: Question,
    form: Form,
    /// Who signs in for it; nobody: by the link.
    by: Option<String>,
}

pub(super) struct Staff {
    dice: Dice,
    browsers: Browsers,
    coming: BTreeMap<(Timestamp, usize), Coming>,
    /// Each question is answered once, however many letters there are about it.
    heard: BTreeSet<String>,
}

impl Staff {
    pub(super) fn new(seed: u64) -> Staff {
        Staff {
            dice: Dice::new(seed ^ 0x57aff),
            browsers: Browsers::default(),
            coming: BTreeMap::new(),
            heard: BTreeSet::new(),
        }
    }

    /// When somebody answers next.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.coming.first_key_value().map(|((at, _), _)| *at)
    }

    /// A team got a letter. Somebody of it is going to answer, unless they leave it.
    pub(super) async fn got(
        &mut self,
        (stack, runbook): (&Stack, &Runbook),
        sent: &Sent,
        manner_of: impl Fn(&str) -> Option<Manner>,
    ) -> Result<(), RehearsalError> {
        let Some(question) = question_of(stack, sent) else {
            return Ok(());
        };
        // What the brake holds is not theirs to decide in passing.
        if question.task == TaskId::confirm_what_is_held()
            || !self.heard.insert(stack.links.path(&question))
        {
            return Ok(());
        }
        let ledger = &stack.ledger;
        let Some(row) = ledger.find_task(&question.case, &question.task).await? else {
            return Ok(());
        };
        let Some(case) = ledger.find_case(&question.case).await? else {
            return Ok(());
        };
        let (row, manner) = (row.item, manner_of(case.item.employee_id.as_str()));
        let Some((answer, reason)) = answer(&question, &row, manner) else {
            return Ok(());
        };
        let by = self.signer(runbook, &question, &row);
        let form = self.form((&row, &question), (answer, reason), by.is_some());
        let due = row
            .asking
            .as_ref()
            .map_or(row.task.window.due, |asking| asking.due);
        let at = self.when(runbook, (sent.at, due), manner);
        let number = self.heard.len();
        self.coming
            .insert((at, number), Coming { question, form, by });
        Ok(())
    }

    /// Who of the team does it, by their address: nobody where the runbook names none, or an escalation contact is asked.
    fn signer(&mut self, runbook: &Runbook, question: &Question, row: &TaskRow) -> Option<String> {
        if question.may_waive {
            return None;
        }
        let team = row.asked_team(question.step);
        let all: Vec<&str> = runbook.addresses_of(team).collect();
        self.dice.one_of(&all).map(|one| (*one).to_owned())
    }

    /// When they do it: in working hours, nearly always before it is due.
    fn when(
        &mut self,
        runbook: &Runbook,
        (asked, due): (Timestamp, Timestamp),
        manner: Option<Manner>,
    ) -> Timestamp {
        let left = due.duration_since(asked).as_secs().max(60);
        let (share, soon) = match manner {
            Some(Manner::Prompt | Manner::Declines(..)) => (10, 45 * 60),
            _ if self.dice.in_hundred(4) => (self.dice.between(102, 130), i64::MAX),
            _ => (self.dice.between(4, 85), i64::MAX),
        };
        let wait = SignedDuration::from_secs((left * share / 100).min(soon));
        let at = asked.saturating_add(wait).unwrap_or(due);
        // What is due within the day is not left until the morning.
        if left < 24 * 60 * 60 {
            return at;
        }
        let minutes = self.dice.between(0, 50);
        let moved = in_working_hours(runbook.calendar(), runbook.time_zone(), at, minutes);
        match share > 100 || moved < due {
            true => moved,
            false => at,
        }
    }

    /// What they fill in.
    fn form(
        &mut self,
        (row, question): (&TaskRow, &Question),
        (answer, reason): (&str, &str),
        signed: bool,
    ) -> Form {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let serial = question.serial;
        let mut form = vec![
            pair("answer", answer.to_owned()),
            pair("reason", reason.to_owned()),
            pair("question", format!("{}.{serial}", question.step.as_str())),
        ];
        if !signed {
            // Somebody of the contact's, who has the name of nobody here: nobody answers about themselves.
            let number = LAST_NAME - row.asked_team(question.step).as_str().len() * 11;
            let (given, family) = name(number);
            form.push(pair("by", format!("{given} {family}")));
        }
        form.extend(asked_by(&row.task, |field| self.value(field, row)));
        form
    }

    fn value(&mut self, field: &Field, row: &TaskRow) -> String {
        let number = self.dice.between(10_000, 99_999);
        match (field.kind, field.name.as_str()) {
            (FieldKind::Text, "serial") => format!("C02-{number}"),
            (FieldKind::Text, "desk") => format!("{}.{}", number % 5 + 1, number % 60),
            (FieldKind::Text, "address") => "as planned".to_owned(),
            (FieldKind::Text, _) => number.to_string(),
            (FieldKind::Number, _) => (number % 10).to_string(),
            (FieldKind::Date, _) => row
                .task
                .window
                .due
                .to_zoned(TimeZone::UTC)
                .date()
                .to_string(),
            (FieldKind::YesNo, _) => "yes".to_owned(),
        }
    }

    /// Lets those answer whose time has come. `true` when somebody did.
    pub(super) async fn act(
        &mut self,
        (stack, runbook): (&Stack, &Runbook),
        now: Timestamp,
    ) -> Result<bool, RehearsalError> {
        let mut acted = false;
        while let Some(entry) = self
            .coming
            .first_entry()
            .filter(|entry| entry.key().0 <= now)
        {
            let coming = entry.remove();
            self.answer((stack, runbook), &coming, now).await?;
            acted = true;
        }
        Ok(acted)
    }

    async fn answer(
        &mut self,
        (stack, runbook): (&Stack, &Runbook),
        coming: &Coming,
        now: Timestamp,
    ) -> Result<(), RehearsalError> {
        let question = &coming.question;
        let row = stack
            .ledger
            .find_task(&question.case, &question.task)
            .await?;
        let asking = row.and_then(|row| row.item.asking);
        // It may be planned anew by now, or not wanted any more.
        if asking.is_none_or(|asking| asking.answered || asking.serial != question.serial) {
            return Ok(());
        }
        let (path, by) = match &coming.by {
            Some(by) => {
                let path = format!("/cases/{}/tasks/{}", question.case, question.task);
                (path, Some((by.as_str(), runbook, now)))
            }
            None => (stack.links.path(question), None),
        };
        let status = self.browsers.post(stack, (&path, &coming.form), by).await?;
        match status {
            200 | 303 | 409 | 410 => Ok(()),
            status => Err(RehearsalError::Page {
                task: question.task.clone(),
                status,
            }),
        }
    }
}

/// What is answered, and why; nothing by those who leave it.
fn answer(
    question: &Question,
    row: &TaskRow,
    manner: Option<Manner>,
) -> Option<(&'static str, &'static str)> {
    let (task, left) = (question.task.as_str(), "It can do without.");
    match manner {
        Some(Manner::Silent([])) => None,
        Some(Manner::Silent(tasks)) if tasks.iter().any(|one| task.starts_with(one)) => None,
        // Whoever decides about a laptop has not yet; a desk was let go.
        Some(Manner::Declines(of, _)) if task == of && question.may_waive => {
            (of == "desk").then_some(("waived", left))
        }
        Some(Manner::Declines(of, reason)) if task == of => Some(("declined", reason)),
        _ if question.may_waive && row.task.state == TaskState::Declined => Some(("waived", left)),
        _ => Some(("done", "")),
    }
}

/// The instant, or the next morning at which people work.
fn in_working_hours(
    calendar: &Calendar,
    zone: &TimeZone,
    at: Timestamp,
    minutes: i64,
) -> Timestamp {
    let local = at.to_zoned(zone.clone());
    let (day, time) = (local.date(), local.time());
    let works = calendar.is_working_day(day, "DE");
    if works && calendar.opens() <= time && time < calendar.closes() {
        return at;
    }
    let day = match works && time < calendar.opens() {
        true => day,
        false => calendar.working_days_from(day, 1, "DE"),
    };
    let opens: Time = calendar.opens();
    let morning = instant(day, opens, zone);
    morning
        .saturating_add(SignedDuration::from_mins(minutes))
        .unwrap_or(morning)
}
