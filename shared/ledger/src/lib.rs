//! The ledger: the DynamoDB table that holds people, cases, tasks, accounts, the audit trail and runbook
//! versions. It is the truth; executions are disposable.
//!
//! Keys are built in `keys` and nowhere else; each access pattern has a file that is named for it. All of them are made of
//! the five calls in `store`, which go through `aws-sdk-dynamodb`; on a laptop and in tests its HTTP connector calls a
//! DynamoDB inside the process (the feature `embedded`). Rehearsals and simulations call that one without the SDK.

mod account_of_person;
mod audit_round;
mod audit_trail;
mod brake_of_company;
mod case_and_task;
mod case_by_id;
mod cases_by_state;
mod cases_of_person;
mod change_case;
mod change_task;
mod cursor_of_source;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
mod finding_by_id;
mod findings_of_system;
pub mod keys;
mod ledger;
mod names_given;
mod people;
mod people_alike;
mod person_by_id;
mod receive_event;
mod row;
mod runbook_versions;
mod standing_of_person;
mod store;
mod supersede;
pub mod table;
mod tasks_of_case;
mod traffic_of_system;
mod verified_case;
mod write_plan;

pub use account_of_person::KnownAccount;
pub use audit_round::{AuditPage, AuditRound};
pub use audit_trail::Trail;
pub use cases_by_state::Shelf;
pub use cursor_of_source::Cursor;
pub use error::LedgerError;
pub use findings_of_system::{FindingsPage, FindingsToken, Where};
pub use ledger::Ledger;
pub use names_given::{Gave, NameGiven};
pub use people::{KnownPerson, PeoplePage};
pub use person_by_id::PersonRecord;
pub use receive_event::{Receipt, Received};
pub use row::{Asking, Pauses, Row, TaskRow, Turn};
pub use write_plan::PlanWritten;
