//! The checklist of a case: each task with its window, who has it, its proof, why it is there and what it waits for.

use latchkey_access::Action;
use latchkey_ledger::TaskRow;
use maud::{Markup, html};

use crate::{
    pages::case::{Opened, SHOWN, Whole, for_eyes_of},
    sign_in::Signed,
    views::{
        next::{due, who},
        proof::{Proof, Said},
        read::{may_read, trouble},
        state::State,
        task::{TaskView, case_path},
    },
    when::{far, instant, late},
};

pub(super) fn checklist(
    viewer: &Signed,
    opened: &Opened,
    whole: &Whole,
    shown: &[&TaskRow],
) -> Markup {
    html! {
        section aria-labelledby="list" {
            h2 #list { "Checklist" }
            div.scroll role="region" aria-label="Checklist as a table" tabindex="0" {
                table.stack role="table" {
                    thead role="rowgroup" { tr role="row" {
                        @for name in ["Task", "State", "Who", "Window", "Proof"] {
                            th scope="col" role="columnheader" { (name) }
                        }
                    } }
                    tbody role="rowgroup" { @for row in shown { (line(viewer, opened, whole, row)) } }
                }
            }
        }
    }
}

/// That there is more of the checklist, and where.
pub(super) fn more(opened: &Opened, skip: usize) -> Markup {
    let all = opened.rows.len();
    let link = |from: usize| format!("{}?tasks={from}#list", case_path(&opened.case.id));
    html! {
        @if all > SHOWN {
            nav.pages aria-label="More tasks" {
                @if skip > 0 { a href=(link(skip.saturating_sub(SHOWN))) { "The tasks before" } }
                @if skip + SHOWN < all { a href=(link(skip + SHOWN)) { (all - skip - SHOWN) " more tasks" } }
            }
        }
    }
}

fn line(viewer: &Signed, opened: &Opened, whole: &Whole, row: &TaskRow) -> Markup {
    let view = TaskView::of(&opened.case, row, viewer.now);
    let reasons = viewer.can(Action::SeeReasons, &opened.on);
    let proof = Proof::of(row, whole.trail(Some(&row.task.id)), reasons);
    let waits = opened.waits_for(&row.task);
    let shown = |text: &str| for_eyes_of(viewer, opened, text);
    let reads = may_read(viewer, &opened.on, row);
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                a href=(view.path()) { (view.title) }
                @if let Some(why) = &view.why { small.why { (shown(why)) } }
                @if !waits.is_empty() {
                    small {
                        "waits for "
                        @for (n, task) in waits.iter().enumerate() { @if n > 0 { ", " } (task.title) }
                    }
                }
            }
            td role="cell" {
                (view.state)
                @if let Some(at) = view.ended_at { small { (instant(viewer, at)) } }
                @if let Some(trouble) = trouble(row, reads) { small { (shown(&trouble)) } }
            }
            td role="cell" data-l="Who" { (who(&opened.runbook, row, view.state)) (asked(viewer, row)) }
            td role="cell" data-l="Window" { (window(viewer, row, view.state)) }
            td role="cell" data-l="Proof" { (proof_of(viewer, opened, &proof, reads)) }
        }
    }
}

fn asked(viewer: &Signed, row: &TaskRow) -> Markup {
    let asking = row.asking.as_ref().filter(|asking| !asking.answered);
    html! {
        @if let Some(asking) = asking.filter(|_| !row.task.state.is_ended()) {
            small { "asked " (instant(viewer, asking.since)) }
        }
    }
}

fn window(viewer: &Signed, row: &TaskRow, state: State) -> Markup {
    let window = &row.task.window;
    html! {
        (instant(viewer, window.opens)) " – " (instant(viewer, window.due))
        @if !row.task.state.is_ended() {
            small {
                @match state.word {
                    "not open yet" => { "opens " (far(viewer, window.opens)) }
                    _ if due(row) < viewer.now => {
                        "was due " (instant(viewer, due(row))) ", " span.late { (late(viewer, due(row))) }
                    }
                    _ if due(row) > window.due => { "asked late: answer due " (far(viewer, due(row))) }
                    _ => { "due " (far(viewer, due(row))) }
                }
            }
        }
    }
}

fn proof_of(viewer: &Signed, opened: &Opened, proof: &Proof, whole: bool) -> Markup {
    let shown = |text: &str| for_eyes_of(viewer, opened, text);
    html! {
        @match proof {
            Proof::None => span.soft { "none yet" },
            Proof::ReadBack { at, text } => { "read back " (instant(viewer, *at)) small { (shown(text)) } }
            Proof::Declined { by, reason } => { "declined by " (by) @if whole { small { "“" (shown(reason)) "”" } } }
            Proof::LeftOut(None) => span.soft { "not wanted any more" },
            Proof::LeftOut(Some((by, reason))) => { "left out by " (by) small { "“" (shown(reason)) "”" } }
            Proof::Word { said, at, confirmed_by } => {
                (said.by) "’s word"
                @match (confirmed_by, at) {
                    (Some(second), Some(_)) => { ", confirmed by " (second) }
                    (_, Some(_)) => {}
                    (_, None) => ", not checked yet",
                }
                @if whole { (details(said, shown)) }
            }
        }
    }
}

fn details(said: &Said, shown: impl Fn(&str) -> String) -> Markup {
    html! {
        @if let Some((ticked, of)) = said.steps { small { (ticked) " of " (of) " steps" } }
        @for (label, value) in &said.fields { small { (label) ": " (shown(value)) } }
        @if let Some(note) = &said.note { small { "“" (shown(note)) "”" } }
    }
}
