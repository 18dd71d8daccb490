//! The list of what is held, fifty a page, and what is said of each.

use std::{collections::BTreeMap, ops::Bound};

use axum::{http::StatusCode, response::Response};
use latchkey_access::{Action, On};
use latchkey_decisions::{Stood, stood};
use latchkey_lifecycle::{Brake, Case, CaseId, Choice, HeldDraft, TaskId, Waiting};
use latchkey_questions::{TEXT_LENGTH, facts::team_name};
use latchkey_runtime::Failure;
use latchkey_story::Heard;
use maud::{Markup, html};

use super::{
    check::in_numbers,
    share::{reporter, said_last, share},
};
use crate::{
    Deps,
    frame::page_with,
    glyph::Glyph,
    not_theirs::{NotTheirs, among},
    sign_in::{Signed, out_of_order},
    views::{
        case::{CaseView, kind},
        task::case_path,
    },
    when::{day, far, instant},
};

/// How many are listed on a page.
pub(super) const SHOWN: usize = 50;

/// The address of a page of the list.
pub(super) fn path(from: &str) -> String {
    let from: String = form_urlencoded::byte_serialize(from.as_bytes()).collect();
    match from.is_empty() {
        true => "/held".to_owned(),
        false => format!("/held?from={from}"),
    }
}

/// A page of the list.
struct Listed {
    brake: Brake,
    cases: Vec<Case>,
    heard: Vec<Heard>,
    stood: BTreeMap<CaseId, Stood>,
    not_theirs: BTreeMap<CaseId, NotTheirs>,
    draft: HeldDraft,
    from: String,
    /// The last case of this page, where there is a next one.
    next: Option<CaseId>,
    /// The case by which the confirmers are asked, and until when they have time.
    asking: Option<(CaseId, Option<jiff::Timestamp>)>,
}

async fn read(deps: &Deps, viewer: &Signed, from: &str) -> Result<Listed, Failure> {
    let (intake, ledger) = (&deps.intake, &deps.intake.ledger);
    let brake = ledger.brake().await?.item;
    let begins = CaseId::new(from).map_or(Bound::Unbounded, Bound::Excluded);
    let mut ids = brake.held().range((begins, Bound::Unbounded));
    let shown: Vec<CaseId> = ids.by_ref().take(SHOWN).cloned().collect();
    let next = ids.next().and(shown.last()).cloned();
    let cases = latchkey_decisions::held_among(intake, shown).await?;
    let heard = ledger.heard_by_cases(&cases).await?;
    let who = (viewer.actor.name.as_str(), &viewer.actor.themselves);
    let draft = latchkey_decisions::standing_draft(intake, &viewer.actor.address, &brake).await?;
    let asking = match brake.asking() {
        Some(case) => {
            let row = ledger
                .find_task(case, &TaskId::confirm_what_is_held())
                .await?;
            let due = row.and_then(|row| row.item.asking.map(|asking| asking.due));
            Some((case.clone(), due))
        }
        None => None,
    };
    let stood = cases
        .iter()
        .filter_map(|case| Some((case.id.clone(), stood(case, &heard)?)));
    Ok(Listed {
        stood: stood.collect(),
        not_theirs: among(ledger, &heard, who, &cases).await?,
        from: from.to_owned(),
        heard,
        brake,
        cases,
        draft,
        next,
        asking,
    })
}

/// The page; `problem`: why nothing was done.
pub(super) async fn list_page(
    deps: &Deps,
    viewer: &Signed,
    from: &str,
    status: StatusCode,
    problem: Option<&str>,
) -> Response {
    match read(deps, viewer, from).await {
        Ok(listed) => {
            let content = content(viewer, &listed, problem);
            page_with(status, viewer, "/held", "Held", &content)
        }
        Err(failure) => out_of_order(&failure),
    }
}

fn content(viewer: &Signed, listed: &Listed, problem: Option<&str>) -> Markup {
    let decides = viewer.can(Action::DecideHeld, &On::default());
    let brake = &listed.brake;
    let under_way = brake.ruled().map(|ruled| {
        let of = ruled.each.as_ref().map(|each| each.go_on + each.leave_out);
        (ruled.left(), of)
    });
    html! {
        @if let Some(problem) = problem {
            section.errors role="alert" tabindex="-1" aria-labelledby="err-t" {
                h2 #err-t { "Nothing was done" }
                p { (problem) }
            }
        }
        div.head { div {
            h1 { "What the brake holds" }
            p.lede {
                @match brake.held().len() {
                    0 => "The brake holds nothing.",
                    1 => { b { "One case is held" } ": more came at once than the runbook lets through." }
                    n => { b { (n) " cases are held" } ": more came at once than the runbook lets through." }
                }
            }
        } }
        @if let Some(left) = under_way { (under_way_for(decides, left)) }
        @if let Some(waiting) = brake.waiting() { (waits(viewer, decides, waiting)) }
        @else if !brake.held().is_empty() { (until_when(viewer, listed)) }
        @if listed.cases.len() > 1 && listed.cases.len() == brake.held().len() {
            (share(&viewer.runbook, &listed.cases, &listed.heard))
        }
        @if !listed.cases.is_empty() {
            section aria-labelledby="hd" {
                h2 #hd { "Who is held" }
                @match decides && brake.waiting().is_none() {
                    true => (form(viewer, listed)),
                    false => { (table(viewer, listed, false)) (pages(listed)) }
                }
            }
        }
        @if decides && !brake.held().is_empty() { (how(viewer, listed)) }
    }
}

fn under_way_for(decides: bool, (left, of): (usize, Option<usize>)) -> Markup {
    html! {
        (under_way(Some((left, of))))
        @if decides {
            form method="post" action="/held" {
                div.buttons { button.button name="do" value="carry-on" { "Carry on with it now" } }
            }
        }
    }
}

/// That what was decided is not carried out for all of them yet.
pub(super) fn under_way(left: Option<(usize, Option<usize>)>) -> Markup {
    html! {
        section.note.accent.gap role="status" {
            (Glyph::Working)
            div {
                h2 { "What was decided is being carried out" }
                p {
                    @match left {
                        Some((left, Some(of))) => { "For " (left) " of " (of) " it is still to be done. " }
                        Some((left, None)) => { "For " (left) " it is still to be done. " }
                        None => {}
                    }
                    "Latchkey goes on by itself, with the next event of HR and with each sweep; nobody is decided about twice."
                }
            }
        }
    }
}

/// A decision that waits for a second person.
fn waits(viewer: &Signed, decides: bool, waiting: &Waiting) -> Markup {
    let mine = viewer.actor.themselves.have(&waiting.address);
    html! {
        section.note.warn.gap {
            (Glyph::Confirming)
            div {
                h2 { "A decision waits for a second person" }
                p {
                    @if mine { "You" } @else { (waiting.by) }
                    " decided " (instant(viewer, waiting.at)) ": " (in_numbers(waiting.go_on, waiting.leave_out))
                    ". Of so many the runbook wants two people; it counts once "
                    @if mine { "somebody else of the team confirms it." } @else { "you, or somebody else of the team, confirm it." }
                }
                @if decides {
                    form method="post" action="/held" {
                        div.buttons {
                            @if !mine { button."button main" name="do" value="second" { "Look at it, and confirm" } }
                            button.button name="do" value="take-back" {
                                @if mine { "Take it back, and change it" } @else { "Take it back" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// That nothing happens without an answer, and by when one is wanted.
fn until_when(viewer: &Signed, listed: &Listed) -> Markup {
    let confirms = viewer.runbook.brake().map(|brake| &brake.confirm);
    let due = listed.asking.as_ref().and_then(|(_, due)| *due);
    html! {
        @if let Some(team) = confirms {
            section.note.warn.gap {
                (Glyph::Held)
                div {
                    h2 { "Nothing happens for them until somebody of " (team_name(&viewer.runbook, team)) " decides" }
                    p {
                        @if let Some(due) = due { "An answer is wanted by " (instant(viewer, due)) " · " (far(viewer, due)) ". " }
                        "Whoever was to be cut off by now can still sign in, whoever is to come has nothing yet, and for a later day nothing is "
                        "prepared."
                    }
                    p {
                        "With no answer it stays so: " (team_name(&viewer.runbook, team)) " is told when it is late, and after that "
                        (viewer.runbook.escalation(team).email) " decides. Urgent exits pass meanwhile, as many as the runbook lets pass."
                    }
                }
            }
        }
    }
}

fn form(viewer: &Signed, listed: &Listed) -> Markup {
    let held = listed.brake.held().len();
    let draft = &listed.draft;
    let all = [
        ("each", "As I say for each".to_owned()),
        ("go", format!("All {held} go on")),
        ("out", format!("All {held} are left out")),
        ("later", "All stay held".to_owned()),
    ];
    html! {
        form method="post" action="/held" {
            input type="hidden" name="from" value=(listed.from);
            @if let Some(next) = &listed.next { input type="hidden" name="next" value=(next); }
            fieldset."decide for-all" {
                legend.hidden { "For all of them" }
                @for (nth, (value, words)) in all.iter().enumerate() {
                    label.tick {
                        input type="radio" name="all" value=(value) checked[nth == 0];
                        span { (words) }
                    }
                }
            }
            (table(viewer, listed, true))
            (pages(listed))
            @if draft.decided() > 0 {
                p.small.soft {
                    "So far: " (in_numbers(draft.goes_on.len(), draft.left_out.len())) ", "
                    (held - draft.decided()) " stay held. It is kept for a day."
                }
            }
            div.field.gap {
                label for="why" { "Reason for those who are left out" }
                p.hint #why-h { "For whoever has no reason of their own. HR reads it, and reports again if it was meant." }
                input #why name="reason" type="text" value=(draft.reason) maxlength=(TEXT_LENGTH) aria-describedby="why-h";
            }
            div.buttons {
                @if listed.next.is_some() {
                    button.button name="do" value="keep" { "Keep it, and show the next" }
                }
                button."button main" name="do" value="look" { "Look once more" }
                span.hint { "Nothing happens yet." }
            }
        }
    }
}

fn table(viewer: &Signed, listed: &Listed, answers: bool) -> Markup {
    let heads: &[&str] = match answers {
        true => &["Who", "What", "Why", "Your answer"],
        false => &["Who", "What", "Why"],
    };
    html! {
        div.scroll role="region" aria-label="Who is held by the brake" tabindex="0" {
            table.stack role="table" {
                caption.hidden { "Who is held by the brake" }
                thead role="rowgroup" { tr role="row" {
                    @for head in heads { th scope="col" role="columnheader" { (head) } }
                } }
                tbody role="rowgroup" {
                    @for case in &listed.cases { (row(viewer, listed, case, answers)) }
                }
            }
        }
    }
}

fn row(viewer: &Signed, listed: &Listed, case: &Case, answers: bool) -> Markup {
    let view = CaseView::of(case);
    let by = said_last(case, &listed.heard);
    let by = by.map(|heard| reporter(&viewer.runbook, heard));
    html! {
        tr data-row role="row" {
            th scope="row" role="rowheader" {
                a href=(case_path(&case.id)) { (view.name) }
                small { @if !view.what.is_empty() { (view.what) " · " } (view.employee) }
            }
            td role="cell" data-l="What" {
                (kind(&view))
                @if let Some(of) = view.day { small { (day(viewer, of)) } }
                @if let Some(stood) = listed.stood.get(&case.id) {
                    @if let Some(was) = stood.day { small { "moves from " (day(viewer, was)) } }
                    small { "left out, " (goes_on(viewer, case, *stood)) }
                }
            }
            td role="cell" data-l="Why" {
                @if viewer.can(Action::SeeReasons, &On::default()) {
                    @if let Some(reason) = &case.reason { "“" (reason) "”" }
                }
                small { @if let Some(by) = by { (by) ", " } (instant(viewer, case.confirmed_at)) }
            }
            @if answers { td role="cell" data-l="Your answer" { (answer(listed, &view)) } }
        }
    }
}

/// What goes on of a case where only the change is left out: `the exit of Fri 4 Dec goes on`.
pub(super) fn goes_on(viewer: &Signed, case: &Case, stood: Stood) -> Markup {
    html! {
        "the " (case.words())
        @match stood.day {
            Some(was) => { " of " (day(viewer, was)) " goes on" }
            None => " goes on as it stood",
        }
    }
}

fn answer(listed: &Listed, view: &CaseView) -> Markup {
    let (id, said) = (&view.id, listed.draft.of(&view.id));
    let own = listed.draft.left_out.get(id).and_then(Option::as_deref);
    let choices = [
        ("go", "Goes on", Choice::GoesOn),
        ("out", "Is left out", Choice::LeftOut),
        ("later", "Later", Choice::Later),
    ];
    html! {
        @match listed.not_theirs.get(id) {
            Some(why) => p.soft { (why.words()) },
            None => fieldset {
                legend.hidden { (view.name) ", " (view.employee) }
                div.decide {
                    @for (value, words, choice) in choices {
                        label.tick {
                            input type="radio" name=(format!("d.{id}")) value=(value) checked[said == choice];
                            span { (words) }
                        }
                    }
                }
                input name=(format!("why.{id}")) value=(own.unwrap_or_default()) maxlength=(TEXT_LENGTH)
                    aria-label=(format!("Reason to leave out {}", view.name)) placeholder="Reason, if left out";
            }
        }
    }
}

fn pages(listed: &Listed) -> Markup {
    let first = listed.from.is_empty();
    html! {
        @if listed.next.is_some() || !first {
            nav.pages aria-label="More of what is held" {
                span.soft { "At most " (SHOWN) " on a page, of " (listed.brake.held().len()) "." }
                @if !first { a.button href="/held" { "The first" } }
                @if let Some(next) = &listed.next { a.button href=(path(next.as_str())) rel="next" { "Next" } }
            }
        }
    }
}

/// Who decides, and in which way.
fn how(viewer: &Signed, listed: &Listed) -> Markup {
    let two = viewer.runbook.brake().and_then(|b| b.two_people_above);
    html! {
        section aria-labelledby="how" {
            h2 #how { "How it is decided" }
            p.small {
                "What you fill in is kept, and nothing happens by it. You see all of it once more, and it counts when you have typed how many go on. "
                "Whoever is left out loses and gets nothing; the case is closed as left out, with your reason. Where it stood before and HR "
                "only changed it, the change alone is left out, and what stood goes on. "
                "Nobody decides about themselves, or about what they reported."
            }
            @if let Some(two) = two {
                p.small {
                    "About more than " (two) " two people decide: a second one confirms the same."
                    @if listed.brake.decided_alone() > 0 {
                        " One person alone decided about " (listed.brake.decided_alone()) " of these already."
                    }
                }
            }
            @if let Some((asking, _)) = &listed.asking {
                p.small {
                    "The team was asked by " a href=(format!("{}/tasks/{}", case_path(asking), TaskId::confirm_what_is_held())) { "this task" }
                    "; by it, all of them are confirmed with one answer."
                }
            }
        }
    }
}
