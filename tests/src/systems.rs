//! Simulated systems by the names that tests write.

use std::{collections::BTreeMap, ops::Deref};

use latchkey_embedded::JumpClock;
use latchkey_lifecycle::{Account, EmployeeId, SystemId};
use latchkey_runbook::Runbook;
use latchkey_systems::simulated::Simulated;

/// Simulated systems by their name in the runbook.
#[derive(Clone)]
pub struct SimulatedSystems(latchkey_rehearsal::SimulatedSystems);

impl Deref for SimulatedSystems {
    type Target = latchkey_rehearsal::SimulatedSystems;

    fn deref(&self) -> &latchkey_rehearsal::SimulatedSystems {
        &self.0
    }
}

impl SimulatedSystems {
    pub(crate) fn of(runbook: &Runbook, clock: JumpClock) -> SimulatedSystems {
        SimulatedSystems(latchkey_rehearsal::SimulatedSystems::of(runbook, clock))
    }

    /// One system, to put accounts into or make it fail.
    pub fn get(&self, system: &str) -> &Simulated {
        self.find(system).unwrap()
    }

    /// A person's account in each system.
    pub fn accounts_of(&self, employee: &str) -> BTreeMap<SystemId, Option<Account>> {
        self.0.accounts_of(&EmployeeId::new(employee).unwrap())
    }

    /// From now on the system says yes and does nothing; or does what it is told again.
    pub fn deafen(&self, system: &str, deaf: bool) {
        self.0.deafen(&SystemId::new(system).unwrap(), deaf);
    }
}
