//! `GET /cases/{case}/board`: an urgent exit while it happens, a line a system.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use latchkey_access::Action;
use latchkey_ledger::TaskRow;
use latchkey_lifecycle::{Answer, CaseState, EventKind, SystemId, TaskState};
use latchkey_questions::facts::team_name;
use maud::{Markup, Render, html};
use serde::Deserialize;

use crate::{
    Deps,
    frame::{page, page_that_reloads},
    glyph::Glyph,
    pages::case::{Opened, for_eyes_of, open},
    sign_in::{By, Signed},
    views::{
        access::{system_of, verified_by},
        next::{due, who},
        read::{may_read, trouble},
        state::{State as Stands, Tone},
        task::case_path,
    },
    when::to_the_second,
};

/// Whether the page keeps still: who reads slowly, or by ear, is not to lose the place every few seconds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    still: bool,
}

/// How often it is looked at again while something is open, in seconds.
const AGAIN: u8 = 5;

pub(crate) async fn board(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(case): Path<String>,
    Query(choice): Query<Choice>,
) -> Response {
    let opened = match open(&deps, &viewer, &case, Action::SeeCases).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    if opened.case.kind != EventKind::UrgentExit {
        return Redirect::to(&case_path(&opened.case.id)).into_response();
    }
    let lines = lines(&viewer, &opened);
    let ended = opened.case.state.is_ended();
    let moves = !ended && (lines.is_empty() || lines.iter().any(|line| !line.ended));
    let content = content(&viewer, &opened, &lines, moves.then_some(choice.still));
    let title = format!("Cutting off {}", opened.view().name);
    match moves && !choice.still {
        true => page_that_reloads(&viewer, "/cases", &title, &content, AGAIN),
        false => page(&viewer, "/cases", &title, &content),
    }
}

/// One system.
struct Line {
    name: String,
    state: Stands,
    words: Markup,
    /// Whether nothing more is done there.
    ended: bool,
}

fn lines(viewer: &Signed, opened: &Opened) -> Vec<Line> {
    let mut of: BTreeMap<SystemId, Vec<&TaskRow>> = BTreeMap::new();
    for row in &opened.rows {
        if let Some(system) = system_of(&opened.runbook, &row.task) {
            of.entry(system).or_default().push(row);
        }
    }
    let mut lines: Vec<(Timestamp, Line)> = of
        .iter()
        .map(|(system, rows)| {
            let opens = rows.iter().map(|row| row.task.window.due).min();
            (
                opens.unwrap_or_default(),
                line(viewer, opened, system, rows),
            )
        })
        .collect();
    // What has to be cut first stands first.
    lines.sort_by(|(a, x), (b, y)| (a, &x.name).cmp(&(b, &y.name)));
    lines.into_iter().map(|(_, line)| line).collect()
}

fn line(viewer: &Signed, opened: &Opened, system: &SystemId, rows: &[&TaskRow]) -> Line {
    let known = opened.runbook.system(system);
    let name = known.map_or_else(|| system.to_string(), |known| known.name.clone());
    let open = rows.iter().find(|row| !row.task.state.is_ended());
    let left_out = rows.iter().find(|row| row.task.state == TaskState::Waived);
    // One that is left out is not cut: it stands before what was done beside it.
    let row = open
        .or(left_out)
        .or_else(|| rows.iter().max_by_key(|row| row.task.ended_at));
    let Some(row) = row else {
        return Line {
            name,
            state: Stands::of_case(&opened.case, &[]),
            words: html! {},
            ended: true,
        };
    };
    let mut state = Stands::of_task(row, viewer.now);
    if row.task.state == TaskState::Waived {
        state.tone = Tone::Bad;
    }
    Line {
        name,
        words: match row.task.state.is_ended() {
            true => ended(viewer, row),
            false => waits(viewer, opened, row, state),
        },
        state,
        ended: open.is_none(),
    }
}

/// What became of it.
fn ended(viewer: &Signed, row: &TaskRow) -> Markup {
    let task = &row.task;
    let at = task.ended_at.map(|at| to_the_second(viewer, at));
    let at = at.unwrap_or_default();
    let by = match &task.answer {
        Some(Answer::Done(evidence)) => evidence.by.as_str(),
        Some(Answer::Declined { by, .. } | Answer::Waived { by, .. }) => by,
        None => "",
    };
    html! {
        @match (task.state, verified_by(task)) {
            (TaskState::Waived, _) if by.is_empty() => { "not cut by this case " (at) }
            (TaskState::Waived, _) => { "not cut: left out by " (by) " " (at) }
            (_, "read back") => { "cut and read back " (at) }
            (_, "confirmed") => { "cut by " (by) "’s word, and confirmed " (at) }
            _ => { "cut by " (by) "’s word " (at) }
        }
    }
}

/// What it waits for.
fn waits(viewer: &Signed, opened: &Opened, row: &TaskRow, state: Stands) -> Markup {
    let task = &row.task;
    let needs = opened.waits_for(task);
    let needs: Vec<&str> = needs.iter().map(|task| task.title.as_str()).collect();
    let who = who(&opened.runbook, row, state);
    let asking = row.asking.as_ref().filter(|asking| !asking.answered);
    html! {
        @if let Some(asking) = asking {
            @let team = team_name(&opened.runbook, row.asked_team(asking.step));
            "waits for " (team) ", asked " (to_the_second(viewer, asking.since))
            @if who != team { "; " (who) }
        } @else if !needs.is_empty() {
            "waits for " (needs.join(", "))
        } @else if task.window.opens > viewer.now {
            "opens " (to_the_second(viewer, task.window.opens))
        } @else {
            @match task.state {
                TaskState::Answered => "done, and not checked yet",
                TaskState::Running => "is being cut and read back",
                _ => { "waits for " (who) }
            }
        }
        ", by " (to_the_second(viewer, due(row)))
        @if let Some(trouble) = trouble(row, may_read(viewer, &opened.on, row)) { ". " (for_eyes_of(viewer, opened, &trouble)) }
    }
}

/// `still`: whether it keeps still, while something is open.
fn content(viewer: &Signed, opened: &Opened, lines: &[Line], still: Option<bool>) -> Markup {
    let case = opened.view();
    let cut = lines.iter().filter(|line| line.ended).count();
    html! {
        nav.crumbs aria-label="Where you are" { ol {
            li { a href="/cases" { "Cases" } }
            li { a href=(case_path(&case.id)) { (case.name) ", " (case.words) " " (case.employee) } }
            li aria-current="page" { "Cutting off" }
        } }
        div.head {
            div {
                h1 { "Cutting off " (case.name) }
                p.lede { (sentence(viewer, opened, (cut, lines.len()), still)) }
            }
            div.buttons {
                @match still {
                    Some(true) => a.button href=(format!("{}/board", case_path(&case.id))) { "Go on looking" },
                    Some(false) => a.button href=(format!("{}/board?still=true", case_path(&case.id))) { "Keep still" },
                    None => {}
                }
                a.button href=(case_path(&case.id)) { "The whole case" }
            }
        }
        section.group aria-label="System by system" {
            ul { @for line in lines { li."row wide" data-row {
                (line.state.glyph)
                div { h2 { (line.name) } p.when { (line.words) } }
                div.who { (line.state.render()) }
            } } }
        }
    }
}

fn sentence(
    viewer: &Signed,
    opened: &Opened,
    (cut, all): (usize, usize),
    still: Option<bool>,
) -> Markup {
    let asked = to_the_second(viewer, viewer.now);
    html! {
        "Confirmed " (to_the_second(viewer, opened.case.confirmed_at)) ". "
        @match (opened.case.state, all) {
            (CaseState::Held, _) => { (Glyph::Held) " The brake holds it: nothing is cut until somebody confirms it." }
            (_, 0) => "The checklist is being made.",
            (_, all) if cut == all => { b { "All " (all) " systems are settled." } }
            _ => {
                b { (cut) " of " (all) " systems" }
                " are settled."
                @if still == Some(false) { " This page looks again every " (AGAIN) " seconds." }
            }
        }
        " As of " (asked) "."
    }
}
