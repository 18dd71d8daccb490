//! A case and a finding compared with their trails (promise 9).

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{
    AuditRecord, Audited, Case, CaseId, Finding, FindingId, OwnSettings, Task, TaskId, TrailFault,
    TrailOf, TrailProblem, Trailed, What, shown::without_values, verify_case, verify_item,
    verify_retired,
};

use serde::de::DeserializeOwned;

use crate::{
    Ledger, LedgerError, Talk,
    beside_trail::beside,
    keys::{self, Key},
    ledger::read,
    row::{Row, TaskRow},
    store::Item,
};

/// How often what does not fit is read again before it is given up: it was being written to each time.
const READINGS: usize = 6;

impl Ledger {
    /// What of a case does not fit its trail: the case, its tasks, their chains, and the cases that it names.
    /// `named_by` is what led to it, in words.
    ///
    /// What does not fit is read again: only what is the same twice counts, so that nothing that is being written is a
    /// fault.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn verify_case(
        &self,
        id: &CaseId,
        named_by: &str,
    ) -> Result<Vec<TrailFault>, LedgerError> {
        let partition = keys::case_partition(id);
        let mut before: Option<Vec<Item>> = None;
        for _ in 0..READINGS {
            let items = match self.partition(&partition).await {
                Err(LedgerError::Unreadable { .. }) => return self.damaged(id).await,
                items => items?,
            };
            let (mut faults, others) = compared(id, &items, named_by);
            let keys: Vec<_> = others.iter().map(keys::case).collect();
            let there = self.get_all(keys).await?;
            for other in others {
                if there.iter().all(|item| item.key != keys::case(&other)) {
                    faults.push(TrailFault {
                        of: TrailOf::Case(other),
                        problem: TrailProblem::Missing(format!("case {id}")),
                    });
                }
            }
            faults.extend(self.heard_otherwise(&items).await?);
            if faults.is_empty() || before.as_ref() == Some(&items) {
                return Ok(faults);
            }
            before = Some(items);
        }
        Err(LedgerError::Busy(format!("case {id} is being written to")))
    }

    /// Says of which kind the rows of a case are that the table itself cannot read.
    async fn damaged(&self, id: &CaseId) -> Result<Vec<TrailFault>, LedgerError> {
        let mut faults = Vec::new();
        for kind in keys::CASE_KINDS {
            match self.items(&keys::case_partition(id), kind).await {
                Err(LedgerError::Unreadable { problem, .. }) => faults.push(TrailFault {
                    of: TrailOf::Case(id.clone()),
                    problem: TrailProblem::Unreadable(format!(
                        "a row of it, {kind}\u{2026}, {problem}"
                    )),
                }),
                read => {
                    read?;
                }
            }
        }
        Ok(faults)
    }

    /// What of a finding does not fit its trail.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn verify_finding(&self, id: &FindingId) -> Result<Vec<TrailFault>, LedgerError> {
        let (of, key) = (TrailOf::Finding(id.clone()), keys::finding(id));
        let own = |finding: &Finding| TrailOf::Finding(finding.id.clone());
        self.verify_one(of, &key, own).await
    }

    /// What of somebody's own settings does not fit their trail.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn verify_own_settings(&self, address: &str) -> Result<Vec<TrailFault>, LedgerError> {
        let (of, key) = (TrailOf::Own(address.to_owned()), keys::own(address));
        let own = |settings: &OwnSettings| TrailOf::Own(settings.address.clone());
        self.verify_one(of, &key, own).await
    }

    /// What of an item does not fit the trail that has its partition to itself. `own`: whose trail the item says it has.
    async fn verify_one<T: Audited + DeserializeOwned>(
        &self,
        of: TrailOf,
        key: &Key,
        own: impl Fn(&T) -> TrailOf,
    ) -> Result<Vec<TrailFault>, LedgerError> {
        let mut before: Option<Vec<Item>> = None;
        for _ in 0..READINGS {
            let items = self.partition(&key.pk).await?;
            let problem = item_compared(&of, key, &items, &own).err();
            let fault = problem.map(|problem| TrailFault {
                of: of.clone(),
                problem,
            });
            if fault.is_none() || before.as_ref() == Some(&items) {
                return Ok(fault.into_iter().collect());
            }
            before = Some(items);
        }
        Err(LedgerError::Busy(format!("{key} is being written to")))
    }
}

/// The items of a case's partition, taken apart.
#[derive(Default)]
struct Parts {
    case: Option<Row<Case>>,
    tasks: BTreeMap<TaskId, Row<TaskRow>>,
    talks: BTreeMap<TaskId, Talk>,
    chains: BTreeMap<String, Vec<AuditRecord>>,
    faults: Vec<TrailFault>,
}

impl Parts {
    fn of(id: &CaseId, items: &[Item]) -> Parts {
        let mut parts = Parts::default();
        for item in items {
            if let Err(problem) = parts.take(id, item) {
                let task = keys::task_of(&item.key.sk).or_else(|| keys::talk_of(&item.key.sk));
                parts.faults.push(TrailFault {
                    of: task.map_or(TrailOf::Case(id.clone()), |task| {
                        TrailOf::Task(id.clone(), task)
                    }),
                    problem: TrailProblem::Unreadable(format!(
                        "{}: {}",
                        item.key.sk,
                        without_values(&problem.to_string())
                    )),
                });
            }
        }
        parts
    }

    fn take(&mut self, id: &CaseId, item: &Item) -> Result<(), serde_json::Error> {
        let body = item.body.as_str();
        let sk = item.key.sk.as_str();
        if sk == keys::case(id).sk {
            self.case = Some(serde_json::from_str(body)?);
        } else if let Some(task) = keys::task_of(sk) {
            self.tasks.insert(task, serde_json::from_str(body)?);
        } else if let Some(task) = keys::talk_of(sk) {
            let row: Row<Talk> = serde_json::from_str(body)?;
            self.talks.insert(task, row.item);
        } else if sk.starts_with(keys::AUDIT_PREFIX) {
            let record = serde_json::from_str(body)?;
            let chain = keys::audit_chain_of(&item.key).to_owned();
            self.chains.entry(chain).or_default().push(record);
        }
        Ok(())
    }

    /// Rows that are another one by their own words.
    fn misplaced(&self, id: &CaseId) -> Vec<TrailFault> {
        let case = self.case.iter().map(|row| &row.item.id);
        let case = case.filter(|own| *own != id).map(|own| TrailFault {
            of: TrailOf::Case(id.clone()),
            problem: TrailProblem::Elsewhere(TrailOf::Case(own.clone()).to_string()),
        });
        let tasks = self.tasks.iter().filter_map(|(name, row)| {
            let task = &row.item.task;
            let own = TrailOf::Task(task.case_id.clone(), task.id.clone());
            let of = TrailOf::Task(id.clone(), name.clone());
            (own != of).then(|| TrailFault {
                of,
                problem: TrailProblem::Elsewhere(own.to_string()),
            })
        });
        case.chain(tasks).collect()
    }

    /// What stands with tasks beside their state and is not as their records tell.
    fn beside_their_trails(&self, id: &CaseId) -> Vec<TrailFault> {
        let asked = self
            .talks
            .keys()
            .filter(|task| !self.tasks.contains_key(*task));
        let tasks = self.tasks.keys().chain(asked);
        let faults = tasks.flat_map(|task| {
            let row = self.tasks.get(task).map(|row| &row.item);
            let records = self.chains.get(&keys::audit_chain(Some(task)));
            let records = records.map_or(&[][..], Vec::as_slice);
            let problems = beside(row, self.talks.get(task), records);
            problems.into_iter().map(|problem| TrailFault {
                of: TrailOf::Task(id.clone(), task.clone()),
                problem,
            })
        });
        faults.collect()
    }
}

/// What does not fit, and the cases that this one names.
pub(crate) fn compared(
    id: &CaseId,
    items: &[Item],
    named_by: &str,
) -> (Vec<TrailFault>, BTreeSet<CaseId>) {
    let mut parts = Parts::of(id, items);
    let mut faults = std::mem::take(&mut parts.faults);
    let fault = |of, problem| TrailFault { of, problem };
    let Some(case) = &parts.case else {
        // Told above, where it is there and cannot be read.
        if faults
            .iter()
            .all(|fault| fault.of != TrailOf::Case(id.clone()))
        {
            let problem = TrailProblem::Missing(named_by.to_owned());
            faults.push(fault(TrailOf::Case(id.clone()), problem));
        }
        return (faults, BTreeSet::new());
    };
    faults.extend(parts.misplaced(id));
    if case.item.id != *id {
        // Another case's checklist says nothing of this one's tasks.
        return (faults, BTreeSet::new());
    }
    let named = case.item.supersedes.iter().chain(&case.item.superseded_by);
    let named: BTreeSet<CaseId> = named.cloned().collect();
    if case.item.retired_at.is_some() {
        faults.extend(retired(id, case, &parts, items.len()));
        return (faults, named);
    }
    let none = Vec::new();
    let records = |task: Option<&TaskId>| {
        let chain = parts.chains.get(&keys::audit_chain(task));
        chain.unwrap_or(&none).as_slice()
    };
    let tasks: BTreeMap<TaskId, Trailed<'_, Task>> = parts
        .tasks
        .iter()
        .map(|(name, row)| {
            (
                name.clone(),
                trailed(row, &row.item.task, records(Some(name))),
            )
        })
        .collect();
    faults.extend(verify_case(
        &trailed(case, &case.item, records(None)),
        &tasks,
    ));
    faults.extend(parts.beside_their_trails(id));
    for chain in parts.chains.keys() {
        let task = keys::task_of_chain(chain);
        let known = match &task {
            None => *chain == keys::audit_chain(None),
            Some(task) => tasks.contains_key(task),
        };
        if known {
            continue;
        }
        let of = task.map_or(TrailOf::Case(id.clone()), |task| {
            TrailOf::Task(id.clone(), task)
        });
        if faults.iter().all(|fault| fault.of != of) {
            faults.push(fault(of, TrailProblem::RecordsOnly));
        }
    }
    (faults, named)
}

/// What of a retired case does not fit: its row and the end of its own trail are all that is here.
fn retired(id: &CaseId, case: &Row<Case>, parts: &Parts, rows: usize) -> Option<TrailFault> {
    let none = Vec::new();
    let chain = parts.chains.get(&keys::audit_chain(None)).unwrap_or(&none);
    // Those of before the archive may be here when retiring was cut off.
    let from = chain
        .iter()
        .rposition(|record| record.body.what == What::Retired);
    let kept = from.map_or(none.as_slice(), |from| &chain[from..]);
    let fits = verify_retired(&trailed(case, &case.item, kept));
    let problem = match (fits, rows - 1 - kept.len()) {
        (Err(problem), _) => problem,
        (Ok(()), 0) => return None,
        (Ok(()), more) => TrailProblem::StillHere(more),
    };
    Some(TrailFault {
        of: TrailOf::Case(id.clone()),
        problem,
    })
}

fn item_compared<T: Audited + DeserializeOwned>(
    of: &TrailOf,
    key: &Key,
    items: &[Item],
    own: impl Fn(&T) -> TrailOf,
) -> Result<(), TrailProblem> {
    let unreadable = |e: LedgerError| TrailProblem::Unreadable(e.to_string());
    let head = items.iter().find(|item| item.key == *key);
    let head: Row<T> = match head {
        Some(item) => read(item).map_err(unreadable)?,
        None => return Err(TrailProblem::RecordsOnly),
    };
    let own = own(&head.item);
    if own != *of {
        return Err(TrailProblem::Elsewhere(own.to_string()));
    }
    let records = items.iter().filter(|item| item.key != *key);
    let records: Vec<AuditRecord> = records
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    verify_item(&trailed(&head, &head.item, &records))
}

fn trailed<'a, R, T>(row: &'a Row<R>, item: &'a T, records: &'a [AuditRecord]) -> Trailed<'a, T> {
    Trailed {
        item,
        records,
        seq: row.audit_seq,
        head: &row.audit_hash,
    }
}
