//! What HR confirmed, against the records of the cases that came of it: each names the event and the digest of its words.

use std::collections::BTreeMap;

use latchkey_lifecycle::{
    AuditRecord, Case, EmployeeId, EventId, TrailFault, TrailOf, TrailProblem, digest_of,
};
use latchkey_story::Heard;
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError,
    keys::{self, Key},
    ledger::read,
    row::Row,
    store::Item,
};

/// The event that a record was written because of, as its particulars name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeardBy {
    /// Whose.
    pub employee: EmployeeId,
    /// Which.
    pub id: EventId,
    /// The digest of all its words.
    pub words: String,
}

impl HeardBy {
    /// As a record names an event.
    pub fn of(heard: &Heard) -> HeardBy {
        HeardBy {
            employee: heard.employee_id.clone(),
            id: heard.id(),
            words: digest_of(heard),
        }
    }
}

impl Ledger {
    /// Events of HR that are not as the records of a case tell: all their words, or, of records that earlier releases
    /// wrote, reason and name. `items`: all that the case's partition has.
    pub(crate) async fn heard_otherwise(
        &self,
        items: &[Item],
    ) -> Result<Vec<TrailFault>, LedgerError> {
        let records = items
            .iter()
            .filter(|item| item.key.sk.starts_with("AUDIT#CASE#"));
        let records: Vec<AuditRecord> = records.filter_map(|item| read(item).ok()).collect();
        let mut wanted: BTreeMap<(EmployeeId, EventId), Option<String>> = BTreeMap::new();
        let case = items.iter().find(|item| item.key.sk == "CASE");
        let case: Option<Row<Case>> = case.and_then(|item| read(item).ok());
        if let Some(case) = case.map(|row| row.item) {
            let events = case.grounds.iter().flat_map(|grounds| &grounds.events);
            wanted.extend(events.map(|event| ((case.employee_id.clone(), *event), None)));
        }
        for record in &records {
            if let Ok(by) = HeardBy::deserialize(&record.body.detail["heard"]) {
                wanted.insert((by.employee, by.id), Some(by.words));
            }
        }
        let key = |(employee, id): &(EmployeeId, EventId)| keys::heard(employee, *id);
        let there = self.get_all(wanted.keys().map(key).collect()).await?;
        let there: BTreeMap<(&str, &str), &Item> = there
            .iter()
            .map(|item| ((item.key.pk.as_str(), item.key.sk.as_str()), item))
            .collect();
        let mut faults = Vec::new();
        for (event, words) in &wanted {
            let Key { pk, sk } = key(event);
            let altered = match there.get(&(pk.as_str(), sk.as_str())) {
                Some(item) => is_altered(item, words.as_deref(), &records),
                // What was retired was forgotten; that others are there than were kept is named with the person.
                None => words.is_some() && !self.was_retired(&event.0).await?,
            };
            if altered {
                faults.push(TrailFault {
                    of: TrailOf::Heard(event.0.clone()),
                    problem: TrailProblem::HeardAltered,
                });
            }
        }
        faults.dedup();
        Ok(faults)
    }
}

fn is_altered(item: &Item, words: Option<&str>, records: &[AuditRecord]) -> bool {
    let Ok(heard) = read::<Heard>(item) else {
        return true;
    };
    match words {
        Some(words) => digest_of(&heard) != words,
        None => records.iter().any(|record| tells_otherwise(record, &heard)),
    }
}

/// Whether a record of an earlier release was written because of an event, and tells of another reason or name.
fn tells_otherwise(record: &AuditRecord, heard: &Heard) -> bool {
    let detail = &record.body.detail;
    let of_it = detail["source"] == heard.source.as_str()
        && detail["delivery"] == heard.delivery_id.as_str()
        && detail["occurredAt"] == heard.occurred_at.to_string().as_str();
    let source = format!("HR system ({})", heard.source);
    let by = match &heard.confirmed_by {
        Some(name) => format!("{name}, by {source}"),
        None => source.clone(),
    };
    let signed = record.body.by.ends_with(&source);
    of_it
        && ((signed && record.body.by != by)
            || detail["reason"].as_str() != heard.reason.as_deref())
}
