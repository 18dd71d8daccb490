//! People: who finds and sees whom, what they have and why, their story, and what another job would give and take.

use latchkey_lifecycle::{CaseId, PersonDraft};
use latchkey_tests::{Answers, Rehearsal};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser, company};

const HR: &str = "ines.albrecht@acme.example";
const SECURITY: &str = "chidi.eze@acme.example";
const OPERATOR: &str = "ada.king@acme.example";
/// Of a team, and by the tests' records the manager of somebody.
const MANAGER: &str = "maria.silva@acme.example";
/// Of a team, and nobody's manager.
const MEMBER: &str = "greta.olsen@acme.example";

fn person(id: &str, (given, family): (&str, &str), more: &Value) -> PersonDraft {
    let mut record = json!({
        "employeeId": id, "givenName": given, "familyName": family, "department": "Sales",
        "title": "Sales Analyst", "level": "L3", "employmentType": "employee", "country": "DE",
        "location": "Berlin", "startDate": "2024-03-01",
    });
    for (name, value) in more.as_object().unwrap() {
        record[name] = value.clone();
    }
    serde_json::from_value(record).unwrap()
}

/// Hires the sample's Zoë Müller and has all of it done.
async fn hired(rehearsal: &mut Rehearsal) -> CaseId {
    let case = rehearsal.take_in("hire.json").await;
    rehearsal.play(&mut Answers::willing(), None).await;
    case
}

/// Sends an event, dated now, of which no case need come.
async fn tell(rehearsal: &Rehearsal, id: &str, mut payload: Value) -> Value {
    payload["timestamp"] = json!(rehearsal.now());
    let (status, answer) = rehearsal.send(id, &payload).await;
    assert!((200..300).contains(&status), "{status} {answer}");
    answer
}

/// All items of the ledger, in the order of their keys.
async fn items(rehearsal: &Rehearsal) -> Vec<String> {
    let (mut all, mut from) = (Vec::new(), None);
    loop {
        let page = rehearsal.stack.ledger.every_item(from).await.unwrap();
        let items = page.items.iter();
        all.extend(items.map(|item| serde_json::to_string(item).unwrap()));
        match page.next {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    all.sort();
    all
}

/// The words of a page, without its markup.
fn words(answer: &Answer) -> String {
    let mut text = String::new();
    let mut within = false;
    for c in answer.text.chars() {
        match c {
            '<' => within = true,
            '>' => {
                within = false;
                text.push(' ');
            }
            c if !within => text.push(c),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn says(answer: &Answer, sentence: &str) {
    let words = words(answer);
    assert!(words.contains(sentence), "not “{sentence}” in: {words}");
}

fn does_not_say(answer: &Answer, sentence: &str) {
    let words = words(answer);
    assert!(!words.contains(sentence), "“{sentence}” in: {words}");
}

#[tokio::test]
async fn hr_finds_a_person_by_plain_letters_and_sees_what_gives_what_they_have() {
    let mut rehearsal = company().await;
    let case = hired(&mut rehearsal).await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    for typed in [
        "muller",
        "Mueller",
        "zoe+mu",
        "m%C3%BCller",
        "1042",
        "zoe.mueller@acme.example",
    ] {
        let list = hr.get(&format!("/people?q={typed}")).await;
        assert_eq!(list.status, 200, "{typed}");
        says(
            &list,
            "Zoë Müller Account Executive · 1042 Sales Berlin · employee",
        );
        does_not_say(&list, "Amara Okafor");
        assert!(list.text.contains("href=\"/people/1042\""), "{typed}");
    }
    let list = hr.get("/people").await;
    says(&list, "Amara Okafor Sales Analyst · 1017");
    // By the record, Tom Keller is their manager; what they have was read in two systems.
    says(&list, "Tom Keller");
    says(&list, "by role");
    let page = hr.get("/people/1042").await;
    assert_eq!(page.status, 200);
    says(&page, "Account Executive, Sales, Berlin · employee 1042");
    says(&page, "zoe@private.example");
    says(&page, "zoe.mueller@acme.example Private address");
    // Read back: the role that gives it, the case, and when it was read.
    says(&page, "Company directory zoe.mueller");
    says(&page, "sales sales by the hire");
    assert!(page.text.contains(&format!("href=\"/cases/{case}\"")));
    says(&page, "vpn employee by the hire");
    // By hand: whoever did it says so.
    says(&page, "CRM sales-user sales by the hire");
    says(&page, "word of ");
    says(&page, "Story What HR confirmed");
    says(&page, "Hire, for today");
    says(&page, "Case: hire");
}

#[tokio::test]
async fn what_a_transfer_took_is_gone_and_what_was_approved_says_by_whom() {
    let mut rehearsal = company().await;
    rehearsal.take_in("transfer.json").await;
    rehearsal.play(&mut Answers::willing(), None).await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    let page = hr.get("/people/1017").await;
    says(&page, "Payments Controller, Finance, London");
    says(&page, "approve-payments finance-lead by the transfer");
    says(&page, "Controlling");
    says(&page, "approved by ");
    does_not_say(&page, "sales-user");
    // What the import brought nobody read or said.
    says(&page, "monthly employee");
    says(&page, "by the matrix; not read or told yet");
    says(&page, "Was here already, since Mon 3 Apr 2023");
    // They had it before: the transfer did not give it.
    says(&page, "vpn employee first read for the transfer");
}

#[tokio::test]
async fn the_story_says_why_an_exit_did_nothing_and_what_counts_instead() {
    let mut rehearsal = company().await;
    rehearsal.take_in("urgent-exit.json").await;
    rehearsal.pass(1);
    let exit = json!({ "type": "person.exiting", "data": {
        "employee_id": "1030", "effective_date": "2026-12-18", "reason": "Contract ends",
    }});
    tell(&rehearsal, "msg_late_exit", exit).await;
    rehearsal
        .play(&mut Answers::willing(), Some(rehearsal.later(24)))
        .await;
    let mut security = Browser::of(&rehearsal, SECURITY).await;
    let page = security.get("/people/1030").await;
    says(
        &page,
        "Does nothing by itself. They are cut off already by an urgent exit.",
    );
    says(&page, "What counts instead: the urgent exit");
    says(&page, "HR's reason: Contract ends");
    // An operator sees what happened, and not why.
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    let page = operator.get("/people/1030").await;
    assert_eq!(page.status, 200);
    says(&page, "What counts instead: the urgent exit");
    does_not_say(&page, "Contract ends");
    does_not_say(&page, "Dismissed without notice");
    let jonas = operator.get("/people/1021").await;
    does_not_say(&jonas, "jonas@private.example");
}

#[tokio::test]
async fn what_hr_is_asked_and_ids_of_one_human_are_said() {
    let mut rehearsal = company().await;
    let exit = json!({ "type": "person.exiting", "data": { "employee_id": "1021" } });
    tell(&rehearsal, "msg_no_day", exit).await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    let asked = hr.get("/people/1021").await;
    says(&asked, "HR is asked No last day was told");
    says(&asked, "HR is asked about it. No last day was told");
    let over = json!({ "type": "person.transferred", "data": {
        "employee_id": "5017", "effective_date": "2026-11-25",
        "person": { "given_name": "Amara", "family_name": "Okafor", "previous_employee_id": "1017" },
    }});
    tell(&rehearsal, "msg_over", over).await;
    let away = json!({ "type": "person.leave_started", "data": {
        "employee_id": "1003", "effective_date": "2026-11-24", "reason": "Parental leave",
    }});
    tell(&rehearsal, "msg_away", away).await;
    rehearsal
        .play(&mut Answers::willing(), Some(rehearsal.later(24 * 14)))
        .await;
    rehearsal.pass(48);
    let mut hr = Browser::of(&rehearsal, HR).await;
    // HR answered on the task's page: the exit with its day counts.
    let answered = hr.get("/people/1021").await;
    says(&answered, "What counts instead: the exit of ");
    does_not_say(&answered, "HR is asked");
    let before = hr.get("/people/1017").await;
    says(&before, "Another employee id counts now");
    says(&before, "1017 (this page)");
    assert!(before.text.contains("href=\"/people/5017\""));
    let after = hr.get("/people/5017").await;
    says(&after, "Amara Okafor");
    says(&after, "here since Mon 3 Apr 2023");
    says(&after, "Was here already, since Mon 3 Apr 2023");
    says(&after, "· employee 1017");
    let away = hr.get("/people/1003").await;
    says(&away, "Leave of absence, for ");
    says(&away, "cannot sign in");
}

#[tokio::test]
async fn a_long_story_goes_on_by_a_link() {
    let rehearsal = company().await;
    for n in 0..55 {
        let transfer = json!({ "type": "person.transferred", "data": {
            "employee_id": "1021", "effective_date": "2026-12-01",
            "person": { "title": format!("Engineer number {n:02}") },
        }});
        tell(&rehearsal, &format!("msg_title_{n}"), transfer).await;
        rehearsal.pass(1);
    }
    let mut hr = Browser::of(&rehearsal, HR).await;
    let first = hr.get("/people/1021").await;
    says(&first, "Engineer number 54");
    does_not_say(&first, "Engineer number 04");
    assert!(first.text.contains("href=\"/people/1021?from=50#story\""));
    let second = hr.get("/people/1021?from=50").await;
    says(&second, "Engineer number 04");
    says(&second, "Was here already");
    assert_eq!(hr.get("/people/1021?from=x").await.status, 200);
}

#[tokio::test]
async fn a_manager_sees_who_reports_to_them_and_nobody_else() {
    let rehearsal = company().await;
    let own = person("2001", ("Ola", "Berg"), &json!({ "managerEmail": MANAGER }));
    rehearsal.know(vec![own]).await.unwrap();
    let mut manager = Browser::of(&rehearsal, MANAGER).await;
    let list = manager.get("/people").await;
    assert_eq!(list.status, 200);
    says(&list, "Ola Berg");
    does_not_say(&list, "Amara Okafor");
    let looked = manager.get("/people?q=okafor").await;
    does_not_say(&looked, "Amara");
    assert_eq!(manager.get("/people/2001").await.status, 200);
    assert_eq!(manager.get("/people/2001/what-if").await.status, 200);
    // Whom they may not see, and whom nobody knows, they cannot tell apart.
    for path in ["/people/1017", "/people/1017/what-if", "/people/nobody"] {
        let answer = manager.get(path).await;
        assert_eq!(answer.status, 403, "{path}");
        says(&answer, "These can: HR,");
        says(&answer, "the person’s own manager");
        says(&answer, "Who can help");
        does_not_say(&answer, "Amara");
    }
    let found = manager.get("/search?q=1017").await;
    assert_eq!(found.status, 200);
    says(&found, "Nothing found");
    let found = manager.get("/search?q=berg").await;
    assert_eq!(found.to.as_deref(), Some("/people/2001"));
}

#[tokio::test]
async fn who_is_shown_as_the_manager_is_who_sees_the_person() {
    let rehearsal = company().await;
    let lead = json!({ "workEmail": "lea.brandt@acme.example" });
    let head = json!({ "workEmail": MANAGER });
    let own = json!({ "manager": "2000", "managerEmail": "lea.brandt@acme.example" });
    let people = vec![
        person("2000", ("Lea", "Brandt"), &lead),
        person("2001", ("Ola", "Berg"), &own),
        person("2002", ("Maria", "Silva"), &head),
    ];
    rehearsal.know(people).await.unwrap();
    let mut hr = Browser::of(&rehearsal, HR).await;
    says(&hr.get("/people/2001").await, "reports to Lea Brandt");
    // Another manager is told by address alone: the number of the one before stays with what HR told.
    let told = json!({ "type": "person.transferred", "data": {
        "employee_id": "2001", "effective_date": "2026-11-23", "person": { "manager_email": MANAGER },
    }});
    tell(&rehearsal, "msg_manager", told).await;
    let mut manager = Browser::of(&rehearsal, MANAGER).await;
    assert_eq!(manager.get("/people/2001").await.status, 200);
    for path in ["/people/2001", "/people?q=berg"] {
        let page = hr.get(path).await;
        says(&page, MANAGER);
        does_not_say(&page, "Lea Brandt");
    }
}

#[tokio::test]
async fn a_team_member_sees_no_people() {
    let rehearsal = company().await;
    let mut member = Browser::of(&rehearsal, MEMBER).await;
    for path in [
        "/people",
        "/people/1017",
        "/people/1017/what-if",
        "/search?q=okafor",
    ] {
        let answer = member.get(path).await;
        assert_eq!(answer.status, 403, "{path}");
        says(&answer, "These can: HR");
        does_not_say(&answer, "Amara");
    }
}

#[tokio::test]
async fn what_if_shows_what_a_change_gives_and_takes_and_writes_nothing() {
    let rehearsal = company().await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    let form = hr.get("/people/1017/what-if").await;
    says(&form, "now Sales");
    does_not_say(&form, "gains");
    let before = items(&rehearsal).await;
    let path = "/people/1017/what-if?department=Finance&title=Controller&level=L5&country=Germany\
                &location=&employment_type=Full-Time";
    let answer = hr.get(path).await;
    assert_eq!(answer.status, 200);
    says(
        &answer,
        "gains Finance system the account, approve-payments, enter-payments",
    );
    says(&answer, "because of finance, finance-lead");
    says(&answer, "after Controlling approved it");
    // Read as HR's values are: Germany is DE, a full-time worker is an employee.
    says(
        &answer,
        "gains Chat de, finance because of finance, germany",
    );
    says(
        &answer,
        "loses CRM the account, sales-user no longer of sales",
    );
    says(&answer, "Payroll monthly");
    says(&answer, "changes department: Sales becomes Finance in ");
    says(&answer, "Nobody both enters and approves payments");
    says(&answer, "Security would have to approve it");
    says(&answer, "As a transfer of today this would be ");
    assert_eq!(items(&rehearsal).await, before);
    let nowhere = hr.get("/people/1017/what-if?country=Atlantis").await;
    says(&nowhere, "The country has to be a country's English name");
    does_not_say(&nowhere, "keeps");
    let mistyped = hr.get("/people/1017/what-if?department=Finanze").await;
    says(&mistyped, "did you mean `Finance`?");
    assert_eq!(items(&rehearsal).await, before);
}

#[tokio::test]
async fn search_leads_to_a_person_and_to_a_case() {
    let rehearsal = company().await;
    let case = rehearsal.take_in("hire.json").await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    for (typed, to) in [
        (case.to_string(), format!("/cases/{case}")),
        ("1017".to_owned(), "/people/1017".to_owned()),
        ("okaf".to_owned(), "/people/1017".to_owned()),
        ("amara+okafor".to_owned(), "/people/1017".to_owned()),
    ] {
        let answer = hr.get(&format!("/search?q={typed}")).await;
        assert_eq!((answer.status, answer.to), (303, Some(to)), "{typed}");
    }
    let known = rehearsal.know(vec![person("2002", ("Kim", "Okada"), &json!({}))]);
    known.await.unwrap();
    let several = hr.get("/search?q=oka").await;
    assert_eq!(several.status, 200);
    says(&several, "2 for “oka”");
    says(&several, "Amara Okafor");
    says(&several, "Kim Okada");
    let nobody = hr.get("/search?q=nobody").await;
    says(&nobody, "Nothing found for “nobody”");
}

#[tokio::test]
async fn who_is_not_known_is_not_found_and_names_are_only_text() {
    let rehearsal = company().await;
    let name = ("<script>alert(1)</script>", "</a><b onclick=x>Bold");
    let about = json!({ "title": "<i>Boss</i>", "managerEmail": "\"><img src=x>@acme.example" });
    let odd = person("20/03", name, &about);
    rehearsal.know(vec![odd]).await.unwrap();
    let mut hr = Browser::of(&rehearsal, HR).await;
    for path in ["/people/4711", "/people/4711/what-if", "/people/a%20b"] {
        let answer = hr.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        says(&answer, "Nobody is known as employee");
    }
    let markup = "/people/%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for path in [
        "/people",
        "/people?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/people/20%2F03",
        "/people/20%2F03/what-if?department=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/search?q=%3Cscript%3Ealert(2)%3C/script%3E+%22",
        markup,
    ] {
        let answer = hr.get(path).await;
        assert!(
            matches!(answer.status, 200 | 404),
            "{path}: {}",
            answer.status
        );
        for acting in [
            "<script>alert",
            "<b onclick",
            "<i>Boss",
            "<img",
            "\"><script>",
        ] {
            assert!(!answer.text.contains(acting), "{path} has {acting}");
        }
    }
    let page = hr.get("/people/20%2F03").await;
    assert!(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[tokio::test]
async fn a_long_list_goes_on_by_a_link() {
    let rehearsal = company().await;
    let many = (0..60).map(|n| {
        person(
            &format!("3{n:03}"),
            ("Kai", &format!("Zeta{n:02}")),
            &json!({}),
        )
    });
    rehearsal.know(many.collect()).await.unwrap();
    let mut hr = Browser::of(&rehearsal, HR).await;
    let first = hr.get("/people?q=zeta").await;
    assert_eq!(first.text.matches("href=\"/people/3").count(), 50);
    does_not_say(&first, "Zeta50");
    let (_, rest) = first.text.split_once("class=\"pages\"").unwrap();
    let (_, link) = rest.split_once("href=\"").unwrap();
    let (link, _) = link.split_once('"').unwrap();
    let second = hr.get(&link.replace("&amp;", "&")).await;
    assert_eq!(second.text.matches("href=\"/people/3").count(), 10);
    says(&second, "Zeta50");
    says(&second, "Zeta59");
    assert!(!second.text.contains("class=\"pages\""));
}
