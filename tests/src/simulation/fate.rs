//! What goes wrong, and when: decided by the seed and by the name of what is about to happen.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use latchkey_embedded::JumpClock;
use latchkey_ledger::embedded::{Gate, Passage};
use latchkey_lifecycle::CaseId;
use latchkey_runtime::Clock;

use super::{
    dice::Dice,
    sabotage::Sabotage,
    script::{Certain, Fault, Script},
};

/// How often something is called before it goes well, at most: outages end.
const MOST: u32 = 40;

/// How often the workflow tries an alert again.
const ALERTS: u32 = 10;

#[derive(Default)]
struct Inside {
    counts: HashMap<String, u32>,
    /// How often what the script makes certain came up.
    met: Vec<u32>,
    /// Calls until the step is cut off, and whether the last one is still carried out.
    left: Option<(u32, bool)>,
    /// The same for the step that comes next, by somebody's wish.
    wished: Option<(u32, bool)>,
    /// Calls that the step has made.
    calls: u32,
    cut: bool,
    doing: String,
    /// The case and revision whose step runs.
    step: Option<(CaseId, u32)>,
    /// The highest revision of each case whose execution was stopped or followed by another.
    over: BTreeMap<CaseId, u32>,
    /// How often each alert did not go out.
    unheard: BTreeMap<String, u32>,
    /// Nothing goes wrong: not yet, or not any more.
    calm: bool,
    broken: Vec<String>,
    timeline: Option<Vec<String>>,
}

/// What goes wrong.
pub(crate) struct Fate {
    seed: u64,
    faults: BTreeSet<Fault>,
    certain: Vec<Certain>,
    pub(crate) sabotage: Option<Sabotage>,
    clock: JumpClock,
    inside: Mutex<Inside>,
    /// Writes to the ledger that were tried.
    writes: AtomicU64,
}

impl std::fmt::Debug for Fate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fate")
    }
}

/// What the connector or a person does with a call that was about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    No,
    Before,
    After,
}

impl Fate {
    pub(crate) fn new(script: &Script, clock: JumpClock, told: bool) -> Fate {
        let inside = Inside {
            timeline: told.then(Vec::new),
            met: vec![0; script.certain.len()],
            // Nothing goes wrong while the world is made.
            calm: true,
            ..Inside::default()
        };
        Fate {
            seed: script.seed,
            faults: script.faults.clone(),
            certain: script.certain.clone(),
            sabotage: script.sabotage,
            clock,
            inside: Mutex::new(inside),
            writes: AtomicU64::new(0),
        }
    }

    /// A promise was seen broken.
    pub(crate) fn broke(&self, what: String) {
        self.tell(|| format!("BROKEN: {what}"));
        self.inside.lock().unwrap().broken.push(what);
    }

    pub(crate) fn broken(&self) -> Vec<String> {
        std::mem::take(&mut self.inside.lock().unwrap().broken)
    }

    pub(crate) fn timeline(&self) -> Vec<String> {
        self.inside
            .lock()
            .unwrap()
            .timeline
            .clone()
            .unwrap_or_default()
    }

    pub(crate) fn tell(&self, line: impl FnOnce() -> String) {
        let mut inside = self.inside.lock().unwrap();
        let now = self.clock.now();
        if let Some(timeline) = &mut inside.timeline {
            timeline.push(format!("{now}  {}", line()));
        }
    }

    /// Chance for the next time that this happens.
    pub(crate) fn dice(&self, what: &str) -> Dice {
        let mut inside = self.inside.lock().unwrap();
        let count = match inside.counts.get_mut(what) {
            Some(count) => count,
            None => inside.counts.entry(what.to_owned()).or_default(),
        };
        *count += 1;
        let count = *count;
        Dice::named(self.seed.wrapping_add(u64::from(count) << 32), what)
    }

    /// Whether the script has a fault strike here for certain.
    fn certainly(&self, fault: Fault, what: &str) -> bool {
        let mut inside = self.inside.lock().unwrap();
        let mut strikes = false;
        for (nth, certain) in self.certain.iter().enumerate() {
            if certain.fault == fault && certain.is_about(what) {
                let met = inside.met[nth];
                inside.met[nth] += 1;
                strikes |=
                    (certain.skip..certain.skip.saturating_add(certain.times)).contains(&met);
            }
        }
        strikes
    }

    /// Whether a fault strikes here, in so many of a thousand cases.
    pub(crate) fn strikes(&self, fault: Fault, what: &str, many: u64) -> bool {
        if self.inside.lock().unwrap().calm {
            return false;
        }
        if !self.certain.is_empty() && self.certainly(fault, what) {
            self.tell(|| format!("  {fault:?}: {what}"));
            return true;
        }
        if !self.faults.contains(&fault) {
            return false;
        }
        let key = format!("{fault:?} {what}");
        let strikes = self.dice(&key).in_thousand(many);
        let ended = self.inside.lock().unwrap().counts[&key] > MOST;
        if strikes && !ended {
            self.tell(|| format!("  {fault:?}: {what}"));
        }
        strikes && !ended
    }

    /// From now on things go wrong.
    pub(crate) fn begin_storm(&self) {
        self.inside.lock().unwrap().calm = false;
    }

    /// Nothing goes wrong any more.
    pub(crate) fn calm_down(&self) {
        self.inside.lock().unwrap().calm = true;
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// A handler begins; perhaps it will be cut off.
    fn begin(&self, what: &str, step: Option<(CaseId, u32)>) {
        let left = (self.strikes(Fault::Crashes, what, 60)).then(|| {
            let mut dice = self.dice(&format!("crash of {what}"));
            (
                u32::try_from(dice.between(1, 16)).unwrap(),
                dice.in_thousand(500),
            )
        });
        let mut inside = self.inside.lock().unwrap();
        inside.left = inside.wished.take().or(left);
        inside.calls = 0;
        inside.cut = false;
        inside.doing.clear();
        inside.doing.push_str(what);
        inside.step = step;
    }

    /// The step that comes next is cut off at its nth call, from 1, which is still carried out or is not.
    pub(crate) fn cut_next(&self, nth: u32, carried_out: bool) {
        self.inside.lock().unwrap().wished = Some((nth, carried_out));
    }

    /// Writes to the ledger that were tried so far.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// Calls that the step that ran last has made.
    pub(crate) fn calls(&self) -> u32 {
        self.inside.lock().unwrap().calls
    }

    fn end(&self) {
        let mut inside = self.inside.lock().unwrap();
        inside.left = None;
        inside.doing.clear();
        inside.step = None;
    }

    fn cut(&self) -> Cut {
        let mut inside = self.inside.lock().unwrap();
        inside.calls += 1;
        match &mut inside.left {
            Some((left, after)) => {
                *left -= 1;
                if *left > 0 {
                    return Cut::No;
                }
                let cut = if *after { Cut::After } else { Cut::Before };
                inside.left = None;
                inside.cut = true;
                cut
            }
            None => Cut::No,
        }
    }

    /// A call to the outside that a step makes: it is cut off before or after it, or not at all.
    pub(crate) async fn around<T>(&self, call: impl Future<Output = T>) -> T {
        match self.cut() {
            Cut::No => call.await,
            Cut::Before => std::future::pending().await,
            Cut::After => {
                call.await;
                std::future::pending().await
            }
        }
    }

    /// Runs a handler until it has answered or is cut off; then it is dropped where it stands.
    pub(crate) async fn run<T>(
        &self,
        what: &str,
        step: Option<(CaseId, u32)>,
        call: impl Future<Output = T>,
    ) -> Option<T> {
        self.begin(what, step);
        let mut call = Box::pin(call);
        let answer = std::future::poll_fn(|context| match call.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if self.inside.lock().unwrap().cut => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await;
        if answer.is_none() {
            self.tell(|| format!("  cut off: {what}"));
        }
        self.end();
        answer
    }

    /// A change reaches a system: it must not come from a revision that is over.
    pub(crate) fn fence(&self, change: &str) {
        let inside = self.inside.lock().unwrap();
        let stale = inside
            .step
            .as_ref()
            .filter(|(case, revision)| inside.over.get(case).is_some_and(|over| revision <= over));
        let told = stale.map(|(case, revision)| {
            format!("promise 3: revision {revision} of {case} is over and applied {change}")
        });
        drop(inside);
        if let Some(told) = told {
            self.broke(told);
        }
    }

    /// An alert did not go out.
    pub(super) fn unheard(&self, message: &str) {
        let mut inside = self.inside.lock().unwrap();
        *inside.unheard.entry(message.to_owned()).or_default() += 1;
    }

    /// Whether an alert about a case was given up: the execution fails instead, which raises the alarm on failed
    /// executions.
    pub(crate) fn gave_up_alerting(&self, case: &str) -> bool {
        let inside = self.inside.lock().unwrap();
        let about = |(message, times): (&String, &u32)| message.contains(case) && *times > ALERTS;
        inside.unheard.iter().any(about)
    }

    pub(super) fn over(&self, case: &CaseId, revision: u32) {
        let mut inside = self.inside.lock().unwrap();
        let over = inside.over.entry(case.clone()).or_default();
        *over = (*over).max(revision);
    }
}

impl Gate for Fate {
    fn pass(&self, operation: &str) -> Passage {
        if matches!(operation, "PutItem" | "TransactWriteItems") {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        match self.cut() {
            Cut::Before => return Passage::Lost,
            Cut::After => return Passage::AnswerLost,
            Cut::No => {}
        }
        if self.has(Fault::LedgerBusy) || !self.certain.is_empty() {
            let doing = self.inside.lock().unwrap().doing.clone();
            if !doing.is_empty()
                && self.strikes(Fault::LedgerBusy, &format!("{operation} of {doing}"), 15)
            {
                return Passage::Throttled;
            }
        }
        Passage::Answered
    }
}
