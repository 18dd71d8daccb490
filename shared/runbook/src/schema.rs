//! The JSON Schema of runbooks, from the types that read them.

use crate::document::Document;

/// The JSON Schema of `runbook.yaml` (draft 2020-12): editors complete and check a runbook with it as one types.
/// `runbooks/runbook.schema.json` is a copy.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}
