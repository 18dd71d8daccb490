//! Why a person has what they have in one system. Access is counted by reason and not toggled: each case that gives
//! something claims it, and a case that takes something back releases what earlier ones claimed. What a person
//! should have is what anybody still claims, so two transfers at once do not undo each other, and a step that
//! comes late cannot give back what a later decision took.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Account, Case, CaseId, EmployeeId, Entitlement, Goal, Managed, Order};

/// What one case gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Which case.
    pub case: CaseId,
    /// When it was decided.
    pub order: Order,
    /// The account with what this case gives, and nothing that another one does.
    pub account: Account,
}

/// What a step takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Takes {
    /// Nothing: it gives.
    Nothing,
    /// What earlier decisions gave.
    Earlier,
    /// Everything that was decided until then.
    All,
    /// Sign-in for a time: what was given stays.
    SignIn,
    /// Nothing; who was away is back.
    Lifts,
}

/// One decision, as it enters a standing.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The case.
    pub case: &'a CaseId,
    /// When it was decided.
    pub order: Order,
    /// The cases whose place it takes: what they gave and took counts no more.
    pub instead_of: &'a [CaseId],
}

impl<'a> Entry<'a> {
    /// The entry of a case.
    pub fn of(case: &'a Case) -> Entry<'a> {
        Entry {
            case: &case.id,
            order: Order::of(case),
            instead_of: &case.supersedes,
        }
    }
}

/// What one case takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct End {
    order: Order,
    takes: Takes,
    /// What it leaves to earlier decisions, also to steps of theirs that come late: the person's roles give it
    /// afterwards, too.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    keeps: BTreeSet<Entitlement>,
}

impl End {
    /// Whether it takes back what was decided then.
    fn takes_from(&self, order: Order) -> bool {
        match self.takes {
            _ if self.order.is_gone() => false,
            Takes::Nothing | Takes::SignIn | Takes::Lifts => false,
            Takes::Earlier => order.is_before(&self.order),
            Takes::All => order.ends_with(&self.order),
        }
    }
}

/// An account as it was last seen: by its handle it can be asked for itself, whatever a search shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownAs {
    /// The system's own identifier of the account.
    pub handle: String,
    /// What it was called.
    pub name: String,
}

/// The account is known under another id of the same human from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GoneOver {
    to: EmployeeId,
    /// The decision that took it there.
    by: Order,
}

/// The claims on one person's account in one system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// In the order of their decisions. What was taken back stays here, and counts again when that is withdrawn.
    claims: Vec<Claim>,
    /// What has been taken back, by case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    ends: BTreeMap<CaseId, End>,
    /// The account that was theirs when it was last seen; one that is gone since is remembered, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<KnownAs>,
    /// Where the claims are from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gone_over: Option<GoneOver>,
}

impl Standing {
    /// The id under which the account is known now, for a step of this order that says it comes from `previous`;
    /// `None`: under this one. Steps that were planned under the earlier id act on the account that there is.
    pub fn known_as(&self, previous: Option<&EmployeeId>, order: Order) -> Option<&EmployeeId> {
        let over = self.gone_over.as_ref()?;
        let comes_back = previous == Some(&over.to) && over.by < order;
        (!comes_back).then_some(&over.to)
    }

    /// The account goes over to another id by this decision. What is over already does not: nothing of it acts there.
    pub fn leave_for(&mut self, to: &EmployeeId, by: Order) {
        let later = self.gone_over.as_ref().is_none_or(|over| over.by < by);
        if later && !self.is_over() {
            let to = to.clone();
            self.gone_over = Some(GoneOver { to, by });
        }
    }

    /// The account comes from another id, for the first time or back again, with why the person has what they have.
    pub fn take_over(&mut self, from: &EmployeeId, before: &Standing, by: Order) {
        if self.takes_over_from(from, by) {
            self.gone_over = None;
            self.go_over(before);
        }
    }
    /// The cases that gave or took something here.
    pub fn cases(&self) -> BTreeSet<CaseId> {
        let gave = self.claims.iter().map(|claim| claim.case.clone());
        gave.chain(self.ends.keys().cloned()).collect()
    }

    /// How long each counts is said by its case as it is now: what HR confirmed since may have given it an end, or
    /// another one.
    pub fn refresh(&mut self, cases: &[Case]) {
        let order = |id: &CaseId| cases.iter().find(|case| case.id == *id).map(Order::of);
        for claim in &mut self.claims {
            let now = order(&claim.case).filter(|now| now.by_story);
            if let Some(now) = now {
                (claim.order.until, claim.order.by_story) = (now.until, true);
            }
        }
        for (id, end) in &mut self.ends {
            let now = order(id).filter(|now| now.by_story);
            if let Some(now) = now {
                (end.order.until, end.order.by_story) = (now.until, true);
            }
        }
    }

    /// What it is without a case.
    pub fn leave_out(&mut self, case: &CaseId) {
        self.claims.retain(|claim| claim.case != *case);
        self.ends.remove(case);
    }

    /// Whether the account is known under another id now.
    pub fn has_gone_over(&self) -> bool {
        self.gone_over.is_some()
    }

    /// Whether a step that says it comes from another id brings the account along: nothing was ever claimed here, or it
    /// comes back.
    pub fn takes_over_from(&self, from: &EmployeeId, by: Order) -> bool {
        let back = self.gone_over.as_ref();
        self.is_empty() || back.is_some_and(|over| over.to == *from && over.by < by)
    }

    /// The account that was theirs when it was last seen.
    pub fn seen(&self) -> Option<&KnownAs> {
        self.seen.as_ref()
    }

    /// Their account was seen.
    pub fn see(&mut self, account: KnownAs) {
        self.seen = Some(account);
    }

    /// Enters what a step gives and takes. The same step again changes nothing; one that comes after a later decision
    /// gives nothing.
    pub fn enter(&mut self, entry: Entry<'_>, gives: Option<Account>, takes: Takes) {
        let Entry {
            case,
            order,
            instead_of,
        } = entry;
        self.claims
            .retain(|claim| !instead_of.contains(&claim.case));
        self.ends.retain(|case, _| !instead_of.contains(case));
        // Planned anew for another day it begins anew.
        self.claims
            .retain(|claim| claim.case != *case || claim.order.is_of(&order));
        self.ends
            .retain(|of, end| of != case || end.order.is_of(&order));
        if takes != Takes::Nothing {
            let keeps = BTreeSet::new();
            let end = End {
                order,
                takes,
                keeps,
            };
            self.ends.insert(case.clone(), end);
        }
        let Some(account) = gives else { return };
        // Several steps of a case give in one system: what needs an approval comes later.
        match self.claims.iter_mut().find(|claim| claim.case == *case) {
            Some(claim) => {
                claim.order = order;
                let before = std::mem::replace(&mut claim.account, account);
                claim.account.entitlements.extend(before.entitlements);
            }
            None => self.claims.push(Claim {
                case: case.clone(),
                order,
                account,
            }),
        }
        self.claims
            .sort_by(|a, b| (a.order, &a.case).cmp(&(b.order, &b.case)));
    }

    /// The account goes over to the id that the person has now, and why they have what they have goes with it. Leaves
    /// do not: whoever starts under another id is there.
    fn go_over(&mut self, before: &Standing) {
        if self.seen.is_none() {
            self.seen.clone_from(&before.seen);
        }
        if before.is_over() {
            return;
        }
        self.claims.clone_from(&before.claims);
        self.ends.clone_from(&before.ends);
        let leave = |end: &End| matches!(end.takes, Takes::SignIn | Takes::Lifts);
        self.ends.retain(|_, end| !leave(end));
    }

    /// Of what a case claims stays what the person's roles give by its record as it is now: it may have been another
    /// one when an earlier step of the case gave. Of what it takes from earlier ones, too.
    pub fn narrow(&mut self, case: &CaseId, roles_give: &BTreeSet<Entitlement>) {
        if let Some(end) = self
            .ends
            .get_mut(case)
            .filter(|end| end.takes == Takes::Earlier)
        {
            end.keeps.clone_from(roles_give);
        }
        for claim in self.claims.iter_mut().filter(|claim| claim.case == *case) {
            claim
                .account
                .entitlements
                .retain(|e| roles_give.contains(e));
        }
    }

    /// Whether what was decided then has been taken back by a later decision.
    fn is_overruled(&self, order: Order) -> bool {
        order.is_gone() || self.ends.values().any(|end| end.takes_from(order))
    }

    /// What is left of what a case claims: everything, or what those who took it back left to it.
    fn left_of<'a>(&'a self, claim: &'a Claim) -> impl Iterator<Item = &'a Entitlement> {
        let takers = self.ends.values().filter(|end| end.takes_from(claim.order));
        let takers: Vec<&End> = takers.collect();
        let gone = claim.order.is_gone();
        let left = move |e: &&Entitlement| !gone && takers.iter().all(|end| end.keeps.contains(*e));
        claim.account.entitlements.iter().filter(left)
    }

    /// All that somebody still claims.
    fn left(&self) -> impl Iterator<Item = Entitlement> {
        self.claims
            .iter()
            .flat_map(|claim| self.left_of(claim).cloned())
    }

    /// Whether no case ever gave or took anything here.
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.ends.is_empty()
    }

    /// Whether everything was taken back, as an exit does.
    pub fn is_over(&self) -> bool {
        let takes_all = |end: &End| end.takes == Takes::All && !end.order.is_gone();
        self.live().is_none() && self.ends.values().any(takes_all)
    }

    /// The account that somebody still claims, with everything that is claimed; `None` when nothing is.
    pub fn live(&self) -> Option<Account> {
        let mut live = self
            .claims
            .iter()
            .filter(|claim| !self.is_overruled(claim.order))
            .rev();
        let mut account = live.next()?.account.clone();
        account.entitlements.extend(self.left());
        Some(account)
    }

    /// Whether the person is away: on leave that no exit has ended and no return has lifted.
    pub fn is_away(&self) -> bool {
        let counts = self.ends.values().filter(|end| !end.order.is_gone());
        let of = |takes| counts.clone().filter(move |end| end.takes == takes);
        let left = |leave: &End| of(Takes::All).any(|exit| leave.order.ends_with(&exit.order));
        of(Takes::SignIn).any(|leave| !self.is_lifted(leave.order) && !left(leave))
    }

    /// Whether somebody who went on leave then is back.
    fn is_lifted(&self, leave: Order) -> bool {
        let lifts = |end: &End| {
            end.takes == Takes::Lifts && !end.order.is_gone() && leave.is_before(&end.order)
        };
        self.ends.values().any(lifts)
    }

    /// What a step of a case wants of the account, with what others claim taken into account.
    pub fn goal(&self, order: Order, goal: &Goal) -> Goal {
        match self.claimed(order, goal) {
            Goal::Have {
                account,
                managed,
                renames,
            } if self.is_away() => Goal::Have {
                account: Account {
                    active: false,
                    ..account
                },
                managed,
                renames,
            },
            other => other,
        }
    }

    fn claimed(&self, order: Order, goal: &Goal) -> Goal {
        // A leave takes nothing that somebody claims. Its step may come when the person is back already.
        if *goal == Goal::Suspended && !self.is_overruled(order) && !self.is_lifted(order) {
            return Goal::Suspended;
        }
        let live: Vec<&Claim> = self
            .claims
            .iter()
            .filter(|claim| !self.is_overruled(claim.order))
            .collect();
        let claimed: BTreeSet<Entitlement> = self.left().collect();
        let overruled = self.is_overruled(order);
        match (live.last(), goal) {
            (None, Goal::Have { .. } | Goal::Suspended) if overruled => Goal::NoAccess,
            (None, _) => goal.clone(),
            (
                Some(last),
                Goal::Have {
                    account,
                    managed,
                    renames,
                },
            ) if !overruled => {
                let newest = if last.order > order {
                    &last.account
                } else {
                    account
                };
                let all = account.entitlements.union(&claimed).cloned().collect();
                have(newest, all, managed, *renames)
            }
            (Some(last), _) => have(&last.account, claimed, goal.managed(), false),
        }
    }
}

fn have(
    account: &Account,
    entitlements: BTreeSet<Entitlement>,
    managed: &Managed,
    renames: bool,
) -> Goal {
    let managed = match managed {
        Managed::Only(some) => some.union(&entitlements).cloned().collect(),
        Managed::All => entitlements.clone(),
    };
    Goal::Have {
        account: Account {
            entitlements,
            ..account.clone()
        },
        managed: Managed::Only(managed),
        renames,
    }
}

#[cfg(test)]
mod tests;
