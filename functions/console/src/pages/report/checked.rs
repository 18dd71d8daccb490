//! The second look: what was said, what would happen by it, and the button that makes it count.

use std::collections::BTreeSet;

use axum::{http::StatusCode, response::Response};
use jiff::{ToSpan, civil::Date};
use latchkey_decisions::{Foreseen, long_past, today};
use latchkey_hris::normalise;
use latchkey_lifecycle::{Alike, Case, CaseState, EventKind, Fate, Task, TeamId, Work};
use latchkey_questions::facts::{event, team_name};
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use maud::{Markup, html};

use super::{
    address,
    read::Report,
    said::{Field, KINDS, Said, WHO, fields_of},
};
use crate::{
    Deps,
    frame::page_with,
    glyph::Glyph,
    sign_in::{Signed, out_of_order},
    views::task::case_path,
    when::{day, far, instant},
};

/// So many tasks are shown; how many more there are is said.
const SHOWN: usize = 60;

/// What would happen.
struct Ahead {
    foreseen: Foreseen,
    /// What becomes of the tasks of the case that it is about.
    tasks: Vec<(Task, Fate)>,
    /// The runbook of that case.
    runbook: std::sync::Arc<Runbook>,
    /// Other open cases of the person, which go on.
    beside: Vec<Case>,
    /// Somebody who is known by nearly the same number.
    alike: Option<Alike>,
}

async fn ahead(deps: &Deps, viewer: &Signed, report: &Report) -> Result<Ahead, Failure> {
    let (intake, now) = (&deps.intake, viewer.now);
    let foreseen = Box::pin(latchkey_decisions::foresee(intake.looks(), &report.event)).await?;
    let (ledger, runbooks) = (&intake.ledger, &intake.runbooks);
    let own = foreseen.touched().next();
    let own = own.filter(|(case, _)| foreseen.case.as_ref().is_some_and(|of| of.id == case.id));
    let (tasks, runbook) = match own {
        Some((case, begins)) => (
            latchkey_checklist::foresee(ledger, runbooks, case, begins, now).await?,
            runbooks.get(ledger, &case.runbook).await?,
        ),
        None => (Vec::new(), viewer.runbook.clone()),
    };
    let touched = |case: &Case| foreseen.touched().any(|(of, _)| of.id == case.id);
    let all = ledger.each_case_of(&report.employee).await?;
    let beside = all.into_iter().map(|row| row.item);
    let beside = beside.filter(|case| !case.state.is_ended() && !touched(case));
    let mut alike = ledger.people_alike([&report.event.person]).await?;
    let mut tasks = tasks;
    tasks.sort_by(|(a, _), (b, _)| (a.window.due, &a.title).cmp(&(b.window.due, &b.title)));
    Ok(Ahead {
        beside: beside.collect(),
        alike: alike.remove(&report.employee),
        foreseen,
        tasks,
        runbook,
    })
}

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
                @if ahead.foreseen.news { (confirm(viewer, said, report, problem)) }
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

fn name(report: &Report) -> String {
    let person = &report.event.person;
    let part = |name: &Option<String>| name.clone().unwrap_or_default();
    let typed = format!("{} {}", part(&person.given_name), part(&person.family_name));
    match (&report.known, typed.trim()) {
        (Some(known), "") => known.name(),
        (None, "") => report.employee.to_string(),
        (_, typed) => typed.to_owned(),
    }
}

/// What to know before anything else.
fn notes(viewer: &Signed, report: &Report, ahead: &Ahead) -> Markup {
    let foreseen = &ahead.foreseen;
    let held = foreseen
        .case
        .as_ref()
        .is_some_and(|case| case.state == CaseState::Held);
    let record = report
        .known
        .as_ref()
        .map_or(&report.event.person, |known| &known.record);
    let now = today(record, &viewer.runbook, viewer.now);
    let past = report.event.effective.filter(|day| *day < now);
    let far = report.event.effective.filter(|day| is_far_ahead(now, *day));
    let taken = report
        .known
        .as_ref()
        .filter(|_| report.event.kind == EventKind::Hire);
    let confirms = viewer
        .runbook
        .brake()
        .map(|rule| team_name(&viewer.runbook, &rule.confirm));
    html! {
        @if !foreseen.news {
            section."note gap" {
                (Glyph::Info)
                div {
                    h2 { "Nothing would change" }
                    @if let Some(case) = &foreseen.case {
                        p { a href=(case_path(&case.id)) { (event(case)) } " says so already." }
                    }
                }
            }
        }
        @if let Some(known) = taken {
            section."note warn gap" {
                (Glyph::Trouble)
                div {
                    h2 { "Employee " (known.id) " is somebody who works here: " (known.name()) }
                    p { "If it is somebody else who starts, another number is meant: this one would change what is known of "
                        (known.name()) "." }
                }
            }
        }
        @if let Some(far) = far {
            section."note warn gap" {
                (Glyph::Trouble)
                div {
                    h2 { "The day lies more than a year ahead: " (day(viewer, far)) }
                    p { "Was another year meant? Nothing of it is done before its time comes." }
                }
            }
        }
        @if held {
            section."note warn gap" {
                (Glyph::Held)
                div {
                    h2 { "The brake would hold it" }
                    p { "More came in a short time than the runbook lets through. Nothing happens before "
                        @match &confirms { Some(team) => b { (team) }, None => "somebody" } " confirms it." }
                }
            }
        }
        @if let Some(past) = past {
            section."note warn gap" {
                (Glyph::Trouble)
                div {
                    h2 { "The day has passed: " (day(viewer, past)) }
                    p {
                        "When it is confirmed, it takes effect at once, "
                        "and what was due by now is late from the beginning."
                        @if long_past(&report.event, now).is_some() {
                            " The day lies long back: was another one meant?"
                        }
                    }
                }
            }
        }
        @if let Some(note) = &foreseen.note {
            section."note gap" { (Glyph::Talk) div { h2 { "What Latchkey would say or ask" } p { (note) } } }
        }
    }
}

/// Whether a day is more than a year ahead: as a rule the year is a slip.
fn is_far_ahead(today: Date, day: Date) -> bool {
    today
        .checked_add(1.year())
        .is_ok_and(|next_year| next_year < day)
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
                        p { "Sessions end in the middle of work. It can be withdrawn, but not unnoticed." }
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

fn what_was_checked(viewer: &Signed, report: &Report, ahead: &Ahead) -> Markup {
    let foreseen = &ahead.foreseen;
    let case = foreseen.case.as_ref();
    let own = case.map(|case| &case.id);
    let unmatched = case
        .map(|case| ahead.runbook.unmatched_of(case))
        .unwrap_or_default();
    let missing = case.map(|case| case.missing.as_slice()).unwrap_or_default();
    let mut touched = foreseen.touched();
    let moved = case.filter(|own| touched.any(|(of, begins)| of.id == own.id && !begins));
    let line = |glyph: Glyph, text: Markup| html! { li { (glyph) span { (text) } } };
    html! {
        section {
            h2 { "What was checked" }
            ol."events bare" {
                @match &report.known {
                    Some(known) if report.event.kind == EventKind::Hire => (line(Glyph::Trouble, html! {
                        "Employee " (known.id) " is known, and has not left: " (known.name())
                    })),
                    Some(known) => (line(Glyph::Verified, html! {
                        "Known as employee " (known.id)
                        @if let Some(first) = known.record.start_date { small { "first day " (day(viewer, first)) } }
                    })),
                    None => (line(Glyph::Verified, html! { "Employee " (report.employee) " is not known yet" })),
                }
                @if let Some(alike) = &ahead.alike {
                    (line(Glyph::Trouble, html! { (alike.to_string()) "; is that who is meant?" }))
                }
                @if ahead.beside.is_empty() && foreseen.others.is_empty() && moved.is_none() {
                    (line(Glyph::Verified, html! { "No other case is open" }))
                }
                @if let Some(own) = moved {
                    (line(Glyph::Info, html! {
                        "Plans anew the open case " a href=(case_path(&own.id)) { (event(own)) }
                    }))
                }
                @for (other, begins) in foreseen.others.iter().filter(|(other, _)| Some(&other.id) != own) {
                    (line(Glyph::Info, html! {
                        @match (other.state, begins) {
                            (CaseState::Superseded, _) => "Ends the open case ",
                            (_, true) => "Begins another case, ",
                            (_, false) => "Plans anew the open case ",
                        }
                        a href=(case_path(&other.id)) { (event(other)) }
                    }))
                }
                @for case in &ahead.beside {
                    (line(Glyph::Info, html! { "Goes on beside it: " a href=(case_path(&case.id)) { (event(case)) } }))
                }
                @if foreseen.load.is_some() && case.is_some_and(|case| case.state != CaseState::Held) {
                    (line(Glyph::Verified, html! { "The brake lets it through" }))
                }
                @for value in &unmatched { (line(Glyph::Trouble, html! { (value.to_string()) })) }
                @if !missing.is_empty() {
                    (line(Glyph::Talk, html! { "HR would be asked for: " (missing.join(", ")) }))
                }
            }
        }
    }
}
