//! What differs, what is held, and how systems are.

use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_runbook::Source;
use latchkey_tests::{Rehearsal, acme};

use crate::browser::{Answer, Browser, company, company_with};

const IT: &str = "ada.king@acme.example";
const FACILITIES: &str = "maria.silva@acme.example";
const AUDITOR: &str = "eva.lind@acme.example";

/// A company in which an account of nobody was found.
async fn with_a_finding() -> Rehearsal {
    let it = company().await;
    let account = Account {
        employee_id: None,
        name: "backup-<b>bot</b>".into(),
        active: true,
        attributes: Default::default(),
        entitlements: Default::default(),
    };
    it.systems.get("chat").put("m1", account);
    sweep::handle(&it.stack.sweep_deps(), &sweep::Request::default())
        .await
        .unwrap();
    it
}

#[tokio::test]
async fn a_finding_is_accepted_by_who_may_and_with_their_name() {
    let it = with_a_finding().await;
    let mut operator = Browser::of(&it, IT).await;
    let page = operator.get("/findings").await;
    assert!(
        page.text
            .contains("backup-&lt;b&gt;bot&lt;/b&gt; has no employee id"),
        "{}",
        page.text
    );
    let (_, rest) = page.text.split_once("action=\"/findings/").unwrap();
    let (id, _) = rest.split_once('/').unwrap();
    let accept = format!("/findings/{id}/accept");
    // Without a reason, by another site, by who only reads, by another team: nothing.
    let nothing = operator.post(&accept, &[("reason", "  ")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.text.contains("Nothing was accepted"));
    let why = [("reason", "the backup signs in with it")];
    assert_eq!(
        operator.post_from_elsewhere(&accept, &why).await.status,
        403
    );
    for other in [AUDITOR, FACILITIES] {
        let mut other = Browser::of(&it, other).await;
        assert_eq!(other.post(&accept, &why).await.status, 403);
    }
    assert!(!operator.get("/findings").await.text.contains("Accepted by"));
    assert_eq!(operator.post(&accept, &why).await.status, 303);
    let mut chidi = Browser::of(&it, "chidi.eze@acme.example").await;
    let second = chidi.post(&accept, &[("reason", "so do I")]).await;
    assert_eq!(second.status, 409, "{}", second.text);
    let counts = "Ada King (ada.king@acme.example) accepted it before you, and that counts";
    assert!(second.text.contains(counts), "{}", second.text);
    let after = operator.get("/findings").await;
    assert!(
        after
            .text
            .contains("Accepted by Ada King (ada.king@acme.example), <time"),
        "{}",
        after.text
    );
    assert!(after.text.contains("the backup signs in with it"));
    assert_eq!(
        operator.post("/findings/nothing/accept", &why).await.status,
        404
    );
}

/// What the second look's form sends.
fn hidden(page: &Answer) -> Vec<(String, String)> {
    let value = |name: &str| {
        let at = format!(r#"name="{name}" value=""#);
        let (_, rest) = page.text.split_once(&at).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    ["seen", "at"]
        .map(|name| (name.to_owned(), value(name)))
        .into()
}

/// The path of a finding's form.
fn form_of(page: &Answer, does: &str) -> String {
    let end = format!("/{does}\"");
    let (before, _) = page.text.split_once(&end).unwrap();
    let (_, id) = before.rsplit_once("/findings/").unwrap();
    format!("/findings/{id}/{does}")
}

fn sent(form: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    pairs.collect()
}

#[tokio::test]
async fn a_finding_is_repaired_after_a_second_look_that_says_what_changes_where() {
    let it = with_a_finding().await;
    let mut operator = Browser::of(&it, IT).await;
    let repair = form_of(&operator.get("/findings").await, "repair");
    for other in [AUDITOR, FACILITIES] {
        let mut other = Browser::of(&it, other).await;
        assert_eq!(other.post(&repair, &[]).await.status, 403);
    }
    let look = operator.post(&repair, &[]).await;
    assert_eq!(look.status, 200, "{}", look.text);
    for seen in ["Chat", "the account is suspended; nothing is deleted"] {
        assert!(look.text.contains(seen), "{seen}: {}", look.text);
    }
    let active = || {
        let accounts = it.systems.get("chat").accounts();
        accounts
            .iter()
            .any(|account| account.name.starts_with("backup-") && account.active)
    };
    assert!(active(), "nothing has happened yet");
    let mut other = hidden(&look);
    other[0].1 = "0123456789abcdef".to_owned();
    let refused = operator.post(&repair, &sent(&other)).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.text.contains("not what you saw"),
        "{}",
        refused.text
    );
    for made_up in ["2099-01-01T00:00:00Z", "4070908800.x"] {
        let mut form = hidden(&look);
        form[1].1 = made_up.to_owned();
        let refused = operator.post(&repair, &sent(&form)).await;
        assert_eq!(refused.status, 409);
        assert!(
            refused.text.contains("was not shown to you"),
            "{}",
            refused.text
        );
    }
    it.pass_seconds(601);
    let expired = operator.post(&repair, &sent(&hidden(&look))).await;
    assert_eq!(expired.status, 409);
    assert!(
        expired.text.contains("More than 10 minutes"),
        "{}",
        expired.text
    );
    assert!(active());
    let done = operator.post(&repair, &sent(&hidden(&expired))).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(
        done.text.contains("Changed, and read back"),
        "{}",
        done.text
    );
    assert!(!active());
    let closed = operator.get("/findings?shelf=closed").await;
    assert!(
        closed.text.contains("has no employee id"),
        "{}",
        closed.text
    );
}

#[tokio::test]
async fn what_is_for_a_person_or_about_oneself_is_not_repaired() {
    let amara = (
        "members: [ada.king@acme.example,",
        "members: [amara.okafor@acme.example, ada.king@acme.example,",
    );
    let it = company_with(&[amara]).await;
    let employee = EmployeeId::new("1017").unwrap();
    let chat = it.systems.get("chat");
    let own = chat.account_of(&employee).unwrap();
    chat.put(
        "1017",
        Account {
            active: false,
            ..own.clone()
        },
    );
    sweep::handle(&it.stack.sweep_deps(), &sweep::Request::default())
        .await
        .unwrap();
    let mut her = Browser::of(&it, "amara.okafor@acme.example").await;
    let page = her.get("/findings").await;
    assert!(page.text.contains("It is about yourself"), "{}", page.text);
    // People and systems by name, and the page's own buttons.
    for (seen, is) in [
        ("of Amara Okafor (1017)", true),
        ("“Repair it”", true),
        ("--repair", false),
        ("chat:", false),
    ] {
        assert_eq!(page.text.contains(seen), is, "{seen}: {}", page.text);
    }
    assert!(!page.text.contains("/repair"), "{}", page.text);
    let mut operator = Browser::of(&it, IT).await;
    let page = operator.get("/findings").await;
    let why = [("reason", "it is fine")];
    for does in ["repair", "accept"] {
        let refused = her.post(&form_of(&page, does), &why).await;
        assert_eq!(refused.status, 403, "{does}");
        assert!(
            refused.text.contains("It is about yourself"),
            "{}",
            refused.text
        );
    }
    let look = operator.post(&form_of(&page, "repair"), &[]).await;
    assert!(look.text.contains("is given again"), "{}", look.text);

    it.pass_seconds(60);
    // A second account: nobody guesses which one is to stay.
    let second = Account {
        name: "amara.second".into(),
        ..own
    };
    chat.put("twin", second);
    sweep::handle(&it.stack.sweep_deps(), &sweep::Request::default())
        .await
        .unwrap();
    let page = operator.get("/findings").await;
    let second = page.text.split_once("is another one with the id");
    let (before, _) = second.unwrap_or_else(|| panic!("{}", page.text));
    let (_, id) = before.rsplit_once("id=\"f-").unwrap();
    let id = id.split('"').next().unwrap();
    let refused = operator.post(&format!("/findings/{id}/repair"), &[]).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("Keep one of the accounts"),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn another_teams_findings_are_not_shown() {
    let it = with_a_finding().await;
    let mut facilities = Browser::of(&it, FACILITIES).await;
    let page = facilities.get("/findings").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("No difference is known"),
        "{}",
        page.text
    );
    assert!(
        Browser::of(&it, AUDITOR)
            .await
            .get("/findings")
            .await
            .text
            .contains("has no employee id")
    );
}

#[tokio::test]
async fn what_is_held_is_seen_with_who_decides() {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    *runbook = runbook.replace("exits: 20, urgent_exits: 5", "exits: 1, urgent_exits: 1");
    let it = Rehearsal::of(&Source::from_files(files)).await;
    it.seed().await;
    let mut security = Browser::of(&it, "chidi.eze@acme.example").await;
    assert!(
        security
            .get("/held")
            .await
            .text
            .contains("The brake holds nothing")
    );
    for employee in ["1008", "1009", "1010"] {
        it.happens("person.exiting", employee, Some("2026-11-23"))
            .await;
    }
    let held = security.get("/held").await;
    assert!(held.text.contains("2 cases are held"), "{}", held.text);
    assert!(held.text.contains("until somebody of Security decides"));
    assert!(held.text.contains("/tasks/confirm-what-is-held"));
    let mut hr = Browser::of(&it, "ines.albrecht@acme.example").await;
    let seen = hr.get("/held").await;
    assert!(
        seen.text.contains("2 cases are held")
            && !seen.text.contains("/tasks/confirm-what-is-held")
    );
    assert_eq!(
        Browser::of(&it, FACILITIES).await.get("/held").await.status,
        403
    );
}

#[tokio::test]
async fn systems_are_shown_to_their_team_and_to_who_watches_all() {
    let it = company().await;
    let all = Browser::of(&it, IT).await.get("/systems").await;
    assert!(
        all.text.contains("Company directory") && all.text.contains("asked by letter"),
        "{}",
        all.text
    );
    let own = Browser::of(&it, FACILITIES).await.get("/systems").await;
    assert_eq!(own.status, 200);
    assert!(!own.text.contains("Company directory"), "{}", own.text);
}
