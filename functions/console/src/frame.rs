//! The frame of every page: one look, strict headers, nothing from elsewhere.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use latchkey_access::{Action, Role};
use latchkey_lifecycle::shown;
use maud::{DOCTYPE, Markup, html};

use crate::{glyph::sprite, sign_in::Signed};

/// The style sheet, served from `/latchkey.css`.
pub(crate) const STYLE: &str = include_str!("latchkey.css");
/// What makes pages easier to use and is not needed, served from `/latchkey.js`.
pub(crate) const SCRIPT: &str = include_str!("latchkey.js");

/// Style and script of our own, nothing from other hosts, no framing, forms only to ourselves.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors \
                      'none'; base-uri 'none'";

/// What the navigation leads to.
const PLACES: [(&str, &str, Action); 7] = [
    ("/", "Today", Action::SeeTasks),
    ("/cases", "Cases", Action::SeeCases),
    ("/people", "People", Action::SeePeople),
    ("/held", "Held", Action::SeeHeld),
    ("/findings", "Findings", Action::SeeFindings),
    ("/systems", "Systems", Action::SeeSystems),
    ("/audit", "Audit trail", Action::SeeAudit),
];

/// Where somebody lands who signed in: the first place that is theirs.
pub(crate) fn home(signed: &Signed) -> &'static str {
    let theirs = PLACES
        .iter()
        .find(|(_, _, action)| signed.actor.ever(*action));
    theirs.map_or("/me", |(path, ..)| path)
}

/// A page of somebody who signed in. `here`: the path that the navigation shows as the current one.
pub(crate) fn page(signed: &Signed, here: &str, title: &str, content: &Markup) -> Response {
    page_with(StatusCode::OK, signed, here, title, content)
}

/// The same, with another status.
pub(crate) fn page_with(
    status: StatusCode,
    signed: &Signed,
    here: &str,
    title: &str,
    content: &Markup,
) -> Response {
    document(status, title, None, &framed(signed, here, content))
}

/// The same, looked at again by the browser every so many seconds: for what is watched while it happens.
pub(crate) fn page_that_reloads(
    signed: &Signed,
    here: &str,
    title: &str,
    content: &Markup,
    seconds: u8,
) -> Response {
    let mut response = page(signed, here, title, content);
    // As a header, so that the page with and without it is the same.
    let again = HeaderValue::from(u16::from(seconds));
    response.headers_mut().insert(header::REFRESH, again);
    response
}

fn framed(signed: &Signed, here: &str, content: &Markup) -> Markup {
    let company = signed.runbook.company();
    html! {
        a.skip href="#main" { "Skip to the content" }
        header.bar {
            a.mark href=(home(signed)) { (mark()) " Latchkey " span { (company) } }
            button.button.little.menu-button popovertarget="nav" { "Menu" }
            nav #nav popover aria-label="Main" {
                ul {
                    @for (path, name, action) in PLACES {
                        @if signed.actor.ever(action) {
                            li { a href=(path) aria-current=[(path == here).then_some("page")] { (name) } }
                        }
                    }
                }
                @if signed.actor.ever(Action::SeePeople) {
                    form.search role="search" action="/search" {
                        label.hidden for="q-all" { "Search people and cases" }
                        input #q-all name="q" type="search" placeholder="Person, number, case" autocomplete="off";
                        kbd aria-hidden="true" { "/" }
                    }
                }
                details.me {
                    summary { (signed.actor.name) }
                    div {
                        p.small.soft { (what_they_are(signed)) }
                        ul.small {
                            li { a href="/me" { "Letters and absences" } }
                            @if signed.actor.ever(Action::SetUp) {
                                li { a href="/setup" aria-current=[(here == "/setup").then_some("page")] { "Set up and check" } }
                            }
                            li {
                                form method="post" action="/sign-out" { button.plain type="submit" { "Sign out" } }
                            }
                        }
                        div data-theme-choice hidden {}
                    }
                }
            }
        }
        main #main tabindex="-1" { (content) }
        footer.foot {
            span { "Latchkey for " (company) }
            span { "Times are those of " (signed.place()) ", where nothing else stands" }
            span { "Runbook " (signed.version) }
        }
    }
}

/// The names of somebody's teams, and what else they are.
pub(crate) fn what_they_are(signed: &Signed) -> String {
    let teams = signed.actor.teams.iter();
    let teams = teams.map(|team| latchkey_questions::facts::team_name(&signed.runbook, team));
    let roles = signed.actor.roles.iter();
    let roles = roles.filter(|role| **role != Role::TeamMember);
    // A team is often called what its people are.
    let mut all: Vec<String> = Vec::new();
    for name in teams.chain(roles.map(|role| role.words().to_owned())) {
        if all.iter().all(|one| !one.eq_ignore_ascii_case(&name)) {
            all.push(name);
        }
    }
    all.join(", ")
}

/// A page that stands alone: of a link, before signing in, and errors.
pub(crate) fn alone(status: StatusCode, company: &str, title: &str, content: &Markup) -> Response {
    let body = html! {
        a.skip href="#main" { "Skip to the content" }
        header {
            div."alone-bar" {
                a.mark href="/" {
                    (mark()) " Latchkey"
                    @if !company.is_empty() { " " span { (company) } }
                }
            }
        }
        main #main tabindex="-1" { (content) }
    };
    document(status, title, Some("alone"), &body)
}

/// A page that only says something.
pub(crate) fn message(status: StatusCode, company: &str, title: &str, text: &str) -> Response {
    alone(
        status,
        company,
        title,
        &html! { h1 { (title) } p.lede { (text) } },
    )
}

fn mark() -> Markup {
    html! {
        svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true" {
            rect x="2.5" y="2.5" width="19" height="19" rx="6" {}
            circle cx="12" cy="9.5" r="2.6" {}
            path d="M12 12v5.2M12 15h2.2" stroke-linecap="round" {}
        }
    }
}

fn document(status: StatusCode, title: &str, class: Option<&str>, body: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex, nofollow";
                title { (title) " · Latchkey" }
                link rel="stylesheet" href="/latchkey.css";
                script src="/latchkey.js" defer {}
            }
            body class=[class] { (sprite(&body.0)) (body) }
        }
    };
    // maud escapes what acts in HTML; this is what acts on those who read.
    let shown = shown::text(&markup.0).into_owned();
    (status, headers(), shown).into_response()
}

/// An answer as it leaves: with the headers of our pages where it has none of its own. Where nobody of us answered, since
/// what was sent could not be read, a page of ours says so.
pub(crate) async fn dressed(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let ours = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some((title, text)) = unread(response.status()).filter(|_| !ours) {
        let allowed = response.headers_mut().remove(header::ALLOW);
        response = message(response.status(), "", title, text);
        if let Some(allowed) = allowed {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
    }
    for (name, value) in headers() {
        if name != header::CONTENT_TYPE {
            response.headers_mut().entry(name).or_insert(value);
        }
    }
    response
}

/// What to say of a request that none of our pages read.
fn unread(status: StatusCode) -> Option<(&'static str, &'static str)> {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Some((
            "That cannot be read",
            "The address, or the form that was sent, is not one of a page here. Nothing was done. Open the page anew, and send its form.",
        )),
        StatusCode::METHOD_NOT_ALLOWED => Some((
            "That page is not asked for in this way",
            "Nothing was done. Open the page anew, and use its links and buttons.",
        )),
        StatusCode::PAYLOAD_TOO_LARGE => Some((
            "That is longer than a page takes",
            "Nothing was done. Open the page anew, and send less at a time.",
        )),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some((
            "That is not a form of a page here",
            "Nothing was done. Open the page anew, and send its form.",
        )),
        _ => None,
    }
}

fn headers() -> [(HeaderName, HeaderValue); 7] {
    [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // The address of a task's link is the key to it: it must not leave by a referrer, nor stay in a cache.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
}
