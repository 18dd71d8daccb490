//! What people do with letters: what they are asked for, something else, late, twice, or nothing.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{Answer, Case, Evidence, Letter, Step, Task, TaskId, Work};
use latchkey_questions::AnswerError;
use latchkey_runtime::{Clock, Failure, Question};

use super::{
    dice::Dice,
    script::Fault,
    world::{Next, World},
};

/// What the confirmers decided about what the brake held.
#[derive(Debug, Clone)]
pub(crate) struct Ruled {
    /// When they first said so.
    pub(crate) at: Timestamp,
    /// Whether it goes on, or is left out.
    pub(crate) goes_on: bool,
    /// The cases that their page listed.
    pub(crate) cases: BTreeSet<String>,
}

impl World {
    /// Somebody reads every letter that came since the last time.
    pub(crate) async fn read_letters(&mut self) {
        let letters: Vec<(Timestamp, Letter)> = {
            let all = self.post.letters.lock().unwrap();
            all[self.read..].to_vec()
        };
        self.read += letters.len();
        for (at, letter) in letters {
            let link = letter.text.lines().find(|line| line.contains("/tasks/"));
            let Some(question) = link.and_then(|line| self.links.open_url(line.trim())) else {
                continue;
            };
            self.decide(at, &letter, question).await;
        }
    }

    /// What somebody does with a letter.
    async fn decide(&mut self, at: Timestamp, letter: &Letter, question: Question) {
        let key = format!(
            "{} {} {} {} {:?}",
            question.case, question.task, letter.to, letter.subject, question.step
        );
        let fate = Arc::clone(&self.fate);
        let mut dice = Dice::named(self.script.seed, &format!("{key} {}", question.serial));
        let silent = fate.has(Fault::Silence)
            && Dice::named(self.script.seed, question.task.as_str()).in_thousand(50);
        if silent || fate.strikes(Fault::Silence, &key, 0) {
            return;
        }
        let does = |what: &str, many| fate.strikes(Fault::People, &format!("{what} {key}"), many);
        if !question.may_waive && does("overlooks", 150) {
            return;
        }
        let (case, task) = (&question.case, &question.task);
        let Some(row) = self.ledger.find_task(case, task).await.unwrap() else {
            return;
        };
        // Where one mailbox is asked to do it and to confirm it, two people read it.
        let by = match question.step {
            Step::Confirm => format!("Somebody else at {}", letter.to),
            Step::Do | Step::Mend => format!("Somebody at {}", letter.to),
        };
        let reason = || "a reason".to_owned();
        let answer = if question.may_waive && does("waives", 100) {
            Answer::Waived {
                by,
                reason: reason(),
            }
        } else if !question.may_waive && does("declines", 60) {
            Answer::Declined {
                by,
                reason: reason(),
            }
        } else {
            Answer::Done(evidence(&row.item.task, by))
        };
        let delay = match does("is late with", 200) {
            true => SignedDuration::from_mins(dice.between(1, 6 * 24 * 60)),
            false => SignedDuration::from_mins(dice.between(1, 240)),
        };
        let delay = self.prompt.unwrap_or(delay);
        self.note(
            at + delay,
            Next::Answers(question.clone(), Box::new(answer.clone())),
        );
        if does("answers twice", 80) {
            self.note(
                at + delay + delay,
                Next::Answers(question, Box::new(answer)),
            );
        }
    }

    /// Somebody opens the page of a link and sends its form.
    pub(crate) async fn answer(&mut self, question: Question, answer: Answer) {
        let what = format!(
            "answer {} {} {:?}",
            question.case, question.task, question.step
        );
        let found = self.ledger.find_task(&question.case, &question.task).await;
        let Some(row) = found.unwrap() else { return };
        let case = self.ledger.case(&question.case).await.unwrap().item;
        if question.step == Step::Mend && matches!(answer, Answer::Done(_)) {
            // Whoever mends a system mends it for this person, whatever they were called before.
            if let Some(person) = self.person(case.employee_id.as_str()) {
                for id in self.script.people[person].ids() {
                    self.field.mend(id);
                }
            }
        }
        if row.item.task.approval
            && let Some(person) = self.person(case.employee_id.as_str())
        {
            let yes = matches!(answer, Answer::Done(_));
            self.said.push((person, yes, self.clock.now()));
        }
        // The form is sent as it was filled in, however often.
        let answer = match answer {
            Answer::Done(evidence) => {
                Answer::Done(self.completed(&case, &row.item.task, &evidence))
            }
            other => other,
        };
        self.fate.tell(|| what.clone());
        let fate = Arc::clone(&self.fate);
        let rules = question.task == TaskId::confirm_what_is_held()
            && !matches!(answer, Answer::Declined { .. });
        let ruled = match rules && latchkey_questions::check(&row, &question, &answer, None).is_ok()
        {
            true => Some(self.ruling(&answer).await),
            false => None,
        };
        if matches!(answer, Answer::Done(_)) && latchkey_decisions::asks_for_record(&row.item.task)
        {
            self.hr_told(case.employee_id.as_str());
        }
        let console = console::Deps {
            sign_in: console::SignInBy::Nothing,
            attachments: Arc::new(console::InMemory::default()),
            intake: self.intake.clone(),
            links: self.links.clone(),
            repairs: None,
            place: Arc::default(),
        };
        let held = latchkey_decisions::held_cases(&self.intake).await.unwrap();
        let shown = latchkey_decisions::list_of_held(&held);
        let call = console::record(&console, &question, &row, &answer, &shown);
        let answered = fate.run(&what, None, call).await;
        if let Some(ruled) = ruled
            && (matches!(answered, Some(Ok(()))) || self.was_taken_down(&ruled).await)
        {
            self.rulings.push(ruled);
        }
        match answered {
            Some(Ok(()) | Err(AnswerError::NotOpen(_))) => {}
            Some(Err(AnswerError::Failure(Failure::Busy(_)))) | None => {
                let later = self.clock.now() + SignedDuration::from_mins(10);
                self.note(later, Next::Answers(question, Box::new(answer)));
            }
            Some(Err(other)) => self.fate.broke(format!("{what} was not taken: {other}")),
        }
    }

    /// What the page about held cases lists when it is answered.
    async fn listed(&self) -> BTreeSet<String> {
        let held = latchkey_decisions::held_cases(&self.intake).await.unwrap();
        held.iter().map(|case| case.id.to_string()).collect()
    }

    /// What an answer says about what is held.
    async fn ruling(&self, answer: &Answer) -> Ruled {
        Ruled {
            at: self.clock.now(),
            goes_on: matches!(answer, Answer::Done(_)),
            cases: self.listed().await,
        }
    }

    /// Whether a word that was cut off counts. Before it is taken down it does not: until it is said again, another may
    /// come first.
    async fn was_taken_down(&self, ruled: &Ruled) -> bool {
        let brake = self.intake.ledger.brake().await.unwrap();
        brake.item.ruled().is_some() || !ruled.cases.is_subset(&self.listed().await)
    }

    /// HR fills in what a page asks for.
    fn completed(&self, case: &Case, task: &Task, evidence: &Evidence) -> Evidence {
        let mut evidence = evidence.clone();
        if let Work::Person { fields, .. } = &task.work {
            for field in fields {
                let value = self.hr_knows(case.employee_id.as_str(), &field.name);
                evidence.fields.insert(field.name.clone(), value);
            }
        }
        evidence
    }
}

/// Everything that a task's page asks for.
fn evidence(task: &Task, by: String) -> Evidence {
    let steps = match &task.work {
        Work::Person { checklist, .. } => checklist.clone(),
        Work::System { .. } => Vec::new(),
    };
    Evidence {
        by,
        steps,
        ..Evidence::default()
    }
}
