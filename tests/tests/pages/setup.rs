//! What Latchkey needs before it may act, one thing after the other.

use latchkey_systems::Fault;
use latchkey_tests::Rehearsal;

use crate::browser::{Answer, Browser, company};

const IT: &str = "ada.king@acme.example";

/// What comes next.
fn next(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let Some((_, rest)) = answer.text.split_once(r#"<h2 id="next">"#) else {
        return "";
    };
    rest.split_once("</section>").unwrap().0
}

/// No secret, nor where one is.
fn tells_no_secret(rehearsal: &Rehearsal, answer: &Answer) {
    let path = rehearsal.stack.keys.path();
    let folder = path.parent().unwrap().to_str().unwrap();
    for word in [folder, "secrets.json", "whsec_"] {
        assert!(!answer.text.contains(word), "{word}: {}", answer.text);
    }
}

/// An operator opens the page, does what comes next, and is told the next thing.
#[tokio::test]
async fn one_thing_comes_next_and_after_it_the_next() {
    let rehearsal = company().await;
    let mut it = Browser::of(&rehearsal, IT).await;
    assert!(it.get("/systems").await.text.contains(r#"href="/setup""#));
    let first = it.get("/setup").await;
    assert!(
        next(&first).contains("HR confirms what happens"),
        "{}",
        first.text
    );
    assert!(next(&first).contains("https://latchkey.acme.example/hooks/SOURCE"));
    tells_no_secret(&rehearsal, &first);
    // HR tells of somebody.
    rehearsal.take_in("hire.json").await;
    let second = it.get("/setup").await;
    assert!(
        next(&second).contains("was never called"),
        "{}",
        second.text
    );
    assert!(next(&second).contains("Try it now"));
    // Looking calls nothing; the button does.
    let calls = || rehearsal.systems.get("chat").calls();
    let before = calls();
    it.get("/setup").await;
    assert_eq!(calls(), before);
    let looked = it.post("/setup", &[]).await;
    assert_eq!(
        looked.to.as_deref(),
        Some("/setup?done=looked"),
        "{}",
        looked.text
    );
    assert!(calls() > before);
    let third = it.get("/setup?done=looked").await;
    assert!(
        third
            .text
            .contains("It lets Latchkey do all that was tried."),
        "{}",
        third.text
    );
    assert!(next(&third).contains("nobody gets them"), "{}", third.text);
    tells_no_secret(&rehearsal, &third);
}

#[tokio::test]
async fn a_system_that_lacks_a_right_is_next_until_it_was_tested_again() {
    let rehearsal = company().await;
    rehearsal.take_in("hire.json").await;
    let mut it = Browser::of(&rehearsal, IT).await;
    rehearsal
        .systems
        .get("chat")
        .fail_with([Fault::Unauthorized {
            system: "Chat".to_owned(),
            problem: "the token lacks <b>users:read</b>".to_owned(),
        }]);
    it.post("/setup", &[]).await;
    let told = it.get("/setup").await;
    assert!(
        next(&told).contains("lacks &lt;b&gt;users:read&lt;/b&gt;"),
        "{}",
        told.text
    );
    assert!(next(&told).contains(r#"href="/systems/chat""#));
    let there = it.get("/systems/chat").await;
    assert!(
        there.text.contains("lacks &lt;b&gt;users:read&lt;/b&gt;"),
        "{}",
        there.text
    );
    // What a try met counts on every page.
    let all = it.get("/systems").await;
    assert!(
        all.text.contains("one of them has trouble")
            && all.text.contains("lacks &lt;b&gt;users:read&lt;/b&gt;"),
        "{}",
        all.text
    );
    assert!(there.text.contains("It does not let Latchkey do all"));
    // And to `latchkey status`, before any sweep.
    let stack = &rehearsal.stack;
    let known = latchkey_embedded::condition(&stack.ledger, &stack.runbooks, rehearsal.now());
    let troubled = known.await.unwrap().troubled;
    assert_eq!(troubled.len(), 1, "{troubled:?}");
    assert!(troubled[0].said.contains("users:read"), "{troubled:?}");
    let tested = it.post("/systems/chat/test", &[]).await;
    assert_eq!(
        tested.to.as_deref(),
        Some("/systems/chat#test"),
        "{}",
        tested.text
    );
    assert!(!next(&it.get("/setup").await).contains("chat"));
    let all = it.get("/systems").await;
    assert!(!all.text.contains("trouble\""), "{}", all.text);
    assert!(all.text.contains("as far as is known") || all.text.contains("no trouble is known"));
}

#[tokio::test]
async fn a_letter_to_oneself_goes_to_oneself_once_a_minute() {
    let mut rehearsal = company().await;
    let mut it = Browser::of(&rehearsal, IT).await;
    for seconds in [0, 30] {
        rehearsal.pass_seconds(seconds);
        let sent = it.post("/setup/letter", &[]).await;
        assert_eq!(
            sent.to.as_deref(),
            Some("/setup?done=letter"),
            "{}",
            sent.text
        );
    }
    rehearsal.hear().await.unwrap();
    let letters: Vec<&str> = rehearsal
        .letters
        .iter()
        .filter(|sent| sent.letter.subject.contains("a letter to yourself"))
        .map(|sent| sent.letter.to.as_str())
        .collect();
    assert_eq!(letters, [IT]);
    rehearsal.pass_seconds(60);
    it.post("/setup/letter", &[]).await;
    rehearsal.hear().await.unwrap();
    let again = rehearsal.letters.iter();
    let again = again.filter(|sent| sent.letter.to == IT);
    assert_eq!(again.count(), 2);
}

#[tokio::test]
async fn nobody_but_operators_sets_up() {
    let rehearsal = company().await;
    for other in ["ines.albrecht@acme.example", "eva.lind@acme.example"] {
        let mut other = Browser::of(&rehearsal, other).await;
        assert_eq!(other.get("/setup").await.status, 403);
        assert!(!other.get("/cases").await.text.contains(r#"href="/setup""#));
        for path in ["/setup", "/setup/letter", "/systems/chat/test"] {
            assert_eq!(other.post(path, &[]).await.status, 403, "{path}");
        }
    }
}

/// What a system says that lacks its secret comes to be read by its owner, in letters and on pages.
#[tokio::test]
async fn where_secrets_are_kept_is_on_no_page() {
    let rehearsal = company().await;
    let stack = &rehearsal.stack;
    let known = latchkey_runtime::KnownSystems::new(
        |_, _, _| panic!("it is not opened without its secret"),
        std::sync::Arc::new(stack.keys.clone()),
        latchkey_address::Loopback::Encrypted,
    )
    .unwrap();
    let deps = sweep::Deps {
        systems: &known,
        ..stack.sweep_deps()
    };
    sweep::handle(&deps, &sweep::Request::default())
        .await
        .unwrap();
    let mut it = Browser::of(&rehearsal, IT).await;
    for path in ["/findings", "/systems", "/systems/chat", "/setup"] {
        let page = it.get(path).await;
        tells_no_secret(&rehearsal, &page);
    }
    let findings = it.get("/findings").await;
    assert!(
        findings.text.contains("could not be read"),
        "{}",
        findings.text
    );
}

#[tokio::test]
async fn what_was_never_called_is_not_said_to_answer() {
    let rehearsal = company().await;
    let mut it = Browser::of(&rehearsal, IT).await;
    let all = it.get("/systems").await;
    assert!(all.text.contains("not called yet"), "{}", all.text);
    assert!(!all.text.contains("all of them answer"), "{}", all.text);
    // What a sweep could not read has trouble, in the words of its finding.
    rehearsal
        .systems
        .get("chat")
        .fail_with([Fault::Unauthorized {
            system: "Chat".to_owned(),
            problem: "there is no secret acme/chat".to_owned(),
        }]);
    let deps = rehearsal.stack.sweep_deps();
    let request = sweep::Request::default();
    sweep::handle(&deps, &request).await.unwrap();
    let all = it.get("/systems").await;
    assert!(
        all.text.contains("one of them has trouble")
            && all.text.contains("there is no secret acme/chat"),
        "{}",
        all.text
    );
}
