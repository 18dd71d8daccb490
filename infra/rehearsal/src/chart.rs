//! The chart: a row for each task, its window as a bar, what happened as marks. SVG, in units of a 1200 wide view.

use jiff::{Timestamp, ToSpan, Zoned, civil::Weekday, tz::TimeZone};
use maud::{Markup, html};

use crate::report::{CaseReport, Entry, Kind, Mark, Outcome, Report, TaskReport};

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 336.0;
const RIGHT: f64 = 1184.0;
const HEAD: f64 = 58.0;
const ROW: f64 = 34.0;
/// A line above each case's rows.
const TITLE: f64 = 34.0;
/// Marks stand at least so far from each other.
const APART: f64 = 13.0;
/// Instants so near to each other are one to the eye.
const SAME: f64 = 5.0;
/// Titles are cut to so many characters; the whole stands in the row's title.
const LONGEST: usize = 40;
/// Names of days and hours stand at least so far from each other.
const LABEL: f64 = 62.0;

/// From instants to x.
struct Scale<'a> {
    zone: &'a TimeZone,
    from: Timestamp,
    until: Timestamp,
}

impl Scale<'_> {
    fn of<'a>(report: &Report, zone: &'a TimeZone) -> Scale<'a> {
        let tasks = || report.cases.iter().flat_map(|case| &case.tasks);
        let due = tasks().filter(|t| t.outcome != Outcome::LeftOut);
        let last = due.map(|t| t.due).chain([report.ends]).max();
        let until = last.unwrap_or(report.ends);
        let span = until.duration_since(report.begins);
        // A little air on both sides; never no span at all.
        let air = jiff::SignedDuration::from_secs((span.as_secs() / 50).max(60));
        Scale {
            zone,
            from: report.begins.saturating_sub(air).unwrap_or(report.begins),
            until: until.saturating_add(air).unwrap_or(until),
        }
    }

    fn seconds(&self) -> f64 {
        self.until.duration_since(self.from).as_secs_f64().max(1.0)
    }

    fn x(&self, at: Timestamp) -> f64 {
        let part = at.duration_since(self.from).as_secs_f64() / self.seconds();
        LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    fn words(&self, at: Timestamp) -> String {
        self.local(at).strftime("%a %-d %b %Y, %H:%M").to_string()
    }
}

/// A coordinate: one decimal is enough, and keeps the file small.
fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

pub(crate) fn chart(report: &Report, zone: &TimeZone) -> Markup {
    let scale = Scale::of(report, zone);
    let rows: usize = report.cases.iter().map(|case| case.tasks.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred rows")]
    let height = HEAD + rows as f64 * ROW + report.cases.len() as f64 * TITLE + 12.0;
    let tops = report.cases.iter().scan(HEAD, |y, case| {
        let top = *y;
        *y += TITLE + index_height(case.tasks.len());
        Some(top)
    });
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {}", n(height))) role="img" aria-labelledby="chart-title chart-desc"
            xmlns="http://www.w3.org/2000/svg" {
            title id="chart-title" { "Windows of the tasks, and what happened" }
            desc id="chart-desc" {
                "A row for each task, over time from " (scale.words(report.begins)) " to " (scale.words(report.ends))
                ". " (report.summary_line()) " The same stands as text below the chart."
            }
            (weekends(&scale, height))
            (ticks(&scale, height))
            @for (case, top) in report.cases.iter().zip(tops) {
                (case_title(case, top))
                @for (index, task) in case.tasks.iter().enumerate() {
                    (row(task, &scale, top + TITLE + index_height(index), index % 2 == 1))
                }
            }
            (confirmations(report, &scale, height))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred rows")]
fn index_height(index: usize) -> f64 {
    index as f64 * ROW
}

fn case_title(case: &CaseReport, y: f64) -> Markup {
    html! {
        text.case x="8" y=(n(y + 23.0)) {
            (case.event) tspan.state dx="10" { (case.state.to_string()) }
        }
    }
}

/// The days of rest, when there is room for them.
fn weekends(scale: &Scale<'_>, height: f64) -> Markup {
    let mut bands = Vec::new();
    let day_width = (RIGHT - LEFT) * 86_400.0 / scale.seconds();
    let mut day = scale.local(scale.from).date();
    let last = scale.local(scale.until).date();
    while day_width > 3.0 && day <= last {
        let end = day.checked_add(1.day()).unwrap_or(day);
        if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            let edge = |date: jiff::civil::Date| date.to_zoned(scale.zone.clone()).ok();
            if let (Some(a), Some(b)) = (edge(day), edge(end)) {
                bands.push((scale.x(a.timestamp()), scale.x(b.timestamp())));
            }
        }
        if end == day {
            break;
        }
        day = end;
    }
    html! {
        @for (a, b) in &bands {
            rect.rest x=(n(*a)) y=(n(HEAD - 8.0)) width=(n(b - a)) height=(n(height - HEAD)) {}
        }
    }
}

/// Lines and names of hours, days or weeks: the finest that has room.
fn ticks(scale: &Scale<'_>, height: f64) -> Markup {
    const HOUR: f64 = 3600.0;
    const DAY: f64 = 24.0 * HOUR;
    let room = scale.seconds() * LABEL / (RIGHT - LEFT);
    let steps = [
        (60.0, 1.minutes()),
        (5.0 * 60.0, 5.minutes()),
        (15.0 * 60.0, 15.minutes()),
        (HOUR, 1.hours()),
        (3.0 * HOUR, 3.hours()),
        (6.0 * HOUR, 6.hours()),
        (12.0 * HOUR, 12.hours()),
        (DAY, 1.days()),
        (2.0 * DAY, 2.days()),
        (7.0 * DAY, 1.weeks()),
        (14.0 * DAY, 2.weeks()),
        (28.0 * DAY, 4.weeks()),
    ];
    let step = steps.into_iter().find(|(length, _)| *length >= room);
    let (length, step) = step.unwrap_or((92.0 * DAY, 13.weeks()));
    let first = scale.local(scale.from).start_of_day();
    let monday = |at: Zoned| {
        let back = i64::from(at.weekday().to_monday_zero_offset());
        at.checked_sub(back.days()).unwrap_or(at)
    };
    let mut at = first
        .ok()
        .map(|at| if length >= 7.0 * DAY { monday(at) } else { at });
    let mut all = Vec::new();
    while let Some(tick) = at.filter(|tick| tick.timestamp() <= scale.until) {
        if tick.timestamp() >= scale.from {
            all.push(tick.clone());
        }
        at = tick.checked_add(step).ok();
    }
    html! {
        @for tick in &all {
            @let x = scale.x(tick.timestamp());
            @let midnight = tick.hour() == 0 && tick.minute() == 0;
            line.tick x1=(n(x)) x2=(n(x)) y1=(n(HEAD - 8.0)) y2=(n(height - 8.0)) {}
            @if length >= DAY || midnight {
                text.axis x=(n(x)) y="28" { (tick.strftime("%a").to_string()) }
                text.axis.strong x=(n(x)) y="43" { (tick.strftime("%-d %b").to_string()) }
            } @else {
                text.axis x=(n(x)) y="43" { (tick.strftime("%H:%M").to_string()) }
            }
        }
    }
}

/// What HR confirmed, as lines through all rows.
fn confirmations(report: &Report, scale: &Scale<'_>, height: f64) -> Markup {
    let confirmed: Vec<&Entry> = report
        .timeline
        .iter()
        .filter(|entry| entry.kind == Kind::Confirmed)
        .collect();
    html! {
        @for entry in &confirmed {
            @let x = scale.x(entry.at);
            g {
                title { (scale.words(entry.at)) ": " (entry.text) }
                line.hr x1=(n(x)) x2=(n(x)) y1=(n(HEAD - 8.0)) y2=(n(height - 8.0)) {}
                text.hr x=(n(x + 5.0)) y=(n(HEAD + 4.0)) { "HR" }
            }
        }
    }
}

fn row(task: &TaskReport, scale: &Scale<'_>, y: f64, shaded: bool) -> Markup {
    let middle = y + ROW / 2.0;
    let (opens, due) = (scale.x(task.opens), scale.x(task.due));
    let width = (due - opens).max(6.0);
    let bar = if task.automatic {
        "window machine"
    } else {
        "window person"
    };
    let late_until = match task.outcome {
        Outcome::Late => task.ended_at,
        Outcome::Missed => Some(scale.until),
        _ => None,
    };
    html! {
        g {
            title { (task.title) " (" (task.by) "): " (task.outcome.words()) }
            @if shaded { rect.shade x="0" y=(n(y)) width=(n(WIDTH)) height=(n(ROW)) {} }
            text.name x="8" y=(n(middle - 1.0)) { (cut(&task.title)) }
            text.by x="8" y=(n(middle + 12.0)) { (cut(&task.by)) }
            text class=(format!("outcome {}", class(task.outcome))) x=(n(LEFT - 14.0)) y=(n(middle + 4.0)) {
                (short(task.outcome))
            }
            @if let Some(until) = late_until {
                @let end = scale.x(until);
                rect.overdue x=(n(due)) y=(n(middle - 2.0)) width=(n((end - due).max(0.0))) height="4" rx="2" {}
            }
            rect class=(bar) x=(n(opens)) y=(n(middle - 9.0)) width=(n(width)) height="18" rx="4" {
                title { "Window: " (scale.words(task.opens)) " – " (scale.words(task.due)) }
            }
            @for (x, mark) in placed(&task.marks, scale) {
                g transform=(format!("translate({} {})", n(x), n(middle))) {
                    title { (scale.words(mark.at)) ": " (mark.kind.words()) ". " (mark.text) }
                    (symbol(mark.kind))
                }
            }
        }
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let short: String = text.chars().take(LONGEST - 1).collect();
    format!("{}…", short.trim_end())
}

fn short(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::InTime => "in time",
        Outcome::Late => "late",
        Outcome::LeftOut => "left out",
        Outcome::Missed => "missed",
        Outcome::Open => "open",
    }
}

pub(crate) fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::InTime => "good",
        Outcome::Late | Outcome::Missed => "bad",
        Outcome::LeftOut | Outcome::Open => "calm",
    }
}

/// How much a mark matters where several stand at one place; `None` is not drawn.
fn rank(kind: Kind) -> Option<u8> {
    match kind {
        Kind::Begun => Some(1),
        Kind::Asked => Some(2),
        Kind::CarriedOut => Some(3),
        Kind::Done => Some(4),
        Kind::LeftOut => Some(6),
        Kind::Verified => Some(7),
        // These are always seen.
        Kind::Reminded | Kind::Trouble | Kind::Declined | Kind::Missed | Kind::Escalated => Some(9),
        _ => None,
    }
}

/// Marks side by side: of what is one to the eye the most telling, and nothing on top of another.
fn placed<'a>(marks: &'a [Mark], scale: &Scale<'_>) -> Vec<(f64, &'a Mark)> {
    let mut all: Vec<(f64, u8, &Mark)> = Vec::new();
    for mark in marks {
        let Some(rank) = rank(mark.kind) else {
            continue;
        };
        let x = scale.x(mark.at);
        if let Some(last) = all.last_mut() {
            let repeated = last.2.kind == mark.kind && x - last.0 < APART;
            let same = x - last.0 < SAME && last.1 < 9 && rank < 9;
            if repeated || same {
                if last.1 <= rank {
                    *last = (last.0, rank, mark);
                }
                continue;
            }
        }
        all.push((x, rank, mark));
    }
    let mut before = f64::MIN;
    all.into_iter()
        .map(|(x, _, mark)| {
            let x = x.max(before + APART).min(RIGHT + 10.0);
            before = x;
            (x, mark)
        })
        .collect()
}

/// A mark of its own shape, so that colour is not needed to tell them apart. Drawn around 0, 0.
pub(crate) fn symbol(kind: Kind) -> Markup {
    html! {
        @match kind {
            Kind::Begun => circle.begun r="3.5" {},
            Kind::Asked => circle.asked r="5" {},
            Kind::CarriedOut => circle.carried r="5" {},
            Kind::Done => circle.done r="5" {},
            Kind::Verified => g.verified {
                circle r="6.5" {}
                path d="M-3 0.2 L-0.9 2.4 L3.2 -2.2" {}
            },
            Kind::LeftOut => g.left {
                circle r="6.5" {}
                path d="M-3 0 H3" {}
            },
            Kind::Reminded => path.reminded d="M0 -6 L6 5 H-6 Z" {},
            Kind::Missed => g.missed {
                circle r="6.5" {}
                path d="M-2.5 -2.5 L2.5 2.5 M2.5 -2.5 L-2.5 2.5" {}
            },
            Kind::Escalated => g.escalated {
                path.sign d="M0 -7.5 L7.5 0 L0 7.5 L-7.5 0 Z" {}
                path d="M0 -3.4 V0.8 M0 3 V3.1" {}
            },
            Kind::Trouble => g.trouble {
                rect x="-5.5" y="-5.5" width="11" height="11" rx="2" {}
                path d="M0 -3 V0.6 M0 2.9 V3" {}
            },
            Kind::Declined => path.declined d="M-5 -5 L5 5 M5 -5 L-5 5" {},
            _ => circle.begun r="3" {},
        }
    }
}
