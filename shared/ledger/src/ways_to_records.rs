//! What leads to an audit record: it is written with it, in the same transaction, and the record itself is never written
//! again.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{
    Act, AuditBody, AuditRecord, CaseId, Finding, Signer, SystemId, Task, TaskId,
};
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError,
    keys::{self, Key},
    ledger::read,
    row::{Row, TaskRow},
    store::{Item, When, Write},
};

/// So many items at most lead to one record.
pub(crate) const MOST_WAYS: usize = 3;

/// Whose chain a record is of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Chain<'a> {
    /// A case's own.
    Case(&'a CaseId),
    /// A task's.
    Task(&'a Task),
    /// A finding's.
    Finding(&'a Finding),
    /// Of what somebody sets for themselves, by their work e-mail address.
    Own(&'a str),
    /// The book of what is about none of these.
    Book,
}

impl Chain<'_> {
    fn key(self, seq: u64) -> Key {
        match self {
            Chain::Case(case) => keys::audit(case, None, seq),
            Chain::Task(task) => keys::audit(&task.case_id, Some(&task.id), seq),
            Chain::Finding(finding) => keys::finding_audit(&finding.id, seq),
            Chain::Own(address) => keys::own_audit(address, seq),
            Chain::Book => keys::book_audit(seq),
        }
    }

    fn system(self) -> Option<SystemId> {
        match self {
            Chain::Task(task) => system_of(task),
            Chain::Finding(finding) => finding.seen.system.clone(),
            Chain::Case(_) | Chain::Own(_) | Chain::Book => None,
        }
    }
}

/// The system that a task is about: the one that it changes or is read back from, or in which a team gives by hand.
fn system_of(task: &Task) -> Option<SystemId> {
    task.system().or(task.gives_in.as_ref()).cloned()
}

/// What is known of a record without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Way {
    pub(crate) act: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) who: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) system: Option<SystemId>,
}

impl Way {
    pub(crate) fn of(body: &AuditBody, system: Option<SystemId>) -> Way {
        Way {
            act: body.what.act().as_str().to_owned(),
            who: Signer::of_record(body).found_by(),
            system,
        }
    }

    /// The partitions that lead to it.
    fn partitions(&self) -> impl Iterator<Item = String> + '_ {
        let act = Act::named(&self.act).unwrap_or(Act::Other);
        let who = self.who.as_deref().map(keys::records_of_who);
        let system = self.system.as_ref().map(keys::records_in_system);
        [Some(keys::records_of_act(act)), who, system]
            .into_iter()
            .flatten()
    }
}

/// The keys of what leads to records that are read as items, with the tasks among `all` of their case.
pub(crate) fn ways_of_items(records: &[&Item], all: &[Item]) -> Vec<Key> {
    let systems = systems_of(all);
    let ways = records.iter().filter_map(|item| {
        let record: AuditRecord = read(item).ok()?;
        let system = of_task(&item.key).and_then(|task| systems.get(&task).cloned().flatten());
        let place = keys::record_place(record.body.at, &item.key);
        let way = Way::of(&record.body, system);
        // What earlier releases wrote stands beside it: by what whoever signed had typed, and with how their word had come.
        let signed = Signer::of(&record.body.by);
        let once = [signed.found_by(), signed.once_found_by()];
        let once = once.iter().flatten().map(|who| keys::records_of_who(who));
        let keys: BTreeSet<Key> = way
            .partitions()
            .chain(once)
            .map(|pk| at(pk, &place))
            .collect();
        Some(keys)
    });
    ways.flatten().collect()
}

fn at(pk: String, place: &str) -> Key {
    Key {
        pk,
        sk: place.to_owned(),
    }
}

pub(crate) fn of_task(record: &Key) -> Option<TaskId> {
    keys::task_of_chain(keys::audit_chain_of(record))
}

/// The systems of the tasks among the items of a case.
pub(crate) fn systems_of(items: &[Item]) -> BTreeMap<TaskId, Option<SystemId>> {
    let tasks = items.iter().filter_map(|item| {
        let task = keys::task_of(&item.key.sk)?;
        let row: Row<TaskRow> = read(item).ok()?;
        Some((task, system_of(&row.item.task)))
    });
    tasks.collect()
}

impl Ledger {
    /// The writes of an audit record, and of what leads to it. Records are never overwritten.
    pub(crate) fn put_record(
        &self,
        chain: Chain<'_>,
        record: &AuditRecord,
        writes: &mut Vec<Write>,
    ) -> Result<(), LedgerError> {
        let mut ways = Vec::new();
        self.put_record_apart(chain, record, writes, &mut ways)?;
        writes.append(&mut ways);
        Ok(())
    }

    /// The same, for whoever may have no room for both in one transaction: what leads to a record that is not there, or
    /// is another one, leads nowhere.
    pub(crate) fn put_record_apart(
        &self,
        chain: Chain<'_>,
        record: &AuditRecord,
        writes: &mut Vec<Write>,
        ways: &mut Vec<Write>,
    ) -> Result<(), LedgerError> {
        let key = chain.key(record.seq);
        writes.push(self.put(&key, record, When::Absent, &[])?);
        let way = Way::of(&record.body, chain.system());
        self.put_ways(&way, &keys::record_place(record.body.at, &key), ways)
    }

    fn put_ways(&self, way: &Way, place: &str, writes: &mut Vec<Write>) -> Result<(), LedgerError> {
        for pk in way.partitions() {
            writes.push(self.put(&at(pk, place), way, When::Always, &[])?);
        }
        Ok(())
    }

    /// What leads to the records of a case or finding that an earlier release wrote.
    pub(crate) fn ways_to_records(
        &self,
        items: &[Item],
        system: Option<&SystemId>,
    ) -> Result<Vec<Write>, LedgerError> {
        let systems = systems_of(items);
        let mut writes = Vec::new();
        let is_record = |item: &&Item| item.key.sk.starts_with(keys::AUDIT_PREFIX);
        for item in items.iter().filter(is_record) {
            // What cannot be read is for whoever verifies the trails to say.
            let Ok(record) = read::<AuditRecord>(item) else {
                continue;
            };
            let own = of_task(&item.key).and_then(|task| systems.get(&task).cloned().flatten());
            let way = Way::of(&record.body, own.or_else(|| system.cloned()));
            let place = keys::record_place(record.body.at, &item.key);
            self.put_ways(&way, &place, &mut writes)?;
        }
        Ok(writes)
    }
}
