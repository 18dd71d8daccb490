//! A difference that may stay as it is, because somebody says so: an account that machines sign in with, a second
//! account for good reason. It is looked at by every sweep, told to nobody, and opened again as soon as it is another
//! one.

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::{Acceptance, AuditBody, Finding, FindingId, FindingState, What, sentence};
use serde_json::json;

use super::advice;

/// Why a finding was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// It cannot be: the text says why, and what to do.
    #[error("{0}")]
    Refused(String),
    /// The ledger did not answer.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Accepts one finding as it is now, in the name of `by`. The audit trail keeps name and reason. Running it again
/// changes nothing.
///
/// # Errors
/// [`NotAccepted`]; the finding stays as it was.
pub async fn accept(
    ledger: &Ledger,
    id: &FindingId,
    (by, reason): (&str, &str),
    now: Timestamp,
) -> Result<Finding, NotAccepted> {
    let refused = |text: String| Err(NotAccepted::Refused(text));
    let (by, reason) = (by.trim(), reason.trim());
    if by.is_empty() || reason.is_empty() {
        let text =
            "a finding is accepted by somebody and for a reason: say both with --by and --reason";
        return refused(text.to_owned());
    }
    let Some(finding) = ledger.find_finding(id).await?.map(|row| row.item) else {
        return refused(format!("there is no finding {id}"));
    };
    if finding.state == FindingState::Closed {
        return refused(format!("finding {id} is closed: the difference is gone"));
    }
    let kind = finding.seen.kind;
    if !kind.is_acceptable() {
        let advice = advice(kind);
        return refused(format!(
            "finding {id} ({kind}) cannot be accepted. {advice}"
        ));
    }
    let acceptance = Acceptance {
        by: by.to_owned(),
        reason: reason.to_owned(),
        at: now,
    };
    let change = |before: Option<&Finding>| {
        let before = before.filter(|f| f.state == FindingState::Open)?;
        let after = Finding {
            state: FindingState::Accepted,
            accepted: Some(acceptance.clone()),
            ..before.clone()
        };
        let body = AuditBody {
            at: acceptance.at,
            by: by.to_owned(),
            what: What::Accepted,
            text: format!("{by} accepts it as it is: {}", sentence(reason)),
            detail: json!({ "seen": before.seen, "reason": reason }),
        };
        Some((after, body))
    };
    let (accepted, _) = ledger.change_finding(id, change).await?;
    Ok(accepted.unwrap_or(finding))
}
