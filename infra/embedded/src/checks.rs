//! What the checks of an installation need to know of one machine, and how a command has the running process look.

use std::{path::Path, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use console::SignInBy;
use latchkey_address::Loopback;
use latchkey_checks::{Check, Deps, Mail, PATIENCE, Place, checks, look, to_oneself};
use latchkey_ledger::Ledger;
use latchkey_runtime::{Clock, Failure, KnownSystems, Runbooks, Systems};
use serde::{Deserialize, Serialize};

use crate::{
    Keys, Outbox, SignInAt, StackError,
    stack::{Stack, file, sign_in},
};

/// Where a command asks for the checks, with the key of the folder.
pub const CHECKS: &str = "/checks";

/// What a command asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Looking {
    /// Whom a letter is sent to, so that they see whether it arrives.
    pub letter_to: Option<String>,
}

/// What a folder is told of what lies beside it: by a command line, or a file.
#[derive(Debug, Clone)]
pub struct Beside<'a> {
    /// What the pages' addresses begin with.
    pub address: String,
    /// An SMTP address.
    pub smtp: Option<&'a str>,
    /// Whom letters come from.
    pub from: &'a str,
    /// The sign-in provider.
    pub sign_in: Option<&'a SignInAt>,
    /// Whether systems on this machine may be called in the open.
    pub loopback: Loopback,
    /// Minutes between sweeps; 0 for never.
    pub sweep_every: u32,
}

/// The place that a process runs in.
pub(crate) fn place(
    (keys, outbox): (&Keys, Arc<Outbox>),
    systems: Arc<dyn Systems>,
    (signs_in, address): (&SignInBy, &str),
) -> Place {
    Place {
        systems: Some(systems),
        secrets: Some(Arc::new(keys.clone())),
        mail: match outbox.has_server() {
            true => Mail::Server(outbox),
            false => Mail::Folder(outbox),
        },
        sign_in: signs_in.for_checks(),
        address: Some(address.to_owned()),
        ..Place::default()
    }
}

/// The same for a folder in which no process runs.
///
/// # Errors
/// [`StackError`] says what of it cannot be used.
pub fn place_of_folder(
    directory: &Path,
    beside: &Beside<'_>,
    clock: Arc<dyn Clock>,
) -> Result<Place, StackError> {
    let keys = Keys::reading(&directory.join(file::SECRETS));
    let outbox = directory.join(file::OUTBOX);
    // Looking makes no folder where none is.
    let outbox = Some(outbox.as_path()).filter(|outbox| outbox.is_dir());
    let outbox = Outbox::open(outbox, beside.smtp, beside.from, clock)?;
    let systems = KnownSystems::new(
        latchkey_kinds::open,
        Arc::new(keys.clone()),
        beside.loopback,
    )
    .map_err(|e| StackError::Connections(e.to_string()))?;
    let signs_in = sign_in(beside.sign_in, &beside.address, &keys)?;
    let outbox = (&keys, Arc::new(outbox));
    let place = place(outbox, Arc::new(systems), (&signs_in, &beside.address));
    let _first = place.sweep_every.set(beside.sweep_every);
    Ok(place)
}

/// Sends a letter, where one is asked for, tries everything outside, and says how all of it stands.
///
/// # Errors
/// [`Failure`] when the ledger does not answer, or a letter is asked for and there is no runbook.
pub async fn looked(deps: Deps<'_>, asked: &Looking) -> Result<Vec<Check>, Failure> {
    if let Some(address) = &asked.letter_to {
        let (_, runbook) = deps.runbooks.current(deps.ledger).await?;
        to_oneself(deps.ledger, &runbook, address, deps.now).await?;
    }
    look(deps, PATIENCE).await?;
    checks(deps).await
}

/// What looks, for a command.
#[derive(Clone)]
struct Looks {
    ledger: Ledger,
    runbooks: Arc<Runbooks>,
    clock: Arc<dyn Clock>,
    place: Arc<Place>,
}

impl Stack {
    /// What a command may have looked at, behind the key of the folder.
    pub fn checks_for_commands(&self) -> Router {
        let looks = Looks {
            ledger: self.ledger.clone(),
            runbooks: Arc::clone(&self.runbooks),
            clock: Arc::clone(&self.clock),
            place: Arc::clone(&self.place),
        };
        Router::new().route(CHECKS, post(answer)).with_state(looks)
    }
}

async fn answer(State(looks): State<Looks>, body: Bytes) -> Response {
    let Ok(asked) = serde_json::from_slice::<Looking>(&body) else {
        return (
            StatusCode::BAD_REQUEST,
            "this asks for nothing that is known\n",
        )
            .into_response();
    };
    let deps = Deps {
        ledger: &looks.ledger,
        runbooks: &looks.runbooks,
        place: &looks.place,
        now: looks.clock.now(),
    };
    let checks = looked(deps, &asked).await;
    let checks = checks.map_err(|failure| failure.to_string());
    match checks.and_then(|checks| serde_json::to_string(&checks).map_err(|e| e.to_string())) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(problem) => (StatusCode::SERVICE_UNAVAILABLE, problem).into_response(),
    }
}
