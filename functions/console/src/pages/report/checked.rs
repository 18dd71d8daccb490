//! The second look: what was said, what would happen by it, and the button that makes it count.

use std::collections::BTreeSet;

use axum::{http::StatusCode, response::Response};
use latchkey_hris::normalise;
use latchkey_lifecycle::{EventKind, Fate, Task, TeamId, Work};
use latchkey_questions::facts::team_name;
use maud::{Markup, html};

use super::{
    address,
    ahead::{Ahead, ahead},
    looked::{notes, what_was_checked},
    read::Report,
    said::{Field, KINDS, Said, WHO, fields_of},
};
use crate::{
    Deps,
    frame::page_with,
    glyph::Glyph,
    sign_in::{Signed, out_of_order},
    when::{day, far, instant},
};

/// So many tasks are shown; how many more there are is said.
const SHOWN: usize = 60;

/// The page; `problem`: what is wrong about what was typed on it.
pub(super) async fn checked(
    deps: &Deps,
    viewer: &Signed,
    said: &Said,
    report: &Report,
    problem: Option<&str>,
) -> Response {
    let ahead = match ahead(deps, viewer, report).await {
        Ok(ahead) => ahead,
        Err(failure) => return out_of_order(&failure),
    };
    let urgent = report.event.kind == EventKind::UrgentExit;
    let name = name(report);
    let title = match urgent {
        true => format!("Cut {name} off now?"),
        false => "Is this right?".to_owned(),
    };
    let content = html! {
        nav.crumbs aria-label="Where you are" {
            ol {
                li { a href="/cases" { "Cases" } }
                li { a href="/report" { "Report by hand" } }
                li aria-current="page" { @if urgent { "Cut off now?" } @else { "Is this right?" } }
            }
        }
        @if let Some(problem) = problem {
            section.errors role="alert" aria-labelledby="err-t" tabindex="-1" {
                h2 #err-t { "Nothing has happened" }
                ul { li { a href="#typed" { (problem) } } }
            }
        }
        div.head {
            div {
                h1 { (title) }
                p.lede { b { (name) ", " (report.event.kind.words()) } ". Nothing has happened yet." }
            }
        }
        (notes(viewer, report, &ahead))
        (address::note(viewer, report, &name))
        div."split gap" {
            div {
                (what_was_said(viewer, said, report))
                @if !ahead.tasks.is_empty() { (tasks(viewer, &ahead)) }
                @if !ahead.is_nothing() { (confirm(viewer, said, report, problem)) }
                @else { div.buttons { a.button href="/report" { "Report something else" } } }
            }
            aside.aside aria-label="What was checked" { (what_was_checked(viewer, report, &ahead)) }
        }
    };
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    page_with(status, viewer, "/cases", &title, &content)
}

pub(super) fn name(report: &Report) -> String {
    let typed = report.event.person.full_name();
    match &report.known {
        _ if !typed.is_empty() => typed,
        Some(known) => known.name(),
        None => report.employee.to_string(),
    }
}

fn what_was_said(viewer: &Signed, said: &Said, report: &Report) -> Markup {
    let kind = KINDS.iter().find(|(name, ..)| *name == said.kind_name());
    let what = kind.map_or("", |(_, _, what, _)| what);
    let comes_back = report.event.kind == EventKind::Rehire;
    let change = |name: &str, label: &str| {
        html! {
            button."plain change" type="submit" form="change" name="change" value=(name) {
                "Change" span.hidden { ": " (label) }
            }
        }
    };
    html! {
        section aria-labelledby="said" {
            h2 #said { "What you said" }
            dl."facts lines" {
                dt { "What happens" }
                dd { (change("kind", "What happens")) (what) @if comes_back { ", and was here before" } }
                @if let Some(known) = report.known.as_ref().filter(|_| said.kind_name() != "hire") {
                    dt { (WHO.label) }
                    dd { (change(WHO.name, WHO.label)) (known.name()) ", " (known.what()) }
                }
                @for field in fields_of(said.kind_name()) {
                    dt { (field.label) }
                    dd {
                        (change(field.name, field.label))
                        (answer(viewer, field, said.value(field.name)))
                    }
                }
            }
            form #change method="post" action="/report" { (hidden(said)) }
        }
    }
}

/// What was typed, a day as days are shown.
fn answer(viewer: &Signed, field: &Field, value: &str) -> Markup {
    let read = normalise::day(value).ok().flatten();
    let read = read.filter(|_| field.kind == "date");
    html! {
        @match (value, read) {
            ("", _) => span.soft { "not given" },
            (_, Some(date)) => (day(viewer, date)),
            (value, None) => (value),
        }
    }
}

/// All that was typed, so that it comes with the next form.
fn hidden(said: &Said) -> Markup {
    html! { @for (name, value) in said.all() { input type="hidden" name=(name) value=(value); } }
}

/// The dated checklist that would come.
fn tasks(viewer: &Signed, ahead: &Ahead) -> Markup {
    let stays: Vec<&(Task, Fate)> = ahead
        .tasks
        .iter()
        .filter(|(_, fate)| *fate != Fate::Vanishes)
        .collect();
    let asked = stays.iter().map(|(task, _)| task);
    let asked = asked.filter(|task| matches!(task.work, Work::Person { .. }));
    let teams: BTreeSet<&TeamId> = asked.map(|task| &task.owner).collect();
    let vanish = ahead.tasks.len() - stays.len();
    let more = stays.len().saturating_sub(SHOWN);
    html! {
        section aria-labelledby="tasks" {
            h2 #tasks {
                "What would happen: "
                @match stays.len() { 1 => "one task", n => { (n) " tasks" } }
                @match teams.len() { 0 => {}, 1 => " for one team", n => { " for " (n) " teams" } }
            }
            div.scroll role="region" aria-label="Checklist" tabindex="0" {
                table."stack tight" role="table" {
                    caption.hidden { "Checklist" }
                    thead role="rowgroup" {
                        tr role="row" {
                            @for head in ["Task", "Who", "Begins", "By"] {
                                th scope="col" role="columnheader" { (head) }
                            }
                        }
                    }
                    tbody role="rowgroup" {
                        @for (task, fate) in stays.into_iter().take(SHOWN) { (row(viewer, ahead, task, fate)) }
                    }
                }
            }
            @if more > 0 { p.small { "And " (more) " more." } }
            @if vanish > 0 { p.small { (vanish) " tasks of the case that is open would be left out." } }
        }
    }
}

fn row(viewer: &Signed, ahead: &Ahead, task: &Task, fate: &Fate) -> Markup {
    let (opens, due) = (task.window.opens, task.window.due);
    let needs = task.needs.iter();
    let needs = needs.filter_map(|id| ahead.tasks.iter().find(|(task, _)| task.id == *id));
    let needs: Vec<&str> = needs.map(|(task, _)| task.title.as_str()).collect();
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                (task.title)
                @match fate {
                    Fate::Done => small { "done already" },
                    Fate::Moves { .. } => small { "has another window than before" },
                    Fate::Anew { why } => small { (why) },
                    _ => {}
                }
            }
            td role="cell" data-l="Who" {
                @match task.work {
                    Work::System { .. } => "Latchkey, read back",
                    Work::Person { .. } => (team_name(&ahead.runbook, &task.owner)),
                }
            }
            td role="cell" data-l="Begins" {
                @if opens <= viewer.now { b { "at once" } } @else { (instant(viewer, opens)) }
                @if !needs.is_empty() { small { "after " (needs.join(", ")) } }
            }
            td role="cell" data-l="By" {
                (instant(viewer, due))
                @match due < viewer.now {
                    true => small.late { "past: late from the first minute" },
                    false => { " · " (far(viewer, due)) }
                }
            }
        }
    }
}

/// The button that makes it count. Who is cut off now is named once more, by number.
fn confirm(viewer: &Signed, said: &Said, report: &Report, problem: Option<&str>) -> Markup {
    let name = name(report);
    let hidden = html! {
        (hidden(said))
        input type="hidden" name="token" value=(said.token);
    };
    html! {
        @if report.event.kind == EventKind::UrgentExit {
            section aria-labelledby="confirm" {
                h2 #confirm { "Confirm" }
                form."note bad" method="post" action="/report/confirm" novalidate {
                    (Glyph::Escalated)
                    div {
                        (hidden)
                        h3 { (name) " loses everything" }
                        p {
                            "Sessions end in the middle of work. It can be withdrawn, but not unnoticed: HR reports by hand that "
                            (name) " stays after all."
                         }
                        div."field short".wrong[problem.is_some()] {
                            label for="typed" { "To go on, type the employee number " (report.employee) }
                            @if let Some(problem) = problem { p.why #typed-e { (problem) } }
                            input #typed name="typed" type="text" inputmode="numeric" autocomplete="off" required
                                data-confirm=(report.employee) aria-invalid=[problem.map(|_| "true")]
                                aria-describedby=[problem.map(|_| "typed-e")];
                        }
                        div.buttons {
                            button."button danger" type="submit" { "Cut everything off now" }
                            span.hint { "Recorded under your name, " (viewer.actor.name) "." }
                        }
                    }
                }
            }
        } @else {
            form.gap method="post" action="/report/confirm" {
                (hidden)
                div.buttons {
                    button."button main" type="submit" { "Confirm the " (report.event.kind.words()) }
                    button.button type="submit" form="change" name="change" value="kind" { "Back, change something" }
                    span.hint { "Recorded under your name, " (viewer.actor.name) "." }
                }
            }
        }
    }
}
