//! Where a task or a case stands: a shape and a word, the same on every page.

use jiff::Timestamp;
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Case, CaseState, TaskState};
use maud::{Markup, Render, html};

use crate::{glyph::Glyph, views::case::is_left_out};

/// How much a state asks of its reader, by colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Calm,
    Plain,
    Good,
    Warn,
    Bad,
}

/// A state: its shape, its word, its tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) glyph: Glyph,
    pub(crate) word: &'static str,
    pub(crate) tone: Tone,
}

const fn state(glyph: Glyph, word: &'static str, tone: Tone) -> State {
    State { glyph, word, tone }
}

impl State {
    /// Where a task stands at an instant.
    pub(crate) fn of_task(row: &TaskRow, now: Timestamp) -> State {
        let task = &row.task;
        let asking = row.asking.as_ref().filter(|asking| !asking.answered);
        let escalated =
            asking.is_some_and(|asking| asking.sent.iter().any(|sent| sent == "escalated"));
        match task.state {
            TaskState::Verified => state(Glyph::Verified, "verified", Tone::Good),
            TaskState::Waived => state(Glyph::Left, "left out", Tone::Calm),
            TaskState::Declined => state(Glyph::Declined, "declined", Tone::Bad),
            _ if escalated => state(Glyph::Escalated, "escalated", Tone::Bad),
            _ if task.is_late(now) => state(Glyph::Missed, "late", Tone::Bad),
            _ if task.trouble.is_some() => state(Glyph::Trouble, "trouble", Tone::Warn),
            TaskState::Planned if now < task.window.opens => {
                state(Glyph::Planned, "not open yet", Tone::Calm)
            }
            TaskState::Planned => state(Glyph::Waiting, "waits", Tone::Calm),
            TaskState::Running => state(Glyph::Working, "at work", Tone::Plain),
            TaskState::Asked => state(Glyph::Asked, "asked", Tone::Plain),
            TaskState::Answered => state(Glyph::Done, "done, not checked yet", Tone::Plain),
            TaskState::Confirming => {
                state(Glyph::Confirming, "waits for a second team", Tone::Plain)
            }
        }
    }

    /// Where a case stands, where its tasks are not looked at: an open one may be late.
    pub(crate) fn of_case_alone(case: &Case) -> State {
        match State::of_case(case, &[]) {
            State {
                word: "on track", ..
            } => state(Glyph::Asked, "open", Tone::Plain),
            known => known,
        }
    }

    /// Where a case stands, by itself and by its tasks.
    pub(crate) fn of_case(case: &Case, tasks: &[State]) -> State {
        let any = |word: &str| tasks.iter().any(|task| task.word == word);
        match case.state {
            CaseState::Closed => state(Glyph::Verified, "closed", Tone::Good),
            CaseState::Superseded if is_left_out(case) => {
                state(Glyph::Left, "left out", Tone::Calm)
            }
            CaseState::Superseded => state(Glyph::Left, "withdrawn", Tone::Calm),
            CaseState::Held => state(Glyph::Held, "held", Tone::Warn),
            CaseState::Incomplete => state(Glyph::Talk, "waits for HR", Tone::Warn),
            _ if case.failed_at.is_some() => state(Glyph::Trouble, "stands still", Tone::Bad),
            _ if any("escalated") => state(Glyph::Escalated, "escalated", Tone::Bad),
            _ if any("late") => state(Glyph::Missed, "late", Tone::Bad),
            _ if any("declined") => state(Glyph::Declined, "declined", Tone::Bad),
            _ if any("trouble") => state(Glyph::Trouble, "trouble", Tone::Warn),
            CaseState::Received => state(Glyph::Planned, "taken in", Tone::Calm),
            CaseState::Open => state(Glyph::Asked, "on track", Tone::Plain),
        }
    }
}

impl Render for State {
    fn render(&self) -> Markup {
        let class = match self.tone {
            Tone::Calm => "state calm",
            Tone::Plain => "state",
            Tone::Good => "state good",
            Tone::Warn => "state warn",
            Tone::Bad => "state bad",
        };
        html! { span class=(class) { (self.glyph) (self.word) } }
    }
}
