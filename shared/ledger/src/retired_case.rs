//! Closed cases leave the ledger: all of them goes into an archive, and here stay the id of whom it was about, what it
//! was and when, and the head of its trail. So the archive can be proven to be whole, and the ledger, too.

use jiff::Timestamp;
use latchkey_lifecycle::{
    AuditBody, AuditRecord, Case, CaseId, TrailFault, TrailOf, TrailProblem, What,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    Ledger, LedgerError,
    change_case::case_index,
    keys::{self, Key},
    ledger::{BATCH, Committed, read},
    row::Row,
    store::Item,
    verified_case::compared,
    ways_to_records::{Chain, ways_of_items},
};

/// One line of an archive: an item of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    pk: String,
    sk: String,
    body: Value,
}

/// What an archive has of one case.
#[derive(Debug, Clone)]
pub struct ArchivedCase {
    /// Which case.
    pub id: CaseId,
    /// One line of JSON for each item, in the order of their keys.
    pub lines: Vec<String>,
}

/// Whether a case can be retired.
#[derive(Debug)]
pub enum Retirable {
    /// It can: this goes into the archive.
    Yes(ArchivedCase),
    /// It was retired, and what went into the archive then is still here: it can be taken away.
    CutOff,
    /// It was retired.
    Done,
    /// It has not come to its end.
    Open,
    /// Its trail is not whole, so nothing of it is moved.
    Faults(Vec<TrailFault>),
}

impl ArchivedCase {
    /// The cases of an archive, in its order. A case that is in it twice, because retiring was cut off before the
    /// ledger was written, counts as it was archived last.
    ///
    /// # Errors
    /// The number of the first line that is not one.
    pub fn all_of(text: &str) -> Result<Vec<ArchivedCase>, usize> {
        let mut all: Vec<ArchivedCase> = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let item: Line = serde_json::from_str(line).map_err(|_| n + 1)?;
            let id = keys::case_of(&item.pk).ok_or(n + 1)?;
            // The row of a case stands before all others of it.
            if item.sk == keys::case(&id).sk {
                all.retain(|case| case.id != id);
                all.push(ArchivedCase {
                    id,
                    lines: Vec::new(),
                });
            }
            all.last_mut().ok_or(n + 1)?.lines.push(line.to_owned());
        }
        Ok(all)
    }

    /// SHA-256 over its lines, hexadecimal.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for line in &self.lines {
            hash.update(line.as_bytes());
            hash.update(b"\n");
        }
        hex::encode(hash.finalize())
    }

    /// What in the archive does not fit its own trails.
    fn faults(&self) -> Vec<TrailFault> {
        let lines = self.lines.iter().map(|line| serde_json::from_str(line));
        match lines.collect::<Result<Vec<Line>, _>>() {
            Ok(lines) => {
                let items = lines.into_iter().map(|line| Item {
                    key: Key {
                        pk: line.pk,
                        sk: line.sk,
                    },
                    body: line.body.to_string(),
                });
                compared(&self.id, &items.collect::<Vec<_>>(), "the archive").0
            }
            Err(problem) => vec![TrailFault {
                of: TrailOf::Case(self.id.clone()),
                problem: TrailProblem::Unreadable(problem.to_string()),
            }],
        }
    }
}

fn line_of(item: &Item) -> Result<String, LedgerError> {
    let unreadable = |e: serde_json::Error| LedgerError::Unreadable {
        key: item.key.to_string(),
        problem: e.to_string(),
    };
    let line = Line {
        pk: item.key.pk.clone(),
        sk: item.key.sk.clone(),
        body: serde_json::from_str(&item.body).map_err(unreadable)?,
    };
    serde_json::to_string(&line).map_err(unreadable)
}

impl Ledger {
    /// Whether a case can be retired, and what goes into the archive. Changes nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn retirable(&self, id: &CaseId) -> Result<Retirable, LedgerError> {
        let row = self.case(id).await?;
        let items = self.partition(&keys::case_partition(id)).await?;
        if row.item.retired_at.is_some() {
            return Ok(match self.left_of(id, &items).is_empty() {
                true => Retirable::Done,
                false => Retirable::CutOff,
            });
        }
        if !(row.item.state.is_ended() && row.item.is_settled()) {
            return Ok(Retirable::Open);
        }
        let faults = self.verify_case(id, "the list of its person").await?;
        if !faults.is_empty() {
            return Ok(Retirable::Faults(faults));
        }
        let mut lines = Vec::with_capacity(items.len());
        let own = keys::case(id);
        let (head, rest): (Vec<&Item>, Vec<&Item>) = items.iter().partition(|item| item.key == own);
        for item in head.into_iter().chain(rest) {
            lines.push(line_of(item)?);
        }
        Ok(Retirable::Yes(ArchivedCase {
            id: id.clone(),
            lines,
        }))
    }

    /// Retires a case whose lines are in an archive, on disk. `archive` is what the archive is called.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when the case was written to meanwhile; [`LedgerError`] when the table cannot be written.
    /// Run again, it goes on.
    pub async fn retire(
        &self,
        case: &ArchivedCase,
        archive: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let (id, changed) = (&case.id, || {
            LedgerError::Busy(format!("case {} is being written to", case.id))
        });
        let mut row = self.case(id).await?;
        let as_archived = case
            .lines
            .first()
            .map(|line| line.contains(&row.audit_hash));
        if as_archived != Some(true) || !row.item.is_settled() {
            return Err(changed());
        }
        let records = row.audit_seq;
        row.item.retire(now);
        let record = row.chain(AuditBody {
            at: now,
            by: by.to_owned(),
            what: What::Retired,
            text: format!(
                "What was stored of it went into the archive {archive}, and the head of its trail stays here."
            ),
            detail: json!({
                "archive": archive, "rows": case.lines.len(), "records": records, "sha256": case.digest(),
            }),
        });
        let index = case_index(&row.item);
        let mut writes = vec![self.put_row(&keys::case(id), &mut row, &index)?];
        self.put_record(Chain::Case(id), &record, &mut writes)?;
        match self.commit(writes).await? {
            Committed::Yes => self.take_away(id).await,
            Committed::No(_) => Err(changed()),
        }
    }

    /// Takes away what a retired case has left behind.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written. Run again, it goes on.
    pub async fn take_away(&self, id: &CaseId) -> Result<(), LedgerError> {
        let row: Row<Case> = self.case(id).await?;
        if row.item.retired_at.is_none() {
            return Ok(());
        }
        let items = self.partition(&keys::case_partition(id)).await?;
        let left = self.left_of(id, &items);
        // What leads to a record goes before it, and what says where it leads after it.
        let (records, rest): (Vec<&Item>, Vec<&Item>) = items
            .iter()
            .filter(|item| left.contains(&item.key))
            .partition(|item| item.key.sk.starts_with(keys::AUDIT_PREFIX));
        let ways = ways_of_items(&records, &items);
        let records = records.into_iter().map(|item| item.key.clone());
        let rest = rest.into_iter().map(|item| item.key.clone());
        let all: Vec<Key> = ways.into_iter().chain(records).chain(rest).collect();
        for keys in all.chunks(BATCH) {
            self.store.remove(keys.to_vec()).await?;
        }
        Ok(())
    }

    /// The keys of a retired case that are in its archive.
    fn left_of(&self, id: &CaseId, items: &[Item]) -> Vec<Key> {
        let retired = items.iter().rposition(|item| {
            let own = keys::audit_chain_of(&item.key) == keys::audit_chain(None);
            own && read::<AuditRecord>(item).is_ok_and(|record| record.body.what == What::Retired)
        });
        let stays = |n: usize, item: &Item| {
            let end = retired.is_some_and(|from| {
                n >= from && keys::audit_chain_of(&item.key) == keys::audit_chain(None)
            });
            end || item.key == keys::case(id)
        };
        let items = items.iter().enumerate();
        items
            .filter(|(n, item)| !stays(*n, item))
            .map(|(_, item)| item.key.clone())
            .collect()
    }

    /// What of an archived case does not fit: its own trails, and the head that the ledger kept.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn verify_archived(
        &self,
        case: &ArchivedCase,
    ) -> Result<Vec<TrailFault>, LedgerError> {
        let mut faults = case.faults();
        let fault = |problem| TrailFault {
            of: TrailOf::Case(case.id.clone()),
            problem,
        };
        let Some(row) = self.find_case(&case.id).await? else {
            let problem = TrailProblem::Missing("the archive".to_owned());
            faults.push(fault(problem));
            return Ok(faults);
        };
        // It was archived, and retiring was cut off before the ledger was written: the ledger has it.
        if row.item.retired_at.is_none() {
            return Ok(faults);
        }
        let prefix = keys::audit_chain(None);
        let records: Vec<AuditRecord> =
            self.query(&keys::case_partition(&case.id), &prefix).await?;
        let retired = records
            .iter()
            .rfind(|record| record.body.what == What::Retired);
        match retired {
            None => faults.push(fault(TrailProblem::NotRetired)),
            Some(record) if record.body.detail["sha256"] != case.digest() => {
                faults.push(fault(TrailProblem::OtherArchive { seq: record.seq }));
            }
            Some(_) => {}
        }
        Ok(faults)
    }
}
