//! A report as one HTML file: the chart, how each task went, and the timeline. No scripts, nothing from elsewhere,
//! readable in light and dark and on paper.

use jiff::{Timestamp, tz::TimeZone};
use latchkey_lifecycle::shown;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    chart::{chart, class},
    marks::symbol,
    report::{Entry, Kind, Report, says_who},
};

const STYLE: &str = include_str!("page.css");

const LEGEND: [(Kind, &str); 10] = [
    (Kind::Asked, "asked"),
    (Kind::Reminded, "reminded"),
    (Kind::Missed, "missed, told"),
    (Kind::Escalated, "escalated"),
    (Kind::Done, "a person is done"),
    (Kind::CarriedOut, "a machine is done"),
    (Kind::Verified, "verified"),
    (Kind::Trouble, "trouble"),
    (Kind::Declined, "declined"),
    (Kind::LeftOut, "left out by name"),
];

impl Report {
    /// The report as one HTML file that needs nothing else. The same rehearsal is the same file, byte by byte.
    pub fn html(&self) -> String {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let whom = self.cases.first().map_or("", |case| case.whom.as_str());
        let event = self.cases.first().map_or("", |case| case.event.as_str());
        let markup = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { "Rehearsal: " (whom) ", " (event) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        p.mark { "Latchkey · rehearsal" }
                        h1 { (whom) }
                        p.event { (event) }
                        @if !self.choices.is_empty() {
                            ul.choices { @for choice in &self.choices { li { "if " (choice) } } }
                        }
                    }
                    main {
                        (figures(self))
                        section.chart aria-label="Chart" {
                            (chart(self, &zone))
                            (legend())
                        }
                        (tasks(self, &zone))
                        (timeline(self, &zone))
                    }
                    footer {
                        (self.company) ", runbook version " (self.runbook) ". Times are " (self.time_zone)
                        ". Rehearsed on simulated systems: nothing real was changed, nobody was written to."
                    }
                }
            }
        };
        shown::text(&markup.0).into_owned()
    }
}

fn figures(report: &Report) -> Markup {
    let s = &report.summary;
    let all = [
        (s.tasks, "tasks", "calm"),
        (s.in_time, "in time", "good"),
        (s.late, "late", "bad"),
        (s.missed, "missed and open", "bad"),
        (s.left_out, "left out", "calm"),
        (s.open, "not due yet", "calm"),
        (s.emails, "e-mails", "calm"),
        (s.reminders, "reminders", "calm"),
        (s.escalations, "escalations", "bad"),
        (s.troubles, "troubles", "bad"),
    ];
    let always = ["tasks", "in time", "e-mails"];
    html! {
        ul.figures aria-label="Figures" {
            li class=(if s.closed { "good" } else { "bad" }) {
                b { (s.days) } span { @if s.closed { "days to closed" } @else { "days, not closed" } }
            }
            @for (count, what, class) in all {
                @if count > 0 || always.contains(&what) { li class=(class) { b { (count) } span { (what) } } }
            }
        }
    }
}

fn legend() -> Markup {
    html! {
        ul.legend aria-label="Legend" {
            li { i.window.machine {} "window, a machine's" }
            li { i.window.person {} "window, a team's" }
            li { i.overdue {} "overdue" }
            li { i.rest {} "day of rest" }
            @for (kind, words) in LEGEND {
                li { svg.small viewBox="-9 -9 18 18" aria-hidden="true" { (symbol(kind)) } (words) }
            }
        }
    }
}

fn tasks(report: &Report, zone: &TimeZone) -> Markup {
    html! {
        @for case in &report.cases {
            section {
                h2 { (case.event) " – " (case.state.to_string()) }
                table {
                    thead { tr { th { "Task" } th { "By" } th { "Opens" } th { "Due" } th { "Ended" } th { "How it went" } } }
                    tbody {
                        @for task in &case.tasks {
                            tr {
                                td { (task.title) }
                                td data-label="By" { (task.by) }
                                td.time data-label="Opens" { (short(task.opens, zone)) }
                                td.time data-label="Due" { (short(task.due, zone)) }
                                @match task.ended_at {
                                    Some(at) => td.time data-label="Ended" { (short(at, zone)) },
                                    None => td {},
                                }
                                td class=(class(task.outcome)) { (task.outcome.words()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn short(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    at.strftime("%a %-d %b, %H:%M").to_string()
}

fn timeline(report: &Report, zone: &TimeZone) -> Markup {
    let days = report.timeline.chunk_by(|a, b| a.day == b.day);
    html! {
        section {
            h2 { "Day by day" }
            @for day in days {
                @if let Some(first) = day.first() {
                    h3 {
                        (first.at.to_zoned(zone.clone()).strftime("%A, %-d %B %Y").to_string())
                        span { "day " (first.day) }
                    }
                    ol.day { @for entry in day { (line(entry, zone)) } }
                }
            }
        }
    }
}

fn line(entry: &Entry, zone: &TimeZone) -> Markup {
    let tone = match entry.kind {
        Kind::Verified | Kind::Closed => "good",
        Kind::Missed | Kind::Escalated | Kind::Trouble | Kind::Declined => "bad",
        _ => "calm",
    };
    html! {
        li {
            time datetime=(entry.at.to_string()) { (entry.at.to_zoned(zone.clone()).strftime("%H:%M").to_string()) }
            span class=(format!("kind {tone}")) { (entry.kind.words()) }
            span {
                @if entry.task.is_some() || entry.kind == Kind::Mail {
                    @let who = if entry.mail_to.is_empty() { &entry.text } else { &entry.who };
                    b { (entry.about) } @if !says_who(&entry.about, who) { " · " (who) }
                } @else { (entry.text) }
                @if !entry.mail_to.is_empty() { " " span.mail { "✉ " (entry.mail_to.join(", ")) } }
            }
        }
    }
}
