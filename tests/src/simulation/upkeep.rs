//! What happens to the process itself: it ends and begins again, it loses every execution, and the sweep looks for what
//! was lost.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

use jiff::SignedDuration;
use latchkey_embedded::{MAIL, resume};
use latchkey_engine::Invoker;
use latchkey_lifecycle::{Entitlement, PersonDraft};
use latchkey_runtime::Clock;
use serde_json::json;

use super::{
    dice::Dice,
    field::Doors,
    judge,
    right::{SYSTEMS, in_the_end},
    world::{Next, World, engine},
};

/// How long it is until the next sweep, as the template schedules it.
pub(crate) const SWEEP_MINUTES: i64 = 180;

/// How many sweeps that fail one after the other are followed by another one. The schedule goes on for ever.
const LAST_SWEEPS: u32 = 20;

/// How often the sweep looks when nothing happens any more, at most.
const LAST_LOOKS: u32 = 3;

impl World {
    /// Every execution is gone.
    fn lose_executions(&mut self) {
        self.transitions.extend(self.switch.engine().transitions());
        let seed = self.script.seed ^ self.clock.now().as_second().unsigned_abs();
        *self.switch.engine.lock().unwrap() = engine(seed, &self.clock);
    }

    /// Nobody notices but the sweep.
    pub(crate) async fn lose(&mut self) {
        self.fate.tell(|| "every execution is lost".to_owned());
        self.lose_executions();
        // It runs every hour; these are the next times.
        for hours in 1..=3 {
            let later = self.clock.now() + SignedDuration::from_hours(hours);
            self.note(later, Next::Sweeps);
        }
    }

    /// Letters that are due are sent. What was cut off, or not taken, is tried again at its instant.
    pub(crate) async fn send_letters(&mut self, invoker: &dyn Invoker) {
        let now = self.clock.now();
        if self.no_mail_before.is_some_and(|at| now < at) {
            return;
        }
        self.no_mail_before = None;
        // None is due before the next one, unless it was written since.
        let writes = self.fate.writes();
        if self.looked_for_letters == Some(writes) && self.mails_at.is_none_or(|at| now < at) {
            return;
        }
        let waiting = self.ledger.letters_waiting(1).await.unwrap();
        let Some(first) = waiting.first() else {
            self.mails_at = None;
            self.looked_for_letters = Some(writes);
            return;
        };
        let mut next = Some(first.item.next);
        if first.item.next <= now {
            let pause = match invoker.invoke(MAIL, json!({})).await {
                Ok(report) => {
                    next = report["next"].as_str().map(|at| at.parse().unwrap());
                    (report["failed"] != 0).then(|| SignedDuration::from_secs(5))
                }
                // The schedule calls it again.
                Err(_) => Some(SignedDuration::from_mins(1)),
            };
            self.no_mail_before = pause.map(|pause| self.clock.now() + pause);
        }
        let next = next.map(|next| next.max(self.no_mail_before.unwrap_or(now)));
        if next != self.mails_at {
            self.mails_at = next;
            if let Some(next) = next {
                self.note(next, Next::Mails);
            }
        }
        self.looked_for_letters = Some(self.fate.writes());
    }

    /// The process ends and begins again.
    pub(crate) async fn restart(&mut self) {
        self.fate
            .tell(|| "the process ends and begins again".to_owned());
        self.lose_executions();
        let fate = Arc::clone(&self.fate);
        let engine = self.switch.engine();
        let call = resume(&self.ledger, &engine, &self.clock);
        if !matches!(fate.run("restart", None, call).await, Some(Ok(_))) {
            // It starts again until it is up.
            let later = self.clock.now() + SignedDuration::from_secs(10);
            self.note(later, Next::Restarts);
        }
    }

    fn sweep_deps<'a>(&'a self, doors: &'a Doors) -> sweep::Deps<'a> {
        sweep::Deps {
            ledger: &self.ledger,
            clock: &self.clock,
            runbooks: &self.intake.runbooks,
            systems: doors,
            workflow: Some(self.switch.as_ref()),
            subscriptions: None,
            hr: None,
            pages: None,
            heard: None,
        }
    }

    /// The people who are there already are taken over with what they have.
    pub(crate) async fn adopt(&self, people: &[PersonDraft]) {
        let doors = Doors(Arc::clone(&self.field));
        let adopted = sweep::adopt(&self.sweep_deps(&doors), people, false).await;
        assert_eq!(adopted.unwrap().not_read, []);
    }

    /// The next sweep of the schedule comes.
    pub(crate) fn sweeps_next(&mut self) {
        let next = self.clock.now() + SignedDuration::from_mins(SWEEP_MINUTES);
        self.note(next, Next::Sweeps);
    }

    /// The sweep runs; whether it started a case again.
    pub(crate) async fn sweep(&mut self) -> bool {
        self.fate.tell(|| "sweep".to_owned());
        let doors = Doors(Arc::clone(&self.field));
        let deps = self.sweep_deps(&doors);
        let request = sweep::Request::default();
        let call = sweep::handle(&deps, &request);
        self.switch.turned_away.store(false, Ordering::Relaxed);
        let report = self.fate.run("sweep", None, call).await;
        // What it could not look at, or do, the next one of the schedule does.
        let whole =
            matches!(report, Some(Ok(_))) && !self.switch.turned_away.load(Ordering::Relaxed);
        if whole {
            self.failed_sweeps = 0;
        } else {
            self.failed_sweeps += 1;
            if self.looks == 0 && self.failed_sweeps < LAST_SWEEPS {
                self.sweeps_next();
            }
        }
        match report {
            Some(Ok(report)) => !report.restarted.is_empty(),
            _ => true,
        }
    }

    /// Nothing happens any more by itself. When all is quiet the sweep looks once more, a day later, so that what
    /// failed is tried again; whether something goes on.
    pub(crate) async fn look_again(&mut self) -> bool {
        if self.looks == 0 {
            // Where a next sweep would still have to come, something does happen by itself.
            if self.script.losses.is_empty() && self.failed_sweeps == 0 {
                for told in judge::left(self).await {
                    self.fate.broke(told);
                }
            }
            self.fate.calm_down();
        }
        self.looks += 1;
        self.clock
            .jump_to(self.clock.now() + SignedDuration::from_hours(25));
        self.sweep().await && self.looks < LAST_LOOKS
    }

    /// Somebody changes accounts by hand: the last sweep is to find that, and nothing else.
    pub(crate) fn drift(&mut self) {
        let mut dice = Dice::named(self.script.seed, "by hand");
        let mut drifted = BTreeSet::new();
        for (person, life) in self.script.people.iter().enumerate() {
            if !dice.in_thousand(150) || life.second_id.is_some() || life.happenings.is_empty() {
                continue;
            }
            let end = in_the_end(life, |nth| self.is_left_out(person, nth));
            let system = SYSTEMS[usize::from(dice.in_thousand(500))];
            let changed = self.field.by_hand(system, &life.id, |account| {
                match (end.access, dice.between(0, 2)) {
                    (None, _) => account.active = true,
                    (Some(_), 0) => account.active = end.away,
                    (Some(_), _) => {
                        account
                            .entitlements
                            .insert(Entitlement::from(if system == "chat" {
                                "nobodys"
                            } else {
                                "nobodys-too"
                            }));
                    }
                }
            });
            if changed {
                drifted.insert((system.to_owned(), life.id.clone()));
            }
        }
        self.drifted = drifted;
    }
}
