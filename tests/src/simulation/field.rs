//! The simulated systems. They remember everything that was applied to them, and when.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_embedded::JumpClock;
use latchkey_lifecycle::{Account, Change, EmployeeId, SystemId, after_change};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Clock, Systems};
use latchkey_systems::{Fault as Trouble, Found, Page, PageToken, Sight, Sought, System, Whole};

use super::{fate::Fate, script::Fault};

/// An account before and after a change.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) at: Timestamp,
    pub(crate) system: String,
    pub(crate) employee: Option<EmployeeId>,
    pub(crate) before: Option<Account>,
    pub(crate) after: Option<Account>,
}

#[derive(Default)]
struct One {
    accounts: BTreeMap<String, Account>,
    /// What a read shows once, instead of the present account.
    stale: BTreeMap<String, (Timestamp, Option<Account>)>,
    /// Employees for whom it refuses until somebody has mended it.
    refuses: BTreeSet<String>,
    made: usize,
}

/// All systems.
pub(crate) struct Field {
    pub(crate) fate: Arc<Fate>,
    pub(crate) clock: JumpClock,
    systems: Mutex<BTreeMap<String, One>>,
    applied: Mutex<Vec<Applied>>,
}

impl Field {
    pub(crate) fn new(fate: Arc<Fate>, clock: JumpClock) -> Field {
        Field {
            fate,
            clock,
            systems: Mutex::default(),
            applied: Mutex::default(),
        }
    }

    /// An account that is there before everything.
    pub(crate) fn put(&self, system: &str, handle: &str, account: Account) {
        let mut systems = self.systems.lock().unwrap();
        let one = systems.entry(system.to_owned()).or_default();
        one.accounts.insert(handle.to_owned(), account);
    }

    /// Every account of an employee in a system.
    pub(crate) fn accounts(&self, system: &str, employee: &str) -> Vec<Account> {
        let systems = self.systems.lock().unwrap();
        let all = systems
            .get(system)
            .into_iter()
            .flat_map(|one| one.accounts.values());
        let of = |account: &&Account| {
            account
                .employee_id
                .as_ref()
                .is_some_and(|id| id.as_str() == employee)
        };
        all.filter(of).cloned().collect()
    }

    /// Somebody changes an account by hand; whether that made a difference.
    pub(crate) fn by_hand(
        &self,
        system: &str,
        employee: &str,
        change: impl FnOnce(&mut Account),
    ) -> bool {
        let mut systems = self.systems.lock().unwrap();
        let Some(one) = systems.get_mut(system) else {
            return false;
        };
        let of = |account: &&mut Account| {
            account
                .employee_id
                .as_ref()
                .is_some_and(|id| id.as_str() == employee)
        };
        let Some(account) = one.accounts.values_mut().find(of) else {
            return false;
        };
        let before = account.clone();
        change(account);
        *account != before
    }

    /// Somebody looked at the system and mended what it refused.
    pub(crate) fn mend(&self, employee: &str) {
        for one in self.systems.lock().unwrap().values_mut() {
            one.refuses.remove(employee);
        }
    }

    pub(crate) fn applied(&self) -> Vec<Applied> {
        self.applied.lock().unwrap().clone()
    }
}

/// The way into the systems.
#[derive(Clone)]
pub(crate) struct Doors(pub(crate) Arc<Field>);

#[async_trait]
impl Systems for Doors {
    async fn open(&self, _: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Trouble> {
        Ok(Arc::new(Door {
            field: Arc::clone(&self.0),
            system: system.to_string(),
        }))
    }
}

struct Door {
    field: Arc<Field>,
    system: String,
}

impl Door {
    fn trouble(&self, what: &str, who: &str) -> Result<(), Trouble> {
        let (fate, system) = (&self.field.fate, || self.system.clone());
        let name = format!("{what} {} {who}", self.system);
        if fate.strikes(Fault::SystemErrors, &name, 60) {
            return Err(Trouble::Unreachable {
                system: system(),
                problem: "simulated".into(),
            });
        }
        if fate.strikes(Fault::Busy, &name, 60) {
            return Err(Trouble::Busy {
                system: system(),
                retry_after: None,
            });
        }
        Ok(())
    }

    fn look(&self, who: &Sought) -> Result<Option<Found>, Trouble> {
        let employee = who.employee_id.as_str();
        self.trouble("read", employee)?;
        let mut systems = self.field.systems.lock().unwrap();
        let one = systems.entry(self.system.clone()).or_default();
        let by_id = one
            .accounts
            .iter()
            .find(|(_, account)| account.employee_id.as_ref() == Some(&who.employee_id));
        let by_name = || {
            let named = |account: &Account| who.name.as_ref() == Some(&account.name);
            one.accounts
                .iter()
                .find(|(_, a)| a.employee_id.is_none() && named(a))
        };
        let Some((handle, account)) = by_id.or_else(by_name) else {
            return Ok(None);
        };
        let (handle, account) = (handle.clone(), account.clone());
        Ok(self.shown(one, handle, account))
    }

    /// The account with a handle.
    fn at(&self, handle: &str, who: &Sought) -> Result<Option<Found>, Trouble> {
        self.trouble("read", who.employee_id.as_str())?;
        let mut systems = self.field.systems.lock().unwrap();
        let one = systems.entry(self.system.clone()).or_default();
        let account = one.accounts.get(handle).cloned();
        Ok(account.and_then(|account| self.shown(one, handle.to_owned(), account)))
    }

    /// An account as it is shown, or as it was before.
    fn shown(&self, one: &mut One, handle: String, account: Account) -> Option<Found> {
        if let Some((_, before)) = one.stale.remove(&handle) {
            self.field
                .fate
                .tell(|| format!("  stale read of {handle} in {}", self.system));
            return before.map(|account| Found {
                handle,
                version: None,
                account,
            });
        }
        Some(Found {
            handle,
            version: None,
            account,
        })
    }

    fn change(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Trouble> {
        let fate = &self.field.fate;
        let whose = match change {
            Change::Create { account } => account.employee_id.clone(),
            _ => at.and_then(|found| found.account.employee_id.clone()),
        };
        let who = whose.as_ref().map_or("?", |id| id.as_str()).to_owned();
        self.trouble("apply", &who)?;
        let name = format!("{} {who}", self.system);
        let mut systems = self.field.systems.lock().unwrap();
        let one = systems.entry(self.system.clone()).or_default();
        if fate.strikes(Fault::Refusals, &name, 30) {
            one.refuses.insert(who.clone());
        }
        if one.refuses.contains(&who) {
            let (system, problem) = (self.system.clone(), "simulated".to_owned());
            return Err(match fate.dice("refusal").between(0, 3) {
                0 => Trouble::Rejected { system, problem },
                1 => Trouble::Unauthorized { system, problem },
                _ => Trouble::Conflict { system, problem },
            });
        }
        // Who creates again what is there gets what is there.
        let there = match (at, change) {
            (Some(found), _) => Some(found.handle.clone()),
            (None, Change::Create { account }) => one
                .accounts
                .iter()
                .find(|(_, a)| a.employee_id == account.employee_id)
                .map(|(handle, _)| handle.clone()),
            (None, _) => None,
        };
        let handle = there.unwrap_or_else(|| {
            one.made += 1;
            format!("a{}", one.made)
        });
        let before = one.accounts.get(&handle).cloned();
        if before.is_none() && !matches!(change, Change::Create { .. }) {
            let (system, problem) = (self.system.clone(), "there is no such account".to_owned());
            return Err(Trouble::NotYet { system, problem });
        }
        let after = after_change(before.clone(), change);
        let found = |account: &Account| Found {
            handle: handle.clone(),
            version: None,
            account: account.clone(),
        };
        if fate.strikes(Fault::WrongAnswers, &name, 30) {
            return Ok(after.as_ref().map(found));
        }
        match &after {
            Some(account) => one.accounts.insert(handle.clone(), account.clone()),
            None => one.accounts.remove(&handle),
        };
        let now = self.field.clock.now();
        if fate.strikes(Fault::StaleReads, &name, 150) {
            one.stale.insert(handle.clone(), (now, before.clone()));
        }
        drop(systems);
        fate.tell(|| format!("  {} of {who}: {change}", self.system));
        fate.fence(&format!("{change} to {} of {who}", self.system));
        let employee = after
            .as_ref()
            .or(before.as_ref())
            .and_then(|a| a.employee_id.clone());
        let shown = after.as_ref().map(found);
        self.field.applied.lock().unwrap().push(Applied {
            at: now,
            system: self.system.clone(),
            employee,
            before,
            after,
        });
        if fate.strikes(Fault::LostAnswers, &name, 60) {
            let (system, problem) = (self.system.clone(), "no answer".to_owned());
            return Err(Trouble::Unreachable { system, problem });
        }
        Ok(shown)
    }
}

#[async_trait]
impl System for Door {
    fn name(&self) -> &str {
        self.system.as_str()
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Trouble> {
        let found = self.field.fate.around(async { self.look(who) }).await?;
        Ok(Whole::in_one_answer(found).into())
    }

    async fn look_at(&self, handle: &str, who: &Sought) -> Result<Sight, Trouble> {
        let looked = async { self.at(handle, who) };
        let found = self.field.fate.around(looked).await?;
        Ok(Whole::in_one_answer(found).into())
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Trouble> {
        Ok(Whole::in_one_answer(found))
    }

    async fn list(&self, _: Option<&PageToken>) -> Result<Page, Trouble> {
        let listed = self.field.fate.around(async { self.trouble("list", "") });
        listed.await?;
        let systems = self.field.systems.lock().unwrap();
        let all = systems
            .get(&self.system)
            .into_iter()
            .flat_map(|one| &one.accounts);
        let found = |(handle, account): (&String, &Account)| Found {
            handle: handle.clone(),
            version: None,
            account: account.clone(),
        };
        Ok(Page::every(all.map(found).collect(), None))
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Trouble> {
        self.field
            .fate
            .around(async { self.change(at, change) })
            .await
    }
}
