//! The runbook's language: parse, check, matrix, windows, plan. Pure.
//!
//! [`Runbook::check`] turns a [`Source`] into a [`Runbook`] and every [`Problem`]; [`plan`] turns a case into its
//! dated checklist. docs/RUNBOOKS.md is the page for those who write runbooks.

mod absence;
mod approvals;
mod calendar;
mod check;
mod condition;
mod dates;
mod deletion;
mod document;
mod employment;
mod gates;
mod giving;
mod grants;
mod judged;
mod kind;
mod matching;
mod names;
mod needed;
mod needs;
mod own_tasks;
mod pattern;
mod plan;
mod problem;
mod renamed;
mod reserved;
mod runbook;
mod schema;
mod signed_in;
mod source;
mod take_back;
mod undo;
mod unmatched;
pub mod window;
mod without;
mod yaml;

pub use calendar::{Calendar, instant};
pub use check::Checked;
pub use giving::{Against, Broken};
pub use kind::{Address, Form, Kind, Setting, kind, kinds};
pub use matching::ATTRIBUTES;
pub use names::Choice;
pub use own_tasks::{held_task, incomplete_task, question_task};
pub use plan::{PlanInput, PlanProblem, Withholdings, plan};
pub use problem::{Place, Problem, Severity, did_you_mean};
pub use runbook::{BrakeRule, Contact, PERSON, Runbook, System, Team};
pub use schema::json_schema;
pub use signed_in::Belongs;
pub use source::{MAIN, ReadError, Source};
pub use unmatched::Unmatched;
