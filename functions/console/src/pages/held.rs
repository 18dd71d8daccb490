//! `GET /held`: what the brake holds, and who decides about it.

use axum::{extract::State, response::Response};
use latchkey_access::{Action, On};
use latchkey_decisions::held_cases;
use latchkey_lifecycle::{Case, CaseId, TaskId};
use latchkey_questions::facts::team_name;
use latchkey_runtime::Failure;
use maud::{Markup, html};

use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    sign_in::{By, Signed, out_of_order},
    views::case::CaseView,
    when::instant,
};

pub(crate) async fn show(State(deps): State<Deps>, By(viewer): By) -> Response {
    match read(&deps).await {
        Ok((cases, asking)) => {
            let content = content(&viewer, &cases, asking.as_ref());
            page(&viewer, "/held", "Held", &content)
        }
        Err(failure) => out_of_order(&failure),
    }
}

/// What is held, and the case by which the confirmers are asked about it.
async fn read(deps: &Deps) -> Result<(Vec<Case>, Option<CaseId>), Failure> {
    let cases = held_cases(&deps.intake).await?;
    let asking = deps.intake.ledger.brake().await?.item.asking().cloned();
    Ok((cases, asking))
}

fn content(viewer: &Signed, cases: &[Case], asking: Option<&CaseId>) -> Markup {
    let confirms = viewer.runbook.brake().map(|brake| brake.confirm.clone());
    html! {
        div.head { div {
            h1 { "Held" }
            p.lede {
                @match cases.len() {
                    0 => "The brake holds nothing.",
                    1 => { b { "One case is held" } ": more came at once than the runbook lets through." }
                    n => { b { (n) " cases are held" } ": more came at once than the runbook lets through." }
                }
            }
        } }
        @if let (Some(team), Some(asking)) = (&confirms, asking) {
            section.note.warn {
                (Glyph::Held)
                div {
                    h2 { "Nothing happens for them until somebody of " (team_name(&viewer.runbook, team)) " decides" }
                    @if viewer.can(Action::DecideHeld, &On::default()) {
                        p { a href=(format!("/cases/{asking}/tasks/{}", TaskId::confirm_what_is_held())) { "Look and decide" } }
                    }
                }
            }
        }
        @if !cases.is_empty() {
            ul { @for case in cases { (row(viewer, case)) } }
        }
    }
}

fn row(viewer: &Signed, case: &Case) -> Markup {
    let view = CaseView::of(case);
    html! {
        li.row data-row {
            (Glyph::Held)
            div {
                h3 { a href=(format!("/cases/{}", case.id)) { (view.name) } }
                p { (view.what) }
            }
            div {
                p.when { (view.event) }
                p { "confirmed " (instant(viewer, case.confirmed_at)) }
                @if viewer.can(Action::SeeReasons, &On::default()) {
                    @if let Some(reason) = &case.reason { p { (reason) } }
                }
            }
        }
    }
}
