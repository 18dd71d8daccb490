//! Promise 6, systems that do not tell how it is: reads that lag behind, writes whose answer is lost, and systems that
//! all have to be called before any of them answers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use latchkey_embedded::{JumpClock, Silent, Stack};
use latchkey_lifecycle::{CaseId, CaseState, Change, SystemId, TaskState};
use latchkey_rehearsal::{Answers, Mood, Rehearsal, SimulatedSystems};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::Systems;
use latchkey_systems::{Fault, Found, Page, PageToken, Sight, Sought, System, Whole};
use latchkey_tests::{BEGIN, acme, sample};
use serde_json::json;
use tokio::sync::Barrier;

/// How a call of a system is answered; the simulated one stands behind it.
#[derive(Clone)]
enum Habit {
    /// Reads show the account as it was before the last change, so many times.
    Lags(usize),
    /// The first read is answered when every system has been called.
    Meets(Arc<Barrier>),
    /// After the first change, so many calls are not answered.
    Tires(usize),
}

struct Habits {
    inner: SimulatedSystems,
    habit: Habit,
    seen: Mutex<BTreeMap<SystemId, Arc<Mutex<Seen>>>>,
}

#[derive(Default)]
struct Seen {
    old: Vec<Option<Found>>,
    called: bool,
    changed: bool,
    tired: usize,
}

impl One {
    fn is_awake(&self) -> Result<(), Fault> {
        let mut seen = self.seen.lock().unwrap();
        if seen.tired == 0 {
            return Ok(());
        }
        seen.tired -= 1;
        Err(Fault::Unreachable {
            system: "directory".into(),
            problem: "it does not answer".into(),
        })
    }
}

struct One {
    inner: Arc<dyn System>,
    habit: Habit,
    seen: Arc<Mutex<Seen>>,
}

#[async_trait]
impl Systems for Habits {
    async fn open(&self, runbook: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        let inner = self.inner.open(runbook, system).await?;
        let mut seen = self.seen.lock().unwrap();
        Ok(Arc::new(One {
            inner,
            habit: self.habit.clone(),
            seen: Arc::clone(seen.entry(system.clone()).or_default()),
        }))
    }
}

#[async_trait]
impl System for One {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        self.is_awake()?;
        let first = {
            let mut seen = self.seen.lock().unwrap();
            if let Some(old) = seen.old.pop() {
                return Ok(Whole::in_one_answer(old).into());
            }
            !std::mem::replace(&mut seen.called, true)
        };
        if let (true, Habit::Meets(all)) = (first, &self.habit) {
            all.wait().await;
        }
        self.inner.look_up(who).await
    }

    async fn look_at(&self, handle: &str, who: &Sought) -> Result<Sight, Fault> {
        self.inner.look_at(handle, who).await
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        self.inner.complete(found).await
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        self.inner.list(page).await
    }

    async fn apply(&self, found: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        self.is_awake()?;
        let after = self.inner.apply(found, change).await?;
        if let Habit::Tires(calls) = self.habit {
            let mut seen = self.seen.lock().unwrap();
            if !std::mem::replace(&mut seen.changed, true) {
                seen.tired = calls;
            }
        }
        if let Habit::Lags(times) = self.habit {
            self.seen.lock().unwrap().old = vec![found.cloned(); times];
        }
        Ok(after)
    }
}

async fn company(source: &Source, habit: Habit) -> Rehearsal {
    let runbook = Runbook::check(source).runbook.unwrap();
    let clock = JumpClock::at(BEGIN.parse().unwrap());
    let systems = SimulatedSystems::of(&runbook, clock.clone());
    let stack = Stack::silent(Silent {
        clock: Arc::new(clock.clone()),
        public_url: "https://latchkey.acme.example".into(),
        from: "Latchkey <latchkey@acme.example>".into(),
        seed: 7,
        systems: Arc::new(Habits {
            inner: systems.clone(),
            habit,
            seen: Mutex::default(),
        }),
    })
    .await
    .unwrap();
    stack.publish(source).await.unwrap();
    let it = Rehearsal::on(stack, clock, systems);
    let people = serde_json::from_value(sample("people.json")).unwrap();
    it.know(people).await.unwrap();
    it
}

async fn cut(it: &Rehearsal, employee: &str) -> CaseId {
    let exit = json!({ "type": "person.exit.urgent", "data": { "employee_id": employee } });
    it.confirm(exit).await.unwrap()
}

/// Changes of a system that begin with a word.
fn changes(it: &Rehearsal, system: &str, word: &str) -> usize {
    let applied = it.systems.applied();
    let of = applied.iter().filter(|a| a.system.as_str() == system);
    of.filter(|a| a.change.starts_with(word)).count()
}

#[tokio::test]
async fn a_read_that_lags_behind_is_read_again_and_nothing_is_done_twice() {
    for times in [1, 3] {
        let mut it = company(&acme(), Habit::Lags(times)).await;
        let hire = it.confirm(sample("hire.json")).await.unwrap();
        it.play(&mut Answers::willing(), None).await.unwrap();
        assert_eq!(it.case(&hire).await.unwrap().state, CaseState::Closed);
        for task in it.tasks(&hire).await.unwrap() {
            assert_eq!(task.on_time(), Some(true), "{}", task.id);
        }
        assert_eq!(it.letters_about("Needs you").len(), 0);
        for system in ["directory", "chat"] {
            assert_eq!(changes(&it, system, "create"), 1, "{system}");
        }
    }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_found_by_reading_again_and_not_done_twice() {
    let mut it = company(&acme(), Habit::Lags(0)).await;
    let now = it.now();
    for system in ["directory", "chat"] {
        let system = SystemId::new(system).unwrap();
        // Every other call is done, and its answer never comes.
        it.systems.trouble(system, Mood::Slow, now, None);
    }
    let exit = cut(&it, "1030").await;
    it.play(&mut Answers::willing(), None).await.unwrap();
    assert_eq!(it.case(&exit).await.unwrap().state, CaseState::Closed);
    for system in ["directory", "chat"] {
        assert_eq!(changes(&it, system, "suspend"), 1, "{system}");
    }
    let applied = it.systems.applied();
    let revoked = applied.iter().filter(|a| a.change.starts_with("revoke"));
    let mut revoked: Vec<_> = revoked.map(|a| (&a.system, &a.change)).collect();
    let all = revoked.len();
    revoked.sort();
    revoked.dedup();
    assert_eq!(revoked.len(), all, "{applied:?}");
}

#[tokio::test]
async fn what_was_changed_before_a_system_stopped_answering_is_on_record_with_its_time() {
    let mut it = company(&acme(), Habit::Tires(3)).await;
    let hire = it.confirm(sample("hire.json")).await.unwrap();
    it.play(&mut Answers::willing(), None).await.unwrap();
    assert_eq!(it.case(&hire).await.unwrap().state, CaseState::Closed);
    let trails = it.stack.ledger.audit_trail(&hire).await.unwrap();
    for system in ["directory", "chat"] {
        let task = format!("accounts.{system}");
        let trail = trails.iter().find(|trail| {
            let of = trail.task.as_ref();
            of.is_some_and(|of| of.as_str() == task)
        });
        let bodies: Vec<_> = trail.unwrap().records.iter().map(|r| &r.body).collect();
        let what: Vec<&str> = bodies.iter().map(|body| body.what.as_str()).collect();
        let want = [
            "begun",
            "carried out in part",
            "trouble",
            "carried out",
            "verified",
        ];
        assert_eq!(what, want);
        // The account was made at once; what it is given waited until the system answered again.
        assert_eq!(bodies[1].at, bodies[0].at);
        assert!(
            bodies[1].text.contains("create account"),
            "{}",
            bodies[1].text
        );
        assert!(bodies[1].text.ends_with("; not all is done yet."));
        assert!(bodies[3].at > bodies[1].at && bodies[3].text.contains("grant"));
        assert!(!bodies[3].text.contains("create"), "{}", bodies[3].text);
    }
}

#[tokio::test]
async fn an_urgent_exit_calls_every_system_before_any_of_them_has_answered() {
    let systems = 2;
    let it = company(&acme(), Habit::Meets(Arc::new(Barrier::new(systems)))).await;
    let exit = cut(&it, "1030").await;
    // One after the other they would wait for each other for ever; the limit only ends a test that fails.
    let settled = tokio::time::timeout(Duration::from_secs(60), it.stack.settle()).await;
    assert!(
        settled.is_ok(),
        "the systems are called one after the other"
    );
    let tasks = it.tasks(&exit).await.unwrap();
    let cut = tasks
        .iter()
        .filter(|task| task.state == TaskState::Verified);
    assert_eq!(cut.count(), systems);
}
