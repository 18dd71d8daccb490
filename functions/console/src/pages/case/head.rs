//! The head of a case: who and what, what needs somebody now, how far it is.

use std::collections::HashMap;

use latchkey_access::Action;
use latchkey_ledger::{PersonRecord, TaskRow};
use latchkey_lifecycle::{
    Answer, CaseState, EmployeeId, EventId, EventKind, PersonDraft, TaskState,
};
use latchkey_questions::facts::{day_is, team_name};
use maud::{Markup, html};

use crate::{
    glyph::Glyph,
    pages::{
        case::{Opened, Whole, for_eyes_of},
        people::{manager, story::anchor},
    },
    sign_in::Signed,
    views::{
        case::{capital, kind, left_out, on},
        next::{due, not_asked, who},
        person::person_path,
        progress::Progress,
        read::{may_read, trouble},
        state::{State, Tone},
        task::case_path,
    },
    when::{day, far_day, instant, late},
};

/// The title of the page.
pub(super) fn title(opened: &Opened) -> String {
    let case = opened.view();
    format!("{}, {}", case.name, case.words)
}

/// How many events of HR a case links to.
const WORDS: usize = 4;

/// What is shown by itself of what needs somebody: the rest is in the checklist.
const NOTES: usize = 2;

pub(super) fn head(viewer: &Signed, opened: &Opened, acts: bool) -> Markup {
    let case = opened.view();
    let state = State::of_case(&opened.case, &opened.states(viewer));
    html! {
        nav.crumbs aria-label="Where you are" { ol {
            li { a href="/cases" { "Cases" } }
            li aria-current="page" {
                (case.name) ", " (case.words)
                @if case.name != case.employee.as_str() { " " (case.employee) }
            }
        } }
        div.head {
            div {
                h1 { (case.name) }
                p.lede {
                    b { (kind(&case)) }
                    @if let Some(of) = case.day {
                        ", " (day_is(case.kind)) " " (day(viewer, of))
                        @if let Some(far) = far_day(viewer, of) { " · " (far) }
                    }
                    @if !case.what.is_empty() { " · " (case.what) }
                    " · " (state)
                }
            }
            div.buttons {
                @if viewer.can(Action::SeePeople, &on(&opened.case, [])) {
                    a.button href=(person_path(&case.employee)) { "The person" }
                }
                @if case.kind == EventKind::UrgentExit {
                    a.button href=(format!("{}/board", case_path(&case.id))) { "Watch it being cut off" }
                }
                @if acts { a.button href="#acts" { "What you may do" } }
            }
        }
    }
}

/// One thing to know now.
struct Note {
    class: &'static str,
    glyph: Glyph,
    title: String,
    text: Markup,
}

pub(super) fn notes(viewer: &Signed, opened: &Opened, whole: &Whole) -> Markup {
    let fault = whole.trails.iter().find_map(|trail| trail.fault.as_deref());
    let tampered = fault.map(|fault| Note {
        class: "note bad",
        glyph: Glyph::Trouble,
        title: "The audit trail is not whole".to_owned(),
        text: html! { (fault) ". What stands below may not be what happened." },
    });
    let all = tampered.into_iter().chain(of_case(viewer, opened));
    let all: Vec<Note> = all.chain(of_tasks(viewer, opened)).take(NOTES).collect();
    html! {
        @for (n, note) in all.iter().enumerate() {
            section class={ (note.class) @if n > 0 { " gap" } } {
                (note.glyph)
                div { h2 { (note.title) } p { (note.text) } }
            }
        }
    }
}

fn of_case(viewer: &Signed, opened: &Opened) -> Vec<Note> {
    let case = &opened.case;
    let note = |class, glyph, title: &str, text| Note {
        class,
        glyph,
        title: title.to_owned(),
        text,
    };
    let team = |team| team_name(&opened.runbook, team);
    let mut all = Vec::new();
    if let Some(at) = case.failed_at.filter(|_| !case.state.is_ended()) {
        let text = html! {
            "Its execution failed " (instant(viewer, at)) ". What is done stays done; "
            "nobody is asked or reminded meanwhile. "
            (team(opened.runbook.operations_team())) " can have it tried again; after a day Latchkey does by itself. "
            "Why it failed stands in the state machine, at the execution " code { (case.execution_name()) } "."
        };
        all.push(note(
            "note bad",
            Glyph::Trouble,
            "The case stands still",
            text,
        ));
    }
    match case.state {
        CaseState::Held => {
            let confirms = opened.runbook.brake().map(|brake| team(&brake.confirm));
            let text = html! {
                "More happened at once than the runbook lets pass. Nothing is done for this case until "
                (confirms.unwrap_or_else(|| team(opened.runbook.operations_team()))) " confirms it, or leaves it out."
            };
            all.push(note(
                "note warn",
                Glyph::Held,
                "The brake holds this case",
                text,
            ));
        }
        CaseState::Incomplete => {
            let text = html! {
                "The record lacks: " (case.missing.join(", ")) ". " (team(opened.runbook.hr_team()))
                " is asked to complete it; the case goes on then by itself."
            };
            all.push(note(
                "note warn",
                Glyph::Talk,
                "The case waits for HR",
                text,
            ));
        }
        CaseState::Superseded => {
            let (title, text) = ended_for(opened, left_out(case).as_deref());
            let text = html! {
                (for_eyes_of(viewer, opened, &text))
                @if let Some(by) = &case.superseded_by { " " a href=(case_path(by)) { "See that case" } "." }
            };
            all.push(note("note", Glyph::Left, title, text));
        }
        CaseState::Received | CaseState::Open | CaseState::Closed => {}
    }
    all
}

/// Why a case ended before it was carried out: the head of the note, and its words.
fn ended_for(opened: &Opened, left_out: Option<&str>) -> (&'static str, String) {
    let hr = team_name(&opened.runbook, opened.runbook.hr_team());
    match (left_out, &opened.case.superseded_by) {
        (Some(said), _) => (
            "The case was left out",
            format!(
                "{said}. The brake held it, and nothing of it was carried out. {hr} was told: what was meant is confirmed \
                 again, and is a new case then."
            ),
        ),
        (None, Some(_)) => (
            "The case was withdrawn",
            "A later decision took its place.".to_owned(),
        ),
        (None, None) => (
            "The case was withdrawn",
            "HR withdrew what it was begun for. Nothing more is done for it.".to_owned(),
        ),
    }
}

/// What is declined, escalated, late or in trouble, the worst first.
fn of_tasks(viewer: &Signed, opened: &Opened) -> Vec<Note> {
    let rows = opened.rows.iter().filter(|row| !row.task.state.is_ended());
    let rows = rows.map(|row| (row, State::of_task(row, viewer.now)));
    let mut rows: Vec<(&TaskRow, State)> = rows
        .filter(|(_, state)| matches!(state.tone, Tone::Bad | Tone::Warn))
        .collect();
    rows.sort_by_key(|(row, state)| (state.tone != Tone::Bad, due(row)));
    let notes = rows
        .into_iter()
        .map(|(row, state)| of_task(viewer, opened, row, state));
    notes.collect()
}

fn of_task(viewer: &Signed, opened: &Opened, row: &TaskRow, state: State) -> Note {
    let task = &row.task;
    let team = team_name(&opened.runbook, &task.owner);
    let has = who(&opened.runbook, row, state);
    let decides = &opened.runbook.escalation(&task.owner).email;
    let reads = may_read(viewer, &opened.on, row);
    let trouble = trouble(row, reads).map(|text| for_eyes_of(viewer, opened, &text));
    let text = html! {
        @if let Some(Answer::Declined { by, reason }) = &task.answer {
            (by) " (" (team) ")"
            @if reads { ": “" (reason) "” " } @else { " declined it. " }
        }
        @if let Some(trouble) = trouble { (trouble) " " }
        @match state.word {
            "declined" | "escalated" => {
                b { (decides) } " decides: have it done, or leave it out with a name and a reason."
            }
            "late" => {
                "It was due " (instant(viewer, task.window.due)) ", " (late(viewer, task.window.due)) ". "
                @match row.asking.is_none() && task.state == TaskState::Planned {
                    true => (not_asked(&opened.runbook, &opened.case, &opened.waits_for(task))),
                    false if due(row) >= viewer.now => { (has) " has it, asked to answer by " (instant(viewer, due(row))) "." }
                    false => { (has) " has it." }
                }
            }
            _ => { (has) " has it, due " (instant(viewer, due(row))) "." }
        }
    };
    Note {
        class: if state.tone == Tone::Bad {
            "note bad"
        } else {
            "note warn"
        },
        glyph: state.glyph,
        title: format!("{}: {}", capital(state.word), task.title),
        text,
    }
}

pub(super) fn figures(viewer: &Signed, opened: &Opened) -> Markup {
    let progress = Progress::of(&opened.states(viewer));
    let open = opened.rows.iter().filter(|row| !row.task.state.is_ended());
    let next = open.clone().map(due).filter(|due| *due >= viewer.now).min();
    let last = open.map(|row| row.task.window.due).max();
    let figure = |word: &str| {
        let count = progress.count(word);
        html! { @if count > 0 { div { dt { (word) } dd { (count) } } } }
    };
    html! {
        @if progress.all() > 0 {
            dl."figures gap" {
                div { dt { "verified" } dd { (progress.count("verified")) " " small { "of " (progress.all()) } } }
                @for word in ["asked", "late", "escalated", "declined", "trouble", "left out", "not open yet"] {
                    (figure(word))
                }
                @if let Some(next) = next {
                    div { dt { "next window closes" } dd { small { (instant(viewer, next)) } } }
                }
                @match (opened.case.closed_at, last) {
                    (Some(at), _) => div { dt { "ended" } dd { small { (instant(viewer, at)) } } },
                    (None, Some(last)) => div { dt { "last window closes" } dd { small { (instant(viewer, last)) } } },
                    (None, None) => {}
                }
            }
        }
    }
}

/// What HR said of the person and the event. Why, and private addresses, are not for everybody.
pub(super) fn facts(
    viewer: &Signed,
    opened: &Opened,
    managers: &HashMap<EmployeeId, PersonRecord>,
) -> Markup {
    let case = &opened.case;
    let person = case.person.as_ref().or(case.before.as_ref());
    let known = |text: Option<&str>| {
        text.filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
    };
    let mut facts: Vec<(&str, String)> = Vec::new();
    let mut say = |name, text: Option<String>| facts.extend(text.map(|text| (name, text)));
    if let Some(person) = person {
        say("Title", known(Some(&person.title)));
        say("Department", known(Some(&person.department)));
        say(
            "Work address",
            opened
                .runbook
                .email_of(person)
                .filter(|_| case.unknown_event.is_none() && case.state != CaseState::Incomplete),
        );
    }
    if viewer.can(Action::SeeReasons, &opened.on) {
        say(
            "Private address",
            known(person.and_then(|person| person.personal_email.as_deref())),
        );
        say("HR’s reason", known(case.reason.as_deref()));
    }
    say("Runbook", Some(case.runbook.to_string()));
    let record = person.cloned().map(PersonDraft::from).unwrap_or_default();
    let reports_to = manager(viewer, &record, managers);
    let events = case.grounds.as_ref().map(|grounds| &grounds.events);
    let events: Vec<EventId> = events.into_iter().flatten().copied().collect();
    html! {
        section {
            dl.facts {
                dt { "Confirmed" } dd { (instant(viewer, case.confirmed_at)) }
                @if viewer.can(Action::SeePeople, &on(case, [])) && !events.is_empty() {
                    dt { "HR’s word" }
                    dd {
                        @for (n, event) in events.iter().take(WORDS).enumerate() {
                            @if n > 0 { ", " }
                            a href=(format!("{}#{}", person_path(&case.employee_id), anchor(*event))) {
                                @if n == 0 { "as it came" } @else { "and what came then" }
                            }
                        }
                    }
                }
                @for (name, text) in &facts { dt { (name) } dd { (text) } }
                @if !reports_to.0.is_empty() { dt { "Manager" } dd { (reports_to) } }
            }
        }
    }
}
