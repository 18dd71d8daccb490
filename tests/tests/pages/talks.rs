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
