//! What ledgers of earlier releases lack: the items by which pages find people, where open tasks stand in the index, and
//! who has what. It is filled in once, page by page; whoever is cut off goes on where it was.

use jiff::Timestamp;
use latchkey_lifecycle::EmployeeId;
use serde::{Deserialize, Serialize};

use crate::{
    CasesPlace, Ledger, LedgerError, Shelf, keys,
    ledger::BATCH,
    store::{When, Write},
};

/// How far it was filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "at")]
enum FilledIn {
    /// Nothing yet.
    #[default]
    Begin,
    /// People, after this one.
    People {
        /// The one after whom the next page begins.
        after: EmployeeId,
    },
    /// The tasks of open cases, after this one.
    Cases {
        /// Where the next page begins, as its text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// All that an earlier release knew of: who has what is still to come.
    Done {
        /// Since when (UTC).
        since: Timestamp,
    },
    /// What people have, after this one.
    Having {
        /// The one after whom the next page begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<EmployeeId>,
    },
    /// All of it.
    All {
        /// Since when (UTC).
        since: Timestamp,
    },
}

/// People of a page, whose items fit into one transaction.
const PEOPLE: u16 = 16;
/// Cases of a page.
const CASES: u16 = 25;

impl Ledger {
    /// Fills in a page of what is lacking. Whether everything is there now. One that is written to meanwhile is written
    /// with all that it needs.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written; the same again goes on.
    pub async fn fill_in(&self, now: Timestamp) -> Result<bool, LedgerError> {
        let key = keys::filled_in();
        let at: Option<FilledIn> = self.get(&key).await?;
        let next = match at.unwrap_or_default() {
            FilledIn::All { .. } => return Ok(true),
            FilledIn::Begin => self.fill_in_people(None).await?,
            FilledIn::People { after } => self.fill_in_people(Some(&after)).await?,
            FilledIn::Cases { after } => self.fill_in_tasks(after.as_deref()).await?,
            FilledIn::Done { .. } => self.fill_in_people_having(None, now).await?,
            FilledIn::Having { after } => self.fill_in_people_having(after.as_ref(), now).await?,
        };
        let done = matches!(next, FilledIn::All { .. });
        self.commit(vec![self.put(&key, &next, When::Always, &[])?])
            .await?;
        Ok(done)
    }

    async fn fill_in_people(&self, after: Option<&EmployeeId>) -> Result<FilledIn, LedgerError> {
        let page = self.people(after, PEOPLE).await?;
        let mut ways: Vec<Write> = Vec::new();
        for (employee, person) in &page.people {
            ways.append(&mut self.ways_to(employee, &person.record)?);
        }
        while !ways.is_empty() {
            let rest = ways.split_off(ways.len().min(BATCH));
            self.commit(ways).await?;
            ways = rest;
        }
        Ok(match page.next {
            Some(after) => FilledIn::People { after },
            None => FilledIn::Cases { after: None },
        })
    }

    async fn fill_in_people_having(
        &self,
        after: Option<&EmployeeId>,
        now: Timestamp,
    ) -> Result<FilledIn, LedgerError> {
        let page = self.people(after, PEOPLE).await?;
        for (employee, _) in &page.people {
            self.fill_in_having(employee).await?;
        }
        Ok(match page.next {
            Some(after) => FilledIn::Having { after: Some(after) },
            None => FilledIn::All { since: now },
        })
    }

    async fn fill_in_tasks(&self, after: Option<&str>) -> Result<FilledIn, LedgerError> {
        let from = after.and_then(CasesPlace::of);
        let page = self.some_cases(Shelf::Open, Some(CASES), from).await?;
        for case in &page.cases {
            for mut row in self.tasks(&case.id).await? {
                if !row.item.index().is_empty() {
                    // Whoever wrote to it meanwhile has said where it stands.
                    let _theirs = self.commit(vec![self.put_task(&mut row)?]).await?;
                }
            }
        }
        let next = page.next.as_ref().map(|place| place.as_str().to_owned());
        Ok(match next {
            Some(after) => FilledIn::Cases { after: Some(after) },
            None => FilledIn::Having { after: None },
        })
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use latchkey_lifecycle::PersonDraft;

    use super::*;
    use crate::{PersonRecord, embedded, row::Row};

    /// A row as earlier releases wrote it: nothing leads to it but its id.
    #[allow(clippy::unwrap_used)]
    async fn earlier(ledger: &Ledger, id: &str, family: &str) {
        let employee = EmployeeId::new(id).unwrap();
        let record = PersonDraft {
            family_name: Some(family.to_owned()),
            ..PersonDraft::default()
        };
        let mut row = Row::new(PersonRecord::new(record, Timestamp::UNIX_EPOCH, 1));
        let index = keys::person_index(&employee);
        let write = ledger
            .put_row(&keys::person(&employee), &mut row, &index)
            .unwrap();
        ledger.commit(vec![write]).await.unwrap();
    }

    #[tokio::test]
    async fn people_of_earlier_releases_are_found_once_it_was_filled_in() {
        let ledger = embedded::open(None).await.unwrap();
        let all = usize::from(PEOPLE) * 2 + 3;
        for n in 0..all {
            earlier(&ledger, &format!("{n:03}"), "Moravec").await;
        }
        let found = async || {
            ledger
                .people_named("moravec", 100, None)
                .await
                .unwrap()
                .people
                .len()
        };
        assert_eq!(found().await, 0);
        let mut pages = 0;
        while !ledger.fill_in(Timestamp::UNIX_EPOCH).await.unwrap() {
            pages += 1;
            assert!(pages < 10);
        }
        // Three pages of people, one of cases, and the same people's what they have but for the last page.
        assert_eq!((found().await, pages), (all, 6));
        // Once is enough.
        earlier(&ledger, "later", "Later").await;
        assert!(ledger.fill_in(Timestamp::UNIX_EPOCH).await.unwrap());
        assert_eq!(
            ledger
                .people_named("later", 100, None)
                .await
                .unwrap()
                .people
                .len(),
            0
        );
    }
}
