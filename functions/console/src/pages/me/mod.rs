//! `/me`: who somebody is here, which letters they get, when they are away and who stands in, and signing out.

mod away;
mod letters;

pub(crate) use away::{add, take_out};
pub(crate) use letters::choose;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use latchkey_access::{Action, On, Reach};
use latchkey_ledger::LedgerError;
use latchkey_lifecycle::{OwnSettings, TeamId};
use latchkey_questions::{Absences, named_in};
use latchkey_runtime::Failure;
use maud::{Markup, html};

use crate::{
    Deps,
    frame::{page_with, what_they_are},
    sign_in::{By, Signed, out_of_order},
};

/// Somebody's own settings, and those of their teams.
struct Own<'a> {
    viewer: &'a Signed,
    /// The teams in which the runbook names them by their address.
    teams: Vec<&'a TeamId>,
    settings: OwnSettings,
    absences: Absences,
}

impl Own<'_> {
    async fn read<'a>(deps: &Deps, viewer: &'a Signed) -> Result<Own<'a>, LedgerError> {
        let (ledger, runbook) = (&deps.intake.ledger, &viewer.runbook);
        let teams = named_in(runbook, &viewer.actor.address);
        let absences = Absences::read(ledger, runbook, &teams, viewer.now).await?;
        let settings = absences.settings(&viewer.actor.address).cloned();
        Ok(Own {
            viewer,
            teams,
            settings: settings.unwrap_or_default(),
            absences,
        })
    }

    /// Whether there is anything to set: the runbook names them in a team.
    fn is_named(&self) -> bool {
        !self.teams.is_empty()
    }
}

/// What was sent and is not right.
#[derive(Default)]
struct Wrong {
    problem: Option<String>,
    /// Where on the page.
    at: &'static str,
    away: away::Form,
}

pub(crate) async fn show(State(deps): State<Deps>, By(viewer): By) -> Response {
    page_of(&deps, &viewer, &Wrong::default()).await
}

async fn page_of(deps: &Deps, viewer: &Signed, wrong: &Wrong) -> Response {
    let own = match Own::read(deps, viewer).await {
        Ok(own) => own,
        Err(error) => return out_of_order(&Failure::from(error)),
    };
    let status = match wrong.problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page_with(
        status,
        viewer,
        "/me",
        &viewer.actor.name,
        &content(&own, wrong),
    )
}

/// Whether somebody may set anything for themselves.
///
/// # Errors
/// The page that says why not.
fn may_set(viewer: &Signed) -> Result<(), Response> {
    let teams = named_in(&viewer.runbook, &viewer.actor.address);
    viewer.may(Action::SetLetters, &On::teams(teams.into_iter().cloned()))
}

/// Why nothing was set.
enum Not {
    Wrong(String),
    Failed(Failure),
}

impl From<LedgerError> for Not {
    fn from(error: LedgerError) -> Not {
        Not::Failed(error.into())
    }
}

/// The answer to a form: the page, at the section that it belongs to, or the same with what is wrong.
async fn answered(
    deps: &Deps,
    viewer: &Signed,
    section: &'static str,
    away: away::Form,
    done: Result<(), Not>,
) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/me#{section}")).into_response(),
        Err(Not::Failed(failure)) => out_of_order(&failure),
        Err(Not::Wrong(problem)) => {
            let wrong = Wrong {
                problem: Some(problem),
                at: section,
                away,
            };
            page_of(deps, viewer, &wrong).await
        }
    }
}

fn content(own: &Own<'_>, wrong: &Wrong) -> Markup {
    let viewer = own.viewer;
    html! {
        div.head { div {
            h1 { (viewer.actor.name) }
            p.lede { (viewer.actor.address) " · " (what_they_are(viewer)) }
        } }
        @if let Some(problem) = &wrong.problem {
            section.errors role="alert" aria-labelledby="err-t" tabindex="-1" {
                h2 #err-t { "Not set yet" }
                ul { li { a href=(format!("#{}", wrong.at)) { (problem) } } }
            }
        }
        div.split {
            div {
                @if own.is_named() {
                    (letters::section(own))
                    (away::section(own, &wrong.away))
                } @else if !viewer.actor.teams.is_empty() {
                    p.soft {
                        "The runbook has you in your team by a group of your sign-in. To say here when you are away, and to get letters of "
                        "your own, have your address written under the team’s members, too."
                    }
                }
                (may(viewer))
            }
            aside.aside aria-label="Your teams" {
                @if own.is_named() { (away::of_the_teams(own)) }
                section {
                    h2 { "Signing out" }
                    p { "Ends your sessions on all devices, this one too." }
                    form method="post" action="/me/sign-out-everywhere" {
                        button.button type="submit" { "Sign out everywhere" }
                    }
                }
            }
        }
    }
}

fn may(viewer: &Signed) -> Markup {
    // What is on this page, and what no page is there for.
    let others = [
        Action::BeOneself,
        Action::SetLetters,
        Action::ReadRunbook,
        Action::Publish,
    ];
    let may = Action::all().filter(|action| !others.contains(action));
    let may: Vec<(Action, Reach)> = may
        .map(|action| (action, viewer.actor.reach(action)))
        .filter(|(_, reach)| *reach > Reach::Nothing)
        .collect();
    html! {
        section aria-labelledby="may" {
            h2 #may { "What you may do here" }
            ul {
                @for (action, reach) in may {
                    li {
                        (action.in_general())
                        @if reach == Reach::Own { span.soft { " – of your teams, or of those who report to you" } }
                    }
                }
            }
        }
    }
}
