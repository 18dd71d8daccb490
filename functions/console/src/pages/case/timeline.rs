//! What happened in a case, the latest first, a day at a time; and its letters.

use std::collections::BTreeMap;

use jiff::civil::Date;
use latchkey_access::{Action, On};
use latchkey_lifecycle::{QueuedLetter, TaskId};
use maud::{Markup, html};

use crate::{
    glyph::Glyph,
    pages::case::{Choice, Opened, SHOWN, Whole, for_eyes_of, number},
    sign_in::Signed,
    views::{
        history::{Entry, Of, became, entries},
        read::may_read,
        task::case_path,
    },
    when::instant,
};

/// How many letters stand beside the timeline; the rest is in it.
const LETTERS: usize = 8;

pub(super) fn timeline(
    viewer: &Signed,
    opened: &Opened,
    whole: &Whole,
    choice: &Choice,
    titles: &BTreeMap<TaskId, String>,
) -> Markup {
    let reads = |task: &TaskId| {
        let mut rows = opened.rows.iter();
        let row = rows.find(|row| row.task.id == *task);
        row.is_some_and(|row| may_read(viewer, &opened.on, row))
    };
    let all = entries(
        &opened.runbook,
        &whole.trails,
        &whole.letters,
        titles,
        reads,
    );
    let chosen = Of::ALL.iter().find(|(_, name, _)| *name == choice.show);
    let chosen = chosen.map(|(of, ..)| *of);
    let told: Vec<&Entry> = all
        .iter()
        .filter(|entry| chosen.is_none_or(|of| of == entry.of))
        .collect();
    let skip = number(&choice.skip);
    let shown = told.get(skip..).unwrap_or_default();
    let rest = shown.len().saturating_sub(SHOWN);
    html! {
        section.split aria-labelledby="time" {
            div {
                h2 #time { "Timeline" }
                (pills(opened, &all, chosen))
                div.gap { (days(viewer, opened, &shown[..shown.len() - rest])) }
                @if shown.is_empty() { p.soft { "Nothing of it is there." } }
                @if rest > 0 { p.gap { a href=(link(opened, chosen, skip + SHOWN)) { (rest) " earlier ones" } } }
                (chained(viewer, opened, whole, all.len()))
            }
            aside aria-labelledby="letters" { (letters(viewer, opened, &whole.letters)) }
        }
    }
}

fn link(opened: &Opened, of: Option<Of>, skip: usize) -> String {
    let path = case_path(&opened.case.id);
    let name = Of::ALL.iter().find(|(one, ..)| Some(*one) == of);
    let name = name.map_or("all", |(_, name, _)| name);
    match skip {
        0 => format!("{path}?show={name}#time"),
        skip => format!("{path}?show={name}&skip={skip}#time"),
    }
}

fn pills(opened: &Opened, all: &[Entry], chosen: Option<Of>) -> Markup {
    html! {
        nav."pills noprint" aria-label="What the timeline shows" {
            a href=(link(opened, None, 0)) aria-current=[chosen.is_none().then_some("page")] { "All " (all.len()) }
            @for (of, _, name) in Of::ALL {
                a href=(link(opened, Some(of), 0)) aria-current=[(chosen == Some(of)).then_some("page")] {
                    (name) " " (all.iter().filter(|entry| entry.of == of).count())
                }
            }
        }
    }
}

fn days(viewer: &Signed, opened: &Opened, shown: &[&Entry]) -> Markup {
    let zone = viewer.runbook.time_zone();
    let date = |entry: &Entry| entry.at.to_zoned(zone.clone()).date();
    let today = viewer.now.to_zoned(zone.clone()).date();
    let by_day = shown.chunk_by(|a, b| date(a) == date(b));
    html! {
        @for entries in by_day {
            @let day = entries.first().map(|entry| date(entry)).unwrap_or_default();
            div.day {
                h3 { (day_in_full(day, today)) @if let Some(word) = near(day, today) { span { (word) } } }
                ol.events { @for entry in entries { (line(viewer, opened, entry)) } }
            }
        }
    }
}

fn day_in_full(day: Date, today: Date) -> String {
    let form = match day.year() == today.year() {
        true => "%A %-d %B",
        false => "%A %-d %B %Y",
    };
    day.strftime(form).to_string()
}

fn near(day: Date, today: Date) -> Option<&'static str> {
    match day {
        day if day == today => Some("today"),
        day if today.yesterday().is_ok_and(|yesterday| yesterday == day) => Some("yesterday"),
        _ => None,
    }
}

fn line(viewer: &Signed, opened: &Opened, entry: &Entry) -> Markup {
    let zone = viewer.runbook.time_zone();
    let local = entry.at.to_zoned(zone.clone());
    html! {
        li {
            time datetime=(entry.at.to_string()) { (local.strftime("%H:%M").to_string()) }
            (entry.glyph)
            span {
                @if let Some((task, title)) = &entry.task {
                    b { a href=(format!("{}/tasks/{task}", case_path(&opened.case.id))) { (title) } } " "
                }
                (for_eyes_of(viewer, opened, &entry.text))
                small { (for_eyes_of(viewer, opened, &entry.by)) }
            }
        }
    }
}

/// How many of the entries are records of the trails, and whether those are as they were written.
fn chained(viewer: &Signed, opened: &Opened, whole: &Whole, entries: usize) -> Markup {
    let records: usize = whole.trails.iter().map(|trail| trail.records.len()).sum();
    let fault = whole.trails.iter().any(|trail| trail.fault.is_some());
    let count = match records {
        1 => "1 record".to_owned(),
        n => format!("{n} records"),
    };
    html! {
        p."small soft gap" {
            @if fault {
                (Glyph::Trouble) " Of " (count) " not all are as they were written."
            } @else {
                (Glyph::Verified) " " (count) ", chained and unchanged"
                @match entries.saturating_sub(records) {
                    0 => ".",
                    1 => "; one letter beside them, of which no record tells.",
                    n => { "; " (n) " letters beside them, of which no record tells." }
                }
            }
            @if viewer.can(Action::SeeAudit, &On::default()) {
                " " a href=(format!("/audit?on={}", opened.case.id)) { "Each with its hash" }
            }
        }
    }
}

fn letters(viewer: &Signed, opened: &Opened, letters: &[QueuedLetter]) -> Markup {
    html! {
        h2 #letters { "Letters" }
        @if letters.is_empty() { p."small soft" { "None was written yet." } }
        ul.aside {
            @for letter in letters.iter().rev().take(LETTERS) {
                li {
                    b { (letter.letter.subject) }
                    br;
                    "to " (for_eyes_of(viewer, opened, &letter.letter.to)) " · " (became(letter.state)) " · "
                    (instant(viewer, letter.ended_at.unwrap_or(letter.written_at)))
                }
            }
            @if letters.len() > LETTERS {
                li { a href=(link(opened, Some(Of::Letters), 0)) { "Earlier ones, in the timeline" } }
            }
        }
    }
}
