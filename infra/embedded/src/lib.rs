//! The whole stack in one process: the same handlers, the same workflow definition, the same DynamoDB calls, with
//! nothing to install. For one machine; at scale the engine is AWS Step Functions.

mod acting;
mod attached;
mod backup;
mod checked;
mod checks;
mod control;
mod drop_folder;
mod gates;
mod handlers;
mod health;
mod identity;
mod jump_clock;
mod kept_letters;
mod keys;
mod lock;
mod machine;
mod outbox;
mod parked;
mod private;
mod repairing;
mod resume;
mod server;
mod stack;
mod status;
mod vitals;

pub use acting::Acting;
pub use backup::{BackupError, Restored, Taken, Trails, back_up, restore};
pub use checked::check;
pub use checks::{Beside, CHECKS, Looking, looked, place_of_folder};
pub use control::{AT_ONCE, CHANGED, Changed, Control, Endpoint};
pub use drop_folder::{DropError, DropFolder};
pub use handlers::{Handlers, MAIL, SUBSTITUTIONS};
pub use health::{Folder, HEALTH};
pub use jump_clock::JumpClock;
pub use kept_letters::drop_old_letters;
pub use keys::{Keys, KeysError};
pub use lock::{FolderLock, Holder, LockError, network_file_system};
pub use machine::{DEFINITION, EmbeddedMachine};
pub use outbox::{Outbox, OutboxError, Sent};
pub use parked::parked_until;
pub use private::{as_root_in, folder as private_folder, open_to_others};
pub use resume::{Resumed, resume, resume_open_cases};
pub use server::Server;
pub use stack::{Setup, SignInAt, Silent, Stack, StackError, file, open_ledger, publish};
pub use status::{
    Cases, Condition, Files, Findings, Heard, Letters, Observer, Process, Rest, SEEN, STATUS,
    Status, Troubled, condition,
};
pub use vitals::{Count, Counted, LastSweep, Vitals};
