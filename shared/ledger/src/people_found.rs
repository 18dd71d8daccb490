//! People by name, and by whom they report to.
//!
//! An item leads to each; it is written with the person's row and never taken away. One that leads to somebody who is
//! called otherwise since, or reports to somebody else, is left out when it is read.

use latchkey_lifecycle::{EmployeeId, PersonDraft, spelling};
use serde_json::json;

use crate::{
    Ledger, LedgerError, PersonRecord, keys,
    store::{Place, Query, When, Write},
};

/// A page of people who were looked for.
#[derive(Debug, Clone)]
pub struct FoundPage {
    /// Each with the id, in the order of names.
    pub people: Vec<(EmployeeId, PersonRecord)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<FoundPlace>,
}

/// Where a page of people begins: after this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPlace(String);

impl FoundPlace {
    /// As a link carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a link carried it. What is no place begins somewhere else in the list, and does no harm.
    pub fn of(text: &str) -> FoundPlace {
        FoundPlace(text.to_owned())
    }
}

/// The family name first, in plain letters: `Zoë Müller-Łuk` is `mullerluk zoe`.
fn plain_name(record: &PersonDraft) -> String {
    let name = |name: &Option<String>| spelling::bare(name.as_deref().unwrap_or_default());
    let both = format!("{} {}", name(&record.family_name), name(&record.given_name));
    both.trim().to_owned()
}

/// Of so many who ever reported to somebody at least one still does, if anybody does.
const SOME: u16 = 100;

fn manager_of(record: &PersonDraft) -> Option<String> {
    let address = record.manager_email.as_deref()?.trim().to_lowercase();
    (!address.is_empty()).then_some(address)
}

impl Ledger {
    /// The writes of the items that lead to a person.
    pub(crate) fn ways_to(
        &self,
        employee: &EmployeeId,
        record: &PersonDraft,
    ) -> Result<Vec<Write>, LedgerError> {
        let mut ways = Vec::new();
        let name = plain_name(record);
        if !name.is_empty() {
            ways.push(keys::person_by_name(&name, employee));
        }
        if let Some(manager) = manager_of(record) {
            ways.push(keys::report(&manager, employee));
        }
        let ways = ways
            .iter()
            .map(|key| self.put(key, &json!({}), When::Always, &[]));
        ways.collect()
    }

    /// People whose family name, or family and given name, begins so; everybody where it is empty. At most `limit`.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn people_named(
        &self,
        name: &str,
        limit: u16,
        after: Option<FoundPlace>,
    ) -> Result<FoundPage, LedgerError> {
        let words: Vec<String> = name.split_whitespace().map(spelling::bare).collect();
        let name = words.join(" ");
        let from = after.map(|FoundPlace(sk)| {
            let keys = [("pk", keys::BY_NAME.to_owned()), ("sk", sk)];
            Place(keys.map(|(name, value)| (name.to_owned(), value)).into())
        });
        let query = Query {
            partition: keys::BY_NAME.to_owned(),
            prefix: Some(keys::names_like(name.trim())),
            limit: Some(limit),
            from,
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let sks: Vec<String> = page.items.into_iter().map(|item| item.key.sk).collect();
        let people = self.found(&sks, |sk, id, record| {
            keys::person_by_name(&plain_name(record), id).sk == sk
        });
        Ok(FoundPage {
            people: people.await?,
            next: page
                .next
                .and_then(|Place(keys)| keys.get("sk").cloned())
                .map(FoundPlace),
        })
    }

    /// Who reports to a work e-mail address, by HR's records; of the first `limit` who ever did.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn reports_of(
        &self,
        manager: &str,
        limit: u16,
    ) -> Result<Vec<(EmployeeId, PersonRecord)>, LedgerError> {
        let manager = manager.trim().to_lowercase();
        let query = Query {
            partition: keys::reports_partition(&manager),
            limit: Some(limit),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let sks: Vec<String> = page.items.into_iter().map(|item| item.key.sk).collect();
        self.found(&sks, |_, _, record| {
            manager_of(record).as_ref() == Some(&manager)
        })
        .await
    }

    /// Whether anybody reports to a work e-mail address, by HR's records.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn has_reports(&self, manager: &str) -> Result<bool, LedgerError> {
        Ok(!self.reports_of(manager, SOME).await?.is_empty())
    }

    /// The people whom these items lead to, in their order, but those of whom it is not so any more.
    async fn found(
        &self,
        sks: &[String],
        is_so: impl Fn(&str, &EmployeeId, &PersonDraft) -> bool,
    ) -> Result<Vec<(EmployeeId, PersonRecord)>, LedgerError> {
        let ids: Vec<(&String, EmployeeId)> = sks
            .iter()
            .filter_map(|sk| Some((sk, keys::found_person(sk)?)))
            .collect();
        let all: Vec<EmployeeId> = ids.iter().map(|(_, id)| id.clone()).collect();
        let records = self.records_of(&all).await?;
        let found = ids.into_iter().filter_map(|(sk, id)| {
            let record = records.get(&id)?;
            is_so(sk, &id, &record.record).then(|| (id, record.clone()))
        });
        Ok(found.collect())
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::embedded;

    fn person(given: &str, family: &str, manager: &str) -> PersonDraft {
        PersonDraft {
            given_name: Some(given.to_owned()),
            family_name: Some(family.to_owned()),
            manager_email: Some(manager.to_owned()),
            ..PersonDraft::default()
        }
    }

    #[tokio::test]
    async fn people_are_found_by_name_and_by_manager() {
        let ledger = embedded::open(None).await.unwrap();
        for (id, record) in [
            ("1001", person("Zoë", "Müller", "Ada.King@acme.example")),
            ("1002", person("Bo", "Lind", "ada.king@acme.example ")),
            ("10#3", person("Ana", "Muller", "eva@acme.example")),
        ] {
            let id = EmployeeId::new(id).unwrap();
            ledger
                .import_person(&id, record, Timestamp::UNIX_EPOCH)
                .await
                .unwrap();
        }
        let ids = |people: Vec<(EmployeeId, PersonRecord)>| -> Vec<String> {
            people.into_iter().map(|(id, _)| id.to_string()).collect()
        };
        let named = async |name: &str, limit, after| {
            let page = ledger.people_named(name, limit, after).await.unwrap();
            (ids(page.people), page.next)
        };
        assert_eq!(named("", 10, None).await.0, ["1002", "10#3", "1001"]);
        assert_eq!(named("MÜLLER", 10, None).await.0, ["10#3", "1001"]);
        assert_eq!(named("Müller Zo", 10, None).await.0, ["1001"]);
        assert_eq!(named("nobody", 10, None).await.0, Vec::<String>::new());
        let (first, next) = named("", 2, None).await;
        assert_eq!(first, ["1002", "10#3"]);
        assert_eq!(named("", 2, next).await.0, ["1001"]);
        let reports = ledger
            .reports_of(" ADA.king@acme.example", 50)
            .await
            .unwrap();
        assert_eq!(ids(reports), ["1001", "1002"]);
    }
}
