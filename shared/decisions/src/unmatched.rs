//! Values that no role matches, told where somebody looks: in the case's record, and to the HR system. Pure.

use latchkey_lifecycle::{AuditBody, Case};
use latchkey_runbook::Runbook;

/// Notes what of a case's person no role matches. Returns the sentence for the HR system, which has no values in it:
/// answers are logged.
pub(crate) fn noted(runbook: &Runbook, case: &Case, audit: &mut AuditBody) -> Option<String> {
    let unmatched = runbook.unmatched_of(case);
    for value in &unmatched {
        audit.text.push_str(&format!(" Look at this: {value}."));
    }
    let attributes: Vec<String> = unmatched
        .iter()
        .map(|value| value.attribute.replace('_', " "))
        .collect();
    (!attributes.is_empty()).then(|| {
        format!(
            "No role of the runbook matches the {}: see the case.",
            attributes.join(", nor the ")
        )
    })
}
