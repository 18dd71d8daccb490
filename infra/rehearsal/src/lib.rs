//! A rehearsal: the real handlers and the real workflow definition on a clock that jumps, with simulated systems and
//! people who answer by rules. It touches no real system, sends no mail and opens no socket.

mod error;
mod people;
mod rehearsal;
mod systems;

pub use error::RehearsalError;
pub use people::{Answers, Form, form_of};
pub use rehearsal::Rehearsal;
pub use systems::{Applied, SimulatedSystems};
