//! Mass events: a file is foreseen, then taken in like so many webhooks, once, by a named person and under the brake.

use std::sync::Arc;

use latchkey_bulk::{
    Becomes, Foresight, Here, MassFile, Nowhere, events, foresee, in_words, take_in,
};
use latchkey_hris::SourceSecret;
use latchkey_lifecycle::{CaseId, CaseState};
use latchkey_runbook::{Runbook, Source};
use latchkey_tests::{Answers, Rehearsal, acme};

fn reorganisation() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../events/mass/reorganisation.csv"
    );
    std::fs::read_to_string(path).unwrap()
}

/// Acme, which lets two exits and one transfer that takes access away pass in a day.
fn careful() -> Source {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    let before = runbook.clone();
    *runbook = runbook
        .replace("exits: 20,", "exits: 2,")
        .replace("transfers: 50", "transfers: 1");
    assert_ne!(*runbook, before);
    Source::from_files(files)
}

async fn company(runbook: &Source) -> Rehearsal {
    let it = Rehearsal::of(runbook).await;
    it.seed().await;
    it
}

fn file(text: &str) -> MassFile {
    events(text, None).unwrap()
}

async fn foreseen(it: &Rehearsal, file: &MassFile) -> Foresight {
    foresee(it.stack.intake.looks(), file, &|| {})
        .await
        .unwrap()
}

fn door(it: &Rehearsal) -> Here {
    let secret = it.stack.keys.text("hooks/generic").unwrap().unwrap();
    Here {
        intake: it.stack.intake.clone(),
        secret: SourceSecret::new(secret),
    }
}

async fn taken_in(it: &Rehearsal, file: &MassFile) -> latchkey_bulk::TakenIn {
    let clock = it.clock.clone();
    take_in(&door(it), &clock, file, "Ada King", &|| {})
        .await
        .unwrap()
}

fn leave(people: &[&str]) -> String {
    let rows: Vec<String> = people
        .iter()
        .map(|id| format!("exit,{id},2026-11-23\n"))
        .collect();
    format!("event,employeeId,effectiveDate\n{}", rows.concat())
}

#[test]
fn every_mistake_is_told_with_its_place_and_nothing_is_read() {
    let text = "\
event,employeeId,effectiveDate,department,country,timeZone,startDate
transfre,1017,2027-01-04,Finance,,,
transfer,1018,4/1/2027,Finance,,,
transfer,,2027-01-04,Finance,,,
transfer,1019,2027-01-04,,,,
exit,1020,,,,,
hire,2001,2027-01-04,Sales,Atlantis,Mars/Olympus,
exit,1021,2026-12-31,,,,soon
exit,1022,2026-12-31,,,
exit,1023,2026-12-31,,,,
transfer,1023,2026-12-31,Finance,,,
,1024,2026-12-31,,,,
";
    let told = |text: &str| -> String {
        let mistakes = events(text, None).unwrap_err();
        let lines = mistakes
            .iter()
            .map(|m| format!("reorganisation.csv:{}:{}: {}", m.line, m.column, m.text));
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("mistakes", told(text));
    insta::assert_snapshot!(
        "mistakes_in_columns",
        told("event,who,event\nexit,1017,exit\n")
    );
    assert_eq!(
        told("event,effectiveDate\n"),
        "reorganisation.csv:1:1: there is no column `employeeId`"
    );
    assert_eq!(
        told("event,employeeId\n"),
        "reorganisation.csv:2:1: there is no event in the file"
    );
}

#[test]
fn semicolons_words_and_a_byte_order_mark_are_understood() {
    let text = "\u{feff}event;employeeId;effectiveDate;reason\nUrgent exit;1017;2026-11-23;a \"raid\"\nleave of absence;1021;2026-12-01;\n";
    let file = file(text);
    let kinds: Vec<&str> = file.lines.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds, ["urgent_exit", "leave"]);
    assert_eq!(file.lines[0].line, 2);
}

#[test]
fn every_line_end_gives_the_same_events_each_a_delivery_of_its_own() {
    let row = |n: u32| format!("hire,72{n:02},2026-12-14,M{n},Roe,Sales,AE,employee,DE");
    let head = "event,employeeId,effectiveDate,givenName,familyName,department,title,employmentType,country";
    for end in ["\r", "\r\n", "\n"] {
        let rows: Vec<String> = std::iter::once(head.to_owned())
            .chain((0..4).map(row))
            .collect();
        let read = file(&format!(
            "{}{end},,,,,,,,{end}{}{end}",
            rows.join(end),
            row(0)
        ));
        let lines: Vec<u64> = read.lines.iter().map(|line| line.line).collect();
        assert_eq!(lines, [2, 3, 4, 5], "{end:?}");
        let deliveries: std::collections::BTreeSet<&String> =
            read.lines.iter().map(|line| &line.delivery).collect();
        assert_eq!((read.rows, deliveries.len()), (5, 4));
    }
}

#[test]
fn a_line_that_was_corrected_is_another_delivery_under_the_same_name() {
    let run = |day: &str| {
        let text =
            format!("event,employeeId,effectiveDate\nexit,1017,{day}\nexit,1021,2026-12-31\n");
        events(&text, Some("year end")).unwrap().lines
    };
    let (before, after) = (run("2026-12-30"), run("2026-12-31"));
    assert_ne!(before[0].delivery, after[0].delivery);
    assert_eq!(before[1].delivery, after[1].delivery);
}

#[tokio::test]
async fn who_is_known_under_an_id_that_differs_by_noughts_is_not_hired_twice() {
    let it = company(&acme()).await;
    let text = "event,employeeId,effectiveDate,givenName,familyName,department,title,employmentType,country\n\
                hire,01017,2026-12-14,Amara,Okafor,Sales,Sales Analyst,employee,GB\n\
                exit,01021,2026-12-31,,,,,,\n";
    let looked = foreseen(&it, &file(text)).await;
    assert_eq!(looked.unknown(), 2, "both keep the file out");
    let note = |n: usize| looked.events[n].notes.join("; ");
    assert!(
        note(0).contains("employee 1017 is known, with the same name"),
        "{}",
        note(0)
    );
    assert!(
        note(1).contains("employee 1021 is known; is that who is meant?"),
        "{}",
        note(1)
    );
}

#[tokio::test]
async fn what_was_foreseen_and_did_not_come_is_told() {
    let it = company(&acme()).await;
    let file = file(&leave(&["1017", "1021"]));
    let looked = foreseen(&it, &file).await;
    // Somebody else confirms the same meanwhile.
    it.happens("person.exiting", "1021", Some("2026-11-23"))
        .await;
    let taken = taken_in(&it, &file).await;
    assert_eq!((taken.taken_in, taken.again), (1, 1));
    let unlike: Vec<u64> = taken.unlike(&looked).map(|(line, _)| *line).collect();
    assert_eq!(unlike, [3]);
}

#[tokio::test]
async fn what_is_foreseen_is_what_then_is() {
    let mut it = company(&careful()).await;
    // Rafael's exit is open already, and another day is in the file; one person is nobody's.
    let exit = it
        .happens("person.exiting", "1030", Some("2026-12-18"))
        .await;
    it.stack.settle().await.unwrap();
    let text = format!("{}exit,4711,2026-12-31,,,,,,,,,,,,\n", reorganisation());
    let file = file(&text);
    let before = it.everything(&exit).await;
    let foreseen = foreseen(&it, &file).await;
    assert_eq!(
        it.everything(&exit).await,
        before,
        "looking changes nothing"
    );
    let runbook = Runbook::check(&careful()).runbook.unwrap();
    insta::assert_snapshot!("foreseen", in_words(&foreseen, &runbook));
    assert_eq!(foreseen.unknown(), 1);
    assert_eq!(foreseen.count(Becomes::Changes), 1);

    let taken = taken_in(&it, &file).await;
    assert_eq!((taken.taken_in, taken.again), (file.lines.len(), 0));
    it.stack.settle().await.unwrap();
    for one in &foreseen.events {
        let case = it.case(&one.case).await;
        assert_eq!(case.state == CaseState::Held, one.held, "{}", one.case);
        if one.becomes == Becomes::Begins && !one.held {
            assert_eq!(
                it.tasks(&one.case).await.len(),
                one.tasks.appear,
                "{}",
                one.case
            );
        }
    }
    assert_eq!(
        it.case(&exit).await.effective,
        Some("2026-12-31".parse().unwrap())
    );
    // What systems were told in the end is what was foreseen.
    it.play(&mut Answers::willing(), None).await;
    for one in &foreseen.events {
        assert_eq!(
            it.case(&one.case).await.state,
            CaseState::Closed,
            "{}",
            one.case
        );
    }
    let applied = it.systems.applied();
    for (system, changes) in &foreseen.sum.systems {
        let theirs = applied.iter().filter(|applied| applied.system == *system);
        let count = |word| {
            theirs
                .clone()
                .filter(|a| a.change.starts_with(word))
                .count()
        };
        assert_eq!(
            (
                changes.created,
                changes.suspended,
                changes.granted,
                changes.revoked
            ),
            (
                count("create"),
                count("suspend"),
                count("grant"),
                count("revoke")
            ),
            "{system}: {applied:?}"
        );
    }
}

#[tokio::test]
async fn the_same_file_is_the_same_deliveries_also_when_it_was_cut_off() {
    let it = company(&acme()).await;
    let all = file(&reorganisation());
    let half = MassFile {
        lines: all.lines[..2].to_vec(),
        ..all.clone()
    };
    taken_in(&it, &half).await;
    let looked = foreseen(&it, &all).await;
    assert_eq!(looked.count(Becomes::TakenInBefore), 2);
    assert_eq!(looked.count(Becomes::Begins), 3);
    let rest = taken_in(&it, &all).await;
    assert_eq!((rest.taken_in, rest.again), (3, 2));
    let case = CaseId::new(rest.cases[0].1.as_str()).unwrap();
    let before = it.stack.ledger.audit_trail(&case).await.unwrap();
    let by = before[0].records[0].body.by.as_str();
    assert_eq!(by, "Ada King, by HR system (generic)");
    let again = taken_in(&it, &all).await;
    assert_eq!((again.taken_in, again.again), (0, 5));
    assert_eq!(it.stack.ledger.audit_trail(&case).await.unwrap(), before);
    assert_eq!(foreseen(&it, &all).await.count(Becomes::TakenInBefore), 5);
    // Under another name it is another run; what it says is known by now.
    let named = events(&reorganisation(), Some("second")).unwrap();
    let looked = foreseen(&it, &named).await;
    assert_eq!(looked.count(Becomes::Nothing), 5, "{looked:?}");
    let named = taken_in(&it, &named).await;
    assert_eq!((named.taken_in, named.again), (0, 5));
}

#[tokio::test]
async fn a_mass_exit_is_held_until_the_confirmers_say_so() {
    let mut it = company(&careful()).await;
    let people = ["1017", "1021", "1030", "3001", "3002"];
    let file = file(&leave(&people));
    let looked = foreseen(&it, &file).await;
    assert_eq!(looked.held(), 3);
    let taken = taken_in(&it, &file).await;
    let unanswered = |_: &_, question: &latchkey_runtime::Question, task: &_| {
        (question.task.as_str() != "confirm-what-is-held")
            .then(|| latchkey_tests::form_of(task, "done"))
    };
    it.play(&mut Answers::by(unanswered), Some(it.later(12)))
        .await;
    let active = |it: &Rehearsal| {
        let works = |id: &&str| {
            it.systems
                .accounts_of(id)
                .values()
                .flatten()
                .any(|a| a.active)
        };
        people.iter().filter(|id| works(id)).count()
    };
    assert_eq!(
        active(&it),
        1,
        "two leave, Rafael is held with two that have nothing"
    );
    let asked = it.letters_about("Confirm the exits that are held")[0].clone();
    let question = it.question_of(&asked).unwrap();
    let task = it.task(&question.case, "confirm-what-is-held").await;
    let (status, _) = it
        .page(&question, Some(&latchkey_tests::form_of(&task, "done")))
        .await;
    assert_eq!(status, 200);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it), 0);
    for (_, case) in &taken.cases {
        let case = it.case(&CaseId::new(case.as_str()).unwrap()).await;
        assert_eq!(case.state, CaseState::Closed);
    }
}

#[tokio::test]
async fn what_is_taken_in_where_nothing_runs_begins_with_the_next_start() {
    let it = Rehearsal::lasting(&acme()).await;
    it.seed().await;
    let mut here = door(&it);
    here.intake.workflow = Arc::new(Nowhere);
    let clock = it.clock.clone();
    let file = file(&reorganisation());
    let taken = take_in(&here, &clock, &file, "Ada King", &|| {})
        .await
        .unwrap();
    it.stack.settle().await.unwrap();
    let case = CaseId::new(taken.cases[2].1.as_str()).unwrap();
    assert_eq!(it.case(&case).await.state, CaseState::Received);
    let mut it = it.restart().await;
    it.play(&mut Answers::willing(), None).await;
    for (_, case) in &taken.cases {
        let case = it.case(&CaseId::new(case.as_str()).unwrap()).await;
        assert_eq!(case.state, CaseState::Closed);
    }
}

/// Answers 503, then takes in; refuses one person.
struct Moody(Here, std::sync::atomic::AtomicUsize);

#[async_trait::async_trait]
impl latchkey_bulk::Door for Moody {
    async fn deliver(
        &self,
        id: &str,
        body: &[u8],
        now: jiff::Timestamp,
    ) -> Result<latchkey_bulk::DoorAnswer, String> {
        let n = self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let told = |status: u16, error: &str| latchkey_bulk::DoorAnswer {
            status,
            body: serde_json::json!({ "error": error }),
            retry_after: Some(0),
        };
        if n == 0 {
            return Ok(told(503, "later"));
        }
        if String::from_utf8_lossy(body).contains("\"1030\"") {
            return Ok(told(422, "no"));
        }
        self.0.deliver(id, body, now).await
    }
}

#[tokio::test]
async fn a_busy_latchkey_is_asked_again_and_a_refused_line_stops_the_run() {
    let it = company(&acme()).await;
    let moody = Moody(door(&it), Default::default());
    let clock = it.clock.clone();
    let file = file(&reorganisation());
    let stopped = take_in(&moody, &clock, &file, "Ada King", &|| {})
        .await
        .unwrap_err();
    assert_eq!((stopped.line, stopped.done.taken_in), (4, 2));
    assert_eq!(
        stopped.to_string(),
        "line 4 was not taken in: Latchkey answered 422: no 2 before it were, 2 after it were not tried; run the same again, what was taken in is not taken in twice"
    );
    let rest = taken_in(&it, &file).await;
    assert_eq!((rest.taken_in, rest.again), (3, 2));
}
