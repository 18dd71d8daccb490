//! A small, strict interpreter of the Amazon States Language that the workflow uses.
//!
//! One definition runs on AWS Step Functions and here: on a laptop with the real clock ([`Wall`]), and in rehearsals
//! and simulations with a clock that jumps. It is for **one machine** and one process, and it keeps nothing on disk:
//! the ledger is the truth, and executions are started anew after a restart. At scale the engine is AWS Step
//! Functions.
//!
//! # What it does
//! It does what `infra/workflow.asl.json` uses, in the JSONPath query language with plain paths (`$`, `$.a.b`):
//! - **Task** on `lambda:invoke`, `lambda:invoke.waitForTaskToken` and `sns:publish`, with `Parameters`,
//!   `TimeoutSecondsPath`, `ResultSelector`, `ResultPath`, `Retry` and `Catch`;
//! - **Wait** by `TimestampPath`; **Choice** with `StringEquals`, `BooleanEquals` and `And`; inline **Map** whose
//!   result is dropped; **Pass** with a text; **Succeed**; **Fail**;
//! - of the context object `$$.Execution.Id`, `$$.State.EnteredTime`, `$$.State.RetryCount` and `$$.Task.Token`;
//! - AWS's limits: [`MAX_DATA_BYTES`] of input or output, [`MAX_EVENTS`] of history, 40 iterations of a Map at once.
//!
//! Everything else is refused by [`Machine::parse`], with its place. Whoever wants more in the workflow adds it here
//! first.
//!
//! # How it runs
//! [`Engine`] holds executions as data: a parked branch is a small struct in a slab and a timer in a tree; there is
//! no task, thread or future for it. Its methods are quick and synchronous, and may be called from inside an
//! invocation. A driver takes the calls that are due, runs them on an [`Invoker`], and hands back what they say.
//!
//! An execution can be added asleep ([`Engine::start_asleep`]): it begins at an instant, or when it is woken. Who
//! awaits an answer in an engine that is gone is found by its token, which names the execution ([`execution_of`]).
//! Ended executions can be forgotten ([`Engine::forgetting`]).

mod core;
mod coverage;
mod engine;
mod error;
mod history;
mod model;
mod parse;
mod path;
mod template;
mod text;
mod wall;

pub use core::{Described, MAX_DATA_BYTES, MAX_EVENTS, Status, execution_of};
pub use coverage::Transition;
pub use engine::{CallbackError, Clock, Engine, Invoker, Options, StartError, StopError};
pub use error::TaskError;
pub use history::{HistoryEvent, Keep};
pub use model::Machine;
pub use parse::Problem;
pub use wall::{CutOff, Wall};
