//! The second look: what will happen to how many, and the number that somebody types.

use std::collections::BTreeMap;

use axum::{http::StatusCode, response::Response};
use latchkey_decisions::{Stood, stood_among};
use latchkey_lifecycle::{Brake, Case, CaseId, Choice, EventKind, HeldDraft, Look, Waiting};
use latchkey_questions::facts::team_name;
use latchkey_runtime::Failure;
use maud::{Markup, html};

use super::list::{SHOWN, goes_on};
use crate::{
    Deps,
    frame::page_with,
    glyph::Glyph,
    sign_in::{Signed, out_of_order},
    views::{case::CaseView, task::case_path},
    when::{day, instant},
};

/// What is shown once more.
pub(super) struct Shows {
    draft: HeldDraft,
    list: String,
    /// Whose decision it is, where it is not the viewer's own.
    decided: Option<Waiting>,
}

impl Shows {
    /// What somebody filled in themselves.
    pub(super) fn own(draft: HeldDraft) -> Shows {
        let list = draft.look.as_ref().map(|look| look.list.clone());
        Shows {
            list: list.unwrap_or_default(),
            draft,
            decided: None,
        }
    }
}

/// A decision that waits for a second person.
pub(super) fn waiting(decision: Waiting, draft: HeldDraft, look: Look) -> Shows {
    Shows {
        draft,
        list: look.list,
        decided: Some(decision),
    }
}

/// How many go on and are left out, in a sentence: `12 go on, one is left out`.
pub(super) fn in_numbers(go_on: usize, leave_out: usize) -> String {
    let part = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("one {one}")),
        n => Some(format!("{n} {many}")),
    };
    let parts = [
        part(go_on, "goes on", "go on"),
        part(leave_out, "is left out", "are left out"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => "nobody goes on, nobody is left out".to_owned(),
        false => parts.join(", "),
    }
}

/// What is decided about, each with what stood of it before HR changed it.
struct Decided {
    brake: Brake,
    cases: Vec<Case>,
    stood: BTreeMap<CaseId, Stood>,
}

async fn decided(deps: &Deps, shows: &Shows) -> Result<Decided, Failure> {
    let draft = &shows.draft;
    let ids = draft.goes_on.iter().chain(draft.left_out.keys()).cloned();
    let cases = latchkey_decisions::held_among(&deps.intake, ids).await?;
    let ledger = &deps.intake.ledger;
    Ok(Decided {
        brake: ledger.brake().await?.item,
        stood: stood_among(ledger, &cases).await?,
        cases,
    })
}

/// The page; `problem`: why nothing has happened, where something was typed already.
pub(super) async fn checked(
    deps: &Deps,
    viewer: &Signed,
    shows: &Shows,
    problem: Option<String>,
) -> Response {
    let all = match decided(deps, shows).await {
        Ok(read) => read,
        Err(failure) => return out_of_order(&failure),
    };
    let status = match problem {
        Some(_) => StatusCode::CONFLICT,
        None => StatusCode::OK,
    };
    let draft = &shows.draft;
    let stay = all.brake.held().len();
    let stay = stay.saturating_sub(draft.decided());
    let content = html! {
        nav.crumbs aria-label="Where you are" {
            ol { li { a href="/held" { "What the brake holds" } } li aria-current="page" { "Look once more" } }
        }
        @if let Some(problem) = &problem {
            section.errors role="alert" tabindex="-1" aria-labelledby="err-t" {
                h2 #err-t { "Look once more" }
                ul { li { a href="#count" { (problem) } } }
            }
        }
        div.head { div {
            h1 { "Look once more" }
            p.lede {
                @if let Some(first) = &shows.decided { (first.by) " decided " (instant(viewer, first.at)) ", and you are about to confirm: " }
                @else { "You are about to decide: " }
                b { (in_numbers(draft.goes_on.len(), draft.left_out.len())) } "; " (stay) " stay held."
            }
        } }
        div.split {
            div {
                (by_kind(&all, draft))
                (list(viewer, &all, draft))
                (confirm(viewer, shows, &all.brake, problem.is_some()))
            }
            aside.aside aria-label="What stays on record" { (on_record(viewer, shows)) }
        }
    };
    page_with(status, viewer, "/held", "Look once more", &content)
}

/// What will happen to how many.
fn by_kind(all: &Decided, draft: &HeldDraft) -> Markup {
    let mut kinds: BTreeMap<&str, (EventKind, usize, usize, usize)> = BTreeMap::new();
    for case in &all.cases {
        let of = kinds.entry(case.kind.words());
        let of = of.or_insert((case.kind, 0, 0, 0));
        match draft.of(&case.id) {
            Choice::GoesOn => of.1 += 1,
            _ => {
                of.2 += 1;
                of.3 += usize::from(all.stood.contains_key(&case.id));
            }
        }
    }
    let happens = |kind: EventKind| match kind {
        EventKind::Exit => {
            "access is taken in the windows of the runbook; what is late begins at once"
        }
        EventKind::UrgentExit => "sign-in is cut in the next minute, in every system",
        EventKind::HireRescinded => "what was given is taken back",
        EventKind::Hire | EventKind::Rehire => "accounts and access are given in their windows",
        _ => "what the new job does not give is taken, what it gives is given",
    };
    html! {
        section aria-labelledby="what" {
            h2 #what { "What will happen" }
            dl."facts lines" {
                @for (words, (kind, go_on, leave_out, stand)) in &kinds {
                    dt { (crate::views::case::capital(words)) }
                    dd {
                        (in_numbers(*go_on, *leave_out)) "."
                        @if *go_on > 0 { " For who goes on, " (happens(*kind)) "." }
                        @if leave_out > stand { " For who is left out, nothing happens: the case is closed as left out." }
                        @match stand {
                            0 => {}
                            1 if *leave_out == 1 => " Only the change is left out: what stood before it goes on.",
                            n => { " For " (n) " of those left out it is the change alone: what stood before it goes on." }
                        }
                    }
                }
            }
        }
    }
}

fn list(viewer: &Signed, all: &Decided, draft: &HeldDraft) -> Markup {
    let more = all.cases.len().saturating_sub(SHOWN);
    html! {
        section aria-labelledby="who" {
            h2 #who { "To whom" }
            ul.plan { @for case in all.cases.iter().take(SHOWN) { (line(viewer, all, case, draft)) } }
            @if more > 0 { p.small { "And " (more) " more, as they stand in " a href="/held" { "the list" } "." } }
        }
    }
}

fn line(viewer: &Signed, all: &Decided, case: &Case, draft: &HeldDraft) -> Markup {
    let stood = all.stood.get(&case.id);
    let view = CaseView::of(case);
    let moves = draft.of(&case.id) == Choice::GoesOn;
    let class = match (moves, case.kind) {
        (false, _) => "same",
        (true, kind) if kind.joins() => "add",
        (true, kind) if kind.takes_all() => "cut",
        (true, _) => "chg",
    };
    html! {
        li class=(class) {
            b { @if moves { "goes on" } @else { "left out" } }
            span {
                a href=(case_path(&case.id)) { (view.name) } ", " (view.employee) ": " (view.happens(viewer))
                @match (stood, moves) {
                    (Some(stood), false) => small { "only the change is left out: " (goes_on(viewer, case, *stood)) },
                    (Some(Stood { day: Some(was) }), true) => small { "moves from " (day(viewer, *was)) },
                    _ => {}
                }
                @if !moves { small { "“" (draft.reason_of(&case.id)) "”" } }
            }
        }
    }
}

fn confirm(viewer: &Signed, shows: &Shows, brake: &Brake, wrong: bool) -> Markup {
    let draft = &shows.draft;
    let go_on = draft.goes_on.len();
    let rule = viewer.runbook.brake();
    let most = rule.and_then(|rule| rule.two_people_above);
    let team = rule.map(|rule| team_name(&viewer.runbook, &rule.confirm));
    let two = shows.decided.is_none() && brake.takes_two(draft.decided(), most);
    let act = if shows.decided.is_some() {
        "second"
    } else {
        "decide"
    };
    html! {
        form."note bad gap" method="post" action="/held/confirm" novalidate {
            (Glyph::Escalated)
            div {
                h2 { "This cannot be undone unnoticed" }
                @match (two, &team) {
                    (true, Some(team)) => p {
                        "Of so many the runbook wants two people: with this button your decision is kept, and it counts once somebody else of "
                        (team) " confirms the same."
                    },
                    _ => p { "It counts with this button, and begins at once." },
                }
                input type="hidden" name="list" value=(shows.list);
                div."field short".wrong[wrong] {
                    label for="count" { "How many go on? Type the number" }
                    p.hint #count-h { "So that a list of two is not taken for a list of twenty" }
                    input #count name="count" type="text" inputmode="numeric" autocomplete="off" required
                        data-confirm=(go_on) aria-describedby="count-h" aria-invalid=[wrong.then_some("true")];
                }
                div.buttons {
                    button."button danger" name="do" value=(act) {
                        @if shows.decided.is_some() { "Confirm it, as the second person" }
                        @else if two { "Decide, and wait for a second person" }
                        @else { "Decide it" }
                    }
                    a.button href="/held" { "Back to the list" }
                }
            }
        }
        p."small soft gap" {
            "This page is good for 10 minutes. When somebody else decides meanwhile, or more is held, it says so and shows all of it again."
        }
    }
}

fn on_record(viewer: &Signed, shows: &Shows) -> Markup {
    html! {
        section {
            h2 { "What stays on record" }
            p.small {
                "Your name, " (viewer.actor.name) ", both times at which you looked, the reasons, and the list as you saw it: "
                (shows.draft.decided()) " people, list " (shows.list.get(..8).unwrap_or_default()) "."
            }
            @if let Some(first) = &shows.decided {
                p.small { (first.by) " looked at it " (instant(viewer, first.looked_at)) " and decided " (instant(viewer, first.at)) "." }
            }
        }
    }
}
