//! Rehearsals of the sample company: what they print, and what they refuse.

#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use jiff::{civil::Weekday, tz::TimeZone};
use latchkey_lifecycle::PersonDraft;
use latchkey_rehearsal::{Kind, Outcome, RehearsalError, Report, Script, Terms, rehearse};
use latchkey_runbook::Source;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn acme() -> Source {
    Source::read_dir(&root().join("runbooks/acme")).unwrap()
}

fn json<T: serde::de::DeserializeOwned>(file: &str) -> T {
    let path = root().join("events/generic").join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn people() -> Vec<PersonDraft> {
    json("people.json")
}

async fn attempt(event: &str, choices: &[&str]) -> Result<Report, RehearsalError> {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let script = Script::of_payload(json(event), None, people(), &zone).unwrap();
    let terms = Terms {
        choices: choices.iter().map(ToString::to_string).collect(),
        until: None,
        seed: 7,
    };
    rehearse(&acme(), &script, &terms).await
}

async fn of(event: &str, choices: &[&str]) -> Report {
    attempt(event, choices).await.unwrap()
}

#[tokio::test]
async fn a_hire_a_transfer_and_exits_as_text() {
    for event in ["hire", "transfer", "exit", "urgent-exit"] {
        let report = of(&format!("{event}.json"), &[]).await;
        assert!(report.summary.closed, "{event}");
        insta::assert_snapshot!(event, report.text());
    }
}

#[tokio::test]
async fn choices_as_text() {
    let all: [(&str, &str, &[&str]); 7] = [
        ("it_does_not_answer", "hire.json", &["it does not answer"]),
        (
            "chat_is_down",
            "hire.json",
            &["Chat is down from day 10 for 6 days", "directory is slow"],
        ),
        (
            "start_moves",
            "hire.json",
            &["start date moves by a week on day 3"],
        ),
        (
            "rescinded",
            "hire.json",
            &["the hire is rescinded on day 12"],
        ),
        ("exit_during_hire", "hire.json", &["urgent exit on day 13"]),
        (
            "late_and_declined",
            "exit.json",
            &["people answers late by 2 days", "facilities declines"],
        ),
        (
            "leave_and_return",
            "leave.json",
            &["the person comes back on day 40"],
        ),
    ];
    for (name, event, choices) in all {
        insta::assert_snapshot!(name, of(event, choices).await.text());
    }
}

#[tokio::test]
async fn a_hire_as_data() {
    let report = of("hire.json", &["it answers twice", "the event comes twice"]).await;
    insta::assert_json_snapshot!("hire_as_data", report);
}

#[tokio::test]
async fn the_same_rehearsal_is_the_same_byte_by_byte() {
    let choices = [
        "chat is slow",
        "nobody answers",
        "start date moves back by 2 days on day 4",
    ];
    let (one, two) = (
        of("hire.json", &choices).await,
        of("hire.json", &choices).await,
    );
    assert_eq!(one, two);
    assert_eq!(one.text(), two.text());
    assert_eq!(one.html(), two.html());
}

#[tokio::test]
async fn nobody_answers_and_everybody_is_told() {
    let report = of("hire.json", &["nobody answers"]).await;
    assert!(!report.summary.closed);
    let tasks = || report.cases.iter().flat_map(|case| &case.tasks);
    for task in tasks().filter(|task| !task.automatic && task.outcome == Outcome::Missed) {
        let kinds: Vec<Kind> = task.marks.iter().map(|mark| mark.kind).collect();
        assert!(
            kinds.contains(&Kind::Missed) || kinds.is_empty(),
            "{}: {kinds:?}",
            task.id
        );
    }
    assert!(tasks().any(|task| task.outcome == Outcome::Missed));
    assert!(report.summary.escalations > 0);
}

#[tokio::test]
async fn a_system_that_stays_down_is_left_out_by_whoever_decides() {
    let report = of("hire.json", &["chat is down"]).await;
    let tasks = || report.cases.iter().flat_map(|case| &case.tasks);
    let chat = tasks()
        .find(|task| task.id.as_str() == "accounts.chat")
        .unwrap();
    assert_eq!(chat.outcome, Outcome::LeftOut, "{}", report.text());
    assert!(chat.marks.iter().any(|mark| mark.kind == Kind::Escalated));
    assert!(report.summary.closed);
}

#[tokio::test]
async fn the_page_is_one_file_without_scripts_and_shows_every_task() {
    let report = of("exit.json", &["it does not answer"]).await;
    let page = report.html();
    assert!(
        !page.contains("<script") && !page.contains("http://")
            || page.contains("http://www.w3.org/2000/svg")
    );
    assert!(!page.contains("src=") && !page.contains("@import") && !page.contains("url("));
    for task in &report.cases[0].tasks {
        assert!(page.contains(&task.title), "{}", task.title);
    }
}

#[tokio::test]
async fn what_is_not_understood_is_said_with_what_is() {
    let wrong = [
        ("", "What is:\n  TEAM does not answer"),
        (
            "slack is down",
            "there is no system `slack` that a machine works on; there are chat, directory",
        ),
        ("crm is down", "there are chat, directory"),
        (
            "marketing does not answer",
            "there is no team `marketing`; there are ",
        ),
        ("it answers late by a while", "`a while` is not a length"),
        ("it answers late by 99999999999 weeks", "is not a length"),
        ("chat is down until christmas", "`christmas` is not a day"),
        (
            "chat is down until 2020-01-01",
            "it would end before it begins",
        ),
        ("chat is down sometimes", "`sometimes` is not a time"),
        (
            "start date moves by 2 hours on day 3",
            "moves by whole days or weeks",
        ),
        ("exit on day 0", "`0` is not a day"),
        ("goes on leave for ever on day 3", "is not understood"),
        (
            "comes back with first day soon on day 3",
            "`soon` is not a day",
        ),
        ("exit on day soon", "`soon` is not a day"),
        ("the moon is full on day 3", "is not understood"),
    ];
    for (choice, said) in wrong {
        let error = attempt("hire.json", &[choice])
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{choice}: {error}");
    }
}

#[tokio::test]
async fn a_leave_is_an_event_and_a_choice_and_so_is_the_return() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let person = people().into_iter().next().unwrap();
    let on = Some("2026-12-14".parse().unwrap());
    for (kind, choices, carried_out) in [
        (
            "leave",
            &["comes back with first day 2027-01-11 on day 40"][..],
            ["suspend", "restore"],
        ),
        (
            "return",
            &["goes on leave on day 20"],
            ["restore", "suspend"],
        ),
    ] {
        let script = Script::of_kind(kind, &person, &[], on, None, &zone).unwrap();
        let terms = Terms {
            choices: choices.iter().map(ToString::to_string).collect(),
            until: None,
            seed: 7,
        };
        let report = rehearse(&acme(), &script, &terms).await.unwrap();
        assert!(report.summary.closed, "{}", report.text());
        assert_eq!(report.cases.len(), 2);
        for (case, done) in report.cases.iter().zip(carried_out) {
            let told = |text: &str| {
                let mut entries = report.timeline.iter();
                entries.any(|e| {
                    e.case.as_ref() == Some(&case.id)
                        && e.kind == Kind::CarriedOut
                        && e.text.contains(text)
                })
            };
            assert!(told(done), "{kind} {done}\n{}", report.text());
        }
    }
}

#[tokio::test]
async fn who_is_hired_again_begins_without_access_and_gets_it() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let person = people().into_iter().next().unwrap();
    let on = Some("2026-12-14".parse().unwrap());
    let mut script = Script::of_kind("rehire", &person, &[], on, None, &zone).unwrap();
    // HR and the systems know them, as people.json beside a webhook says.
    script.people = vec![person.clone()];
    let report = rehearse(&acme(), &script, &Terms::default()).await.unwrap();
    assert!(report.summary.closed, "{}", report.text());
    let given = |text: &str| {
        let mut entries = report.timeline.iter();
        entries.any(|e| e.kind == Kind::CarriedOut && e.text.contains(text))
    };
    assert!(
        given("restore sign-in") && given("grant group:"),
        "{}",
        report.text()
    );
}

#[tokio::test]
async fn the_chart_rests_when_the_company_does() {
    let mut files = acme().files().clone();
    let text =
        files["runbook.yaml"].replace("[mon, tue, wed, thu, fri]", "[sun, mon, tue, wed, thu]");
    files.insert("runbook.yaml".to_owned(), text);
    let script = Script::of_kind(
        "hire",
        &people()[0],
        &[],
        Some("2026-12-07".parse().unwrap()),
        None,
        &TimeZone::get("Europe/Berlin").unwrap(),
    );
    let report = rehearse(
        &Source::from_files(files),
        &script.unwrap(),
        &Terms::default(),
    )
    .await
    .unwrap();
    let rest: Vec<String> = report.rest.iter().map(ToString::to_string).collect();
    assert!(
        rest.contains(&"2026-11-27".to_owned()) && rest.contains(&"2026-11-28".to_owned()),
        "{rest:?}"
    );
    assert!(!rest.contains(&"2026-11-29".to_owned()), "{rest:?}");
    assert_eq!(report.week_begins, Weekday::Sunday);
}

#[test]
fn a_kind_and_a_person_make_an_event() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let person = people().into_iter().next().unwrap();
    let on = Some("2026-12-18".parse().unwrap());
    let exit = Script::of_kind("exit", &person, &[], on, None, &zone).unwrap();
    assert_eq!(exit.begin, "2026-12-04T08:00:00Z".parse().unwrap());
    assert_eq!(exit.people.len(), 1);
    assert_eq!(exit.payload["type"], "person.exiting");
    let hire = Script::of_kind("hire", &person, &[], on, None, &zone).unwrap();
    assert_eq!(hire.people.len(), 0);
    assert_eq!(
        hire.payload["data"]["person"]["employment_type"],
        "employee"
    );
    for (kind, on, said) in [
        ("holiday", on, "neither a webhook"),
        ("exit", None, "needs its day"),
        ("urgent-exit", None, "--confirmed"),
    ] {
        let error = Script::of_kind(kind, &person, &[], on, None, &zone).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn who_does_a_task_is_said_once() {
    let report = of("transfer.json", &[]).await;
    for text in [report.text(), report.html()] {
        assert!(text.contains("Finance system (Security)"), "{text}");
        for again in [
            "(Security) (Security)",
            "(Security) · Security",
            "(Security)</b> · Security",
            "(Security)</span><span class=\"by\">Security",
        ] {
            assert!(!text.contains(again), "{again}: {text}");
        }
    }
}

#[tokio::test]
async fn a_window_of_minutes_says_how_long_it_is_and_its_marks_hide_nothing() {
    let page = of("urgent-exit.json", &["nobody answers"]).await.html();
    for length in ["15 min", "60 min", "2 h", "4 h"] {
        assert!(page.contains(&format!("\">{length}</span>")), "{length}");
    }
    // Asked, reminded, missed and escalated within two hours, in a chart of weeks.
    assert!(page.contains("% + 48px"), "{page}");
}
