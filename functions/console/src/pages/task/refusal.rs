//! The ways out of a task, with what each of them does: said before the button.

use latchkey_lifecycle::Step;
use latchkey_questions::{TEXT_LENGTH, facts::team_name};
use maud::{Markup, html};

use super::{
    Asked,
    form::{name, which},
};
use crate::views::then::Follows;

/// The words of a way out: of the summary, of the button, and the answer that it is.
fn words(asked: &Asked<'_>) -> (&'static str, &'static str, &'static str) {
    let approval = asked.opened.row.item.task.approval;
    match (asked.question.may_waive, asked.question.step) {
        (true, _) => ("Leave this task out", "Leave it out", "waived"),
        (false, Step::Confirm) => ("It is not so: send it back", "Send it back", "declined"),
        (false, _) if approval => ("Approve nothing of it", "Approve nothing", "declined"),
        (false, _) => ("Decline this task", "Decline", "declined"),
    }
}

/// The other way out: declining, sending back or leaving out, with what goes along and what happens then.
pub(super) fn refusal(asked: &Asked<'_>) -> Markup {
    let (opened, step) = (asked.opened, asked.question.step);
    let row = &opened.row.item;
    let (summary, button, value) = words(asked);
    // What an owner declines goes to somebody who decides first.
    let leaves_out = value == "waived" || (row.task.approval && step == Step::Do);
    let follows = Follows::of(&opened.runbook, &opened.case, row, step, &opened.tasks);
    let id = format!("reason-{value}");
    html! {
        details open[asked.form.answer == value] {
            summary {
                (summary)
                @if !leaves_out && step != Step::Confirm {
                    span { " – " (follows.decides) " decides what happens then" }
                }
            }
            form method="post" novalidate {
                (which(asked))
                @match (leaves_out, step) {
                    (true, _) => (left_out(&follows, row.task.approval)),
                    (false, Step::Confirm) => p { (sent_back(asked, &follows)) },
                    (false, _) => (declined(&follows)),
                }
                div.field {
                    label for=(id) { "Reason" }
                    p.hint { "It stands in the case for good." }
                    textarea id=(id) name="reason" rows="2" required maxlength=(TEXT_LENGTH) { (asked.form.reason) }
                }
                (name(asked, &format!("by-{value}")))
                div.buttons { button."button danger" type="submit" name="answer" value=(value) { (button) } }
            }
        }
    }
}

/// How many titles are said; the case has the others.
const SAID: usize = 10;

fn titles(titles: &[String]) -> Markup {
    html! {
        ul {
            @for title in titles.iter().take(SAID) { li { (title) } }
            @if titles.len() > SAID { li { "and " (titles.len() - SAID) " more: the case lists them" } }
        }
    }
}

fn left_out(follows: &Follows, approval: bool) -> Markup {
    html! {
        p {
            @match approval {
                true => "Nothing of it is given, and the case goes on without it.",
                false => "It ends for good: nobody does it, and the case goes on without it.",
            }
            " This cannot be taken back."
        }
        @if !follows.falls.is_empty() {
            p { "Leaving this out also leaves out:" }
            (titles(&follows.falls))
        }
        @if !follows.goes_on.is_empty() {
            p { "These waited for it, and begin without it:" }
            (titles(&follows.goes_on))
        }
        p {
            "Nobody is written to about it now. Name and reason stand in the case, and in the summary that "
            (follows.told) " get when it is closed."
        }
    }
}

fn declined(follows: &Follows) -> Markup {
    html! {
        p {
            (follows.decides) " is written to at once, with your reason, and decides: it is done all the same, or left out."
        }
        @match follows.waits.is_empty() {
            true => p { "No other task waits for it. The case stays open until that is decided." },
            false => {
                p { "Until that is decided, these wait:" }
                (titles(&follows.waits))
            }
        }
        @if !follows.falls.is_empty() {
            p { "Where it is left out, these are left out with it:" }
            (titles(&follows.falls))
        }
    }
}

fn sent_back(asked: &Asked<'_>, follows: &Follows) -> String {
    let row = &asked.opened.row.item;
    let mut again = row.clone();
    again.refusals += 1;
    match again.is_for_the_escalation() {
        true => format!(
            "It was sent back before, so {} is written to, and decides what happens then.",
            follows.decides
        ),
        false => {
            let owner = team_name(&asked.opened.runbook, &row.task.owner);
            format!("It goes back to {owner}, who is asked to do it again, with your reason.")
        }
    }
}
