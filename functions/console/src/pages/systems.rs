//! `GET /systems`: every system of the runbook, how it answers, and what differs there.

use axum::{extract::State, response::Response};
use jiff::Timestamp;
use latchkey_access::{Action, On};
use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{FindingState, SystemId};
use latchkey_questions::facts::team_name;
use latchkey_runbook::System;
use latchkey_runtime::Failure;
use maud::{Markup, html};

use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    pages::system::path,
    sign_in::{By, Signed, out_of_order},
    when::{far, instant},
};

/// How many systems are asked for: a runbook has some dozens at most.
const SHOWN: usize = 60;

/// A system as the page shows it.
struct View<'a> {
    id: &'a SystemId,
    system: &'a System,
    /// Until when it is left in peace, and what was wrong.
    rests: Option<(Timestamp, Option<String>)>,
    /// Whether it refuses our credentials.
    refused: bool,
    /// Open findings there, and whether there are more.
    findings: (usize, bool),
}

pub(crate) async fn show(State(deps): State<Deps>, By(viewer): By) -> Response {
    let may_see = |(_, system): &(&SystemId, &System)| {
        viewer.can(Action::SeeSystems, &On::teams([system.owner.clone()]))
    };
    let systems: Vec<_> = viewer
        .runbook
        .systems()
        .filter(may_see)
        .take(SHOWN)
        .collect();
    let mut views = Vec::with_capacity(systems.len());
    for (id, system) in systems {
        match read(&deps, &viewer, id, system).await {
            Ok(view) => views.push(view),
            Err(failure) => return out_of_order(&failure),
        }
    }
    page(&viewer, "/systems", "Systems", &content(&viewer, &views))
}

async fn read<'a>(
    deps: &Deps,
    viewer: &Signed,
    id: &'a SystemId,
    system: &'a System,
) -> Result<View<'a>, Failure> {
    let ledger = &deps.intake.ledger;
    let traffic = ledger.traffic(id).await?.item;
    let found = ledger
        .findings(Shelf::Open, Where::In(Some(id)), None)
        .await?;
    let open = found
        .findings
        .iter()
        .filter(|finding| finding.state == FindingState::Open);
    Ok(View {
        id,
        system,
        rests: traffic.rests(viewer.now),
        refused: traffic.is_refused(),
        findings: (open.count(), found.next.is_some()),
    })
}

fn content(viewer: &Signed, views: &[View<'_>]) -> Markup {
    let troubled = views
        .iter()
        .filter(|view| view.refused || view.rests.is_some())
        .count();
    html! {
        div.head { div {
            h1 { "Systems" }
            p.lede {
                @match views.len() { 1 => "One system, ", n => { (n) " systems, " } }
                @match troubled {
                    0 => "and all of them answer as far as is known.",
                    1 => { b { "one of them has trouble" } "." }
                    n => { b { (n) " of them have trouble" } "." }
                }
            }
        } }
        div.scroll role="region" aria-label="Systems" tabindex="0" {
            table.stack role="table" {
                caption.hidden { "Systems of the runbook" }
                thead role="rowgroup" { tr role="row" {
                    @for head in ["System", "Belongs to", "Done by", "Now", "Findings"] {
                        th scope="col" role="columnheader" { (head) }
                    }
                } }
                tbody role="rowgroup" { @for view in views { (row(viewer, view)) } }
            }
        }
    }
}

fn row(viewer: &Signed, view: &View<'_>) -> Markup {
    let system = view.system;
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                a href=(path(view.id)) { (system.name) }
                @if let Some(address) = &system.address { small { (address) } }
            }
            td role="cell" data-l="Belongs to" { (team_name(&viewer.runbook, &system.owner)) }
            td role="cell" data-l="Done by" {
                @if system.is_automatic() { "Latchkey" small { (system.kind) } } @else { "its team, by hand" }
            }
            td role="cell" data-l="Now" { (now(viewer, view)) }
            td role="cell" data-l="Findings" {
                @match view.findings {
                    (0, _) => "none",
                    (n, more) => a href=(format!("{}#findings", path(view.id))) { (n) @if more { " or more" } },
                }
            }
        }
    }
}

fn now(viewer: &Signed, view: &View<'_>) -> Markup {
    html! {
        @if view.refused {
            span."state bad" { (Glyph::Trouble) "refuses our credentials" }
        } @else if let Some((until, problem)) = &view.rests {
            span."state warn" { (Glyph::Waiting) "left in peace" }
            small {
                "tried again " (instant(viewer, *until)) " · " (far(viewer, *until))
                @if let Some(problem) = problem { ": " (problem) }
            }
        } @else if view.system.is_automatic() {
            span.state { (Glyph::Verified) "no trouble known" }
        } @else {
            span."state calm" { (Glyph::Person) "asked by letter" }
        }
    }
}
