//! `GET /audit`: every record of the trails, the latest first, with the filters that an index stands behind; and
//! `POST /audit/download`, the same as a file.

mod asked;
mod file;
mod list;
mod one_person;

use axum::{
    Form,
    body::Body,
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use latchkey_access::{Action, On};
use latchkey_ledger::{LookedThrough, RecordPlace};
use latchkey_lifecycle::{AuditBody, What};
use latchkey_runtime::Failure;
use serde_json::json;

use crate::{
    Deps,
    frame::page,
    sign_in::{By, Signed, out_of_order},
    views::record::{RecordView, views},
};
use asked::{Asked, Choice};

/// How many records a page shows.
const SHOWN: u16 = 50;

/// What a page shows.
struct List {
    asked: Asked,
    lines: Vec<RecordView>,
    /// Where the next page begins.
    next: Option<RecordPlace>,
    /// When all of it was verified last.
    looked: Option<LookedThrough>,
}

async fn read(deps: &Deps, viewer: &Signed, choice: &Choice) -> Result<List, Failure> {
    let ledger = &deps.intake.ledger;
    let asked = Asked::of(deps, viewer, choice).await?;
    let mut list = List {
        lines: Vec::new(),
        next: None,
        looked: ledger.looked_through().await?,
        asked,
    };
    if let Some(records) = &list.asked.records {
        let after = RecordPlace::of(&choice.after);
        let found = ledger.records_found(records, SHOWN, after.as_ref()).await?;
        list.lines = views(deps, viewer, &found.records).await?;
        list.next = found.next;
    }
    Ok(list)
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Query(choice): Query<Choice>,
) -> Response {
    if let Err(refused) = viewer.may(Action::SeeAudit, &On::default()) {
        return refused;
    }
    match read(&deps, &viewer, &choice).await {
        Ok(list) => {
            let content = list::content(&viewer, &choice, &list);
            page(&viewer, "/audit", "Audit trail", &content)
        }
        Err(failure) => out_of_order(&failure),
    }
}

pub(crate) async fn download(
    State(deps): State<Deps>,
    By(viewer): By,
    Form(choice): Form<Choice>,
) -> Response {
    if let Err(refused) = viewer.may(Action::SeeAudit, &On::default()) {
        return refused;
    }
    match downloaded(&deps, &viewer, &choice).await {
        Ok(file) => sent(&viewer, file),
        Err(failure) => out_of_order(&failure),
    }
}

/// The file, once the book says who has it.
async fn downloaded(deps: &Deps, viewer: &Signed, choice: &Choice) -> Result<String, Failure> {
    let asked = Asked::of(deps, viewer, choice).await?;
    let (file, lines) = file::file(deps, viewer, choice, &asked).await?;
    let which = asked.in_words();
    let body = AuditBody {
        at: viewer.now,
        by: viewer.actor.signature(),
        what: What::Downloaded,
        text: format!("Downloaded {lines} records of the audit trail: {which}."),
        detail: json!({ "records": lines, "which": choice.query(None) }),
    };
    deps.intake.ledger.note_in_book(body).await?;
    Ok(file)
}

fn sent(viewer: &Signed, file: String) -> Response {
    let zone = viewer.runbook.time_zone();
    let day = viewer.now.to_zoned(zone.clone()).date();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"audit-trail-{day}.csv\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, Body::from(file)).into_response()
}
