//! Which letters of their own somebody gets: `POST /me/letters`.

use axum::{
    body::{Body, to_bytes},
    extract::State,
    response::Response,
};
use latchkey_lifecycle::{AuditBody, OwnLetters, OwnSettings, What};
use latchkey_questions::address_of;
use maud::{Markup, html};
use serde_json::json;

use super::{
    Not, Own, answered,
    away::{self, MAX_FORM_BYTES, of_viewer},
    may_set,
};
use crate::{
    Deps,
    sign_in::{By, Signed},
};

const CHOICES: [(OwnLetters, &str, &str); 3] = [
    (OwnLetters::None, "none", "None"),
    (OwnLetters::AtOnce, "at-once", "Each at once"),
    (OwnLetters::Digest, "digest", "One a working day, at 08:30"),
];

/// `POST /me/letters`
pub(crate) async fn choose(State(deps): State<Deps>, By(viewer): By, body: Body) -> Response {
    if let Err(refused) = may_set(&viewer) {
        return refused;
    }
    let bytes = to_bytes(body, MAX_FORM_BYTES).await.unwrap_or_default();
    let typed = form_urlencoded::parse(&bytes).find(|(name, _)| name == "letters");
    let typed = typed.map(|(_, value)| value.into_owned());
    let chosen = CHOICES
        .iter()
        .find(|(_, name, _)| Some(*name) == typed.as_deref());
    let done = match chosen {
        Some((letters, _, words)) => set(&deps, &viewer, *letters, words).await,
        None => Err(Not::Wrong("Choose which letters you get.".to_owned())),
    };
    let form = away::Form::default();
    answered(&deps, &viewer, "letters", form, done).await
}

async fn set(deps: &Deps, viewer: &Signed, letters: OwnLetters, words: &str) -> Result<(), Not> {
    let name = &viewer.actor.name;
    let record = AuditBody {
        at: viewer.now,
        by: name.clone(),
        what: What::LettersChosen,
        text: format!(
            "{name} chose letters of their own: {}.",
            words.to_lowercase()
        ),
        detail: json!({ "address": viewer.actor.address, "letters": letters }),
    };
    let choose = |before: &OwnSettings| {
        let after = OwnSettings {
            letters,
            ..of_viewer(viewer, before)
        };
        Ok::<_, Not>((after, record.clone()))
    };
    let ledger = &deps.intake.ledger;
    ledger
        .change_own_settings(&viewer.actor.address, choose)
        .await?;
    Ok(())
}

pub(super) fn section(own: &Own<'_>) -> Markup {
    let runbook = &own.viewer.runbook;
    let teams = own.teams.iter().map(|team| address_of(runbook, team));
    let teams: Vec<String> = teams.collect();
    html! {
        section aria-labelledby="letters" {
            h2 #letters { "Letters to you" }
            p {
                "What your teams are asked, of what they are reminded, and what was missed or escalated. "
                b { (teams.join(", ")) } " gets every letter in any case."
            }
            form method="post" action="/me/letters" {
                fieldset.gap {
                    legend { "At " (own.viewer.actor.address) " you get" }
                    @for (letters, name, words) in CHOICES {
                        label.tick {
                            input type="radio" name="letters" value=(name) checked[own.settings.letters == letters];
                            span {
                                (words)
                                @if letters == OwnLetters::Digest { small { "Urgent exits and what is escalated come at once." } }
                                @if letters == OwnLetters::None {
                                    small { "What the runbook sends to your own address, as to whom tasks are escalated to, comes all the same." }
                                }
                            }
                        }
                    }
                }
                div.buttons { button.button type="submit" { "Save" } }
            }
        }
    }
}
