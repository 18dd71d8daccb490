//! What every function stands on: the names of failures, the clock, the workflow, mail, links, the cache of
//! runbooks; and the edges to AWS that implement them (the feature `aws`).

mod anew;
#[cfg(feature = "aws")]
pub mod aws;
mod clock;
mod converging;
mod each_account;
mod endings;
mod failure;
mod give_names;
mod known_systems;
mod links;
mod log;
mod mail;
mod operators;
mod overtaken;
mod runbooks;
mod subscriptions;
mod system_calls;
mod system_step;
mod take_up;
mod wanted;
mod without_aws;
mod workflow;

pub use anew::{plan_anew, refused_since};
pub use clock::{Clock, WallClock, whole_seconds};
pub use each_account::{Theirs, each_account};
pub use endings::{Needs, leave_out, needs_of, release};
pub use failure::Failure;
pub use give_names::{foresee_names, give_names, hold_names};
pub use known_systems::{KnownSystems, Opener, settings_of};
pub use links::{Links, NoLinkKey, Question};
pub use log::{log_as_json, log_as_json_with_time, log_in_words};
pub use mail::{Envelope, Mail, MailError, NotTaken, headers};
pub use operators::{
    OperatorError, Questions, Waiver, all_open, goes_along, in_trouble_with, redrive,
    redrive_as_seen, standing_still, waive,
};
pub use overtaken::set_right;
pub use runbooks::Runbooks;
pub use subscriptions::{Gets, MANAGERS, OPERATORS, Subscription, Subscriptions};
pub use system_calls::{Called, call_system};
pub use system_step::{Carried, SystemDeps, Systems, TaskRequest, carry, note_trouble};
pub use take_up::take_up;
pub use wanted::{enter_into, note_seen, wanted_and_sought};
pub use without_aws::WithoutAws;
pub use workflow::{
    Begin, BeginLimits, Execution, Resume, STEP_LIMIT_SECONDS, Word, Workflow, WorkflowError,
};
