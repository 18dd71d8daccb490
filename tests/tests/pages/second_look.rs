//! What the second look of a report says before anything counts: which day moves, what was so then, and what would not
//! change.

use latchkey_lifecycle::{CaseState, EmployeeId, EventKind, PersonDraft};
use latchkey_tests::{Answers, Rehearsal};
use serde_json::json;

use crate::browser::{Answer, Browser, company, company_with};

const INES: &str = "ines.albrecht@acme.example";

fn id(text: &str) -> EmployeeId {
    EmployeeId::new(text).unwrap()
}

/// Somebody who works here, or will, from a day on.
async fn here(rehearsal: &Rehearsal, number: &str, given: &str, first: &str) {
    let record: PersonDraft = serde_json::from_value(json!({
        "employeeId": number, "givenName": given, "familyName": "Abadi", "department": "Sales",
        "title": "Sales Analyst", "employmentType": "employee", "country": "GB", "location": "London",
        "timeZone": "Europe/London", "startDate": first,
    }))
    .unwrap();
    let ledger = &rehearsal.stack.ledger;
    ledger
        .import_person(&id(number), record, rehearsal.now())
        .await
        .unwrap();
}

/// Says something on the form, and confirms it.
async fn confirmed(browser: &mut Browser, form: &[(&str, &str)]) -> Answer {
    let page = browser.post("/report", form).await;
    let token = page.value("token");
    let mut form = form.to_vec();
    form.push(("token", &token));
    let done = browser.post("/report/confirm", &form).await;
    assert_eq!(done.status, 303, "{}", done.text);
    page
}

#[tokio::test]
async fn an_exit_that_moves_says_from_which_day_to_which_and_what_counts_while_it_is_held() {
    let rehearsal = company_with(&[(" exits: 20", " exits: 1")]).await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let exit = |day| [("kind", "exit"), ("who", "1030"), ("exit.day", day)];
    confirmed(&mut ines, &exit("2026-12-09")).await;
    let page = ines.post("/report", &exit("2026-12-18")).await;
    page.says("Plans anew the open case exit, last day Wed 9 Dec");
    page.says("the last day moves from Wed 9 Dec to Fri 18 Dec");
    // Another exit has used up what the brake lets through, and so is the one that moves after a while.
    rehearsal.pass(48);
    let mut ines = Browser::of(&rehearsal, INES).await;
    confirmed(
        &mut ines,
        &[
            ("kind", "exit"),
            ("who", "1017"),
            ("exit.day", "2026-12-18"),
        ],
    )
    .await;
    let page = ines.post("/report", &exit("2026-12-18")).await;
    page.says("The brake would hold it");
    page.says("Meanwhile neither day counts: nothing is done on Wed 9 Dec either");
}

#[tokio::test]
async fn a_leave_that_moves_and_a_hire_of_whoever_is_to_begin_are_said_in_whole_sentences() {
    let rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let leave = |day| [("kind", "leave"), ("who", "1030"), ("leave.day", day)];
    confirmed(&mut ines, &leave("2026-12-02")).await;
    let page = ines.post("/report", &leave("2026-12-03")).await;
    page.says("the day of the leave of absence moves from Wed 2 Dec to Thu 3 Dec");
    here(&rehearsal, "2001", "Petra", "2026-12-14").await;
    let hire = [
        ("kind", "hire"),
        ("hire.givenName", "Petra"),
        ("hire.familyName", "Abadi"),
        ("hire.employeeId", "2001"),
        ("hire.startDate", "2026-12-14"),
        ("hire.department", "Sales"),
        ("hire.title", "Sales Analyst"),
        ("hire.employmentType", "employee"),
        ("hire.country", "DE"),
    ];
    let page = ines.post("/report", &hire).await;
    page.says("Employee 2001 is somebody who is to begin on Mon 14 Dec: Petra Abadi");
    page.does_not_say("works here");
}

#[tokio::test]
async fn a_last_day_before_the_first_offers_to_rescind_the_hire() {
    let rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let hire = [
        ("kind", "hire"),
        ("hire.givenName", "Emil"),
        ("hire.familyName", "Abadi"),
        ("hire.employeeId", "3001"),
        ("hire.startDate", "2026-12-14"),
        ("hire.department", "Sales"),
        ("hire.title", "Sales Analyst"),
        ("hire.country", "Germany"),
        ("hire.employmentType", "employee"),
    ];
    confirmed(&mut ines, &hire).await;
    rehearsal.pass(1);
    let mut ines = Browser::of(&rehearsal, INES).await;
    let exit = [
        ("kind", "exit"),
        ("who", "3001"),
        ("exit.day", "2026-12-10"),
    ];
    let page = ines.post("/report", &exit).await;
    page.says("The last day is not after the first, Mon 14 Dec");
    let offer = "/report?kind=rescind&amp;who=3001";
    assert!(page.text.contains(offer), "{}", page.text);
    let form = ines.get("/report?kind=rescind&who=3001").await;
    form.says("Somebody does not start");
    let page = confirmed(&mut ines, &[("kind", "rescind"), ("who", "3001")]).await;
    page.says("Confirm the rescinded hire");
    let ledger = &rehearsal.stack.ledger;
    let cases = ledger.each_case_of(&id("3001")).await.unwrap();
    let states = cases.iter().map(|row| (row.item.kind, row.item.state));
    let states: Vec<(EventKind, CaseState)> = states.collect();
    assert!(
        states.contains(&(EventKind::Hire, CaseState::Superseded)),
        "{states:?}"
    );
    ines.get("/people/3001")
        .await
        .says("was to start, and does not");
}

/// By hand like by the HR system: the exit ends, and its page offers it to whoever may report.
#[tokio::test]
async fn an_exit_is_withdrawn_by_hand_and_offered_on_its_page() {
    let rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let stays = [
        ("kind", "stays"),
        ("who", "1030"),
        ("stays.reason", "Changed plans"),
    ];
    let page = ines.post("/report", &stays).await;
    page.says("What Latchkey would say or ask");
    let exit = [
        ("kind", "exit"),
        ("who", "1030"),
        ("exit.day", "2026-12-09"),
    ];
    confirmed(&mut ines, &exit).await;
    let ledger = &rehearsal.stack.ledger;
    let cases = ledger.each_case_of(&id("1030")).await.unwrap();
    let path = format!("/cases/{}", cases[0].item.id);
    let page = ines.get(&path).await;
    for offer in ["stays", "moves"] {
        let link = format!("/report?kind={offer}&amp;who=1030");
        assert!(page.text.contains(&link), "{}", page.text);
    }
    page.says("Report that Rafael Costa stays after all");
    let mut ada = Browser::of(&rehearsal, "ada.king@acme.example").await;
    let page = ada.get(&path).await;
    assert!(!page.text.contains("/report?kind="), "{}", page.text);
    assert_eq!(ada.post("/report", &stays).await.status, 403);

    rehearsal.pass(1);
    let mut ines = Browser::of(&rehearsal, INES).await;
    let form = ines.get("/report?kind=stays&who=1030").await;
    form.says("Somebody stays after all");
    let page = confirmed(&mut ines, &stays).await;
    page.says("Confirm the withdrawn exit");
    page.says("Ends the open case");
    let cases = ledger.each_case_of(&id("1030")).await.unwrap();
    assert_eq!(cases[0].item.state, CaseState::Superseded);
    let page = ines.get(&path).await;
    assert!(!page.text.contains("/report?kind="), "{}", page.text);
}

#[tokio::test]
async fn an_urgent_exit_is_withdrawn_by_hand_and_what_was_taken_is_given_back() {
    let mut rehearsal = company().await;
    let mut chidi = Browser::of(&rehearsal, "chidi.eze@acme.example").await;
    let urgent = [("kind", "urgent"), ("who", "1030"), ("urgent.reason", "x")];
    let page = chidi.post("/report", &urgent).await;
    page.says("HR reports by hand that Rafael Costa stays after all");
    let token = page.value("token");
    let mut typed = urgent.to_vec();
    typed.extend([("token", token.as_str()), ("typed", "1030")]);
    let cut = chidi.post("/report/confirm", &typed).await;
    assert_eq!(cut.status, 303, "{}", cut.text);
    let later = rehearsal.later(2);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let stays = [("kind", "stays"), ("who", "1030")];
    let page = confirmed(&mut ines, &stays).await;
    page.says("What would happen");
    let cases = rehearsal.stack.ledger.each_case_of(&id("1030")).await;
    let cases = cases.unwrap().into_iter();
    let states: Vec<_> = cases.map(|row| (row.item.kind, row.item.state)).collect();
    let cut = (EventKind::UrgentExit, CaseState::Superseded);
    let given_back = states
        .iter()
        .any(|(kind, state)| *kind == EventKind::ExitWithdrawn && !state.is_ended());
    assert!(states.contains(&cut) && given_back, "{states:?}");
}

#[tokio::test]
async fn a_first_or_a_last_day_is_moved_by_hand() {
    let rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let hire = [
        ("kind", "hire"),
        ("hire.givenName", "Emil"),
        ("hire.familyName", "Abadi"),
        ("hire.employeeId", "3001"),
        ("hire.startDate", "2026-12-14"),
        ("hire.department", "Sales"),
        ("hire.title", "Sales Analyst"),
        ("hire.country", "Germany"),
        ("hire.employmentType", "employee"),
    ];
    confirmed(&mut ines, &hire).await;
    let exit = [
        ("kind", "exit"),
        ("who", "1030"),
        ("exit.day", "2026-12-09"),
    ];
    confirmed(&mut ines, &exit).await;
    rehearsal.pass(1);
    let mut ines = Browser::of(&rehearsal, INES).await;
    let (first, last) = (("moves.first", "2026-12-07"), ("moves.last", "2026-12-18"));
    let moves = [("kind", "moves"), ("who", "3001")];
    for wrong in [vec![], vec![first, last]] {
        let page = ines.post("/report", &[&moves[..], &wrong].concat()).await;
        assert_eq!(page.status, 422, "{}", page.text);
        assert!(page.text.contains("#moves.first"), "{}", page.text);
    }
    let page = confirmed(&mut ines, &[&moves[..], &[first]].concat()).await;
    page.says("first day moves from Mon 14 Dec to Mon 7 Dec");
    assert!(!page.text.contains("was not here then"), "{}", page.text);
    let page = confirmed(&mut ines, &[("kind", "moves"), ("who", "1030"), last]).await;
    page.says("last day moves from Wed 9 Dec to Fri 18 Dec");
    let ledger = &rehearsal.stack.ledger;
    for (number, day) in [("3001", "2026-12-07"), ("1030", "2026-12-18")] {
        let cases = ledger.each_case_of(&id(number)).await.unwrap();
        let days: Vec<_> = cases.iter().map(|row| row.item.effective).collect();
        assert_eq!(days, [Some(day.parse().unwrap())], "{number}");
    }
}

#[tokio::test]
async fn who_was_not_here_then_is_said_and_a_change_of_nothing_is_none() {
    let rehearsal = company().await;
    here(&rehearsal, "3001", "Emil", "2026-09-01").await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let transfer = |day, title| {
        [
            ("kind", "transfer"),
            ("who", "3001"),
            ("transfer.day", day),
            ("transfer.title", title),
        ]
    };
    let page = ines
        .post("/report", &transfer("2025-12-07", "Sales Lead"))
        .await;
    page.says("Emil Abadi was not here then: first day");
    // Nothing of it is otherwise than it is.
    let page = ines
        .post("/report", &transfer("2026-12-07", "Sales Analyst"))
        .await;
    page.says("Nothing would change");
    page.does_not_say("Confirm the transfer");
    let page = ines
        .post("/report", &transfer("2026-12-07", "Sales Lead"))
        .await;
    page.does_not_say("Nothing would change");
    page.says("Confirm the transfer");
    let back = [
        ("kind", "return"),
        ("who", "3001"),
        ("return.day", "2026-12-07"),
    ];
    let page = ines.post("/report", &back).await;
    page.says("Emil Abadi is not on leave, as far as HR told");
    let leave = [
        ("kind", "leave"),
        ("who", "3001"),
        ("leave.day", "2026-12-01"),
    ];
    confirmed(&mut ines, &leave).await;
    let page = ines.post("/report", &back).await;
    page.does_not_say("is not on leave");
}

#[tokio::test]
async fn another_country_ends_the_time_zone_that_was_told_for_the_one_before() {
    let rehearsal = company().await;
    here(&rehearsal, "3001", "Emil", "2026-09-01").await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    for (zone, expected) in [("", None), ("Europe/Paris", Some("Europe/Paris"))] {
        let form = [
            ("kind", "transfer"),
            ("who", "3001"),
            ("transfer.day", "2026-12-07"),
            ("transfer.country", "France"),
            ("transfer.timeZone", zone),
        ];
        confirmed(&mut ines, &form).await;
        let cases = rehearsal
            .stack
            .ledger
            .each_case_of(&id("3001"))
            .await
            .unwrap();
        let person = cases[0].item.person.clone().unwrap();
        assert_eq!(
            (person.country.as_str(), person.time_zone.as_deref()),
            ("FR", expected)
        );
    }
    // Until that day London's counts, and what they are is told nowhere before it.
    let row = rehearsal
        .stack
        .ledger
        .find_person(&id("3001"))
        .await
        .unwrap()
        .unwrap();
    let on = |day: &str| row.item.on(day.parse().unwrap()).clone();
    assert_eq!(on("2026-12-06").time_zone.as_deref(), Some("Europe/London"));
    assert_eq!(on("2026-12-07").country.as_deref(), Some("FR"));
}

#[tokio::test]
async fn a_change_to_come_is_none_yet_on_any_page() {
    let rehearsal = company().await;
    here(&rehearsal, "3001", "Emil", "2026-09-01").await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let form = [
        ("kind", "transfer"),
        ("who", "3001"),
        ("transfer.day", "2026-12-07"),
        ("transfer.title", "Sales Lead"),
    ];
    confirmed(&mut ines, &form).await;
    let exit = [
        ("kind", "exit"),
        ("who", "3001"),
        ("exit.day", "2026-12-31"),
    ];
    for page in [
        ines.get("/people?q=abadi").await,
        ines.get("/people/3001").await,
        ines.post("/report", &exit).await,
    ] {
        page.says("Sales Analyst");
    }
    ines.get("/people?q=abadi").await.does_not_say("Sales Lead");
    rehearsal.pass(24 * 21);
    let mut ines = Browser::of(&rehearsal, INES).await;
    ines.get("/people?q=abadi").await.says("Sales Lead");
}

#[tokio::test]
async fn a_day_decades_ahead_is_asked_about_and_a_name_that_is_known_is_pointed_at() {
    let rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let exit = [
        ("kind", "exit"),
        ("who", "1030"),
        ("exit.day", "2062-12-18"),
    ];
    let page = ines.post("/report", &exit).await;
    page.says("The day lies more than 36 years ahead");
    page.says("HR would be given a task to look at it");
    page.says("The last day has to be at most two years ahead, and 2062-12-18 is further");
    page.does_not_say("No last day was told");
    let hire = [
        ("kind", "hire"),
        ("hire.givenName", "Rafael"),
        ("hire.familyName", "Costa"),
        ("hire.employeeId", "9001"),
        ("hire.startDate", "2026-12-14"),
        ("hire.department", "Sales"),
        ("hire.title", "Account Executive"),
        ("hire.country", "Germany"),
        ("hire.employmentType", "employee"),
        ("hire.manager", "Tom Keller"),
    ];
    let page = confirmed(&mut ines, &hire).await;
    page.says("Rafael Costa is known as employee 1030, too");
    // A minute later nobody has anything of what is to come, and the manager is known by name.
    let page = ines.get("/people/9001").await;
    page.says("Nothing yet;");
    page.says("are to come by Mon 14 Dec");
    page.does_not_say("by the matrix; not read or told yet");
    page.says("Manager Tom Keller");
    let cases = rehearsal
        .stack
        .ledger
        .each_case_of(&id("9001"))
        .await
        .unwrap();
    assert_eq!(cases[0].item.state, CaseState::Received);
    let page = ines.get(&format!("/cases/{}", cases[0].item.id)).await;
    page.says("Manager Tom Keller");
}
