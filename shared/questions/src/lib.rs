//! What a team is asked about a task, and what is done with its answer: the letter's words, the facts of the page,
//! whose answer counts. Ask and plan write the letters, console shows the pages, and all stand on this.

mod answer;
mod attach;
mod decided;
mod evidence;
pub mod facts;
pub mod findings;
mod in_hand;
mod in_words;
mod letter_words;
pub mod letters;
mod signature;
mod stand_in;
mod state;
mod talk;
mod two_people;

pub use answer::{AnswerError, answer, check};
pub use attach::{MOST_FILES, attach};
pub use decided::sent_to;
pub use evidence::{
    FIELD_LENGTH, LINK_LENGTH, NAME_LENGTH, Place, REASON_LENGTH, TEXT_LENGTH, lacking,
    only_what_was_asked,
};
pub use in_hand::{Hand, in_hand};
pub use in_words::{goal_in_words, system_name};
pub use letters::{address_of, preview};
pub use signature::signs_as_ours;
pub use stand_in::{Absences, Acts, Away, MOST_ABSENCES, named_in, shared_teams};
pub use state::{QuestionState, state_of};
pub use talk::{SAID_LENGTH, Saying, say};
pub use two_people::{answered_it, is_about, own_case};

use latchkey_ledger::Ledger;
use latchkey_runtime::{Clock, Links, Runbooks, Workflow};

/// What asking and answering need.
#[derive(Clone, Copy)]
pub struct Deps<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The present instant.
    pub clock: &'a dyn Clock,
    /// Checked runbooks.
    pub runbooks: &'a Runbooks,
    /// The state machine.
    pub workflow: &'a dyn Workflow,
    /// Links to task pages.
    pub links: &'a Links,
}
