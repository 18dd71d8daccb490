//! `POST /findings/{finding}/repair`: what would be changed where, and then that it is. By the same code as
//! `latchkey reconcile --repair`: at once where the pages run beside what reaches the systems, with the next sweep where
//! they do not.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use latchkey_lifecycle::{Finding, FindingKind, Look, RepairAsked};
use latchkey_questions::{
    facts::team_name,
    findings::{NotAsked, advice_of_page, ask_for_repair, named, names_in, not_repairable},
};
use latchkey_runtime::Failure;
use maud::{Markup, html};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{found, list};
use crate::{
    Deps,
    frame::{page, page_with},
    glyph::Glyph,
    sign_in::{By, Signed, out_of_order},
    views::case::capital,
    when::{far, instant},
};

/// What the form of the second look says; of the first one nothing.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Said {
    /// The checksum of what was shown.
    #[serde(default)]
    seen: String,
    /// The seal of when it was shown.
    #[serde(default)]
    at: String,
}

/// The checksum of a finding as it is shown.
fn seen(finding: &Finding) -> String {
    let seen = serde_json::to_string(&finding.seen).unwrap_or_default();
    hex::encode(Sha256::digest(seen))[..16].to_owned()
}

/// What the second look showed to whom: the form carries our seal of it.
fn shown(viewer: &Signed, finding: &Finding, seen: &str) -> String {
    let who = &viewer.actor.address;
    format!("repair\n{who}\n{}\n{seen}", finding.id)
}

pub(crate) async fn repair(
    State(deps): State<Deps>,
    By(viewer): By,
    Path(id): Path<String>,
    Form(said): Form<Said>,
) -> Response {
    let finding = match found(&deps, &viewer, id).await {
        Ok(finding) => finding,
        Err(response) => return response,
    };
    if not_repairable(&finding).is_some() {
        let advice = advice_of_page(finding.seen.kind);
        let why = format!("It is for a person to see to. {advice}");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return list(&deps, &viewer, false, Some(&why), status).await;
    }
    let names = match names_in(&deps.intake.ledger, [&finding]).await {
        Ok(names) => names,
        Err(error) => return out_of_order(&Failure::from(error)),
    };
    let finding = Named {
        words: named(&finding, &viewer.runbook, &names),
        whose: finding
            .seen
            .employee_id
            .as_ref()
            .map(|id| match names.get(id) {
                Some(name) => format!("{name}, {id}"),
                None => format!("employee {id}"),
            }),
        finding,
    };
    if said.seen.is_empty() {
        return second_look(&deps, &viewer, &finding, None);
    }
    let shown = shown(&viewer, &finding.finding, &said.seen);
    let problem = match deps.links.sealed_at(&said.at, &shown) {
        _ if said.seen != seen(&finding.finding) => {
            "What differs is not what you saw any more: nothing was changed."
        }
        Some(at) if Look::is_good_of(at, viewer.now) => return act(&deps, &viewer, &finding).await,
        Some(_) => {
            "More than 10 minutes have passed since it was shown to you: nothing was changed."
        }
        None => "It was not shown to you before: look at it here. Nothing was changed.",
    };
    second_look(&deps, &viewer, &finding, Some(problem))
}

/// A finding, with the names in it.
struct Named {
    finding: Finding,
    /// In a sentence.
    words: String,
    /// Whose it is.
    whose: Option<String>,
}

/// Asks for it in the viewer's name, and has it done where that can be at once.
async fn act(deps: &Deps, viewer: &Signed, named: &Named) -> Response {
    let finding = &named.finding;
    let (ledger, by) = (&deps.intake.ledger, viewer.actor.signature());
    match ask_for_repair(ledger, &finding.id, &by, viewer.now).await {
        Ok(_) => {}
        Err(NotAsked::Refused(why)) => {
            let why = capital(&why);
            return list(deps, viewer, false, Some(&why), StatusCode::CONFLICT).await;
        }
        Err(NotAsked::Ledger(error)) => return out_of_order(&Failure::from(error)),
    }
    let Some(repairs) = &deps.repairs else {
        return done(viewer, &named.words, None);
    };
    match repairs.repair(&finding.id, &by).await {
        Ok(Ok(changes)) => done(viewer, &named.words, Some(&changes)),
        Ok(Err(why)) => {
            let why = format!("It was not repaired: {why}.");
            let status = StatusCode::CONFLICT;
            list(deps, viewer, false, Some(&why), status).await
        }
        Err(failure) => out_of_order(&failure),
    }
}

/// What was changed; `None` where the next sweep does it.
fn done(viewer: &Signed, words: &str, changes: Option<&[String]>) -> Response {
    let title = match changes {
        Some(_) => "It is repaired",
        None => "It is asked for",
    };
    let content = html! {
        div.head { div { h1 { (title) } p.lede { (words) } } }
        @match changes {
            None => section.note {
                (Glyph::Waiting)
                div {
                    h2 { "The next sweep does it" }
                    p { "These pages reach no system. The sweep does what was asked for before anything else, and reads it back; what came of it stands with the finding." }
                }
            },
            Some([]) => section.note.good { (Glyph::Verified) div { h2 { "Nothing was left to change" } p { "The difference was gone already." } } },
            Some(changes) => section.note.good {
                (Glyph::Verified)
                div { h2 { "Changed, and read back" } ul { @for change in changes { li { (change) } } } }
            },
        }
        div.buttons { a."button main" href="/findings" { "Back to the findings" } }
    };
    page(viewer, "/findings", title, &content)
}

/// That somebody asked for it, and what came of it so far.
pub(super) fn asked(viewer: &Signed, asked: &RepairAsked) -> Markup {
    html! {
        @match &asked.problem {
            None => p { (Glyph::Waiting) " " (asked.by) " asked for it to be repaired " (instant(viewer, asked.at)) "; the next sweep does it." },
            Some(problem) => p {
                (Glyph::Trouble) " " (asked.by) " asked for it to be repaired " (instant(viewer, asked.at)) ". It was not done: " (problem)
                @if asked.given_up { ". It is not tried again by itself." } @else { ". The next sweep tries again." }
            },
        }
    }
}

fn second_look(deps: &Deps, viewer: &Signed, named: &Named, problem: Option<&str>) -> Response {
    let finding = &named.finding;
    let status = match problem {
        Some(_) => StatusCode::CONFLICT,
        None => StatusCode::OK,
    };
    let content = html! {
        nav.crumbs aria-label="Where you are" {
            ol { li { a href="/findings" { "Findings" } } li aria-current="page" { "Repair it" } }
        }
        @if let Some(problem) = problem {
            section.errors role="alert" tabindex="-1" aria-labelledby="err-t" {
                h2 #err-t { "Look once more" }
                p { (problem) }
            }
        }
        div.head { div { h1 { "Repair it?" } p.lede { (named.words) } } }
        (what_changes(viewer, named))
        form."note warn gap" method="post" {
            (Glyph::Trouble)
            div {
                h2 { "It counts with this button" }
                p {
                    "The account is read once more first: what is as it should be by then stays. Afterwards it is read back. "
                    @match deps.repairs {
                        Some(_) => "It is done at once.",
                        None => "These pages reach no system: the next sweep does it.",
                    }
                }
                input type="hidden" name="seen" value=(seen(finding));
                input type="hidden" name="at" value=(deps.links.seal(&shown(viewer, finding, &seen(finding)), viewer.now));
                div.buttons {
                    button."button danger" type="submit" { "Repair it, with my name" }
                    a.button href="/findings" { "Back to the findings" }
                }
            }
        }
        p."small soft gap" { "This page is good for 10 minutes. When what differs changes meanwhile, it says so and shows it again." }
    };
    page_with(status, viewer, "/findings", "Repair it?", &content)
}

/// What would be changed, and where.
fn what_changes(viewer: &Signed, named: &Named) -> Markup {
    let finding = &named.finding;
    let seen = &finding.seen;
    let system = seen.system.as_ref();
    let name = system.and_then(|id| viewer.runbook.system(id));
    let due = finding.window.due;
    html! {
        dl."facts lines" {
            dt { "Where" }
            dd { @match name { Some(system) => (system.name), None => (system.map_or("", |id| id.as_str())) } }
            dt { "Whose" }
            dd {
                (named.whose.as_deref().unwrap_or("nobody’s"))
                @if let Some(account) = &seen.account { ", the account " b { (account) } }
            }
            dt { "Of" }
            dd { (team_name(&viewer.runbook, &finding.owner)) ", by " (instant(viewer, due)) " · " (far(viewer, due)) }
        }
        section aria-labelledby="changes" {
            h2 #changes { "What would be changed" }
            ul.plan { @for (class, word, text) in changes(finding) { li class=(class) { b { (word) } span { (text) } } } }
        }
    }
}

/// What a repair does about a kind of difference: how it is shown, a word, and a sentence.
fn changes(finding: &Finding) -> Vec<(&'static str, &'static str, String)> {
    let each = |class, word| {
        let entitlements = finding.seen.entitlements.iter();
        let lines = entitlements.map(move |one| (class, word, one.called()));
        lines.collect::<Vec<_>>()
    };
    let line = |class, word, text: &str| vec![(class, word, text.to_owned())];
    match finding.seen.kind {
        FindingKind::LeaverActive => [
            line("cut", "sign-in", "is cut, and what the exit takes is taken"),
            each("cut", "taken"),
        ]
        .concat(),
        FindingKind::UnknownPerson | FindingKind::OrphanAccount => line(
            "cut",
            "sign-in",
            "is cut: the account is suspended; nothing is deleted",
        ),
        FindingKind::ExtraAccount => [
            line(
                "cut",
                "sign-in",
                "is cut: the account is suspended; nothing is deleted",
            ),
            each("cut", "taken"),
        ]
        .concat(),
        FindingKind::ExtraEntitlement => each("cut", "taken"),
        FindingKind::MissingAccount => [
            line(
                "add",
                "account",
                "is made, with what the person’s roles give",
            ),
            each("add", "given"),
        ]
        .concat(),
        FindingKind::MissingEntitlement => each("add", "given"),
        FindingKind::Suspended => line("add", "sign-in", "is given again"),
        _ => Vec::new(),
    }
}
