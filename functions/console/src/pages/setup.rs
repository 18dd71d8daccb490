//! `GET /setup`: what Latchkey needs before it may act, and which of it comes next. `POST /setup` tries what is outside
//! again; `POST /setup/letter` sends a letter to whoever asks for it.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use latchkey_access::{Action, On};
use latchkey_checks::{
    Act, Check, Group, PATIENCE, SignIn, Stands, checks, look, next, to_oneself,
};
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    Deps,
    frame::page,
    glyph::Glyph,
    pages::system::path,
    sign_in::{By, Signed, out_of_order},
    when::instant,
};

/// What was done on the page before.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

pub(crate) async fn show(
    State(deps): State<Deps>,
    By(viewer): By,
    Query(done): Query<Done>,
) -> Response {
    if let Err(refused) = viewer.may(Action::SetUp, &On::default()) {
        return refused;
    }
    match checks(deps.checks()).await {
        Ok(checks) => {
            let content = content(&deps, &viewer, &checks, &done.done);
            page(&viewer, "/setup", "Set up and check", &content)
        }
        Err(failure) => out_of_order(&failure),
    }
}

/// Tries everything outside that can be called from here.
pub(crate) async fn again(State(deps): State<Deps>, By(viewer): By) -> Response {
    if let Err(refused) = viewer.may(Action::SetUp, &On::default()) {
        return refused;
    }
    match look(deps.checks(), PATIENCE).await {
        Ok(()) => Redirect::to("/setup?done=looked").into_response(),
        Err(failure) => out_of_order(&failure),
    }
}

/// Sends a letter to whoever asks for it: to their own address, and to no other.
pub(crate) async fn letter(State(deps): State<Deps>, By(viewer): By) -> Response {
    if let Err(refused) = viewer.may(Action::SetUp, &On::default()) {
        return refused;
    }
    let address = &viewer.actor.address;
    let (ledger, runbook) = (&deps.intake.ledger, &viewer.runbook);
    match to_oneself(ledger, runbook, address, viewer.now).await {
        Ok(()) => Redirect::to("/setup?done=letter").into_response(),
        Err(error) => out_of_order(&Failure::from(error)),
    }
}

/// Whether anything outside can be tried from here.
fn can_look(deps: &Deps) -> bool {
    deps.place.systems.is_some() || matches!(deps.place.sign_in, SignIn::Provider { .. })
}

fn content(deps: &Deps, viewer: &Signed, checks: &[Check], done: &str) -> Markup {
    let in_order = |check: &&Check| matches!(check.stands, Stands::Well | Stands::Known);
    let well = checks.iter().filter(in_order).count();
    let next = next(checks);
    html! {
        div.head {
            div {
                h1 { "Set up and check" }
                p.lede {
                    "What Latchkey needs before it may act for " (viewer.runbook.company()) ". "
                    b { (well) " of " (checks.len()) @if checks.len() == 1 { " is" } @else { " are" } " in order" }
                    @if next.is_some() { "; one thing comes next." } @else { "; nothing is to be done." }
                    " The same as " code { "latchkey doctor" } "."
                }
            }
            @if can_look(deps) {
                div.buttons { form method="post" action="/setup" { button.button type="submit" { "Look again" } } }
            }
        }
        (told(viewer, done))
        @if deps.place.systems.is_none() {
            section.note {
                (Glyph::Info)
                div {
                    h2 { "Systems are not called from this page" }
                    p { "It shows what sweeps and tests came to know. To test them, where the stack's secrets can be read: " code { "latchkey doctor --table TABLE --secrets PREFIX" } }
                }
            }
        }
        @if let Some(check) = next { (comes_next(viewer, check)) }
        @for group in groups(checks) { (section(viewer, group, checks)) }
    }
}

/// What was done, in words.
fn told(viewer: &Signed, done: &str) -> Markup {
    html! {
        @match done {
            "looked" => section.note.good role="status" {
                (Glyph::Verified) div { h2 { "Everything that can be called from here was tried" } }
            },
            "letter" => section.note.good role="status" {
                (Glyph::Letter)
                div {
                    h2 { "A letter to you is on its way" }
                    p { "To " (viewer.actor.address) ", at most one a minute. When it has left, that is said below; whether it arrives, only you can see." }
                }
            },
            _ => {}
        }
    }
}

fn comes_next(viewer: &Signed, check: &Check) -> Markup {
    html! {
        section.group aria-labelledby="next" {
            h2 #next { "Next" }
            ul {
                li."row wide next" data-row {
                    (Glyph::Trouble)
                    div {
                        h3 { (check.title) }
                        p { (check.said) (seen(viewer, check)) }
                        @if let Some(to_do) = &check.to_do { p { b { (to_do) } } }
                        @if let Some(command) = &check.command { p { code { (command) } } }
                    }
                    div.who { (act(check)) }
                }
            }
        }
    }
}

/// What the page itself can do about it.
fn act(check: &Check) -> Markup {
    html! {
        @match &check.act {
            Some(Act::Look) => form method="post" action="/setup" {
                button."button main" type="submit" { "Try it now" }
            },
            Some(Act::Letter) => form method="post" action="/setup/letter" {
                button."button main" type="submit" { "Send me a letter" }
            },
            Some(Act::System(id)) => a."button main" href=(path(id)) { "Show me where, and test" },
            None => {}
        }
    }
}

fn seen(viewer: &Signed, check: &Check) -> Markup {
    html! { @if let Some(at) = check.seen { span.soft { " Seen " (instant(viewer, at)) "." } } }
}

/// The groups that have something, in their order.
fn groups(checks: &[Check]) -> Vec<Group> {
    let mut groups: Vec<Group> = checks.iter().map(|check| check.group).collect();
    groups.sort();
    groups.dedup();
    groups
}

fn section(viewer: &Signed, group: Group, checks: &[Check]) -> Markup {
    let of_it: Vec<&Check> = checks.iter().filter(|check| check.group == group).collect();
    let in_order = |check: &&&Check| matches!(check.stands, Stands::Well | Stands::Known);
    let well = of_it.iter().filter(in_order).count();
    let id = format!("group-{}", group as u8);
    html! {
        section.group aria-labelledby=(id) {
            h2 #(id) { (group.words()) " " span { (well) " of " (of_it.len()) } }
            ul {
                @for check in of_it {
                    li."row wide" data-row {
                        (glyph(check.stands))
                        div {
                            h3 { (check.title) }
                            p { (check.said) (seen(viewer, check)) }
                        }
                        div.who { (aside(check)) }
                    }
                }
            }
        }
    }
}

/// How it stands in a word, with what a page shows of it.
fn aside(check: &Check) -> Markup {
    html! {
        @match &check.act {
            Some(Act::Letter) if check.stands == Stands::Well => form method="post" action="/setup/letter" {
                button.plain type="submit" { "Send me a letter" }
            },
            Some(Act::System(id)) => a href=(path(id)) { (check.stands.words()) span.hidden { ": " (check.title) } },
            _ => (check.stands.words()),
        }
    }
}

fn glyph(stands: Stands) -> Glyph {
    match stands {
        Stands::Well => Glyph::Verified,
        Stands::Known => Glyph::Reminded,
        Stands::Comes => Glyph::Waiting,
        Stands::ToDo => Glyph::Trouble,
        Stands::NotSeen => Glyph::Planned,
    }
}
