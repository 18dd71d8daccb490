//! `GET /search`: people by name, id, address or account, and a case by its id. One clear hit leads there at once.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use latchkey_access::Action;
use latchkey_lifecycle::{Case, CaseId, TeamId};
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    pages::people::{Found, Known, find},
    sign_in::{By, Signed, out_of_order},
    views::{
        case,
        person::{PersonView, in_a_link, person_path},
        task::case_path,
    },
};

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Query(asked): Query<Asked>,
) -> Response {
    let text = asked.q.trim();
    if text.is_empty() {
        return page(&viewer, "", "Search", &content(text, None));
    }
    match look(&deps, &viewer, text).await {
        Ok((found, None)) => match only_one(&found) {
            Some((id, _)) => Redirect::to(&person_path(id)).into_response(),
            None => page(
                &viewer,
                "",
                &format!("“{text}”"),
                &content(text, Some(&found)),
            ),
        },
        Ok((_, Some(case))) => Redirect::to(&case_path(&case.id)).into_response(),
        Err(failure) => out_of_order(&failure),
    }
}

/// People, and the case of this id where it may be seen.
async fn look(deps: &Deps, viewer: &Signed, text: &str) -> Result<(Found, Option<Case>), Failure> {
    let case = match CaseId::new(text) {
        Ok(id) => case_of(deps, viewer, &id).await?,
        Err(_) => None,
    };
    Ok((find(deps, viewer, text, "").await?, case))
}

async fn case_of(deps: &Deps, viewer: &Signed, id: &CaseId) -> Result<Option<Case>, Failure> {
    let ledger = &deps.intake.ledger;
    let Some(row) = ledger.find_case(id).await? else {
        return Ok(None);
    };
    let tasks = ledger.tasks(id).await?;
    let teams = tasks.iter().map(|row| row.item.task.owner.clone());
    let teams: Vec<TeamId> = teams.collect();
    let may = viewer.can(Action::SeeCases, &case::on(&row.item, teams));
    Ok(may.then_some(row.item))
}

/// The one who is meant: whose id or address it is, or who alone is called so.
fn only_one(found: &Found) -> Option<&Known> {
    let all = found.people.len();
    let one = found.exact == 1 || (all == 1 && found.next.is_none());
    found.people.first().filter(|_| one)
}

fn content(text: &str, found: Option<&Found>) -> Markup {
    let people = found
        .map(|found| found.people.as_slice())
        .unwrap_or_default();
    let more = found.is_some_and(|found| found.next.is_some());
    html! {
        div.head {
            div {
                h1 {
                    @match (found.is_some(), people.len(), more) {
                        (false, ..) => "Search",
                        (_, 0, _) => { "Nothing found for “" (text) "”" }
                        (_, n, false) => { (n) " for “" (text) "”" }
                        (_, n, true) => { "More than " (n) " for “" (text) "”" }
                    }
                }
                p.lede { "You find what you may see. Reasons of exits and private addresses are not searched." }
            }
        }
        form.filters method="get" action="/search" role="search" aria-label="Search again" {
            div.wide {
                label for="q" { "Search" }
                input #q name="q" type="search" value=(text) maxlength="200";
            }
            button.button { "Search" }
        }
        @if !people.is_empty() {
            section.group aria-labelledby="people" {
                h2 #people { "People " span { (people.len()) } }
                ul { @for known in people { (row(known)) } }
                @if more {
                    p."small gap0" {
                        a href=(format!("/people?q={}", in_a_link(text))) { "All people who are called so" }
                    }
                }
            }
        }
        details.gap open[found.is_some() && people.is_empty()] {
            summary { "How it is searched" }
            div."prose small" {
                p {
                    "People by how their names begin, in either order, also without umlauts: " b { "mull" } " and "
                    b { "mueller" } " find Müller. By a number (1042), an account (zoe.mueller) or an e-mail address, "
                    "whole. A case by its id, whole."
                }
            }
        }
    }
}

fn row((id, known): &Known) -> Markup {
    let view = PersonView::of(id, &known.record);
    html! {
        li.row data-row {
            (Glyph::Person)
            div {
                h3 { a href=(view.path()) { (view.name) } }
                p {
                    (view.title) @if !view.title.is_empty() { " · " }
                    @if view.name == view.id.as_str() { "no name is known" } @else { (view.id) }
                }
            }
            div { p.when { (view.department) } p { (view.place) } }
            div."who small" {}
        }
    }
}
