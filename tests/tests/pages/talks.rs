//! HR is asked about a task and answers: it stands on the task, in HR's Today, and in letters; the window goes on.

use latchkey_tests::Answers;

use crate::{
    browser::{Browser, company},
    tasks::{laptop, question, shows},
};

const ADA: &str = "ada.king@acme.example";
const INES: &str = "ines.albrecht@acme.example";
const ASKED: &str = "German or English keyboard?";
const SAID: &str = "German, please.";

#[tokio::test]
async fn a_question_to_hr_and_its_answer_stay_on_the_task() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let mut ines = Browser::of(&rehearsal, INES).await;
    let page = ada.get(&path).await;
    shows(
        &page.text,
        &["Questions to People Team", "The window goes on meanwhile"],
    );
    let due = rehearsal.task(&hire, "laptop").await.window;
    assert_eq!(
        ada.post(&path, &[("answer", "ask"), ("text", " ")])
            .await
            .status,
        422
    );
    // Nobody answers what nobody asked.
    let reply = [("answer", "reply"), ("text", SAID)];
    assert_eq!(ines.post(&path, &reply).await.status, 409);
    let ask = [("answer", "ask"), ("text", ASKED)];
    assert_eq!(ada.post(&path, &ask).await.status, 303);
    let later = rehearsal.later(1);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    let letter = rehearsal.letters_about("Question: Prepare the laptop")[0].clone();
    assert_eq!(letter.letter.to, "people@acme.example");
    shows(
        &letter.letter.text,
        &["Ada King of IT Support", ASKED, &path],
    );
    let mut ines = Browser::of(&rehearsal, INES).await;
    shows(
        &ines.get("/").await.text,
        &["Questions to you", ASKED, "Prepare the laptop"],
    );
    // Whoever asked does not answer for HR, and another team does neither.
    let mut ada = Browser::of(&rehearsal, ADA).await;
    assert_eq!(ada.post(&path, &reply).await.status, 403);
    let mut greta = Browser::of(&rehearsal, "greta.olsen@acme.example").await;
    assert_eq!(greta.post(&path, &reply).await.status, 403);
    assert_eq!(greta.post(&path, &ask).await.status, 403);
    assert!(!greta.get(&path).await.text.contains("keyboard"));
    assert_eq!(ines.post(&path, &reply).await.status, 303);
    assert!(!ines.get("/").await.text.contains(ASKED));
    let later = rehearsal.later(1);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    let letter = rehearsal.letters_about("Answer: Prepare the laptop")[0].clone();
    assert_eq!(letter.letter.to, "it@acme.example");

    let mut ada = Browser::of(&rehearsal, ADA).await;
    let page = ada.get(&path).await;
    let (asked, said) = (page.text.find(ASKED), page.text.find(SAID));
    assert!(asked.is_some() && asked < said, "{}", page.text);
    shows(&page.text, &["Ines Albrecht</b>, People Team"]);
    let words = rehearsal.recorded(&hire, Some("laptop")).await;
    let of_talk: Vec<&String> = words
        .iter()
        .filter(|w| w.starts_with("question "))
        .collect();
    assert_eq!(of_talk, ["question asked", "question answered"]);
    // The question of the task stands as it did.
    assert_eq!(rehearsal.task(&hire, "laptop").await.window, due);
    assert!(!question(&page).is_empty());
}

#[tokio::test]
async fn others_with_a_part_in_the_case_read_that_something_was_said_and_not_the_words() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let question = question(&ada.get(&path).await);
    let asked = question.as_str();
    let ask = [("answer", "ask"), ("text", ASKED)];
    assert_eq!(ada.post(&path, &ask).await.status, 303);
    let keep = [("answer", "keep"), ("question", asked)];
    let file = ("pay-slip.csv", &b"a;b\n"[..]);
    assert_eq!(ada.post_files(&path, &keep, &[file]).await.status, 303);
    let over = [
        ("answer", "handover"),
        ("question", asked),
        ("note", "mind the red cable"),
    ];
    assert_eq!(ada.post(&path, &over).await.status, 303);
    let no = [
        ("answer", "declined"),
        ("question", asked),
        ("reason", "none is left in stock"),
    ];
    assert_eq!(ada.post(&path, &no).await.status, 303);
    let words = [
        ASKED,
        "pay-slip.csv",
        "mind the red cable",
        "none is left in stock",
    ];
    let case = format!("/cases/{hire}");
    let seen = async |who: &str, page: &str| {
        let mut browser = Browser::of(&rehearsal, who).await;
        let page = browser.get(page).await;
        assert_eq!(page.status, 200, "{who}: {}", page.text);
        page.text
    };
    // The team itself, HR, and an auditor read all of it.
    for who in [ADA, INES, "eva.lind@acme.example"] {
        shows(&seen(who, &case).await, &words);
    }
    shows(&seen("eva.lind@acme.example", "/audit").await, &words);
    // Another team with a task in the case, and the person's manager.
    for who in ["greta.olsen@acme.example", "tom.keller@acme.example"] {
        for page in [&case, &path] {
            let text = seen(who, page).await;
            for word in words {
                assert!(!text.contains(word), "{who} {page} {word}: {text}");
            }
        }
        shows(
            &seen(who, &case).await,
            &[
                "Ada King asked HR something about it",
                "Ada King added a file",
                "Ada King handed it over",
                "Ada King declined it",
            ],
        );
    }
}

#[tokio::test]
async fn a_question_that_was_sent_twice_is_one() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let ask = [("answer", "ask"), ("text", ASKED)];
    for _ in 0..3 {
        assert_eq!(ada.post(&path, &ask).await.status, 303);
    }
    let asked = async || {
        let words = rehearsal.recorded(&hire, Some("laptop")).await;
        words.iter().filter(|w| *w == "question asked").count()
    };
    assert_eq!(asked().await, 1);
    let other = [("answer", "ask"), ("text", "Or French?")];
    assert_eq!(ada.post(&path, &other).await.status, 303);
    rehearsal.pass_seconds(301);
    assert_eq!(ada.post(&path, &ask).await.status, 303);
    assert_eq!(asked().await, 3);
}

#[tokio::test]
async fn a_question_ends_with_its_task() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let ask = [("answer", "ask"), ("text", ASKED)];
    assert_eq!(ada.post(&path, &ask).await.status, 303);
    let later = rehearsal.later(24 * 30);
    rehearsal.play(&mut Answers::willing(), Some(later)).await;
    assert!(rehearsal.task(&hire, "laptop").await.state.is_ended());
    let mut ines = Browser::of(&rehearsal, INES).await;
    let today = ines.get("/").await.text;
    assert!(!today.contains(ASKED), "{today}");
    let page = ines.get(&path).await.text;
    shows(&page, &[ASKED, "Not answered: the task ended first"]);
    assert!(!page.contains("gets a letter"), "{page}");
}
