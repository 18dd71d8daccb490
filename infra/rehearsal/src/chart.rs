//! The chart: a row for each task, its window as a bar, what happened as marks. Texts are texts, which wrap and grow
//! with the reader's own size; places in time are hundredths of the chart's width, so that it fits any.

use jiff::{SignedDuration, Timestamp, ToSpan, Zoned, tz::TimeZone};
use maud::{Markup, html};

use crate::{
    marks::{Spot, drawn, spots, symbol},
    report::{CaseReport, Kind, Outcome, Report, TaskReport, says_who},
};

/// Names of days and hours stand at least so far from each other, in hundredths of the width.
const LABEL: f64 = 7.5;
/// The length of a window is written beside one that is narrower than this.
const NARROW: f64 = 5.0;
/// What is written beside a bar stands on its left where its marks may reach further than that.
const LATE: f64 = 80.0;
/// Days are drawn as days of rest where they are at least so wide.
const DAY_WIDTH: f64 = 0.3;

/// From instants to hundredths of the width.
pub(crate) struct Scale<'a> {
    zone: &'a TimeZone,
    from: Timestamp,
    until: Timestamp,
}

impl Scale<'_> {
    fn of<'a>(report: &Report, zone: &'a TimeZone) -> Scale<'a> {
        let until = report.last_instant();
        let span = until.duration_since(report.begins);
        // A little air on both sides; never no span at all.
        let air = SignedDuration::from_secs((span.as_secs() / 50).max(60));
        Scale {
            zone,
            from: report.begins.saturating_sub(air).unwrap_or(report.begins),
            until: until.saturating_add(air).unwrap_or(until),
        }
    }

    fn seconds(&self) -> f64 {
        self.until.duration_since(self.from).as_secs_f64().max(1.0)
    }

    pub(crate) fn x(&self, at: Timestamp) -> f64 {
        let part = at.duration_since(self.from).as_secs_f64() / self.seconds();
        part.clamp(0.0, 1.0) * 100.0
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    fn words(&self, at: Timestamp) -> String {
        self.local(at).strftime("%a %-d %b %Y, %H:%M").to_string()
    }
}

/// A place: two decimals are enough, and keep the file small.
fn at(x: f64) -> String {
    format!("left:{x:.2}%")
}

fn from_to(from: f64, to: f64) -> String {
    format!("left:{from:.2}%;width:{:.2}%", (to - from).max(0.0))
}

pub(crate) fn chart(report: &Report, zone: &TimeZone) -> Markup {
    let scale = Scale::of(report, zone);
    html! {
        p.about {
            "A row for each task, over time from " (scale.words(report.begins)) " to " (scale.words(report.ends))
            ". " (report.summary_line())
        }
        div.rows {
            div.back aria-hidden="true" {
                (rest(report, &scale))
                @for tick in ticks(report, &scale) {
                    i.tick style=(at(scale.x(tick.at.timestamp()))) {
                        b { span { (tick.above) } (tick.below) }
                    }
                }
                @for entry in report.timeline.iter().filter(|entry| entry.kind == Kind::Confirmed) {
                    i.hr style=(at(scale.x(entry.at))) title=(format!("{}: {}", scale.words(entry.at), entry.text)) { "HR" }
                }
            }
            @for case in &report.cases {
                (case_title(case))
                @for task in &case.tasks { (row(task, &scale)) }
            }
        }
    }
}

fn case_title(case: &CaseReport) -> Markup {
    html! { h3.case { (case.event) span { (case.state.to_string()) } } }
}

/// The company's days of rest, when there is room for them.
fn rest(report: &Report, scale: &Scale<'_>) -> Markup {
    let edge = |date: jiff::civil::Date| date.to_zoned(scale.zone.clone()).ok();
    let room = 86_400.0 / scale.seconds() * 100.0 >= DAY_WIDTH;
    let bands = report.rest.iter().filter(|_| room).filter_map(|day| {
        let end = edge(day.checked_add(1.day()).ok()?)?;
        let (from, to) = (scale.x(edge(*day)?.timestamp()), scale.x(end.timestamp()));
        (from < to).then(|| from_to(from, to))
    });
    html! { @for band in bands { i.rest style=(band) {} } }
}

/// A line with a name: an hour, a day or a week.
struct Tick {
    at: Zoned,
    above: String,
    below: String,
}

/// Lines and names of hours, days or weeks: the finest that has room. Weeks begin as the company's do.
fn ticks(report: &Report, scale: &Scale<'_>) -> Vec<Tick> {
    const HOUR: f64 = 3600.0;
    const DAY: f64 = 24.0 * HOUR;
    let room = scale.seconds() * LABEL / 100.0;
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
    let week = |at: Zoned| {
        let back = at.weekday().since(report.week_begins);
        at.checked_sub(i64::from(back).days()).unwrap_or(at)
    };
    let first = scale.local(scale.from).start_of_day().ok();
    let mut next = first.map(|at| if length >= 7.0 * DAY { week(at) } else { at });
    let mut all = Vec::new();
    while let Some(tick) = next.filter(|tick| tick.timestamp() <= scale.until) {
        next = tick.checked_add(step).ok();
        if tick.timestamp() < scale.from {
            continue;
        }
        let midnight = tick.hour() == 0 && tick.minute() == 0;
        let [above, below] = match length >= DAY || midnight {
            true => ["%a", "%-d %b"],
            false => ["", "%H:%M"],
        };
        all.push(Tick {
            above: tick.strftime(above).to_string(),
            below: tick.strftime(below).to_string(),
            at: tick,
        });
    }
    all
}

fn row(task: &TaskReport, scale: &Scale<'_>) -> Markup {
    let (opens, due) = (scale.x(task.opens), scale.x(task.due));
    let bar = if task.automatic { "machine" } else { "person" };
    let late_until = match task.outcome {
        Outcome::Late => task.ended_at,
        Outcome::Missed => Some(scale.until),
        _ => None,
    };
    let marks = drawn(&task.marks, scale);
    let instants: Vec<f64> = marks.iter().map(|(x, _)| *x).collect();
    let spots = spots(&instants);
    html! {
        div.row {
            div.what {
                span.name { (task.title) }
                @if !says_who(&task.title, &task.by) { span.by { (task.by) } }
                span class=(format!("outcome {}", class(task.outcome))) { (short(task.outcome)) }
            }
            div.track {
                @if let Some(until) = late_until { i.overdue style=(from_to(due, scale.x(until))) {} }
                i class=(format!("window {bar}")) style=(from_to(opens, due))
                    title=(format!("Window: {} – {}", scale.words(task.opens), scale.words(task.due))) {}
                @if due - opens < NARROW { (length(task, (opens, due), &spots)) }
                @for ((_, mark), spot) in marks.iter().zip(&spots) {
                    span.mark style=(format!("left:{}", spot.css()))
                        title=(format!("{}: {}. {}", scale.words(mark.at), mark.kind.words(), mark.text)) {
                        svg viewBox="-9 -9 18 18" aria-hidden="true" { (symbol(mark.kind)) }
                    }
                }
            }
        }
    }
}

/// How long a window is that is too narrow to be seen: "15 min", beside it.
fn length(task: &TaskReport, (opens, due): (f64, f64), spots: &[Spot]) -> Markup {
    let minutes = task.due.duration_since(task.opens).as_mins();
    let words = match minutes {
        0..=119 => format!("{minutes} min"),
        120..=2879 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    };
    let reach = spots.last().map_or(due, Spot::furthest).max(due);
    let style = match spots.first() {
        _ if reach <= LATE => format!("left:{}", Spot::after(spots.last(), opens, due).css()),
        Some(first) => format!(
            "right:calc(100% - min({opens:.2}%, {}) + 12px)",
            first.css()
        ),
        None => format!("right:{:.2}%", 101.2 - opens),
    };
    html! { span.length style=(style) { (words) } }
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
