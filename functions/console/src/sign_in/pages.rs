//! The pages before signing in, and those that end it.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use latchkey_ledger::Session;
use latchkey_runtime::Failure;
use maud::html;

use crate::{
    Deps,
    frame::{alone, message},
    router::no_such_page,
    sign_in::{
        admit::{LASTS, out_of_order},
        cookie::{Secret, Ticket},
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

/// `GET /sign-in`
pub(crate) async fn show(State(deps): State<Deps>) -> Response {
    let how = match deps.sign_in_links {
        true => html! {
            p { "This Latchkey has no sign-in provider. Whoever runs it gets a link for you with "
                code { "latchkey sign-in you@company.example" } "; it is good once, for 15 minutes." }
        },
        false => html! {
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

/// `GET /sign-in/{code}`. Mail programs and browsers look at links before anybody does: only the button uses it.
pub(crate) async fn offer(State(deps): State<Deps>, Path(_): Path<String>) -> Response {
    if !deps.sign_in_links {
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
pub(crate) async fn take(State(deps): State<Deps>, Path(code): Path<String>) -> Response {
    if !deps.sign_in_links {
        return no_such_page();
    }
    match begin(&deps, &code).await {
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
async fn begin(deps: &Deps, code: &str) -> Result<Option<HeaderValue>, Failure> {
    let (ledger, now) = (&deps.intake.ledger, deps.intake.clock.now());
    let Some(given) = Secret::of(code) else {
        return Ok(None);
    };
    let Some(link) = ledger.use_sign_in_link(&given.digest(), now).await? else {
        return Ok(None);
    };
    let secret = Secret::new().map_err(|e| Failure::Busy(format!("no random numbers: {e}")))?;
    let session = Session {
        address: link.address.clone(),
        name: link.name,
        groups: Vec::new(),
        began: now,
        seen: now,
        ended: None,
    };
    ledger.keep_session(&secret.digest(), &session).await?;
    let ticket = Ticket {
        address: link.address,
        secret,
    };
    Ok(ticket.kept())
}

fn signed_out() -> Response {
    let forget = [(header::SET_COOKIE, Ticket::forgotten())];
    (forget, Redirect::to("/sign-in")).into_response()
}

/// `POST /sign-out`
pub(crate) async fn out(State(deps): State<Deps>, By(viewer): By) -> Response {
    let ledger = &deps.intake.ledger;
    let ended = async {
        let address = &viewer.actor.address;
        if let Some(mut session) = ledger.find_session(address, &viewer.session).await? {
            session.ended = Some(viewer.now);
            ledger.keep_session(&viewer.session, &session).await?;
        }
        Ok::<_, Failure>(())
    };
    match ended.await {
        Ok(()) => signed_out(),
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
        Ok(()) => signed_out(),
        Err(error) => out_of_order(&Failure::from(error)),
    }
}
