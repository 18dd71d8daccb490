//! What a file of events comes to: tasks by team, changes by system. Pure.

use std::collections::BTreeMap;

use latchkey_lifecycle::{
    Account, Case, Change, EventKind, Fate, Order, Standing, SystemId, Task, TeamId, Work,
    after_change,
};
use latchkey_runbook::Runbook;
use latchkey_runtime::enter_into;
use serde::Serialize;

/// Tasks, by what becomes of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fates {
    /// Done, and stay done.
    pub done: usize,
    /// Stay as they are.
    pub stay: usize,
    /// Get another window.
    pub move_to: usize,
    /// Have to be done or asked anew.
    pub anew: usize,
    /// Were not there before.
    pub appear: usize,
    /// Are left out.
    pub vanish: usize,
}

impl Fates {
    pub(crate) fn add(&mut self, fate: &Fate) {
        let count = match fate {
            Fate::Done => &mut self.done,
            Fate::Stays => &mut self.stay,
            Fate::Moves { .. } => &mut self.move_to,
            Fate::Anew { .. } => &mut self.anew,
            Fate::Appears => &mut self.appear,
            Fate::Vanishes => &mut self.vanish,
        };
        *count += 1;
    }
}

/// Cases of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cases {
    /// Events of the kind.
    pub events: usize,
    /// Cases that begin.
    pub begin: usize,
    /// Open cases that are planned anew.
    pub change: usize,
    /// Those of both that the brake would hold.
    pub held: usize,
}

/// What is changed in one system that Latchkey works in by itself, from what the ledger knows of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Accounts that are made.
    pub created: usize,
    /// Accounts whose sign-in is allowed again.
    pub restored: usize,
    /// Accounts whose sign-in is cut.
    pub suspended: usize,
    /// Entitlements that are given.
    pub granted: usize,
    /// Entitlements that are taken.
    pub revoked: usize,
}

/// What all events come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sum {
    /// By kind of event.
    pub kinds: BTreeMap<EventKind, Cases>,
    /// Tasks that come to each team, by person or by machine: new ones, moved ones, ones to do anew.
    pub teams: BTreeMap<TeamId, usize>,
    /// What changes in each system.
    pub systems: BTreeMap<SystemId, Changes>,
}

/// What somebody has in a system as far as the ledger knows, and why.
#[derive(Debug, Clone, Default)]
pub(crate) struct Had {
    pub(crate) account: Option<Account>,
    pub(crate) standing: Standing,
}

impl Sum {
    /// Counts the tasks of one case, in the order of their windows, and what they change of what the person has.
    pub(crate) fn count(
        &mut self,
        runbook: &Runbook,
        case: &Case,
        tasks: &[(Task, Fate)],
        had: &mut BTreeMap<SystemId, Had>,
    ) {
        for (task, fate) in tasks {
            // The plan itself may leave something out: it comes to nobody.
            if task.state.is_ended() {
                continue;
            }
            match fate {
                Fate::Done | Fate::Vanishes => continue,
                Fate::Stays => {}
                Fate::Moves { .. } | Fate::Anew { .. } | Fate::Appears => {
                    *self.teams.entry(task.owner.clone()).or_default() += 1;
                }
            }
            let Work::System {
                system,
                goal,
                needs,
                takes,
                ..
            } = &task.work
            else {
                continue;
            };
            let has = had.entry(system.clone()).or_default();
            enter_into(&mut has.standing, runbook, case, system, goal, *takes);
            let goal = has.standing.goal(Order::of(case), goal);
            for change in goal.changes(has.account.as_ref(), needs) {
                self.systems.entry(system.clone()).or_default().add(&change);
                has.account = after_change(has.account.take(), &change);
            }
        }
    }
}

impl Changes {
    fn add(&mut self, change: &Change) {
        let count = match change {
            Change::Create { .. } => &mut self.created,
            Change::Restore => &mut self.restored,
            Change::Suspend => &mut self.suspended,
            Change::Grant { .. } => &mut self.granted,
            Change::Revoke { .. } => &mut self.revoked,
            Change::Adopt { .. }
            | Change::Rename { .. }
            | Change::SetAttribute { .. }
            | Change::Delete => return,
        };
        *count += 1;
    }
}
