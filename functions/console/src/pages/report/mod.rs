//! `GET` and `POST /report`, `POST /report/confirm`: what HR says by hand. The first page asks, the second shows what
//! would happen, and nothing is written before it is confirmed there. Then it is an event like any other: of the source
//! `page`, told by whoever signed in.

mod address;
mod ahead;
mod checked;
mod form;
mod looked;
mod read;
mod said;

use axum::{
    body::{Body, to_bytes},
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use latchkey_access::{Action, On};
use latchkey_lifecycle::{CaseId, EventKind, Look};
use latchkey_runtime::Failure;
use maud::html;
use serde::Deserialize;

use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    sign_in::{By, Secret, Signed, out_of_order},
    views::task::case_path,
};
use checked::checked;
use form::form_page;
use read::{Reading, Report, read};
use said::{Said, Wrong};

/// The source of what is reported by hand.
const SOURCE: &str = "page";
/// More than the form sends.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// What a link to the form fills in.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Begun {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    who: String,
}

pub(crate) async fn show(By(viewer): By, Query(begun): Query<Begun>) -> Response {
    let mut said = Said::default();
    said.set("kind", &begun.kind);
    said.set("who", &begun.who);
    form_page(&viewer, StatusCode::OK, &said, &[], &[])
}

/// `POST /report`: what would happen, or the form again.
pub(crate) async fn check(State(deps): State<Deps>, By(viewer): By, body: Body) -> Response {
    let said = match said_in(&viewer, body).await {
        Ok(said) => said,
        Err(response) => return response,
    };
    if !said.change.is_empty() {
        return form_page(&viewer, StatusCode::OK, &said, &[], &[]);
    }
    let said = match sealed(&deps, &viewer, said) {
        Ok(said) => said,
        Err(response) => return response,
    };
    match report_of(&deps, &viewer, &said).await {
        Ok(report) => checked(&deps, &viewer, &said, &report, None).await,
        Err(response) => response,
    }
}

/// `POST /report/confirm`: it counts from now on.
pub(crate) async fn confirm(State(deps): State<Deps>, By(viewer): By, body: Body) -> Response {
    let said = match said_in(&viewer, body).await {
        Ok(said) => said,
        Err(response) => return response,
    };
    if Secret::of(said.delivery()).is_none() {
        return form_page(&viewer, StatusCode::UNPROCESSABLE_ENTITY, &said, &[], &[]);
    }
    // Read after what it led to, the same words would be found to say nothing new.
    match deps.intake.ledger.delivered(SOURCE, said.delivery()).await {
        Ok(Some(led_to)) => return done(&viewer, said.kind(), led_to.case_id, None),
        Ok(None) => {}
        Err(error) => return out_of_order(&Failure::from(error)),
    }
    let report = match report_of(&deps, &viewer, &said).await {
        Ok(report) => report,
        Err(response) => return response,
    };
    if let Err(problem) = looked_at(&deps, &viewer, &said) {
        let said = match sealed(&deps, &viewer, said) {
            Ok(said) => said,
            Err(response) => return response,
        };
        return checked(&deps, &viewer, &said, &report, Some(problem)).await;
    }
    let urgent = report.event.kind == EventKind::UrgentExit;
    if urgent && said.typed != report.employee.as_str() {
        let problem = format!(
            "What was typed is not the employee number {}. Nothing has happened.",
            report.employee
        );
        return checked(&deps, &viewer, &said, &report, Some(&problem)).await;
    }
    let kind = report.event.kind;
    if let Err(error) = deps.intake.ledger.note_heard(SOURCE, viewer.now).await {
        // Only who looks after it misses something.
        tracing::warn!(%error, "it is not noted that something was reported");
    }
    match Box::pin(latchkey_decisions::take_in(&deps.intake, report.event)).await {
        Ok(taken) => done(&viewer, Some(kind), taken.case, taken.note),
        Err(failure) => out_of_order(&failure),
    }
}

/// What was typed, with a delivery of its own and our seal of what the second page shows, and when.
fn sealed(deps: &Deps, viewer: &Signed, said: Said) -> Result<Said, Response> {
    let delivery = Secret::new().map_err(|_| {
        let failure = Failure::Busy("no random numbers".to_owned());
        out_of_order(&failure)
    })?;
    let delivery = delivery.text();
    let seal = deps
        .links
        .seal(&shown(viewer, &said, &delivery), viewer.now);
    Ok(said.with_token(format!("{delivery}.{seal}")))
}

/// What the second page shows to whom.
fn shown(viewer: &Signed, said: &Said, delivery: &str) -> String {
    let words: Vec<(&str, &str)> = said.of_kind().collect();
    // As JSON, so that nothing that is typed can look like another field.
    let words = serde_json::to_string(&words).unwrap_or_default();
    format!("report\n{}\n{delivery}\n{words}", viewer.actor.address)
}

/// Why it does not count: it is not what the second page showed, or that was long ago.
fn looked_at(deps: &Deps, viewer: &Signed, said: &Said) -> Result<(), &'static str> {
    let delivery = said.delivery();
    let seal = said.token.split_once('.').map_or("", |(_, seal)| seal);
    match deps.links.sealed_at(seal, &shown(viewer, said, delivery)) {
        None => {
            Err("It is not what was shown to you before: look at it here. Nothing has happened.")
        }
        Some(at) if Look::is_good_of(at, viewer.now) => Ok(()),
        Some(_) => Err(
            "More than 10 minutes have passed since it was shown to you: look at it once more. Nothing has happened.",
        ),
    }
}

async fn said_in(viewer: &Signed, body: Body) -> Result<Said, Response> {
    let bytes = to_bytes(body, MAX_FORM_BYTES).await.map_err(|_| {
        let wrong = [Wrong::new("kind", "The form is longer than 64 KB.")];
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        form_page(viewer, status, &Said::default(), &wrong, &[])
    })?;
    Ok(Said::read(&bytes))
}

/// What the form says, or the page that says why it cannot be read, or why it is not theirs to say.
async fn report_of(deps: &Deps, viewer: &Signed, said: &Said) -> Result<Report, Response> {
    let action = match said.kind() {
        Some(EventKind::UrgentExit) | None => Action::ReportUrgentExit,
        Some(_) => Action::Report,
    };
    viewer.may(action, &On::default())?;
    let again = |wrong: &[Wrong], people: &[read::Known]| {
        form_page(
            viewer,
            StatusCode::UNPROCESSABLE_ENTITY,
            said,
            wrong,
            people,
        )
    };
    match read(deps, viewer, said).await {
        Ok(Reading::Right(report)) => {
            viewer.may(action, &report.about())?;
            Ok(*report)
        }
        Ok(Reading::Wrong(wrong)) => Err(again(&wrong, &[])),
        Ok(Reading::Which(people)) => {
            let text = "Several are called that: choose who is meant.";
            Err(again(&[Wrong::new("who", text)], &people))
        }
        Err(failure) => Err(out_of_order(&failure)),
    }
}

/// Where it leads: to the board of who is cut off now, to the case, or to a sentence where there is none.
fn done(
    viewer: &Signed,
    kind: Option<EventKind>,
    case: Option<CaseId>,
    note: Option<String>,
) -> Response {
    match (case, kind) {
        (Some(case), Some(EventKind::UrgentExit)) => {
            Redirect::to(&format!("{}/board", case_path(&case))).into_response()
        }
        (Some(case), _) => Redirect::to(&case_path(&case)).into_response(),
        (None, _) => {
            let note = note.unwrap_or_else(|| "It says nothing new.".to_owned());
            let content = html! {
                div.head { div { h1 { "It is written down, and nothing follows from it" } } }
                section.note { (Glyph::Info) div { p { (note) } } }
                div.buttons { a.button href="/report" { "Report something else" } }
            };
            page(viewer, "", "Report by hand", &content)
        }
    }
}
