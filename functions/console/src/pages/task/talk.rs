//! Questions to HR about a task, with HR's answers, and the form to ask or to answer.

use latchkey_access::{Action, On};
use latchkey_ledger::Said;
use latchkey_questions::{SAID_LENGTH, facts::team_name};
use maud::{Markup, html};

use super::found::Found;
use crate::{form::Form, sign_in::Signed, when::instant};

/// What somebody may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum May {
    Ask,
    Answer,
    Nothing,
}

/// Whoever has the task asks HR; HR answers while something is asked. HR asks nobody about its own tasks.
pub(super) fn may_say(viewer: &Signed, found: &Found) -> May {
    let hr = viewer.runbook.hr_team();
    let of_hr = viewer.can(Action::AnswerTask, &On::teams([hr.clone()]));
    let open = found
        .talk
        .as_ref()
        .is_some_and(latchkey_ledger::Talk::is_open);
    let asks = found.may.answer || found.may.decide;
    match () {
        // Nobody waits for an answer any more.
        () if found.opened.row.item.task.state.is_ended() => May::Nothing,
        () if of_hr && open => May::Answer,
        () if asks && found.team != *hr => May::Ask,
        () => May::Nothing,
    }
}

/// The section, for whoever may read the task; nothing, where nothing was said and nobody may ask.
pub(super) fn section(viewer: &Signed, found: &Found, form: &Form) -> Markup {
    let said = found
        .talk
        .as_ref()
        .map_or(&[][..], |talk| talk.said.as_slice());
    let may = may_say(viewer, found);
    let ended = found.opened.row.item.task.state.is_ended();
    let asked = found
        .talk
        .as_ref()
        .is_some_and(latchkey_ledger::Talk::is_open);
    let hr = team_name(&viewer.runbook, viewer.runbook.hr_team());
    let shown = found.may.read && (may != May::Nothing || !said.is_empty());
    html! {
        @if shown {
            section #ask aria-labelledby="ask-h" {
                h2 #ask-h { "Questions to " (hr) }
                @if ended && asked { p { "Not answered: the task ended first, and nobody waits for it any more." } }
                @if !ended { p.hint {
                    "Stays on the task; whoever takes over reads it. " (hr)
                    " gets a letter. The window goes on meanwhile: whoever waits for an answer says so before it is due."
                } }
                @if !said.is_empty() { ol.thread { @for one in said { (entry(viewer, one, &hr)) } } }
                @match may {
                    May::Ask => (asking(form, "Your question", "ask", &format!("Ask {hr}"))),
                    May::Answer => (asking(form, "Your answer", "reply", "Answer")),
                    May::Nothing => {}
                }
            }
        }
    }
}

fn entry(viewer: &Signed, said: &Said, hr: &str) -> Markup {
    html! {
        li {
            p.by {
                b { (said.by.name) } @if said.answers { ", " (hr) } " · " (instant(viewer, said.at))
            }
            @for line in said.text.lines().filter(|line| !line.trim().is_empty()) { p { (line) } }
        }
    }
}

fn asking(form: &Form, label: &str, answer: &str, button: &str) -> Markup {
    html! {
        form method="post" novalidate {
            div.field {
                label for="q" { (label) }
                textarea #q name="text" rows="2" maxlength=(SAID_LENGTH) {
                    @if form.answer == answer { (form.text) }
                }
            }
            div.buttons { button.button type="submit" name="answer" value=(answer) { (button) } }
        }
    }
}
