//! A small, strict interpreter of the Amazon States Language that the workflow uses.
//!
//! One definition runs on AWS Step Functions and here: on a laptop with the wall clock ([`Wall`]), and in rehearsals
//! and simulations with a clock that jumps ([`Virtual`]). It is for **one machine** and one process, and it keeps
//! nothing on disk: the ledger is the truth, and executions are started anew after a restart. At scale the engine
//! is AWS Step Functions.
//!
//! # What it does
//! The JSONPath query language with plain references only (`$`, `$.a.b`, `$.a[0]`, `$$`, `$$.a.b`):
//! - **Task** on `lambda:invoke`, `lambda:invoke.waitForTaskToken` and `sns:publish`, with `Parameters`,
//!   `ResultSelector`, `ResultPath`, `Retry`, `Catch`, and time-outs and heartbeats, fixed or by path;
//! - **Wait** by seconds or instant, fixed or by path; **Choice** with `And`, `Or`, `Not` and the tests of
//!   [`Test`]; inline **Map** with `ItemSelector`; **Parallel**; **Pass**; **Succeed**; **Fail**;
//! - the context object's `Execution`, `State`, `StateMachine`, `Task.Token` and `Map.Item`;
//! - AWS's limits: [`MAX_DATA_BYTES`] of input or output, [`MAX_EVENTS`] of history, [`MAX_MAP_CONCURRENCY`]
//!   iterations at once.
//!
//! Everything else is refused by [`Machine::parse`], all of it at once, each with its place. Intrinsic functions,
//! JSONata, variables, distributed Maps and other resources are not supported.
//!
//! # How it runs
//! [`Engine`] holds executions as data: a parked branch is a small struct in a slab and a timer in a tree; there is
//! no task, thread or future for it. Its methods are quick and synchronous, and may be called from inside an
//! invocation. A driver takes the calls that are due, runs them on an [`Invoker`], and hands back what they say.
//!
//! An execution can be added asleep ([`Engine::start_asleep`]): it begins at an instant, or when it is woken. Who awaits an answer
//! in an engine that is gone is found by its token, which names the execution ([`execution_of`]). Ended executions can be
//! forgotten ([`Engine::forgetting`]).

mod clock;
mod core;
mod coverage;
mod driver;
mod engine;
mod error;
mod evaluate;
mod history;
mod model;
mod parse;
mod path;
mod text;

pub use clock::{Clock, FastClock, VirtualClock, WallClock};
pub use core::{Described, MAX_DATA_BYTES, MAX_EVENTS, MAX_MAP_CONCURRENCY, Status, execution_of};
pub use coverage::Transition;
pub use driver::{Actor, Nobody, Virtual};
#[cfg(feature = "wall")]
pub use driver::{CutOff, Wall};
pub use engine::{CallbackError, Engine, Invoker, Options, StartError, StopError};
pub use error::{
    ALL, DATA_LIMIT, HEARTBEAT_TIMEOUT, NO_CHOICE, RESULT_PATH, RUNTIME, TASK_FAILED, TIMEOUT,
    TaskError, means,
};
pub use history::{HistoryEvent, Keep};
pub use model::{
    Catcher, Choice, Compare, Fail, Kind, Machine, Map, Resource, Retrier, Rule, Seconds, State,
    StateId, Task, Template, Test, Wait, Words,
};
pub use parse::Problem;
pub use path::{Path, Step};
