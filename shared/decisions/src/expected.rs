//! What a person should have in a system now, outside any case. Pure.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use latchkey_ledger::KnownPerson;
use latchkey_lifecycle::{Account, Entitlement, Goal, Managed, PersonDraft, SystemId};
use latchkey_runbook::Runbook;

/// Where a person stands between first and last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Employment {
    /// The first day is to come.
    Before,
    /// Somebody works here.
    Now,
    /// The last day has passed.
    After,
    /// The record does not say.
    Unknown,
}

/// Where a person stands on a day, in their own time zone. Who comes back has a first day after the last one.
pub fn employment(record: &PersonDraft, today: Date) -> Employment {
    match (record.start_date, record.last_day) {
        (Some(again), Some(last)) if again > last && today >= again => Employment::Now,
        (_, Some(last)) if today > last => Employment::After,
        (Some(first), Some(last)) if first > last => Employment::Now,
        (Some(first), _) if today < first => Employment::Before,
        (Some(_), _) => Employment::Now,
        (None, _) => Employment::Unknown,
    }
}

/// The day that it is for a person: in their time zone, or else the company's.
pub fn today(record: &PersonDraft, runbook: &Runbook, now: Timestamp) -> Date {
    let zone = runbook.zone_of(record.time_zone.as_deref());
    now.to_zoned(zone).date()
}

/// Why a person should have nothing in a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// They left, or everything was taken back.
    Left,
    /// They have not begun, or nothing gives them anything there.
    NoReason,
}

/// What a person should have in a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// An account.
    Account {
        /// The account, with what the person must have.
        account: Account,
        /// What a team decides on for each person: who has it may keep it.
        decided: BTreeSet<Entitlement>,
        /// What is compared: what the runbook can grant.
        managed: BTreeSet<Entitlement>,
    },
    /// No way to sign in, and nothing that the runbook can grant.
    Nothing {
        /// Why.
        why: Why,
        /// What is compared.
        managed: BTreeSet<Entitlement>,
    },
    /// The record does not tell.
    Unknown,
}

impl Expected {
    /// What a person whom the ledger knows should have: what their cases still claim, else what the matrix gives to
    /// somebody who works here.
    pub fn of(
        runbook: &Runbook,
        system: &SystemId,
        known: &KnownPerson,
        now: Timestamp,
    ) -> Expected {
        let managed = runbook.entitlements(system);
        let nothing = |why| Expected::Nothing {
            why,
            managed: managed.clone(),
        };
        let Some(person) = known.record.as_ref() else {
            return Expected::Unknown;
        };
        let record = &person.record;
        let employment = employment(record, today(record, runbook, now));
        // The account is known under another id: nothing is to be found under this one. Until it is, that one's case is
        // at work on it.
        if known.standing.has_gone_over() {
            return nothing(Why::Left);
        }
        let goes_on = employment == Employment::After && person.goes_on_as.is_some();
        if goes_on && !known.standing.is_over() {
            return Expected::Unknown;
        }
        if employment == Employment::After || known.standing.is_over() {
            return nothing(Why::Left);
        }
        let active = !known.standing.is_away();
        if let Some(mut account) = known.standing.live() {
            account.active = active;
            let managed = managed.union(&account.entitlements).cloned().collect();
            return Expected::Account {
                account,
                decided: BTreeSet::new(),
                managed,
            };
        }
        if employment == Employment::Before {
            return nothing(Why::NoReason);
        }
        let (Employment::Now, Ok(person)) = (employment, record.clone().complete()) else {
            return Expected::Unknown;
        };
        match runbook.desired(&person, system) {
            None => nothing(Why::NoReason),
            Some(mut account) => {
                let decided = runbook.decided_on(&person, system);
                account.entitlements.retain(|e| !decided.contains(e));
                account.active = active;
                Expected::Account {
                    account,
                    decided,
                    managed,
                }
            }
        }
    }

    /// What is wanted of the account that is there; `None` when that is not known. A step that carries it out repairs
    /// every difference.
    pub fn goal(&self, actual: Option<&Account>) -> Option<Goal> {
        match self {
            Expected::Unknown => None,
            Expected::Nothing { .. } => Some(Goal::NoAccess),
            Expected::Account {
                account,
                decided,
                managed,
            } => {
                let has = |e: &&Entitlement| actual.is_some_and(|a| a.entitlements.contains(*e));
                let mut account = account.clone();
                account
                    .entitlements
                    .extend(decided.iter().filter(has).cloned());
                Some(Goal::Have {
                    account,
                    managed: Managed::Only(managed.clone()),
                    renames: false,
                })
            }
        }
    }

    /// Whether an entitlement is compared.
    pub fn judges(&self, entitlement: &Entitlement) -> bool {
        match self {
            Expected::Account { managed, .. } | Expected::Nothing { managed, .. } => {
                managed.contains(entitlement)
            }
            Expected::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(start: Option<&str>, last: Option<&str>) -> PersonDraft {
        PersonDraft {
            start_date: start.map(|d| d.parse().unwrap()),
            last_day: last.map(|d| d.parse().unwrap()),
            ..PersonDraft::default()
        }
    }

    #[test]
    fn first_and_last_day_count_as_employed_and_who_comes_back_has_a_gap() {
        let on =
            |start, last, today: &str| employment(&record(start, last), today.parse().unwrap());
        let (first, last) = (Some("2026-03-02"), Some("2026-11-20"));
        assert_eq!(on(first, last, "2026-03-01"), Employment::Before);
        assert_eq!(on(first, last, "2026-03-02"), Employment::Now);
        assert_eq!(on(first, last, "2026-11-20"), Employment::Now);
        assert_eq!(on(first, last, "2026-11-21"), Employment::After);
        let again = Some("2027-01-04");
        assert_eq!(on(again, last, "2026-11-20"), Employment::Now);
        assert_eq!(on(again, last, "2026-12-01"), Employment::After);
        assert_eq!(on(again, last, "2027-01-04"), Employment::Now);
        assert_eq!(on(None, None, "2027-01-04"), Employment::Unknown);
        assert_eq!(on(None, last, "2026-11-21"), Employment::After);
    }
}
