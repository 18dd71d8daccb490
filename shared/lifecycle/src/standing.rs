//! Why a person has what they have in one system. Access is counted by reason and not toggled: each case that gives
//! something claims it, and a case that takes something back releases what earlier ones claimed. What a person
//! should have is what anybody still claims, so two transfers at once do not undo each other, and a step that
//! comes late cannot give back what a later decision took.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{Account, Case, CaseId, Entitlement, EventKind, Goal, Managed};

/// Which of two decisions about a person is the later one: by the first day of the new state, then by confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    effective: Date,
    confirmed: Timestamp,
    /// Somebody comes, or stays after all: after a last day if it was confirmed later or begins later. Any other decision
    /// has to be both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    comes: bool,
}

impl Order {
    /// The order of a case's decision.
    pub fn of(case: &Case) -> Order {
        Order::at(case.kind, case.effective, case.confirmed_at)
    }

    /// The order of a decision of this kind, for this day, confirmed then.
    pub fn at(kind: EventKind, effective: Option<Date>, confirmed: Timestamp) -> Order {
        Order {
            effective: match kind {
                // Whatever was confirmed before it is over, also what would have begun later.
                EventKind::UrgentExit | EventKind::HireRescinded => Date::MAX,
                _ => effective.unwrap_or(Date::MIN),
            },
            confirmed,
            comes: kind.joins() || kind == EventKind::ExitWithdrawn,
        }
    }

    /// The order of what somebody had already when the ledger first heard of them.
    pub fn of_old(first_day: Date, known_since: Timestamp) -> Order {
        Order {
            effective: first_day,
            confirmed: known_since,
            comes: true,
        }
    }

    fn is_before(&self, other: &Order) -> bool {
        (self.effective, self.confirmed) < (other.effective, other.confirmed)
    }

    /// Whether it is over with an exit.
    pub fn ends_with(&self, last_day: &Order) -> bool {
        let later_day = self.effective > last_day.effective;
        let later_word = self.confirmed > last_day.confirmed;
        // An urgent exit ends what was confirmed before it, and has no day that another decision could come after.
        let urgent = last_day.effective == Date::MAX;
        match self.comes || urgent {
            true => !later_day && !later_word,
            false => !later_day || !later_word,
        }
    }
}

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
    /// What it leaves to earlier decisions, also to steps of theirs that come late: the person's roles give it afterwards, too.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    keeps: BTreeSet<Entitlement>,
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
}

impl Standing {
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
            .retain(|claim| claim.case != *case || claim.order == order);
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

    /// The account goes over to the id that the person has now, and why they have what they have goes with it. Leaves do not:
    /// whoever starts under another id is there.
    pub fn go_over(&mut self, before: &Standing) {
        if before.is_over() {
            return;
        }
        self.claims.clone_from(&before.claims);
        self.ends.clone_from(&before.ends);
        let leave = |end: &End| matches!(end.takes, Takes::SignIn | Takes::Lifts);
        self.ends.retain(|_, end| !leave(end));
    }

    /// Of what a case claims stays what the person's roles give by its record as it is now: it may have been another one when
    /// an earlier step of the case gave. Of what it takes from earlier ones, too.
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
        self.ends.values().any(|end| match end.takes {
            Takes::Nothing | Takes::SignIn | Takes::Lifts => false,
            Takes::Earlier => order.is_before(&end.order),
            Takes::All => order.ends_with(&end.order),
        })
    }

    /// What is left of what a case claims: everything, or what those who took it back left to it.
    fn left_of<'a>(&'a self, claim: &'a Claim) -> impl Iterator<Item = &'a Entitlement> {
        let taking = |end: &&End| match end.takes {
            Takes::Nothing | Takes::SignIn | Takes::Lifts => false,
            Takes::Earlier => claim.order.is_before(&end.order),
            Takes::All => claim.order.ends_with(&end.order),
        };
        let left = move |entitlement: &&Entitlement| {
            let mut takers = self.ends.values().filter(taking);
            takers.all(|end| end.keeps.contains(*entitlement))
        };
        claim.account.entitlements.iter().filter(left)
    }

    /// Whether no case ever gave or took anything here.
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.ends.is_empty()
    }

    /// Whether everything was taken back, as an exit does.
    pub fn is_over(&self) -> bool {
        self.live().is_none() && self.ends.values().any(|end| end.takes == Takes::All)
    }

    /// The account that somebody still claims, with everything that is claimed; `None` when nothing is.
    pub fn live(&self) -> Option<Account> {
        let mut live = self
            .claims
            .iter()
            .filter(|claim| !self.is_overruled(claim.order))
            .rev();
        let mut account = live.next()?.account.clone();
        let left = self
            .claims
            .iter()
            .flat_map(|claim| self.left_of(claim).cloned());
        account.entitlements.extend(left);
        Some(account)
    }

    /// Whether the person is away: on leave that no exit has ended and no return has lifted.
    pub fn is_away(&self) -> bool {
        let of = |takes| self.ends.values().filter(move |end| end.takes == takes);
        let left = |leave: &End| of(Takes::All).any(|exit| leave.order.ends_with(&exit.order));
        of(Takes::SignIn).any(|leave| !self.is_lifted(leave.order) && !left(leave))
    }

    /// Whether somebody who went on leave then is back.
    fn is_lifted(&self, leave: Order) -> bool {
        let lifts = |end: &End| end.takes == Takes::Lifts && leave.is_before(&end.order);
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
        let claimed: BTreeSet<Entitlement> = self
            .claims
            .iter()
            .flat_map(|claim| self.left_of(claim).cloned())
            .collect();
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(names: &[&str]) -> Account {
        Account {
            employee_id: None,
            name: "zoe".into(),
            active: true,
            attributes: Default::default(),
            entitlements: names.iter().map(|n| Entitlement::from(*n)).collect(),
        }
    }

    fn order(effective: &str, confirmed: &str, comes: bool) -> Order {
        Order {
            effective: effective.parse().unwrap(),
            confirmed: format!("{confirmed}T07:00:00Z").parse().unwrap(),
            comes,
        }
    }

    fn case(id: &str) -> CaseId {
        CaseId::new(id).unwrap()
    }

    fn entry(case: &CaseId, order: Order) -> Entry<'_> {
        Entry {
            case,
            order,
            instead_of: &[],
        }
    }

    fn wants(names: &[&str]) -> Goal {
        let grantable = ["a", "b", "c", "d"].map(Entitlement::from);
        Goal::Have {
            account: account(names),
            managed: Managed::Only(grantable.into()),
            renames: false,
        }
    }

    fn named(goal: &Goal) -> Vec<String> {
        match goal {
            Goal::Have { account, .. } => account
                .entitlements
                .iter()
                .map(|e| e.name().to_owned())
                .collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn an_exit_leaves_nothing_that_a_late_hire_could_give_back_and_a_rehire_can() {
        let mut it = Standing::default();
        let hire = order("2026-12-07", "2026-11-23", true);
        let exit = order("2027-06-30", "2027-05-01", false);
        let rehire = order("2027-06-30", "2027-05-02", true);
        it.enter(
            entry(&case("hire"), hire),
            Some(account(&["a"])),
            Takes::Nothing,
        );
        it.enter(entry(&case("exit"), exit), None, Takes::All);
        assert_eq!(it.goal(exit, &Goal::NoAccess), Goal::NoAccess);
        it.enter(
            entry(&case("hire"), hire),
            Some(account(&["a"])),
            Takes::Nothing,
        );
        assert_eq!(it.goal(hire, &wants(&["a"])), Goal::NoAccess);
        it.enter(
            entry(&case("rehire"), rehire),
            Some(account(&["b"])),
            Takes::Nothing,
        );
        assert_eq!(named(&it.goal(rehire, &wants(&["b"]))), ["b"]);
        // The exit's step once more, late: who came back keeps what they have.
        it.enter(entry(&case("exit"), exit), None, Takes::All);
        assert_eq!(named(&it.goal(exit, &Goal::NoAccess)), ["b"]);
    }

    #[test]
    fn what_is_decided_after_an_urgent_exit_and_a_rehire_counts() {
        let mut it = Standing::default();
        let cut = order("9999-12-31", "2027-05-01", false);
        let rehire = order("2027-06-01", "2027-05-02", true);
        let moved = order("2027-07-01", "2027-06-10", false);
        let away = order("2027-08-01", "2027-07-10", false);
        it.enter(entry(&case("cut"), cut), None, Takes::All);
        let back = Some(account(&["a"]));
        it.enter(entry(&case("rehire"), rehire), back, Takes::Nothing);
        let moves = Some(account(&["b"]));
        it.enter(entry(&case("moved"), moved), moves, Takes::Nothing);
        assert_eq!(named(&it.goal(moved, &wants(&["b"]))), ["a", "b"]);
        it.enter(entry(&case("away"), away), None, Takes::SignIn);
        assert_eq!(it.goal(away, &Goal::Suspended), Goal::Suspended);
    }

    #[test]
    fn a_late_step_is_given_what_the_person_keeps_and_nothing_else() {
        let mut it = Standing::default();
        let (hire, transfer) = (case("hire"), case("transfer"));
        let hired = order("2026-12-07", "2026-11-23", true);
        let moved = order("2027-01-11", "2026-12-10", false);
        let roles: BTreeSet<Entitlement> = ["b", "c"].map(Entitlement::from).into();
        it.enter(
            entry(&transfer, moved),
            Some(account(&["b"])),
            Takes::Earlier,
        );
        it.narrow(&transfer, &roles);
        it.enter(
            entry(&hire, hired),
            Some(account(&["a", "c"])),
            Takes::Nothing,
        );
        assert_eq!(named(&it.goal(hired, &wants(&["a", "c"]))), ["b", "c"]);
        assert_eq!(it.live().unwrap().entitlements, roles);
    }

    #[test]
    fn what_is_claimed_goes_over_to_another_id_and_a_leave_does_not() {
        let mut before = Standing::default();
        let hired = order("2026-12-07", "2026-11-23", true);
        let away = order("2027-02-01", "2027-01-10", false);
        let left = order("2027-06-30", "2027-05-01", false);
        let gives = Some(account(&["a"]));
        before.enter(entry(&case("hire"), hired), gives, Takes::Nothing);
        before.enter(entry(&case("leave"), away), None, Takes::SignIn);
        let mut after = Standing::default();
        after.go_over(&before);
        assert_eq!(after.live(), Some(account(&["a"])));
        assert!(before.is_away() && !after.is_away());
        before.enter(entry(&case("exit"), left), None, Takes::All);
        let mut nobodys = Standing::default();
        nobodys.go_over(&before);
        assert!(nobodys.is_empty());
    }

    #[test]
    fn a_leave_that_is_carried_out_after_the_return_suspends_nobody() {
        let mut it = Standing::default();
        let (hire, leave, back) = (case("hire"), case("leave"), case("return"));
        let hired = order("2026-12-07", "2026-11-23", true);
        let away = order("2027-02-01", "2027-01-10", false);
        let returned = order("2027-03-01", "2027-02-10", false);
        it.enter(entry(&hire, hired), Some(account(&["a"])), Takes::Nothing);
        it.enter(entry(&back, returned), Some(account(&["a"])), Takes::Lifts);
        it.enter(entry(&leave, away), None, Takes::SignIn);
        assert_eq!(named(&it.goal(away, &Goal::Suspended)), ["a"]);
        assert!(!it.is_away());
        // Another leave is another one.
        let again = order("2027-04-01", "2027-03-10", false);
        it.enter(entry(&case("again"), again), None, Takes::SignIn);
        assert_eq!(it.goal(again, &Goal::Suspended), Goal::Suspended);
    }

    #[test]
    fn a_rehire_that_was_confirmed_before_its_last_day_waits_for_nothing() {
        let mut it = Standing::default();
        let exit = order("2027-06-30", "2027-05-01", false);
        let rehire = order("2027-09-01", "2027-04-01", true);
        it.enter(
            entry(&case("rehire"), rehire),
            Some(account(&["b"])),
            Takes::Nothing,
        );
        it.enter(entry(&case("exit"), exit), None, Takes::All);
        assert_eq!(named(&it.goal(rehire, &wants(&["b"]))), ["b"]);
    }

    #[test]
    fn an_exit_that_is_withdrawn_took_nothing() {
        let mut it = Standing::default();
        let (hire, exit) = (case("hire"), case("exit"));
        let hired = order("2026-12-07", "2026-11-23", true);
        let left = order("2027-06-30", "2027-05-01", false);
        it.enter(entry(&hire, hired), Some(account(&["a"])), Takes::Nothing);
        it.enter(entry(&exit, left), None, Takes::All);
        let stays = order("2027-06-30", "2027-06-01", true);
        let withdrawn = Entry {
            case: &case("stays"),
            order: stays,
            instead_of: &[exit],
        };
        it.enter(withdrawn, Some(account(&[])), Takes::Nothing);
        assert_eq!(named(&it.goal(stays, &wants(&[]))), ["a"]);
    }

    #[test]
    fn a_leave_suspends_whatever_is_given_meanwhile_until_it_is_lifted() {
        let mut it = Standing::default();
        let (hire, leave, transfer) = (case("hire"), case("leave"), case("transfer"));
        let hired = order("2026-12-07", "2026-11-23", true);
        let away = order("2027-02-01", "2027-01-10", false);
        let moved = order("2027-03-01", "2027-02-10", false);
        it.enter(entry(&hire, hired), Some(account(&["a"])), Takes::Nothing);
        it.enter(entry(&leave, away), None, Takes::SignIn);
        assert_eq!(it.goal(away, &Goal::Suspended), Goal::Suspended);
        it.enter(
            entry(&transfer, moved),
            Some(account(&["b"])),
            Takes::Nothing,
        );
        let active = |goal: &Goal| match goal {
            Goal::Have { account, .. } => account.active,
            _ => false,
        };
        let goal = it.goal(moved, &wants(&["b"]));
        assert_eq!(
            (named(&goal), active(&goal)),
            (vec!["a".into(), "b".into()], false)
        );
        it.enter(entry(&transfer, moved), None, Takes::Earlier);
        assert!(!active(&it.goal(moved, &wants(&["b"]))));
        let back = order("2027-06-01", "2027-05-10", false);
        let returns = case("return");
        it.enter(entry(&returns, back), Some(account(&["b"])), Takes::Lifts);
        assert!(active(&it.goal(back, &wants(&["b"]))));
        it.enter(entry(&transfer, moved), None, Takes::Earlier);
        assert_eq!(named(&it.goal(back, &wants(&["b"]))), ["b"]);
    }

    proptest! {
        /// A hire and two transfers, whose steps come in any order that keeps a case's giving before its taking:
        /// what the last one gives is all that is left, and what all of them give is never interrupted.
        #[test]
        fn transfers_at_once_do_not_undo_each_other(
            sets in prop::array::uniform3(prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4)),
            steps in Just(vec![0usize, 1, 1, 2, 2]).prop_shuffle(),
            again in 0usize..5,
        ) {
            let days = ["2026-12-01", "2027-01-01", "2027-01-02"];
            let order = |n: usize| order(days[n], "2026-11-23", n == 0);
            let ids = ["hire", "first", "second"].map(case);
            let mut it = Standing::default();
            it.enter(entry(&ids[0], order(0)), Some(account(&sets[0])), Takes::Nothing);
            let always: Vec<&str> =
                sets[0].iter().filter(|e| sets[1].contains(e) && sets[2].contains(e)).copied().collect();
            let mut begun = [true, false, false];
            let mut script = steps.clone();
            script.push(steps[again]);
            for n in script {
                let takes = match (n, begun[n]) {
                    (0, _) | (_, false) => Takes::Nothing,
                    (_, true) => Takes::Earlier,
                };
                begun[n] = true;
                let gives = Some(account(&sets[n]));
                it.enter(entry(&ids[n], order(n)), gives.clone(), takes);
                let once = it.clone();
                it.enter(entry(&ids[n], order(n)), gives, takes);
                prop_assert_eq!(&once, &it);
                let goal = named(&it.goal(order(n), &wants(&sets[n])));
                prop_assert!(always.iter().all(|e| goal.iter().any(|g| g == e)), "{goal:?}");
            }
            for n in [1, 2] {
                it.enter(entry(&ids[n], order(n)), Some(account(&sets[n])), Takes::Earlier);
            }
            prop_assert_eq!(named(&it.goal(order(2), &wants(&sets[2]))), sets[2].clone());
        }
    }
}
