//! All audit trails of the ledger, page by page, from where the last page ended.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{
    Case, CaseId, CaseState, EmployeeId, FindingId, GENESIS, RunbookVersion, TrailFault, TrailOf,
    TrailProblem, digest_of, shown::without_values,
};
use latchkey_story::Heard;
use serde::{Deserialize, Serialize};

use crate::{
    Delivered, Ledger, LedgerError, PersonRecord,
    keys::{self, Key},
    ledger::{Committed, read},
    row::Row,
    store::{Item, PageStart, Query},
    table::CASES_INDEX,
};

/// How many index items are looked at for each person of a page: an item of an index costs one read of a key, a person
/// all of their cases.
const ITEMS_FOR_A_PERSON: u16 = 10;

/// How far the trails were verified. One round goes through all people and their cases, then through the indexes, so
/// that a case is found that its person's list does not name, then through the findings and the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "in")]
pub enum AuditRound {
    /// People, and each case that a person's list names.
    #[serde(rename_all = "camelCase")]
    People {
        /// After whom the next page begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<EmployeeId>,
    },
    /// A shelf of the index.
    #[serde(rename_all = "camelCase")]
    Shelf {
        /// Which one, by its number.
        shelf: usize,
        /// Where the next page begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<BTreeMap<String, String>>,
    },
    /// The book of what is about no case.
    #[serde(rename_all = "camelCase")]
    Book {
        /// The last record that was verified.
        after: u64,
        /// Its hash.
        hash: String,
    },
}

/// How many records of the book are read at once where all of it is verified.
const BOOK_AT_ONCE: u16 = 300;
/// How many records of the book are verified for each person of a page.
const RECORDS_FOR_A_PERSON: u16 = 5;

/// The shelves that a round goes through.
pub(crate) fn shelves() -> [&'static str; 5] {
    [
        keys::cases_shelf(true),
        keys::cases_shelf(false),
        keys::findings_shelf(true),
        keys::findings_shelf(false),
        keys::OWN_SHELF,
    ]
}

impl Default for AuditRound {
    fn default() -> AuditRound {
        AuditRound::People { after: None }
    }
}

/// A page of a round.
#[derive(Debug, Default)]
pub struct AuditPage {
    /// What does not fit.
    pub faults: Vec<TrailFault>,
    /// Cases whose trails were verified.
    pub cases: usize,
    /// Findings whose trails were verified.
    pub findings: usize,
    /// Where the round goes on; `None` when it has come to its end.
    pub next: Option<AuditRound>,
}

impl Ledger {
    /// Verifies one page of all audit trails: at most `limit` people with all of their cases, or ten times as many
    /// items of an index.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn audit_page(
        &self,
        round: &AuditRound,
        limit: u16,
    ) -> Result<AuditPage, LedgerError> {
        match round {
            AuditRound::People { after } => self.audit_people(after.as_ref(), limit).await,
            AuditRound::Shelf { shelf, from } => {
                self.audit_shelf(*shelf, from.as_ref(), limit).await
            }
            AuditRound::Book { after, hash } => {
                self.audit_book((*after, hash.as_str()), limit).await
            }
        }
    }

    async fn audit_people(
        &self,
        after: Option<&EmployeeId>,
        limit: u16,
    ) -> Result<AuditPage, LedgerError> {
        let people = self.people(after, limit).await?;
        let mut page = AuditPage::default();
        for (employee, person) in &people.people {
            page.faults
                .extend(self.verify_heard(employee, person).await?);
            let named_by = format!("the list of employee {employee}");
            for (case, _) in self.cases_of(employee).await? {
                page.faults
                    .extend(self.verify_case(&case, &named_by).await?);
                page.cases += 1;
            }
        }
        page.next = Some(match people.next {
            Some(after) => AuditRound::People { after: Some(after) },
            None => AuditRound::Shelf {
                shelf: 0,
                from: None,
            },
        });
        Ok(page)
    }

    /// Checks that all that HR confirmed of somebody is there in its own words: what they should have follows from it.
    /// Of whom everything was retired, it was forgotten.
    async fn verify_heard(
        &self,
        employee: &EmployeeId,
        person: &PersonRecord,
    ) -> Result<Vec<TrailFault>, LedgerError> {
        // What came of somebody without an id, or of nobody, stands with its case.
        if employee.is_stand_in() {
            return Ok(Vec::new());
        }
        let partition = keys::person_partition(employee);
        let items = self.items(&partition, keys::HEARD_PREFIX).await?;
        let fault = |problem| {
            let of = TrailOf::Heard(employee.clone());
            Ok(vec![TrailFault { of, problem }])
        };
        let mut all: Vec<Heard> = Vec::with_capacity(items.len());
        for item in &items {
            let Ok(heard) = read::<Heard>(item) else {
                return fault(TrailProblem::HeardAltered);
            };
            if keys::heard(employee, heard.id()) != item.key {
                return fault(TrailProblem::HeardAltered);
            }
            all.push(heard);
        }
        let kept = usize::try_from(person.events).unwrap_or(usize::MAX);
        if items.len() >= kept || self.was_retired(employee).await? {
            return self.without_case(employee, &all).await;
        }
        fault(TrailProblem::HeardGone {
            kept: person.events,
            there: items.len(),
        })
    }

    /// Cases that events led to, by their deliveries, and that are not there: nothing else has to name them any more where
    /// the person's list lost them, too.
    async fn without_case(
        &self,
        employee: &EmployeeId,
        heard: &[Heard],
    ) -> Result<Vec<TrailFault>, LedgerError> {
        let deliveries = heard
            .iter()
            .map(|event| keys::delivery(&event.source, &event.delivery_id));
        let deliveries = self.get_all(deliveries.collect()).await?;
        let mut led_to: BTreeSet<CaseId> = BTreeSet::new();
        let mut words: BTreeSet<String> = BTreeSet::new();
        for item in &deliveries {
            let delivered = read::<Delivered>(item)?;
            led_to.extend(delivered.case_id);
            let theirs = delivered.employee_id.as_ref() == Some(employee);
            words.extend(delivered.words.filter(|_| theirs));
        }
        let keys = led_to.iter().map(keys::case);
        let there = self.get_all(keys.collect()).await?;
        led_to.retain(|case| there.iter().all(|item| item.key != keys::case(case)));
        let named_by = format!("an event of HR about employee {employee}");
        let faults = led_to.into_iter().map(|case| TrailFault {
            of: TrailOf::Case(case),
            problem: TrailProblem::Missing(named_by.clone()),
        });
        let mut faults: Vec<TrailFault> = faults.collect();
        // What a delivery brought is there in all its words.
        let there: BTreeSet<String> = heard.iter().map(digest_of).collect();
        if !words.is_subset(&there) {
            faults.push(TrailFault {
                of: TrailOf::Heard(employee.clone()),
                problem: TrailProblem::HeardAltered,
            });
        }
        Ok(faults)
    }

    /// Whether what was done for somebody went into the archive once, and what HR had confirmed until then was forgotten.
    pub(crate) async fn was_retired(&self, employee: &EmployeeId) -> Result<bool, LedgerError> {
        let cases = self.each_case_of(employee).await?;
        let retired = |row: &Row<Case>| row.item.retired_at.is_some();
        Ok(cases.iter().any(retired))
    }

    async fn audit_shelf(
        &self,
        shelf: usize,
        from: Option<&BTreeMap<String, String>>,
        limit: u16,
    ) -> Result<AuditPage, LedgerError> {
        let shelves = shelves();
        let mut page = AuditPage::default();
        let Some(partition) = shelves.get(shelf) else {
            return Ok(page);
        };
        let query = Query {
            index: Some(CASES_INDEX),
            partition: (*partition).to_owned(),
            limit: Some(limit.saturating_mul(ITEMS_FOR_A_PERSON)),
            from: from.cloned().map(PageStart),
            ..Query::default()
        };
        let items = self.store.query(query).await;
        let items = items.map_err(|e| e.at(partition))?;
        let mut cases: BTreeSet<CaseId> = BTreeSet::new();
        for item in &items.items {
            cases.extend(keys::case_of(&item.key.pk));
            if let Some(finding) = keys::finding_of(&item.key.pk) {
                page.faults.extend(self.verify_finding(&finding).await?);
                page.findings += 1;
            }
            if let Some(address) = keys::own_of(&item.key.pk) {
                page.faults.extend(self.verify_own_settings(address).await?);
            }
        }
        page.faults.extend(self.unlisted(cases).await?);
        page.next = match items.next {
            Some(PageStart(keys)) => Some(AuditRound::Shelf {
                shelf,
                from: Some(keys),
            }),
            None if shelf + 1 < shelves.len() => Some(AuditRound::Shelf {
                shelf: shelf + 1,
                from: None,
            }),
            None => Some(AuditRound::Book {
                after: 0,
                hash: GENESIS.to_owned(),
            }),
        };
        Ok(page)
    }

    async fn audit_book(&self, after: (u64, &str), limit: u16) -> Result<AuditPage, LedgerError> {
        let limit = limit.saturating_mul(RECORDS_FOR_A_PERSON);
        let (fault, next) = self.verify_book(after, limit).await?;
        Ok(AuditPage {
            faults: fault.into_iter().collect(),
            next: next.map(|(after, hash)| AuditRound::Book { after, hash }),
            ..AuditPage::default()
        })
    }

    /// Verifies one case, finding or runbook version again, by its words as [`TrailOf`] writes them. What is none fits.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn audit_again(&self, of: &str) -> Result<Vec<TrailFault>, LedgerError> {
        match of.split_once(' ') {
            Some(("case", id)) => {
                let Ok(id) = CaseId::new(id) else {
                    return Ok(Vec::new());
                };
                let mut faults = self.verify_case(&id, "an earlier sweep").await?;
                faults.extend(self.unlisted([id].into()).await?);
                Ok(faults)
            }
            Some(("employee", id)) => {
                let Ok(id) = EmployeeId::new(id) else {
                    return Ok(Vec::new());
                };
                let Some(person) = self.person_row(&id).await? else {
                    return Ok(Vec::new());
                };
                let mut faults = self.verify_heard(&id, &person.item).await?;
                for (case, _) in self.cases_of(&id).await? {
                    let of_case = self.verify_case(&case, "an earlier sweep").await?;
                    let heard = |fault: &TrailFault| matches!(fault.of, TrailOf::Heard(_));
                    faults.extend(of_case.into_iter().filter(heard));
                }
                Ok(faults)
            }
            Some(("book", _)) => {
                let (mut at, mut faults) = ((0, GENESIS.to_owned()), Vec::new());
                loop {
                    let page = self.verify_book((at.0, &at.1), BOOK_AT_ONCE).await?;
                    faults.extend(page.0);
                    match page.1 {
                        Some(next) => at = next,
                        None => return Ok(faults),
                    }
                }
            }
            Some(("finding", id)) => match FindingId::new(id) {
                Ok(id) => self.verify_finding(&id).await,
                Err(_) => Ok(Vec::new()),
            },
            Some(("settings", address)) => {
                let address = address.strip_prefix("of ").unwrap_or(address);
                self.verify_own_settings(address).await
            }
            Some(("runbook", version)) => {
                let version = version.strip_prefix("version ").unwrap_or(version);
                match RunbookVersion::new(version) {
                    Ok(version) => Ok(self.verify_runbook(&version).await?.into_iter().collect()),
                    Err(_) => Ok(Vec::new()),
                }
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Cases that are not on the list of their person, or whose person is not there. The others were verified with the
    /// person.
    async fn unlisted(&self, cases: BTreeSet<CaseId>) -> Result<Vec<TrailFault>, LedgerError> {
        let keys = cases.iter().map(keys::case).collect();
        let mut wanted = Vec::new();
        let mut versions = BTreeSet::new();
        let mut faults = Vec::new();
        let mut held = BTreeSet::new();
        for item in self.get_all(keys).await? {
            let Some(id) = keys::case_of(&item.key.pk) else {
                continue;
            };
            match serde_json::from_str::<Row<latchkey_lifecycle::Case>>(&item.body) {
                Ok(row) => {
                    versions.insert(row.item.runbook);
                    if row.item.state == CaseState::Held {
                        held.insert(id.clone());
                    }
                    wanted.push((id, row.item.employee_id));
                }
                Err(e) => faults.push(TrailFault {
                    of: TrailOf::Case(id),
                    problem: TrailProblem::Unreadable(without_values(&e.to_string())),
                }),
            }
        }
        let people: BTreeSet<&EmployeeId> = wanted.iter().map(|(_, employee)| employee).collect();
        let entries = wanted
            .iter()
            .map(|(id, employee)| keys::persons_case(employee, id));
        let keys = entries.chain(people.into_iter().map(keys::person));
        let there = self.get_all(keys.collect()).await?;
        let there: BTreeMap<(&str, &str), &Item> = there
            .iter()
            .map(|item| ((item.key.pk.as_str(), item.key.sk.as_str()), item))
            .collect();
        for (id, employee) in wanted {
            let find = |key: &Key| there.get(&(key.pk.as_str(), key.sk.as_str())).copied();
            let listed = find(&keys::persons_case(&employee, &id)).is_some();
            let person = find(&keys::person(&employee))
                .map(read::<Row<PersonRecord>>)
                .transpose()?;
            // Whoever has another id now stands on no shelf, so nobody came to their cases by them.
            let met = listed && person.as_ref().is_some_and(|row| row.item.became.is_none());
            if !met {
                faults.extend(self.verify_case(&id, "the index of cases").await?);
            }
            let problem = match (&person, listed) {
                (None, _) => TrailProblem::NoPerson(employee),
                (Some(_), false) => TrailProblem::Unlisted(employee),
                (Some(_), true) => continue,
            };
            let of = TrailOf::Case(id);
            faults.push(TrailFault { of, problem });
        }
        for version in versions {
            faults.extend(self.verify_runbook(&version).await?);
        }
        faults.extend(self.held_by_nothing(held).await?);
        Ok(faults)
    }

    /// How far the trails were verified by earlier sweeps.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn audit_round(&self) -> Result<Row<AuditRound>, LedgerError> {
        let found = self.get(&keys::audit_round()).await?;
        Ok(found.unwrap_or_else(|| Row::new(AuditRound::default())))
    }

    /// Notes how far they were verified. `false` when another sweep wrote in between: its place stays.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn put_audit_round(&self, row: &mut Row<AuditRound>) -> Result<bool, LedgerError> {
        let write = self.put_row(&keys::audit_round(), row, &[])?;
        Ok(self.commit(vec![write]).await? == Committed::Yes)
    }
}
