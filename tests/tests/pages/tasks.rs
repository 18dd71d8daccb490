//! A task's page for whoever signed in: seen, taken, put aside, handed over, answered, left out.

use latchkey_lifecycle::{CaseId, TaskId, TaskState};
use latchkey_tests::{Answers, Rehearsal, form_of};

use crate::{
    browser::{Answer, Browser, company, company_with},
    themselves::says,
};

const ADA: &str = "ada.king@acme.example";
const BEN: &str = "ben.hartmann@acme.example";
const LAPTOP: &str = "Prepare the laptop";

/// Lets time pass until letters about something went out.
pub(crate) async fn until(rehearsal: &mut Rehearsal, about: &str) {
    for _ in 0..200 {
        if !rehearsal.letters_about(about).is_empty() {
            return;
        }
        let later = rehearsal.later(6);
        rehearsal.play(&mut Answers::none(), Some(later)).await;
    }
    panic!("no letter about {about}");
}

/// A hire whose laptop has been asked for, and the page of that task.
pub(crate) async fn laptop(rehearsal: &mut Rehearsal) -> (CaseId, String) {
    let hire = rehearsal.take_in("hire.json").await;
    until(rehearsal, LAPTOP).await;
    let path = format!("/cases/{hire}/tasks/laptop");
    (hire, path)
}

/// The question that a page's form is for.
pub(crate) fn question(page: &Answer) -> String {
    let (_, rest) = page.text.split_once(r#"name="question" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

const STEPS: [&str; 3] = [
    "Standard image is installed",
    "Disk encryption is on",
    "Handed to the reception, or sent",
];

/// Fails unless a page has each of these.
pub(crate) fn shows(page: &str, all: &[&str]) {
    for seen in all {
        assert!(page.contains(seen), "{seen}: {page}");
    }
}

#[tokio::test]
async fn a_task_is_taken_put_aside_handed_over_and_done() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let mut ben = Browser::of(&rehearsal, BEN).await;
    let before = rehearsal.everything(&hire).await;
    let page = ada.get(&path).await;
    assert_eq!(page.status, 200);
    let signed = "Recorded under your name, Ada King";
    shows(
        &page.text,
        &[
            LAPTOP,
            STEPS[1],
            "Take it",
            signed,
            "cio@acme.example decides",
        ],
    );
    assert!(!page.text.contains("Your name"), "{}", page.text);
    assert!(!page.text.contains("style="), "{}", page.text);
    assert!(ada.get("/").await.text.contains("Take it"));
    let after = rehearsal.everything(&hire).await;
    assert_eq!(after, before, "reading changed something");

    let asked = question(&page);
    takes(&mut ada, &mut ben, &path).await;
    puts_aside_and_hands_over(&mut ada, &mut ben, &path, &asked).await;
    does(&mut ben, &path, &asked).await;

    let words = rehearsal.recorded(&hire, Some("laptop")).await;
    for word in ["taken", "put aside", "handed over", "done"] {
        let count = words.iter().filter(|one| *one == word).count();
        assert_eq!(count, 1, "{word}: {words:?}");
    }
    let all = rehearsal.everything(&hire).await;
    shows(&all, &["Ben Hartmann says that it is done.", BEN]);
    assert!(!all.contains("Mallory"));
    let later = rehearsal.later(1);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    let task = rehearsal.task(&hire, "laptop").await;
    assert_eq!(task.state, TaskState::Verified);
}

/// From Today's row, and back to it; who is second is told so.
async fn takes(ada: &mut Browser, ben: &mut Browser, path: &str) {
    let take = format!("{path}/take");
    let took = ada.post(&take, &[("back", "today")]).await;
    assert_eq!((took.status, took.to.as_deref()), (303, Some("/")));
    assert!(ada.get("/?whose=mine").await.text.contains(LAPTOP));
    assert!(!ada.get("/?whose=nobody").await.text.contains(LAPTOP));
    assert!(!ben.get("/?whose=mine").await.text.contains(LAPTOP));
    assert!(ben.get("/").await.text.contains("Ada King has it"));
    let late = ben.post(&take, &[("seen", "")]).await;
    assert_eq!(late.status, 422);
    shows(&late.text, &["Ada King has taken it meanwhile"]);
}

async fn puts_aside_and_hands_over(ada: &mut Browser, ben: &mut Browser, path: &str, asked: &str) {
    let half = [
        ("answer", "keep"),
        ("question", asked),
        ("step", STEPS[0]),
        ("field.serial", "C02-half"),
        ("note", "waits for the dock"),
    ];
    assert_eq!(ada.post(path, &half).await.status, 303);
    let page = ben.get(path).await.text;
    let aside = ["Put aside by Ada King", "waits for the dock", "C02-half"];
    shows(&page, &aside);
    shows(&page, &["Ada King has it"]);
    assert_eq!(page.matches(" checked").count(), 1, "{page}");

    let over = |to| {
        [
            ("answer", "handover"),
            ("question", asked),
            ("to", to),
            ("note", "at the dentist"),
        ]
    };
    assert_eq!(ada.post(path, &over(BEN)).await.status, 303);
    let page = ben.get(path).await.text;
    shows(
        &page,
        &[
            "You have it",
            "Ada King handed it over",
            "at the dentist",
            "C02-half",
        ],
    );
    let refused = ben.post(path, &over("greta.olsen@acme.example")).await;
    assert_eq!(refused.status, 422);
    shows(&refused.text, &["is nobody of IT Support"]);
}

async fn does(ben: &mut Browser, path: &str, asked: &str) {
    let lacking = [
        ("answer", "done"),
        ("question", asked),
        ("step", STEPS[0]),
        ("note", "kept as typed"),
    ];
    let refused = ben.post(path, &lacking).await;
    assert_eq!(refused.status, 422);
    let (step, field) = (r##"href="#step-2""##, r##"href="#field.serial""##);
    shows(
        &refused.text,
        &["3 things are not right", step, field, "kept as typed"],
    );
    let mut done = vec![
        ("answer", "done"),
        ("question", asked),
        ("field.serial", "C02"),
        ("by", "Mallory"),
    ];
    done.extend(STEPS.map(|step| ("step", step)));
    let answered = ben.post(path, &done).await;
    assert_eq!((answered.status, answered.to.as_deref()), (303, Some(path)));
    assert_eq!(ben.post(path, &done).await.status, 409);
    let page = ben.get(path).await.text;
    shows(&page, &["Done by <strong>Ben Hartmann</strong>"]);
    assert!(!page.contains("Put aside by"), "{page}");
}

#[tokio::test]
async fn whoever_is_not_of_the_team_is_told_who_can() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let page = Browser::of(&rehearsal, ADA).await.get(&path).await;
    let asked = question(&page);
    let before = rehearsal.everything(&hire).await;
    let declined = [
        ("answer", "declined"),
        ("question", &asked),
        ("reason", "no"),
    ];
    // Payroll has a task in the case, so it sees this one; an auditor sees all.
    for (address, may_ask) in [
        ("greta.olsen@acme.example", true),
        ("eva.lind@acme.example", false),
    ] {
        let mut browser = Browser::of(&rehearsal, address).await;
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{address}: {}", page.text);
        assert!(page.text.contains("it@acme.example"), "{}", page.text);
        assert!(!page.text.contains(r#"name="answer""#), "{}", page.text);
        for at in [path.clone(), format!("{path}/take")] {
            let refused = browser.post(&at, &declined).await;
            assert_eq!(refused.status, 403, "{address} {at}");
            if may_ask {
                assert!(
                    refused.text.contains("These can: <b>IT Support"),
                    "{}",
                    refused.text
                );
            }
        }
    }
    // Finance Systems has none.
    let mut lena = Browser::of(&rehearsal, "lena.fischer@acme.example").await;
    let refused = lena.get(&path).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text.contains("You may not see this case"),
        "{}",
        refused.text
    );
    // Whose it is says that it is there.
    assert!(
        !refused.text.contains("it@acme.example"),
        "{}",
        refused.text
    );
    assert_eq!(lena.post(&path, &declined).await.status, 403);
    for nothing in ["/cases/none/tasks/laptop", "/cases/a%20b/tasks/%00"] {
        let other = lena.get(nothing).await;
        assert_eq!(
            (other.status, &other.text),
            (403, &refused.text),
            "{nothing}"
        );
    }
    // A page of somebody else has no say.
    let mut ada = Browser::of(&rehearsal, ADA).await;
    for at in [path.clone(), format!("{path}/take")] {
        assert_eq!(ada.post_from_elsewhere(&at, &declined).await.status, 403);
    }
    assert_eq!(rehearsal.everything(&hire).await, before);
}

#[tokio::test]
async fn a_link_of_a_letter_works_without_an_account() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let letter = rehearsal.letters_about(LAPTOP)[0].clone();
    let asked = rehearsal.question_of(&letter).unwrap();
    let (status, page) = rehearsal.page(&asked, None).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("Your name") && !page.contains("Take it"),
        "{page}"
    );
    // What somebody who signed in put aside is there for whoever opens it next.
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let which = question(&ada.get(&path).await);
    let half = [
        ("answer", "keep"),
        ("question", &which),
        ("note", "waits for the dock"),
    ];
    assert_eq!(ada.post(&path, &half).await.status, 303);
    let (_, page) = rehearsal.page(&asked, None).await;
    shows(
        &page,
        &["Put aside by Ada King", "waits for the dock", "Your name"],
    );
    let task = rehearsal.task(&hire, "laptop").await;
    let (status, page) = rehearsal.page(&asked, Some(&form_of(&task, "done"))).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Thank you: recorded as done"), "{page}");
}

/// Nobody is sent to an e-mail that was never written.
#[tokio::test]
async fn a_link_that_was_answered_says_what_became_of_it_and_who_has_it_now() {
    let mut rehearsal = company().await;
    let exit = rehearsal.take_in("exit.json").await;
    until(&mut rehearsal, "Code hosting").await;
    let letter = rehearsal.letters_about("Code hosting")[0].clone();
    let asked = rehearsal.question_of(&letter).unwrap();
    let task = rehearsal.task(&exit, asked.task.as_str()).await;
    let (status, page) = rehearsal.page(&asked, Some(&form_of(&task, "done"))).await;
    assert_eq!(status, 200, "{page}");
    let (status, page) = rehearsal.page(&asked, None).await;
    assert_eq!(status, 410);
    let done = "Recorded as done by Somebody in platform, ";
    let waits = "It waits for Security to confirm it";
    shows(&page, &["This was answered already", done, waits]);
    until(&mut rehearsal, "Please confirm").await;
    let (status, page) = rehearsal.page(&asked, None).await;
    assert_eq!(status, 410);
    shows(&page, &["This was recorded as done", done, waits]);
    assert!(!page.contains("e-mail"), "{page}");

    // Not confirmed: it goes back to them, and there is another e-mail then.
    let letter = rehearsal.letters_about("Please confirm")[0].clone();
    let confirm = rehearsal.question_of(&letter).unwrap();
    let task = rehearsal.task(&exit, asked.task.as_str()).await;
    let no = form_of(&task, "declined");
    assert_eq!(rehearsal.page(&confirm, Some(&no)).await.0, 200);
    rehearsal.play(&mut Answers::none(), None).await;
    let (_, page) = rehearsal.page(&asked, None).await;
    shows(&page, &[done, "Use the link in the latest e-mail."]);
    let (_, page) = rehearsal.page(&confirm, None).await;
    let once_more = "Platform Engineering has been asked to do it once more";
    shows(
        &page,
        &["Not confirmed by Somebody in security, ", once_more],
    );
}

#[tokio::test]
async fn a_link_of_what_was_declined_or_is_not_asked_any_more_says_so() {
    let mut rehearsal = company().await;
    let (hire, _) = laptop(&mut rehearsal).await;
    let letter = rehearsal.letters_about(LAPTOP)[0].clone();
    let asked = rehearsal.question_of(&letter).unwrap();
    let task = rehearsal.task(&hire, "laptop").await;
    let declined = form_of(&task, "declined");
    assert_eq!(rehearsal.page(&asked, Some(&declined)).await.0, 200);
    let (status, page) = rehearsal.page(&asked, None).await;
    assert_eq!(status, 410);
    let decides = "cio@acme.example decides what happens then.";
    shows(&page, &["Declined by Somebody in it, ", decides]);

    let mut rehearsal = company().await;
    let (hire, _) = laptop(&mut rehearsal).await;
    let letter = rehearsal.letters_about(LAPTOP)[0].clone();
    let asked = rehearsal.question_of(&letter).unwrap();
    let task = rehearsal.task(&hire, "laptop").await;
    let mut rescinded = latchkey_tests::sample("hire.json");
    rescinded["type"] = "person.hire_rescinded".into();
    rescinded["timestamp"] = rehearsal.now().to_string().into();
    let (status, answer) = rehearsal.send("rescinded", &rescinded).await;
    assert_eq!(status, 202, "{answer}");
    let (status, page) = rehearsal.page(&asked, None).await;
    assert_eq!(status, 410, "{page}");
    shows(&page, &["This is not asked for any more"]);
    let (status, _) = rehearsal.page(&asked, Some(&form_of(&task, "done"))).await;
    assert_eq!(status, 410);
}

/// Who was asked hears at once that it is put off, and not only when its window opens.
#[tokio::test]
async fn whoever_was_asked_is_told_at_once_when_it_is_put_off_and_once_for_each_move() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let first = rehearsal.letters_about(LAPTOP)[0].clone();
    let asked = rehearsal.question_of(&first).unwrap();
    let employee = rehearsal.case(&hire).await.employee_id;
    let asking = async |rehearsal: &Rehearsal| {
        let task = TaskId::new("laptop").unwrap();
        let row = rehearsal.stack.ledger.find_task(&hire, &task).await;
        row.unwrap().unwrap().item.asking.unwrap()
    };
    let since = asking(&rehearsal).await.since;
    rehearsal.pass(24);
    let mut told = 0;
    for day in ["2027-01-11", "2027-01-18"] {
        let moved = ("person.date_moved", employee.as_str());
        says(&rehearsal, moved, Some(day), serde_json::json!({})).await;
        told += 1;
        // A step that runs again, and time that passes, say nothing more.
        for hours in [0, 1, 24] {
            let until = rehearsal.later(hours);
            rehearsal.play(&mut Answers::none(), Some(until)).await;
            let letters = rehearsal.letters_about("Put off: Prepare the laptop");
            assert_eq!(letters.len(), told, "{day}");
        }
        assert_eq!(rehearsal.letters_about(LAPTOP).len(), 1 + told);
        assert_eq!(asking(&rehearsal).await.since, since);
    }
    let letter = rehearsal.letters_about("Put off: ")[1].clone();
    assert_eq!(letter.letter.to, "it@acme.example");
    let says = ["is put off", "Nothing is to be done before", "Was due"];
    shows(&letter.letter.text, &says);
    // The link of the first letter stays good, and the trail has both days.
    assert_eq!(rehearsal.page(&asked, None).await.0, 200);
    let page = Browser::of(&rehearsal, ADA).await.get(&path).await;
    shows(&page.text, &["Told IT Support that it is put off."]);

    // Asked again when its window opens.
    while rehearsal.letters_about(LAPTOP).len() == 1 + told {
        let later = rehearsal.later(12);
        rehearsal.play(&mut Answers::none(), Some(later)).await;
    }
    let again = asking(&rehearsal).await;
    let task = rehearsal.task(&hire, "laptop").await;
    assert!(again.since >= task.window.opens && again.put_off.is_none());
    let letter = rehearsal.letters_about(LAPTOP)[1 + told].clone();
    assert!(
        letter.letter.subject.starts_with(LAPTOP),
        "{}",
        letter.letter.subject
    );
}

/// By the address alone: the name that the address spells is not theirs.
#[tokio::test]
async fn nobody_approves_for_themselves_when_signed_in() {
    let controlling = "name: Controlling, email: controlling@acme.example,";
    let members = format!("{controlling} members: [jl@acme.example, sara.lehto@acme.example],");
    let mut rehearsal = company_with(&[(controlling, &members)]).await;
    let mut moves = latchkey_tests::sample("transfer.json");
    moves["data"]["person"]["work_email"] = "JL@acme.example".into();
    let (status, answer) = rehearsal.send("moves", &moves).await;
    assert_eq!(status, 202, "{answer}");
    let transfer: CaseId = answer["case"].as_str().unwrap().parse().unwrap();
    until(&mut rehearsal, "Approve ").await;
    let letter = rehearsal.letters_about("Approve ")[0].clone();
    let task = rehearsal.question_of(&letter).unwrap().task;
    let path = format!("/cases/{transfer}/tasks/{task}");
    let mut own = Browser::of(&rehearsal, "jl@acme.example").await;
    let page = own.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let approve = [
        ("answer", "done"),
        ("question", &question(&page)),
        ("grant.approve-payments", "yes"),
    ];
    let refused = own.post(&path, &approve).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("nobody decides about their own case"),
        "{}",
        refused.text
    );
    assert_eq!(
        rehearsal.task(&transfer, task.as_str()).await.state,
        TaskState::Asked
    );
    let mut sara = Browser::of(&rehearsal, "sara.lehto@acme.example").await;
    assert_eq!(sara.post(&path, &approve).await.status, 303);
}

#[tokio::test]
async fn nobody_confirms_their_own_work_when_signed_in() {
    let yuki = "yuki.mori@acme.example";
    let mut rehearsal = company_with(&[("chidi.eze@acme.example", yuki)]).await;
    let exit = rehearsal.take_in("exit.json").await;
    let code = |task: &latchkey_lifecycle::Task| task.title.contains("Code hosting");
    until(&mut rehearsal, "Code hosting").await;
    let task = rehearsal.tasks(&exit).await.into_iter().find(code).unwrap();
    let path = format!("/cases/{exit}/tasks/{}", task.id);
    let mut browser = Browser::of(&rehearsal, yuki).await;
    let asked = question(&browser.get(&path).await);
    let mut done = vec![
        ("answer".to_owned(), "done".to_owned()),
        ("question".to_owned(), asked),
    ];
    let steps = form_of(&task, "done").into_iter();
    done.extend(steps.filter(|(name, _)| name == "step"));
    let done: Vec<(&str, &str)> = done.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(browser.post(&path, &done).await.status, 303);
    until(&mut rehearsal, "Please confirm").await;
    let mut browser = Browser::of(&rehearsal, yuki).await;
    let page = browser.get(&path).await;
    assert!(page.text.contains("Done by"), "{}", page.text);
    // The form of the question before is none of this one.
    assert_eq!(browser.post(&path, &done).await.status, 409);
    let confirm = [("answer", "done"), ("question", &question(&page))];
    let refused = browser.post(&path, &confirm).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("somebody else has to confirm it"),
        "{}",
        refused.text
    );
    // Nor by the letter's link, signed with the address.
    let letter = rehearsal.letters_about("Please confirm")[0].clone();
    let asked = rehearsal.question_of(&letter).unwrap();
    let form = [("answer", "done"), ("by", yuki)].map(|(n, v)| (n.to_owned(), v.to_owned()));
    let (status, page) = rehearsal.page(&asked, Some(&form)).await;
    assert_eq!(status, 422, "{page}");
    let mut sara = Browser::of(&rehearsal, "sara.lehto@acme.example").await;
    assert_eq!(sara.post(&path, &confirm).await.status, 303);
}

#[tokio::test]
async fn operators_leave_out_and_so_does_whoever_it_was_escalated_to() {
    let mut rehearsal = company_with(&[("sara.lehto@acme.example", "cio@acme.example")]).await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    // Facilities has not been asked for the badge yet.
    let badge = rehearsal.tasks(&hire).await.into_iter();
    let badge = badge
        .into_iter()
        .find(|task| task.title.contains("badge"))
        .unwrap();
    let badge = format!("/cases/{hire}/tasks/{}", badge.id);
    let page = ada.get(&badge).await;
    assert!(
        page.text.contains("This cannot be taken back"),
        "{}",
        page.text
    );
    let mut maria = Browser::of(&rehearsal, "maria.silva@acme.example").await;
    let out = [("answer", "waived"), ("reason", "works from home")];
    let refused = maria.post(&badge, &out).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text.contains("These can: <b>operator</b>"),
        "{}",
        refused.text
    );
    assert_eq!(ada.post(&badge, &[("answer", "waived")]).await.status, 422);
    assert_eq!(ada.post(&badge, &out).await.status, 303);
    let page = ada.get(&badge).await.text;
    assert!(
        page.contains("Left out by <b>Ada King</b>: works from home"),
        "{page}"
    );

    let mut cio = Browser::of(&rehearsal, "cio@acme.example").await;
    assert!(!cio.get(&path).await.text.contains("Leave this task out"));
    until(&mut rehearsal, "ESCALATED: Prepare the laptop").await;
    let mut cio = Browser::of(&rehearsal, "cio@acme.example").await;
    let page = cio.get(&path).await;
    assert!(page.text.contains("Leave this task out"), "{}", page.text);
    let asked = question(&page);
    let declined = [
        ("answer", "declined"),
        ("question", &asked),
        ("reason", "no"),
    ];
    assert_eq!(cio.post(&path, &declined).await.status, 422);
    let out = [
        ("answer", "waived"),
        ("question", &asked),
        ("reason", "no stock"),
    ];
    assert_eq!(cio.post(&path, &out).await.status, 303);
    assert_eq!(
        rehearsal.task(&hire, "laptop").await.state,
        TaskState::Waived
    );
}

#[tokio::test]
async fn an_operator_leaves_out_nothing_of_their_own_case() {
    let mut rehearsal = company().await;
    let mut moves = latchkey_tests::sample("transfer.json");
    moves["data"]["person"]["work_email"] = "Ada.King@acme.example".into();
    let (status, answer) = rehearsal.send("moves", &moves).await;
    assert_eq!(status, 202, "{answer}");
    let transfer: CaseId = answer["case"].as_str().unwrap().parse().unwrap();
    until(&mut rehearsal, "Approve ").await;
    let task = rehearsal.tasks(&transfer).await.remove(0);
    let path = format!("/cases/{transfer}/tasks/{}", task.id);
    let before = rehearsal.everything(&transfer).await;
    let out = [("answer", "waived"), ("reason", "not needed")];
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let page = ada.get(&path).await.text;
    assert!(!page.contains("Leave this task out"), "{page}");
    let refused = ada.post(&path, &out).await;
    assert_eq!(refused.status, 403);
    shows(&refused.text, &["It is about yourself"]);
    assert_eq!(rehearsal.everything(&transfer).await, before);
    let mut ben = Browser::of(&rehearsal, BEN).await;
    shows(&ben.get(&path).await.text, &["Leave this task out"]);
}

/// HR's reason is for HR and Security: what the second team is told, the team that did the task does not read.
#[tokio::test]
async fn the_team_that_did_a_task_does_not_read_what_the_second_one_is_told() {
    let mut rehearsal = company().await;
    rehearsal.seed().await;
    let cut = serde_json::json!({
        "type": "person.exit.urgent", "timestamp": rehearsal.now(),
        "data": { "employee_id": "1030", "reason": "Dismissed for cause" },
    });
    let (status, answer) = rehearsal.send("cut-1030", &cut).await;
    assert_eq!(status, 202, "{answer}");
    let case: latchkey_lifecycle::CaseId = answer["case"].as_str().unwrap().parse().unwrap();
    let later = rehearsal.later(1);
    rehearsal.play(&mut Answers::willing(), Some(later)).await;
    let path = format!("/cases/{case}/tasks/tools.code");
    let mut platform = Browser::of(&rehearsal, "yuki.mori@acme.example").await;
    let page = platform.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!page.text.contains("Dismissed"), "{}", page.text);
    let mut security = Browser::of(&rehearsal, "chidi.eze@acme.example").await;
    let page = security.get(&path).await;
    assert!(page.text.contains("Dismissed for cause"), "{}", page.text);
}
