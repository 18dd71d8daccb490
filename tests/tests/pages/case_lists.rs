//! The lists of cases, and what stands in them that has no checklist yet.

use latchkey_lifecycle::CaseState;
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal, acme, sample};

use crate::browser::{Answer, Browser, company};

const HR: &str = "ines.albrecht@acme.example";
const OPERATOR: &str = "ada.king@acme.example";

/// The cases that a page links to, in its order.
fn cases_on(answer: &Answer) -> Vec<String> {
    let links = answer.text.split(r#"<a href="/cases/"#).skip(1);
    links
        .map(|link| link.split('"').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn more_cases_than_fit_are_paged_through() {
    let rehearsal = company().await;
    let mut taken_in = Vec::new();
    for number in 0..30 {
        let mut hire = sample("hire.json");
        hire["data"]["employee_id"] = format!("20{number:02}").into();
        hire["data"]["person"]["family_name"] = format!("Number{number}").into();
        taken_in.push(rehearsal.confirm(hire).await.unwrap().to_string());
    }
    let exit = rehearsal.take_in("exit.json").await.to_string();
    taken_in.push(exit.clone());
    let mut hr = Browser::of(&rehearsal, HR).await;
    let (mut path, mut found) = ("/cases".to_owned(), Vec::new());
    loop {
        let page = hr.get(&path).await;
        assert_eq!(page.status, 200);
        let here = cases_on(&page);
        assert!(!here.is_empty() && here.len() <= 25, "{}", here.len());
        found.extend(here);
        let Some((before, _)) = page.text.split_once(r#"" rel="next""#) else {
            break;
        };
        path = before
            .rsplit_once(r#"href=""#)
            .unwrap()
            .1
            .replace("&amp;", "&");
    }
    assert_eq!(found.len(), 31);
    found.sort();
    taken_in.sort();
    assert_eq!(found, taken_in);
    assert_eq!(cases_on(&hr.get("/cases?kind=exit").await), [exit]);
    // What is no place begins at the beginning.
    assert_eq!(cases_on(&hr.get("/cases?from=nonsense").await).len(), 25);
}

/// A team of a large company: more is asked of it than a page looks at.
#[tokio::test]
async fn a_team_that_is_in_more_cases_than_a_page_looks_at_is_told_so() {
    let mut rehearsal = Rehearsal::of(&braked("hires: 40", "hires: 400")).await;
    rehearsal.seed().await;
    for number in 0..100 {
        let mut hire = sample("hire.json");
        hire["data"]["employee_id"] = format!("2{number:03}").into();
        hire["data"]["person"]["family_name"] = format!("Number{number}").into();
        rehearsal.confirm(hire).await.unwrap();
    }
    let now = rehearsal.now();
    rehearsal.play(&mut Answers::none(), Some(now)).await;
    let mut facilities = Browser::of(&rehearsal, "maria.silva@acme.example").await;
    let list = facilities.get("/cases").await;
    assert_eq!(cases_on(&list).len(), 25);
    let said = "More than 75 open cases, of which these come first";
    assert!(list.text.contains(said), "{}", head(&list.text));
    let last = facilities.get("/cases?page=3").await;
    assert_eq!(cases_on(&last).len(), 25);
    let said = "more than this page looks at";
    assert!(last.text.contains(said), "{}", head(&last.text));
    assert!(!last.text.contains(r#"rel="next""#));
    // Whoever sees everything counts them.
    let mut hr = Browser::of(&rehearsal, HR).await;
    let list = hr.get("/cases").await.text;
    assert!(list.contains("100 open cases."), "{}", head(&list));
}

/// What stands over a page's table.
fn head(page: &str) -> &str {
    let main = page.split_once("<main").map_or(page, |(_, main)| main);
    main.split_once("<table").map_or(main, |(head, _)| head)
}

#[tokio::test]
async fn what_was_closed_last_comes_first() {
    let mut rehearsal = company().await;
    let early = rehearsal.take_in("hire.json").await;
    let short = rehearsal.take_in("urgent-exit.json").await;
    assert!(rehearsal.case(&early).await.opened_at <= rehearsal.case(&short).await.opened_at);
    rehearsal.play(&mut Answers::willing(), None).await;
    let closed = async |case| rehearsal.case(case).await.closed_at.unwrap();
    assert!(closed(&short).await < closed(&early).await);
    let mut hr = Browser::of(&rehearsal, HR).await;
    let list = hr.get("/cases?shelf=closed").await;
    assert_eq!(cases_on(&list), [early.to_string(), short.to_string()]);
}

/// Acme with another brake.
fn braked(from: &str, to: &str) -> Source {
    let mut files = acme().files().clone();
    for text in files.values_mut() {
        *text = text.replace(from, to);
    }
    Source::from_files(files)
}

#[tokio::test]
async fn what_waits_for_somebody_says_so_before_it_has_a_checklist() {
    let mut rehearsal = Rehearsal::of(&braked("urgent_exits: 5", "urgent_exits: 1")).await;
    rehearsal.seed().await;
    let incomplete = rehearsal.take_in("incomplete-hire.json").await;
    let mut held = Vec::new();
    for employee in ["1030", "1021", "1017"] {
        held.push(
            rehearsal
                .happens("person.exit.urgent", employee, None)
                .await,
        );
    }
    let now = rehearsal.now();
    rehearsal.play(&mut Answers::none(), Some(now)).await;
    let mut hr = Browser::of(&rehearsal, HR).await;
    let page = hr.get(&format!("/cases/{incomplete}")).await.text;
    assert!(
        page.contains("The case waits for HR") && page.contains("The record lacks: start date"),
        "{page}"
    );
    let last = held.pop().unwrap();
    assert_eq!(rehearsal.case(&last).await.state, CaseState::Held);
    let page = hr.get(&format!("/cases/{last}")).await.text;
    assert!(
        page.contains("The brake holds this case") && page.contains("until Security confirms it"),
        "{page}"
    );
    let board = hr.get(&format!("/cases/{last}/board")).await;
    assert!(
        board
            .text
            .contains("nothing is cut until somebody confirms it")
    );
    assert!(board.again.is_some());
    let list = hr.get("/cases").await.text;
    assert!(
        list.contains("held") && list.contains("waits for HR"),
        "{list}"
    );
    // What is held and does not ask for all of it begins nothing by being tried again.
    let mut operator = Browser::of(&rehearsal, OPERATOR).await;
    let again = operator
        .post(&format!("/cases/{last}/try-again"), &[])
        .await;
    assert_eq!(again.status, 303);
    let now = rehearsal.now();
    rehearsal.play(&mut Answers::none(), Some(now)).await;
    assert_eq!(rehearsal.case(&last).await.state, CaseState::Held);
}

#[tokio::test]
async fn who_is_needed_comes_first_and_all_of_the_shelf_is_counted() {
    let mut rehearsal = company().await;
    // The oldest one is late, and everything after it is on its way.
    let late = rehearsal.take_in("hire.json").await;
    rehearsal
        .play(&mut Answers::none(), Some(rehearsal.later(24 * 30)))
        .await;
    let start = rehearsal.later(24 * 40).strftime("%Y-%m-%d").to_string();
    for number in 0..60 {
        let mut hire = sample("hire.json");
        hire["data"]["employee_id"] = format!("20{number:02}").into();
        hire["data"]["person"]["family_name"] = format!("Number{number}").into();
        hire["data"]["effective_date"] = start.clone().into();
        rehearsal.confirm(hire).await.unwrap();
        // Both where each checklist is read and where there are too many for that.
        if number == 29 || number == 59 {
            let now = rehearsal.now();
            rehearsal.play(&mut Answers::none(), Some(now)).await;
            let mut hr = Browser::of(&rehearsal, HR).await;
            let page = hr.get("/cases").await;
            assert_eq!(cases_on(&page)[0], late.to_string(), "{}", page.text);
            let all = format!("<b>{} open cases.</b> 1 ", number + 2);
            assert!(page.text.contains(&all), "{all}: {}", page.text);
            assert!(page.text.contains("needs somebody first"), "{}", page.text);
        }
    }
}
