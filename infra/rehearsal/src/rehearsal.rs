//! The stack, its clock, its systems and its letters; events come in, time passes.

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use latchkey_embedded::{JumpClock, Sent, Silent, Stack, StackError};
use latchkey_engine::Invoker;
use latchkey_hris::{Outgoing, SourceSecret, source};
use latchkey_ledger::Shelf;
use latchkey_lifecycle::{Case, CaseId, PersonDraft, Task};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::{Clock, Question};
use serde_json::{Value, json};

use crate::{Answers, RehearsalError, SimulatedSystems, people};

/// More jumps than any sane runbook needs: an endless loop is a defect.
const MOST_JUMPS: usize = 20_000;
/// The HR source that events come from.
const SOURCE: &str = "generic";

/// A rehearsal under way.
pub struct Rehearsal {
    /// The stack.
    pub stack: Stack,
    /// Its clock.
    pub clock: JumpClock,
    /// Its systems.
    pub systems: SimulatedSystems,
    /// Every letter so far.
    pub letters: Vec<Sent>,
    heard: tokio::sync::mpsc::UnboundedReceiver<Sent>,
    count: AtomicUsize,
}

impl Rehearsal {
    /// A rehearsal of a runbook that begins at an instant: all in memory, without files and sockets.
    ///
    /// # Errors
    /// [`RehearsalError::Stack`] with every problem of the runbook.
    pub async fn of(
        runbook: &Source,
        begin: Timestamp,
        seed: u64,
    ) -> Result<Rehearsal, RehearsalError> {
        let checked = Runbook::check(runbook);
        let Some(checked) = checked.runbook else {
            return Err(StackError::Runbook(checked.problems).into());
        };
        let clock = JumpClock::at(begin);
        let systems = SimulatedSystems::of(&checked, clock.clone());
        let stack = Stack::silent(Silent {
            clock: Arc::new(clock.clone()),
            public_url: "https://latchkey.example".to_owned(),
            from: "Latchkey <latchkey@latchkey.example>".to_owned(),
            seed,
            systems: Arc::new(systems.clone()),
        })
        .await?;
        // Checked above: checking takes as long as a good part of the rehearsal.
        let version = runbook.version();
        let files = runbook.files();
        stack.ledger.publish_runbook(&version, files, begin).await?;
        stack.runbooks.keep(&version, &Arc::new(checked));
        Ok(Rehearsal::on(stack, clock, systems))
    }

    /// A rehearsal on a stack that stands already. Clock and systems must be the stack's own.
    pub fn on(stack: Stack, clock: JumpClock, systems: SimulatedSystems) -> Rehearsal {
        let heard = stack.outbox.listen();
        Rehearsal {
            stack,
            clock,
            systems,
            letters: Vec::new(),
            heard,
            count: AtomicUsize::new(0),
        }
    }

    /// These people are known to HR, and have in each system what the runbook wants.
    ///
    /// # Errors
    /// [`RehearsalError::Person`] names what a record lacks.
    pub async fn know(&self, people: Vec<PersonDraft>) -> Result<(), RehearsalError> {
        let (_, runbook) = self.stack.runbooks.current(&self.stack.ledger).await?;
        for draft in people {
            let person = draft.clone().complete()?;
            self.stack
                .ledger
                .import_person(&person.employee_id, draft, self.now())
                .await?;
            self.systems.admit(&runbook, &person);
        }
        Ok(())
    }

    /// Sends the letters that are due, and takes in those that went out since it was last called. Gives when one that
    /// waits is tried next.
    ///
    /// # Errors
    /// [`RehearsalError::Failure`] when the ledger cannot be read.
    pub async fn hear(&mut self) -> Result<Option<Timestamp>, RehearsalError> {
        let report = self.stack.handlers.send_letters(Duration::ZERO).await?;
        while let Ok(sent) = self.heard.try_recv() {
            self.letters.push(sent);
        }
        Ok(report.next)
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends a signed webhook; gives status and answer.
    ///
    /// # Errors
    /// [`RehearsalError`] when it cannot be signed.
    pub async fn send(&self, id: &str, payload: &Value) -> Result<(u16, Value), RehearsalError> {
        let body = payload.to_string();
        let secret = self.stack.keys.text(&format!("hooks/{SOURCE}"))?;
        let secret = SourceSecret::new(secret.unwrap_or_default());
        let outgoing = Outgoing {
            id,
            sent_at: self.now(),
            body: body.as_bytes(),
        };
        let headers = source(SOURCE)?.sign(&secret, &outgoing)?;
        let reply =
            latchkey_decisions::receive(&self.stack.intake, SOURCE, &headers, body.as_bytes())
                .await;
        Ok((reply.status, reply.body))
    }

    /// Sends an event, dated now, and gives its case.
    ///
    /// # Errors
    /// [`RehearsalError::Refused`] when intake begins or finds no case for it.
    pub async fn confirm(&self, mut payload: Value) -> Result<CaseId, RehearsalError> {
        let id = format!("msg_{}", self.count.fetch_add(1, Ordering::Relaxed) + 1);
        payload["timestamp"] = json!(self.now());
        let (status, answer) = self.send(&id, &payload).await?;
        match (status, answer["case"].as_str()) {
            (202, Some(case)) => Ok(CaseId::from_str(case)?),
            _ => Err(RehearsalError::Refused {
                status,
                problem: answer["error"]
                    .as_str()
                    .or(answer["note"].as_str())
                    .unwrap_or_default()
                    .to_owned(),
            }),
        }
    }

    /// Lets time pass until nothing is left to do, or until the given instant.
    ///
    /// # Errors
    /// [`RehearsalError::Endless`] when it does not come to an end; see [`Answers`] for what people meet.
    pub async fn play(
        &mut self,
        answers: &mut Answers,
        until: Option<Timestamp>,
    ) -> Result<(), RehearsalError> {
        let handlers = Arc::clone(&self.stack.handlers);
        self.play_with(handlers.as_ref(), answers, until).await
    }

    /// The same, with something between the engine and the functions.
    ///
    /// # Errors
    /// As [`Rehearsal::play`].
    pub async fn play_with(
        &mut self,
        invoker: &dyn Invoker,
        answers: &mut Answers,
        until: Option<Timestamp>,
    ) -> Result<(), RehearsalError> {
        for _ in 0..MOST_JUMPS {
            self.stack.engine.run_in_order(invoker).await;
            let from = self.letters.len();
            let tried_again = self.hear().await?;
            for sent in &self.letters[from..] {
                answers.got(&self.stack, sent).await?;
            }
            if answers.act(&self.stack, self.now()).await? {
                continue;
            }
            let next = [self.stack.engine.next_timer(), answers.next(), tried_again]
                .into_iter()
                .flatten()
                .min();
            let Some(next) = next else { return Ok(()) };
            // Executions that run have something left to do; without one, the ledger says.
            if self.stack.engine.running() == 0
                && tried_again.is_none()
                && self.stack.ledger.cases(Shelf::Open, 1).await?.is_empty()
            {
                return Ok(());
            }
            if let Some(until) = until.filter(|until| next > *until) {
                self.clock.jump_to(until);
                return Ok(());
            }
            self.clock.jump_to(next);
        }
        Err(RehearsalError::Endless(MOST_JUMPS))
    }

    /// A case.
    ///
    /// # Errors
    /// [`RehearsalError::Ledger`] when there is none.
    pub async fn case(&self, id: &CaseId) -> Result<Case, RehearsalError> {
        Ok(self.stack.ledger.case(id).await?.item)
    }

    /// A case's tasks.
    ///
    /// # Errors
    /// [`RehearsalError::Ledger`] when they cannot be read.
    pub async fn tasks(&self, id: &CaseId) -> Result<Vec<Task>, RehearsalError> {
        let rows = self.stack.ledger.tasks(id).await?;
        Ok(rows.into_iter().map(|row| row.item.task).collect())
    }

    /// The letters whose subject contains a text.
    pub fn letters_about(&self, text: &str) -> Vec<&Sent> {
        self.letters
            .iter()
            .filter(|sent| sent.letter.subject.contains(text))
            .collect()
    }

    /// The question of a letter's link.
    pub fn question_of(&self, sent: &Sent) -> Option<Question> {
        people::question_of(&self.stack, sent)
    }
}
