//! One system, page by page.

use std::collections::{HashMap, hash_map::Entry};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use latchkey_ledger::{Held, KnownPerson, LedgerError, SystemRead, SystemSwept};
use latchkey_lifecycle::{Account, EmployeeId, FindingKind, FindingState, Goal, Seen, SystemId};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use latchkey_systems::{Accounts, Fault, Found, Sought, System, find};

use crate::{
    Sweep, Swept,
    covered::covering,
    judge::{Difference, judge},
    record::{Tally, short},
};
use latchkey_decisions::Expected;

/// Differences that are looked at afresh at once.
const AT_ONCE: usize = 8;
/// How often a page is asked for before the system counts as not read.
const ATTEMPTS: usize = 3;

/// Why a pass ends early.
pub(crate) enum Stop {
    /// The system's.
    Fault(Fault),
    /// The ledger's.
    Failure(Failure),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Stop {
        Stop::Failure(error.into())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failure(failure)
    }
}

/// Somebody whose account differs, by the list.
pub(crate) struct Candidate {
    pub(crate) employee: EmployeeId,
    /// Name and handle of the account that was listed.
    pub(crate) account: Option<(String, String)>,
    pub(crate) differences: Vec<Difference>,
}

/// The system that is being read.
pub(crate) struct Scene<'s> {
    pub(crate) id: &'s SystemId,
    pub(crate) system: &'s dyn System,
    pub(crate) since: Timestamp,
}

/// What is kept of accounts between the passes.
#[derive(Default)]
pub(crate) struct Kept {
    /// Of each account with an employee id: that id, and the account's handle; eight bytes each.
    pub(crate) owned: HashMap<u64, u64>,
    /// Accounts without an employee id, by name without case.
    pub(crate) unowned: HashMap<u64, Found>,
}

/// Names are compared without case (RFC 7643 section 4.1.1).
pub(crate) fn folded(name: &str) -> u64 {
    short(&name.to_lowercase())
}

impl Sweep<'_> {
    /// Compares one system with the ledger. A system that cannot be read is a finding of its own.
    ///
    /// # Errors
    /// [`Failure`] of the ledger or of mail.
    pub(crate) async fn system(&self, id: &SystemId) -> Result<Swept, Failure> {
        let mut tally = Tally::of(Some(id));
        let gives = self.runbook.entitlements(id).into_iter();
        tally.held = gives
            .map(|entitlement| (entitlement, Held::default()))
            .collect();
        let mut compared = self.compare(id, &mut tally).await;
        if let Err(Stop::Fault(Fault::Incomplete { .. })) = &compared {
            // A list moves while others work in the system.
            tally.begin_anew();
            compared = self.compare(id, &mut tally).await;
        }
        let fault = match compared {
            Ok(()) => None,
            Err(Stop::Fault(fault)) => Some(fault),
            Err(Stop::Failure(failure)) => return Err(failure),
        };
        if let Some(fault) = &fault {
            tracing::error!(system = %id, fault = fault.name(), "not read to its end");
            tally.swept.fault = Some(fault.name().to_owned());
            let seen = seen(id, FindingKind::NotRead, None, None, Default::default());
            self.note(&mut tally, seen, Some(fault.to_string())).await?;
        }
        self.close_the_rest(&mut tally, fault.is_none()).await?;
        self.tell(&tally).await?;
        if !self.dry_run {
            self.keep(id, &tally).await?;
        }
        Ok(tally.swept)
    }

    /// Keeps how it went, for the pages.
    async fn keep(&self, id: &SystemId, tally: &Tally) -> Result<(), Failure> {
        let (ended, fault) = (self.deps.clock.now(), tally.swept.fault.clone());
        let read = fault.is_none().then(|| SystemRead {
            at: ended,
            accounts: tally.swept.accounts,
            active: tally.active,
            held: tally.held.clone(),
        });
        let swept = SystemSwept { ended, fault, read };
        self.deps.ledger.note_system_swept(id, swept).await?;
        Ok(())
    }

    async fn compare(&self, id: &SystemId, tally: &mut Tally) -> Result<(), Stop> {
        let since = self.deps.clock.now();
        let system = self.deps.systems.open(&self.runbook, id).await?;
        let scene = Scene {
            id,
            system: system.as_ref(),
            since,
        };
        let mut kept = Kept::default();
        let mut all = Accounts::of(scene.system);
        while let Some(accounts) = self.page(&scene, &mut all).await? {
            self.accounts(&scene, accounts, &mut kept, tally).await?;
        }
        // From here on who was not seen is not there.
        self.people_without_account(&scene, &mut kept, tally)
            .await?;
        for (_, found) in kept.unowned {
            if found.account.active {
                let account = Some((found.account.name, found.handle));
                let seen = seen(
                    id,
                    FindingKind::OrphanAccount,
                    None,
                    account,
                    Default::default(),
                );
                self.note(tally, seen, None).await?;
            }
        }
        Ok(())
    }

    async fn page(
        &self,
        scene: &Scene<'_>,
        all: &mut Accounts<'_>,
    ) -> Result<Option<Vec<Found>>, Fault> {
        let mut attempt = 1;
        loop {
            if self.deps.clock.now() >= self.until {
                return Err(Fault::Unreachable {
                    system: scene.id.to_string(),
                    problem: "reading all of it takes longer than a sweep may".to_owned(),
                });
            }
            match all.next().await {
                Err(fault) if fault.is_retryable() && attempt < ATTEMPTS => attempt += 1,
                other => return other,
            }
        }
    }

    async fn accounts(
        &self,
        scene: &Scene<'_>,
        accounts: Vec<Found>,
        kept: &mut Kept,
        tally: &mut Tally,
    ) -> Result<(), Stop> {
        let ids = accounts
            .iter()
            .filter_map(|f| f.account.employee_id.as_ref());
        let known = self.deps.ledger.known_in(scene.id, ids).await?;
        let now = self.deps.clock.now();
        let mut candidates = Vec::new();
        for found in accounts {
            let Some(employee) = found.account.employee_id.clone() else {
                if let Entry::Vacant(free) = kept.unowned.entry(folded(&found.account.name)) {
                    tally.read(&found.account);
                    free.insert(found);
                }
                continue;
            };
            let handle = short(&found.handle);
            let account = Some((found.account.name.clone(), found.handle.clone()));
            match kept.owned.entry(short(employee.as_str())) {
                Entry::Vacant(free) => {
                    tally.read(&found.account);
                    free.insert(handle);
                }
                // A page that moved while it was read brings the same account again.
                Entry::Occupied(first) if *first.get() == handle => continue,
                Entry::Occupied(_) => {
                    tally.read(&found.account);
                    let kind = FindingKind::SecondAccount;
                    let seen = seen(scene.id, kind, Some(&employee), account, Default::default());
                    self.note(tally, seen, None).await?;
                    continue;
                }
            }
            let Some(person) = known.get(&employee).filter(|k| k.record.is_some()) else {
                if found.account.active {
                    let kind = FindingKind::UnknownPerson;
                    let seen = seen(scene.id, kind, Some(&employee), account, Default::default());
                    self.note(tally, seen, None).await?;
                }
                continue;
            };
            let expected = Expected::of(&self.runbook, scene.id, person, now);
            tally.expects(&expected, Some(&found.account));
            let differences = judge(&expected, Some(&found.account));
            if !differences.is_empty() {
                candidates.push(Candidate {
                    employee,
                    account,
                    differences,
                });
            }
        }
        self.settle(scene, candidates, tally).await
    }

    /// Notes what is really different: looked at afresh, and not a case's own work.
    pub(crate) async fn settle(
        &self,
        scene: &Scene<'_>,
        candidates: Vec<Candidate>,
        tally: &mut Tally,
    ) -> Result<(), Stop> {
        let looks: Vec<_> = candidates
            .into_iter()
            .map(|candidate| self.really(scene, candidate))
            .collect();
        let found: Vec<Vec<Seen>> = stream::iter(looks)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        for seen in found.into_iter().flatten() {
            self.note(tally, seen, None).await?;
        }
        Ok(())
    }

    async fn really(&self, scene: &Scene<'_>, candidate: Candidate) -> Result<Vec<Seen>, Stop> {
        let Candidate {
            employee,
            account,
            differences,
        } = candidate;
        let of = |difference: Difference, account: Option<(String, String)>| {
            let Difference { kind, entitlements } = difference;
            seen(scene.id, kind, Some(&employee), account, entitlements)
        };
        let mut all = Vec::new();
        let mut fresh = Vec::new();
        for difference in differences {
            let seen = of(difference.clone(), account.clone());
            let row = self.deps.ledger.find_finding(&seen.id()).await?;
            match row.filter(|row| row.item.state != FindingState::Closed) {
                Some(_) => all.push(seen),
                None => fresh.push(difference),
            }
        }
        if fresh.is_empty() {
            return Ok(all);
        }
        let ledger = self.deps.ledger;
        let look = look(self, scene, &employee).await;
        let now = self.deps.clock.now();
        if covering(ledger, &employee, scene.id, now, scene.since)
            .await?
            .is_some()
        {
            return Ok(all);
        }
        match look {
            // Which of two accounts is meant is not ours to say; the list's difference stands.
            Err(Stop::Fault(Fault::Conflict { .. } | Fault::Several { .. })) => {
                all.extend(fresh.into_iter().map(|d| of(d, account.clone())));
            }
            Err(stop) => return Err(stop),
            Ok((found, differences)) => {
                let account = found.map(|f| (f.account.name, f.handle));
                let known: Vec<FindingKind> = all.iter().map(|seen| seen.kind).collect();
                let new = differences.into_iter().filter(|d| !known.contains(&d.kind));
                all.extend(new.map(|d| of(d, account.clone())));
            }
        }
        Ok(all)
    }
}

/// Reads a person's account afresh, and the ledger after it.
pub(crate) async fn look(
    sweep: &Sweep<'_>,
    scene: &Scene<'_>,
    employee: &EmployeeId,
) -> Result<(Option<Found>, Vec<Difference>), Stop> {
    let ledger = sweep.deps.ledger;
    let mut known = ledger.known_in(scene.id, [employee]).await?;
    let before = known.remove(employee).unwrap_or_default();
    let expected = Expected::of(&sweep.runbook, scene.id, &before, sweep.deps.clock.now());
    let who = sought(&sweep.runbook, scene.id, employee, &before, &expected);
    let found = match find(scene.system, &who).await {
        // The name is somebody else's there, so this person has no account.
        Err(Fault::Taken { .. }) => None,
        read => read?,
    };
    let mut known = ledger.known_in(scene.id, [employee]).await?;
    let after = known.remove(employee).unwrap_or_default();
    let expected = Expected::of(&sweep.runbook, scene.id, &after, sweep.deps.clock.now());
    let differences = judge(&expected, found.as_ref().map(|f| &f.account));
    Ok((found, differences))
}

/// Whose account is looked for, and under which names.
pub(crate) fn sought(
    runbook: &Runbook,
    system: &SystemId,
    employee: &EmployeeId,
    known: &KnownPerson,
    expected: &Expected,
) -> Sought {
    let record = known.record.as_ref().map(|known| known.record.clone());
    let person = record.and_then(|record| record.complete().ok());
    let name = match expected.goal(None) {
        Some(Goal::Have { account, .. }) => Some(account.name),
        _ => person
            .as_ref()
            .and_then(|p| runbook.account_name(p, system)),
    };
    Sought {
        employee_id: employee.clone(),
        name,
        email: person.as_ref().and_then(|p| runbook.email_of(p)),
        previous_id: person.and_then(|p| p.previous_id),
        known: known.standing.seen().cloned(),
    }
}

fn seen(
    system: &SystemId,
    kind: FindingKind,
    employee: Option<&EmployeeId>,
    account: Option<(String, String)>,
    entitlements: std::collections::BTreeSet<latchkey_lifecycle::Entitlement>,
) -> Seen {
    let (account, handle) = account.unzip();
    Seen {
        kind,
        system: Some(system.clone()),
        employee_id: employee.cloned(),
        account,
        handle,
        entitlements,
    }
}

/// The account of a find, by reference.
pub(crate) fn account_of(found: &Found) -> &Account {
    &found.account
}
