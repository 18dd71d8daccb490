//! The table itself. `template.yaml` declares the same for AWS; `embedded` and tests make it from here.

/// Index of cases by state.
pub const CASES_INDEX: &str = "cases";
/// Attributes that are keys of the table or an index.
pub const KEY_ATTRIBUTES: [&str; 4] = ["pk", "sk", "gsi1pk", "gsi1sk"];
/// The indexes: name, partition key, sort key, and what is copied into it.
pub(crate) const INDEXES: [(&str, &str, &str, &str); 1] =
    [(CASES_INDEX, "gsi1pk", "gsi1sk", "ALL")];
