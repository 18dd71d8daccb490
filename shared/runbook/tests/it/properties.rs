//! What holds for every runbook, day and zone.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::EventKind;
use latchkey_runbook::{
    Runbook, Source,
    window::{Edge, Moment, Phrase},
};
use proptest::prelude::*;

use crate::acme::{case, person, runbook, source, tasks};

const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/Sao_Paulo",
];

fn day() -> impl Strategy<Value = Date> {
    (0..2000_i32).prop_map(|n| Date::constant(2025, 1, 1).checked_add(n.days()).unwrap())
}

fn zone() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(&ZONES[..]).prop_map(|name| TimeZone::get(name).unwrap())
}

fn resolve(text: &str, effective: Date, zone: &TimeZone) -> Timestamp {
    let runbook = runbook();
    let moment = Moment {
        effective,
        confirmed: "2026-11-23T07:00:00Z".parse().unwrap(),
        zone,
        country: "DE",
        calendar: runbook.calendar(),
    };
    Phrase::parse(text).unwrap().resolve(&moment, Edge::Opens)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn working_days_before_are_working_days_and_come_back(from in day(), n in 1..40_i32) {
        let runbook = runbook();
        let calendar = runbook.calendar();
        let before = calendar.working_days_from(from, -n, "DE");
        prop_assert!(calendar.is_working_day(before, "DE"));
        prop_assert!(before < from);
        prop_assert!(calendar.working_days_from(from, -n - 1, "DE") < before);
        let back = calendar.working_days_from(before, n, "DE");
        if calendar.is_working_day(from, "DE") {
            prop_assert_eq!(back, from);
        } else {
            prop_assert!(back > from);
        }
    }

    #[test]
    fn a_time_of_day_is_that_time_on_the_wall(effective in day(), zone in zone(), n in 0..30_u32, hour in 3..23_i8) {
        let at = resolve(&format!("{n} days before start at {hour:02}:15"), effective, &zone);
        let local = at.to_zoned(zone.clone());
        // A day that the zone skipped altogether (Apia, 2011) does not occur in these years.
        prop_assert_eq!((local.hour(), local.minute()), (hour, 15));
        prop_assert_eq!(local.date(), effective.checked_sub(i64::from(n).days()).unwrap());
    }

    #[test]
    fn every_task_opens_before_it_is_due_and_is_chased_in_order(start in day(), zone in 0..ZONES.len()) {
        let zoe = person("Engineering", "Platform Engineer", "DE", ZONES[zone]);
        for kind in [EventKind::Hire, EventKind::Transfer, EventKind::Exit, EventKind::UrgentExit] {
            for task in tasks(&case(kind, zoe.clone(), &start.to_string())) {
                let (w, c) = (task.window, task.checkpoints);
                prop_assert!(w.opens <= c.remind && c.remind <= w.due && w.due <= c.escalate, "{}: {w:?} {c:?}", task.id);
            }
        }
    }

    #[test]
    fn another_role_never_takes_an_entitlement(order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle(), cut in 0..12_usize) {
        // Rows of the matrix are roles' entitlements: any order, and any part of them.
        let files = source().files().clone();
        let csv = &files["matrix.csv"];
        let (head, rows) = csv.split_once('\n').unwrap();
        let rows: Vec<&str> = rows.lines().take(12).collect();
        let with = |keep: &[usize]| {
            let mut files = files.clone();
            let rows: Vec<&str> = keep.iter().map(|n| rows[*n]).collect();
            files.insert("matrix.csv".into(), format!("{head}\n{}\n", rows.join("\n")));
            // A part of the matrix gives less than is to be approved, which a check refuses.
            Runbook::published(&Source::from_files(files)).runbook.unwrap()
        };
        let (all, some) = (with(&order), with(&order[..cut]));
        let in_order = with(&(0..12).collect::<Vec<_>>());
        for title in ["Head of Sales", "Platform Engineer"] {
            for department in ["Sales", "Engineering", "Finance"] {
                let who = person(department, title, "DE", "Europe/Berlin");
                for (system, _) in all.systems() {
                    let has = |r: &Runbook| r.desired(&who, system).map(|a| a.entitlements).unwrap_or_default();
                    prop_assert!(has(&some).is_subset(&has(&all)));
                    prop_assert_eq!(has(&all), has(&in_order));
                }
            }
        }
    }

    #[test]
    fn no_text_makes_the_check_panic(cut in 0..12_000_usize, length in 0..400_usize, noise in "[\\PC\\n:{}\\[\\],-]{0,20}") {
        let mut files = source().files().clone();
        let text: Vec<char> = files["runbook.yaml"].chars().collect();
        let cut = cut.min(text.len());
        let end = (cut + length).min(text.len());
        let mutated: String = text[..cut].iter().chain(noise.chars().collect::<Vec<_>>().iter()).chain(&text[end..]).collect();
        files.insert("runbook.yaml".into(), mutated);
        let checked = Runbook::check(&Source::from_files(files));
        prop_assert_eq!(checked.runbook.is_none(), checked.problems.iter().any(latchkey_runbook::Problem::is_error));
    }
}

/// Acme with another main file, and without rows in a CSV.
fn acme_with(yaml: String, csv: &str) -> latchkey_runbook::Checked {
    let files = [
        ("runbook.yaml".to_owned(), yaml),
        ("matrix.csv".to_owned(), csv.to_owned()),
    ];
    Runbook::check(&Source::from_files(files.into()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn lines_that_are_cut_doubled_or_swapped_make_no_check_panic(a in 0..435_usize, b in 0..435_usize, how in 0..3) {
        let text = source().files()["runbook.yaml"].clone();
        let mut lines: Vec<&str> = text.lines().collect();
        let (a, b) = (a % lines.len(), b % lines.len());
        match how {
            0 => { lines.remove(a); }
            1 => lines.insert(b, lines[a]),
            _ => lines.swap(a, b),
        }
        let checked = acme_with(lines.join("\n"), &source().files()["matrix.csv"]);
        for problem in &checked.problems {
            prop_assert!(usize::try_from(problem.line).unwrap() <= lines.len() + 1, "{problem}");
            prop_assert!(!problem.message.is_empty() && !problem.message.contains('\n'), "{problem}");
        }
    }

    #[test]
    fn any_bytes_in_the_matrix_make_no_check_panic(noise in "[\\PC\n\r\",;]{0,80}") {
        let csv = format!("role,system,entitlement\n{noise}");
        acme_with(source().files()["runbook.yaml"].clone(), &csv);
    }

    #[test]
    fn a_row_of_the_csv_and_a_line_of_the_yaml_are_the_same(rows in prop::collection::vec((0..3_usize, 0..4_usize), 0..12)) {
        let departments = ["Sales", "Engineering", "Finance"];
        let names = ["a", "role:b", "licence:c", "d e"];
        let head = "company: Small\ntime_zone: UTC\nhr: it\noperations: it\nteams: {it: {email: it@small.example}}\n\
                    systems: {s: {kind: person, owner: it}}\nmatrix: matrix.csv\nroles:\n";
        let tail = "exit: {x: {revoke: all, opens: now, due: within 1 hour}}\n\
                    urgent_exit: {x: {revoke: all, opens: now, due: within 1 hour}}\n";
        let (mut inside, mut beside) = (head.to_owned(), head.to_owned());
        let mut csv = "role,system,entitlement\n".to_owned();
        for (role, department) in departments.iter().enumerate() {
            let given: Vec<&str> = rows.iter().filter(|r| r.0 == role).map(|r| names[r.1]).collect();
            let matches = format!("  r{role}: {{match: {{department: {department}}}");
            beside.push_str(&format!("{matches}}}\n"));
            if given.is_empty() {
                inside.push_str(&format!("{matches}}}\n"));
            } else {
                inside.push_str(&format!("{matches}, gets: {{s: [\"{}\"]}}}}\n", given.join("\", \"")));
            }
        }
        for (role, name) in &rows {
            csv.push_str(&format!("r{role},s,{}\n", names[*name]));
        }
        let inside = acme_with(inside + tail, "role,system,entitlement\n").runbook.unwrap();
        let beside = acme_with(beside + tail, &csv).runbook.unwrap();
        for department in departments {
            let who = person(department, "Any", "DE", "Europe/Berlin");
            let (system, _) = inside.systems().next().unwrap();
            prop_assert_eq!(inside.desired(&who, system), beside.desired(&who, system));
        }
    }
}

#[test]
fn gaps_and_folds_in_several_zones() {
    // A time that is skipped is as much later as the clocks are; one that comes twice is the first.
    for (zone, day, time, want) in [
        (
            "America/New_York",
            "2026-03-08",
            "02:30",
            "2026-03-08T07:30:00Z",
        ),
        (
            "America/New_York",
            "2026-11-01",
            "01:30",
            "2026-11-01T05:30:00Z",
        ),
        (
            "Europe/London",
            "2026-03-29",
            "01:30",
            "2026-03-29T01:30:00Z",
        ),
        (
            "Europe/London",
            "2026-10-25",
            "01:30",
            "2026-10-25T00:30:00Z",
        ),
        // Half an hour only.
        (
            "Australia/Lord_Howe",
            "2026-10-04",
            "02:15",
            "2026-10-03T15:45:00Z",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "01:45",
            "2026-04-04T14:45:00Z",
        ),
    ] {
        let at = resolve(
            &format!("start at {time}"),
            day.parse().unwrap(),
            &TimeZone::get(zone).unwrap(),
        );
        assert_eq!(at.to_string(), want, "{zone} {day} {time}");
    }
}

#[test]
fn clocks_that_change_are_met_exactly() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    // 02:30 does not exist on the day clocks go forward, and comes twice on the day they go back.
    let gap = resolve("start at 02:30", Date::constant(2026, 3, 29), &berlin);
    assert_eq!(gap.to_string(), "2026-03-29T01:30:00Z");
    let fold = resolve("start at 02:30", Date::constant(2026, 10, 25), &berlin);
    assert_eq!(fold.to_string(), "2026-10-25T00:30:00Z");
}
