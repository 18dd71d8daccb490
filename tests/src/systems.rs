//! The systems of a rehearsal: simulated, and everything that is applied to them is written down.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_embedded::JumpClock;
use latchkey_lifecycle::{Account, Change, EmployeeId, SystemId};
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
    pub(crate) fn of(runbook: &Runbook, clock: JumpClock) -> SimulatedSystems {
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

    /// One system, to put accounts into or make it fail.
    pub fn get(&self, system: &str) -> &Simulated {
        &self.systems[system]
    }

    /// The systems' names.
    pub fn names(&self) -> impl Iterator<Item = &SystemId> {
        self.systems.keys()
    }

    /// A person's account in each system.
    pub fn accounts_of(&self, employee: &str) -> BTreeMap<SystemId, Option<Account>> {
        let employee = EmployeeId::new(employee).unwrap();
        let of = |system: &Arc<Simulated>| system.account_of(&employee);
        self.systems
            .iter()
            .map(|(id, s)| (id.clone(), of(s)))
            .collect()
    }

    /// From now on the system says yes and does nothing; or does what it is told again.
    pub fn deafen(&self, system: &str, deaf: bool) {
        let system = SystemId::new(system).unwrap();
        let mut all = self.deaf.lock().unwrap();
        let _ = if deaf {
            all.insert(system)
        } else {
            all.remove(&system)
        };
    }

    /// Every change so far, in order.
    pub fn applied(&self) -> Vec<Applied> {
        self.applied.lock().unwrap().clone()
    }
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
        if self.all.deaf.lock().unwrap().contains(&self.system) {
            return Ok(at.cloned());
        }
        let found = self.inner.apply(at, change).await?;
        self.all.applied.lock().unwrap().push(Applied {
            at: self.all.clock.now(),
            system: self.system.clone(),
            change: change.to_string(),
        });
        Ok(found)
    }
}
