//! The auditor: finds what was done, by whom and on whom; follows a leaver to the last read-back; takes it away as a
//! file, which is recorded; and changes nothing.

use latchkey_lifecycle::CaseId;
use latchkey_tests::{Answers, Rehearsal};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser, company};

const AUDITOR: &str = "eva.lind@acme.example";
const HR: &str = "ines.albrecht@acme.example";
const OPERATOR: &str = "ada.king@acme.example";

/// An exit, carried out to its end.
async fn left(rehearsal: &mut Rehearsal) -> CaseId {
    let case = rehearsal.take_in("exit.json").await;
    rehearsal.play(&mut Answers::willing(), None).await;
    case
}

/// The rows of the list.
fn rows(answer: &Answer) -> Vec<&str> {
    let rows = answer.text.split("<tr data-row").skip(1);
    rows.map(|row| row.split("</tr>").next().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn an_auditor_follows_a_leaver_from_hrs_word_to_the_last_read_back() {
    let mut rehearsal = company().await;
    let case = left(&mut rehearsal).await;
    let mut auditor = Browser::of(&rehearsal, AUDITOR).await;
    let list = auditor.get("/audit?on=1021").await;
    assert_eq!(list.status, 200, "{}", list.text);
    assert!(
        list.text.contains("read back from the system"),
        "{}",
        list.text
    );
    assert!(list.text.contains(&format!("href=\"/cases/{case}\"")));
    assert!(list.text.contains("href=\"/people/1021\""));
    // To the case, and from there to what HR said.
    let page = auditor.get(&format!("/cases/{case}")).await;
    assert!(page.text.contains("as it came"), "{}", page.text);
    assert!(page.text.contains(&format!("href=\"/audit?on={case}\"")));
    let to = page
        .text
        .split("href=\"/people/1021#event-")
        .nth(1)
        .unwrap();
    let event = &to[..32];
    let person = auditor.get("/people/1021").await;
    assert!(person.text.contains(&format!("id=\"event-{event}\"")));
    assert!(
        person.text.contains("as delivery <code>"),
        "{}",
        person.text
    );
    assert!(person.text.contains("HR's reason: Resignation"));
    // To a task, with its proof and its place in the trail.
    let task = page
        .text
        .split(&format!("href=\"/cases/{case}/tasks/"))
        .nth(1)
        .unwrap();
    let task = task.split('"').next().unwrap();
    let task = auditor.get(&format!("/cases/{case}/tasks/{task}")).await;
    assert_eq!(task.status, 200);
    assert!(
        task.text.contains("· record 1 ·") || task.text.contains("record 2"),
        "{}",
        task.text
    );
}

#[tokio::test]
async fn the_trail_is_filtered_by_what_an_index_stands_behind_page_by_page() {
    let mut rehearsal = company().await;
    rehearsal.take_in("hire.json").await;
    let case = left(&mut rehearsal).await;
    let mut auditor = Browser::of(&rehearsal, AUDITOR).await;
    let first = auditor.get("/audit").await;
    assert_eq!(rows(&first).len(), 50, "{}", first.text);
    assert!(first.text.contains("Not verified as a whole yet"));
    let next = first.text.split("href=\"/audit?after=").nth(1).unwrap();
    let next = next.split('"').next().unwrap();
    let second = auditor.get(&format!("/audit?after={next}")).await;
    assert!(!rows(&second).is_empty());
    assert!(rows(&second).iter().all(|row| !rows(&first).contains(row)));

    let verified = auditor.get(&format!("/audit?on={case}&act=verified")).await;
    assert!(!rows(&verified).is_empty());
    assert!(rows(&verified).iter().all(|row| row.contains(" verified")));
    let chat = auditor.get("/audit?system=chat").await;
    assert!(!rows(&chat).is_empty());
    assert!(
        rows(&chat)
            .iter()
            .all(|row| row.contains("<small>Chat</small>")),
        "{}",
        chat.text
    );
    // Everything is of the days between the word and the last day.
    let early = auditor.get("/audit?to=2026-11-22").await;
    assert!(early.text.contains("No record"));
    let late = auditor.get("/audit?from=2026-11-23&to=2026-11-23").await;
    assert!(late.text.contains("received"));
    for (asked, said) in [
        ("who=verify", "signs too much to look through"),
        ("on=Nobody+At+All", "No case and nobody is called"),
        ("from=yesterday", "is no day"),
        (
            "from=2026-11-24&to=2026-11-23",
            "To: the last day, 2026-11-23, is before the first, 2026-11-24.",
        ),
    ] {
        let answer = auditor.get(&format!("/audit?{asked}")).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains(said), "{asked}");
        assert!(!answer.text.contains("No record"), "{asked}");
    }
    let backwards = auditor.get("/audit?from=2026-11-24&to=2026-11-23").await;
    let field = r#"aria-invalid="true" aria-describedby="to-why"><p class="why" id="to-why">Before the first day"#;
    assert!(backwards.text.contains(field), "{}", backwards.text);
}

#[tokio::test]
async fn a_download_is_recorded_and_says_no_more_than_the_page() {
    let mut rehearsal = company().await;
    left(&mut rehearsal).await;
    let mut auditor = Browser::of(&rehearsal, AUDITOR).await;
    let file = auditor.post("/audit/download", &[("on", "1021")]).await;
    assert_eq!(file.status, 200);
    let lines: Vec<&str> = file.text.trim_end().split("\r\n").collect();
    assert!(
        lines[0].contains("\"instant\",\"local time\""),
        "{}",
        lines[0]
    );
    assert!(lines.len() > 20);
    assert!(lines[1..].iter().all(|line| line.starts_with("\"2026-")));
    assert!(
        lines[1..]
            .iter()
            .all(|line| line.matches("\",\"").count() == 17)
    );
    // Who did so is found by their address.
    let own = auditor.get("/audit?who=eva.lind%40acme.example").await;
    assert!(own.text.contains("Downloaded"), "{}", own.text);
    assert!(own.text.contains("on 1021"));

    let mut hr = Browser::of(&rehearsal, HR).await;
    assert_eq!(hr.get("/audit").await.status, 403);
    assert_eq!(hr.post("/audit/download", &[]).await.status, 403);
    let elsewhere = auditor.post_from_elsewhere("/audit/download", &[]).await;
    assert_eq!(elsewhere.status, 403);
}

#[tokio::test]
async fn the_page_says_when_all_was_looked_through_and_what_does_not_fit() {
    let mut rehearsal = company().await;
    let case = left(&mut rehearsal).await;
    let sweep = async |rehearsal: &Rehearsal| {
        let deps = rehearsal.stack.sweep_deps();
        sweep::handle(&deps, &sweep::Request::default())
            .await
            .unwrap();
    };
    for _ in 0..4 {
        sweep(&rehearsal).await;
    }
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    let page = operator.get("/audit").await;
    assert!(
        page.text.contains("Everything stands as the trails say"),
        "{}",
        page.text
    );
    assert!(page.text.contains("by Latchkey’s sweep"));
    let (pk, sk) = (format!("CASE#{case}"), "AUDIT#CASE#00000001");
    let change = |mut record: Value| {
        record["text"] = json!("Nothing happened.");
        Some(record)
    };
    latchkey_ledger::embedded::by_hand(&rehearsal.stack.ledger, (&pk, sk), change)
        .await
        .unwrap();
    for _ in 0..4 {
        sweep(&rehearsal).await;
    }
    let page = operator.get("/audit").await;
    assert!(
        page.text.contains("One place does not fit its trail"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn whoever_signs_by_a_link_is_shown_so_and_never_as_latchkey() {
    let mut rehearsal = company().await;
    let case = rehearsal.take_in("hire.json").await;
    while rehearsal.letters_about("Prepare the desk").is_empty() {
        let later = rehearsal.later(12);
        rehearsal.play(&mut Answers::none(), Some(later)).await;
    }
    let letter = rehearsal.letters_about("Prepare the desk")[0].clone();
    let question = rehearsal.question_of(&letter).unwrap();
    let task = rehearsal.task(&case, "desk").await;
    let signed = |by: &str| {
        let form = latchkey_tests::form_of(&task, "done").into_iter();
        let form = form.map(|(name, value)| match name.as_str() {
            "by" => (name, by.to_owned()),
            _ => (name, value),
        });
        form.collect::<Vec<_>>()
    };
    for ours in ["verify", "Latchkey", "system chat", "HR system (bamboohr)"] {
        let (status, page) = rehearsal.page(&question, Some(&signed(ours))).await;
        assert_eq!(status, 422, "{ours}");
        assert!(page.contains("how Latchkey itself signs"), "{page}");
    }
    let (status, page) = rehearsal.page(&question, Some(&signed("Ada King"))).await;
    assert_eq!(status, 200, "{page}");
    let mut auditor = Browser::of(&rehearsal, AUDITOR).await;
    let said = format!("by the link sent to {}", letter.letter.to);
    let page = auditor.get(&format!("/audit?on={case}&act=said")).await;
    let row = rows(&page);
    let row = row.iter().find(|row| row.contains(" done")).unwrap();
    assert!(row.contains("Ada King") && row.contains(&said), "{row}");
    let file = auditor
        .post("/audit/download", &[("on", case.as_str())])
        .await;
    let line = file.text.lines().find(|line| line.contains("\"done\""));
    assert!(line.unwrap().contains(&said), "{}", file.text);
    // Beside what she signed herself it is told apart.
    let hers = auditor.get("/audit?who=ada.king%40acme.example").await;
    let rows = rows(&hers);
    let mut done = rows.iter().filter(|row| row.contains(" done"));
    assert!(done.all(|row| row.contains(&said)), "{rows:?}");
}

#[tokio::test]
async fn many_downloads_at_once_are_all_recorded() {
    let mut rehearsal = company().await;
    left(&mut rehearsal).await;
    let mut browsers = Vec::new();
    for _ in 0..12 {
        browsers.push(Browser::of(&rehearsal, AUDITOR).await);
    }
    let all = browsers.iter_mut();
    let all = all.map(|browser| browser.post("/audit/download", &[("on", "1021")]));
    for file in futures::future::join_all(all).await {
        assert_eq!(file.status, 200, "{}", file.text);
    }
    let mut auditor = Browser::of(&rehearsal, AUDITOR).await;
    let own = auditor.get("/audit?who=eva.lind%40acme.example").await;
    assert_eq!(own.text.matches("Downloaded ").count(), 12);
}

/// How many records a page lists.
async fn by(auditor: &mut Browser, who: &str) -> (usize, String) {
    let who = who.replace(' ', "+").replace('@', "%40");
    let answer = auditor.get(&format!("/audit?who={who}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    (rows(&answer).len(), answer.text)
}

#[tokio::test]
async fn whoever_acted_is_one_person_under_whatever_they_signed() {
    let rehearsal = company().await;
    let ledger = &rehearsal.stack.ledger;
    let signed = [
        "ines.albrecht@acme.example",
        "Ines Albrecht (Ines.Albrecht@acme.example)",
        "Ines Albrecht",
        "Ines Albrecht, by HR system (generic)",
        "ines.albrecht@acme.example, by HR system (page)",
        "Ines Albers",
        "Noor Haddad",
    ];
    for by in signed {
        let body = latchkey_lifecycle::AuditBody {
            at: rehearsal.now(),
            by: by.to_owned(),
            what: latchkey_lifecycle::What::Noted,
            text: "Noted.".to_owned(),
            detail: Value::Null,
        };
        ledger.note_in_book(body).await.unwrap();
    }
    let mut auditor = Browser::of(&rehearsal, AUDITOR).await;
    for who in &signed[..5] {
        let (found, text) = by(&mut auditor, who).await;
        assert_eq!(found, 5, "{who}: {text}");
        assert!(
            text.contains(
                "what was signed as <b>Ines Albrecht</b> and as <b>ines.albrecht@acme.example</b>"
            ),
            "{text}"
        );
    }
    assert_eq!(by(&mut auditor, "Noor Haddad").await.0, 1);
    // The file has the same.
    let form = [("who", "Ines Albrecht")];
    let file = auditor.post("/audit/download", &form).await;
    assert_eq!(file.text.matches("\"Noted.\"").count(), 5, "{}", file.text);
}
