//! The systems of a rehearsal: simulated, and everything that is applied to them is written down.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_embedded::JumpClock;
use latchkey_lifecycle::{Account, Change, EmployeeId, Person, SystemId};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Clock, Systems};
use latchkey_systems::{Fault, Found, Page, PageToken, Sought, System, simulated::Simulated};

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
    clock: JumpClock,
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
            clock,
        }
    }

    /// One system, to put accounts into or make it fail. `None`: the runbook has no such system that a machine works on.
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
    async fn open(&self, _: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        let inner = self.systems.get(system).ok_or_else(|| Fault::Rejected {
            system: system.to_string(),
            problem: "not simulated".into(),
        })?;
        Ok(Arc::new(Watched {
            inner: Arc::clone(inner),
            system: system.clone(),
            all: self.clone(),
        }))
    }
}

struct Watched {
    inner: Arc<Simulated>,
    system: SystemId,
    all: SimulatedSystems,
}

#[async_trait]
impl System for Watched {
    async fn read(&self, who: &Sought) -> Result<Option<Found>, Fault> {
        self.inner.read(who).await
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        self.inner.list(page).await
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if lock(&self.all.deaf).contains(&self.system) {
            return Ok(at.cloned());
        }
        let found = self.inner.apply(at, change).await?;
        lock(&self.all.applied).push(Applied {
            at: self.all.clock.now(),
            system: self.system.clone(),
            change: change.to_string(),
        });
        Ok(found)
    }
}
