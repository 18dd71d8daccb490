//! The pages: the form, what a file would do, and what came of it.

use axum::{http::StatusCode, response::Response};
use latchkey_decisions::listing::Taken;
use latchkey_hris::{Mistake, MistakeAbout};
use latchkey_ledger::FileLookedAt;
use latchkey_lifecycle::{Case, CaseId, CaseState, sentence};
use latchkey_questions::facts::team_name;
use maud::{Markup, html};

use super::{
    Choice, Look,
    sorted::{OLDER, Sorted, not_before_hr, operators, stranger},
};
use crate::{
    frame::page_with,
    glyph::Glyph,
    sign_in::Signed,
    views::{
        case::{CaseView, capital},
        task::case_path,
    },
    when::{far, instant},
};

const TITLE: &str = "Take in a file of people";
/// How many lines a page shows.
const SHOWN: usize = 50;

/// The first page, with what was wrong about the last try.
pub(super) fn form(viewer: &Signed, status: StatusCode, problem: Option<&str>) -> Response {
    let content = html! {
        @if let Some(problem) = problem {
            section.errors role="alert" aria-labelledby="err-t" tabindex="-1" {
                h2 #err-t { "Nothing was taken in" }
                ul { li { a href="#file" { (problem) } } }
            }
        }
        div.head { div {
            h1 { (TITLE) }
            p.lede { "First it is only looked at: what would happen is shown, and " b { "nothing happens by that" } "." }
        } }
        div.split {
            div { (give(true)) }
            aside aria-label="What the file says" { (columns()) }
        }
    };
    page_with(status, viewer, "/people", TITLE, &content)
}

/// The form; its button is the page's first where nothing else is to be done there.
fn give(first: bool) -> Markup {
    html! {
        form method="post" action="/import" enctype="multipart/form-data" {
            div.field {
                label for="file" { "A CSV file of everybody" }
                p.hint #file-h { "The first line names the columns. At most 4 MB, which is some 25,000 people; on AWS a request takes no more." }
                input #file name="file" type="file" accept=".csv,text/csv" aria-describedby="file-h" required;
            }
            div.buttons { button class=(if first { "button main" } else { "button" }) { "Look at it" } }
        }
    }
}

fn columns() -> Markup {
    html! {
        section {
            h2 { "What it says" }
            p.small {
                "How people are, a line each: employeeId, givenName, familyName, department, title, employmentType, country and "
                "startDate have to be there; lastDay, level, location, timeZone, workEmail, personalEmail, manager (an employee id), managerEmail and previousId may be."
            }
            p.small {
                "It is compared with who is known. A first day to come is a hire, another department or title a transfer, a last day an exit. "
                "Who is not in the file has not left."
            }
        }
    }
}

/// What a file would do.
pub(super) fn look(viewer: &Signed, choice: &Choice, look: &Look) -> Response {
    let file = &look.file;
    let content = html! {
        (crumbs("What it would do"))
        div.head { div {
            h1 { "What " (file.name) " would do" }
            p.lede {
                "Looked at " (instant(viewer, file.at)) ". " b { "Nothing has been taken in" } "."
                @if look.says.is_ok() {
                    " It may be until " (instant(viewer, file.until)) ", " (far(viewer, file.until)) "."
                }
            }
        } }
        @match &look.says {
            Err(mistakes) => (refused(choice, mistakes)),
            Ok(sorted) => (would(choice, file, sorted)),
        }
    };
    page_with(StatusCode::OK, viewer, "/people", TITLE, &content)
}

fn crumbs(here: &str) -> Markup {
    html! {
        nav.crumbs aria-label="Where you are" { ol {
            li { a href="/people" { "People" } }
            li { a href="/import" { (TITLE) } }
            li aria-current="page" { (here) }
        } }
    }
}

fn refused(choice: &Choice, mistakes: &[Mistake]) -> Markup {
    let about = |what: MistakeAbout| mistakes.iter().filter(move |one| one.about == what);
    let cells: Vec<_> = about(MistakeAbout::Cell)
        .map(|mistake| (mistake.line, cell(mistake.column), mistake.text.clone()))
        .collect();
    html! {
        section.note.bad {
            (Glyph::Missed)
            div {
                h2 { @match mistakes.len() { 1 => "One thing is wrong", n => { (n) " things are wrong" } } }
                p { "While one is, nothing of the file is taken in. Correct them in your spreadsheet and give the file again." }
            }
        }
        @for (what, id, name) in [(MistakeAbout::File, "whole", "The file"), (MistakeAbout::Column, "columns", "Columns")] {
            @if about(what).next().is_some() {
                section aria-labelledby=(id) {
                    h2 id=(id) { (name) }
                    ul { @for mistake in about(what).take(SHOWN) { li { (sentence(&capital(&mistake.text))) } } }
                }
            }
        }
        @if !cells.is_empty() { (lines("Cells", "Column", &cells, choice, "look")) }
        section.panel { h2 { "Give the file again" } (give(false)) }
    }
}

/// A column as a spreadsheet calls it: A, B, … Z, AA.
fn cell(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column;
    while left > 0 {
        let letter = u8::try_from((left - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect()
}

fn would(choice: &Choice, file: &FileLookedAt, sorted: &Sorted) -> Markup {
    let happens = choice.show == "happens" || sorted.to_look_at.is_empty();
    let pill = |to: &str, here: bool, name: &str, count: usize| {
        html! { a href=(to) aria-current=[here.then_some("page")] { (name) " " (count) } }
    };
    let news = sorted.new + sorted.changed;
    html! {
        dl.figures {
            (figure("people", sorted.people, ""))
            (figure("new", sorted.new, "would begin"))
            (figure("changed", sorted.changed, ""))
            (figure("as known", sorted.same, "nothing happens"))
            (figure("to look at", sorted.to_look_at.len(), ""))
            (figure("held by the brake", sorted.held, "at most"))
        }
        @if sorted.rows > sorted.people {
            p.small.soft { (sorted.rows - sorted.people) " of " (sorted.rows) " rows say of somebody what another row says already." }
        }
        @if sorted.held > 0 {
            section.note.warn {
                (Glyph::Held)
                div {
                    h2 { "The brake would hold up to " (sorted.held) }
                    p { "They wait until somebody of its team decides, and nobody who takes the file in does." }
                }
            }
        }
        (confirm(file, news))
        nav."pills gap" aria-label="Which lines" {
            (pill("/import?show=look", !happens, "To look at", sorted.to_look_at.len()))
            (pill("/import?show=happens", happens, "What would happen", sorted.happens.len()))
        }
        @if happens { (lines("What would happen", "Who", &sorted.happens, choice, "happens")) }
        @else { (lines("To look at", "Employee", &sorted.to_look_at, choice, "look")) }
        section.panel { h2 { "Or give another file" } (give(false)) }
    }
}

fn figure(name: &str, count: usize, more: &str) -> Markup {
    html! {
        div { dt { (name) } dd { (count) @if !more.is_empty() { " " small { (more) } } } }
    }
}

fn confirm(file: &FileLookedAt, news: usize) -> Markup {
    html! {
        @if news > 0 {
            form.gap method="post" action="/import/confirm" {
                input type="hidden" name="sha256" value=(file.sha256);
                button."button main" {
                    @match news { 1 => "Take in one person", n => { "Take in " (n) " people" } }
                }
                p.hint { "Exactly the file that was looked at, in your name: SHA-256 " code { (file.sha256.get(..16).unwrap_or_default()) } "…" }
            }
        } @else {
            section.note.good { (Glyph::Verified) div { p { "Nothing in it is news: there is nothing to take in." } } }
        }
    }
}

/// A page of lines, and the way to the others.
fn lines(
    title: &str,
    second: &str,
    all: &[(u64, String, String)],
    choice: &Choice,
    show: &str,
) -> Markup {
    let from = choice
        .from
        .parse::<usize>()
        .unwrap_or_default()
        .min(all.len());
    let shown: Vec<_> = all.iter().skip(from).take(SHOWN).collect();
    let next = from + shown.len();
    let link = |from: usize| format!("/import?show={show}&from={from}#lines");
    html! {
        section aria-labelledby="lines" {
            h2 #lines { (title) }
            @if shown.is_empty() { p.soft { "No line." } } @else {
                div.scroll role="region" aria-label=(format!("{title}, as a table")) tabindex="0" {
                    table.stack role="table" {
                        thead role="rowgroup" { tr role="row" {
                            @for head in ["Line", second, "What"] { th scope="col" role="columnheader" { (head) } }
                        } }
                        tbody role="rowgroup" {
                            @for (line, whose, what) in &shown {
                                tr role="row" {
                                    th scope="row" role="rowheader" { (line) }
                                    td role="cell" data-l=(second) { (whose) }
                                    td role="cell" data-l="What" { (what) }
                                }
                            }
                        }
                    }
                }
            }
            @if from > 0 || next < all.len() {
                nav.pages aria-label="More lines" {
                    span.soft { (from + 1) " to " (next) " of " (all.len()) }
                    @if from > 0 { a.button href=(link(from.saturating_sub(SHOWN))) rel="prev" { "Those before" } }
                    @if next < all.len() { a.button href=(link(next)) rel="next" { "Next" } }
                }
            }
        }
    }
}

/// What came of a file, and how many lines are left.
pub(super) fn taken(
    viewer: &Signed,
    file: &FileLookedAt,
    (taken, cases): (&Taken, &[Case]),
    left: usize,
) -> Response {
    let held = cases
        .iter()
        .filter(|case| case.state == CaseState::Held)
        .count();
    let idle = nothing_came(taken, &operators(viewer));
    let content = html! {
        (crumbs("Taken in"))
        div.head { div {
            h1 { @if left == 0 { (file.name) " is taken in" } @else { "A part of " (file.name) " is taken in" } }
            p.lede {
                "Of " b { (taken.changed) @if taken.changed == 1 { " person" } @else { " people" } } " something was news, of " (taken.same)
                " everything was known."
            }
        } }
        @if left > 0 {
            section.note.warn {
                (Glyph::Waiting)
                div {
                    h2 { (left) " lines are left" }
                    p { "A page takes in as many as it can in some seconds. Nothing is taken in twice." }
                    form method="post" action="/import/confirm" {
                        input type="hidden" name="sha256" value=(file.sha256);
                        button."button main" { "Go on" }
                    }
                }
            }
        }
        @if held > 0 { (held_back(viewer, held)) }
        @if !taken.cases.is_empty() {
            section aria-labelledby="cases" {
                h2 #cases { "Cases" }
                ul { @for (line, id) in taken.cases.iter().take(SHOWN) { li { (of_line(*line, id, cases)) } } }
                @if taken.cases.len() > SHOWN { p.soft { "And " (taken.cases.len() - SHOWN) " more: " a href="/cases" { "all cases" } } }
            }
        }
        (with_reasons("idle", "Of these lines nothing came", &idle))
        (with_reasons("asked", "These lines were taken in as they stand: are they right?", &taken.asked))
        @if left == 0 { div.buttons { a.button href="/cases" { "All cases" } a.button href="/import" { "Another file" } } }
    };
    page_with(StatusCode::OK, viewer, "/people", TITLE, &content)
}

/// Every line of which nothing came, or less than it says, and why, in their order.
fn nothing_came(taken: &Taken, operators: &str) -> Vec<(u64, String)> {
    let alike = taken.alike.iter();
    let alike = alike.map(|(line, why)| (*line, not_before_hr(why)));
    let strangers = taken
        .strangers
        .iter()
        .map(|line| (*line, stranger(operators)));
    let older = taken.older.iter().map(|line| (*line, OLDER.to_owned()));
    let idle = taken.idle.iter().cloned();
    let mut all: Vec<_> = alike.chain(strangers).chain(older).chain(idle).collect();
    all.sort();
    all
}

/// Lines, each with what is to be known of it.
fn with_reasons(id: &str, title: &str, lines: &[(u64, String)]) -> Markup {
    let more = lines.len().saturating_sub(SHOWN);
    html! {
        @if !lines.is_empty() {
            section aria-labelledby=(id) {
                h2 id=(id) { (title) }
                ul { @for (line, why) in lines.iter().take(SHOWN) { li { "Line " (line) ": " (why) } } }
                @if more > 0 { p.soft { "And " (more) " more lines." } }
            }
        }
    }
}

/// That the brake holds some of what was taken in.
fn held_back(viewer: &Signed, held: usize) -> Markup {
    let confirms = viewer
        .runbook
        .brake()
        .map(|rule| team_name(&viewer.runbook, &rule.confirm));
    html! {
        section.note.warn {
            (Glyph::Held)
            div {
                h2 { @match held { 1 => "One of them is held by the brake", n => { (n) " of them are held by the brake" } } }
                p { "Nothing happens to those before " (confirms.as_deref().unwrap_or("somebody")) " decides. " a href="/held" { "What is held" } }
            }
        }
    }
}

/// A case that came of a line: whose, what, and whether it waits.
fn of_line(line: u64, id: &CaseId, cases: &[Case]) -> Markup {
    let case = cases.iter().find(|case| case.id == *id);
    html! {
        "Line " (line) ": "
        @match case.map(CaseView::of) {
            Some(view) => { a href=(case_path(id)) { (view.name) } ", " (view.employee) ": " (view.event) },
            None => a href=(case_path(id)) { (id) },
        }
        @match case.map(|case| case.state) {
            Some(CaseState::Held) => { " · " b { "held" } },
            Some(CaseState::Incomplete) => { " · " b { "waits for HR" } },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn columns_are_called_as_spreadsheets_call_them() {
        for (column, name) in [
            (1, "A"),
            (8, "H"),
            (26, "Z"),
            (27, "AA"),
            (52, "AZ"),
            (53, "BA"),
            (0, ""),
        ] {
            assert_eq!(cell(column), name);
        }
    }
}
