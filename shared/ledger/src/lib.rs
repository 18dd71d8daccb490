//! The ledger: the DynamoDB table that holds people, cases, tasks, accounts, the audit trail and runbook
//! versions. It is the truth; executions are disposable.
//!
//! Keys are built in `keys` and nowhere else; each access pattern has a file that is named for it. All of them are made
//! of the few calls in `store`, which go to DynamoDB by its SDK (the feature `aws`), or, on a laptop and in tests, to one
//! inside the process (the feature `embedded`). A program has the features of the places that its ledgers are in.

// Crates that are built alone and only pass a ledger on have neither way to a table.
#![cfg_attr(
    not(any(feature = "aws", feature = "embedded")),
    allow(dead_code, unused_imports, unused_variables)
)]

mod account_of_person;
mod attached;
mod audit_round;
mod audit_trail;
mod beside_trail;
mod book_of_company;
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
mod every_item;
mod file_looked_at;
mod file_trouble;
mod fill_in;
mod finding_by_id;
mod findings_of_system;
mod heard_of_person;
mod in_hand;
#[cfg(feature = "embedded")]
mod journal;
pub mod keys;
mod ledger;
mod ledger_id;
mod letters_to_send;
mod names_given;
mod now_of_people;
mod own_settings;
mod people;
mod people_alike;
mod people_found;
mod people_having;
mod person_by_id;
mod receive_event;
mod records_found;
mod retired_case;
mod row;
mod runbook_versions;
mod sessions;
mod source_heard;
mod standing_of_person;
mod store;
mod supersede;
mod swept;
pub mod table;
mod talk_of_task;
mod tasks_of_case;
mod tasks_of_team;
mod traffic_of_system;
mod trail_of_task;
mod tried;
mod turn_of_mail;
mod verified_case;
mod verified_heard;
mod verified_places;
mod ways_to_records;
mod write_plan;

pub use account_of_person::KnownAccount;
pub use attached::Attached;
pub use audit_round::{AuditPage, AuditRound};
pub use audit_trail::Trail;
pub use book_of_company::LookedThrough;
pub use cases_by_state::{CasesPage, CasesPlace, Shelf};
pub use cursor_of_source::Cursor;
pub use error::LedgerError;
pub use every_item::{Arrival, Attribute, ItemsPage, ItemsToken, WRITTEN_AT_ONCE, WholeItem};
pub use file_looked_at::FileLookedAt;
pub use file_trouble::FileTrouble;
pub use findings_of_system::{FindingsPage, FindingsToken, Where};
pub use in_hand::{Aside, Holder, InHand, Somebody};
#[cfg(feature = "embedded")]
pub use journal::write_back;
pub use ledger::Ledger;
pub use ledger_id::LedgerId;
pub use letters_to_send::MailLog;
pub use names_given::{Gave, NameGiven};
pub use people::{KnownPerson, PeoplePage};
pub use people_found::{FoundPage, FoundPlace};
pub use people_having::HavingPage;
pub use person_by_id::PersonRecord;
pub use receive_event::{Delivered, DeliveryKey, Receipt, Received};
pub use records_found::{FoundRecord, RecordOf, RecordPlace, RecordsAsked, RecordsPage};
pub use retired_case::{ArchivedCase, Retirable};
pub use row::{Asking, Pauses, PutOff, Row, TaskRow, Turn};
pub use sessions::{Session, SignInLink};
pub use swept::{Held, SweepEnded, SystemRead, SystemSwept};
pub use talk_of_task::{Said, Talk};
pub use tasks_of_team::{TasksPage, TasksPlace};
pub use tried::{OneTried, Tried};
pub use turn_of_mail::MailTurn;
pub use verified_heard::HeardBy;
pub use verified_places::PlacesPage;
pub use write_plan::PlanWritten;
