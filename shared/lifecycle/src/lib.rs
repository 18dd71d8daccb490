//! The vocabulary of Latchkey as types: person, event, case, task, window, account, and the pure
//! arithmetic between a desired and an actual account ([`converge`]).
//!
//! Nothing here reads a clock, a file or a network. Every other crate speaks in these words.

mod account;
mod alike;
mod audit;
mod brake;
mod case;
mod circuit;
pub mod converge;
#[cfg(test)]
mod converge_properties;
mod event;
mod event_id;
mod finding;
mod gates;
mod held_draft;
mod how_long;
mod ids;
mod letter;
mod letter_content;
mod matter;
mod names;
mod order;
mod own_settings;
mod person;
mod reason;
mod replan;
mod sentence;
pub mod shown;
pub mod spelling;
mod standing;
mod task;
mod themselves;
mod traffic;
mod transition;
mod turns;

pub use account::{Account, Entitlement, Goal, Managed};
pub use alike::Alike;
pub use audit::{
    Act, AuditBody, AuditRecord, Audited, ChainFault, GENESIS, Mark, Signer, TrailFault, TrailOf,
    TrailProblem, Trailed, What, all_found_by, by_link, came_by, digest_of, told_by, verify_case,
    verify_chain, verify_chain_after, verify_item, verify_retired,
};
pub use brake::{Brake, Decided, Limit, Load, OneByOne, Passage, Ruled, Ruling, Waiting};
pub use case::{Case, CaseId, CaseState, LeftOutBy, UnknownEvent, execution_name, goes_first};
pub use converge::{Change, EntitlementNeeds, after as after_change, converge};
pub use event::{Event, EventKind};
pub use event_id::{EventId, NoEventId};
pub use finding::{Acceptance, Finding, FindingId, FindingKind, FindingState, RepairAsked, Seen};
pub use gates::{LeftOut, Omission, Withheld, left_out_with, withheld};
pub use held_draft::{Choice, HeldDraft, Look, TooLong};
pub use how_long::{how_far, how_long, instant_and_how_far, instant_in_words};
pub use ids::{EmployeeId, IdError, Revision, RunbookVersion, SystemId, TaskId, TeamId};
pub use letter::{
    About, Brief, Letter, LetterId, LetterState, OwnLetter, QueuedLetter, Stage, URGENT,
};
pub use letter_content::{Block, Content, LetterTask, Marks, Words, paragraphs};
pub use matter::{Grounds, HeardKind, Matter, PlannedFrom, Until};
pub use names::Names;
pub use order::Order;
pub use own_settings::{Absence, OwnLetters, OwnSettings};
pub use person::{MissingFields, Person, PersonDraft, Unread};
pub use reason::Reason;
pub use replan::{Fate, begins_anew, fates};
pub use sentence::sentence;
pub use standing::{Claim, Entry, KnownAs, Standing, Takes};
pub use task::{
    Answer, Checkpoints, Evidence, Field, FieldKind, Step, Task, TaskState, Verification, Window,
    Work,
};
pub use themselves::Themselves;
pub use traffic::{AT_ONCE, Admission, Answered, Caller, Traffic};
