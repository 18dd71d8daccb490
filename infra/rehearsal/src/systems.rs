//! The systems of a rehearsal: simulated, and everything that is applied to them is written down.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::choices::Mood;
use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_embedded::JumpClock;
use latchkey_lifecycle::{Account, Change, EmployeeId, Person, SystemId};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Clock, Systems};
use latchkey_systems::{
    Fault, Found, Page, PageToken, Sight, Sought, System, Whole, simulated::Simulated,
};

/// A change that reached a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// When.
    pub at: Timestamp,
    /// Which system.
    pub system: SystemId,
    /// What.
    pub change: String,
}

/// Simulated systems by their name in the runbook.
#[derive(Clone)]
pub struct SimulatedSystems {
    systems: BTreeMap<SystemId, Arc<Simulated>>,
    applied: Arc<Mutex<Vec<Applied>>>,
    deaf: Arc<Mutex<BTreeSet<SystemId>>>,
    troubles: Arc<Mutex<Vec<Trouble>>>,
    clock: JumpClock,
}

/// A time in which a system does not do what it is told.
#[derive(Debug, Clone)]
struct Trouble {
    system: SystemId,
    mood: Mood,
    from: Timestamp,
    until: Option<Timestamp>,
    calls: usize,
}

impl SimulatedSystems {
    /// A system for each of the runbook's that a machine works on; what people work on is not simulated.
    pub fn of(runbook: &Runbook, clock: JumpClock) -> SimulatedSystems {
        let automatic = runbook
            .systems()
            .filter(|(_, system)| system.is_automatic());
        let systems = automatic.map(|(id, _)| (id.clone(), Arc::default()));
        SimulatedSystems {
            systems: systems.collect(),
            applied: Arc::default(),
            deaf: Arc::default(),
            troubles: Arc::default(),
            clock,
        }
    }

    /// One system, to put accounts into or make it fail. `None`: the runbook has no such system that a machine works
    /// on.
    pub fn find(&self, system: &str) -> Option<&Simulated> {
        self.systems.get(system).map(AsRef::as_ref)
    }

    /// The systems' names.
    pub fn names(&self) -> impl Iterator<Item = &SystemId> {
        self.systems.keys()
    }

    /// The person gets in each system what the runbook wants, beside Latchkey.
    pub fn admit(&self, runbook: &Runbook, person: &Person) {
        for (id, system) in &self.systems {
            if let Some(account) = runbook.desired(person, id) {
                system.put(person.employee_id.as_str(), account);
            }
        }
    }

    /// The person cannot sign in anywhere: a leave that began before Latchkey knew them.
    pub fn suspend(&self, employee: &EmployeeId) {
        self.change(employee, |account| account.active = false);
    }

    /// The person has what an exit leaves: accounts without sign-in that give nothing.
    pub fn leave(&self, employee: &EmployeeId) {
        self.change(employee, |account| {
            account.active = false;
            account.entitlements.clear();
        });
    }

    fn change(&self, employee: &EmployeeId, change: impl Fn(&mut Account)) {
        for system in self.systems.values() {
            if let Some(mut account) = system.account_of(employee) {
                change(&mut account);
                system.put(employee.as_str(), account);
            }
        }
    }

    /// A person's account in each system.
    pub fn accounts_of(&self, employee: &EmployeeId) -> BTreeMap<SystemId, Option<Account>> {
        let all = self.systems.iter();
        all.map(|(id, system)| (id.clone(), system.account_of(employee)))
            .collect()
    }

    /// From now on the system says yes and does nothing; or does what it is told again.
    pub fn deafen(&self, system: &SystemId, deaf: bool) {
        let mut all = lock(&self.deaf);
        let _ = if deaf {
            all.insert(system.clone())
        } else {
            all.remove(system)
        };
    }

    /// In this time the system does something else than what it is told.
    pub fn trouble(&self, system: SystemId, mood: Mood, from: Timestamp, until: Option<Timestamp>) {
        lock(&self.troubles).push(Trouble {
            system,
            mood,
            from,
            until,
            calls: 0,
        });
    }

    /// Whether the system is in trouble now, and until when (`Some(None)`: to the end). A slow one is not: it does what
    /// it is told.
    pub fn in_trouble(&self, system: &SystemId) -> Option<Option<Timestamp>> {
        let now = self.clock.now();
        let troubles = lock(&self.troubles);
        let mut standing = troubles
            .iter()
            .filter(|t| t.is_at(system, now) && t.mood != Mood::Slow);
        standing.next().map(|trouble| trouble.until)
    }

    /// What stands in the way of a call now. Counts calls of slow systems.
    fn mood_of(&self, system: &SystemId) -> Option<Mood> {
        let now = self.clock.now();
        let mut troubles = lock(&self.troubles);
        let trouble = troubles.iter_mut().find(|t| t.is_at(system, now))?;
        trouble.calls += 1;
        match trouble.mood {
            Mood::Slow if trouble.calls.is_multiple_of(2) => None,
            mood => Some(mood),
        }
    }

    /// Every change so far, in order.
    pub fn applied(&self) -> Vec<Applied> {
        lock(&self.applied).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Systems for SimulatedSystems {
    async fn open(&self, runbook: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        let inner = self.systems.get(system).ok_or_else(|| Fault::Rejected {
            system: system.to_string(),
            problem: "not simulated".into(),
        })?;
        let name = runbook.system(system).map(|known| known.name.clone());
        Ok(Arc::new(Watched {
            name: name.unwrap_or_else(|| system.to_string()),
            inner: Arc::clone(inner),
            system: system.clone(),
            all: self.clone(),
        }))
    }
}

impl Trouble {
    fn is_at(&self, system: &SystemId, now: Timestamp) -> bool {
        self.system == *system && self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

struct Watched {
    name: String,
    inner: Arc<Simulated>,
    system: SystemId,
    all: SimulatedSystems,
}

impl Watched {
    /// The fault that a call ends with, and whether it takes effect all the same.
    fn fault(&self, mood: Mood) -> Option<(Fault, bool)> {
        let system = self.name.clone();
        match mood {
            Mood::Down => {
                let problem = "it does not answer".to_owned();
                Some((Fault::Unreachable { system, problem }, false))
            }
            Mood::Slow => {
                let problem = "its answer takes too long".to_owned();
                Some((Fault::Unreachable { system, problem }, true))
            }
            Mood::Refuses => {
                let problem = "it says that the secret is not valid".to_owned();
                Some((Fault::Unauthorized { system, problem }, false))
            }
            Mood::Idle => None,
        }
    }
}

#[async_trait]
impl System for Watched {
    fn name(&self) -> &str {
        &self.name
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        let mood = self.all.mood_of(&self.system);
        match mood.and_then(|mood| self.fault(mood)) {
            Some((fault, _)) => Err(fault),
            None => self.inner.look_up(who).await,
        }
    }

    async fn look_at(&self, handle: &str, who: &Sought) -> Result<Sight, Fault> {
        let mood = self.all.mood_of(&self.system);
        match mood.and_then(|mood| self.fault(mood)) {
            Some((fault, _)) => Err(fault),
            None => self.inner.look_at(handle, who).await,
        }
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        self.inner.complete(found).await
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let mood = self.all.mood_of(&self.system);
        match mood.and_then(|mood| self.fault(mood)) {
            Some((fault, _)) => Err(fault),
            None => self.inner.list(page).await,
        }
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        let mood = self.all.mood_of(&self.system);
        if mood == Some(Mood::Idle) || lock(&self.all.deaf).contains(&self.system) {
            return Ok(at.cloned());
        }
        let fault = mood.and_then(|mood| self.fault(mood));
        if let Some((fault, false)) = fault {
            return Err(fault);
        }
        let found = self.inner.apply(at, change).await?;
        lock(&self.all.applied).push(Applied {
            at: self.all.clock.now(),
            system: self.system.clone(),
            change: change.to_string(),
        });
        match fault {
            Some((fault, _)) => Err(fault),
            None => Ok(found),
        }
    }
}
