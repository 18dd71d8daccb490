//! The browsers of those who sign in: each keeps its session, and sends forms as our pages do, without a socket.

use std::collections::HashMap;

use axum::{
    body::Body,
    http::{
        HeaderMap, Request, StatusCode,
        header::{CONTENT_TYPE, COOKIE, SET_COOKIE},
    },
};
use jiff::{SignedDuration, Timestamp};
use latchkey_embedded::Stack;
use latchkey_runbook::Runbook;
use latchkey_runtime::Failure;
use tower::ServiceExt;

use crate::{Form, RehearsalError};

/// A session is begun anew after this: the pages end it when nothing was done in it for two hours.
const KEPT: SignedDuration = SignedDuration::from_mins(100);

/// A session's cookie, and since when it is used.
type Session = (String, Timestamp);

#[derive(Default)]
pub(super) struct Browsers(HashMap<String, Session>);

/// Who signs in, by the work address, by which runbook, and when (UTC).
pub(super) type Who<'a> = (&'a str, &'a Runbook, Timestamp);

impl Browsers {
    /// Sends a form, as somebody who has signed in, or as whoever has a link; gives the status.
    pub(super) async fn post(
        &mut self,
        stack: &Stack,
        (path, form): (&str, &Form),
        by: Option<Who<'_>>,
    ) -> Result<u16, RehearsalError> {
        let cookie = match by {
            Some(who) => Some(self.session(stack, who).await?),
            None => None,
        };
        let (status, _) = send(stack, path, form, cookie.as_deref()).await?;
        Ok(status.as_u16())
    }

    async fn session(
        &mut self,
        stack: &Stack,
        (address, runbook, now): Who<'_>,
    ) -> Result<String, RehearsalError> {
        let good = |(_, since): &&Session| now.duration_since(*since) < KEPT;
        if let Some((cookie, _)) = self.0.get(address).filter(good) {
            return Ok(cookie.clone());
        }
        let link = console::sign_in_link(&stack.ledger, runbook, now, ("", address)).await;
        let link = link.map_err(|refused| Failure::Broken(refused.to_string()))?;
        let (_, headers) = send(stack, &link, &Vec::new(), None).await?;
        let kept = headers
            .get(SET_COOKIE)
            .and_then(|value| value.to_str().ok());
        let cookie = kept.and_then(|kept| kept.split(';').next());
        let cookie = cookie.ok_or_else(|| Failure::Broken(format!("{address} cannot sign in")))?;
        self.0.insert(address.to_owned(), (cookie.to_owned(), now));
        Ok(cookie.to_owned())
    }
}

async fn send(
    stack: &Stack,
    path: &str,
    form: &Form,
    cookie: Option<&str>,
) -> Result<(StatusCode, HeaderMap), RehearsalError> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let mut request = Request::post(path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    let request = request.body(Body::from(body));
    let request = request.map_err(|e| Failure::Broken(format!("`{path}` is not a path: {e}")))?;
    let Ok(answer) = stack.pages.clone().oneshot(request).await;
    Ok((answer.status(), answer.headers().clone()))
}
