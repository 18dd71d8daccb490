//! What ledgers of earlier releases lack: the items by which pages find people, where open tasks stand in the index, who
//! has what, the items by which audit records are found, what people have in hand, and closed cases by when they were
//! closed. It is filled in once, page by page; whoever is cut off goes on where it was.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_lifecycle::{Case, EmployeeId, Finding};
use serde::{Deserialize, Serialize};

use crate::{
    CasesPlace, Ledger, LedgerError, Shelf,
    audit_round::shelves,
    change_case::case_index,
    keys,
    ledger::{BATCH, read},
    row::{Row, TaskRow},
    store::{PageStart, Query, When, Write},
    table::CASES_INDEX,
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
    /// The audit records of cases and findings, on a shelf of the index.
    Records {
        /// Which shelf, by its number.
        shelf: usize,
        /// Where the next page begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<BTreeMap<String, String>>,
    },
    /// All that an earlier release knew of, audit records, too: what people have in hand is still to come.
    All {
        /// Since when (UTC).
        since: Timestamp,
    },
    /// What people have in hand, of open cases after this one.
    Hands {
        /// Where the next page begins, as its text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// The closed cases, before this one: they stood by when they were opened.
    Closed {
        /// Where the next page begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<BTreeMap<String, String>>,
    },
    /// All of it.
    Whole {
        /// Since when (UTC).
        since: Timestamp,
    },
}

/// People of a page, whose items fit into one transaction.
const PEOPLE: u16 = 16;
/// Cases of a page.
const CASES: u16 = 25;
/// Cases or findings of a page, with all of their audit records.
const TRAILS: u16 = 10;

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
            FilledIn::Whole { .. } => return Ok(true),
            FilledIn::Begin => self.fill_in_people(None).await?,
            FilledIn::People { after } => self.fill_in_people(Some(&after)).await?,
            FilledIn::Cases { after } => self.fill_in_tasks(after.as_deref()).await?,
            FilledIn::Done { .. } => self.fill_in_people_having(None).await?,
            FilledIn::Having { after } => self.fill_in_people_having(after.as_ref()).await?,
            FilledIn::Records { shelf, from } => self.fill_in_records(shelf, from, now).await?,
            FilledIn::All { .. } => self.fill_in_hands(None).await?,
            FilledIn::Hands { after } => self.fill_in_hands(after.as_deref()).await?,
            FilledIn::Closed { from } => self.fill_in_closed(from, now).await?,
        };
        let done = matches!(next, FilledIn::Whole { .. });
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
        self.commit_in_parts(ways).await?;
        Ok(match page.next {
            Some(after) => FilledIn::People { after },
            None => FilledIn::Cases { after: None },
        })
    }

    async fn fill_in_people_having(
        &self,
        after: Option<&EmployeeId>,
    ) -> Result<FilledIn, LedgerError> {
        let page = self.people(after, PEOPLE).await?;
        for (employee, _) in &page.people {
            self.fill_in_having(employee).await?;
        }
        Ok(match page.next {
            Some(after) => FilledIn::Having { after: Some(after) },
            None => FilledIn::Records {
                shelf: 0,
                from: None,
            },
        })
    }

    /// Writes that need not stand or fall together.
    async fn commit_in_parts(&self, mut writes: Vec<Write>) -> Result<(), LedgerError> {
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(BATCH));
            self.commit(writes).await?;
            writes = rest;
        }
        Ok(())
    }

    async fn fill_in_records(
        &self,
        shelf: usize,
        from: Option<BTreeMap<String, String>>,
        now: Timestamp,
    ) -> Result<FilledIn, LedgerError> {
        let Some(partition) = shelves().get(shelf).copied() else {
            return Ok(FilledIn::All { since: now });
        };
        let query = Query {
            index: Some(CASES_INDEX),
            partition: partition.to_owned(),
            limit: Some(TRAILS),
            from: from.map(PageStart),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        for found in &page.items {
            let system = read::<Row<Finding>>(found).ok();
            let system = system.and_then(|row| row.item.seen.system);
            let items = self.partition(&found.key.pk).await?;
            self.commit_in_parts(self.ways_to_records(&items, system.as_ref())?)
                .await?;
        }
        Ok(match page.next {
            Some(PageStart(from)) => FilledIn::Records {
                shelf,
                from: Some(from),
            },
            None => FilledIn::Records {
                shelf: shelf + 1,
                from: None,
            },
        })
    }

    async fn fill_in_tasks(&self, after: Option<&str>) -> Result<FilledIn, LedgerError> {
        let is_found = |row: &TaskRow| !row.index().is_empty();
        Ok(match self.written_again(after, is_found).await? {
            Some(after) => FilledIn::Cases { after: Some(after) },
            None => FilledIn::Having { after: None },
        })
    }

    async fn fill_in_hands(&self, after: Option<&str>) -> Result<FilledIn, LedgerError> {
        let next = self.written_again(after, |row| row.has().is_some());
        Ok(match next.await? {
            Some(after) => FilledIn::Hands { after: Some(after) },
            None => FilledIn::Closed { from: None },
        })
    }

    /// None is written twice: the newest come first, and a case is closed after it was opened. What cannot be read stays
    /// where it is: verifying the trails says so.
    async fn fill_in_closed(
        &self,
        from: Option<BTreeMap<String, String>>,
        now: Timestamp,
    ) -> Result<FilledIn, LedgerError> {
        let query = Query {
            index: Some(CASES_INDEX),
            partition: keys::cases_shelf(false).to_owned(),
            backwards: true,
            limit: Some(CASES),
            from: from.map(PageStart),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        for item in &page.items {
            if let Ok(mut row) = read::<Row<Case>>(item) {
                let index = case_index(&row.item);
                let write = self.put_row(&item.key, &mut row, &index)?;
                // Whoever wrote to it meanwhile has said where it stands.
                let _theirs = self.commit(vec![write]).await?;
            }
        }
        Ok(match page.next {
            Some(PageStart(from)) => FilledIn::Closed { from: Some(from) },
            None => FilledIn::Whole { since: now },
        })
    }

    /// Writes tasks of a page of open cases as they are, with where they stand in the index now. Where the next page
    /// begins.
    async fn written_again(
        &self,
        after: Option<&str>,
        which: impl Fn(&TaskRow) -> bool,
    ) -> Result<Option<String>, LedgerError> {
        let from = after.and_then(CasesPlace::of);
        let page = self.some_cases(Shelf::Open, Some(CASES), from).await?;
        for case in &page.cases {
            for mut row in self.tasks(&case.id).await? {
                if which(&row.item) {
                    let mut writes = Vec::new();
                    self.put_task(&mut row, &mut writes)?;
                    // Whoever wrote to it meanwhile has said where it stands.
                    let _theirs = self.commit(writes).await?;
                }
            }
        }
        Ok(page.next.as_ref().map(|place| place.as_str().to_owned()))
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use latchkey_lifecycle::{AuditBody, AuditRecord, CaseId, GENESIS, PersonDraft, What};

    use super::*;
    use crate::{PersonRecord, RecordsAsked, embedded};

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
    async fn audit_records_of_earlier_releases_are_found_once_it_was_filled_in() {
        let ledger = embedded::open(None).await.unwrap();
        let (case, at) = (CaseId::new("exit-1021-0").unwrap(), Timestamp::UNIX_EPOCH);
        let body = AuditBody {
            at,
            by: "Ada King (ada.king@acme.example)".to_owned(),
            what: What::Waived,
            text: "Left out.".to_owned(),
            detail: serde_json::Value::Null,
        };
        let record = AuditRecord::after(0, GENESIS, body, None);
        let index = [
            ("gsi1pk", keys::cases_shelf(false).to_owned()),
            ("gsi1sk", keys::case_place(at, &case)),
        ];
        let nothing = serde_json::json!({});
        let row = ledger.put(&keys::case(&case), &nothing, When::Always, &index);
        let audit = ledger.put(&keys::audit(&case, None, 1), &record, When::Absent, &[]);
        let writes = vec![row.unwrap(), audit.unwrap()];
        ledger.commit(writes).await.unwrap();
        let found = async |asked: RecordsAsked| {
            let page = ledger.records_found(&asked, 50, None).await.unwrap();
            page.records.len()
        };
        let hers = || RecordsAsked {
            who: ["ada.king@acme.example".to_owned()].into(),
            ..RecordsAsked::default()
        };
        assert_eq!(
            (found(RecordsAsked::default()).await, found(hers()).await),
            (0, 0)
        );
        while !ledger.fill_in(at).await.unwrap() {}
        assert_eq!(
            (found(RecordsAsked::default()).await, found(hers()).await),
            (1, 1)
        );
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
            assert!(pages < 20);
        }
        // Three pages of people, one of cases, three of what the same people have, the five shelves of audit records,
        // and what they end with.
        assert_eq!((found().await, pages), (all, 14));
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
