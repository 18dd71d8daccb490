//! The audit trail: append-only, hash-chained. A changed, removed or inserted record is found (promise 9).
//!
//! Each case and each task has a chain of its own, whose head (length and last hash) stands on the item
//! that the same transaction writes; so parallel tasks do not queue for one chain. The record that closes
//! a case names the heads of all its tasks, and the case's plan names the tasks.
//!
//! A record says, too, what its case or task was marked as once it was written ([`Mark`]): so a state that was changed
//! beside the trail is found by comparing the two ([`verify_case`]).

mod act;
mod mark;
mod signer;
mod what;
mod whole;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use act::Act;
pub use mark::{Audited, Mark, digest_of};
pub use signer::{Signer, all_found_by, by_link, came_by, told_by};
pub use what::What;
pub use whole::{
    TrailFault, TrailOf, TrailProblem, Trailed, verify_case, verify_item, verify_retired,
};

/// The hash before the first record of a chain.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What happened, without the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditBody {
    /// When (UTC).
    pub at: Timestamp,
    /// Who: a function (`plan`), a system (`system-scim`) or a person as they signed.
    pub by: String,
    /// What.
    pub what: What,
    /// In plain words, for people.
    pub text: String,
    /// Particulars.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub detail: serde_json::Value,
}

/// One record of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// Position in its chain, from 1.
    pub seq: u64,
    /// Hash of the record before, [`GENESIS`] for the first.
    pub previous: String,
    /// SHA-256 of `seq`, `previous`, the body and the mark, hexadecimal.
    pub hash: String,
    /// What its case, task or finding is from then on; absent in records that were written before there were marks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// What happened.
    #[serde(flatten)]
    pub body: AuditBody,
}

impl AuditRecord {
    /// The record that follows the given head of a chain.
    pub fn after(seq: u64, previous: &str, body: AuditBody, mark: Option<Mark>) -> AuditRecord {
        let seq = seq + 1;
        let hash = digest(seq, previous, &body, mark.as_ref());
        AuditRecord {
            seq,
            previous: previous.to_owned(),
            hash,
            mark,
            body,
        }
    }
}

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// A record's contents do not match its hash.
    #[error("audit record {seq} was changed after it was written")]
    Changed {
        /// Position of the record.
        seq: u64,
    },
    /// A record does not follow the one before.
    #[error("audit record {seq} does not follow the record before it: one was removed or inserted")]
    Broken {
        /// Position of the record.
        seq: u64,
    },
    /// The chain is shorter or longer than its head says.
    #[error("the audit trail has {found} records where its head says {expected}")]
    Length {
        /// Records found.
        found: u64,
        /// Records that the head names.
        expected: u64,
    },
}

/// Checks a chain against its head.
///
/// # Errors
/// The first fault found.
pub fn verify_chain(records: &[AuditRecord], seq: u64, head: &str) -> Result<(), ChainFault> {
    verify_chain_after((0, GENESIS), records, seq, head)
}

/// Checks the end of a chain, from what comes after a record of this position and hash.
///
/// # Errors
/// The first fault found.
pub fn verify_chain_after(
    (before, mut previous): (u64, &str),
    records: &[AuditRecord],
    seq: u64,
    head: &str,
) -> Result<(), ChainFault> {
    for (n, record) in (before + 1..).zip(records) {
        if record.seq != n || record.previous != previous {
            return Err(ChainFault::Broken { seq: n });
        }
        let mark = record.mark.as_ref();
        if record.hash != digest(record.seq, &record.previous, &record.body, mark) {
            return Err(ChainFault::Changed { seq: n });
        }
        previous = &record.hash;
    }
    let found = before + records.len() as u64;
    if found != seq || previous != head {
        return Err(ChainFault::Length {
            found,
            expected: seq,
        });
    }
    Ok(())
}

fn digest(seq: u64, previous: &str, body: &AuditBody, mark: Option<&Mark>) -> String {
    // serde_json writes struct fields in order and maps sorted by key, so equal bodies give equal bytes.
    let body = serde_json::to_string(body).unwrap_or_default();
    let mark = mark.map(Mark::to_string).unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(seq.to_be_bytes());
    hash.update(previous.as_bytes());
    hash.update(body.as_bytes());
    hash.update(mark.as_bytes());
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(n: u64) -> Vec<AuditRecord> {
        let mut records: Vec<AuditRecord> = Vec::new();
        for i in 0..n {
            let body = AuditBody {
                at: Timestamp::UNIX_EPOCH,
                by: "plan".into(),
                what: What::Planned,
                text: format!("line {i}"),
                detail: serde_json::json!({"b": 1, "a": 2}),
            };
            let (seq, previous) = records.last().map_or((0, GENESIS), |r| (r.seq, &r.hash));
            let record = AuditRecord::after(seq, previous, body, None);
            records.push(record);
        }
        records
    }

    #[test]
    fn a_true_chain_stands_also_after_a_trip_through_json() {
        let text = serde_json::to_string(&chain(4)).unwrap();
        let records: Vec<AuditRecord> = serde_json::from_str(&text).unwrap();
        assert_eq!(verify_chain(&records, 4, &records[3].hash), Ok(()));
        assert_eq!(verify_chain(&[], 0, GENESIS), Ok(()));
    }

    #[test]
    fn changed_removed_inserted_and_cut_off_records_are_found() {
        let records = chain(4);
        let head = records[3].hash.clone();

        let mut changed = records.clone();
        changed[1].body.text = "nothing happened".into();
        assert_eq!(
            verify_chain(&changed, 4, &head),
            Err(ChainFault::Changed { seq: 2 })
        );

        let mut removed = records.clone();
        removed.remove(2);
        assert_eq!(
            verify_chain(&removed, 4, &head),
            Err(ChainFault::Broken { seq: 3 })
        );

        let mut inserted = records.clone();
        inserted.insert(
            1,
            AuditRecord::after(1, &records[0].hash, records[0].body.clone(), None),
        );
        assert_eq!(
            verify_chain(&inserted, 4, &head),
            Err(ChainFault::Broken { seq: 3 })
        );

        let cut = &records[..3];
        assert!(matches!(
            verify_chain(cut, 4, &head),
            Err(ChainFault::Length { .. })
        ));
    }
}
