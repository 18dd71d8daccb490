//! A report as text: the timeline by days, how each task went, and one line at the end.

use std::fmt::Write;

use jiff::{Timestamp, tz::TimeZone};
use latchkey_lifecycle::shown;

use crate::report::{Entry, Kind, Report, says_who};

impl Report {
    /// The report as text. The same rehearsal is the same text, byte by byte.
    pub fn text(&self) -> String {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = write(self, &zone, &mut out);
        shown::text(&out).into_owned()
    }
}

fn write(report: &Report, zone: &TimeZone, out: &mut String) -> std::fmt::Result {
    for case in &report.cases {
        writeln!(out, "{}: {}", case.whom, case.event)?;
    }
    writeln!(
        out,
        "{}, runbook version {}. Times are {}.",
        report.company, report.runbook, report.time_zone
    )?;
    for choice in &report.choices {
        writeln!(out, "If {choice}")?;
    }
    let mut day = 0;
    for entry in &report.timeline {
        if entry.day != day {
            day = entry.day;
            let date = entry.at.to_zoned(zone.clone());
            writeln!(out, "\n{} · day {day}", date.strftime("%a %-d %b %Y"))?;
        }
        writeln!(out, "  {}", line(entry, zone))?;
    }
    for case in &report.cases {
        writeln!(
            out,
            "\n{} is {}{}",
            case.id,
            case.state,
            ended(case.ended_at, zone)
        )?;
        for task in &case.tasks {
            let by = match says_who(&task.title, &task.by) {
                true => String::new(),
                false => format!(" ({})", task.by),
            };
            writeln!(
                out,
                "  {:<18} {} – {}  {}{by}",
                task.outcome.words(),
                short(task.opens, zone),
                short(task.due, zone),
                task.title,
            )?;
        }
    }
    writeln!(out, "\n{}", report.summary_line())
}

fn ended(at: Option<Timestamp>, zone: &TimeZone) -> String {
    at.map(|at| format!(" since {}", short(at, zone)))
        .unwrap_or_default()
}

fn short(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    at.strftime("%a %e %b %H:%M").to_string()
}

fn line(entry: &Entry, zone: &TimeZone) -> String {
    let time = entry.at.to_zoned(zone.clone()).strftime("%H:%M");
    let to = if entry.mail_to.is_empty() {
        String::new()
    } else {
        format!(" (e-mail to {})", entry.mail_to.join(", "))
    };
    let what = entry.kind.words();
    let about = &entry.about;
    match entry.kind {
        Kind::Mail => format!("{time}  {what:<11}  {about}{to}"),
        Kind::Begun | Kind::Asked | Kind::Reminded | Kind::Missed | Kind::Escalated => {
            let who = match says_who(about, &entry.who) {
                true => String::new(),
                false => format!(" · {}", entry.who),
            };
            format!("{time}  {what:<11}  {about}{who}{to}")
        }
        _ if entry.task.is_none() => format!("{time}  {what:<11}  {}", entry.text),
        _ => format!("{time}  {what:<11}  {about} · {}", entry.text),
    }
}

impl Report {
    /// One line that says how it went.
    pub fn summary_line(&self) -> String {
        let s = &self.summary;
        let mut parts = vec![format!("{} in time", s.in_time)];
        let more = [
            (s.late, "late"),
            (s.left_out, "left out"),
            (s.missed, "missed and still open"),
            (s.open, "not due yet"),
        ];
        parts.extend(
            more.iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{count} {what}")),
        );
        let chased = match (s.reminders, s.escalations) {
            (0, 0) => String::new(),
            (r, e) => format!(", {} and {}", count(r, "reminder"), count(e, "escalation")),
        };
        format!(
            "{}: {} in {} ({}); {}{chased}.",
            if s.closed { "Closed" } else { "NOT CLOSED" },
            count(s.tasks, "task"),
            count(usize::try_from(s.days).unwrap_or(0), "day"),
            parts.join(", "),
            count(s.emails, "e-mail"),
        )
    }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
