//! Audit records by what an auditor looks for: the kind of act, who acted, a system, a case, a person. What leads to a
//! record stands in `ways_to_records`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use latchkey_lifecycle::{Act, AuditRecord, CaseId, EmployeeId, FindingId, SystemId, TaskId};

use crate::{
    Ledger, LedgerError,
    keys::{self, Key},
    ledger::read,
    store::{Item, PageStart, Query},
    ways_to_records::{Way, of_task, systems_of},
};

/// Whose a record is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordOf {
    /// A case's own.
    Case(CaseId),
    /// A task's.
    Task(CaseId, TaskId),
    /// A finding's.
    Finding(FindingId),
    /// Of what somebody set for themselves, by their work e-mail address.
    Own(String),
    /// The book's: about none of these.
    Book,
}

impl RecordOf {
    fn of(record: &Key) -> Option<RecordOf> {
        if let Some(finding) = keys::finding_of(&record.pk) {
            return Some(RecordOf::Finding(finding));
        }
        match keys::case_of(&record.pk) {
            Some(case) => Some(match of_task(record) {
                Some(task) => RecordOf::Task(case, task),
                None => RecordOf::Case(case),
            }),
            None => match keys::own_of(&record.pk) {
                Some(address) => Some(RecordOf::Own(address.to_owned())),
                None => (record.pk == keys::BOOK).then_some(RecordOf::Book),
            },
        }
    }

    /// The case that it is about, if it is about one.
    pub fn case(&self) -> Option<&CaseId> {
        match self {
            RecordOf::Case(case) | RecordOf::Task(case, _) => Some(case),
            RecordOf::Finding(_) | RecordOf::Own(_) | RecordOf::Book => None,
        }
    }
}

/// A record that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRecord {
    /// Whose.
    pub of: RecordOf,
    /// In which system, where it is about one.
    pub system: Option<SystemId>,
    /// The record.
    pub record: AuditRecord,
}

/// Where a page begins: after this record, going back in time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordPlace(String);

impl RecordPlace {
    /// As a link carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a link carried it; `None` for what is no place.
    pub fn of(text: &str) -> Option<RecordPlace> {
        keys::record_at(text).map(|_| RecordPlace(text.to_owned()))
    }
}

/// What is looked for. What is left out is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordsAsked {
    /// Of one case.
    pub case: Option<CaseId>,
    /// Of all cases of one person.
    pub person: Option<EmployeeId>,
    /// Of one who acted, by all that their records are found by ([`latchkey_lifecycle::all_found_by`]); of anybody where
    /// it is empty.
    pub who: BTreeSet<String>,
    /// In one system.
    pub system: Option<SystemId>,
    /// Of one kind.
    pub act: Option<Act>,
    /// Not before this instant (UTC).
    pub from: Option<Timestamp>,
    /// Before this instant (UTC).
    pub until: Option<Timestamp>,
}

/// A page of records, the latest first.
#[derive(Debug, Clone, Default)]
pub struct RecordsPage {
    /// The records.
    pub records: Vec<FoundRecord>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<RecordPlace>,
}

/// So many items of an index are looked at for one page where not each of them fits.
const LOOKED_AT: usize = 1000;
/// So many cases of a person are looked at, the latest first.
const CASES: usize = 50;

/// What was found without reading it: its place, and what is known of it.
type Met = (String, Way);

impl RecordsAsked {
    fn fits(&self, way: &Way) -> bool {
        let act = self.act.map(Act::as_str);
        act.is_none_or(|act| way.act == act)
            && (self.who.is_empty() || way.who.as_ref().is_some_and(|who| self.who.contains(who)))
            && (self.system.is_none() || way.system == self.system)
    }

    /// Whether a place is not too long ago.
    fn reaches(&self, place: &str) -> bool {
        let from = self.from.map(keys::record_instant);
        from.is_none_or(|from| place >= from.as_str())
    }

    /// What comes before every place that is looked for: the end of the page before, or of what is asked.
    fn start(&self, after: Option<&RecordPlace>) -> Option<String> {
        let until = self.until.map(keys::record_instant);
        let after = after.map(|place| place.0.clone());
        match (until, after) {
            (Some(until), Some(after)) => Some(until.min(after)),
            (one, other) => one.or(other),
        }
    }

    /// The partitions of the indexes to look into, by what leads to the fewest.
    fn partitions(&self) -> Vec<String> {
        if !self.who.is_empty() {
            let who = self.who.iter();
            return who.map(|who| keys::records_of_who(who)).collect();
        }
        match (&self.system, self.act) {
            (Some(system), _) => vec![keys::records_in_system(system)],
            (None, Some(act)) => vec![keys::records_of_act(act)],
            (None, None) => Act::all().map(keys::records_of_act).collect(),
        }
    }
}

impl Ledger {
    /// Records of the trails, the latest first, at most `limit`. A page may have fewer and still not be the last: so
    /// many are looked at for one.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn records_found(
        &self,
        asked: &RecordsAsked,
        limit: u16,
        after: Option<&RecordPlace>,
    ) -> Result<RecordsPage, LedgerError> {
        if asked.case.is_some() || asked.person.is_some() {
            return self
                .records_of_cases(asked, usize::from(limit), after)
                .await;
        }
        let partitions = asked.partitions();
        let (met, next) = self.met_in_each(&partitions, asked, limit, after).await?;
        let keys = met.iter().filter_map(|(place, _)| keys::record_at(place));
        let items = self.get_all(keys.collect()).await?;
        let items: BTreeMap<(&str, &str), &Item> = items
            .iter()
            .map(|item| ((item.key.pk.as_str(), item.key.sk.as_str()), item))
            .collect();
        let mut records = Vec::with_capacity(met.len());
        for (place, way) in met {
            let Some(key) = keys::record_at(&place) else {
                continue;
            };
            // One that was retired in between is in the archive.
            let item = items.get(&(key.pk.as_str(), key.sk.as_str()));
            let Some((item, of)) = item.zip(RecordOf::of(&key)) else {
                continue;
            };
            let (record, system): (AuditRecord, _) = (read(item)?, way.system);
            // What led to another one, which was not written then, leads nowhere.
            if keys::record_place(record.body.at, &key) == place {
                records.push(FoundRecord { of, system, record });
            }
        }
        Ok(RecordsPage { records, next })
    }

    /// What one partition has, as far as it fits.
    async fn met_in(
        &self,
        partition: &str,
        asked: &RecordsAsked,
        limit: u16,
        after: Option<&RecordPlace>,
    ) -> Result<(Vec<Met>, Option<RecordPlace>), LedgerError> {
        let mut met: Vec<Met> = Vec::new();
        let (mut from, mut looked_at) = (asked.start(after), 0);
        loop {
            // One more, to know whether there is one.
            let asked_for = limit.saturating_add(1);
            let (some, more) = self.backwards(partition, asked_for, from.take()).await?;
            looked_at += some.len();
            for (place, way) in some {
                if !asked.reaches(&place) {
                    return Ok((met, None));
                }
                if met.len() == usize::from(limit) {
                    let last = met.last().map(|(place, _)| RecordPlace(place.clone()));
                    return Ok((met, last));
                }
                from = Some(place.clone());
                if asked.fits(&way) {
                    met.push((place, way));
                }
            }
            match from.clone() {
                Some(last) if more && looked_at >= LOOKED_AT => {
                    return Ok((met, Some(RecordPlace(last))));
                }
                Some(_) if more => {}
                _ => return Ok((met, None)),
            }
        }
    }

    /// The latest of several partitions, as far as they fit. A record may stand in more than one of them.
    async fn met_in_each(
        &self,
        partitions: &[String],
        asked: &RecordsAsked,
        limit: u16,
        after: Option<&RecordPlace>,
    ) -> Result<(Vec<Met>, Option<RecordPlace>), LedgerError> {
        let mut met = BTreeMap::new();
        // What is before the latest place to which one of them was looked through may be missing.
        let mut known_from: Option<RecordPlace> = None;
        for partition in partitions {
            let (some, next) = self.met_in(partition, asked, limit, after).await?;
            met.extend(some);
            known_from = known_from.max(next);
        }
        let is_known = |place: &str| {
            known_from
                .as_ref()
                .is_none_or(|from| place >= from.as_str())
        };
        let latest = met.into_iter().rev();
        let mut met: Vec<Met> = latest.take_while(|(place, _)| is_known(place)).collect();
        if met.len() <= usize::from(limit) {
            return Ok((met, known_from));
        }
        met.truncate(usize::from(limit));
        let next = met.last().map(|(place, _)| RecordPlace(place.clone()));
        Ok((met, next))
    }

    /// Items of a partition, the latest first, before a place; whether there are more.
    async fn backwards(
        &self,
        partition: &str,
        limit: u16,
        before: Option<String>,
    ) -> Result<(Vec<Met>, bool), LedgerError> {
        let from = before.map(|sk| {
            let keys = [("pk", partition.to_owned()), ("sk", sk)];
            PageStart(keys.map(|(name, value)| (name.to_owned(), value)).into())
        });
        let query = Query {
            partition: partition.to_owned(),
            backwards: true,
            limit: Some(limit),
            from,
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let met = page.items.iter();
        let met = met.map(|item| Ok((item.key.sk.clone(), read(item)?)));
        let met: Result<Vec<Met>, LedgerError> = met.collect();
        Ok((met?, page.next.is_some()))
    }

    /// Those of one case, or of all cases of a person: their own trails are the index.
    async fn records_of_cases(
        &self,
        asked: &RecordsAsked,
        limit: usize,
        after: Option<&RecordPlace>,
    ) -> Result<RecordsPage, LedgerError> {
        let start = asked.start(after);
        let is_before = |place: &str| start.as_deref().is_none_or(|start| place < start);
        let mut found: BTreeMap<String, FoundRecord> = BTreeMap::new();
        for case in self.cases_asked(asked).await? {
            let items = self.partition(&keys::case_partition(&case)).await?;
            let systems = systems_of(&items);
            let is_record = |item: &&Item| item.key.sk.starts_with(keys::AUDIT_PREFIX);
            for item in items.iter().filter(is_record) {
                let record: AuditRecord = read(item)?;
                let system =
                    of_task(&item.key).and_then(|task| systems.get(&task).cloned().flatten());
                let place = keys::record_place(record.body.at, &item.key);
                let fits = asked.fits(&Way::of(&record.body, system.clone()))
                    && is_before(&place)
                    && asked.reaches(&place);
                if let Some(of) = RecordOf::of(&item.key).filter(|_| fits) {
                    found.insert(place, FoundRecord { of, system, record });
                }
            }
            // Those of many cases are not all kept: the latest are.
            while found.len() > limit + 1 {
                found.pop_first();
            }
        }
        let mut latest: Vec<(String, FoundRecord)> = found.into_iter().rev().collect();
        let more = latest.len() > limit;
        latest.truncate(limit);
        let next = latest.last().filter(|_| more);
        let next = next.map(|(place, _)| RecordPlace(place.clone()));
        Ok(RecordsPage {
            records: latest.into_iter().map(|(_, record)| record).collect(),
            next,
        })
    }

    async fn cases_asked(&self, asked: &RecordsAsked) -> Result<Vec<CaseId>, LedgerError> {
        let Some(person) = &asked.person else {
            return Ok(asked.case.iter().cloned().collect());
        };
        let mut cases = self.each_case_of(person).await?;
        cases.sort_by_key(|row| std::cmp::Reverse(row.item.opened_at));
        let ids = cases.into_iter().map(|row| row.item.id);
        let wanted = ids.filter(|id| asked.case.as_ref().is_none_or(|case| case == id));
        Ok(wanted.take(CASES).collect())
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests;
