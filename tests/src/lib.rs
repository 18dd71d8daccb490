//! A rehearsal: the whole embedded stack on a clock that jumps, with simulated systems and people who answer.

#![allow(clippy::unwrap_used)]

mod people;
pub mod simulation;
mod systems;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex},
};

use jiff::{SignedDuration, Timestamp};
use latchkey_embedded::{JumpClock, Sent, Setup, Stack};
use latchkey_engine::{Invoker, Keep};
use latchkey_hris::{Outgoing, SourceSecret, source};
use latchkey_ledger::{Shelf, Trail};
use latchkey_lifecycle::{Case, CaseId, PersonDraft, Task};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::{Clock, Question};
use serde_json::{Value, json};

pub use people::{Answers, Form, form_of};
pub use systems::{Applied, SimulatedSystems};

/// When rehearsals begin: a Monday morning.
pub const BEGIN: &str = "2026-11-23T07:00:00Z";

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
    directory: Arc<tempfile::TempDir>,
    count: Mutex<usize>,
    client: reqwest::Client,
}

/// The sample company's runbook.
pub fn acme() -> Source {
    Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../runbooks/acme")).unwrap()
}

/// A webhook of the samples.
pub fn sample(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../events/generic")
        .join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

impl Rehearsal {
    /// A rehearsal of a runbook.
    pub async fn of(runbook: &Source) -> Rehearsal {
        Rehearsal::with(runbook, false).await
    }

    /// A rehearsal whose ledger outlives the process.
    pub async fn lasting(runbook: &Source) -> Rehearsal {
        Rehearsal::with(runbook, true).await
    }

    async fn with(runbook: &Source, persistent: bool) -> Rehearsal {
        let checked = Runbook::check(runbook).runbook.unwrap();
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let clock = JumpClock::at(BEGIN.parse().unwrap());
        let systems = SimulatedSystems::of(&checked, clock.clone());
        let rehearsal = Rehearsal::start(directory, clock, systems, persistent).await;
        rehearsal.stack.publish(runbook).await.unwrap();
        rehearsal
    }

    /// The people of the samples are known to HR, and have in each system what the runbook wants.
    pub async fn seed(&self) {
        let (_, runbook) = self
            .stack
            .runbooks
            .current(&self.stack.ledger)
            .await
            .unwrap();
        let people: Vec<PersonDraft> = serde_json::from_value(sample("people.json")).unwrap();
        for draft in people {
            let person = draft.clone().complete().unwrap();
            let imported = self
                .stack
                .ledger
                .import_person(&person.employee_id, draft, self.now());
            imported.await.unwrap();
            for system in self.systems.names() {
                if let Some(account) = runbook.desired(&person, system) {
                    self.systems
                        .get(system.as_str())
                        .put(person.employee_id.as_str(), account);
                }
            }
        }
    }

    async fn start(
        directory: Arc<tempfile::TempDir>,
        clock: JumpClock,
        systems: SimulatedSystems,
        persistent: bool,
    ) -> Rehearsal {
        let stack = Stack::start(Setup {
            directory: directory.path().to_owned(),
            persistent,
            clock: Arc::new(clock.clone()),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: Some("https://latchkey.acme.example".into()),
            smtp: None,
            from: "Latchkey <latchkey@acme.example>".into(),
            seed: 7,
            history: Keep::Full,
            systems: Some(Arc::new(systems.clone())),
        })
        .await
        .unwrap();
        let heard = stack.outbox.listen();
        Rehearsal {
            stack,
            clock,
            systems,
            letters: Vec::new(),
            heard,
            directory,
            count: Mutex::new(0),
            client: reqwest::Client::new(),
        }
    }

    /// The process ends and begins again: executions are gone, the ledger is not.
    pub async fn restart(mut self) -> Rehearsal {
        self.hear();
        let Rehearsal {
            stack,
            clock,
            systems,
            letters,
            directory,
            ..
        } = self;
        drop(stack);
        let mut again = Rehearsal::start(directory, clock, systems, true).await;
        again.letters = letters;
        again.stack.resume_open_cases().await.unwrap();
        again
    }

    fn hear(&mut self) {
        while let Ok(sent) = self.heard.try_recv() {
            self.letters.push(sent);
        }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends a signed webhook; gives status and answer.
    pub async fn send(&self, id: &str, payload: &Value) -> (u16, Value) {
        let body = payload.to_string();
        let secret = SourceSecret::new(self.stack.keys.text("hooks/generic").unwrap().unwrap());
        let outgoing = Outgoing {
            id,
            sent_at: self.now(),
            body: body.as_bytes(),
        };
        let headers = source("generic").unwrap().sign(&secret, &outgoing).unwrap();
        let reply = intake::receive(&self.stack.intake, "generic", &headers, body.as_bytes()).await;
        (reply.status, reply.body)
    }

    /// Sends a sample, dated now, and gives its case.
    pub async fn take_in(&self, file: &str) -> CaseId {
        self.confirm(sample(file)).await
    }

    /// Sends an event of a person, dated now, and gives its case.
    pub async fn happens(&self, kind: &str, employee: &str, day: Option<&str>) -> CaseId {
        let mut data = json!({ "employee_id": employee });
        if let Some(day) = day {
            data["effective_date"] = json!(day);
        }
        self.confirm(json!({ "type": kind, "data": data })).await
    }

    async fn confirm(&self, mut payload: Value) -> CaseId {
        let id = {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            format!("msg_{count}")
        };
        payload["timestamp"] = json!(self.now());
        let (status, answer) = self.send(&id, &payload).await;
        assert_eq!(status, 202, "{answer}");
        CaseId::new(answer["case"].as_str().unwrap()).unwrap()
    }

    /// Lets time pass until nothing is left to do, or until the given instant.
    pub async fn play(&mut self, answers: &mut Answers, until: Option<Timestamp>) {
        let handlers = Arc::clone(&self.stack.handlers);
        self.play_with(handlers.as_ref(), answers, until).await;
    }

    /// The same, with something between the engine and the functions.
    pub async fn play_with(
        &mut self,
        invoker: &dyn Invoker,
        answers: &mut Answers,
        until: Option<Timestamp>,
    ) {
        for _ in 0..20_000 {
            self.stack.engine.run_in_order(invoker).await;
            let from = self.letters.len();
            self.hear();
            for sent in &self.letters[from..] {
                answers.got(&self.stack, sent).await;
            }
            if answers.act(&self.stack, self.now()).await {
                continue;
            }
            let open = self.stack.ledger.cases(Shelf::Open, 1000).await.unwrap();
            let next = [self.stack.engine.next_timer(), answers.next()]
                .into_iter()
                .flatten()
                .min();
            match (open.is_empty(), next, until) {
                (true, ..) | (_, None, _) => return,
                (_, Some(next), Some(until)) if next > until => {
                    self.clock.jump_to(until);
                    return;
                }
                (_, Some(next), _) => self.clock.jump_to(next),
            }
        }
        panic!("it does not come to an end");
    }

    /// A case.
    pub async fn case(&self, id: &CaseId) -> Case {
        self.stack.ledger.case(id).await.unwrap().item
    }

    /// A case's tasks.
    pub async fn tasks(&self, id: &CaseId) -> Vec<Task> {
        let rows = self.stack.ledger.tasks(id).await.unwrap();
        rows.into_iter().map(|row| row.item.task).collect()
    }

    /// One task of a case.
    pub async fn task(&self, id: &CaseId, task: &str) -> Task {
        let all = self.tasks(id).await;
        all.into_iter().find(|t| t.id.as_str() == task).unwrap()
    }

    /// What stands in the ledger when all is done: each task's state, and what is known of accounts. Instants and
    /// counters are left out, so that two ways to the same end can be compared.
    pub async fn outcome(&self, id: &CaseId) -> Vec<String> {
        let case = self.case(id).await;
        let mut all = vec![format!("case {} revision {}", case.state, case.revision)];
        for task in self.tasks(id).await {
            all.push(format!("{}: {} {:?}", task.id, task.state, task.answer));
        }
        for known in self
            .stack
            .ledger
            .accounts_of(&case.employee_id)
            .await
            .unwrap()
        {
            all.push(format!(
                "{}: {:?} {:?}",
                known.system, known.account, known.grants
            ));
        }
        all
    }

    /// All that the ledger has on a case, versions, records and all: equal means that nothing was written.
    pub async fn everything(&self, id: &CaseId) -> String {
        let ledger = &self.stack.ledger;
        let case = ledger.case(id).await.unwrap();
        let tasks = ledger.tasks(id).await.unwrap();
        let trails = ledger.audit_trail(id).await.unwrap();
        let accounts = ledger.accounts_of(&case.item.employee_id).await.unwrap();
        format!("{case:#?}\n{tasks:#?}\n{trails:#?}\n{accounts:#?}")
    }

    /// The words of a task's audit records (`None`: of the case's own), in order. The chain must be whole.
    pub async fn recorded(&self, id: &CaseId, task: Option<&str>) -> Vec<String> {
        let trails = self.stack.ledger.audit_trail(id).await.unwrap();
        let wanted = |trail: &&Trail| trail.task.as_ref().map(|t| t.as_str()) == task;
        let trail = trails.iter().find(wanted).unwrap();
        assert_eq!(trail.fault, None);
        trail
            .records
            .iter()
            .map(|record| record.body.what.clone())
            .collect()
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

    /// The page of a question: method, form; gives status and text. Over HTTP.
    pub async fn page(
        &self,
        question: &Question,
        form: Option<&[(String, String)]>,
    ) -> (u16, String) {
        people::page(
            &self.client,
            &self.stack,
            &self.stack.links.path(question),
            form,
        )
        .await
    }

    /// So much later than now.
    pub fn later(&self, hours: i64) -> Timestamp {
        self.now()
            .checked_add(SignedDuration::from_hours(hours))
            .unwrap()
    }
}
