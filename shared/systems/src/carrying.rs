//! How changes are applied to one account: which of them go on when another is refused, and how that is told.

use std::{collections::BTreeSet, fmt::Display};

use futures::{StreamExt, stream};
use latchkey_lifecycle::{Change, Entitlement, EntitlementNeeds, Goal};

use crate::{
    Fault, Faults, Found, Sight, Sought, System, known_account::look_for, system::complete,
};

/// Independent grants that are on their way at once: few enough for any vendor's rate limit.
const AT_ONCE: usize = 8;

/// Refusals that are told one by one; of more it is said how many there are.
const TOLD: usize = 5;

/// One account on its way to a goal.
pub(crate) struct Carrying<'a> {
    system: &'a dyn System,
    who: &'a Sought,
    goal: &'a Goal,
    needs: &'a EntitlementNeeds,
    /// What was applied, in order.
    done: &'a mut Vec<Change>,
    /// What the system would not do, and why.
    pub(crate) refused: Vec<(Change, Fault)>,
}

impl<'a> Carrying<'a> {
    pub(crate) fn new(
        system: &'a dyn System,
        who: &'a Sought,
        goal: &'a Goal,
        needs: &'a EntitlementNeeds,
        done: &'a mut Vec<Change>,
    ) -> Carrying<'a> {
        Carrying {
            system,
            who,
            goal,
            needs,
            done,
            refused: Vec::new(),
        }
    }

    /// Brings the account that was looked up, or that is to be made, to the goal.
    pub(crate) async fn bring(mut self, seen: Sight) -> Result<Option<Found>, Fault> {
        let found = match seen {
            Sight::Nobody(_) => self.change(None).await?,
            Sight::Whole(found) => self.bring_one(found.into_inner(), true).await?,
            Sight::Part(found) => self.bring_one(found, false).await?,
            Sight::Unsure(_, why) => return Err(why),
        };
        match together(self.refused) {
            None => Ok(found),
            Some(fault) => Err(fault),
        }
    }

    /// Brings an account that is there to the goal, but for what is refused.
    pub(crate) async fn bring_one(
        &mut self,
        mut found: Found,
        mut is_whole: bool,
    ) -> Result<Option<Found>, Fault> {
        if let Some(cut) = self.cut(&found) {
            let now = self.apply(Some(found), cut).await?;
            match (now, self.refused.is_empty()) {
                (Some(before), false) => {
                    (found, is_whole) = self.after_all(before, is_whole).await;
                }
                // What they have stays with them.
                (Some(now), true) if *self.goal == Goal::Suspended => return Ok(Some(now)),
                (Some(now), true) => found = now,
                // A system without suspension removes the account: what it had went with it.
                (None, _) => return Ok(None),
            }
        }
        if !is_whole {
            found = complete(self.system, found).await?.into_inner();
        }
        self.change(Some(found)).await
    }

    /// What cuts an account's sign-in, where that is wanted.
    fn cut(&self, found: &Found) -> Option<Change> {
        let changes = self.goal.changes(Some(&found.account), self.needs);
        let first = changes.into_iter().next();
        first.filter(|change| *change == Change::Suspend)
    }

    /// Cuts sign-in wherever somebody has an account for certain, although that may not be all of it.
    pub(crate) async fn cut_all(&mut self, all: Vec<Found>) -> Result<(), Fault> {
        for found in all {
            if let Some(cut) = self.cut(&found) {
                self.apply(Some(found), cut).await?;
            }
        }
        match self.refused.pop() {
            None => Ok(()),
            Some((_, fault)) => Err(fault),
        }
    }

    /// The account as it is when cutting its sign-in came to an error, and whether that is all of it: it may have been
    /// cut all the same, as where an account is locked but may not be moved. An auditor asks when that was.
    async fn after_all(&mut self, before: Found, was_whole: bool) -> (Found, bool) {
        let one_of = |all: Vec<Found>| {
            let mut all = all.into_iter();
            all.find(|found| found.account.name == before.account.name)
                .map(|found| (found, false))
        };
        let now = match look_for(self.system, self.who).await {
            Ok(Sight::Whole(found)) => Some((found.into_inner(), true)),
            Ok(Sight::Part(found)) => Some((found, false)),
            Ok(Sight::Unsure(all, _)) | Err(Fault::Several { accounts: all, .. }) => one_of(all),
            // What is done next meets the same.
            Ok(Sight::Nobody(_)) | Err(_) => None,
        };
        let Some((now, is_whole)) = now else {
            return (before, was_whole);
        };
        if !now.account.active {
            self.done.push(Change::Suspend);
        }
        (now, is_whole)
    }

    /// Brings an account that is known as a whole to the goal.
    async fn change(&mut self, mut found: Option<Found>) -> Result<Option<Found>, Fault> {
        let changes = self
            .goal
            .changes(found.as_ref().map(|f| &f.account), self.needs);
        let grants_from = changes
            .iter()
            .position(|c| matches!(c, Change::Grant { .. }))
            .filter(|_| self.needs.0.is_empty())
            .unwrap_or(changes.len());
        let (in_order, together) = changes.split_at(grants_from);
        for change in in_order {
            if !self.is_held_up(change) {
                found = self.apply(found, change.clone()).await?;
            }
        }
        match found {
            Some(found) => self.grant_together(found, together).await.map(Some),
            None => Ok(None),
        }
    }

    /// Applies one change, or notes that it is refused.
    async fn apply(
        &mut self,
        found: Option<Found>,
        change: Change,
    ) -> Result<Option<Found>, Fault> {
        match self.system.apply(found.as_ref(), &change).await {
            Ok(Some(now)) if matches!(change, Change::Create { .. }) => {
                self.done.push(change);
                self.alone(now).await.map(Some)
            }
            Ok(now) => {
                self.done.push(change);
                Ok(now)
            }
            Err(fault) if fault.is_about_one_thing() => {
                self.refused.push((change, fault));
                Ok(found)
            }
            Err(fault) => Err(fault),
        }
    }

    /// The account that was just made, unless another step made one for the same person at the same moment. Then this
    /// one goes again: nobody has used it, nothing was given to it. Of two steps that see each other's, the one whose
    /// handle comes first looks once more before it takes its own away.
    async fn alone(&mut self, made: Found) -> Result<Found, Fault> {
        if self.system.refuses_twins() {
            return Ok(made);
        }
        let mut is_patient = true;
        loop {
            let (Err(Fault::Several { accounts: all, .. }) | Ok(Sight::Unsure(all, _))) =
                self.system.look_up(self.who).await
            else {
                return Ok(made);
            };
            let mut handles: Vec<&str> = all.iter().map(|twin| twin.handle.as_str()).collect();
            handles.sort_unstable();
            match handles.iter().position(|handle| *handle == made.handle) {
                None => return Ok(made),
                Some(_) if handles.len() < 2 => return Ok(made),
                Some(0) if is_patient => is_patient = false,
                Some(_) => {
                    self.system.apply(Some(&made), &Change::Delete).await?;
                    self.done.push(Change::Delete);
                    let problem = "another step made the account at the same moment";
                    return Err(self.system.not_yet(problem));
                }
            }
        }
    }

    /// Gives what is independent, several at a time.
    async fn grant_together(
        &mut self,
        mut found: Found,
        grants: &[Change],
    ) -> Result<Found, Fault> {
        let grants = grants.iter().filter(|grant| !self.is_held_up(grant));
        let (system, account) = (self.system, Some(&found));
        let calls: Vec<_> = grants
            .enumerate()
            .map(async |(place, grant)| (place, grant, system.apply(account, grant).await))
            .collect();
        let mut calls = stream::iter(calls).buffer_unordered(AT_ONCE);
        let mut given = Vec::new();
        let mut over = None;
        while let Some((place, grant, came)) = calls.next().await {
            match came {
                Ok(_) => given.push((place, grant.clone())),
                Err(fault) if fault.is_about_one_thing() => {
                    self.refused.push((grant.clone(), fault));
                }
                Err(fault) => {
                    over = Some(fault);
                    break;
                }
            }
        }
        drop(calls);
        // They came as they came.
        given.sort_unstable_by_key(|(place, _)| *place);
        for (_, grant) in given {
            if let Change::Grant { entitlement } = &grant {
                found.account.entitlements.insert(entitlement.clone());
            }
            self.done.push(grant);
        }
        over.map_or(Ok(found), Err)
    }

    /// Whether a change waits for another that was refused. What takes waits for nothing; but an account whose groups
    /// stay is not deleted, since whoever gets its name would get them.
    fn is_held_up(&self, change: &Change) -> bool {
        let is_refused = |other: fn(&Change) -> bool| self.refused.iter().any(|(c, _)| other(c));
        match change {
            Change::Suspend => is_refused(|c| matches!(c, Change::Suspend)),
            Change::Delete => is_refused(|c| matches!(c, Change::Revoke { .. })),
            Change::Restore => is_refused(holds_up_giving),
            Change::Grant { entitlement } => {
                is_refused(holds_up_giving) || self.lacks_a_need(entitlement)
            }
            _ => false,
        }
    }

    /// Whether something that the entitlement needs was to be given and is not.
    fn lacks_a_need(&self, entitlement: &Entitlement) -> bool {
        let mut of = vec![entitlement];
        let mut looked = BTreeSet::new();
        while let Some(one) = of.pop() {
            let needs = self.needs.0.get(one).into_iter().flatten();
            for need in needs.filter(|need| looked.insert(*need)) {
                let refuses = |change: &Change| matches!(change, Change::Grant { entitlement } if entitlement == need);
                if self.refused.iter().any(|(change, _)| refuses(change)) {
                    return true;
                }
                of.push(need);
            }
        }
        false
    }
}

/// Nothing is given while this is not done. An attribute says something of somebody and gives nothing.
fn holds_up_giving(change: &Change) -> bool {
    !matches!(change, Change::SetAttribute { .. } | Change::Grant { .. })
}

/// All that was refused, as one fault; `None` when nothing was.
fn together(mut refused: Vec<(Change, Fault)>) -> Option<Fault> {
    // Whoever asked can give another name, and then do the rest again.
    let taken = refused
        .iter()
        .position(|(_, fault)| matches!(fault, Fault::Taken { .. }));
    if let Some(place) = taken {
        return Some(refused.swap_remove(place).1);
    }
    if refused.len() < 2 {
        return refused.pop().map(|(_, fault)| fault);
    }
    let passes = refused.iter().all(|(_, fault)| fault.is_retryable());
    let system = refused.first()?.1.system().to_owned();
    let problem = in_words(&refused);
    Some(match passes {
        true => Fault::NotYet { system, problem },
        false => Fault::Rejected { system, problem },
    })
}

/// What was refused, and why, in one line.
pub(crate) fn in_words<T: Display>(refused: &[(T, Fault)]) -> String {
    let told = refused.iter().take(TOLD);
    let told: Vec<String> = told
        .map(|(change, fault)| format!("{change}: {}", fault.problem()))
        .collect();
    let told = told.join("; ");
    match refused.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told}; and {more} more"),
    }
}
