//! `GET /me`: who somebody is here, and signing out.

use axum::response::Response;
use latchkey_access::{Action, Reach};
use maud::html;

use crate::{
    frame::{page, what_they_are},
    sign_in::By,
};

pub(crate) async fn show(By(viewer): By) -> Response {
    let may = Action::all().filter(|action| *action != Action::BeOneself);
    let may: Vec<(Action, Reach)> = may
        .map(|action| (action, viewer.actor.reach(action)))
        .filter(|(_, reach)| *reach > Reach::Nothing)
        .collect();
    let content = html! {
        div.head { div {
            h1 { (viewer.actor.name) }
            p.lede { (viewer.actor.address) " · " (what_they_are(&viewer)) }
        } }
        h2 { "What you may do here" }
        ul {
            @for (action, reach) in may {
                li {
                    (action.words())
                    @if reach == Reach::Own { span.soft { " – of your teams, or of those who report to you" } }
                }
            }
        }
        h2 { "Signing out" }
        p { "Ends your sessions on all devices, this one too." }
        form method="post" action="/me/sign-out-everywhere" {
            button.button type="submit" { "Sign out everywhere" }
        }
    };
    page(&viewer, "/me", &viewer.actor.name, &content)
}
