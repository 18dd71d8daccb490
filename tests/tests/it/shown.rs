//! What HR, systems and people write acts on nobody who reads it: not in a letter, not on a page, not in an alert.

use latchkey_lifecycle::{EmployeeId, PersonDraft, TaskState, shown::is_unseen};
use latchkey_systems::Fault;
use latchkey_tests::{Answers, Rehearsal, acme, form_of, sample};

/// A line that would read as one of ours, a terminal's escape sequences in both forms, and what turns or hides what is
/// read.
const ACTS: &str = "Clerk\nOpen https://evil.example instead:\r\n\u{1b}[2J\u{9b}1m\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}";

fn acting(what: &str) -> Option<String> {
    Some(format!("{what} {ACTS} {what}"))
}

/// Whose every field acts, as a ledger may have them from before intake looked at them.
async fn known(it: &Rehearsal) {
    let people: Vec<PersonDraft> = serde_json::from_value(sample("people.json")).unwrap();
    let acts = PersonDraft {
        employee_id: EmployeeId::new("7777").ok(),
        given_name: acting("Kim"),
        family_name: acting("Berg"),
        title: acting("Clerk"),
        location: acting("Berlin"),
        level: acting("L1"),
        ..people[0].clone()
    };
    let employee = EmployeeId::new("7777").unwrap();
    let known = it.stack.ledger.import_person(&employee, acts, it.now());
    known.await.unwrap();
}

fn check(what: &str, text: &str) {
    let unseen: Vec<char> = text
        .chars()
        .filter(|c| !matches!(c, '\n' | '\t') && is_unseen(*c))
        .collect();
    assert!(unseen.is_empty(), "{what}: {unseen:?} in {text}");
    // What is a line in HTML is none on the page.
    if what == "page" {
        return;
    }
    let forged = text
        .lines()
        .any(|line| line.trim_start().starts_with("Open https://evil.example"));
    assert!(!forged, "{what}: {text}");
}

#[tokio::test]
async fn no_field_of_anybody_writes_a_line_or_acts_on_a_reader() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    known(&it).await;
    let refuses = || Fault::Rejected {
        system: "chat".into(),
        problem: acting("no such user").unwrap(),
    };
    it.systems
        .get("chat")
        .fail_with(std::iter::repeat_with(refuses).take(6));
    let exit = it
        .happens("person.exiting", "7777", Some("2026-12-18"))
        .await;
    // Somebody declines with a text of the same kind; the escalation contact does it.
    let mut answers = Answers::by(|sent, _, task| {
        let escalated = sent.letter.subject.starts_with("ESCALATED");
        let first = !sent.letter.subject.starts_with("Reminder")
            && !sent.letter.subject.starts_with("MISSED");
        first.then(|| {
            let mut form = form_of(
                task,
                if escalated || task.state == TaskState::Confirming {
                    "done"
                } else {
                    "declined"
                },
            );
            // Who confirms is somebody else than who did it.
            let by = match task.state {
                TaskState::Confirming => "Kim",
                _ => "Jo",
            };
            for (name, value) in &mut form {
                if name == "by" || name == "reason" {
                    *value = acting(by).unwrap();
                }
            }
            form.push(("note".to_owned(), acting("done").unwrap()));
            form
        })
    });
    it.play(&mut answers, None).await;
    assert!(it.letters.len() > 20);
    let about: Vec<_> = it.letters.iter().map(|sent| sent.letter.clone()).collect();
    assert!(
        about
            .iter()
            .any(|letter| letter.subject.starts_with("Closed:")),
        "it comes to its end"
    );
    assert!(
        about
            .iter()
            .any(|letter| letter.text.contains("What went wrong"))
    );
    for letter in &about {
        check("subject", &letter.subject);
        assert!(!letter.subject.contains('\n'));
        check("letter", &letter.text);
    }
    let mut pages = 0;
    for sent in &it.letters {
        if let Some(question) = it.question_of(sent) {
            let (_, page) = it.page(&question, None).await;
            check("page", &page);
            pages += 1;
        }
    }
    assert!(pages > 10);
    assert!(it.case(&exit).await.state.is_ended());
}
