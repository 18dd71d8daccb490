//! Somebody's own page: when they are away and who stands in, and which letters of their own they get.

use latchkey_lifecycle::{Answer as Said, CaseId, TaskState};
use latchkey_tests::{Answers, Rehearsal, form_of};

use crate::browser::{Answer, Browser, company, company_with};

const ADA: &str = "ada.king@acme.example";
const BEN: &str = "ben.hartmann@acme.example";
const LAPTOP: &str = "Prepare the laptop";

/// Lets time pass until letters about something went out.
async fn until(rehearsal: &mut Rehearsal, about: &str) {
    for _ in 0..200 {
        if !rehearsal.letters_about(about).is_empty() {
            return;
        }
        let later = rehearsal.later(6);
        rehearsal.play(&mut Answers::none(), Some(later)).await;
    }
    panic!("no letter about {about}");
}

async fn laptop(rehearsal: &mut Rehearsal) -> (CaseId, String) {
    let hire = rehearsal.take_in("hire.json").await;
    until(rehearsal, LAPTOP).await;
    let path = format!("/cases/{hire}/tasks/laptop");
    (hire, path)
}

fn question(page: &Answer) -> String {
    let (_, rest) = page.text.split_once(r#"name="question" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// A day so many days from now, in Berlin.
fn day(rehearsal: &Rehearsal, days: i64) -> String {
    let at = rehearsal.later(24 * days);
    let there = at.in_tz("Europe/Berlin").unwrap();
    there.date().to_string()
}

/// Somebody says that they are away from today on.
async fn away(rehearsal: &Rehearsal, who: &mut Browser, days: i64, stand_in: &str) -> Answer {
    let (from, until) = (day(rehearsal, 0), day(rehearsal, days));
    let form = [
        ("from", from.as_str()),
        ("until", &until),
        ("stand_in", stand_in),
    ];
    who.post("/me/away", &form).await
}

fn shows(page: &str, all: &[&str]) {
    for seen in all {
        assert!(page.contains(seen), "{seen}: {page}");
    }
}

#[tokio::test]
async fn a_stand_in_gets_what_somebody_has_in_hand_and_only_while_they_are_away() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let mut ben = Browser::of(&rehearsal, BEN).await;
    let take = format!("{path}/take");
    assert_eq!(ada.post(&take, &[("back", "today")]).await.status, 303);
    assert!(!ben.get("/?whose=mine").await.text.contains(LAPTOP));

    let said = away(&rehearsal, &mut ada, 1, BEN).await;
    assert_eq!((said.status, said.to.as_deref()), (303, Some("/me#away")));
    let page = ada.get("/me").await.text;
    shows(&page, &["When you are away", "Ben Hartmann", "Take out"]);
    assert!(!page.contains("style="), "{page}");
    // The team sees it, and whoever stands in is told.
    shows(
        &ben.get("/me").await.text,
        &["Away in your teams", "Ada King", "You stand in"],
    );
    let today = ben.get("/").await.text;
    shows(
        &today,
        &[
            "Away: Ada King until",
            "tomorrow",
            "you stand in",
            "for Ada King, away until",
        ],
    );
    shows(&ben.get("/?whose=mine").await.text, &[LAPTOP]);
    shows(
        &ben.get(&path).await.text,
        &["Ada King is away until", "and you stand in."],
    );
    rehearsal
        .play(&mut Answers::none(), Some(rehearsal.now()))
        .await;
    let told = rehearsal.letters_about("You stand in for Ada King");
    assert_eq!((told.len(), told[0].letter.to.as_str()), (1, BEN));
    let records = rehearsal.stack.ledger.own_trail(ADA).await.unwrap();
    assert_eq!((records.records.len(), records.fault), (1, None));

    // It ends by itself.
    let later = rehearsal.later(48);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    let mut ben = Browser::of(&rehearsal, BEN).await;
    let today = ben.get("/").await.text;
    assert!(
        !today.contains("away until") && today.contains("Ada King has it"),
        "{today}"
    );
    assert!(!ben.get("/?whose=mine").await.text.contains(LAPTOP));

    let mut ada = Browser::of(&rehearsal, ADA).await;
    assert_eq!(away(&rehearsal, &mut ada, 3, BEN).await.status, 303);
    takes_and_does(&rehearsal, &mut ben, (&hire, &path)).await;
}

/// What is done for somebody is done by whoever did it.
async fn takes_and_does(rehearsal: &Rehearsal, ben: &mut Browser, (hire, path): (&CaseId, &str)) {
    let take = format!("{path}/take");
    let took = ben.post(&take, &[("back", "today"), ("seen", ADA)]).await;
    assert_eq!(took.status, 303, "{}", took.text);
    let page = ben.get(path).await;
    let asked = question(&page);
    let task = rehearsal.task(hire, "laptop").await;
    let mut done = vec![("question".to_owned(), asked)];
    done.extend(
        form_of(&task, "done")
            .into_iter()
            .filter(|(name, _)| name != "by"),
    );
    let done: Vec<(&str, &str)> = done.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answered = ben.post(path, &done).await;
    assert_eq!(answered.status, 303, "{}", answered.text);
    let task = rehearsal.task(hire, "laptop").await;
    let Some(Said::Done(evidence)) = &task.answer else {
        panic!("{:?}", task.answer);
    };
    assert_eq!(evidence.by, "Ben Hartmann");
    assert_eq!(evidence.address.as_deref(), Some(BEN));
}

#[tokio::test]
async fn an_absence_that_cannot_be_is_refused_with_its_reason_and_what_was_typed() {
    let rehearsal = company().await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let mut ben = Browser::of(&rehearsal, BEN).await;
    for (stand_in, why) in [
        (ADA, "Nobody stands in for themselves"),
        (
            "greta.olsen@acme.example",
            "Greta Olsen is in none of your teams",
        ),
    ] {
        let refused = away(&rehearsal, &mut ada, 1, stand_in).await;
        assert_eq!(refused.status, 422);
        let from = format!("value=\"{}\"", day(&rehearsal, 0));
        shows(&refused.text, &[why, &from]);
    }
    let nothing = [("from", "soon"), ("until", "")];
    assert_eq!(ada.post("/me/away", &nothing).await.status, 422);
    assert_eq!(away(&rehearsal, &mut ada, 1, BEN).await.status, 303);
    assert_eq!(away(&rehearsal, &mut ada, 3, "").await.status, 422);
    // A circle: Ben cannot leave it to somebody who left it to Ben.
    let circle = away(&rehearsal, &mut ben, 1, ADA).await;
    assert_eq!(circle.status, 422);
    shows(
        &circle.text,
        &[
            "Ada King is away, too",
            "nobody of IT Support stands in for both",
        ],
    );
    assert_eq!(away(&rehearsal, &mut ben, 1, "").await.status, 303);
    shows(&ben.get("/me").await.text, &["the whole team"]);

    let out = [("from", day(&rehearsal, 0))];
    let out: Vec<(&str, &str)> = out.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(ada.post("/me/away/take-out", &out).await.status, 303);
    assert_eq!(ada.post("/me/away/take-out", &out).await.status, 422);
    let trail = rehearsal.stack.ledger.own_trail(ADA).await.unwrap();
    let words: Vec<String> = trail
        .records
        .iter()
        .map(|r| r.body.what.to_string())
        .collect();
    assert_eq!(words, ["away", "not away"]);
    // An auditor changes nothing, not even this; and a page of somebody else has no say.
    let mut eva = Browser::of(&rehearsal, "eva.lind@acme.example").await;
    assert_eq!(away(&rehearsal, &mut eva, 1, "").await.status, 403);
    assert_eq!(ada.post_from_elsewhere("/me/away", &out).await.status, 403);
}

#[tokio::test]
async fn nobody_confirms_their_own_work_by_standing_in() {
    let yuki = "yuki.mori@acme.example";
    let mut rehearsal = company_with(&[("chidi.eze@acme.example", yuki)]).await;
    let sara = "sara.lehto@acme.example";
    let exit = rehearsal.take_in("exit.json").await;
    until(&mut rehearsal, "Code hosting").await;
    let code = |task: &latchkey_lifecycle::Task| task.title.contains("Code hosting");
    let task = rehearsal.tasks(&exit).await.into_iter().find(code).unwrap();
    let path = format!("/cases/{exit}/tasks/{}", task.id);
    let mut browser = Browser::of(&rehearsal, yuki).await;
    let mut done = vec![("question".to_owned(), question(&browser.get(&path).await))];
    done.extend(
        form_of(&task, "done")
            .into_iter()
            .filter(|(name, _)| name != "by"),
    );
    let done: Vec<(&str, &str)> = done.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(browser.post(&path, &done).await.status, 303);
    until(&mut rehearsal, "Please confirm").await;
    // Sara has it, and is away: Yuki stands in, and did it.
    let mut of_sara = Browser::of(&rehearsal, sara).await;
    assert_eq!(of_sara.post(&format!("{path}/take"), &[]).await.status, 303);
    assert_eq!(away(&rehearsal, &mut of_sara, 2, yuki).await.status, 303);
    let mut browser = Browser::of(&rehearsal, yuki).await;
    shows(&browser.get("/?whose=mine").await.text, &["Confirm: "]);
    let page = browser.get(&path).await;
    let confirm = [("answer", "done"), ("question", &question(&page))];
    let refused = browser.post(&path, &confirm).await;
    assert_eq!(refused.status, 422);
    shows(&refused.text, &["somebody else has to confirm it"]);
    assert_eq!(
        rehearsal.task(&exit, task.id.as_str()).await.state,
        TaskState::Confirming
    );
}

/// Whoever stands in for an escalation contact decides as that one could, but not about what they declined themselves.
#[tokio::test]
async fn an_escalation_goes_to_whoever_stands_in_and_not_to_who_declined() {
    let other = "di.otieno@acme.example";
    let members = format!("{BEN}, {other}]");
    let mut rehearsal = company_with(&[
        (
            "escalation: cio@acme.example",
            &format!("escalation: {ADA}"),
        ),
        (&format!("{BEN}]"), &members),
    ])
    .await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    assert_eq!(away(&rehearsal, &mut ada, 30, BEN).await.status, 303);
    let mut ben = Browser::of(&rehearsal, BEN).await;
    let declined = [
        ("answer", "declined"),
        ("question", &question(&ben.get(&path).await)),
        ("reason", "no stock"),
    ];
    assert_eq!(ben.post(&path, &declined).await.status, 303);
    until(&mut rehearsal, "ESCALATED: Prepare the laptop").await;
    let told = rehearsal.letters_about("(for Ada King)");
    assert_eq!(told.last().unwrap().letter.to, BEN);
    let out = |page: &Answer| {
        let asked = question(page);
        [
            ("answer", "waived".to_owned()),
            ("question", asked),
            ("reason", "no".to_owned()),
        ]
    };
    let mut ben = Browser::of(&rehearsal, BEN).await;
    let page = ben.get(&path).await.text;
    // As an operator Ben may leave it out in any case; as the contact's stand-in there is nothing to decide.
    assert!(!page.contains("declined it</h2>"), "{page}");
    // Ben is away as well: the one who stands in for both did not decline it.
    assert_eq!(away(&rehearsal, &mut ben, 1, other).await.status, 303);
    let mut di = Browser::of(&rehearsal, other).await;
    let page = di.get(&path).await;
    shows(
        &page.text,
        &["Ben Hartmann declined it", "Leave this task out"],
    );
    let form = out(&page);
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(di.post(&path, &form).await.status, 303);
    assert_eq!(
        rehearsal.task(&hire, "laptop").await.state,
        TaskState::Waived
    );
}

#[tokio::test]
async fn letters_of_ones_own_are_chosen_and_kept() {
    let rehearsal = company().await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let page = ada.get("/me").await.text;
    shows(
        &page,
        &[
            "Letters to you",
            "it@acme.example",
            r#"value="none" checked"#,
        ],
    );
    let chosen = ada.post("/me/letters", &[("letters", "digest")]).await;
    assert_eq!(
        (chosen.status, chosen.to.as_deref()),
        (303, Some("/me#letters"))
    );
    shows(&ada.get("/me").await.text, &[r#"value="digest" checked"#]);
    assert_eq!(
        ada.post("/me/letters", &[("letters", "often")])
            .await
            .status,
        422
    );
    // A manager is in no team, and has nothing to set.
    let mut eva = Browser::of(&rehearsal, "eva.lind@acme.example").await;
    assert!(!eva.get("/me").await.text.contains("Letters to you"));
    assert_eq!(
        eva.post("/me/letters", &[("letters", "digest")])
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn what_somebody_may_is_said_of_the_kind_and_has_a_page() {
    let rehearsal = company().await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    assert_eq!(away(&rehearsal, &mut ada, 3, BEN).await.status, 303);
    let page = ada.get("/me").await.text;
    for seen in ["see cases", "answer tasks", "Nobody else has said so."] {
        assert!(page.contains(seen), "{seen}: {page}");
    }
    for not in ["this case", "this task", "publish the runbook"] {
        assert!(!page.contains(not), "{not}: {page}");
    }
}
