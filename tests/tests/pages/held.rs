//! What the brake holds is decided person by person on its page: kept, shown once more, and counted as it was shown.

use latchkey_lifecycle::{CaseId, CaseState};
use latchkey_tests::{Answers, Rehearsal};

use crate::{
    browser::{Answer, Browser, company_with},
    themselves,
};

const CHIDI: &str = "chidi.eze@acme.example";
const SARA: &str = "sara.lehto@acme.example";
/// The runbook's line by which a decision about more than one person takes two.
const TWO_ABOVE_ONE: (&str, &str) = (
    "confirm: security}",
    "confirm: security, two_people_above: 1}",
);
const AUDITOR: &str = "eva.lind@acme.example";
const IT: &str = "ada.king@acme.example";

/// A company that lets one exit a day pass, and in which so many are held.
async fn held(more: &[(&str, &str)], exits: usize) -> (Rehearsal, Vec<CaseId>) {
    let mut replaced = vec![("exits: 20, urgent_exits: 5", "exits: 1, urgent_exits: 1")];
    replaced.extend(more);
    let it = company_with(&replaced).await;
    let mut cases = Vec::new();
    for n in 0..=exits {
        let employee = format!("{}", 2000 + n);
        cases.push(
            it.happens("person.exiting", &employee, Some("2026-11-23"))
                .await,
        );
    }
    cases.remove(0);
    (it, cases)
}

async fn stands(it: &Rehearsal, cases: &[CaseId]) -> Vec<CaseState> {
    let mut all = Vec::new();
    for case in cases {
        all.push(it.case(case).await.state);
    }
    all
}

/// The form of the list: what is said of some.
fn says<'a>(said: &'a [(String, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let said = said.iter().map(|(name, value)| (name.as_str(), *value));
    said.chain(more.iter().copied()).collect()
}

fn of(case: &CaseId, word: &'static str) -> (String, &'static str) {
    (format!("d.{case}"), word)
}

/// The checksum of what a second look shows.
fn list(page: &Answer) -> String {
    let (_, rest) = page.text.split_once(r#"name="list" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn confirm(browser: &mut Browser, list: &str, count: &str, act: &str) -> Answer {
    let form = [("list", list), ("count", count), ("do", act)];
    browser.post("/held/confirm", &form).await
}

fn sees(page: &Answer, words: &str) {
    assert!(page.text.contains(words), "{words}: {}", page.text);
}

#[tokio::test]
async fn each_is_decided_by_itself_after_a_second_look() {
    let (mut it, cases) = held(&[], 4).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let mut chidi = Browser::of(&it, CHIDI).await;
    let page = chidi.get("/held").await;
    sees(&page, "4 cases are held");
    sees(&page, "An answer is wanted by");
    sees(&page, "With no answer it stays so");
    let today = chidi.get("/").await;
    sees(&today, "all that the brake holds");

    // Nothing is said yet, and a reason lacks.
    let nothing = chidi.post("/held", &[("do", "look")]).await;
    assert_eq!(nothing.status, 422);
    sees(&nothing, "Nothing is said about anybody");
    let said = [
        of(&cases[0], "go"),
        of(&cases[1], "out"),
        of(&cases[2], "go"),
    ];
    let look = chidi.post("/held", &says(&said, &[("do", "look")])).await;
    assert_eq!(look.status, 422);
    sees(&look, "Say why those are left out");
    // What was filled in is kept, and nothing has happened.
    let page = chidi.get("/held").await;
    sees(&page, "2 go on, one is left out");
    assert_eq!(stands(&it, &cases).await, [CaseState::Held; 4]);

    let why = format!("why.{}", cases[1]);
    let more = [("do", "look"), (why.as_str(), "works on until Friday")];
    let look = chidi.post("/held", &says(&said, &more)).await;
    assert_eq!(look.status, 200, "{}", look.text);
    for seen in [
        "<b>2 go on, one is left out</b>; 1 stay held",
        "works on until Friday",
        "How many go on? Type the number",
    ] {
        assert!(look.text.contains(seen), "{seen}: {}", look.text);
    }
    let shown = list(&look);
    let wrong = confirm(&mut chidi, &shown, "20", "decide").await;
    assert_eq!(wrong.status, 409);
    sees(&wrong, "another number was typed");
    assert_eq!(stands(&it, &cases).await, [CaseState::Held; 4]);

    let done = confirm(&mut chidi, &list(&wrong), "2", "decide").await;
    assert_eq!(done.status, 200, "{}", done.text);
    sees(&done, "It is decided");
    use CaseState::{Held, Received, Superseded};
    assert_eq!(
        stands(&it, &cases).await,
        [Received, Superseded, Received, Held]
    );
    let trail = it.everything(&cases[1]).await;
    let left = "Chidi Eze (chidi.eze@acme.example) left it out: works on until Friday";
    assert!(trail.contains(left), "{trail}");
    assert!(
        trail.contains("looked_at") || trail.contains("lookedAt"),
        "{trail}"
    );
    // The one that stays held asks from now on, and is decided with the task, as ever.
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&cases[0]).await.state, CaseState::Closed);
    assert_eq!(it.case(&cases[3]).await.state, CaseState::Closed);
    let mut chidi = Browser::of(&it, CHIDI).await;
    let page = chidi.get("/held").await;
    sees(&page, "The brake holds nothing");
}

#[tokio::test]
async fn what_is_another_list_than_was_shown_is_refused_and_shown_again() {
    let (it, cases) = held(&[], 3).await;
    let mut chidi = Browser::of(&it, CHIDI).await;
    let all = [("all", "go"), ("do", "look")];
    let look = chidi.post("/held", &all).await;
    assert!(
        look.text.contains("<b>3 go on</b>; 0 stay held"),
        "{}",
        look.text
    );
    let late = it
        .happens("person.exiting", "2099", Some("2026-11-23"))
        .await;
    let refused = confirm(&mut chidi, &list(&look), "3", "decide").await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.text.contains("another one than you saw"),
        "{}",
        refused.text
    );
    assert!(
        refused.text.contains("<b>3 go on</b>; 1 stay held"),
        "{}",
        refused.text
    );
    assert_eq!(stands(&it, &cases).await, [CaseState::Held; 3]);

    // Ten minutes later nobody knows any more what was shown.
    it.pass_seconds(601);
    let expired = confirm(&mut chidi, &list(&refused), "3", "decide").await;
    assert_eq!(expired.status, 409);
    assert!(
        expired.text.contains("More than 10 minutes"),
        "{}",
        expired.text
    );
    let done = confirm(&mut chidi, &list(&expired), "3", "decide").await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(stands(&it, &[late]).await, [CaseState::Held]);
    // Sent again, it is about nothing.
    let again = confirm(&mut chidi, &list(&expired), "3", "decide").await;
    assert_eq!(again.status, 422, "{}", again.text);
}

#[tokio::test]
async fn above_the_runbooks_number_two_people_decide() {
    let two = (
        "confirm: security}",
        "confirm: security, two_people_above: 2}",
    );
    let (it, cases) = held(&[two], 4).await;
    let mut chidi = Browser::of(&it, CHIDI).await;
    let mut sara = Browser::of(&it, SARA).await;
    // Two of them alone; then the next one is one too many, however it is taken apart.
    let said = [of(&cases[0], "go"), of(&cases[1], "go")];
    let look = chidi.post("/held", &says(&said, &[("do", "look")])).await;
    let done = confirm(&mut chidi, &list(&look), "2", "decide").await;
    assert!(done.text.contains("It is decided"), "{}", done.text);

    let said = [of(&cases[2], "go"), of(&cases[3], "out")];
    let form = says(&said, &[("reason", "a slip"), ("do", "look")]);
    let look = chidi.post("/held", &form).await;
    assert!(
        look.text.contains("wait for a second person"),
        "{}",
        look.text
    );
    let kept = confirm(&mut chidi, &list(&look), "1", "decide").await;
    assert_eq!((kept.status, kept.to.as_deref()), (303, Some("/held")));
    assert_eq!(stands(&it, &cases[2..]).await, [CaseState::Held; 2]);

    // Who decided does not confirm it, and nobody changes it meanwhile.
    let page = chidi.get("/held").await;
    assert!(page.text.contains("A decision waits for a second person"));
    assert!(
        !page.text.contains("Look at it, and confirm"),
        "{}",
        page.text
    );
    let own = chidi.post("/held", &[("do", "second")]).await;
    assert_eq!(own.status, 403);
    assert!(
        own.text.contains("You decided this yourself"),
        "{}",
        own.text
    );
    let changes = chidi.post("/held", &form).await;
    assert_eq!(changes.status, 409, "{}", changes.text);

    let look = sara.post("/held", &[("do", "second")]).await;
    assert_eq!(look.status, 200, "{}", look.text);
    assert!(
        look.text.contains("one goes on, one is left out"),
        "{}",
        look.text
    );
    assert!(look.text.contains("a slip"), "{}", look.text);
    // Who decided cannot send what the second one was shown.
    let own = confirm(&mut chidi, &list(&look), "1", "second").await;
    assert_eq!(own.status, 403);
    // Somebody comes back meanwhile: it is another set.
    it.pass_seconds(60);
    it.happens("person.exit_withdrawn", "2004", None).await;
    let changed = confirm(&mut sara, &list(&look), "1", "second").await;
    assert_eq!(changed.status, 409, "{}", changed.text);
    assert!(
        changed.text.contains("<b>one goes on</b>"),
        "{}",
        changed.text
    );
    let done = confirm(&mut sara, &list(&changed), "1", "second").await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(stands(&it, &cases[2..3]).await, [CaseState::Received]);
    let trail = it.everything(&cases[2]).await;
    let both =
        "Chidi Eze (chidi.eze@acme.example) and Sara Lehto (sara.lehto@acme.example) confirmed it";
    assert!(trail.contains(both), "{trail}");
}

#[tokio::test]
async fn a_decision_that_waits_can_be_taken_back_and_a_letter_decides_no_more_than_one_person() {
    let (mut it, cases) = held(&[TWO_ABOVE_ONE], 2).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let letter = it.letters_about("Confirm the exits that are held")[0].clone();
    let question = it.question_of(&letter).unwrap();
    let task = it.task(&question.case, "confirm-what-is-held").await;
    let form = latchkey_tests::form_of(&task, "done");
    let (status, page) = it.page(&question, Some(&form)).await;
    assert_eq!(status, 422);
    assert!(page.contains("two people decide"), "{page}");
    let mut chidi = Browser::of(&it, CHIDI).await;
    let look = chidi.post("/held", &[("all", "go"), ("do", "look")]).await;
    confirm(&mut chidi, &list(&look), "2", "decide").await;
    let mut sara = Browser::of(&it, SARA).await;
    let back = sara.post("/held", &[("do", "take-back")]).await;
    assert_eq!(back.status, 303);
    let page = chidi.get("/held").await;
    assert!(
        page.text.contains("2 go on"),
        "what was filled in is kept: {}",
        page.text
    );
    assert!(!page.text.contains("waits for a second"), "{}", page.text);
    assert_eq!(stands(&it, &cases).await, [CaseState::Held; 2]);
}

#[tokio::test]
async fn nobody_decides_about_themselves_nor_about_what_they_reported() {
    let amara = (
        "members: [chidi.eze@acme.example,",
        "members: [amara.okafor@acme.example, chidi.eze@acme.example,",
    );
    let (it, cases) = held(&[amara], 1).await;
    let own = it
        .happens("person.exiting", "1017", Some("2026-11-23"))
        .await;
    assert_eq!(it.case(&own).await.state, CaseState::Held);
    // Chidi reports one by hand.
    let mut chidi = Browser::of(&it, CHIDI).await;
    let urgent = [("kind", "urgent"), ("who", "1021")];
    let page = chidi.post("/report", &urgent).await;
    let (_, token) = page.text.split_once(r#"name="token" value=""#).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    it.happens("person.exit.urgent", "2050", None).await;
    let form = [&urgent[..], &[("token", &token), ("typed", "1021")]].concat();
    assert_eq!(chidi.post("/report/confirm", &form).await.status, 303);
    let ledger = &it.stack.ledger;
    let reported = ledger.brake().await.unwrap().item.held().clone();
    let reported = reported
        .into_iter()
        .find(|id| id.as_str().starts_with("urgent"));
    let reported = reported.unwrap();

    let mut her = Browser::of(&it, "amara.okafor@acme.example").await;
    for (browser, mine, why) in [
        (&mut her, &own, "It is about yourself"),
        (&mut chidi, &reported, "You reported it"),
    ] {
        let page = browser.get("/held").await;
        assert!(page.text.contains(why), "{}", page.text);
        // A form that says so all the same, of one and of all.
        let said = [of(mine, "go")];
        let look = browser.post("/held", &says(&said, &[("do", "look")])).await;
        assert_eq!(look.status, 422, "{}", look.text);
        let look = browser
            .post("/held", &[("all", "go"), ("do", "look")])
            .await;
        assert!(
            look.text.contains("<b>2 go on</b>; 1 stay held"),
            "{}",
            look.text
        );
    }
    let look = her.post("/held", &[("all", "go"), ("do", "look")]).await;
    confirm(&mut her, &list(&look), "2", "decide").await;
    let all = [cases[0].clone(), reported, own];
    use CaseState::{Held, Received};
    assert_eq!(stands(&it, &all).await, [Received, Received, Held]);
}

#[tokio::test]
async fn whoever_only_sees_what_is_held_decides_nothing() {
    let (it, cases) = held(&[], 2).await;
    for other in [IT, "ines.albrecht@acme.example", "eva.lind@acme.example"] {
        let mut other = Browser::of(&it, other).await;
        let page = other.get("/held").await;
        assert!(page.text.contains("2 cases are held"), "{}", page.text);
        assert!(!page.text.contains("Look once more"), "{}", page.text);
        for path in ["/held", "/held/confirm"] {
            let form = [("all", "go"), ("do", "look"), ("list", "x"), ("count", "2")];
            assert_eq!(other.post(path, &form).await.status, 403, "{path}");
        }
    }
    assert_eq!(stands(&it, &cases).await, [CaseState::Held; 2]);
}

#[tokio::test]
async fn a_letter_decides_about_those_whom_its_page_showed_and_by_a_number() {
    let (mut it, cases) = held(&[], 2).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let letter = it.letters_about("Confirm the exits that are held")[0].clone();
    let question = it.question_of(&letter).unwrap();
    let task = it.task(&question.case, "confirm-what-is-held").await;
    let sends = |page: &str, answer: &str, count: &str| {
        let mut form = latchkey_tests::form_of(&task, answer);
        form.push(("count".to_owned(), count.to_owned()));
        latchkey_rehearsal::as_shown(page, form)
    };
    let (_, page) = it.page(&question, None).await;
    assert!(page.contains("How many go on?"), "{page}");
    // One more is held than whoever decides saw.
    let more = it
        .happens("person.exiting", "2050", Some("2026-11-23"))
        .await;
    let all = [&cases[..], &[more]].concat();
    assert_eq!(stands(&it, &all).await, [CaseState::Held; 3]);
    for (answer, count) in [("done", "2"), ("done", "3"), ("waived", "")] {
        let form = sends(&page, answer, count);
        let (status, again) = it.page(&question, Some(&form)).await;
        assert!(matches!(status, 422 | 403), "{answer} {count}: {again}");
        assert_eq!(stands(&it, &all).await, [CaseState::Held; 3], "{answer}");
    }
    let (status, again) = it.page(&question, Some(&sends(&page, "done", "3"))).await;
    assert_eq!(status, 422);
    assert!(
        again.contains("The list is another one than you saw"),
        "{again}"
    );
    assert!(again.contains("Held: 3"), "{again}");
    let (status, wrong) = it.page(&question, Some(&sends(&again, "done", "2"))).await;
    assert_eq!(status, 422);
    assert!(wrong.contains("Type the number of the list: 3"), "{wrong}");
    assert_eq!(stands(&it, &all).await, [CaseState::Held; 3]);
    let (status, done) = it.page(&question, Some(&sends(&again, "done", "3"))).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(stands(&it, &all).await, [CaseState::Received; 3]);
}

#[tokio::test]
async fn whoever_signed_in_decides_about_what_is_held_on_its_own_page_and_not_by_the_task() {
    let (mut it, cases) = held(&[], 2).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let asking = it.stack.ledger.brake().await.unwrap();
    let asking = asking.item.asking().unwrap().clone();
    let path = format!("/cases/{asking}/tasks/confirm-what-is-held");
    let mut chidi = Browser::of(&it, CHIDI).await;
    let page = chidi.get(&path).await;
    assert!(page.text.contains(r#"href="/held""#), "{}", page.text);
    assert!(!page.text.contains(r#"value="done""#), "{}", page.text);
    let list = latchkey_decisions::held_cases(&it.stack.intake)
        .await
        .unwrap();
    let list = latchkey_decisions::list_of_held(&list);
    for answer in ["done", "waived"] {
        let form = [
            ("answer", answer),
            ("question", "do.1"),
            ("list", &list),
            ("count", "2"),
            ("reason", "x"),
        ];
        let sent = chidi.post(&path, &form).await;
        assert_eq!(
            (sent.status, sent.to.as_deref()),
            (303, Some("/held")),
            "{}",
            sent.text
        );
    }
    assert_eq!(stands(&it, &cases).await, [CaseState::Held; 2]);
}

/// Two addresses of one human are not two people, whichever of them decided first.
#[tokio::test]
async fn the_second_person_is_not_the_first_under_another_address() {
    let (it, cases) = held(&[TWO_ABOVE_ONE], 2).await;
    themselves::here(&it, "9700", ("Chidi", "Eze"), CHIDI).await;
    let married = themselves::somebody("Chidi", "Lehto", SARA);
    let (kind, day) = (("person.transferred", "9700"), Some("2026-11-20"));
    themselves::says(&it, kind, day, married).await;
    for (first, second) in [(CHIDI, SARA), (SARA, CHIDI)] {
        let mut first = Browser::of(&it, first).await;
        let mut second = Browser::of(&it, second).await;
        let said = [of(&cases[0], "go"), of(&cases[1], "go")];
        let look = first.post("/held", &says(&said, &[("do", "look")])).await;
        let kept = confirm(&mut first, &list(&look), "2", "decide").await;
        assert_eq!((kept.status, kept.to.as_deref()), (303, Some("/held")));
        let page = second.get("/held").await;
        assert!(
            !page.text.contains("Look at it, and confirm"),
            "{}",
            page.text
        );
        let own = second.post("/held", &[("do", "second")]).await;
        assert_eq!(own.status, 403, "{}", own.text);
        sees(&own, "You decided this yourself");
        let changes = second.post("/held", &says(&said, &[("do", "look")])).await;
        assert_eq!(changes.status, 409, "{}", changes.text);
        second.post("/held", &[("do", "take-back")]).await;
    }
    assert_eq!(stands(&it, &cases).await, [CaseState::Held; 2]);
}

#[tokio::test]
async fn a_decision_that_waits_is_not_taken_back_by_whom_it_is_about() {
    let amara = (
        "members: [chidi.eze@acme.example,",
        "members: [amara.okafor@acme.example, chidi.eze@acme.example,",
    );
    let (it, _) = held(&[TWO_ABOVE_ONE, amara], 1).await;
    it.happens("person.exiting", "1017", Some("2026-11-23"))
        .await;
    let mut chidi = Browser::of(&it, CHIDI).await;
    let look = chidi.post("/held", &[("all", "go"), ("do", "look")]).await;
    confirm(&mut chidi, &list(&look), "2", "decide").await;
    let mut amara = Browser::of(&it, "amara.okafor@acme.example").await;
    let refused = amara.post("/held", &[("do", "take-back")]).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    sees(&refused, "You are one of those whom it is about");
    let mut sara = Browser::of(&it, SARA).await;
    sees(
        &sara.get("/held").await,
        "A decision waits for a second person",
    );
    let back = sara.post("/held", &[("do", "take-back")]).await;
    assert_eq!(back.status, 303, "{}", back.text);
    // Both stand on record.
    let audit = Browser::of(&it, AUDITOR).await.get("/audit").await;
    sees(
        &audit,
        "2 to go on, 0 to be left out. It waits for a second person.",
    );
    sees(&audit, "It was taken back.");
}

/// An account that somebody else took over is a reason to be cut off.
#[tokio::test]
async fn the_first_of_two_does_not_count_who_was_cut_off_meanwhile() {
    let (it, cases) = held(&[TWO_ABOVE_ONE], 2).await;
    themselves::here(&it, "9700", ("Chidi", "Eze"), CHIDI).await;
    let mut chidi = Browser::of(&it, CHIDI).await;
    let look = chidi.post("/held", &[("all", "go"), ("do", "look")]).await;
    confirm(&mut chidi, &list(&look), "2", "decide").await;
    let mut sara = Browser::of(&it, SARA).await;
    let look = sara.post("/held", &[("do", "second")]).await;
    assert_eq!(look.status, 200, "{}", look.text);
    it.happens("person.exit.urgent", "9700", None).await;
    let late = confirm(&mut sara, &list(&look), "2", "second").await;
    assert_eq!(late.status, 409, "{}", late.text);
    assert_eq!(stands(&it, &cases).await, [CaseState::Held; 2]);
    let page = sara.get("/held").await;
    assert!(!page.text.contains("waits for a second"), "{}", page.text);
    let audit = Browser::of(&it, AUDITOR).await.get("/audit").await;
    sees(&audit, "Whoever decided has left since: it does not count.");
}

#[tokio::test]
async fn an_exit_that_stood_and_was_moved_says_so_and_goes_on_for_the_day_before() {
    let (mut it, cases) = held(&[], 2).await;
    // The one that was let pass moves while more are held, and is held with them.
    it.pass(48);
    it.happens("person.exiting", "2010", Some("2026-12-04"))
        .await;
    it.pass(48);
    it.happens("person.exiting", "2011", Some("2026-12-04"))
        .await;
    let moved = it
        .happens("person.exiting", "2010", Some("2026-12-31"))
        .await;
    assert_eq!(it.case(&moved).await.state, CaseState::Held);
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let mut chidi = Browser::of(&it, CHIDI).await;
    let page = chidi.get("/held").await;
    page.says("3 cases are held");
    page.says("moves from Fri 4 Dec");
    page.says("left out, the exit of Fri 4 Dec goes on");
    // HR said two things of one of them, and it is one case.
    let by = page.words();
    let by = by.split("Reported by ").nth(1).unwrap();
    assert!(by.starts_with("generic: 3 "), "{by}");

    let mut out: Vec<(String, &str)> = cases.iter().map(|case| of(case, "go")).collect();
    out.push(of(&moved, "out"));
    let more = [("all", "each"), ("reason", "works on"), ("do", "look")];
    let look = chidi.post("/held", &says(&out, &more)).await;
    look.says("Only the change is left out: what stood before it goes on.");
    look.says("only the change is left out: the exit of Fri 4 Dec goes on");
    look.does_not_say("nothing happens: the case is closed");
    let done = confirm(&mut chidi, &list(&look), "2", "decide").await;
    assert_eq!(done.status, 200, "{}", done.text);
    let case = it.case(&moved).await;
    let day = case.effective.map(|day| day.to_string());
    assert_eq!(
        (case.state, day.as_deref()),
        (CaseState::Received, Some("2026-12-04"))
    );
}

#[tokio::test]
async fn the_question_about_all_that_is_held_names_nobody_of_it_alone() {
    let (mut it, cases) = held(&[], 2).await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let letter = it.letters_about("Confirm the exits that are held")[0].clone();
    let question = it.question_of(&letter).unwrap();
    let asking = it.case(&question.case).await;
    assert!(cases.contains(&asking.id));
    let name = asking.called();
    let subject = &letter.letter.subject;
    assert!(!subject.contains(&name), "{subject}");
    let (_, page) = it.page(&question, None).await;
    let head = page.split("Held: 2").next().unwrap();
    assert!(!head.contains(&name), "{head}");
    assert!(head.contains("all that the brake holds"), "{head}");
    let mut chidi = Browser::of(&it, CHIDI).await;
    let path = format!("/cases/{}/tasks/confirm-what-is-held", asking.id);
    chidi.get(&path).await.says("for all that the brake holds");
}
