//! Somebody who signed in, for the length of a request.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use jiff::Timestamp;
use latchkey_access::{Action, Actor, On, may};
use latchkey_lifecycle::RunbookVersion;
use latchkey_runbook::Runbook;

use crate::{frame::message, sign_in::admit::refused};

/// Somebody who signed in, and the runbook that says what they are.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) actor: Actor,
    /// The digest that the ledger knows the session by.
    pub(crate) session: String,
    pub(crate) version: RunbookVersion,
    pub(crate) runbook: Arc<Runbook>,
    /// The instant of the request (UTC).
    pub(crate) now: Timestamp,
}

impl Signed {
    /// Whether they may do it to this.
    ///
    /// # Errors
    /// The page that says why not, and who can help.
    pub(crate) fn may(&self, action: Action, on: &On) -> Result<(), Response> {
        may(&self.actor, action, on).map_err(|why| refused(self, &why))
    }

    /// Whether they may do it to this, where the page only shows more or less by it.
    pub(crate) fn can(&self, action: Action, on: &On) -> bool {
        may(&self.actor, action, on).is_ok()
    }

    /// The day of the request, in the company's time zone.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        let zone = self.runbook.time_zone().clone();
        self.now.to_zoned(zone).date()
    }

    /// The place of the company's time zone, e.g. Berlin.
    pub(crate) fn place(&self) -> String {
        let zone = self.runbook.time_zone();
        let name = zone.iana_name().unwrap_or("UTC");
        let place = name.rsplit_once('/').map_or(name, |(_, place)| place);
        place.replace('_', " ")
    }
}

/// The argument of a page's handler: whoever was admitted.
pub(crate) type Viewer = Arc<Signed>;

/// What a handler takes: whoever was let in by the route's own check.
pub(crate) struct By(pub(crate) Viewer);

impl<S: Sync> FromRequestParts<S> for By {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<By, Response> {
        let signed = parts.extensions.get::<Viewer>().cloned();
        // A route that names no action admits nobody.
        signed.map(By).ok_or_else(|| {
            let status = axum::http::StatusCode::FORBIDDEN;
            message(
                status,
                "",
                "You may not see this",
                "Nobody may: this page does not say what it needs.",
            )
        })
    }
}
