//! Sessions: how they begin and end, and what nobody gets without one.

use console::{Needs, PAGES};
use latchkey_access::Action;

use crate::browser::{Browser, company, link};

const IT: &str = "ada.king@acme.example";

/// A path of a page with something in its places that does not exist.
fn some_path(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        if part.starts_with('{') {
            "nothing"
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// No page shows anything to whoever did not sign in, and no form of theirs does anything.
#[tokio::test]
async fn every_page_that_needs_somebody_sends_nobody_to_sign_in() {
    let rehearsal = company().await;
    let mut nobody = Browser::of_nobody(&rehearsal);
    for page in PAGES
        .iter()
        .filter(|page| matches!(page.needs, Needs::To(_)))
    {
        let path = some_path(page.path);
        let answer = match page.method {
            "GET" => nobody.get(&path).await,
            _ => nobody.post(&path, &[]).await,
        };
        let wanted = if page.method == "GET" { 303 } else { 401 };
        assert_eq!(
            answer.status, wanted,
            "{} {path}: {}",
            page.method, answer.text
        );
        assert!(!answer.text.contains("Acme"), "{path} shows the company");
    }
}

/// Every route against every role: whoever may not do its action to anything is refused with who can.
#[tokio::test]
async fn every_route_refuses_whom_the_table_refuses() {
    let rehearsal = company().await;
    for (address, roles) in [
        (
            "ines.albrecht@acme.example",
            &[latchkey_access::Role::Hr, latchkey_access::Role::TeamMember][..],
        ),
        ("eva.lind@acme.example", &[latchkey_access::Role::Auditor]),
    ] {
        let mut browser = Browser::of(&rehearsal, address).await;
        for page in PAGES {
            let Needs::To(action) = page.needs else {
                continue;
            };
            if action == Action::BeOneself {
                continue;
            }
            let may = roles.iter().any(|role| {
                latchkey_access::reach(*role, action) > latchkey_access::Reach::Nothing
            });
            let path = some_path(page.path);
            let answer = match page.method {
                "GET" => browser.get(&path).await,
                _ => browser.post(&path, &[]).await,
            };
            if path == "/" && !may {
                // Where everybody lands: there it goes on to a page that is theirs.
                assert_eq!((answer.status, answer.to.as_deref()), (303, Some("/cases")));
                continue;
            }
            let refused = answer.status == 403 && answer.text.contains("You may not");
            assert!(
                may || refused,
                "{address} {} {path}: {}",
                page.method,
                answer.status
            );
            if !may {
                assert!(answer.text.contains("These can"), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_link_signs_in_once_and_only_by_its_button() {
    let rehearsal = company().await;
    let path = link(&rehearsal, IT).await.unwrap();
    let mut browser = Browser::of_nobody(&rehearsal);
    // A mail program looks at it first.
    assert_eq!(browser.get(&path).await.status, 200);
    assert_eq!(browser.get(&path).await.status, 200);
    assert_eq!(browser.post(&path, &[]).await.status, 303);
    assert!(browser.get("/me").await.text.contains("Ada King"));
    let mut another = Browser::of_nobody(&rehearsal);
    let again = another.post(&path, &[]).await;
    assert_eq!(again.status, 410);
    assert!(again.text.contains("This link is used up"));
    assert_eq!(another.get("/me").await.status, 303);
}

#[tokio::test]
async fn nobody_gets_a_link_whom_the_runbook_does_not_name() {
    let rehearsal = company().await;
    let refused = link(&rehearsal, "mallory@evil.example").await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("names mallory@evil.example in no team"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_session_ends_by_itself_and_by_its_owner_everywhere() {
    let rehearsal = company().await;
    let mut here = Browser::of(&rehearsal, IT).await;
    let mut there = Browser::of(&rehearsal, IT).await;
    let mut other = Browser::of(&rehearsal, "ines.albrecht@acme.example").await;
    // A form of another site does nothing.
    let elsewhere = here
        .post_from_elsewhere("/me/sign-out-everywhere", &[])
        .await;
    assert_eq!(elsewhere.status, 403);
    assert_eq!(there.get("/me").await.status, 200);
    let out = here.post("/me/sign-out-everywhere", &[]).await;
    assert_eq!(out.status, 200);
    out.says("You are signed out of Latchkey, on every device.");
    assert_eq!(there.get("/me").await.status, 303);
    assert_eq!(other.get("/me").await.status, 200);
    let out = other.post("/sign-out", &[]).await;
    assert_eq!(out.status, 200);
    out.says("You are signed out of Latchkey, on this device.");
    assert_eq!(
        other.get("/me").await.to.as_deref(),
        Some("/sign-in?to=%2Fme")
    );
    // Nothing is done in it for two hours.
    let mut idle = Browser::of(&rehearsal, IT).await;
    rehearsal.pass(2);
    assert_eq!(idle.get("/me").await.status, 303);
}

/// Whoever HR says has left is out with the next page, whatever the runbook says.
#[tokio::test]
async fn whoever_is_cut_off_is_out_at_once() {
    let rehearsal = company().await;
    let mut hired = latchkey_tests::sample("hire.json");
    hired["data"]["person"]["work_email"] = IT.into();
    let (status, answer) = rehearsal.send("ada-is-hired", &hired).await;
    assert_eq!(status, 202, "{answer}");
    // After the first day.
    rehearsal.pass(24 * 20);
    let mut browser = Browser::of(&rehearsal, IT).await;
    assert_eq!(browser.get("/me").await.status, 200);
    rehearsal.happens("person.exit.urgent", "1042", None).await;
    assert_eq!(browser.get("/me").await.status, 303);
    let refused = link(&rehearsal, IT).await.unwrap_err().to_string();
    assert!(refused.contains("has left"), "{refused}");
}

/// Nobody is put into somebody else's session by a form of another site.
#[tokio::test]
async fn a_link_is_used_by_our_own_form_only() {
    let rehearsal = company().await;
    let path = link(&rehearsal, IT).await.unwrap();
    let mut browser = Browser::of_nobody(&rehearsal);
    assert_eq!(browser.post_from_elsewhere(&path, &[]).await.status, 403);
    assert_eq!(browser.post(&path, &[]).await.status, 303);
}

/// Whoever is taken out of the runbook is out with the next page.
#[tokio::test]
async fn what_somebody_is_is_read_from_the_runbook_that_counts_now() {
    let rehearsal = company().await;
    let mut browser = Browser::of(&rehearsal, IT).await;
    assert_eq!(browser.get("/").await.status, 200);
    let mut files = latchkey_tests::acme().files().clone();
    for text in files.values_mut() {
        *text = text.replace(IT, "somebody.else@acme.example");
    }
    let without = latchkey_runbook::Source::from_files(files);
    rehearsal.stack.publish(&without).await.unwrap();
    let answer = browser.get("/").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("Nothing here is yours"));
}
