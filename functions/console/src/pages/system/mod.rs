//! `GET /systems/{system}`: what it gives and to how many, how it answers, what differs there and what is asked about it.
//! `POST /systems/{system}/test` tries it. Whatever the size of the company, a page reads as many items.

mod gives;
mod now;
mod who;

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use latchkey_access::{Action, On};
use latchkey_checks::{PATIENCE, Trouble, known_of, look_at_system, system_tried};
use latchkey_ledger::{Shelf, SystemSwept, TaskRow, Tried, Where};
use latchkey_lifecycle::{Case, CaseId, EmployeeId, Finding, FindingState, SystemId};
use latchkey_questions::{facts::team_name, findings::names_in};
use latchkey_runbook::System;
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    router::no_such_page,
    sign_in::{By, Signed, not_of_the_team, out_of_order},
    views::{access::system_of, person::in_a_link},
    when::{far, instant},
};

pub(crate) use who::who;

/// How many rows of a kind a page shows.
const SHOWN: usize = 50;
/// Of so many tasks that its team is asked about next, those of the system are shown.
const LOOKED_AT: u16 = 300;

/// Where a system's page is.
pub(crate) fn path(id: &SystemId) -> String {
    format!("/systems/{}", in_a_link(id.as_str()))
}

/// Where the list of what it gives begins.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    after: String,
}

/// A system as the page shows it.
struct View<'a> {
    id: &'a SystemId,
    system: &'a System,
    /// Until when it is left in peace (UTC), and what was wrong.
    rests: Option<(Timestamp, Option<String>)>,
    /// Whether it refuses our credentials.
    refused: bool,
    swept: Option<SystemSwept>,
    tried: Option<Tried>,
    /// What is wrong with it, by what was tried and the last sweep.
    trouble: Option<Trouble>,
    /// What differs there, and whether there is more.
    findings: (Vec<Finding>, bool),
    /// How many are left as they are, for a reason.
    accepted: usize,
    /// How those are called whom they are about.
    names: BTreeMap<EmployeeId, String>,
    /// What its team is asked about it, each with its case, and whether there may be more.
    tasks: (Vec<(TaskRow, Option<Case>)>, bool),
}

/// The system of a path, if there is one and the viewer may see it.
fn find<'v>(
    viewer: &'v Signed,
    action: Action,
    id: &str,
) -> Result<(&'v SystemId, &'v System), Response> {
    let mut systems = viewer.runbook.systems();
    let Some((id, system)) = systems.find(|(one, _)| one.as_str() == id) else {
        return Err(no_such_page());
    };
    match viewer.can(action, &On::teams([system.owner.clone()])) {
        true => Ok((id, system)),
        false => Err(not_of_the_team(viewer, action, &system.owner)),
    }
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let (id, system) = match find(&viewer, Action::SeeSystems, &id) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    match read(&deps, &viewer, id, system).await {
        Ok(view) => {
            let content = content(&deps, &viewer, &view, &asked.after);
            page(&viewer, "/systems", &system.name, &content)
        }
        Err(failure) => out_of_order(&failure),
    }
}

/// Tries the system, where it can be called from here.
pub(crate) async fn test(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(id): Path<String>,
) -> Response {
    let (id, system) = match find(&viewer, Action::SetUp, &id) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    if !system.is_automatic() {
        return no_such_page();
    }
    match look_at_system(deps.checks(), &viewer.runbook, id, PATIENCE).await {
        Ok(true) => Redirect::to(&format!("{}#test", path(id))).into_response(),
        Ok(false) => no_such_page(),
        Err(failure) => out_of_order(&failure),
    }
}

async fn read<'a>(
    deps: &Deps,
    viewer: &Signed,
    id: &'a SystemId,
    system: &'a System,
) -> Result<View<'a>, Failure> {
    let ledger = &deps.intake.ledger;
    let traffic = ledger.traffic(id).await?.item;
    let found = ledger.findings(Shelf::Open, Where::In(Some(id)), None);
    let found = found.await?;
    let accepted = found.findings.iter();
    let accepted = accepted
        .filter(|one| one.state == FindingState::Accepted)
        .count();
    let open = |finding: &Finding| finding.state == FindingState::Open;
    let mut findings: Vec<Finding> = found.findings.into_iter().filter(open).collect();
    let more = found.next.is_some() || findings.len() > SHOWN;
    findings.sort_by_key(|finding| (!finding.seen.kind.is_urgent(), finding.window.due));
    findings.truncate(SHOWN);
    let known = known_of(ledger, [id]).await?.remove(id);
    Ok(View {
        accepted,
        names: names_in(ledger, &findings).await?,
        trouble: known.unwrap_or_default().trouble,
        id,
        system,
        rests: traffic.rests(viewer.now),
        refused: traffic.is_refused(),
        swept: ledger.systems_swept([id]).await?.remove(id),
        tried: system_tried(ledger, id).await?,
        findings: (findings, more),
        tasks: tasks(deps, viewer, id, system).await?,
    })
}

/// What its team has been asked and is about the system, with the cases.
async fn tasks(
    deps: &Deps,
    viewer: &Signed,
    id: &SystemId,
    system: &System,
) -> Result<(Vec<(TaskRow, Option<Case>)>, bool), Failure> {
    let ledger = &deps.intake.ledger;
    let page = ledger.tasks_of_team(&system.owner, true, LOOKED_AT, None);
    let page = page.await?;
    let is_there = |row: &TaskRow| system_of(&viewer.runbook, &row.task).as_ref() == Some(id);
    let mut rows: Vec<TaskRow> = page.tasks.into_iter().filter(is_there).collect();
    let more = page.next.is_some() || rows.len() > SHOWN;
    rows.truncate(SHOWN);
    let mut ids: Vec<CaseId> = rows.iter().map(|row| row.task.case_id.clone()).collect();
    ids.dedup();
    let cases = ledger.cases_by_id(ids).await?;
    let tasks = rows.into_iter().map(|row| {
        let case = cases.iter().find(|case| case.id == row.task.case_id);
        let case = case.cloned();
        (row, case)
    });
    Ok((tasks.collect(), more))
}

fn content(deps: &Deps, viewer: &Signed, view: &View<'_>, after: &str) -> Markup {
    let system = view.system;
    let tests =
        deps.place.systems.is_some() && system.is_automatic() && viewer.actor.ever(Action::SetUp);
    html! {
        nav.crumbs aria-label="Where you are" {
            ol { li { a href="/systems" { "Systems" } } li aria-current="page" { (system.name) } }
        }
        div.head {
            div {
                h1 { (system.name) }
                p.lede {
                    @if system.is_automatic() { (system.kind) " · changed and read back by Latchkey" } @else { "changed by its team, by hand" }
                    " · owner " (team_name(&viewer.runbook, &system.owner)) ". " b { (in_a_sentence(view)) }
                }
            }
            @if tests {
                div.buttons {
                    form method="post" action=(format!("{}/test", path(view.id))) {
                        button."button main" type="submit" { "Test now" }
                    }
                }
            }
        }
        (trouble(viewer, view))
        (gives::section(viewer, view, after))
        @if system.is_automatic() {
            (now::test(viewer, view, tests))
            (now::accounts(viewer, view))
            (now::findings(viewer, view))
        }
        (now::tasks(viewer, view))
        (settings(view))
    }
}

/// How it is, in a sentence.
fn in_a_sentence(view: &View<'_>) -> &'static str {
    match (view.refused, &view.rests) {
        _ if !view.system.is_automatic() => "",
        (true, _) => "It refuses our credentials.",
        (_, Some(_)) => "It is left in peace for a while.",
        _ if view.trouble.as_ref().is_some_and(|trouble| trouble.tried) => {
            "It does not let Latchkey do all that it has to."
        }
        _ if view.trouble.is_some() => "The last sweep could not read all of it.",
        _ if view.tried.is_none() && view.swept.is_none() => "It was not called yet.",
        _ => "No trouble is known.",
    }
}

/// What keeps it from being called now, and what follows from that.
fn trouble(viewer: &Signed, view: &View<'_>) -> Markup {
    let owner = team_name(&viewer.runbook, &view.system.owner);
    html! {
        @if view.refused {
            section.note.bad {
                (Glyph::Missed)
                div {
                    h2 { "It refuses our credentials" }
                    p { "What is to be done there goes to " (owner) " by hand. When a valid secret is stored: " code { "latchkey redrive --system " (view.id) " --by NAME" } }
                }
            }
        } @else if let Some((until, problem)) = &view.rests {
            section.note.warn {
                (Glyph::Trouble)
                div {
                    h2 { "Calls stop for everybody but urgent exits" }
                    p {
                        @if let Some(problem) = problem { (problem) ". " } @else { "It asked for time. " }
                        "One call at a time tries whether it is well again; next " (instant(viewer, *until)) " · " (far(viewer, *until)) ". "
                        "A task waits for an hour at most, and no longer than its window; then " (owner) " is asked to do it by hand."
                    }
                }
            }
        }
    }
}

/// What the runbook says of it. No secret, nor where one is.
fn settings(view: &View<'_>) -> Markup {
    let system = view.system;
    html! {
        section aria-labelledby="settings" {
            h2 #settings { "Settings" }
            p."soft small" { "They stand in the runbook." }
            dl."facts lines" {
                dt { "Short name" } dd { code { (view.id) } }
                dt { "Kind" } dd { (system.kind) @if let Some(dialect) = &system.dialect { ", dialect " (dialect) } }
                @if let Some(address) = &system.address { dt { "Address" } dd { code { (address) } } }
                @if let Some(most) = system.at_once { dt { "Calls at the same time" } dd { "at most " (most) } }
            }
        }
    }
}
