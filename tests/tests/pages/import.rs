//! A file of people: looked at first, and taken in by a second look, exactly as it was given.

use latchkey_ledger::Shelf;
use latchkey_lifecycle::EventKind;
use latchkey_tests::Rehearsal;

use crate::browser::{Answer, Browser, company, company_with};

const HR: &str = "ines.albrecht@acme.example";
const OPERATOR: &str = "ada.king@acme.example";
const AUDITOR: &str = "eva.lind@acme.example";

const HEAD: &str =
    "employeeId,givenName,familyName,department,title,employmentType,country,startDate,lastDay";

fn new(id: u32) -> String {
    format!("{id},Ola,Nord{id},Sales,Sales Analyst,employee,DE,2026-12-07,")
}

/// A file with somebody new, somebody who leaves, and somebody who has been here for long.
fn mixed() -> String {
    format!(
        "{HEAD}\n{}\n1021,Jonas,Lindqvist,Engineering,Platform Engineer,employee,DE,2021-09-01,2026-12-18\n\
         7001,Old,Hand,Sales,Sales Analyst,employee,DE,2015-01-01,\n",
        new(9001)
    )
}

fn digest(page: &Answer) -> String {
    let field = page.text.split("name=\"sha256\" value=\"").nth(1).unwrap();
    field.split('"').next().unwrap().to_owned()
}

async fn cases(rehearsal: &Rehearsal) -> Vec<(String, EventKind)> {
    let cases = rehearsal.stack.ledger.cases(Shelf::Open, 50).await.unwrap();
    let mut cases: Vec<(String, EventKind)> = cases
        .into_iter()
        .map(|case| (case.employee_id.to_string(), case.kind))
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

#[tokio::test]
async fn a_file_does_nothing_until_what_was_looked_at_is_taken_in() {
    let rehearsal = company().await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    assert!(hr.get("/import").await.text.contains("Look at it"));
    let given = hr.give("/import", "people.csv", mixed().as_bytes()).await;
    assert_eq!((given.status, given.to.as_deref()), (303, Some("/import")));
    let look = hr.get("/import?show=happens").await;
    assert!(
        look.text.contains("What people.csv would do"),
        "{}",
        look.text
    );
    assert!(look.text.contains("hire, for 2026-12-07"), "{}", look.text);
    assert!(look.text.contains("exit, for 2026-12-18"));
    let notes = hr.get("/import").await;
    assert!(
        notes.text.contains("Has been here for long"),
        "{}",
        notes.text
    );
    assert_eq!(cases(&rehearsal).await, []);

    // Another file in its place is not what was looked at.
    let meant = digest(&look);
    let other = format!("{HEAD}\n{}\n", new(9002));
    hr.give("/import", "people.csv", other.as_bytes()).await;
    let refused = hr.post("/import/confirm", &[("sha256", &meant)]).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(cases(&rehearsal).await, []);

    hr.give("/import", "people.csv", mixed().as_bytes()).await;
    let taken = hr.post("/import/confirm", &[("sha256", &meant)]).await;
    assert!(
        taken.text.contains("people.csv is taken in"),
        "{}",
        taken.text
    );
    for named in ["Ola Nord9001</a>, 9001", "Jonas Lindqvist</a>, 1021"] {
        assert!(taken.text.contains(named), "{named}: {}", taken.text);
    }
    let expected = [
        ("1021".to_owned(), EventKind::Exit),
        ("9001".to_owned(), EventKind::Hire),
    ];
    assert_eq!(cases(&rehearsal).await, expected);
    // The same press again finds nothing to take in.
    let again = hr.post("/import/confirm", &[("sha256", &meant)]).await;
    assert_eq!(again.status, 409);
    let mut auditor = Browser::of(&rehearsal, AUDITOR).await;
    let page = auditor.get("/audit?act=looked").await;
    for said in ["Looked at people.csv", "Took in people.csv", HR] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let jonas = auditor.get("/people/1021").await;
    assert!(
        jonas.text.contains(&format!("by csv, {HR}")),
        "{}",
        jonas.text
    );
}

#[tokio::test]
async fn a_look_is_good_for_ten_minutes_and_for_whoever_took_it() {
    let rehearsal = company().await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    hr.give("/import", "people.csv", mixed().as_bytes()).await;
    let meant = digest(&hr.get("/import").await);
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    assert!(
        !operator
            .get("/import")
            .await
            .text
            .contains("people.csv would")
    );
    let stranger = operator
        .post("/import/confirm", &[("sha256", &meant)])
        .await;
    assert_eq!(stranger.status, 409);
    rehearsal.pass_seconds(600);
    let late = hr.post("/import/confirm", &[("sha256", &meant)]).await;
    assert_eq!(late.status, 409, "{}", late.text);
    assert_eq!(cases(&rehearsal).await, []);
    // What nobody can take in any more is not kept.
    let kept = async || rehearsal.stack.ledger.file_looked_at(HR).await.unwrap();
    assert!(kept().await.is_some());
    let deps = rehearsal.stack.sweep_deps();
    sweep::handle(&deps, &sweep::Request::default())
        .await
        .unwrap();
    assert_eq!(kept().await, None);
}

#[tokio::test]
async fn nobody_takes_in_what_happens_to_themselves() {
    let rehearsal = company().await;
    let record = serde_json::json!({
        "employeeId": "8001", "givenName": "Ines", "familyName": "Albrecht", "department": "People",
        "title": "HR Manager", "employmentType": "employee", "country": "DE", "startDate": "2020-01-01",
        "workEmail": HR,
    });
    let id = latchkey_lifecycle::EmployeeId::new("8001").unwrap();
    let (record, at) = (serde_json::from_value(record).unwrap(), rehearsal.now());
    let ledger = &rehearsal.stack.ledger;
    ledger.import_person(&id, record, at).await.unwrap();
    let file = format!(
        "{HEAD}\n8001,Ines,Albrecht,Board,Director,employee,DE,2020-01-01,\n{}\n",
        new(9001)
    );
    let mut hr = Browser::of(&rehearsal, HR).await;
    hr.give("/import", "people.csv", file.as_bytes()).await;
    let look = hr.get("/import").await;
    assert!(look.text.contains("It is about yourself"), "{}", look.text);
    assert!(look.text.contains("Take in one person"), "{}", look.text);
    let taken = hr
        .post("/import/confirm", &[("sha256", &digest(&look))])
        .await;
    assert!(
        taken.text.contains("It is about yourself"),
        "{}",
        taken.text
    );
    assert_eq!(
        cases(&rehearsal).await,
        [("9001".to_owned(), EventKind::Hire)]
    );
    // Somebody else may.
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    operator
        .give("/import", "people.csv", file.as_bytes())
        .await;
    let look = operator.get("/import").await;
    operator
        .post("/import/confirm", &[("sha256", &digest(&look))])
        .await;
    assert_eq!(cases(&rehearsal).await.len(), 2);
}

/// By another id, and another address, of which the file says that it goes on from their own.
#[tokio::test]
async fn nobody_takes_in_that_they_go_on_under_another_id() {
    let rehearsal = company().await;
    let mut hired = latchkey_tests::sample("hire.json");
    hired["data"]["person"]["work_email"] = HR.into();
    hired["data"]["effective_date"] = "2026-11-02".into();
    assert_eq!(rehearsal.send("hired", &hired).await.0, 202);
    let exit = rehearsal
        .happens("person.exiting", "1042", Some("2026-12-18"))
        .await;
    let before = rehearsal.case(&exit).await;
    let file = format!(
        "{HEAD},previousId,workEmail\n9401,Zoë,Müller,Board,Director,employee,DE,2026-12-01,,1042,zoe@acme.example\n{},,\n",
        new(9002)
    );
    let mut hr = Browser::of(&rehearsal, HR).await;
    hr.give("/import", "people.csv", file.as_bytes()).await;
    let look = hr.get("/import").await;
    assert!(look.text.contains("It is about yourself"), "{}", look.text);
    hr.post("/import/confirm", &[("sha256", &digest(&look))])
        .await;
    assert_eq!(rehearsal.case(&exit).await, before);
    let id = latchkey_lifecycle::EmployeeId::new("9401").unwrap();
    let row = rehearsal.stack.ledger.person_row(&id).await.unwrap();
    assert!(row.is_none());
}

#[tokio::test]
async fn three_thousand_lines_are_summed_up_and_what_is_wrong_is_shown_fifty_at_a_time() {
    let rehearsal = company().await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    let lines: Vec<String> = (0..3000).map(|n| new(10_000 + n)).collect();
    let file = format!("{HEAD}\n{}\n", lines.join("\n"));
    hr.give("/import", "everybody.csv", file.as_bytes()).await;
    let look = hr.get("/import").await;
    assert!(look.text.contains("Take in 3000 people"), "{}", look.text);
    assert!(
        look.text.contains("The brake would hold up to"),
        "{}",
        look.text
    );
    assert!(look.text.contains("1 to 50 of 3000"));
    assert!(
        hr.get("/import?show=happens&from=2950")
            .await
            .text
            .contains("2951 to 3000 of 3000")
    );
    // None of it when one cell is wrong.
    let wrong: Vec<String> = (0..120)
        .map(|n| new(10_000 + n).replace("2026-12-07", "31.02.2026"))
        .collect();
    let file = format!("{HEAD}\n{}\n", wrong.join("\n"));
    hr.give("/import", "everybody.csv", file.as_bytes()).await;
    let look = hr.get("/import").await;
    assert!(look.text.contains("120 things are wrong"), "{}", look.text);
    assert!(look.text.contains("1 to 50 of 120"));
    assert!(!look.text.contains("/import/confirm"), "{}", look.text);
    let columns = "employeeId,givenName\n1,Ola\n";
    hr.give("/import", "few.csv", columns.as_bytes()).await;
    let look = hr.get("/import").await;
    assert!(look.text.contains(">Columns</h2>"), "{}", look.text);
    assert!(!look.text.contains("It may be until"), "{}", look.text);
    // What is wrong with the file as a whole is not wrong with its columns.
    for file in [
        format!("{HEAD}\n").as_bytes(),
        b"PK\x03\x04\x14\0\n\0",
        b"a\0b",
    ] {
        hr.give("/import", "people.xlsx", file).await;
        let look = hr.get("/import").await;
        assert!(
            look.text.contains(">The file</h2>") && !look.text.contains(">Columns</h2>"),
            "{}",
            look.text
        );
    }
}

#[tokio::test]
async fn what_is_no_file_or_too_long_is_refused_with_what_to_do() {
    let rehearsal = company().await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    assert_eq!(hr.post("/import", &[("file", "x")]).await.status, 400);
    assert_eq!(hr.give("/import", "people.csv", b"").await.status, 422);
    let long = vec![b'a'; 5 * 1024 * 1024];
    let refused = hr.give("/import", "people.csv", &long).await;
    assert_eq!(refused.status, 413, "{}", refused.text);
    let mut nobody = Browser::of_nobody(&rehearsal);
    let refused = nobody.give("/import", "people.csv", &long).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    let mut auditor = Browser::of(&rehearsal, AUDITOR).await;
    assert_eq!(
        auditor.give("/import", "people.csv", b"x").await.status,
        403
    );
}

#[tokio::test]
async fn a_file_is_taken_in_once_however_often_the_button_is_pressed() {
    let rehearsal = company().await;
    let mut browsers = Vec::new();
    for _ in 0..8 {
        browsers.push(Browser::of(&rehearsal, HR).await);
    }
    browsers[0]
        .give("/import", "people.csv", mixed().as_bytes())
        .await;
    let meant = digest(&browsers[0].get("/import").await);
    let form = [("sha256", meant.as_str())];
    let all = browsers.iter_mut();
    let all = all.map(|browser| browser.post("/import/confirm", &form));
    let mut statuses: Vec<u16> = futures::future::join_all(all)
        .await
        .into_iter()
        .map(|answer| answer.status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    let mut auditor = Browser::of(&rehearsal, AUDITOR).await;
    let page = auditor.get("/audit?act=looked").await;
    assert_eq!(page.text.matches("Took in people.csv").count(), 1);
    assert_eq!(cases(&rehearsal).await.len(), 2);
}

#[tokio::test]
async fn a_slip_of_the_year_is_to_be_looked_at_and_what_is_held_is_said() {
    let rehearsal =
        company_with(&[("exits: 20, urgent_exits: 5", "exits: 1, urgent_exits: 1")]).await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    let form = hr.get("/import").await.text;
    assert!(
        form.contains("timeZone") && form.contains("manager ("),
        "{form}"
    );
    let slip = new(9001).replace("2026", "2062");
    let leavers = ["1008,Ana,One", "1009,Bo,Two", "1010,Cy,Three"]
        .map(|who| format!("{who},Sales,Sales Analyst,employee,DE,2020-01-01,2026-11-24"));
    let file = format!("{HEAD}\n{slip}\n{}\n", leavers.join("\n"));
    hr.give("/import", "people.csv", file.as_bytes()).await;
    let look = hr.get("/import").await;
    assert!(
        look.text
            .contains("2062-12-07, is more than two years ahead"),
        "{}",
        look.text
    );
    let taken = hr
        .post("/import/confirm", &[("sha256", &digest(&look))])
        .await;
    assert!(taken.text.contains("held by the brake"), "{}", taken.text);
    assert!(taken.text.contains("<b>held</b>"), "{}", taken.text);
    // HR is asked for nothing that only whoever runs Latchkey can do.
    hr.give("/import", "people.csv", mixed().as_bytes()).await;
    let look = hr.get("/import").await.text;
    assert!(
        look.contains("Has been here for long") && !look.contains("latchkey import"),
        "{look}"
    );
}

#[tokio::test]
async fn every_line_of_which_nothing_came_is_named_with_why_and_sentences_end_once() {
    let rehearsal = company().await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    let wrong = HEAD.replacen("givenName", "First name", 1);
    hr.give("/import", "people.csv", wrong.as_bytes()).await;
    let page = hr.get("/import").await;
    page.says("There is no column `First name`; did you mean `givenName`?");
    page.does_not_say("?.");
    // 01030 is most likely 1030, and 7001 has been here for long.
    let file = format!(
        "{}\n01030,Rafael,Costa,Engineering,Platform Engineer,employee,DE,2026-12-07,\n",
        mixed().trim_end()
    );
    hr.give("/import", "people.csv", file.as_bytes()).await;
    let look = hr.get("/import").await;
    look.says("Nothing happens before HR says so");
    let sha = [("sha256", digest(&look))];
    let sha: Vec<(&str, &str)> = sha.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let done = hr.post("/import/confirm", &sha).await;
    done.says("Of these lines nothing came");
    done.says("Line 4: Has been here for long");
    done.says("Line 5: Nothing happens before HR says so");
}
