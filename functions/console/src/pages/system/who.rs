//! `GET /systems/{system}/who`: who has an entitlement, by the ledger.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use latchkey_access::Action;
use latchkey_ledger::PersonRecord;
use latchkey_lifecycle::{EmployeeId, Entitlement};
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;

use super::{SHOWN, find, path};
use crate::{
    Deps,
    frame::page,
    router::no_such_page,
    sign_in::{By, Signed, out_of_order},
    views::person::{PersonView, in_a_link, on},
};

/// Whose list it is, and where it begins.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    has: String,
    #[serde(default)]
    after: String,
}

pub(crate) async fn who(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let (id, system) = match find(&viewer, Action::SeeSystems, &id) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    let has = Entitlement::from(asked.has.as_str());
    // Only what the runbook gives: whatever else somebody types is nobody's.
    if !system.is_automatic() || !viewer.runbook.entitlements(id).contains(&has) {
        return no_such_page();
    }
    let after = EmployeeId::new(asked.after).ok();
    let limit = u16::try_from(SHOWN).unwrap_or(u16::MAX);
    let found = deps
        .intake
        .ledger
        .people_having(id, &has, limit, after.as_ref());
    let found = match found.await {
        Ok(found) => found,
        Err(error) => return out_of_order(&Failure::from(error)),
    };
    let title = format!("{} in {}", has.called(), system.name);
    let next = found.next.map(|after| {
        let (has, after) = (in_a_link(&has.to_string()), in_a_link(after.as_str()));
        format!("{}/who?has={has}&after={after}", path(id))
    });
    let content = html! {
        nav.crumbs aria-label="Where you are" {
            ol {
                li { a href="/systems" { "Systems" } }
                li { a href=(path(id)) { (system.name) } }
                li aria-current="page" { (has.called()) }
            }
        }
        div.head { div {
            h1 { "Who has " (has.called()) }
            p.lede { "In " (system.name) ", by what cases gave and have not taken, and what was adopted when people were taken over. What the system itself shows is compared by each sweep." }
        } }
        @if found.people.is_empty() { p { @if after.is_some() { "Nobody else." } @else { "Nobody." } } }
        @else { (table(&viewer, &found.people)) }
        @if let Some(next) = next {
            nav.pages aria-label="Pages" {
                span.soft { (found.people.len()) " on this page" }
                ul { li { a href=(next) rel="next" { "Next" } } }
            }
        }
    };
    page(&viewer, "/systems", &title, &content)
}

fn table(viewer: &Signed, people: &[(EmployeeId, Option<PersonRecord>)]) -> Markup {
    html! {
        div.scroll role="region" aria-label="People" tabindex="0" {
            table.stack role="table" {
                caption.hidden { "People, by employee number" }
                thead role="rowgroup" { tr role="row" {
                    @for head in ["Name", "Number", "What they do"] { th scope="col" role="columnheader" { (head) } }
                } }
                tbody role="rowgroup" { @for (id, record) in people { (row(viewer, id, record.as_ref())) } }
            }
        }
    }
}

fn row(viewer: &Signed, id: &EmployeeId, known: Option<&PersonRecord>) -> Markup {
    let record = known.map(|known| known.record.clone()).unwrap_or_default();
    let person = PersonView::of(id, &record);
    let opens = viewer.can(Action::SeePeople, &on(known.map(|known| &known.record)));
    html! {
        tr role="row" data-row {
            th scope="row" role="rowheader" {
                @if opens { a href=(person.path()) { (person.name) } } @else { (person.name) }
            }
            td role="cell" data-l="Number" { (id) }
            td role="cell" data-l="What they do" { (person.what()) }
        }
    }
}
