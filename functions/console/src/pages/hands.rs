//! In whose hands the tasks of a list are: the viewer's, a colleague's, or those of somebody who is away.

use latchkey_access::{Action, On};
use latchkey_questions::{Absences, Acts, Away, facts::name_of};
use maud::{Markup, html};

use super::today::List;
use crate::{sign_in::Signed, views::task::TaskView, when::day};

impl List {
    /// Whoever has a task in hand and is away, and who acts for them.
    fn away(&self, viewer: &Signed, task: &TaskView) -> Option<(Away<'_>, Acts<'_>)> {
        let has = &task.has.as_ref()?.address;
        let away = self.absences.away(has)?;
        let acts = self.absences.acts_for(&viewer.runbook, &task.team, has);
        Some((away, acts))
    }

    /// Whoever is away and has a task in hand that is the viewer's meanwhile.
    fn stood_in(&self, viewer: &Signed, task: &TaskView) -> Option<Away<'_>> {
        let (away, acts) = self.away(viewer, task)?;
        (acts == Acts::StandIn(viewer.actor.address.as_str())).then_some(away)
    }

    /// Whether a task is in the viewer's hands, or in those of somebody for whom they stand in.
    pub(super) fn is_theirs(&self, viewer: &Signed, task: &TaskView) -> bool {
        let has = task.has.as_ref();
        has.is_some_and(|has| has.address == viewer.actor.address)
            || self.stood_in(viewer, task).is_some()
    }
}

/// Whether the viewer acts for somebody who is away, in a team of theirs.
pub(super) fn stands_in_for(viewer: &Signed, absences: &Absences, away: Away<'_>) -> bool {
    let mut teams = viewer.actor.teams.iter();
    teams.any(|team| {
        let acts = absences.acts_for(&viewer.runbook, team, away.address);
        acts == Acts::StandIn(viewer.actor.address.as_str())
    })
}

/// Who has a task in hand, or the button for whoever may take it. What somebody declined is not taken: it is decided.
pub(super) fn who_has_it(viewer: &Signed, list: &List, task: &TaskView) -> Markup {
    let may = viewer.can(Action::AnswerTask, &On::teams([task.team.clone()]));
    if let Some(by) = &task.declined {
        let decides = viewer.runbook.escalation(&task.team).email.as_str();
        return html! {
            "declined by " (by) "; "
            @match decides.eq_ignore_ascii_case(&viewer.actor.address) {
                true => b { "you decide" },
                false => { (decides) " decides" }
            }
        };
    }
    html! {
        @match (&task.has, list.away(viewer, task)) {
            (Some(has), _) if has.address == viewer.actor.address => "You have it",
            (Some(_), Some((away, Acts::StandIn(address)))) if address == viewer.actor.address => {
                "for " (away.name) ", away until " (day(viewer, away.absence.until)) " "
                @if may { (take_button(task, away.address)) }
            }
            (Some(_), Some((away, acts))) => {
                (away.name) " has it, away until " (day(viewer, away.absence.until))
                @if let Acts::StandIn(address) = acts { "; " (name_of(address)) " stands in" }
            }
            (Some(has), None) => { (has.name) " has it" }
            (None, _) if may => (take_button(task, "")),
            (None, _) => {}
        }
    }
}

/// `seen`: the address of who has it.
fn take_button(task: &TaskView, seen: &str) -> Markup {
    html! {
        form method="post" action=(format!("{}/take", task.path())) {
            input type="hidden" name="back" value="today";
            input type="hidden" name="seen" value=(seen);
            button."button little" type="submit" {
                "Take it" span.hidden { ": " (task.title) " for " (task.case.name) }
            }
        }
    }
}

/// Who of the teams is away, and for whom the viewer stands in.
pub(super) fn away_line(viewer: &Signed, list: &List) -> Markup {
    let others = list.absences.away_today();
    let others: Vec<Away<'_>> = others
        .filter(|away| away.address != viewer.actor.address)
        .collect();
    html! {
        @if !others.is_empty() {
            p.small.soft {
                "Away: "
                @for (nth, away) in others.iter().enumerate() {
                    @if nth > 0 { "; " }
                    (away.name) " until " (day(viewer, away.absence.until))
                    @if stands_in_for(viewer, &list.absences, *away) { ", " b { "you stand in" } }
                }
                ". " a href="/me#away" { "Who stands in" }
            }
        }
    }
}
