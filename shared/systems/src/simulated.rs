//! A system in memory, for rehearsals and tests: answers when it is told to, fails when it is told to.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use latchkey_lifecycle::{Account, Change, EmployeeId};

use crate::{Fault, Faults, Found, Page, PageToken, Sight, Sought, System, Whole};

/// How long a simulated system takes to answer; the caller brings the timer.
pub type Delay = dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Accounts on a page of its list.
const PAGE: usize = 100;

/// Which changes of which account a system will not make.
type Refuses = dyn Fn(&Account, &Change) -> bool + Send;

#[derive(Default)]
struct Inside {
    accounts: BTreeMap<String, Account>,
    faults: VecDeque<Fault>,
    refuses: Option<Box<Refuses>>,
    calls: usize,
}

/// A system in memory.
#[derive(Default)]
pub struct Simulated {
    inside: Mutex<Inside>,
    delay: Option<Box<Delay>>,
}

impl std::fmt::Debug for Simulated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Simulated")
    }
}

impl Simulated {
    /// An empty system whose every call first waits for `delay`.
    pub fn with_delay(delay: Box<Delay>) -> Simulated {
        Simulated {
            inside: Mutex::default(),
            delay: Some(delay),
        }
    }

    /// The next calls fail with these, in order.
    pub fn fail_with(&self, faults: impl IntoIterator<Item = Fault>) {
        self.inside().faults.extend(faults);
    }

    /// From now on it does not let Latchkey make these changes.
    pub fn refuse(&self, which: impl Fn(&Account, &Change) -> bool + Send + 'static) {
        self.inside().refuses = Some(Box::new(which));
    }

    /// Puts an account in, as somebody beside Latchkey would.
    pub fn put(&self, handle: &str, account: Account) {
        self.inside().accounts.insert(handle.to_owned(), account);
    }

    /// The account of a person.
    pub fn account_of(&self, employee: &EmployeeId) -> Option<Account> {
        self.inside()
            .accounts
            .values()
            .find(|a| a.employee_id.as_ref() == Some(employee))
            .cloned()
    }

    /// The handle of a person's account.
    pub fn handle_of(&self, employee: &EmployeeId) -> Option<String> {
        let inside = self.inside();
        let mut all = inside.accounts.iter();
        let theirs = all.find(|(_, a)| a.employee_id.as_ref() == Some(employee));
        theirs.map(|(handle, _)| handle.clone())
    }

    /// Every account.
    pub fn accounts(&self) -> Vec<Account> {
        self.inside().accounts.values().cloned().collect()
    }

    /// How many calls came so far.
    pub fn calls(&self) -> usize {
        self.inside().calls
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn called(&self) -> Result<(), Fault> {
        if let Some(delay) = &self.delay {
            delay().await;
        }
        let mut inside = self.inside();
        inside.calls += 1;
        inside.faults.pop_front().map_or(Ok(()), Err)
    }
}

fn found(handle: &str, account: &Account) -> Found {
    Found::new(handle, account.clone())
}

fn seen(found: Option<Found>) -> Sight {
    Whole::in_one_answer(found).into()
}

#[async_trait]
impl System for Simulated {
    fn name(&self) -> &str {
        "simulated"
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        self.called().await?;
        let inside = self.inside();
        let has_id = |a: &Account| a.employee_id.as_ref() == Some(&who.employee_id);
        let mut with_id = inside.accounts.iter().filter(|(_, a)| has_id(a));
        let by_id = with_id.next();
        if let (Some(one), Some(other)) = (by_id, with_id.next()) {
            let all = [one, other].into_iter().chain(with_id);
            let all = all.map(|(handle, account)| found(handle, account));
            return Err(self.several(&who.employee_id, all.collect()));
        }
        let by_name = || {
            inside
                .accounts
                .iter()
                .find(|(_, a)| who.name.as_ref() == Some(&a.name))
        };
        match by_id.or_else(by_name) {
            Some((handle, account)) => match &account.employee_id {
                Some(holder) if *holder != who.employee_id => {
                    Err(self.taken(&account.name, Some(holder.clone())))
                }
                _ => Ok(seen(Some(found(handle, account)))),
            },
            None => Ok(seen(None)),
        }
    }

    async fn look_at(&self, handle: &str, _: &Sought) -> Result<Sight, Fault> {
        self.called().await?;
        let inside = self.inside();
        Ok(seen(
            inside
                .accounts
                .get(handle)
                .map(|account| found(handle, account)),
        ))
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        Ok(Whole::in_one_answer(found))
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        self.called().await?;
        let inside = self.inside();
        let after = page.map_or(Bound::Unbounded, |token| Bound::Excluded(token.0.as_str()));
        let mut rest = inside.accounts.range::<str, _>((after, Bound::Unbounded));
        let accounts: Vec<Found> = rest
            .by_ref()
            .take(PAGE)
            .map(|(handle, account)| found(handle, account))
            .collect();
        let last = accounts.last().map(|f| f.handle.clone());
        let next = last.filter(|_| rest.next().is_some());
        Ok(Page::every(accounts, next))
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        self.called().await?;
        let mut inside = self.inside();
        if let (Some(at), Some(refuses)) = (at, &inside.refuses)
            && refuses(&at.account, change)
        {
            return Err(self.forbidden("the account is protected"));
        }
        let handle = at.map_or_else(
            || format!("a{}", inside.accounts.len() + 1),
            |f| f.handle.clone(),
        );
        let account =
            latchkey_lifecycle::after_change(inside.accounts.get(&handle).cloned(), change);
        match account {
            None => {
                inside.accounts.remove(&handle);
                Ok(None)
            }
            Some(account) => {
                inside.accounts.insert(handle.clone(), account.clone());
                Ok(Some(found(&handle, &account)))
            }
        }
    }
}
