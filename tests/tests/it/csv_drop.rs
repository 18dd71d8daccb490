//! The source `csv`: what HR drops is compared with who is known, and taken in whole or not at all.

use std::{fs, path::Path};

use drop::{Dropped, Outcome, Taken};
use latchkey_embedded::DropFolder;
use latchkey_ledger::Shelf;
use latchkey_lifecycle::{Case, CaseState, EventKind};
use latchkey_tests::{Answers, Rehearsal, acme};

const HEAD: &str =
    "employeeId,givenName,familyName,department,title,employmentType,country,startDate,lastDay";

fn sample() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/csv/people.csv");
    fs::read_to_string(path).unwrap()
}

async fn company() -> Rehearsal {
    let it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it
}

async fn take(it: &Rehearsal, text: &str) -> Outcome {
    let file = Dropped {
        name: "people.csv".into(),
        at: it.now(),
        bytes: text.into(),
    };
    drop::take(&it.stack.drop_deps(), &file).await.unwrap()
}

async fn taken(it: &Rehearsal, text: &str) -> Taken {
    match take(it, text).await {
        Outcome::Taken(taken) => taken,
        Outcome::Refused(mistakes) => panic!("{mistakes:?}"),
    }
}

async fn open(it: &Rehearsal) -> Vec<Case> {
    let mut cases = it.stack.ledger.cases(Shelf::Open, 50).await.unwrap();
    cases.sort_by(|a, b| a.employee_id.cmp(&b.employee_id));
    cases
}

fn told(cases: &[Case]) -> Vec<(&str, EventKind, String)> {
    let day = |case: &Case| {
        case.effective
            .map_or_else(String::new, |day| day.to_string())
    };
    cases
        .iter()
        .map(|case| (case.employee_id.as_str(), case.kind, day(case)))
        .collect()
}

#[tokio::test]
async fn a_last_day_that_is_known_without_an_exit_is_one() {
    let it = Rehearsal::of(&acme()).await;
    let file =
        format!("{HEAD}\n9001,Ines,Weber,Finance,Accountant,employee,DE,2020-03-01,2026-12-18\n");
    let record = serde_json::json!({
        "employeeId": "9001", "givenName": "Ines", "familyName": "Weber", "department": "Finance",
        "title": "Accountant", "employmentType": "employee", "country": "DE", "startDate": "2020-03-01",
        "lastDay": "2026-12-18",
    });
    // As `latchkey import` takes people over from the same file.
    let record = serde_json::from_value(record).unwrap();
    let as_of = "2026-11-20T07:00:00Z".parse().unwrap();
    let employee = latchkey_lifecycle::EmployeeId::new("9001").unwrap();
    it.stack
        .ledger
        .import_person(&employee, record, as_of)
        .await
        .unwrap();
    taken(&it, &file).await;
    let expected = [("9001", EventKind::Exit, "2026-12-18".to_owned())];
    assert_eq!(told(&open(&it).await), expected);
    taken(&it, &file).await;
    assert_eq!(told(&open(&it).await), expected);
}

#[tokio::test]
async fn a_dropped_file_gives_what_hr_confirmed_by_it_and_the_same_file_again_nothing() {
    let it = company().await;
    let first = taken(&it, &sample()).await;
    assert_eq!((first.people, first.cases.len()), (5, 3));
    let cases = open(&it).await;
    let expected = [
        ("1021", EventKind::Transfer, "2026-11-23".to_owned()),
        ("1030", EventKind::Exit, "2026-12-18".to_owned()),
        ("1042", EventKind::Hire, "2026-12-07".to_owned()),
    ];
    assert_eq!(told(&cases), expected);
    assert!(cases.iter().all(|case| case.missing.is_empty()));
    let before = cases[0].before.as_ref().unwrap();
    assert_eq!(before.department, "Engineering");

    // Later the same day, and with the lines in another order.
    it.clock.jump_to(it.later(3));
    let mut lines: Vec<String> = sample().lines().map(str::to_owned).collect();
    lines[1..].reverse();
    for text in [sample(), lines.join("\n")] {
        assert_eq!(taken(&it, &text).await.cases, []);
    }
    let revisions = |cases: &[Case]| cases.iter().map(|c| c.revision).collect::<Vec<_>>();
    assert_eq!(revisions(&open(&it).await), revisions(&cases));
}

#[tokio::test]
async fn what_is_dropped_is_carried_out() {
    let mut it = company().await;
    let cases = taken(&it, &sample()).await.cases;
    it.play(&mut Answers::willing(), None).await;
    for (_, case) in cases {
        assert_eq!(it.case(&case).await.state, CaseState::Closed, "{case}");
    }
    // A title that goes there and back is two changes: the second file is the first one again.
    let there = sample().replace("Head of Sales", "Head of Everything");
    for text in [there, sample()] {
        it.clock.jump_to(it.later(30));
        assert_eq!(taken(&it, &text).await.cases.len(), 1);
        it.play(&mut Answers::willing(), None).await;
    }
}

#[tokio::test]
async fn one_wrong_line_keeps_the_whole_file_out_and_hr_hears_of_every_mistake() {
    let mut it = company().await;
    let wrong = sample()
        .replace("2026-12-07", "7/12/2026")
        .replace("2025-02-10,2026-12-18", "2027-02-10,2026-12-18");
    let Outcome::Refused(mistakes) = take(&it, &wrong).await else {
        panic!("it was taken in");
    };
    let places: Vec<(u64, usize)> = mistakes.iter().map(|m| (m.line, m.column)).collect();
    assert_eq!(places, [(5, 15), (6, 14)]);
    assert_eq!(open(&it).await, []);
    it.hear().await.unwrap();
    let letters: Vec<_> = it.letters.iter().map(|sent| &sent.letter).collect();
    assert_eq!(letters.len(), 2, "HR and operations");
    for letter in letters {
        assert_eq!(letter.subject, "REFUSED: people.csv has 2 mistakes");
        assert!(
            letter
                .text
                .contains("people.csv:5:15: 2026-12-18 is before the first day"),
            "{}",
            letter.text
        );
        assert!(letter.text.contains("people.csv:6:14: "), "{}", letter.text);
    }
    for text in ["", HEAD, "employeeId,shoeSize\n7,44\n"] {
        assert!(
            matches!(take(&it, text).await, Outcome::Refused(_)),
            "{text}"
        );
    }
    let latin = Dropped {
        name: "people.csv".into(),
        at: it.now(),
        bytes: [
            HEAD.as_bytes(),
            b"\n7,Zo\xeb,M\xfcller,Sales,Lead,employee,DE,2027-01-04,\n",
        ]
        .concat(),
    };
    let Outcome::Refused(mistakes) = drop::take(&it.stack.drop_deps(), &latin).await.unwrap()
    else {
        panic!("it was taken in");
    };
    assert_eq!(mistakes[0].line, 2);
    assert!(mistakes[0].text.contains("UTF-8"));
}

#[tokio::test]
async fn who_is_not_in_the_file_has_not_left_and_a_stranger_is_not_hired() {
    let mut it = company().await;
    let text = format!("{HEAD}\n900,Ida,Berg,Sales,Lead,employee,DE,2019-01-07,\n");
    let taken = taken(&it, &text).await;
    assert_eq!((taken.cases, taken.strangers), (Vec::new(), vec![2]));
    assert_eq!(open(&it).await, []);
    it.hear().await.unwrap();
    let letter = &it.letters[0].letter;
    assert_eq!(letter.subject, "1 line of people.csv to look at");
    assert!(letter.text.contains("- people.csv:2\n"), "{}", letter.text);
    // A last day of theirs is carried out, as the letter says.
    it.clock.jump_to(it.later(1));
    let leaves = text.replace("2019-01-07,", "2019-01-07,2026-12-18");
    let taken = self::taken(&it, &leaves).await;
    assert_eq!((taken.cases.len(), taken.strangers), (1, vec![2]));
    assert_eq!(told(&open(&it).await)[0].1, EventKind::Exit);
}

#[tokio::test]
async fn everybody_in_a_file_is_counted_whatever_ends_its_lines() {
    for end in ["\r", "\r\n", "\n"] {
        let it = company().await;
        let row =
            |n: u32| format!("71{n:02},Ida{n},Roe,Sales,Account Executive,employee,DE,2026-12-14,");
        let mut rows: Vec<String> = std::iter::once(HEAD.to_owned())
            .chain((0..4).map(row))
            .collect();
        rows.extend([",,,,,,,,".to_owned(), row(1)]);
        let text = format!("{}{end}", rows.join(end));
        let first = taken(&it, &text).await;
        let counted = (first.rows, first.people, first.changed, first.cases.len());
        assert_eq!(counted, (5, 4, 4, 4), "{end:?}");
        assert_eq!(open(&it).await.len(), 4);
        it.clock.jump_to(it.later(1));
        let again = taken(&it, &text).await;
        assert_eq!((again.rows, again.people, again.same), (5, 4, 4));
    }
}

#[tokio::test]
async fn who_is_known_under_an_id_that_lost_its_noughts_is_asked_about_and_not_hired_twice() {
    let mut it = company().await;
    let padded =
        format!("{HEAD}\n000778,Per,Lindgren,Sales,Account Executive,employee,DE,2026-11-02,\n");
    taken(&it, &padded).await;
    let before = told(&open(&it).await).len();
    it.clock.jump_to(it.later(1));
    let stripped = padded
        .replace("000778", "778")
        .replace("2026-11-02,", "2026-11-02,2026-12-18");
    let second = taken(&it, &stripped).await;
    assert_eq!((second.cases, second.alike.len()), (Vec::new(), 1));
    assert_eq!(told(&open(&it).await).len(), before);
    it.hear().await.unwrap();
    let letter = &it
        .letters
        .iter()
        .map(|sent| &sent.letter)
        .find(|l| l.subject.contains("to look at"))
        .unwrap();
    let said = "people.csv:2: employee 778 is not known; employee 000778 is known, with the same name and start date";
    assert!(letter.text.contains(said), "{}", letter.text);
    // HR says that it is the same person: the old id is named.
    let named = stripped
        .replacen("employeeId", "previousId,employeeId", 1)
        .replace("\n778", "\n000778,778");
    assert_eq!(taken(&it, &named).await.alike, []);
}

#[tokio::test]
async fn what_is_news_by_the_file_and_not_taken_in_is_told_to_hr() {
    let mut it = company().await;
    let file = Dropped {
        name: "people.csv".into(),
        at: it.now(),
        bytes: sample().into(),
    };
    let deps = it.stack.drop_deps();
    let looks = deps.intake.looks();
    let (_, runbook) = looks.runbooks.current(looks.ledger).await.unwrap();
    let looked = drop::look(looks, &runbook, &file).await.unwrap();
    let lines = looked.unwrap().lines;
    assert_eq!(
        (lines.len(), open(&it).await.len()),
        (5, 0),
        "looking changes nothing"
    );
    let asked = sample().replace(
        "Ada,Okafor,ada@private.example,Sales",
        "Ada,Null,ada@private.example,Saels",
    );
    let taken = taken(&it, &asked).await;
    assert_eq!((taken.asked.len(), taken.to_look_at()), (2, 2));
    it.hear().await.unwrap();
    let letter = it
        .letters
        .iter()
        .find(|sent| sent.letter.subject == "2 lines of people.csv to look at")
        .unwrap();
    let text = &letter.letter.text;
    assert!(text.contains("is the family name really `Null`?"), "{text}");
    let department = "no role matches the department `Saels`; did you mean `Sales`?";
    assert!(text.contains(department), "{text}");
}

#[tokio::test]
async fn a_flood_of_last_days_is_held_for_a_person_to_confirm() {
    let it = company().await;
    let row = |n: usize| {
        format!("9{n:03},Ida,Berg{n},Sales,Account Executive,employee,DE,2026-11-02,2026-11-30\n")
    };
    let text = format!("{HEAD}\n{}", (0..60).map(row).collect::<String>());
    assert_eq!(taken(&it, &text).await.cases.len(), 120);
    let held = it.stack.ledger.brake().await.unwrap().item.held().len();
    assert!(held > 0, "sixty exits at once pass the brake");
}

#[tokio::test]
async fn a_folder_takes_files_that_are_written_to_their_end_and_moves_them_away() {
    let it = company().await;
    let directory = tempfile::tempdir().unwrap();
    let mut folder = DropFolder::open(directory.path()).unwrap();
    let put = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    let half = sample().lines().take(3).collect::<Vec<_>>().join("\n");
    put("people.csv", &half);
    put("wrong.csv", "employeeId,shoeSize\n7,44\n");
    put("notes.txt", "not for Latchkey");
    put(".people.csv.part", "nor this");
    let deps = it.stack.drop_deps();
    assert!(
        folder.look(&deps, it.now()).await.unwrap().is_empty(),
        "they may be half written"
    );
    put("people.csv", &sample());
    let looked = folder.look(&deps, it.now()).await.unwrap();
    let names: Vec<&str> = looked.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["wrong.csv"], "people.csv was still being written");
    let looked = folder.look(&deps, it.now()).await.unwrap();
    assert!(matches!(&looked[0].1, Ok(Outcome::Taken(taken)) if taken.cases.len() == 3));
    assert!(folder.look(&deps, it.now()).await.unwrap().is_empty());
    let there = |path: &str| directory.path().join(path).exists();
    assert!(
        there("taken/20261123T070000Z-people.csv") && there("refused/20261123T070000Z-wrong.csv")
    );
    assert!(there("notes.txt") && !there("people.csv"));
    let why = directory
        .path()
        .join("refused/20261123T070000Z-wrong.csv.txt");
    assert!(
        fs::read_to_string(why)
            .unwrap()
            .starts_with("wrong.csv:1:2: there is no column `shoeSize`")
    );
}

#[tokio::test]
async fn a_folder_that_vanished_is_told_and_taken_up_again_when_it_is_back() {
    let it = company().await;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("drop");
    let mut folder = DropFolder::open(&path).unwrap();
    fs::remove_dir_all(&path).unwrap();
    let problem = folder.look(&it.stack.drop_deps(), it.now()).await;
    let problem = problem.unwrap_err().to_string();
    assert!(problem.contains("drop"), "{problem}");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("people.csv"), sample()).unwrap();
    for look in [false, true] {
        let files = folder.look(&it.stack.drop_deps(), it.now()).await.unwrap();
        assert_eq!(!files.is_empty(), look);
        for (name, outcome) in files {
            assert!(outcome.is_ok(), "{name}: {outcome:?}");
        }
    }
}
