//! The whole stack in one process: the same handlers, the same workflow definition, the same DynamoDB calls, with
//! nothing to install. For one machine; at scale the engine is AWS Step Functions.

mod checked;
mod drop_folder;
mod gates;
mod handlers;
mod jump_clock;
mod keys;
mod machine;
mod outbox;
mod private;
mod server;
mod stack;

pub use checked::check;
pub use drop_folder::{DropError, DropFolder};
pub use handlers::{Handlers, SUBSTITUTIONS};
pub use jump_clock::JumpClock;
pub use keys::{Keys, KeysError};
pub use machine::{DEFINITION, EmbeddedMachine};
pub use outbox::{Outbox, OutboxError, Sent};
pub use private::open_to_others;
pub use stack::{Setup, Silent, Stack, StackError, file, open_ledger, publish, resume_open_cases};
