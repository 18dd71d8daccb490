//! A difference that is to be set right, because somebody asks for it: written down with the finding, so that whoever
//! reads systems does it, at once or with the next sweep.

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::{
    AuditBody, Finding, FindingId, FindingKind, FindingState, RepairAsked, What,
};
use serde_json::json;

use super::advice;

/// Why no repair was asked for.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// It cannot be: the text says why, and what to do.
    #[error("{0}")]
    Refused(String),
    /// The ledger did not answer.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Why a finding cannot be set right by a machine, and what to do; `None` when it can.
pub fn not_repairable(finding: &Finding) -> Option<String> {
    let (id, kind) = (&finding.id, finding.seen.kind);
    let whose = match kind {
        _ if finding.seen.system.is_some() && kind.is_repairable() => return None,
        FindingKind::NotRead | FindingKind::NoReader | FindingKind::Tampered => "to mend",
        _ => "to decide",
    };
    Some(format!(
        "finding {id} ({kind}) is for a person {whose}. {}",
        advice(kind)
    ))
}

/// Asks for one open finding to be set right, in the name of `by`. The audit trail keeps the name. Asked again, it is
/// tried again.
///
/// # Errors
/// [`NotAsked`]; the finding stays as it was.
pub async fn ask_for_repair(
    ledger: &Ledger,
    id: &FindingId,
    by: &str,
    now: Timestamp,
) -> Result<Finding, NotAsked> {
    let refused = |text: String| Err(NotAsked::Refused(text));
    let Some(finding) = ledger.find_finding(id).await?.map(|row| row.item) else {
        return refused(format!("there is no finding {id}"));
    };
    if let Some(why) = not_repairable(&finding) {
        return refused(why);
    }
    match finding.state {
        FindingState::Open => {}
        FindingState::Closed => {
            return refused(format!("finding {id} is closed: the difference is gone"));
        }
        FindingState::Accepted => {
            return refused(format!(
                "finding {id} is accepted as it is; once what differs changes it is open again"
            ));
        }
    }
    let change = |before: Option<&Finding>| {
        let before = before.filter(|f| f.state == FindingState::Open)?;
        let after = Finding {
            repair: Some(RepairAsked {
                by: by.to_owned(),
                at: now,
                problem: None,
                given_up: false,
            }),
            ..before.clone()
        };
        let body = AuditBody {
            at: now,
            by: by.to_owned(),
            what: What::RepairAsked,
            text: format!("{by} asks for it to be set right."),
            detail: json!({ "seen": before.seen }),
        };
        Some((after, body))
    };
    let (asked, _) = ledger.change_finding(id, change).await?;
    Ok(asked.unwrap_or(finding))
}
