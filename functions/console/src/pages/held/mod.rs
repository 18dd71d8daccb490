//! `GET` and `POST /held`, `POST /held/confirm`: what the brake holds, decided person by person. The first page lists
//! and keeps what is filled in, the second shows what would happen to how many, and what is confirmed there counts.

mod check;
mod form;
mod list;
mod share;

use std::collections::BTreeSet;

use axum::{
    body::{Body, to_bytes},
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use latchkey_access::{Action, On};
use latchkey_decisions::{Became, Decider, NotDecided};
use latchkey_lifecycle::{CaseId, Choice};
use latchkey_runtime::Failure;
use maud::html;
use serde::Deserialize;

use crate::{
    Deps,
    frame::page,
    not_theirs::not_theirs,
    sign_in::{By, Signed, out_of_order},
};
use check::{Shows, checked, waiting};
use form::Said;
use list::list_page;

/// More than fifty rows with their reasons send.
const MAX_FORM_BYTES: usize = 256 * 1024;

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Place {
    /// The last case of the page before.
    #[serde(default)]
    from: String,
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Query(place): Query<Place>,
) -> Response {
    list_page(&deps, &viewer, &place.from, StatusCode::OK, None).await
}

/// Who decides, as it stands on record.
fn decider(viewer: &Signed) -> Decider {
    Decider {
        by: viewer.actor.signature(),
        themselves: viewer.actor.themselves.clone(),
    }
}

/// A sentence of [`NotDecided`], as the page says it.
fn sentence(refused: &NotDecided) -> String {
    format!("{}.", crate::views::case::capital(&refused.to_string()))
}

/// `POST /held`: what was filled in is kept; nothing happens by it.
pub(crate) async fn take(State(deps): State<Deps>, By(viewer): By, body: Body) -> Response {
    if let Err(refused) = viewer.may(Action::DecideHeld, &On::default()) {
        return refused;
    }
    let Ok(bytes) = to_bytes(body, MAX_FORM_BYTES).await else {
        let problem = "The form is longer than 256 KB: shorten the reasons.";
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return list_page(&deps, &viewer, "", status, Some(problem)).await;
    };
    let said = Said::read(&bytes);
    let done = match said.act.as_str() {
        "second" => return second_look(&deps, &viewer, None).await,
        "take-back" => taken_back(&deps, &viewer).await,
        "carry-on" => latchkey_decisions::carry_on(&deps.intake)
            .await
            .map_err(NotDecided::from)
            .map(drop),
        _ => keep(&deps, &viewer, &said).await,
    };
    match done {
        Err(refused) => again(&deps, &viewer, &said.from, &refused).await,
        Ok(()) if said.act == "look" => look(&deps, &viewer, None).await,
        Ok(()) if said.act == "keep" && !said.next.is_empty() => {
            Redirect::to(&list::path(&said.next)).into_response()
        }
        Ok(()) => Redirect::to("/held").into_response(),
    }
}

async fn taken_back(deps: &Deps, viewer: &Signed) -> Result<(), NotDecided> {
    let own = own_of_all(deps, viewer).await?;
    latchkey_decisions::take_back(&deps.intake, &decider(viewer), &own).await?;
    Ok(())
}

/// Keeps what the form says: of each, or of all that is held.
async fn keep(deps: &Deps, viewer: &Signed, said: &Said) -> Result<(), NotDecided> {
    if let Some(problem) = said.problem() {
        return Err(problem);
    }
    let own = match said.all {
        Some(_) => own_of_all(deps, viewer).await?,
        None => own_among(deps, viewer, said.each.iter().map(|one| one.0.clone())).await?,
    };
    let who = decider(viewer);
    latchkey_decisions::fill_in(&deps.intake, &who, |draft, held| {
        draft.reason.clone_from(&said.reason);
        match said.all {
            Some(choice) => held.iter().for_each(|id| draft.say(id, choice, None)),
            None => {
                for (id, choice, reason) in &said.each {
                    draft.say(id, *choice, Some(reason));
                }
            }
        }
        own.iter().for_each(|id| draft.say(id, Choice::Later, None));
    })
    .await?;
    Ok(())
}

/// Those of everything that is held that are not somebody's to decide about.
async fn own_of_all(deps: &Deps, viewer: &Signed) -> Result<BTreeSet<CaseId>, Failure> {
    let held = deps.intake.ledger.brake().await?.item.held().clone();
    own_among(deps, viewer, held).await
}

/// Those of these cases that are not somebody's to decide about.
async fn own_among(
    deps: &Deps,
    viewer: &Signed,
    ids: impl IntoIterator<Item = CaseId>,
) -> Result<BTreeSet<CaseId>, Failure> {
    let cases = latchkey_decisions::held_among(&deps.intake, ids).await?;
    let who = (viewer.actor.name.as_str(), &viewer.actor.themselves);
    let own = not_theirs(&deps.intake.ledger, who, &cases).await?;
    Ok(own.into_keys().collect())
}

/// The second look at what somebody filled in.
async fn look(deps: &Deps, viewer: &Signed, problem: Option<String>) -> Response {
    let looked = async {
        let own = own_of_all(deps, viewer).await?;
        latchkey_decisions::look_again(&deps.intake, &decider(viewer), &own).await
    };
    match looked.await {
        Ok(draft) => checked(deps, viewer, &Shows::own(draft), problem).await,
        Err(refused) => again(deps, viewer, "", &refused).await,
    }
}

/// The look of a second person at a decision that waits for one.
async fn second_look(deps: &Deps, viewer: &Signed, problem: Option<String>) -> Response {
    let who = decider(viewer);
    match latchkey_decisions::look_at_waiting(&deps.intake, &who).await {
        Ok((decision, draft, look)) => {
            let shows = waiting(decision, draft, look);
            checked(deps, viewer, &shows, problem).await
        }
        Err(refused) => again(deps, viewer, "", &refused).await,
    }
}

/// The list again, with why nothing was done.
async fn again(deps: &Deps, viewer: &Signed, from: &str, refused: &NotDecided) -> Response {
    if let NotDecided::Failure(failure) = refused {
        return out_of_order(failure);
    }
    let status = match refused {
        NotDecided::Nothing | NotDecided::NoReason | NotDecided::TooLong => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        NotDecided::SamePerson | NotDecided::Own => StatusCode::FORBIDDEN,
        _ => StatusCode::CONFLICT,
    };
    list_page(deps, viewer, from, status, Some(&sentence(refused))).await
}

/// `POST /held/confirm`: what was shown counts from now on.
pub(crate) async fn confirm(State(deps): State<Deps>, By(viewer): By, body: Body) -> Response {
    if let Err(refused) = viewer.may(Action::DecideHeld, &On::default()) {
        return refused;
    }
    let bytes = to_bytes(body, MAX_FORM_BYTES).await.unwrap_or_default();
    let said = Said::read(&bytes);
    let second = said.act == "second";
    let who = decider(&viewer);
    let shown = (said.list.as_str(), said.typed());
    let became = async {
        let own = own_of_all(&deps, &viewer).await?;
        match second {
            true => latchkey_decisions::confirm(&deps.intake, &who, shown, &own).await,
            false => latchkey_decisions::decide_each(&deps.intake, &who, shown, &own).await,
        }
    };
    match became.await {
        Ok(Became::Waits) => Redirect::to("/held").into_response(),
        Ok(Became::Counts {
            go_on,
            leave_out,
            whole,
        }) => counts(&viewer, (go_on, leave_out), whole),
        Err(refused @ (NotDecided::Changed | NotDecided::Expired | NotDecided::Number(_))) => {
            let problem = Some(format!("{} Nothing has happened.", sentence(&refused)));
            match second {
                true => second_look(&deps, &viewer, problem).await,
                false => look(&deps, &viewer, problem).await,
            }
        }
        Err(refused) => again(&deps, &viewer, "", &refused).await,
    }
}

/// What was decided, and how far it is carried out.
fn counts(viewer: &Signed, (go_on, leave_out): (usize, usize), whole: bool) -> Response {
    let title = "It is decided";
    let content = html! {
        div.head { div {
            h1 { (title) }
            p.lede { (check::in_numbers(go_on, leave_out)) ". It stands with each case, with your name." }
        } }
        @if !whole {
            (list::under_way(None))
        }
        div.buttons { a."button main" href="/held" { "Back to what is held" } a.button href="/cases" { "Look at the cases" } }
    };
    page(viewer, "/held", title, &content)
}
