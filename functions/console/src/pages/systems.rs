//! `GET /systems`: every system of the runbook, how it answers, and what differs there.

use axum::{extract::State, response::Response};
use jiff::Timestamp;
use latchkey_access::{Action, On};
use latchkey_checks::{Known, known_of};
use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{Finding, FindingKind, FindingState, SystemId};
use latchkey_questions::{facts::team_name, findings::not_read};
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
    /// What else is wrong with it, by what was tried, swept or found.
    trouble: Option<String>,
    /// Whether anything was ever tried or read there.
    called: bool,
    /// Open findings there, and whether there are more.
    findings: (usize, bool),
}

impl View<'_> {
    /// Whether nothing is known of how it answers.
    fn is_unknown(&self) -> bool {
        self.system.is_automatic() && !self.called && self.trouble.is_none()
    }
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
    let ids = systems.iter().map(|(id, _)| *id);
    let mut known = match known_of(&deps.intake.ledger, ids).await {
        Ok(known) => known,
        Err(error) => return out_of_order(&error.into()),
    };
    let mut views = Vec::with_capacity(systems.len());
    for (id, system) in systems {
        let known = known.remove(id).unwrap_or_default();
        match read(&deps, &viewer, (id, system), known).await {
            Ok(view) => views.push(view),
            Err(failure) => return out_of_order(&failure),
        }
    }
    page(&viewer, "/systems", "Systems", &content(&viewer, &views))
}

async fn read<'a>(
    deps: &Deps,
    viewer: &Signed,
    (id, system): (&'a SystemId, &'a System),
    known: Known,
) -> Result<View<'a>, Failure> {
    let ledger = &deps.intake.ledger;
    let traffic = ledger.traffic(id).await?.item;
    let found = ledger
        .findings(Shelf::Open, Where::In(Some(id)), None)
        .await?;
    let is_open = |finding: &&Finding| finding.state == FindingState::Open;
    let open = found.findings.iter().filter(is_open);
    // The finding says what the sweep met; its record only the kind of it.
    let unread = open
        .clone()
        .find(|one| one.seen.kind == FindingKind::NotRead);
    let unread = unread.map(not_read);
    let trouble = match known.trouble {
        Some(trouble) if trouble.tried => Some(trouble.said),
        Some(trouble) => Some(unread.unwrap_or(trouble.said)),
        None => unread.filter(|_| !known.called),
    };
    Ok(View {
        id,
        system,
        rests: traffic.rests(viewer.now),
        refused: traffic.is_refused(),
        trouble,
        called: known.called,
        findings: (open.count(), found.next.is_some()),
    })
}

fn content(viewer: &Signed, views: &[View<'_>]) -> Markup {
    let troubled = views
        .iter()
        .filter(|view| view.refused || view.rests.is_some() || view.trouble.is_some())
        .count();
    let unknown = views.iter().filter(|view| view.is_unknown()).count();
    html! {
        div.head { div {
            h1 { "Systems" }
            p.lede {
                @match views.len() { 1 => "One system, ", n => { (n) " systems, " } }
                @match troubled {
                    0 if unknown == 0 => "and all of them answer as far as is known.",
                    0 => "and no trouble is known.",
                    1 => { b { "one of them has trouble" } "." }
                    n => { b { (n) " of them have trouble" } "." }
                }
                @match unknown {
                    0 => {}
                    1 => " One was not called yet.",
                    n => { " " (n) " were not called yet." }
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
        } @else if let Some(trouble) = &view.trouble {
            span."state bad" { (Glyph::Trouble) "has trouble" }
            small { (trouble) }
        } @else if view.is_unknown() {
            span."state calm" { (Glyph::Planned) "not called yet" }
        } @else if view.system.is_automatic() {
            span.state { (Glyph::Verified) "no trouble known" }
        } @else {
            span."state calm" { (Glyph::Person) "asked by letter" }
        }
    }
}
