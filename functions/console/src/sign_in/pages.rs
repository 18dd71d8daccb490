//! The pages before signing in, and those that end it.

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use latchkey_ledger::Session;
use latchkey_runtime::Failure;
use maud::html;
use serde::Deserialize;

use crate::{
    Deps,
    frame::{alone, message},
    router::no_such_page,
    sign_in::{
        SignInBy, SignInError,
        admit::{LASTS, from_elsewhere, is_own_form, out_of_order},
        cookie::{Secret, Ticket},
        provider::Begun,
        signed::By,
    },
};

/// The company's name, where a runbook is published.
async fn company(deps: &Deps) -> String {
    let current = deps.intake.runbooks.current(&deps.intake.ledger).await;
    current.map_or_else(
        |_| String::new(),
        |(_, runbook)| runbook.company().to_owned(),
    )
}

/// Where somebody wanted to go.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    to: String,
}

/// `GET /sign-in`
pub(crate) async fn show(State(deps): State<Deps>, Query(wanted): Query<Wanted>) -> Response {
    let how = match &deps.sign_in {
        SignInBy::Provider(provider) => {
            let to: String = form_urlencoded::byte_serialize(wanted.to.as_bytes()).collect();
            html! {
                p.lede { "with your account of the company" }
                div.gap { a."button main wide" href=(format!("/sign-in/begin?to={to}")) { "Go on to " (provider.host()) } }
            }
        }
        SignInBy::Links => html! {
            p { "This Latchkey has no sign-in provider. Whoever runs it gets a link for you with "
                code { "latchkey sign-in you@company.example" } "; it is good once, for 15 minutes." }
        },
        SignInBy::Nothing => html! {
            p { "Nobody can sign in to this Latchkey yet: no sign-in provider is set up." }
        },
    };
    let content = html! {
        div.panel {
            h1 { "Sign in" }
            (how)
            p.or { "or" }
            p { b { "You came from a letter?" } " Its link opens the task it is about, without an account. Nothing else." }
        }
        p.small.soft.gap { "You stay signed in for " (LASTS.as_hours()) " hours on this device. What you do stands in the audit trail with your name." }
    };
    alone(StatusCode::OK, &company(&deps).await, "Sign in", &content)
}

/// `GET /sign-in/begin`: to the provider.
pub(crate) async fn begin(State(deps): State<Deps>, Query(wanted): Query<Wanted>) -> Response {
    let SignInBy::Provider(provider) = &deps.sign_in else {
        return no_such_page();
    };
    let now = deps.intake.clock.now();
    let Ok(begun) = Begun::new(&wanted.to, now) else {
        return not_signed_in(&deps, "this machine gives no random numbers").await;
    };
    match (provider.begin(&begun, now).await, begun.kept()) {
        (Ok(at), Some(kept)) => ([(header::SET_COOKIE, kept)], Redirect::to(&at)).into_response(),
        (Ok(_), None) => no_such_page(),
        (Err(error), _) => not_signed_in(&deps, &error.to_string()).await,
    }
}

/// What the provider sends a browser back with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// `GET /sign-in/back`: from the provider.
pub(crate) async fn back(
    State(deps): State<Deps>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Response {
    let SignInBy::Provider(provider) = &deps.sign_in else {
        return no_such_page();
    };
    let now = deps.intake.clock.now();
    let finished = async {
        let begun = Begun::of(&headers, &back.state, now).ok_or(SignInError::NotBegun)?;
        if !back.error.is_empty() {
            let said = format!("{} {}", back.error, back.error_description);
            return Err(SignInError::Refused(said.trim().to_owned()));
        }
        let signed_in = provider.finish(&begun, &back.code, now).await?;
        Ok((begun, signed_in))
    };
    let (begun, signed_in) = match finished.await {
        Ok(finished) => finished,
        Err(error) => return not_signed_in(&deps, &error.to_string()).await,
    };
    let session = Session {
        address: signed_in.address,
        name: signed_in.name,
        groups: signed_in.groups,
        began: now,
        seen: now,
        ended: None,
    };
    match keep(&deps, session).await {
        Ok(Some(cookie)) => {
            let cookies = AppendHeaders([(header::SET_COOKIE, cookie), Begun::forgotten()]);
            (cookies, Redirect::to(&begun.to)).into_response()
        }
        Ok(None) => no_such_page(),
        Err(failure) => out_of_order(&failure),
    }
}

async fn not_signed_in(deps: &Deps, why: &str) -> Response {
    // What the provider, or whoever calls themselves it, writes is shown and not logged.
    tracing::warn!("nobody was signed in");
    let content = html! {
        h1 { "You are not signed in" }
        p.lede { (why) "." }
        div.buttons { a."button main" href="/sign-in" { "Try again" } }
    };
    alone(
        StatusCode::FORBIDDEN,
        &company(deps).await,
        "You are not signed in",
        &content,
    )
}

/// Begins a session; the cookie that carries it.
async fn keep(deps: &Deps, session: Session) -> Result<Option<HeaderValue>, Failure> {
    let secret = Secret::new().map_err(|e| Failure::Busy(format!("no random numbers: {e}")))?;
    deps.intake
        .ledger
        .begin_session(&secret.digest(), &session)
        .await?;
    let ticket = Ticket {
        address: session.address,
        secret,
    };
    Ok(ticket.kept())
}

/// `GET /sign-in/{code}`. Mail programs and browsers look at links before anybody does: only the button uses it.
pub(crate) async fn offer(State(deps): State<Deps>, Path(_): Path<String>) -> Response {
    if !matches!(deps.sign_in, SignInBy::Links) {
        return no_such_page();
    }
    let content = html! {
        div.panel {
            h1 { "Sign in" }
            p.lede { "with the link that was made for you" }
            form.gap method="post" { button."button main wide" type="submit" { "Sign in" } }
        }
        p.small.soft.gap { "The link is good once. You stay signed in for " (LASTS.as_hours()) " hours on this device." }
    };
    alone(StatusCode::OK, &company(&deps).await, "Sign in", &content)
}

/// `POST /sign-in/{code}`
pub(crate) async fn take(
    State(deps): State<Deps>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    // Nobody is to end up in somebody else's session.
    if !is_own_form(&headers) {
        return from_elsewhere();
    }
    if !matches!(deps.sign_in, SignInBy::Links) {
        return no_such_page();
    }
    match begin_by_link(&deps, &code).await {
        Ok(Some(cookie)) => ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        Ok(None) => message(
            StatusCode::GONE,
            &company(&deps).await,
            "This link is used up",
            "It is good once, for 15 minutes. Have another one made with `latchkey sign-in`.",
        ),
        Err(failure) => out_of_order(&failure),
    }
}

/// Uses the link of a code, and begins a session.
async fn begin_by_link(deps: &Deps, code: &str) -> Result<Option<HeaderValue>, Failure> {
    let (ledger, now) = (&deps.intake.ledger, deps.intake.clock.now());
    let Some(given) = Secret::of(code) else {
        return Ok(None);
    };
    let Some(link) = ledger.use_sign_in_link(&given.digest(), now).await? else {
        return Ok(None);
    };
    let session = Session {
        address: link.address,
        name: link.name,
        groups: Vec::new(),
        began: now,
        seen: now,
        ended: None,
    };
    keep(deps, session).await
}

/// Nobody is signed in in this browser any more; where the provider keeps a session of its own, a link ends that, too.
/// `of`: of what, as the sentence goes on.
async fn signed_out(deps: &Deps, of: &str) -> Response {
    let there = match &deps.sign_in {
        SignInBy::Provider(provider) => provider.sign_out_at(deps.intake.clock.now()).await,
        _ => None,
    };
    let content = html! {
        h1 { "You are signed out" }
        p.lede { (of) }
        div.buttons {
            a."button main" href="/sign-in" { "Sign in again" }
            @if let Some(there) = there { a.button href=(there) { "Sign out of the company's sign-in, too" } }
        }
    };
    let page = alone(
        StatusCode::OK,
        &company(deps).await,
        "You are signed out",
        &content,
    );
    ([(header::SET_COOKIE, Ticket::forgotten())], page).into_response()
}

/// `POST /sign-out`
pub(crate) async fn out(State(deps): State<Deps>, By(viewer): By) -> Response {
    let ledger = &deps.intake.ledger;
    let ended = async {
        let address = &viewer.actor.address;
        let ended = ledger.end_session(address, &viewer.session, viewer.now);
        Ok::<_, Failure>(ended.await?)
    };
    match ended.await {
        Ok(()) => signed_out(&deps, "of Latchkey, on this device.").await,
        Err(failure) => out_of_order(&failure),
    }
}

/// `POST /me/sign-out-everywhere`
pub(crate) async fn out_everywhere(State(deps): State<Deps>, By(viewer): By) -> Response {
    let ended = deps
        .intake
        .ledger
        .end_sessions(&viewer.actor.address, viewer.now);
    match ended.await {
        Ok(()) => signed_out(&deps, "of Latchkey, on every device.").await,
        Err(error) => out_of_order(&Failure::from(error)),
    }
}
