//! What HR reports by hand: shown first, and nothing written before it is confirmed.

use latchkey_lifecycle::{CaseId, EmployeeId, EventKind, PersonDraft};
use latchkey_tests::{Answers, Rehearsal};

use crate::browser::{Answer, Browser, company, company_with};

const INES: &str = "ines.albrecht@acme.example";

const HIRE: [(&str, &str); 10] = [
    ("kind", "hire"),
    ("hire.givenName", "Luca"),
    ("hire.familyName", "Moretti"),
    ("hire.employeeId", "9001"),
    ("hire.startDate", "2026-12-07"),
    ("hire.department", "Sales"),
    ("hire.title", "Account Executive"),
    ("hire.country", "Germany"),
    ("hire.employmentType", "employee"),
    ("hire.manager", "Tom Keller"),
];

fn id(text: &str) -> EmployeeId {
    EmployeeId::new(text).unwrap()
}

/// The token of a check page.
fn token(page: &Answer) -> String {
    let (_, rest) = page.text.split_once(r#"name="token" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// What a form sends, with what is said besides.
fn with<'a>(form: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    form.iter().chain(more).copied().collect()
}

async fn cases_of(rehearsal: &Rehearsal, employee: &str) -> Vec<latchkey_lifecycle::Case> {
    let ledger = &rehearsal.stack.ledger;
    let rows = ledger.each_case_of(&id(employee)).await.unwrap();
    rows.into_iter().map(|row| row.item).collect()
}

#[tokio::test]
async fn what_is_not_right_is_said_at_its_field_and_what_was_typed_stays() {
    let rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let form = ines.get("/report").await;
    assert_eq!(form.status, 200);
    assert!(form.text.contains("Somebody starts"), "{}", form.text);

    let lacking = with(
        &HIRE[..5],
        &[("hire.country", "Atlantis"), ("exit.reason", "kept, too")],
    );
    let again = ines.post("/report", &lacking).await;
    assert_eq!(again.status, 422, "{}", again.text);
    for seen in [
        r##"href="#hire.department""##,
        r##"href="#hire.country""##,
        r#"value="Moretti""#,
        r#"value="Atlantis""#,
        "kept, too",
        "Nothing has happened yet: 4 things are not right",
    ] {
        assert!(again.text.contains(seen), "{seen}: {}", again.text);
    }

    let mut known = HIRE;
    known[3].1 = "1030";
    let other = ines.post("/report", &known).await;
    let twice = "is known, and has not left: Rafael Costa";
    assert!(other.text.contains(twice), "{}", other.text);

    // Back to the form: everything is there.
    let change = with(&HIRE, &[("change", "hire.title")]);
    let form = ines.post("/report", &change).await;
    assert_eq!(form.status, 200);
    let title = r#"value="Account Executive""#;
    assert!(form.text.contains(title), "{}", form.text);
}

#[tokio::test]
async fn hr_reports_a_hire_and_a_second_click_is_the_same_case() {
    let mut rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let page = ines.post("/report", &HIRE).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for seen in [
        "Is this right?",
        "Prepare the laptop",
        "IT Support",
        "Luca Moretti",
        "Confirm the hire",
        "Change",
    ] {
        assert!(page.text.contains(seen), "{seen}: {}", page.text);
    }
    assert!(!page.text.contains("style="), "{}", page.text);
    assert!(
        rehearsal
            .stack
            .ledger
            .person_row(&id("9001"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(cases_of(&rehearsal, "9001").await.is_empty());

    let token = token(&page);
    let confirmed = with(&HIRE, &[("token", &token)]);
    let elsewhere = ines
        .post_from_elsewhere("/report/confirm", &confirmed)
        .await;
    assert_eq!(elsewhere.status, 403);
    assert!(cases_of(&rehearsal, "9001").await.is_empty());
    let first = ines.post("/report/confirm", &confirmed).await;
    let second = ines.post("/report/confirm", &confirmed).await;
    assert_eq!((first.status, second.status), (303, 303), "{}", first.text);
    assert_eq!(first.to, second.to);
    // Whoever sets up sees that something was reported.
    let heard = rehearsal.stack.ledger.last_heard("page").await.unwrap();
    assert_eq!(heard, Some(rehearsal.now()));
    let [case] = cases_of(&rehearsal, "9001").await.try_into().unwrap();
    assert_eq!(
        first.to.as_deref(),
        Some(format!("/cases/{}", case.id).as_str())
    );
    let person = case.person.clone().unwrap();
    assert_eq!(person.manager, Some(id("1003")));
    assert_eq!(person.country, "DE");
    let later = rehearsal.later(1);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    assert!(rehearsal.tasks(&case.id).await.len() > 5);
    let all = rehearsal.everything(&case.id).await;
    assert!(all.contains(INES), "{all}");
    // Whether the HR system or a human said it stands in the case and in the trail.
    let mut eva = Browser::of(&rehearsal, "eva.lind@acme.example").await;
    let page = eva.get(&format!("/cases/{}", case.id)).await;
    let by = "reported by hand by ines.albrecht@acme.example";
    assert!(page.text.contains(by), "{}", page.text);
    let trail = eva.get("/audit?who=ines.albrecht%40acme.example").await;
    assert!(trail.text.contains("reported by hand"), "{}", trail.text);
    for page in [page, trail] {
        assert!(!page.text.contains("HR system (page)"), "{}", page.text);
    }
    // The same again, from a new form, says nothing new.
    let mut ines = Browser::of(&rehearsal, INES).await;
    let page = ines.post("/report", &HIRE).await;
    assert!(page.text.contains("Nothing would change"), "{}", page.text);
    assert!(!page.text.contains("/report/confirm"), "{}", page.text);
}

#[tokio::test]
async fn who_may_not_report_is_refused() {
    let rehearsal = company().await;
    let mut eva = Browser::of(&rehearsal, "eva.lind@acme.example").await;
    assert_eq!(eva.get("/report").await.status, 403);
    let mut maria = Browser::of(&rehearsal, "maria.silva@acme.example").await;
    // An operator has somebody cut off, and reports nothing else.
    let mut ada = Browser::of(&rehearsal, "ada.king@acme.example").await;
    let form = ada.get("/report").await;
    assert_eq!(form.status, 200);
    assert!(!form.text.contains("Somebody starts") && form.text.contains("has to leave now"));
    let confirmed = with(
        &HIRE,
        &[("token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")],
    );
    for browser in [&mut eva, &mut maria, &mut ada] {
        for path in ["/report", "/report/confirm"] {
            let refused = browser.post(path, &confirmed).await;
            assert_eq!(refused.status, 403, "{path}");
            assert!(refused.text.contains("These can"), "{}", refused.text);
        }
    }
    assert!(cases_of(&rehearsal, "9001").await.is_empty());
}

#[tokio::test]
async fn an_urgent_exit_needs_the_number_typed_and_begins_at_once() {
    let mut rehearsal = company().await;
    let mut chidi = Browser::of(&rehearsal, "chidi.eze@acme.example").await;
    let urgent = [
        ("kind", "urgent"),
        ("who", "rafael costa"),
        ("urgent.reason", "Dismissed"),
    ];
    let page = chidi.post("/report", &urgent).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for seen in [
        "Cut Rafael Costa off now?",
        "type the employee number 1030",
        "at once",
        "Dismissed",
    ] {
        assert!(page.text.contains(seen), "{seen}: {}", page.text);
    }
    let token = token(&page);
    for typed in ["", "1031", "Rafael Costa", "01030"] {
        let form = with(&urgent, &[("token", &token), ("typed", typed)]);
        let wrong = chidi.post("/report/confirm", &form).await;
        assert_eq!(wrong.status, 422, "{typed}");
        assert!(
            wrong.text.contains("Nothing has happened"),
            "{}",
            wrong.text
        );
        assert!(cases_of(&rehearsal, "1030").await.is_empty(), "{typed}");
    }
    let form = with(&urgent, &[("token", &token), ("typed", "1030")]);
    assert_eq!(
        chidi
            .post_from_elsewhere("/report/confirm", &form)
            .await
            .status,
        403
    );
    assert!(cases_of(&rehearsal, "1030").await.is_empty());
    let cut = chidi.post("/report/confirm", &form).await;
    let [case] = cases_of(&rehearsal, "1030").await.try_into().unwrap();
    assert_eq!(
        (cut.status, cut.to),
        (303, Some(format!("/cases/{}/board", case.id))),
        "{}",
        cut.text
    );
    assert_eq!(
        (case.kind, case.reason.as_deref()),
        (EventKind::UrgentExit, Some("Dismissed"))
    );
    let soon = rehearsal.now() + jiff::SignedDuration::from_mins(5);
    rehearsal.play(&mut Answers::none(), Some(soon)).await;
    let tasks = rehearsal.tasks(&case.id).await;
    let ended = tasks.iter().filter(|task| task.state.is_ended());
    assert!(ended.count() >= 2, "{tasks:#?}");
}

#[tokio::test]
async fn an_exit_is_of_one_person_and_its_past_day_is_said() {
    let rehearsal = company_with(&[(" exits: 20", " exits: 1")]).await;
    let ledger = &rehearsal.stack.ledger;
    for (number, given, address) in [
        ("2001", "Rafaela", None),
        ("2002", "Ines", Some("INES.albrecht@acme.example")),
    ] {
        let person = PersonDraft {
            employee_id: Some(id(number)),
            given_name: Some(given.to_owned()),
            family_name: Some("Costa".to_owned()),
            work_email: address.map(str::to_owned),
            ..PersonDraft::default()
        };
        ledger
            .import_person(&id(number), person, rehearsal.now())
            .await
            .unwrap();
    }
    let mut ines = Browser::of(&rehearsal, INES).await;
    let exit = |who| [("kind", "exit"), ("who", who), ("exit.day", "2026-11-20")];
    for (who, said) in [
        ("Nobody Known", "knows nobody of this name"),
        ("", "Say who"),
    ] {
        let page = ines.post("/report", &exit(who)).await;
        assert_eq!(page.status, 422);
        assert!(page.text.contains(said), "{who}: {}", page.text);
    }
    let which = ines.post("/report", &exit("Costa")).await;
    assert_eq!(which.status, 422);
    for seen in [
        "choose who is meant",
        r#"value="1030""#,
        r#"value="2001""#,
        r#"value="2026-11-20""#,
    ] {
        assert!(which.text.contains(seen), "{seen}: {}", which.text);
    }
    let own = ines.post("/report", &exit("2002")).await;
    assert_eq!(own.status, 403);
    assert!(own.text.contains("It is about yourself"), "{}", own.text);
    let page = ines.post("/report", &exit("1030")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for seen in [
        "The day has passed",
        "late from the first minute",
        "The brake lets it through",
    ] {
        assert!(page.text.contains(seen), "{seen}: {}", page.text);
    }
    let done = with(&exit("1030"), &[]);
    let token = token(&page);
    let done = with(&done, &[("token", &token)]);
    assert_eq!(ines.post("/report/confirm", &done).await.status, 303);
    // The next one is one too many.
    let page = ines.post("/report", &exit("1017")).await;
    assert!(
        page.text.contains("The brake would hold it"),
        "{}",
        page.text
    );
    assert!(page.text.contains("<b>Security</b>"), "{}", page.text);
}

#[tokio::test]
async fn transfers_leaves_and_returns_are_reported_too() {
    let rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let nothing = [
        ("kind", "transfer"),
        ("who", "1017"),
        ("transfer.day", "2026-12-01"),
    ];
    let page = ines.post("/report", &nothing).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Say what changes"), "{}", page.text);
    let of_nobody = with(&nothing, &[("transfer.manager", "Jonas Lindqvist")]);
    let page = ines.post("/report", &of_nobody).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("write the address"), "{}", page.text);
    let forms = [
        with(
            &nothing,
            &[
                ("transfer.department", "Finance"),
                ("hire.title", "not sent"),
            ],
        ),
        vec![
            ("kind", "leave"),
            ("who", "Jonas Lindqvist"),
            ("leave.day", "2026-12-01"),
        ],
    ];
    for (form, kind, who) in forms
        .iter()
        .zip([("transfer", "1017"), ("leave", "1021")])
        .map(|(f, (k, w))| (f, k, w))
    {
        let page = ines.post("/report", form).await;
        assert_eq!(page.status, 200, "{kind}: {}", page.text);
        let token = token(&page);
        let done = ines
            .post("/report/confirm", &with(form, &[("token", &token)]))
            .await;
        assert_eq!(done.status, 303, "{kind}: {}", done.text);
        let [case] = cases_of(&rehearsal, who).await.try_into().unwrap();
        assert_eq!(case.kind.as_str(), kind);
        let to: CaseId = done
            .to
            .unwrap()
            .trim_start_matches("/cases/")
            .parse()
            .unwrap();
        assert_eq!(to, case.id);
    }
    let back = [
        ("kind", "return"),
        ("who", "1021"),
        ("return.day", "2026-12-14"),
    ];
    let page = ines.post("/report", &back).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let token = token(&page);
    let done = ines
        .post("/report/confirm", &with(&back, &[("token", &token)]))
        .await;
    assert_eq!(done.status, 303, "{}", done.text);
}

#[tokio::test]
async fn another_manager_alone_is_a_change_and_what_counts_at_once_is_said() {
    let rehearsal = company().await;
    let head = serde_json::json!({
        "employeeId": "2002", "givenName": "Maria", "familyName": "Silva", "department": "Sales",
        "title": "Sales Analyst", "employmentType": "employee", "country": "DE", "startDate": "2024-03-01",
        "workEmail": "maria.silva@acme.example",
    });
    let head: PersonDraft = serde_json::from_value(head).unwrap();
    rehearsal.know(vec![head]).await.unwrap();
    let mut ines = Browser::of(&rehearsal, INES).await;
    let manager = |day, manager| {
        [
            ("kind", "transfer"),
            ("who", "1021"),
            ("transfer.day", day),
            ("transfer.manager", manager),
        ]
    };
    let at_once = "at once, and not only from";
    let same = ines
        .post("/report", &manager("2026-11-23", "Priya.Nair@acme.example"))
        .await;
    same.says("Nothing would change");
    same.does_not_say("Confirm the transfer");
    let today = ines
        .post("/report", &manager("2026-11-23", "tom.keller@acme.example"))
        .await;
    today.does_not_say("Nothing would change");
    today.says("Confirm the transfer");
    today.does_not_say(at_once);
    let form = manager("2027-03-01", "maria.silva@acme.example");
    let later = ines.post("/report", &form).await;
    later.says("The new manager counts at once, and not only from Mon 1 Mar 2027");
    later.says("maria.silva@acme.example sees Jonas Lindqvist");
    let token = token(&later);
    let done = with(&form, &[("token", &token)]);
    assert_eq!(ines.post("/report/confirm", &done).await.status, 303);
    // It is so, and whose address it is was found.
    let mut maria = Browser::of(&rehearsal, "maria.silva@acme.example").await;
    assert_eq!(maria.get("/people/1021").await.status, 200);
    let page = ines.get("/people/1021").await;
    page.says("reports to Maria Silva");
    // Said again it is nothing new; another time zone alone is.
    let again = ines.post("/report", &form).await;
    again.says("Nothing would change");
    let zone = [
        ("kind", "transfer"),
        ("who", "1021"),
        ("transfer.day", "2026-12-01"),
        ("transfer.timeZone", "Europe/Lisbon"),
    ];
    let zone = ines.post("/report", &zone).await;
    zone.says("The new time zone counts at once");
    zone.says("Confirm the transfer");
}

#[tokio::test]
async fn a_slip_in_a_year_or_a_number_is_pointed_at_and_a_case_that_moves_is_named() {
    let rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let mut slip = HIRE;
    slip[3].1 = "1030";
    slip[4].1 = "2062-12-07";
    let page = ines.post("/report", &slip).await;
    for seen in [
        "Employee 1030 is somebody who works here: Rafael Costa",
        "The day lies more than 36 years ahead",
    ] {
        assert!(page.text.contains(seen), "{seen}: {}", page.text);
    }
    let exit = |day| [("kind", "exit"), ("who", "1030"), ("exit.day", day)];
    let page = ines.post("/report", &exit("2026-12-31")).await;
    assert!(page.text.contains("No other case is open"), "{}", page.text);
    let token = token(&page);
    let done = with(&exit("2026-12-31"), &[("token", &token)]);
    assert_eq!(ines.post("/report/confirm", &done).await.status, 303);
    let page = ines.post("/report", &exit("2027-01-15")).await;
    assert!(
        page.text.contains("Plans anew the open case"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("No other case is open"));
}

#[tokio::test]
async fn what_the_second_page_did_not_show_or_showed_long_ago_does_not_count() {
    let rehearsal = company().await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let made_up = "A".repeat(43);
    let token = self::token(&ines.post("/report", &HIRE).await);
    let mut other = HIRE;
    other[3].1 = "9002";
    let of_nobody = with(&HIRE, &[("token", &made_up)]);
    let another = with(&other, &[("token", &token)]);
    for form in [&of_nobody, &another] {
        let refused = ines.post("/report/confirm", form).await;
        assert!(
            refused.text.contains("not what was shown to you"),
            "{}",
            refused.text
        );
    }
    // Shown to somebody else.
    let as_shown = with(&HIRE, &[("token", &token)]);
    let mut noor = Browser::of(&rehearsal, "chidi.eze@acme.example").await;
    assert_ne!(noor.post("/report/confirm", &as_shown).await.status, 303);
    rehearsal.pass_seconds(601);
    let late = ines.post("/report/confirm", &as_shown).await;
    assert!(late.text.contains("More than 10 minutes"), "{}", late.text);
    for number in ["9001", "9002"] {
        assert!(cases_of(&rehearsal, number).await.is_empty());
    }
    let shown = self::token(&late);
    let again = with(&HIRE, &[("token", &shown)]);
    assert_eq!(ines.post("/report/confirm", &again).await.status, 303);
}
