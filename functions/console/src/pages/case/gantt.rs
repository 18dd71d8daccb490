//! The windows of a case's tasks against what happened: a strip for each over one backdrop, in per cent of the time.

use jiff::{SignedDuration, Span, Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};
use latchkey_ledger::{TaskRow, Trail};
use latchkey_lifecycle::{AuditBody, TaskState, What};
use maud::{Markup, html};

use crate::{
    glyph::Glyph,
    pages::case::{Opened, Whole},
    sign_in::Signed,
    views::{
        next::who,
        state::{State, Tone},
        task::TaskView,
    },
};

/// Names of days and hours stand at least so far from each other, in per cent.
const LABEL: f64 = 11.0;
/// A name is not written nearer to an edge than this, in per cent: a part of it would be cut off.
const EDGE: f64 = 3.5;
/// Days of rest are drawn where a day is at least so wide, in per cent.
const DAY_WIDTH: f64 = 0.5;
/// Marks that are nearer to each other than this, in per cent, stand in a line beside each other.
const TOGETHER: f64 = 1.6;
/// How far they stand from each other then, in pixels.
const BESIDE: usize = 13;
/// No more marks stand at one place.
const MOST: usize = 4;
/// A window is at least so wide that it is seen, in per cent.
const SEEN: f64 = 0.4;

/// From instants to per cent of the width.
struct Scale<'v> {
    zone: &'v TimeZone,
    from: Timestamp,
    until: Timestamp,
}

impl<'v> Scale<'v> {
    /// From the first thing of a case to the last, with a little air.
    fn of(viewer: &'v Signed, opened: &Opened, shown: &[&TaskRow]) -> Scale<'v> {
        let case = &opened.case;
        let begun = case.confirmed_at.max(case.opened_at);
        let tasks = shown.iter().map(|row| &row.task);
        let opens = tasks.clone().map(|task| task.window.opens);
        let from = opens.chain([begun]).min().unwrap_or(begun);
        let now = case.closed_at.unwrap_or(viewer.now);
        let ends = tasks.flat_map(|task| [Some(task.window.due), task.ended_at]);
        let until = ends.flatten().chain([now]).max().unwrap_or(now);
        let air = SignedDuration::from_secs((until.duration_since(from).as_secs() / 40).max(60));
        Scale {
            zone: viewer.runbook.time_zone(),
            from: from.saturating_sub(air).unwrap_or(from),
            until: until.saturating_add(air).unwrap_or(until),
        }
    }

    fn seconds(&self) -> f64 {
        self.until.duration_since(self.from).as_secs_f64().max(1.0)
    }

    fn x(&self, at: Timestamp) -> f64 {
        let part = at.duration_since(self.from).as_secs_f64() / self.seconds();
        part.clamp(0.0, 1.0) * 100.0
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    fn day(&self, day: Date) -> Option<f64> {
        let at = day.to_zoned(self.zone.clone()).ok()?;
        Some(self.x(at.timestamp()))
    }
}

fn per_cent(x: f64) -> String {
    format!("{x:.2}%")
}

pub(super) fn gantt(viewer: &Signed, opened: &Opened, whole: &Whole, shown: &[&TaskRow]) -> Markup {
    let scale = Scale::of(viewer, opened, shown);
    let marked = |row: &TaskRow| marks(whole.trail(Some(&row.task.id)), &scale);
    let rows: Vec<(&TaskRow, Vec<Marked>)> = shown.iter().map(|row| (*row, marked(row))).collect();
    html! {
        section aria-labelledby="plan" {
            h2 #plan { "Planned, and what happened" }
            div.chart {
                div.gantt {
                    svg.back aria-hidden="true" {
                        (rest(opened, &scale))
                        (axis(&scale))
                        (lines(viewer, opened, whole, &scale))
                    }
                    ol aria-label="Windows, and what happened" {
                        @for (row, marks) in &rows { (strip(viewer, opened, row, marks, &scale)) }
                    }
                }
                (legend(&rows))
            }
        }
    }
}

/// A mark: what it is, its place, and the how manieth it is there.
type Marked = (Glyph, f64, usize);

/// The days of rest where the person works.
fn rest(opened: &Opened, scale: &Scale<'_>) -> Markup {
    let room = 86_400.0 / scale.seconds() * 100.0 >= DAY_WIDTH;
    let person = opened.case.person.as_ref().or(opened.case.before.as_ref());
    let country = person
        .map(|person| person.country.as_str())
        .unwrap_or_default();
    let (first, last) = (
        scale.local(scale.from).date(),
        scale.local(scale.until).date(),
    );
    let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
    let days = days.take_while(|day| room && *day <= last);
    let days = days.filter(|day| !opened.runbook.calendar().is_working_day(*day, country));
    let bands = days.filter_map(|day| Some((scale.day(day)?, scale.day(day.tomorrow().ok()?)?)));
    html! {
        @for (from, to) in bands {
            rect.rest x=(per_cent(from)) y="40" width=(per_cent(to - from)) height="100%" {}
        }
    }
}

/// A line of the axis: its place in per cent, and what stands at it, a small line above a strong one.
struct Tick {
    place: f64,
    above: String,
    below: String,
}

/// The lines of the axis: of the finest step that has room for its names, from minutes to decades.
fn ticks(scale: &Scale<'_>) -> Vec<Tick> {
    const HOUR: f64 = 3600.0;
    const DAY: f64 = 24.0 * HOUR;
    const YEAR: f64 = 366.0 * DAY;
    let day = ("%a", "%-d %b");
    let month = ("%Y", "%b");
    let year = ("", "%Y");
    let steps: [(f64, Span, (&str, &str)); 19] = [
        (60.0, 1.minute(), day),
        (300.0, 5.minutes(), day),
        (900.0, 15.minutes(), day),
        (HOUR, 1.hour(), day),
        (3.0 * HOUR, 3.hours(), day),
        (6.0 * HOUR, 6.hours(), day),
        (DAY, 1.day(), day),
        (2.0 * DAY, 2.days(), day),
        (7.0 * DAY, 1.week(), day),
        (14.0 * DAY, 2.weeks(), day),
        (28.0 * DAY, 4.weeks(), day),
        (92.0 * DAY, 3.months(), month),
        (184.0 * DAY, 6.months(), month),
        (YEAR, 1.year(), year),
        (2.0 * YEAR, 2.years(), year),
        (5.0 * YEAR, 5.years(), year),
        (10.0 * YEAR, 10.years(), year),
        (50.0 * YEAR, 50.years(), year),
        (f64::INFINITY, 1000.years(), year),
    ];
    let room = scale.seconds() * LABEL / 100.0;
    let found = steps.into_iter().find(|(length, ..)| *length >= room);
    let Some((length, step, (above, below))) = found else {
        return Vec::new();
    };
    let local = scale.local(scale.from);
    let back = i64::from(local.weekday().to_monday_zero_offset());
    let first = match length {
        hours_or_days if hours_or_days < 7.0 * DAY => Some(local),
        weeks if weeks < 92.0 * DAY => local.checked_sub(back.days()).ok(),
        _ => local.with().month(1).day(1).build().ok(),
    };
    let first = first.and_then(|at| at.start_of_day().ok());
    let ticks = std::iter::successors(first, |at| at.checked_add(step).ok());
    let ticks = ticks.take_while(|at| at.timestamp() <= scale.until);
    let ticks = ticks.filter(|at| at.timestamp() >= scale.from);
    let said = |at: &Zoned, form: &str| at.strftime(form).to_string();
    let tick = |at: Zoned| {
        let midnight = at.hour() == 0 && at.minute() == 0;
        let (above, below) = if midnight {
            (above, below)
        } else {
            ("", "%H:%M")
        };
        Tick {
            place: scale.x(at.timestamp()),
            above: said(&at, above),
            below: said(&at, below),
        }
    };
    ticks.map(tick).collect()
}

/// Lines and names of hours, days, weeks or years.
fn axis(scale: &Scale<'_>) -> Markup {
    html! {
        @for tick in ticks(scale) {
            @let x = per_cent(tick.place);
            line.gridl x1=(x) x2=(x) y1="40" y2="100%" {}
            @if (EDGE..=100.0 - EDGE).contains(&tick.place) {
                @if !tick.above.is_empty() { text.axis x=(x) y="12" { (tick.above) } }
                text."axis strong" x=(x) y="28" { (tick.below) }
            }
        }
    }
}

/// When HR said something about the case, and now. What is said beside a line stands where another one's is not.
fn lines(viewer: &Signed, opened: &Opened, whole: &Whole, scale: &Scale<'_>) -> Markup {
    let own = whole.trail(None).map(|trail| trail.records.as_slice());
    let said = own.unwrap_or_default().iter().map(|record| &record.body);
    let said =
        said.filter(|body| matches!(body.what, What::Received | What::Moved | What::Changed));
    let said: Vec<f64> = said.map(|body| scale.x(body.at)).collect();
    let now = (!opened.case.state.is_ended()).then(|| scale.x(viewer.now));
    let room = |n: usize| {
        let next = said.get(n + 1).copied().or(now);
        next.is_none_or(|next| next - said[n] >= EDGE)
    };
    html! {
        @for (n, x) in said.iter().enumerate() {
            line.hrl x1=(per_cent(*x)) x2=(per_cent(*x)) y1="40" y2="100%" {}
            @if room(n) { text.lab x=(per_cent(*x)) dx="4" y="50" { "HR" } }
        }
        @if let Some(x) = now {
            @let (anchor, dx) = if x > 100.0 - EDGE { (Some("end"), "-4") } else { (None, "4") };
            line.nowl x1=(per_cent(x)) x2=(per_cent(x)) y1="40" y2="100%" {}
            text."lab now" x=(per_cent(x)) dx=(dx) y="50" text-anchor=[anchor] { "now" }
        }
    }
}

fn strip(
    viewer: &Signed,
    opened: &Opened,
    row: &TaskRow,
    marks: &[Marked],
    scale: &Scale<'_>,
) -> Markup {
    let view = TaskView::of(&opened.case, row, viewer.now);
    let window = &row.task.window;
    let (opens, due) = (scale.x(window.opens), scale.x(window.due));
    let class = match view.by_machine {
        true => "window machine",
        false => "window team",
    };
    let over = match (row.task.state, row.task.ended_at) {
        (TaskState::Waived, _) => None,
        (_, at) => Some(scale.x(at.unwrap_or(viewer.now))).filter(|x| *x > due),
    };
    let (tone, outcome) = outcome(row, view.state);
    html! {
        li {
            span { a href=(view.path()) { (view.title) } small { (who(&opened.runbook, row, view.state)) } }
            span class={ "outcome " (tone) } { (outcome) }
            svg.strip aria-hidden="true" {
                @if let Some(until) = over {
                    rect.overdue x=(per_cent(due)) y="9" width=(per_cent(until - due)) height="4" rx="2" {}
                }
                rect class=(class) x=(per_cent(opens)) y="2" width=(per_cent((due - opens).max(SEEN)))
                    height="18" rx="4" {}
                @for (glyph, x, nth) in marks {
                    @let beside = (*nth > 0).then(|| format!("translate({})", nth * BESIDE));
                    use.halo href=(glyph.link()) x=(per_cent(*x)) y="11" transform=[beside] {}
                }
            }
        }
    }
}

fn outcome(row: &TaskRow, state: State) -> (&'static str, &'static str) {
    match (row.task.on_time(), row.task.state, state.tone) {
        (Some(true), TaskState::Verified, _) => ("good", "in time"),
        (Some(false), TaskState::Verified, _) => ("bad", "verified late"),
        (.., Tone::Bad) => ("bad", state.word),
        (.., Tone::Warn) => ("warn", state.word),
        (.., Tone::Calm) => ("calm", state.word),
        (.., Tone::Good) => ("good", state.word),
        (.., Tone::Plain) => ("", state.word),
    }
}

/// What is drawn of a record.
fn mark(body: &AuditBody) -> Option<Glyph> {
    Some(match body.what {
        What::Asked => Glyph::Asked,
        What::Reminded => Glyph::Reminded,
        What::Missed => Glyph::Missed,
        What::Escalated => Glyph::Escalated,
        What::Done => Glyph::Done,
        What::Declined | What::Refused => Glyph::Declined,
        What::Begun => Glyph::Working,
        What::Trouble => Glyph::Trouble,
        What::Verified => Glyph::Verified,
        What::Waived => Glyph::Left,
        _ => return None,
    })
}

fn marks(trail: Option<&Trail>, scale: &Scale<'_>) -> Vec<Marked> {
    let mut all: Vec<Marked> = Vec::new();
    let records = trail.map(|trail| trail.records.as_slice());
    for record in records.unwrap_or_default() {
        let Some(glyph) = mark(&record.body) else {
            continue;
        };
        let x = scale.x(record.body.at);
        match all.last().copied() {
            Some((last, place, _)) if last == glyph && x - place < TOGETHER => {}
            Some((_, place, nth)) if x - place < TOGETHER && nth + 1 < MOST => {
                all.push((glyph, place, nth + 1));
            }
            // The place is full: what is there last is what it came to.
            Some((_, place, nth)) if x - place < TOGETHER => {
                all.pop();
                all.push((glyph, place, nth));
            }
            _ => all.push((glyph, x, 0)),
        }
    }
    all
}

/// What a mark means.
const MEANS: [(Glyph, &str); 10] = [
    (Glyph::Asked, "asked"),
    (Glyph::Reminded, "reminded"),
    (Glyph::Missed, "missed"),
    (Glyph::Done, "done, by a person’s word"),
    (Glyph::Working, "at work"),
    (Glyph::Declined, "declined"),
    (Glyph::Escalated, "escalated"),
    (Glyph::Trouble, "trouble"),
    (Glyph::Left, "left out"),
    (Glyph::Verified, "verified"),
];

/// What the marks that are drawn mean.
fn legend(rows: &[(&TaskRow, Vec<Marked>)]) -> Markup {
    let bar = |class: &'static str, (y, height, rx): (u8, u8, u8)| {
        html! {
            svg viewBox="0 0 26 18" aria-hidden="true" {
                rect class=(class) x="1" y=(y) width="24" height=(height) rx=(rx) {}
            }
        }
    };
    let is_drawn = |glyph: Glyph| {
        rows.iter()
            .any(|(_, marks)| marks.iter().any(|mark| mark.0 == glyph))
    };
    html! {
        ul.legend {
            li { (bar("window machine", (3, 12, 4))) "window, a machine’s" }
            li { (bar("window team", (3, 12, 4))) "window, a team’s" }
            li { (bar("overdue", (7, 4, 2))) "overdue" }
            @for (glyph, name) in MEANS.iter().filter(|(glyph, _)| is_drawn(*glyph)) { li { (glyph) (name) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_room_for_its_names_from_an_hour_to_a_century() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let from: Timestamp = "2026-11-30T09:20:00Z".parse().unwrap();
        for hours in [
            1,
            5,
            30,
            24 * 9,
            24 * 40,
            24 * 200,
            24 * 400,
            24 * 1200,
            24 * 366 * 36,
            24 * 366 * 100,
        ] {
            let until = from + SignedDuration::from_hours(hours);
            let scale = Scale {
                zone: &zone,
                from,
                until,
            };
            let ticks = ticks(&scale);
            assert!(
                (2..=9).contains(&ticks.len()),
                "{hours} hours: {}",
                ticks.len()
            );
            let near = ticks.windows(2).map(|two| two[1].place - two[0].place);
            assert!(near.fold(f64::MAX, f64::min) > 9.0, "{hours} hours");
            // Noon is noon of two days: the day stands between them.
            if hours < 48 {
                continue;
            }
            let names: std::collections::BTreeSet<_> = ticks
                .iter()
                .map(|tick| (&tick.above, &tick.below))
                .collect();
            assert_eq!(names.len(), ticks.len(), "{hours} hours");
        }
    }
}
