//! One run: the stack, the systems and the people, on a clock that jumps from one thing to the next.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use latchkey_embedded::{DEFINITION, Handlers, JumpClock, SUBSTITUTIONS};
use latchkey_engine::{Engine, Invoker, Keep, Machine, Options, Transition};
use latchkey_ledger::{Ledger, embedded::open_gated};
use latchkey_lifecycle::{Answer, PersonDraft};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::{Clock, Links, Mail, Question, Runbooks, Systems, Workflow};
use serde_json::json;

use super::{
    fate::Fate,
    field::{Doors, Field},
    hr::{Delivery, Safe, record},
    judge,
    life::begin,
    people::Ruled,
    right,
    sabotage::Sabotage,
    script::{Life, Script},
    unreliable::{Lambda, Post, Switch},
};

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
    /// What each person had in each system in the end, where nothing was left to people.
    pub ends: BTreeMap<String, String>,
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

/// What comes next by itself.
#[derive(Debug, Clone)]
pub(crate) enum Next {
    Delivers(Delivery),
    Answers(Question, Box<Answer>),
    Restarts,
    Loses,
    Sweeps,
    Mails,
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
    pub(crate) intake: latchkey_decisions::Deps,
    pub(crate) links: Arc<Links>,
    runbook: Arc<Runbook>,
    calendar: BTreeMap<(Timestamp, usize), Next>,
    count: usize,
    pub(crate) read: usize,
    /// What the confirmers decided about what the brake held, and when they did.
    pub(crate) rulings: Vec<Ruled>,
    /// What teams said to approvals: whose, whether yes, and when.
    pub(crate) said: Vec<(usize, bool, Timestamp)>,
    /// How often the sweep has failed since it last did all.
    pub(crate) failed_sweeps: u32,
    /// How often the sweep has looked since nothing happens any more.
    pub(crate) looks: u32,
    /// What somebody changed by hand in the end: system and employee.
    pub(crate) drifted: BTreeSet<(String, String)>,
    /// When each happening of each person was first told.
    pub(crate) tried: BTreeMap<(usize, usize), Timestamp>,
    /// When each happening of each person was first taken in.
    pub(crate) taken: BTreeMap<(usize, usize), Timestamp>,
    /// The case that each delivery was answered with.
    pub(crate) answered: BTreeMap<(usize, usize), String>,
    /// Everybody answers after so long, if so: nothing depends on the text of a letter then.
    pub(crate) prompt: Option<SignedDuration>,
    /// Until when no letter is tried: none was taken, or the sending was cut off.
    pub(crate) no_mail_before: Option<Timestamp>,
    /// When letters that wait are tried next.
    pub(crate) mails_at: Option<Timestamp>,
    /// How many writes there had been when letters were looked for last.
    pub(crate) looked_for_letters: Option<u64>,
    pub(crate) transitions: BTreeSet<Transition>,
}

pub(crate) fn machine() -> Machine {
    static PARSED: OnceLock<Machine> = OnceLock::new();
    let parsed = PARSED.get_or_init(|| Machine::parse_with(DEFINITION, &SUBSTITUTIONS).unwrap());
    parsed.clone()
}

pub(crate) fn engine(seed: u64, clock: &JumpClock) -> Arc<Engine> {
    let options = Options {
        seed,
        keep: Keep::Off,
    };
    let clock = clock.clone();
    let now = Arc::new(move || clock.now());
    Arc::new(Engine::new(machine(), now, options))
}

impl World {
    /// A world in which nothing has happened yet.
    pub async fn new(script: Script, told: bool) -> World {
        let clock = JumpClock::at(begin());
        // Nothing goes wrong while the world is made.
        let fate = Arc::new(Fate::new(&script, clock.clone(), told));
        let ledger = open_gated(Arc::clone(&fate) as _).await.unwrap();
        let mut source = compact();
        if script.sabotage == Some(Sabotage::NoGates) {
            let files = source.files().iter();
            let open = |(name, text): (&String, &String)| {
                (
                    name.clone(),
                    text.replace("      help: {needs: [keys]}\n", ""),
                )
            };
            source = Source::from_files(files.map(open).collect());
        }
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
            turned_away: AtomicBool::default(),
        });
        let intake = latchkey_decisions::Deps {
            ledger: ledger.clone(),
            clock: Arc::new(clock.clone()),
            runbooks,
            workflow: Arc::clone(&switch) as Arc<dyn Workflow>,
            secrets: Arc::new(Safe),
            records: Arc::new(Safe),
            mappings: Arc::default(),
        };
        let links = Arc::new(Links::new("https://sim.example", "key").unwrap());
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
            rulings: Vec::new(),
            said: Vec::new(),
            failed_sweeps: 0,
            looks: 0,
            drifted: BTreeSet::new(),
            tried: BTreeMap::new(),
            taken: BTreeMap::new(),
            answered: BTreeMap::new(),
            prompt: None,
            no_mail_before: None,
            mails_at: None,
            looked_for_letters: None,
            transitions: BTreeSet::new(),
            script,
        };
        world.people_arrive().await;
        world.fate.begin_storm();
        world
    }

    /// Whether a team has said yes, or no, to what a person needs an approval for.
    pub(crate) fn said(&self, person: usize, yes: bool, until: Timestamp) -> bool {
        let mut said = self.said.iter();
        said.any(|(whose, word, at)| (*whose, *word) == (person, yes) && *at <= until)
    }

    /// Whether the confirmers left a happening out of a flood.
    pub(crate) fn is_left_out(&self, person: usize, nth: usize) -> bool {
        let told = (
            self.answered.get(&(person, nth)),
            self.tried.get(&(person, nth)),
        );
        let (Some(case), Some(tried)) = told else {
            return false;
        };
        let left_out =
            |ruled: &Ruled| !ruled.goes_on && ruled.cases.contains(case) && *tried <= ruled.at;
        self.rulings.iter().any(left_out)
    }

    /// Whose employee id it is.
    pub(crate) fn person(&self, employee: &str) -> Option<usize> {
        let of = |life: &Life| life.ids().any(|id| id == employee);
        self.script.people.iter().position(of)
    }

    async fn people_arrive(&mut self) {
        let script = self.script.clone();
        let mut there: Vec<PersonDraft> = Vec::new();
        for (person, life) in script.people.iter().enumerate() {
            if let Some(department) = life.there {
                let draft: PersonDraft = serde_json::from_value(record(life, department)).unwrap();
                let complete = draft.clone().complete().unwrap();
                there.push(draft);
                for system in right::SYSTEMS {
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
        self.adopt(&there).await;
        for at in script.restarts {
            self.note(at, Next::Restarts);
        }
        for at in script.losses {
            self.note(at, Next::Loses);
        }
        for at in script.sweeps {
            self.note(at, Next::Sweeps);
        }
    }

    pub(crate) fn note(&mut self, at: Timestamp, next: Next) {
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
            spoiled: Mutex::default(),
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
            self.send_letters(invoker).await;
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
                None if self.look_again().await => {}
                None => return,
            }
        }
        self.fate
            .broke("promise 6: it does not come to an end".to_owned());
    }

    pub(crate) async fn end(mut self) -> Outcome {
        self.transitions.extend(self.switch.engine().transitions());
        let (mut outcome, settled) = judge::judge(&self).await;
        if settled {
            self.drift();
            self.sweep().await;
            judge::findings(&self, &mut outcome).await;
        }
        outcome.broken.splice(0..0, self.fate.broken());
        outcome.timeline = self.fate.timeline();
        outcome.transitions = self.transitions;
        outcome
    }

    async fn happen(&mut self, next: Next) {
        match next {
            Next::Delivers(delivery) => self.deliver(delivery).await,
            Next::Answers(question, answer) => {
                self.switch.turned_away.store(false, Ordering::Relaxed);
                self.answer(question, *answer).await;
                // The answer is kept, and nothing may run that goes on with it.
                if self.switch.turned_away.load(Ordering::Relaxed) {
                    self.sweeps_next();
                }
            }
            Next::Restarts => self.restart().await,
            Next::Loses => self.lose().await,
            Next::Sweeps => {
                self.sweep().await;
            }
            // Before anything happens they are sent.
            Next::Mails => {}
        }
    }
}
