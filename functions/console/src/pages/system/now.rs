//! How a system is: what the last test and the last sweep found, what differs, and what its team is asked about it.

use latchkey_ledger::{OneTried, Tried};
use latchkey_questions::{facts::team_name, findings::named};
use maud::{Markup, html};

use super::View;
use crate::{
    glyph::Glyph,
    sign_in::Signed,
    views::task::TaskView,
    when::{far, instant},
};

/// What was tried last. `tests`: whether the viewer can have it tried here.
pub(super) fn test(viewer: &Signed, view: &View<'_>, tests: bool) -> Markup {
    html! {
        section aria-labelledby="test" {
            h2 #test { "What works, and what is missing" }
            @match &view.tried {
                Some(tried) => { (result(viewer, tried)) }
                None => p { "It was not tested yet. Address, credentials and rights are tried, and nothing is changed there." },
            }
            @if !tests { p."soft small" { "To test it: " code { "latchkey system test " (view.id) } } }
        }
    }
}

fn result(viewer: &Signed, tried: &Tried) -> Markup {
    html! {
        p."soft small" { "Tested " (instant(viewer, tried.at)) "; nothing was changed there." }
        div.scroll role="region" aria-label="Result of the test" tabindex="0" {
            table.stack role="table" {
                caption.hidden { "Result of the test" }
                thead role="rowgroup" { tr role="row" {
                    @for head in ["Latchkey can", "Does it?", "In words"] { th scope="col" role="columnheader" { (head) } }
                } }
                tbody role="rowgroup" { @for one in &tried.things { (thing(one)) } }
            }
        }
    }
}

fn thing(one: &OneTried) -> Markup {
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (one.what) }
            td role="cell" data-l="Does it?" {
                @match &one.problem {
                    None => span."state good" { (Glyph::Verified) "yes" },
                    Some(_) => span."state bad" { (Glyph::Missed) "no" },
                }
            }
            td role="cell" data-l="In words" {
                @match &one.problem {
                    None => span.soft { "as it should be" },
                    Some(problem) => { (problem) }
                }
            }
        }
    }
}

/// What the last sweep read.
pub(super) fn accounts(viewer: &Signed, view: &View<'_>) -> Markup {
    let swept = view.swept.as_ref();
    html! {
        section aria-labelledby="accounts" {
            h2 #accounts { "Accounts, as last read" }
            @match swept {
                None => p."soft small" { "No sweep has come here yet." },
                Some(swept) => p."soft small" {
                    "Last sweep " (instant(viewer, swept.ended)) ". "
                    @if let Some(fault) = &swept.fault { b { "It could not read all of it (" (fault) ")." } " Its finding says why." }
                },
            }
            @if let Some(read) = swept.and_then(|swept| swept.read.as_ref()) {
                dl.figures {
                    div { dt { "accounts" } dd { (read.accounts) } }
                    div { dt { "can sign in" } dd { (read.active) } }
                }
            }
        }
    }
}

/// What differs there.
pub(super) fn findings(viewer: &Signed, view: &View<'_>) -> Markup {
    let (findings, more) = &view.findings;
    html! {
        section aria-labelledby="findings" {
            h2 #findings { "Findings" }
            @if findings.is_empty() { p.soft { (none_open(view)) } } @else { ul { @for finding in findings {
                li."row wide" data-row {
                    @if finding.seen.kind.is_urgent() { (Glyph::Escalated) } @else { (Glyph::Trouble) }
                    div {
                        h3 { a href=(format!("/findings#f-{}", finding.id)) { (named(finding, &viewer.runbook, &view.names)) } }
                        p { "seen since " (instant(viewer, finding.window.opens)) }
                    }
                    p.who { "by " (instant(viewer, finding.window.due)) " · " (far(viewer, finding.window.due)) }
                }
            } } }
            @if *more { p."small soft" { "There are more: " a href="/findings" { "all findings" } "." } }
        }
    }
}

/// That no difference is open, and where one is all the same.
fn none_open(view: &View<'_>) -> Markup {
    let read = view.swept.as_ref().and_then(|swept| swept.read.as_ref());
    let differs = read.is_some_and(|read| read.held.values().any(|held| held.is != held.should));
    html! {
        @match view.accepted {
            0 => "No finding is open here.",
            1 => { "No finding is open here; one is left as it is, for a reason: " a href="/findings" { "which" } "." }
            n => { "No finding is open here; " (n) " are left as they are, for a reason: " a href="/findings" { "which" } "." }
        }
        @if differs {
            " Where the counts above differ all the same, that is what was accepted, what somebody on leave keeps, or what a case is at "
            "work on."
        }
    }
}

/// What its team is asked about it.
pub(super) fn tasks(viewer: &Signed, view: &View<'_>) -> Markup {
    let (tasks, more) = &view.tasks;
    let owner = team_name(&viewer.runbook, &view.system.owner);
    html! {
        section aria-labelledby="tasks" {
            h2 #tasks { "Tasks there" }
            @if tasks.is_empty() { p.soft { (owner) " is asked nothing about it." } } @else { ul { @for (row, case) in tasks {
                @if let Some(case) = case {
                    @let task = TaskView::of(case, row, viewer.now);
                    li."row wide" data-row {
                        (task.state.glyph)
                        div {
                            h3 { a href=(task.path()) { (task.title) ", for " (task.case.name) } }
                            p { (task.state.word) @if let Some(trouble) = &task.trouble { ": " (trouble) } }
                        }
                        p.who { "by " (instant(viewer, task.due)) " · " (far(viewer, task.due)) }
                    }
                }
            } } }
            @if *more { p."small soft" { "These are among what is due next; " (owner) " is asked more." } }
        }
    }
}
