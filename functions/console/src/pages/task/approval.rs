//! The form of an approval: a yes or a no to each thing, with what the roles say, what speaks against it, and what a no
//! does.

use latchkey_lifecycle::Task;
use latchkey_questions::{Place, REASON_LENGTH};
use maud::{Markup, html};

use super::{Asked, form::wrong_at};
use crate::{
    form::Form,
    glyph::Glyph,
    views::approval::{Approval, Wanted},
};

/// What nobody has said yes or no to yet, a sentence each.
pub(super) fn undecided(task: &Task, form: &Form) -> Vec<(Place, String)> {
    let open = task.access.iter().filter(|entitlement| {
        let said = form.grants.get(*entitlement).map(String::as_str);
        !matches!(said, Some("yes" | "no"))
    });
    open.map(|entitlement| {
        let problem = format!("Say yes or no to “{}”.", entitlement.called());
        (Place::Entitlement(entitlement.clone()), problem)
    })
    .collect()
}

/// Where a thing stands on the page.
pub(super) fn anchor(nth: usize) -> String {
    format!("thing-{}", nth + 1)
}

pub(super) fn things(asked: &Asked<'_>, approval: &Approval) -> Markup {
    html! {
        @for (nth, wanted) in approval.wanted.iter().enumerate() { (thing(asked, approval, wanted, nth)) }
    }
}

fn thing(asked: &Asked<'_>, approval: &Approval, wanted: &Wanted, nth: usize) -> Markup {
    let entitlement = &wanted.entitlement;
    let place = Place::Entitlement(entitlement.clone());
    let problem = wrong_at(asked, &place);
    let said = asked.form.grants.get(entitlement).map(String::as_str);
    let why = asked.form.whys.get(entitlement).map_or("", String::as_str);
    let (id, choice) = (anchor(nth), format!("grant.{entitlement}"));
    let reason = format!("{id}-why");
    html! {
        fieldset."field wide".wrong[problem.is_some()] {
            legend { b { (entitlement.called()) } " in " (approval.system) }
            @if let Some(problem) = problem { p.why { (problem) } }
            (facts(wanted))
            div.decide {
                label.tick {
                    input id=(id) type="radio" name=(choice) value="yes" checked[said == Some("yes")];
                    span { "Yes, give it" }
                }
                label.tick {
                    input type="radio" name=(choice) value="no" checked[said == Some("no")];
                    span { "No" }
                }
            }
            label for=(reason) { "Reason for a no" span.hidden { " to " (entitlement.called()) } }
            input id=(reason) type="text" name=(format!("why.{entitlement}")) value=(why) autocomplete="off"
                maxlength=(REASON_LENGTH);
        }
    }
}

/// What the roles and the rules say about it, and what a no does.
fn facts(wanted: &Wanted) -> Markup {
    html! {
        ul."events bare" {
            @match wanted.roles.is_empty() {
                false => li { (Glyph::Info) span { "By the role " (wanted.roles.join(", ")) } },
                true => li { (Glyph::Info) span { "No role of the matrix gives it by now" } },
            }
            @for (rule, other) in &wanted.against {
                li { (Glyph::Trouble) span { "Together with " b { (other) } " it breaks the rule “" (rule) "”" } }
            }
            @if wanted.always { li { (Glyph::Person) span { "The runbook wants it approved for each person" } } }
            @if !wanted.others.is_empty() {
                li { (Glyph::Waiting) span { (wanted.others.join(", ")) " decides about it, too: it is given after a yes of each" } }
            }
            li {
                (Glyph::Left)
                span {
                    "A no: it is not given, and the case goes on without it"
                    @if !wanted.needing.is_empty() {
                        small { "Needs it, and is not given either: " (wanted.needing.join(", ")) }
                    }
                    @if !wanted.left_out.is_empty() { small { "Left out with it: " (wanted.left_out.join(", ")) } }
                }
            }
        }
    }
}
