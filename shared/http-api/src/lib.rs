//! How a company describes a REST API that Latchkey is to call: a YAML file beside the runbook, for systems of the kind
//! `http`. The types behind the file and its JSON Schema, the check, the templates. Pure: nothing here calls anybody.
//!
//! [`Description`] is what the file says; [`Description::mistakes`] says what is wrong with it. docs/SYSTEMS.md is the
//! page for those who write one.

mod check;
mod description;
mod pointer;
mod request;
mod template;

pub use check::{Mistake, Unknown};
pub use description::{
    AccountPlaces, Active, Catalogue, Description, EntitlementKind, Find, SignIn, Try,
};
pub use pointer::{Pointer, text_of};
pub use request::{By, Meaning, Means, Pages, Request, Statuses, Steps, Without};
pub use template::{Misfit, Template, Unclosed, Values};

/// Attributes of a person, by our names.
pub const ATTRIBUTES: [&str; 6] = [
    "givenName",
    "familyName",
    "displayName",
    "email",
    "title",
    "department",
];

/// The JSON Schema of a description (draft 2020-12): editors complete and check one with it as one types.
/// `runbooks/http-api.schema.json` is a copy.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Description).to_value()
}
