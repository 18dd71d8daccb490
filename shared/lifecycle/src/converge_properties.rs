//! Properties of [`converge`](crate::converge()): promises 3 and 7 stand on them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::{Account, Change, EmployeeId, Entitlement, EntitlementNeeds, Goal, Managed, converge};

fn entitlement() -> impl Strategy<Value = Entitlement> {
    (0..8u8).prop_map(|n| Entitlement::from(format!("group:g{n}")))
}

fn account() -> impl Strategy<Value = Account> {
    (
        proptest::option::of(0..3u8),
        0..3u8,
        any::<bool>(),
        proptest::collection::btree_map("[ab]", "[xyz]", 0..3),
        proptest::collection::btree_set(entitlement(), 0..6),
    )
        .prop_map(
            |(id, name, active, attributes, entitlements): (
                _,
                _,
                _,
                BTreeMap<_, _>,
                BTreeSet<_>,
            )| {
                Account {
                    employee_id: id.and_then(|id| EmployeeId::new(format!("e{id}")).ok()),
                    name: format!("n{name}"),
                    active,
                    attributes,
                    entitlements,
                }
            },
        )
}

/// Needs without cycles: an entitlement needs only lower ones.
fn needs() -> impl Strategy<Value = EntitlementNeeds> {
    proptest::collection::btree_map(0..8u8, proptest::collection::btree_set(0..8u8, 0..3), 0..8)
        .prop_map(|map| {
            let name = |n: u8| Entitlement::from(format!("group:g{n}"));
            EntitlementNeeds(
                map.into_iter()
                    .map(|(e, needs)| {
                        (
                            name(e),
                            needs.into_iter().filter(|n| *n < e).map(name).collect(),
                        )
                    })
                    .collect(),
            )
        })
}

fn applied(actual: Option<Account>, changes: &[Change]) -> Option<Account> {
    changes.iter().fold(actual, crate::converge::after)
}

proptest! {
    #[test]
    fn applying_the_changes_gives_the_desired_account_and_again_nothing(
        desired in proptest::option::of(account()),
        actual in proptest::option::of(account()),
        needs in needs(),
    ) {
        let changes = converge(desired.as_ref(), actual.as_ref(), &needs);
        let reached = applied(actual, &changes);
        prop_assert_eq!(&reached, &desired);
        prop_assert!(converge(desired.as_ref(), reached.as_ref(), &needs).is_empty());
    }

    #[test]
    fn nothing_is_done_twice_and_every_prefix_can_be_resumed(
        desired in proptest::option::of(account()),
        actual in proptest::option::of(account()),
        needs in needs(),
        cut in 0..12usize,
    ) {
        let changes = converge(desired.as_ref(), actual.as_ref(), &needs);
        let half = applied(actual, &changes[..cut.min(changes.len())]);
        let rest = converge(desired.as_ref(), half.as_ref(), &needs);
        prop_assert_eq!(applied(half, &rest), desired);
    }

    #[test]
    fn grants_come_after_and_revocations_before_what_they_need(
        desired in account(), actual in account(), needs in needs(),
    ) {
        let changes = converge(Some(&desired), Some(&actual), &needs);
        let position = |wanted: &Change| changes.iter().position(|c| c == wanted);
        for (entitlement, needed) in &needs.0 {
            for need in needed {
                let grant = |e: &Entitlement| position(&Change::Grant { entitlement: e.clone() });
                if let (Some(it), Some(its_need)) = (grant(entitlement), grant(need)) {
                    prop_assert!(its_need < it);
                }
                let revoke = |e: &Entitlement| position(&Change::Revoke { entitlement: e.clone() });
                if let (Some(it), Some(its_need)) = (revoke(entitlement), revoke(need)) {
                    prop_assert!(it < its_need);
                }
            }
        }
    }

    #[test]
    fn an_exit_cuts_sign_in_first_and_leaves_nothing(actual in account(), needs in needs()) {
        let goal = Goal::NoAccess;
        let desired = goal.desired(Some(&actual));
        let changes = converge(desired.as_ref(), Some(&actual), &needs);
        if actual.active {
            prop_assert_eq!(&changes[0], &Change::Suspend);
        }
        let left = applied(Some(actual), &changes).unwrap();
        prop_assert!(!left.active && left.entitlements.is_empty());
    }

    #[test]
    fn what_others_gave_outside_the_runbook_is_left_alone(
        account in account(), actual in account(), managed in proptest::collection::btree_set(entitlement(), 0..8),
        renames in any::<bool>(),
    ) {
        let mut account = account;
        account.entitlements.retain(|e| managed.contains(e));
        let goal = Goal::Have { account: account.clone(), managed: Managed::Only(managed.clone()), renames };
        let seen = goal.concerns(Some(&actual));
        let changes = converge(goal.desired(Some(&actual)).as_ref(), seen.as_ref(), &EntitlementNeeds::default());
        let reached = applied(Some(actual.clone()), &changes).unwrap();
        for e in actual.entitlements.iter().filter(|e| !managed.contains(*e)) {
            prop_assert!(reached.entitlements.contains(e));
        }
        for e in &account.entitlements {
            prop_assert!(reached.entitlements.contains(e));
        }
        prop_assert_eq!(&reached.name, if renames { &account.name } else { &actual.name });
    }
}

#[test]
fn an_exit_does_not_make_an_account_to_suspend_it() {
    assert_eq!(Goal::NoAccess.desired(None), None);
    assert!(converge(None, None, &EntitlementNeeds::default()).is_empty());
}

#[test]
fn a_cycle_in_needs_loses_order_but_nothing_else() {
    let (a, b) = (Entitlement::from("a"), Entitlement::from("b"));
    let needs = EntitlementNeeds(BTreeMap::from([
        (a.clone(), BTreeSet::from([b.clone()])),
        (b.clone(), BTreeSet::from([a.clone()])),
    ]));
    let desired = Account {
        employee_id: None,
        name: "n".into(),
        active: true,
        attributes: BTreeMap::new(),
        entitlements: BTreeSet::from([a, b]),
    };
    let changes = converge(Some(&desired), None, &needs);
    assert_eq!(applied(None, &changes), Some(desired));
}
