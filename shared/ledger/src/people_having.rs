//! Who has an entitlement, by the ledger: an item of each person stands in the index for as long as somebody claims it
//! for them. It is written with the claims.

use std::collections::BTreeSet;

use latchkey_lifecycle::{EmployeeId, Entitlement, Standing, SystemId};
use serde_json::json;

use crate::{
    Ledger, LedgerError, PersonRecord, keys,
    ledger::{BATCH, Committed},
    people::employee_of,
    row::Row,
    store::{PageStart, Query, When, Write},
    table::CASES_INDEX,
};

/// A page of people who have an entitlement.
#[derive(Debug, Clone)]
pub struct HavingPage {
    /// Each with HR's record, where there is one; by employee id.
    pub people: Vec<(EmployeeId, Option<PersonRecord>)>,
    /// After whom the next page begins; `None` on the last.
    pub next: Option<EmployeeId>,
}

/// What somebody has by the claims on their account.
pub(crate) fn held(standing: &Standing) -> BTreeSet<Entitlement> {
    let live = standing.live();
    live.map(|account| account.entitlements).unwrap_or_default()
}

impl Ledger {
    /// The writes that put a person among those who have an entitlement, and take them out.
    pub(crate) fn now_has(
        &self,
        (employee, system): (&EmployeeId, &SystemId),
        had: &BTreeSet<Entitlement>,
        has: &BTreeSet<Entitlement>,
    ) -> Result<Vec<Write>, LedgerError> {
        let changed = had.symmetric_difference(has);
        let writes = changed.map(|entitlement| {
            let key = keys::has(employee, system, entitlement);
            // Without its place in the index it is nobody's any more.
            let place = keys::has_place(employee, system, entitlement);
            let index = has.contains(entitlement).then_some(place);
            let index = index.as_ref().map_or(&[][..], |place| &place[..]);
            self.put(&key, &json!({}), When::Always, index)
        });
        writes.collect()
    }

    /// Writes claims, and who has what by them. Whether the claims were still as they were read.
    pub(crate) async fn commit_having(&self, mut writes: Vec<Write>) -> Result<bool, LedgerError> {
        // More than one transaction takes is written after it.
        let mut rest = writes.split_off(writes.len().min(BATCH));
        if self.commit(writes).await? != Committed::Yes {
            return Ok(false);
        }
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(BATCH));
            self.commit(rest).await?;
            rest = later;
        }
        Ok(true)
    }

    /// A page of those who have an entitlement, by the ledger. The index is eventually consistent: who was given it a
    /// moment ago may be missing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn people_having(
        &self,
        system: &SystemId,
        entitlement: &Entitlement,
        limit: u16,
        after: Option<&EmployeeId>,
    ) -> Result<HavingPage, LedgerError> {
        let from = after.map(|employee| {
            let key = keys::has(employee, system, entitlement);
            let [shelf, place] = keys::has_place(employee, system, entitlement);
            let keys = [("pk", key.pk), ("sk", key.sk), shelf, place];
            PageStart(keys.map(|(name, value)| (name.to_owned(), value)).into())
        });
        let query = Query {
            index: Some(CASES_INDEX),
            partition: keys::having_shelf(system, entitlement),
            // One more, to know whether there is one.
            limit: Some(limit.saturating_add(1)),
            from,
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let ids = page.items.iter().map(|item| employee_of(&item.key.pk));
        let mut ids: Vec<EmployeeId> = ids.collect::<Result<_, _>>()?;
        let more = ids.len() > usize::from(limit);
        ids.truncate(limit.into());
        let mut records = self.records_of(&ids).await?;
        let next = ids.last().filter(|_| more).cloned();
        let people = ids.into_iter();
        Ok(HavingPage {
            people: people
                .map(|id| {
                    let record = records.remove(&id);
                    (id, record)
                })
                .collect(),
            next,
        })
    }

    /// Puts a person of an earlier release among those who have what they have. Who is written to meanwhile is looked
    /// at again: whoever wrote says only what that changed.
    pub(crate) async fn fill_in_having(&self, employee: &EmployeeId) -> Result<(), LedgerError> {
        for (system, _) in self.standings_of(employee).await? {
            loop {
                let mut row: Row<Standing> = self.standing(employee, &system).await?;
                let has = held(&row.item);
                let mut writes = self.now_has((employee, &system), &BTreeSet::new(), &has)?;
                if writes.is_empty() {
                    break;
                }
                let key = keys::persons_standing(employee, &system);
                writes.insert(0, self.put_row(&key, &mut row, &[])?);
                if self.commit_having(writes).await? {
                    break;
                }
            }
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use latchkey_lifecycle::{Account, CaseId, Entry, Order, Takes};

    use super::*;
    use crate::embedded;

    fn of(id: &str) -> (EmployeeId, SystemId) {
        (EmployeeId::new(id).unwrap(), SystemId::new("chat").unwrap())
    }

    fn order(minute: i64) -> Order {
        let day = jiff::civil::date(2026, 11, 2);
        Order::of_old(day, jiff::Timestamp::from_second(minute * 60).unwrap())
    }

    /// Claims or takes back, as a case does.
    async fn claim(ledger: &Ledger, id: &str, minute: i64, groups: Option<&[&str]>) {
        let (employee, system) = of(id);
        let case = CaseId::new(format!("case-{minute}")).unwrap();
        let gives = groups.map(|groups| Account {
            employee_id: Some(employee.clone()),
            name: id.to_owned(),
            active: true,
            attributes: Default::default(),
            entitlements: groups.iter().map(|group| (*group).into()).collect(),
        });
        let takes = match groups {
            Some(_) => Takes::Earlier,
            None => Takes::All,
        };
        let enter = |standing: &mut Standing| {
            let entry = Entry {
                case: &case,
                order: order(minute),
                instead_of: &[],
            };
            standing.enter(entry, gives.clone(), takes);
        };
        let changed = ledger.change_standing(&employee, &system, enter).await;
        changed.unwrap();
    }

    async fn who(ledger: &Ledger, group: &str) -> Vec<String> {
        let (_, system) = of("0");
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let group = group.into();
            let page = ledger.people_having(&system, &group, 2, after.as_ref());
            let page = page.await.unwrap();
            all.extend(page.people.iter().map(|(id, _)| id.to_string()));
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }

    #[tokio::test]
    async fn who_has_what_follows_from_the_claims_page_by_page() {
        let ledger = embedded::open(None).await.unwrap();
        for id in ["3", "1", "2"] {
            claim(&ledger, id, 1, Some(&["sales", "everyone"])).await;
        }
        assert_eq!(who(&ledger, "sales").await, ["1", "2", "3"]);
        // Another job, and an exit.
        claim(&ledger, "1", 2, Some(&["finance", "everyone"])).await;
        claim(&ledger, "2", 3, None).await;
        assert_eq!(who(&ledger, "sales").await, ["3"]);
        assert_eq!(who(&ledger, "everyone").await, ["1", "3"]);
        assert_eq!(who(&ledger, "finance").await, ["1"]);
    }

    #[tokio::test]
    async fn claims_of_earlier_releases_are_filled_in() {
        let ledger = embedded::open(None).await.unwrap();
        claim(&ledger, "1", 1, Some(&["sales"])).await;
        // As if it had been written before there was an index.
        let (employee, system) = of("1");
        let none = BTreeSet::new();
        let has = BTreeSet::from(["sales".into()]);
        let taken = ledger.now_has((&employee, &system), &has, &none).unwrap();
        ledger.commit(taken).await.unwrap();
        assert_eq!(who(&ledger, "sales").await, [""; 0]);
        ledger.fill_in_having(&employee).await.unwrap();
        assert_eq!(who(&ledger, "sales").await, ["1"]);
    }
}
