//! `GET` and `POST /import`, `POST /import/confirm`: a file of people is looked at, and what it would do is shown;
//! nothing happens by that. Whoever gave it takes in exactly those bytes by a second look, within ten minutes, by the same
//! code as a file that HR drops.

mod own;
mod show;
mod sorted;

use std::collections::BTreeSet;

use axum::{
    Form,
    extract::{Multipart, Query, State, multipart::MultipartError},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use latchkey_access::{Action, On};
use latchkey_decisions::listing::{Dropped, Looked, Taken, look, take_line};
use latchkey_hris::{CSV, Mistake, Told};
use latchkey_ledger::FileLookedAt;
use latchkey_lifecycle::{AuditBody, CaseId, What, shown};
use latchkey_runtime::Failure;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Deps,
    attachments::sha256,
    sign_in::{By, Signed, out_of_order},
};
use sorted::Sorted;

/// The longest file that a page takes, in bytes: a request to a Lambda has 6 MB, and a file is a third longer on its way.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// The longest form with a file in it.
pub const MOST_FORM_BYTES: usize = MOST_BYTES + 16 * 1024;
/// So long after a look the file may be taken in.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(10);
/// So long a request takes people in; then it says how far it came. The console's Lambda has 15 s for all of it.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(8);
/// So many letters of a file's name are kept.
const LETTERS: usize = 120;

/// What is shown of a look.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    /// Which lines: `happens`, or those to look at.
    show: String,
    /// How many come before those that are shown.
    from: String,
}

/// A file with what it says.
struct Look {
    file: FileLookedAt,
    says: Result<Sorted, Vec<Mistake>>,
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Query(choice): Query<Choice>,
) -> Response {
    if let Err(refused) = viewer.may(Action::TakeInFile, &On::default()) {
        return refused;
    }
    match looked_at(&deps, &viewer).await {
        Ok(Some(look)) => show::look(&viewer, &choice, &look),
        Ok(None) => show::form(&viewer, StatusCode::OK, None),
        Err(failure) => out_of_order(&failure),
    }
}

/// The look that somebody had last, if it is good yet.
async fn looked_at(deps: &Deps, viewer: &Signed) -> Result<Option<Look>, Failure> {
    let Some((file, dropped)) = kept(deps, viewer).await? else {
        return Ok(None);
    };
    let intake = &deps.intake;
    let says = match look(intake.looks(), &viewer.runbook, &dropped).await? {
        Ok(looked) => {
            let (looked, own) = own::apart(&viewer.actor.themselves, looked);
            Ok(Sorted::of(deps, viewer, looked, &own).await?)
        }
        Err(mistakes) => Err(mistakes),
    };
    Ok(Some(Look { file, says }))
}

/// The file that somebody may take in now, with its contents.
async fn kept(deps: &Deps, viewer: &Signed) -> Result<Option<(FileLookedAt, Dropped)>, Failure> {
    let ledger = &deps.intake.ledger;
    let file = ledger.file_looked_at(&viewer.actor.address).await?;
    let Some(file) = file.filter(|file| viewer.now < file.until) else {
        return Ok(None);
    };
    let Some(bytes) = ledger.contents_of(&file).await? else {
        return Ok(None);
    };
    // What is shown and taken in is what was given, and nothing that was written in its place.
    if sha256(&bytes) != file.sha256 {
        return Ok(None);
    }
    let dropped = Dropped {
        name: file.name.clone(),
        at: file.at,
        bytes,
    };
    Ok(Some((file, dropped)))
}

/// `POST /import`: a file is kept for ten minutes, and looked at.
pub(crate) async fn give(
    State(deps): State<Deps>,
    By(viewer): By,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Response {
    if let Err(refused) = viewer.may(Action::TakeInFile, &On::default()) {
        return refused;
    }
    let Ok(form) = form else {
        return show::form(&viewer, StatusCode::BAD_REQUEST, Some("Choose a file."));
    };
    let (name, bytes) = match file_of(form).await {
        Ok(Some(given)) => given,
        Ok(None) => {
            let problem = "Choose a file: none was sent, or it is empty.";
            return show::form(&viewer, StatusCode::UNPROCESSABLE_ENTITY, Some(problem));
        }
        Err(error) => return not_read(&viewer, &error),
    };
    if bytes.len() > MOST_BYTES {
        return too_long(&viewer);
    }
    match keep(&deps, &viewer, name, &bytes).await {
        Ok(()) => Redirect::to("/import").into_response(),
        Err(failure) => out_of_order(&failure),
    }
}

/// The first file of a form, with its name.
async fn file_of(mut form: Multipart) -> Result<Option<(String, Vec<u8>)>, MultipartError> {
    while let Some(field) = form.next_field().await? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name: String = shown::line(name).trim().chars().take(LETTERS).collect();
        let bytes = field.bytes().await?.to_vec();
        let name = if name.is_empty() {
            "people.csv".to_owned()
        } else {
            name
        };
        return Ok((!bytes.is_empty()).then_some((name, bytes)));
    }
    Ok(None)
}

fn not_read(viewer: &Signed, error: &MultipartError) -> Response {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_long(viewer),
        status => {
            let problem = "The file did not come whole. Give it again.";
            show::form(viewer, status, Some(problem))
        }
    }
}

fn too_long(viewer: &Signed) -> Response {
    let problem = "The file is longer than 4 MB, which is more than a page takes. Drop it where HR’s system drops its files, \
                   or have whoever runs Latchkey take it in.";
    show::form(viewer, StatusCode::PAYLOAD_TOO_LARGE, Some(problem))
}

async fn keep(deps: &Deps, viewer: &Signed, name: String, bytes: &[u8]) -> Result<(), Failure> {
    let ledger = &deps.intake.ledger;
    let file = FileLookedAt {
        by: viewer.actor.address.clone(),
        name,
        at: viewer.now,
        until: good_until(viewer.now),
        sha256: sha256(bytes),
        parts: 0,
    };
    let body = AuditBody {
        at: viewer.now,
        by: viewer.actor.signature(),
        what: What::LookedAtFile,
        text: format!("Looked at {}; nothing was taken in.", file.name),
        detail: json!({ "file": file.name, "bytes": bytes.len(), "sha256": file.sha256 }),
    };
    ledger.keep_file(file, bytes).await?;
    Ok(ledger.note_in_book(body).await?)
}

fn good_until(now: Timestamp) -> Timestamp {
    now.saturating_add(GOOD_FOR).unwrap_or(now)
}

/// What the button of the second look sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Meant {
    /// The SHA-256 of the file that was looked at.
    sha256: String,
}

/// `POST /import/confirm`: what was looked at is taken in.
pub(crate) async fn confirm(
    State(deps): State<Deps>,
    By(viewer): By,
    Form(meant): Form<Meant>,
) -> Response {
    if let Err(refused) = viewer.may(Action::TakeInFile, &On::default()) {
        return refused;
    }
    let kept = match kept(&deps, &viewer).await {
        Ok(kept) => kept.filter(|(file, _)| file.sha256 == meant.sha256),
        Err(failure) => return out_of_order(&failure),
    };
    let Some((file, dropped)) = kept else {
        let problem = "Nothing was taken in: what you looked at was more than ten minutes ago, was taken in already, or another \
                       file was given since. Give it again and look once more.";
        return show::form(&viewer, StatusCode::CONFLICT, Some(problem));
    };
    let looked = match look(deps.intake.looks(), &viewer.runbook, &dropped).await {
        Ok(Ok(looked)) => looked,
        Ok(Err(_)) => return Redirect::to("/import").into_response(),
        Err(failure) => return out_of_order(&failure),
    };
    match deps.intake.ledger.begin_file(&file).await {
        Ok(true) => {}
        Ok(false) => {
            let problem = "It is being taken in already: the button was pressed twice. What came of it stands on the other page, and in \
                           the audit trail. Where that was cut off, give the file again: what is in it counts once.";
            return show::form(&viewer, StatusCode::CONFLICT, Some(problem));
        }
        Err(error) => return out_of_order(&Failure::from(error)),
    }
    match take(&deps, &viewer, file, looked).await {
        Ok((file, taken, left)) => {
            let ids: BTreeSet<CaseId> = taken.cases.iter().map(|(_, case)| case.clone()).collect();
            match deps.intake.ledger.cases_by_id(ids).await {
                Ok(cases) => show::taken(&viewer, &file, (&taken, &cases), left),
                Err(error) => out_of_order(&error.into()),
            }
        }
        Err(failure) => out_of_order(&failure),
    }
}

/// Takes in what is new, as far as the time goes. Gives what came of it, and how many lines are left: the same file again
/// gives what is still new.
async fn take(
    deps: &Deps,
    viewer: &Signed,
    mut file: FileLookedAt,
    looked: Looked,
) -> Result<(FileLookedAt, Taken, usize), Failure> {
    let intake = &deps.intake;
    if let Err(error) = intake.ledger.note_heard(CSV, file.at).await {
        // Only who looks after it misses something.
        tracing::warn!(%error, "it is not noted that a file came");
    }
    let (looked, own) = own::apart(&viewer.actor.themselves, looked);
    let mut taken = Taken {
        rows: looked.rows,
        people: looked.lines.len() + own.len(),
        idle: own
            .into_iter()
            .map(|line| (line, own::WHY.to_owned()))
            .collect(),
        ..Taken::default()
    };
    let until = viewer.now.saturating_add(AT_ONCE).unwrap_or(viewer.now);
    let mut lines = looked.lines.into_iter();
    for mut line in lines.by_ref() {
        if let Told::Events(events) | Told::Stranger(events) = &mut line.told {
            for event in events {
                event.confirmed_by = Some(viewer.actor.address.clone());
            }
        }
        Box::pin(take_line(intake, line, &mut taken)).await?;
        if intake.clock.now() >= until {
            break;
        }
    }
    let left = lines.len();
    if left == 0 {
        intake.ledger.forget_file(&file).await?;
    } else {
        file.until = good_until(intake.clock.now());
        intake.ledger.note_file(&file).await?;
    }
    let text = match left {
        0 => format!(
            "Took in {}: of {} people something was news.",
            file.name, taken.changed
        ),
        left => format!(
            "Took in a part of {}: of {} people something was news; {left} lines were not looked at yet.",
            file.name, taken.changed
        ),
    };
    let body = AuditBody {
        at: viewer.now,
        by: viewer.actor.signature(),
        what: What::TookInFile,
        text,
        detail: json!({
            "file": file.name, "sha256": file.sha256, "people": taken.people, "changed": taken.changed, "left": left,
        }),
    };
    intake.ledger.note_in_book(body).await?;
    Ok((file, taken, left))
}
