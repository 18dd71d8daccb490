//! One run: the stack, the systems and the people, on a clock that jumps from one thing to the next.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, OnceLock},
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use latchkey_embedded::{DEFINITION, Handlers, JumpClock, SUBSTITUTIONS, resume_open_cases};
use latchkey_engine::{Engine, Invoker, Keep, Machine, Options, Transition};
use latchkey_hris::{Outgoing, RecordError, RecordRequest, Records, SourceSecret, source};
use latchkey_ledger::{Ledger, embedded::open_gated};
use latchkey_lifecycle::{Answer, EmployeeId, EventKind, Evidence, Step, Work};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::{
    Clock, Failure, Letter, Links, Mail, Question, Runbooks, Systems, Workflow,
};
use serde_json::{Value, json};

use super::{
    dice::Dice,
    fate::{Fate, Lambda, Post, Switch},
    field::{Doors, Field},
    judge,
    life::{DEPARTMENTS, Fault, Happening, Life, Script, begin},
};

const SECRET: &str = "whsec_c2ltdWxhdGlvbnMgc2lnbiB3aXRoIHRoaXMgc2VjcmV0";

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Cases that were carried out or ended by a later decision.
    pub cases: usize,
    /// Those of them that closed.
    pub closed: usize,
    /// Those that the operators have on their desk.
    pub left: usize,
    /// Promises that were broken, a sentence each.
    pub broken: Vec<String>,
    /// What happened, when it was asked for.
    pub timeline: Vec<String>,
    /// Ways through the workflow that were taken.
    pub transitions: BTreeSet<Transition>,
    /// A digest of everything that was sent and applied: the same for the same script.
    pub digest: u64,
}

/// The compact company's runbook.
pub fn compact() -> Source {
    let text = include_str!("compact.yaml").to_owned();
    Source::from_files(BTreeMap::from([("runbook.yaml".to_owned(), text)]))
}

fn runbooks() -> Arc<Runbooks> {
    static CHECKED: OnceLock<Arc<Runbooks>> = OnceLock::new();
    Arc::clone(CHECKED.get_or_init(Arc::default))
}

struct Safe;

#[async_trait]
impl intake::SourceSecrets for Safe {
    async fn secret(&self, _: &str) -> Result<Option<SourceSecret>, Failure> {
        Ok(Some(SourceSecret::new(SECRET)))
    }

    async fn api(&self, _: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}

#[async_trait]
impl Records for Safe {
    async fn fetch(&self, _: RecordRequest) -> Result<Value, RecordError> {
        Ok(json!({}))
    }
}

/// A webhook on its way.
#[derive(Debug, Clone)]
struct Delivery {
    person: usize,
    nth: usize,
}

/// What comes next by itself.
#[derive(Debug, Clone)]
enum Next {
    Delivers(Delivery),
    Answers(Question, Answer),
    Restarts,
}

/// The world of a run.
pub struct World {
    pub(crate) script: Script,
    pub(crate) fate: Arc<Fate>,
    pub(crate) clock: JumpClock,
    pub(crate) ledger: Ledger,
    pub(crate) field: Arc<Field>,
    pub(crate) post: Arc<Post>,
    pub(crate) switch: Arc<Switch>,
    intake: intake::Deps,
    links: Arc<Links>,
    runbook: Arc<Runbook>,
    calendar: BTreeMap<(Timestamp, usize), Next>,
    count: usize,
    read: usize,
    /// When each happening of each person was first taken in.
    pub(crate) taken: BTreeMap<(usize, usize), Timestamp>,
    /// The case that each delivery was answered with.
    answered: BTreeMap<(usize, usize), String>,
    /// Everybody answers after so long, if so: nothing depends on the text of a letter then.
    pub(crate) prompt: Option<SignedDuration>,
    transitions: BTreeSet<Transition>,
}

pub(crate) fn machine() -> Machine {
    static PARSED: OnceLock<Machine> = OnceLock::new();
    let parsed = PARSED.get_or_init(|| Machine::parse_with(DEFINITION, &SUBSTITUTIONS).unwrap());
    parsed.clone()
}

struct EngineClock(JumpClock);

impl latchkey_engine::Clock for EngineClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

fn engine(seed: u64, clock: &JumpClock) -> Arc<Engine> {
    let options = Options {
        seed,
        keep: Keep::Off,
    };
    Arc::new(Engine::new(
        machine(),
        Arc::new(EngineClock(clock.clone())),
        options,
    ))
}

impl World {
    /// A world in which nothing has happened yet.
    pub async fn new(script: Script, told: bool) -> World {
        let clock = JumpClock::at(begin());
        // Nothing goes wrong while the world is made.
        let fate = Arc::new(Fate::new(
            script.seed,
            script.faults.clone(),
            clock.clone(),
            told,
        ));
        let ledger = open_gated(Arc::clone(&fate) as _).await.unwrap();
        let source = compact();
        let version = source.version();
        ledger
            .publish_runbook(&version, source.files(), clock.now())
            .await
            .unwrap();
        let runbooks = runbooks();
        let runbook = runbooks.get(&ledger, &version).await.unwrap();
        let field = Arc::new(Field::new(Arc::clone(&fate), clock.clone()));
        let post = Arc::new(Post {
            fate: Arc::clone(&fate),
            clock: clock.clone(),
            letters: Mutex::default(),
        });
        let switch = Arc::new(Switch {
            fate: Arc::clone(&fate),
            engine: Mutex::new(engine(script.seed, &clock)),
        });
        let intake = intake::Deps {
            ledger: ledger.clone(),
            clock: Arc::new(clock.clone()),
            runbooks,
            workflow: Arc::clone(&switch) as Arc<dyn Workflow>,
            secrets: Arc::new(Safe),
            records: Arc::new(Safe),
        };
        let links = Arc::new(Links::new("https://sim.example", "key"));
        let mut world = World {
            fate,
            clock,
            ledger,
            field,
            post,
            switch,
            intake,
            links,
            runbook,
            calendar: BTreeMap::new(),
            count: 0,
            read: 0,
            taken: BTreeMap::new(),
            answered: BTreeMap::new(),
            prompt: None,
            transitions: BTreeSet::new(),
            script,
        };
        world.people_arrive().await;
        world
    }

    async fn people_arrive(&mut self) {
        let script = self.script.clone();
        for (person, life) in script.people.iter().enumerate() {
            if let Some(department) = life.there {
                let draft = serde_json::from_value(record(life, department)).unwrap();
                let id = EmployeeId::new(&life.id).unwrap();
                self.ledger
                    .import_person(&id, draft, begin())
                    .await
                    .unwrap();
                let draft: latchkey_lifecycle::PersonDraft =
                    serde_json::from_value(record(life, department)).unwrap();
                let complete = draft.complete().unwrap();
                for system in judge::SYSTEMS {
                    let id = latchkey_lifecycle::SystemId::new(system).unwrap();
                    if let Some(account) = self.runbook.desired(&complete, &id) {
                        self.field.put(system, &format!("old{}", life.id), account);
                    }
                }
            } else if life.stray {
                let account = json!({
                    "employeeId": life.id, "name": format!("stray{}", life.id), "active": true,
                    "entitlements": ["general"],
                });
                self.field.put(
                    "chat",
                    &format!("stray{}", life.id),
                    serde_json::from_value(account).unwrap(),
                );
            }
            for (nth, happening) in life.happenings.iter().enumerate() {
                for delay in &happening.deliveries {
                    let next = Next::Delivers(Delivery { person, nth });
                    self.note(happening.at + *delay, next);
                }
            }
        }
        for at in script.restarts {
            self.note(at, Next::Restarts);
        }
    }

    fn note(&mut self, at: Timestamp, next: Next) {
        self.count += 1;
        self.calendar
            .insert((at.max(self.clock.now()), self.count), next);
    }

    pub(crate) fn lambda(&self) -> Lambda {
        let handlers = Handlers {
            ledger: self.ledger.clone(),
            clock: Arc::new(self.clock.clone()),
            runbooks: runbooks(),
            mail: Arc::clone(&self.post) as Arc<dyn Mail>,
            links: Arc::clone(&self.links),
            systems: Arc::new(Doors(Arc::clone(&self.field))) as Arc<dyn Systems>,
            workflow: Arc::clone(&self.switch) as Arc<dyn Workflow>,
        };
        Lambda {
            fate: Arc::clone(&self.fate),
            handlers,
            clock: self.clock.clone(),
            past: Mutex::default(),
        }
    }

    /// Lives until nothing is left to happen.
    pub async fn live(mut self) -> Outcome {
        let lambda = self.lambda();
        self.pass(&lambda).await;
        self.end().await
    }

    /// Time passes until nothing is left to happen.
    pub(crate) async fn pass(&mut self, invoker: &dyn Invoker) {
        for _ in 0..200_000 {
            let engine = self.switch.engine();
            engine.run_in_order(invoker).await;
            self.read_letters().await;
            let first = self.calendar.first_key_value().map(|((at, _), _)| *at);
            let due = first.filter(|at| *at <= self.clock.now());
            if due.is_some() {
                if let Some((_, next)) = self.calendar.pop_first() {
                    self.happen(next).await;
                }
                continue;
            }
            match [engine.next_timer(), first].into_iter().flatten().min() {
                Some(next) => self.clock.jump_to(next),
                None => return,
            }
        }
        self.fate
            .broke("promise 6: it does not come to an end".to_owned());
    }

    pub(crate) async fn end(mut self) -> Outcome {
        self.transitions.extend(self.switch.engine().transitions());
        let mut outcome = judge::judge(&self).await;
        outcome.broken.splice(0..0, self.fate.broken());
        outcome.timeline = self.fate.timeline();
        outcome.transitions = self.transitions;
        outcome
    }

    async fn happen(&mut self, next: Next) {
        match next {
            Next::Delivers(delivery) => self.deliver(delivery).await,
            Next::Answers(question, answer) => self.answer(question, answer).await,
            Next::Restarts => self.restart().await,
        }
    }

    async fn deliver(&mut self, delivery: Delivery) {
        let Delivery { person, nth } = delivery;
        let life = &self.script.people[person];
        let happening = &life.happenings[nth];
        let body = payload(life, happening).to_string();
        let id = format!("{}-{nth}", life.id);
        let what = format!(
            "HR {} of {} for {:?}",
            happening.kind, life.id, happening.day
        );
        let now = self.clock.now();
        let secret = SourceSecret::new(SECRET);
        let outgoing = Outgoing {
            id: &id,
            sent_at: now,
            body: body.as_bytes(),
        };
        let headers = source("generic").unwrap().sign(&secret, &outgoing).unwrap();
        self.fate.tell(|| what.clone());
        let call = intake::receive(&self.intake, "generic", &headers, body.as_bytes());
        let reply = self.fate.run(&what, None, call).await;
        match reply {
            Some(reply) if matches!(reply.status, 200 | 202) => {
                self.taken.entry((person, nth)).or_insert(now);
                let case = reply.body["case"].to_string();
                let before = self
                    .answered
                    .entry((person, nth))
                    .or_insert_with(|| case.clone());
                if *before != case {
                    let told = format!("promise 4: {what} was {before} and then {case}");
                    self.fate.broke(told);
                }
            }
            Some(reply) if reply.status < 500 => {
                self.fate
                    .broke(format!("{what} was refused: {}", reply.body));
            }
            // Whoever gets no answer sends it again.
            _ => self.note(now + SignedDuration::from_mins(5), Next::Delivers(delivery)),
        }
    }

    async fn read_letters(&mut self) {
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
        let key = format!("{} {} {}", letter.to, letter.subject, question.serial);
        let mut dice = Dice::named(self.script.seed, &format!("{key} {}", question.task));
        let silent = self.fate.has(Fault::Silence)
            && Dice::named(self.script.seed, question.task.as_str()).in_thousand(50);
        if silent {
            return;
        }
        let unruly = self.fate.has(Fault::People);
        if unruly && !question.may_waive && dice.in_thousand(150) {
            return;
        }
        let Some(row) = self
            .ledger
            .find_task(&question.case, &question.task)
            .await
            .unwrap()
        else {
            return;
        };
        let by = format!("Somebody at {}", letter.to);
        let reason = || "a reason".to_owned();
        let answer = if unruly && question.may_waive && dice.in_thousand(100) {
            Answer::Waived {
                by,
                reason: reason(),
            }
        } else if unruly && !question.may_waive && dice.in_thousand(60) {
            Answer::Declined {
                by,
                reason: reason(),
            }
        } else {
            let steps = match &row.item.task.work {
                Work::Person { checklist, .. } => checklist.clone(),
                Work::System { .. } => Vec::new(),
            };
            Answer::Done(Evidence {
                by,
                steps,
                ..Evidence::default()
            })
        };
        let delay = match unruly && dice.in_thousand(200) {
            true => SignedDuration::from_mins(dice.between(1, 6 * 24 * 60)),
            false => SignedDuration::from_mins(dice.between(1, 240)),
        };
        let delay = self.prompt.unwrap_or(delay);
        self.note(at + delay, Next::Answers(question.clone(), answer.clone()));
        if unruly && dice.in_thousand(80) {
            self.note(at + delay + delay, Next::Answers(question, answer));
        }
    }

    async fn answer(&mut self, question: Question, answer: Answer) {
        let deps = ask::Deps {
            ledger: &self.ledger,
            clock: &self.clock,
            runbooks: &self.intake.runbooks,
            mail: self.post.as_ref(),
            workflow: self.switch.as_ref(),
            links: &self.links,
        };
        let what = format!(
            "answer {} {} {:?}",
            question.case, question.task, question.step
        );
        if question.step == Step::Mend && matches!(answer, Answer::Done(_)) {
            for life in &self.script.people {
                // Whoever mends a system mends it for this person.
                if question.case.as_str().contains(&format!("-{}-", life.id)) {
                    self.field.mend(&life.id);
                }
            }
        }
        self.fate.tell(|| what.clone());
        let call = ask::answer(&deps, &question, &answer);
        match self.fate.run(&what, None, call).await {
            Some(Ok(_) | Err(ask::AnswerError::NotOpen(_))) => {}
            Some(Err(ask::AnswerError::Failure(Failure::Busy(_)))) | None => {
                let later = self.clock.now() + SignedDuration::from_mins(10);
                self.note(later, Next::Answers(question, answer));
            }
            Some(Err(other)) => self.fate.broke(format!("{what} was not taken: {other}")),
        }
    }

    async fn restart(&mut self) {
        self.fate
            .tell(|| "the process ends and begins again".to_owned());
        self.transitions.extend(self.switch.engine().transitions());
        let seed = self.script.seed ^ self.clock.now().as_second().unsigned_abs();
        *self.switch.engine.lock().unwrap() = engine(seed, &self.clock);
        let workflow = self.switch.as_ref();
        let call = resume_open_cases(&self.ledger, workflow, &self.clock);
        if !matches!(self.fate.run("restart", None, call).await, Some(Ok(_))) {
            // It starts again until it is up.
            let later = self.clock.now() + SignedDuration::from_secs(10);
            self.note(later, Next::Restarts);
        }
    }
}

fn record(life: &Life, department: usize) -> Value {
    json!({
        "employeeId": life.id,
        "givenName": "Person",
        "familyName": format!("N{}", life.id),
        "department": DEPARTMENTS[department],
        "title": "Specialist",
        "employmentType": "employee",
        "country": "GB",
        "startDate": "2020-01-01",
    })
}

fn payload(life: &Life, happening: &Happening) -> Value {
    let names = latchkey_hris::GenericType::ALL;
    let name = names
        .iter()
        .find(|(_, kind)| *kind == happening.kind)
        .map(|(name, _)| *name);
    let mut person = json!({});
    if let Some(department) = happening.department {
        person = json!({ "department": DEPARTMENTS[department] });
    }
    if matches!(happening.kind, EventKind::Hire | EventKind::Rehire) {
        person["given_name"] = json!("Person");
        person["family_name"] = json!(format!("N{}", life.id));
        person["title"] = json!("Specialist");
        person["employment_type"] = json!("employee");
        person["country"] = json!("GB");
    }
    let mut data = json!({ "employee_id": life.id, "person": person });
    if let Some(day) = happening.day {
        data["effective_date"] = json!(day);
    }
    json!({ "type": name, "timestamp": happening.at, "data": data })
}
