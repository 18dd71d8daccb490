//! Why an event has no effect of its own, or what HR is asked about it: one table of sentences for people.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::EmployeeId;

/// Why an event has no effect of its own, or what HR is asked about it. [`Display`](fmt::Display) says what happened
/// and, where somebody has to do something, what. Cases keep the reason and not the sentence, so that another wording
/// plans nothing anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// An import, or a hire, of somebody who is known.
    KnownAlready,
    /// H5, L4: it says nothing that was not known.
    SaysWhatIsKnown,
    /// C4: a new employee id of somebody who has left.
    HasLeft,
    /// X5: an exit without a last day.
    LastDayNotTold,
    /// C3: an exit under an employee id that has gone over to this one.
    GoneOver(EmployeeId),
    /// L5, A3: a leave or change under an employee id that has gone over to this one by its day.
    UnderAnotherId(EmployeeId),
    /// X6, U1: it stands behind an urgent exit.
    CutOffAlready,
    /// U3: a hire under another employee id, with a first day before the urgent exit, told after it.
    CutOffSince,
    /// X7: a last day that comes after one that has passed.
    LeftBefore,
    /// W4: a withdrawal of an exit that nobody told.
    NoExitKnown,
    /// W2: a withdrawal beside a hire for a day after a gap.
    HiredForLater,
    /// W1: the exit was withdrawn.
    Withdrawn,
    /// W3: what was taken is not known, and is given back by hand.
    GiveBackByHand,
    /// The hire was rescinded before.
    RescindedAlready,
    /// R4: a rescission of the hire of somebody who has left.
    LeftAlready,
    /// R2: a rescission of the hire of somebody who works here.
    WorksHere,
    /// R1: the hire was rescinded.
    Rescinded,
    /// D2, D4: a moved date of which nobody knows what it moves.
    MovesNothing,
    /// D4: a moved date that could be of several things.
    MovesSeveral,
    /// A leave without a first day.
    FirstDayNotTold,
    /// A leave or return of somebody of whom nobody told.
    NobodyKnown,
    /// I4: whether two employee ids are one human: this one, and the one that the event names as the previous one.
    OneHuman {
        /// The id of the event.
        employee: EmployeeId,
        /// The id that it names as the previous one.
        previous: EmployeeId,
    },
    /// X2: nothing is left of the spell.
    OverBeforeItBegins,
    /// A3: a change for a day without work.
    NotAtWork,
    /// C1: the exit ends nothing, since they go on without a gap.
    GoesOn,
    /// L3: the leave is off.
    Off,
    /// An event whose day nobody could read.
    DayNotRead,
    /// T6: something was told of a field that is known otherwise, and nobody could read it.
    NotRead {
        /// The field, as [`crate::MissingFields`] names it.
        field: String,
    },
}

impl Reason {
    /// Whether HR has only to say the day of the event, or to say it in another form.
    pub fn asks_for_the_day(&self) -> bool {
        matches!(
            self,
            Reason::LastDayNotTold | Reason::FirstDayNotTold | Reason::DayNotRead
        )
    }
}

impl fmt::Display for Reason {
    #[allow(clippy::too_many_lines, reason = "a sentence for each reason")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Reason::GoneOver(id) => {
                return write!(
                    f,
                    "They go by the employee id {id} since, and work here: this exit ends nothing. \
                     If they are leaving, confirm the exit of {id}."
                );
            }
            Reason::UnderAnotherId(id) => {
                return write!(
                    f,
                    "They go by the employee id {id} on that day: nothing is done under this one. If it is so, \
                     confirm it for {id}."
                );
            }
            Reason::OneHuman { employee, previous } => {
                return write!(
                    f,
                    "The record of {employee} names {previous} as the previous employee id, but neither \
                     names nor work address agree, or somebody else went on from {previous}. Say whether \
                     they are one human; until then each stands alone."
                );
            }
            Reason::NotRead { field } => {
                return write!(
                    f,
                    "The {field} that it tells could not be read. What was known of it before stands until you say it."
                );
            }
            Reason::KnownAlready => "They are known already.",
            Reason::SaysWhatIsKnown => "It says only what is known already.",
            Reason::HasLeft => {
                "They have left under the employee id that it names as the previous one. If they come \
                 back, confirm a rehire."
            }
            Reason::LastDayNotTold => {
                "No last day was told: nobody is cut off by it. Confirm the exit with its last day."
            }
            Reason::CutOffAlready => "They are cut off already by an urgent exit.",
            Reason::CutOffSince => {
                "They were cut off by an urgent exit after that first day: nothing is given by it. If they \
                 come back, confirm a rehire with its first day."
            }
            Reason::LeftBefore => {
                "They had left before that day, and an exit gives nothing back. If they stayed longer, \
                 withdraw the exit; if they came back, confirm a rehire."
            }
            Reason::NoExitKnown => {
                "No exit is known that it could withdraw. Check whom it is about."
            }
            Reason::HiredForLater => {
                "A hire for a later day was confirmed since: the exit stands, and they begin again on that \
                 day. If there is no gap, move the first day."
            }
            Reason::Withdrawn => "The exit was withdrawn.",
            Reason::GiveBackByHand => {
                "Nobody told that they work here, so what the exit took is not known. Give it back by \
                 hand, or confirm a hire."
            }
            Reason::RescindedAlready => "The hire is rescinded already.",
            Reason::LeftAlready => {
                "They have left already; no withdrawal of that exit brings them back."
            }
            Reason::WorksHere => {
                "They have worked here for longer than a hire can be called off: nothing is taken. If \
                 they leave, confirm an exit."
            }
            Reason::Rescinded => "The hire was rescinded.",
            Reason::MovesNothing => {
                "Nothing is known whose day it could move. Confirm the hire, exit, transfer or leave \
                 itself, with its day."
            }
            Reason::MovesSeveral => {
                "It could move the day of more than one thing. Confirm the one that is meant, with its \
                 new day."
            }
            Reason::FirstDayNotTold => {
                "No first day of the leave was told. Confirm the leave with its first day."
            }
            Reason::NobodyKnown => {
                "Nobody told that they work here. Confirm the hire, or check whom it is about."
            }
            Reason::OverBeforeItBegins => "It is over before it begins.",
            Reason::NotAtWork => {
                "It is for a day on which they do not work: nothing is done, unless that changes."
            }
            Reason::GoesOn => "They go on without a gap: nothing ends on that day.",
            Reason::Off => "The leave does not take place.",
            Reason::DayNotRead => {
                "Its day could not be read, or is too far ahead. Confirm it again with the day written like 2026-12-31."
            }
        };
        f.write_str(sentence)
    }
}
