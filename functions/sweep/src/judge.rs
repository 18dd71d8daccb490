//! The comparison of what should be with what is. Pure: the changes that would converge the account, read as
//! differences. Names and attributes are left to cases.

use std::collections::BTreeSet;

use latchkey_lifecycle::{Account, Change, Entitlement, FindingKind, converge};

use latchkey_decisions::{Expected, Why};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub kind: FindingKind,
    /// The entitlements that are extra or missing.
    pub entitlements: BTreeSet<Entitlement>,
}

/// Every difference between what a person should have in a system and what it answers. Nothing is judged that the
/// runbook cannot grant.
pub fn judge(expected: &Expected, actual: Option<&Account>) -> Vec<Difference> {
    let Some(goal) = expected.goal(actual) else {
        return Vec::new();
    };
    let concerns = goal.concerns(actual);
    let desired = goal.desired(concerns.as_ref());
    let changes = converge(desired.as_ref(), concerns.as_ref(), &Default::default());
    let (mut missing, mut extra) = (BTreeSet::new(), BTreeSet::new());
    let mut sign_in = None;
    for change in changes {
        match change {
            Change::Create { .. } => sign_in = Some(FindingKind::MissingAccount),
            Change::Restore => sign_in = Some(FindingKind::Suspended),
            Change::Suspend => {
                sign_in = Some(match expected {
                    Expected::Nothing { why: Why::Left, .. } => FindingKind::LeaverActive,
                    _ => FindingKind::ExtraAccount,
                });
            }
            Change::Grant { entitlement } => {
                missing.insert(entitlement);
            }
            Change::Revoke { entitlement } if expected.judges(&entitlement) => {
                extra.insert(entitlement);
            }
            Change::Revoke { .. }
            | Change::Adopt { .. }
            | Change::Rename { .. }
            | Change::SetAttribute { .. }
            | Change::Delete => {}
        }
    }
    let mut all = Vec::new();
    if let Some(kind) = sign_in {
        // An account that should not be there is one difference with all that it has; so is one that is missing.
        let entitlements = match kind {
            FindingKind::MissingAccount => std::mem::take(&mut missing),
            FindingKind::LeaverActive | FindingKind::ExtraAccount => std::mem::take(&mut extra),
            _ => BTreeSet::new(),
        };
        all.push(Difference { kind, entitlements });
    }
    for (kind, entitlements) in [
        (FindingKind::ExtraEntitlement, extra),
        (FindingKind::MissingEntitlement, missing),
    ] {
        if !entitlements.is_empty() {
            all.push(Difference { kind, entitlements });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::after_change;
    use proptest::prelude::*;

    use super::*;

    const GRANTABLE: [&str; 5] = ["a", "b", "c", "d", "e"];

    fn set(names: &[&str]) -> BTreeSet<Entitlement> {
        names.iter().map(|n| Entitlement::from(*n)).collect()
    }

    fn account(active: bool, names: &[&str]) -> Account {
        Account {
            employee_id: None,
            name: "zoe".into(),
            active,
            attributes: Default::default(),
            entitlements: set(names),
        }
    }

    fn some_of() -> impl Strategy<Value = Vec<&'static str>> {
        prop::sample::subsequence(GRANTABLE.to_vec(), 0..=GRANTABLE.len())
    }

    fn an_expected() -> impl Strategy<Value = Expected> {
        let managed = || set(&GRANTABLE);
        prop_oneof![
            (some_of(), some_of(), prop::bool::weighted(0.9)).prop_map(
                move |(must, may, active)| {
                    let must: Vec<&str> = must.into_iter().filter(|e| !may.contains(e)).collect();
                    Expected::Account {
                        account: account(active, &must),
                        decided: set(&may),
                        managed: managed(),
                    }
                }
            ),
            prop_oneof![Just(Why::Left), Just(Why::NoReason)].prop_map(move |why| {
                Expected::Nothing {
                    why,
                    managed: managed(),
                }
            }),
            Just(Expected::Unknown),
        ]
    }

    fn an_actual() -> impl Strategy<Value = Option<Account>> {
        let one = (any::<bool>(), some_of(), any::<bool>());
        prop::option::of(one.prop_map(|(active, has, unmanaged)| {
            let mut account = account(active, &has);
            account
                .entitlements
                .extend(unmanaged.then(|| Entitlement::from("by hand")));
            account
        }))
    }

    fn kinds(all: &[Difference]) -> Vec<FindingKind> {
        all.iter().map(|d| d.kind).collect()
    }

    proptest! {
        /// Carrying out what is wanted leaves no difference.
        #[test]
        fn a_repair_leaves_nothing(expected in an_expected(), actual in an_actual()) {
            let Some(goal) = expected.goal(actual.as_ref()) else { return Ok(()) };
            let concerns = goal.concerns(actual.as_ref());
            let desired = goal.desired(concerns.as_ref());
            let changes = converge(desired.as_ref(), concerns.as_ref(), &Default::default());
            let after = changes.iter().fold(actual.clone(), after_change);
            prop_assert_eq!(judge(&expected, after.as_ref()), []);
            if let (Expected::Account { .. }, Some(before), Some(after)) = (&expected, &actual, &after) {
                // What the runbook cannot grant is never touched.
                let by_hand = Entitlement::from("by hand");
                prop_assert_eq!(before.entitlements.contains(&by_hand), after.entitlements.contains(&by_hand));
            }
        }

        /// The same said a second way, by sets.
        #[test]
        fn differences_are_what_sets_say(expected in an_expected(), actual in an_actual()) {
            let all = judge(&expected, actual.as_ref());
            let of = |kind| all.iter().find(|d| d.kind == kind).map(|d| d.entitlements.clone());
            let has: BTreeSet<Entitlement> = actual.iter().flat_map(|a| a.entitlements.clone()).collect();
            let active = actual.as_ref().is_some_and(|a| a.active);
            match &expected {
                Expected::Unknown => prop_assert_eq!(all, []),
                Expected::Nothing { why, managed } => {
                    let extra: BTreeSet<_> = has.intersection(managed).cloned().collect();
                    let kind = match (active, why) {
                        (true, Why::Left) => Some(FindingKind::LeaverActive),
                        (true, Why::NoReason) => Some(FindingKind::ExtraAccount),
                        (false, _) if extra.is_empty() => None,
                        (false, _) => Some(FindingKind::ExtraEntitlement),
                    };
                    prop_assert_eq!(kinds(&all), Vec::from_iter(kind));
                    prop_assert_eq!(kind.and_then(of).unwrap_or_default(), extra);
                }
                Expected::Account { account, decided, managed } => {
                    let missing: BTreeSet<_> = account.entitlements.difference(&has).cloned().collect();
                    let right: BTreeSet<_> = account.entitlements.union(decided).cloned().collect();
                    let extra: BTreeSet<_> =
                        has.intersection(managed).filter(|e| !right.contains(*e)).cloned().collect();
                    if actual.is_none() {
                        prop_assert_eq!(&all, &[Difference { kind: FindingKind::MissingAccount, entitlements: missing }]);
                    } else {
                        let found = of(FindingKind::MissingEntitlement).unwrap_or_default();
                        prop_assert_eq!(found, missing);
                        let found: BTreeSet<_> = [FindingKind::ExtraAccount, FindingKind::ExtraEntitlement]
                            .into_iter().filter_map(of).flatten().collect();
                        prop_assert_eq!(found, extra);
                        prop_assert_eq!(of(FindingKind::Suspended).is_some(), account.active && !active);
                        prop_assert_eq!(of(FindingKind::ExtraAccount).is_some(), !account.active && active);
                    }
                }
            }
        }
    }
}
