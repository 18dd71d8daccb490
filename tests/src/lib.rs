//! The rehearsal as tests use it: samples of the repository, files that outlive the process, HTTP, and nothing that
//! can fail without failing the test.

#![allow(clippy::unwrap_used)]

pub mod filled;
pub mod many;
mod people;
pub mod simulation;
mod systems;
pub mod visitor;

use std::{
    net::{Ipv4Addr, SocketAddr},
    ops::{Deref, DerefMut},
    path::Path,
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use latchkey_embedded::{JumpClock, Keys, Setup, SignInAt, Stack, file};
use latchkey_engine::{Invoker, Keep};
use latchkey_ledger::Trail;
use latchkey_lifecycle::{Case, CaseId, PersonDraft, Task};
use latchkey_rehearsal::lived_in::{self, Terms};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::Question;
use serde_json::{Value, json};

pub use latchkey_rehearsal::{Answers, Applied, Form, form_of};
pub use systems::SimulatedSystems;

/// When rehearsals begin: a Monday morning.
pub const BEGIN: &str = "2026-11-23T07:00:00Z";

/// A rehearsal under way.
pub struct Rehearsal {
    inner: latchkey_rehearsal::Rehearsal,
    /// Its systems.
    pub systems: SimulatedSystems,
    directory: Arc<tempfile::TempDir>,
    client: reqwest::Client,
}

impl Deref for Rehearsal {
    type Target = latchkey_rehearsal::Rehearsal;

    fn deref(&self) -> &latchkey_rehearsal::Rehearsal {
        &self.inner
    }
}

impl DerefMut for Rehearsal {
    fn deref_mut(&mut self) -> &mut latchkey_rehearsal::Rehearsal {
        &mut self.inner
    }
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
        Rehearsal::with(runbook, false, None).await
    }

    /// A rehearsal whose ledger outlives the process.
    pub async fn lasting(runbook: &Source) -> Rehearsal {
        Rehearsal::with(runbook, true, None).await
    }

    /// A rehearsal in which people sign in by a provider, at the time of this machine: the provider's is no other.
    pub async fn signing_in_by(
        runbook: &Source,
        provider: SignInAt,
        secret: Option<&str>,
    ) -> Rehearsal {
        let rehearsal = Rehearsal::with(runbook, false, Some((provider, secret))).await;
        rehearsal.inner.clock.jump_to(Timestamp::now());
        rehearsal
    }

    async fn with(
        runbook: &Source,
        persistent: bool,
        sign_in: Option<(SignInAt, Option<&str>)>,
    ) -> Rehearsal {
        let checked = Runbook::check(runbook).runbook.unwrap();
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let sign_in = sign_in.map(|(provider, secret)| {
            let keys = Keys::open(&directory.path().join(file::SECRETS)).unwrap();
            if let Some(secret) = secret {
                keys.set("sign-in", secret.into()).unwrap();
            }
            provider
        });
        let clock = JumpClock::at(BEGIN.parse().unwrap());
        let systems = SimulatedSystems::of(&checked, clock.clone());
        let rehearsal = Rehearsal::start(directory, (clock, systems), persistent, sign_in).await;
        rehearsal.stack.publish(runbook).await.unwrap();
        rehearsal
    }

    /// A company that has lived for some time, until a Monday afternoon; smaller than that of `latchkey demo --stay`.
    pub async fn lived_in(people: usize, days: i64) -> Rehearsal {
        let terms = Terms {
            people,
            days,
            seed: 7,
            until: "2026-11-23T14:20:00Z".parse().unwrap(),
            known: serde_json::from_value(sample("people.json")).unwrap(),
        };
        let runbook = lived_in::with_a_small_brake(&acme());
        let checked = Runbook::check(&runbook).runbook.unwrap();
        let clock = JumpClock::at(terms.begin());
        let systems = SimulatedSystems::of(&checked, clock.clone());
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let mut it = Rehearsal::start(directory, (clock, systems), false, None).await;
        it.stack.publish(&runbook).await.unwrap();
        let lived = lived_in::live(&mut it.inner, &terms).await.unwrap();
        for (system, account) in lived_in::accounts_of_nobody() {
            it.systems.get(system).put(&account.name.clone(), account);
        }
        lived_in::look_once_more(&it.stack, &lived).await.unwrap();
        it
    }

    /// The people of the samples are known to HR, and have in each system what the runbook wants.
    pub async fn seed(&self) {
        let people: Vec<PersonDraft> = serde_json::from_value(sample("people.json")).unwrap();
        self.inner.know(people).await.unwrap();
    }

    async fn start(
        directory: Arc<tempfile::TempDir>,
        (clock, systems): (JumpClock, SimulatedSystems),
        persistent: bool,
        sign_in: Option<SignInAt>,
    ) -> Rehearsal {
        let simulated: latchkey_rehearsal::SimulatedSystems = (*systems).clone();
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
            systems: Some(Arc::new(simulated.clone())),
            loopback: latchkey_address::Loopback::Encrypted,
            sign_in,
        })
        .await
        .unwrap();
        Rehearsal {
            inner: latchkey_rehearsal::Rehearsal::on(stack, clock, simulated),
            systems,
            directory,
            client: reqwest::Client::new(),
        }
    }

    /// The process ends and begins again: executions are gone, the ledger is not.
    pub async fn restart(self) -> Rehearsal {
        let again = self.begin_again().await;
        again.stack.resume().await.unwrap();
        again
    }

    /// The same up to the moment at which hooks and pages are served, and no open case has been looked at.
    pub async fn begin_again(mut self) -> Rehearsal {
        self.hear().await.unwrap();
        let Rehearsal {
            inner,
            systems,
            directory,
            ..
        } = self;
        let latchkey_rehearsal::Rehearsal {
            stack,
            clock,
            letters,
            ..
        } = inner;
        drop(stack);
        let mut again = Rehearsal::start(directory, (clock, systems), true, None).await;
        again.letters = letters;
        again
    }

    /// Sends a signed webhook; gives status and answer.
    pub async fn send(&self, id: &str, payload: &Value) -> (u16, Value) {
        self.inner.send(id, payload).await.unwrap()
    }

    /// Sends a sample, dated now, and gives its case.
    pub async fn take_in(&self, file: &str) -> CaseId {
        self.confirm(sample(file)).await.unwrap()
    }

    /// Sends an event of a person, dated now, and gives its case.
    pub async fn happens(&self, kind: &str, employee: &str, day: Option<&str>) -> CaseId {
        let mut data = json!({ "employee_id": employee });
        if let Some(day) = day {
            data["effective_date"] = json!(day);
        }
        let payload = json!({ "type": kind, "data": data });
        self.confirm(payload).await.unwrap()
    }

    /// Lets time pass until nothing is left to do, or until the given instant.
    pub async fn play(&mut self, answers: &mut Answers, until: Option<Timestamp>) {
        self.inner.play(answers, until).await.unwrap();
    }

    /// The same, with something between the engine and the functions.
    pub async fn play_with(
        &mut self,
        invoker: &dyn Invoker,
        answers: &mut Answers,
        until: Option<Timestamp>,
    ) {
        let played = self.inner.play_with(invoker, answers, until).await;
        played.unwrap();
    }

    /// A case.
    pub async fn case(&self, id: &CaseId) -> Case {
        self.inner.case(id).await.unwrap()
    }

    /// A case's tasks.
    pub async fn tasks(&self, id: &CaseId) -> Vec<Task> {
        self.inner.tasks(id).await.unwrap()
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
            .map(|record| record.body.what.to_string())
            .collect()
    }

    /// The page of a question: method, form; gives status and text. Over HTTP.
    pub async fn page(
        &self,
        question: &Question,
        form: Option<&[(String, String)]>,
    ) -> (u16, String) {
        let path = self.stack.links.path(question);
        people::page(&self.client, &self.stack, &path, form).await
    }

    /// Time passes in which nothing is done.
    pub fn pass(&self, hours: i64) {
        self.inner.clock.jump_to(self.later(hours));
    }

    /// The same, for seconds.
    pub fn pass_seconds(&self, seconds: i64) {
        self.inner
            .clock
            .jump_to(self.now() + SignedDuration::from_secs(seconds));
    }

    /// So much later than now.
    pub fn later(&self, hours: i64) -> Timestamp {
        self.now()
            .checked_add(SignedDuration::from_hours(hours))
            .unwrap()
    }
}
