//! A rehearsal: the real handlers and the real workflow definition on a clock that jumps, with simulated systems and
//! people who answer by rules. It touches no real system, sends no mail and opens no socket.
//!
//! [`rehearse`] plays one event with choices and gives a [`Report`]: as text, as JSON, or as a page with a chart.
//! [`Rehearsal`] is the stage that it stands on, for tests and simulations. [`lived_in`] lets a whole company live on it for
//! months.

mod chart;
mod choices;
mod error;
pub mod lived_in;
mod marks;
mod page;
mod people;
mod play;
mod rehearsal;
mod report;
mod script;
mod systems;
mod tell;
mod text;
mod when;

pub use choices::{Change, Choice, ChoiceError, Manner, Mood, UNDERSTOOD};
pub use error::RehearsalError;
pub use people::{Answers, Form, as_shown, asked_by, form_of};
pub use play::{Terms, rehearse};
pub use rehearsal::Rehearsal;
pub use report::{CaseReport, Entry, Kind, Mark, Outcome, Report, Summary, TaskReport};
pub use script::{Script, ScriptError};
pub use systems::{Applied, SimulatedSystems};
