//! Signing in by a provider that nobody here wrote: `oidc-provider` from npm.

use std::collections::BTreeMap;

use latchkey_embedded::SignInAt;
use latchkey_peers::OidcProvider;
use latchkey_tests::{Rehearsal, acme};
use serde_json::json;

use crate::browser::{Answer, Browser};

const BACK: &str = "https://latchkey.acme.example/sign-in/back";

async fn company(provider: &OidcProvider) -> Rehearsal {
    with_secret(provider, None).await
}

async fn with_secret(provider: &OidcProvider, secret: Option<&str>) -> Rehearsal {
    let at = SignInAt {
        issuer: provider.issuer(),
        client: "latchkey".to_owned(),
        groups_claim: None,
    };
    Rehearsal::signing_in_by(&acme(), at, secret).await
}

/// The claims of somebody.
fn account(address: &str, name: &str, groups: &[&str]) -> serde_json::Value {
    json!({ "sub": address, "email": address, "email_verified": true, "name": name, "groups": groups })
}

async fn tell(provider: &OidcProvider, what: serde_json::Value) {
    let client = reqwest::Client::new();
    let told = client
        .post(provider.control())
        .json(&what)
        .send()
        .await
        .unwrap();
    assert!(told.status().is_success());
}

/// Goes from our page to the provider, through what it asks, and gives the path with which it sends the browser back.
async fn through(at: &str) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    let (mut at, mut cookies) = (reqwest::Url::parse(at).unwrap(), BTreeMap::new());
    for _ in 0..8 {
        if at.as_str().starts_with(BACK) {
            return at.as_str().replace("https://latchkey.acme.example", "");
        }
        let all: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = client
            .get(at.clone())
            .header("cookie", all.join("; "))
            .send()
            .await
            .unwrap();
        for kept in answer.headers().get_all("set-cookie") {
            let pair = kept.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let to = answer
            .headers()
            .get("location")
            .map(|to| to.to_str().unwrap().to_owned());
        let Some(to) = to else {
            panic!("{at}: {}", answer.text().await.unwrap())
        };
        at = at.join(&to).unwrap();
    }
    panic!("the provider goes on and on");
}

/// The whole way, back to where somebody wanted to go.
async fn signs_in(browser: &mut Browser, to: &str) -> Answer {
    let begun = browser.get(&format!("/sign-in/begin?to={to}")).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    let back = through(&begun.to.unwrap()).await;
    browser.get(&back).await
}

#[tokio::test]
async fn somebody_signs_in_and_is_what_the_address_says_wherever_the_provider_tells_it() {
    for in_token in [true, false] {
        let provider = OidcProvider::start(BACK, None, in_token).await.unwrap();
        let rehearsal = company(&provider).await;
        tell(
            &provider,
            json!({ "account": account("Ada.King@acme.example", "Ada King", &[]) }),
        )
        .await;
        let mut browser = Browser::of_nobody(&rehearsal);
        let wanted = browser.get("/me").await;
        assert_eq!(wanted.to.as_deref(), Some("/sign-in?to=%2Fme"));
        let page = browser.get("/sign-in?to=%2Fme").await;
        assert!(
            page.text.contains("/sign-in/begin?to=%2Fme"),
            "{}",
            page.text
        );
        let answer = signs_in(&mut browser, "%2Fme").await;
        assert_eq!(answer.to.as_deref(), Some("/me"), "{}", answer.text);
        let me = browser.get("/me").await;
        assert!(
            me.text.contains("Ada King") && me.text.contains("IT Support, operator"),
            "{}",
            me.text
        );
        let out = browser.post("/sign-out", &[]).await;
        assert!(
            out.text.contains("/session/end?client_id=latchkey"),
            "{}",
            out.text
        );
        assert_eq!(browser.get("/me").await.status, 303);
    }
}

/// RFC 6749, section 2.3.1: what of a secret means something elsewhere is written in another way.
#[tokio::test]
async fn latchkey_shows_its_secret_where_the_provider_has_given_it_one() {
    const SECRET: &str = "a:b/c+d%e&f=g h";
    let provider = OidcProvider::start(BACK, Some(SECRET), true).await.unwrap();
    let ada = account("ada.king@acme.example", "Ada King", &[]);
    tell(&provider, json!({ "account": ada })).await;
    for (secret, to) in [
        (Some(SECRET), Some("/me")),
        (Some("another"), None),
        (None, None),
    ] {
        let rehearsal = with_secret(&provider, secret).await;
        let mut browser = Browser::of_nobody(&rehearsal);
        let answer = signs_in(&mut browser, "%2Fme").await;
        assert_eq!(answer.to.as_deref(), to, "{secret:?}: {}", answer.text);
        let refused = answer.text.contains("You are not signed in");
        assert_eq!(refused, to.is_none(), "{}", answer.text);
    }
}

/// Whoever the company lets sign in and the runbook does not name sees nothing.
#[tokio::test]
async fn whom_the_runbook_does_not_name_sees_nothing() {
    let provider = OidcProvider::start(BACK, None, true).await.unwrap();
    let rehearsal = company(&provider).await;
    tell(
        &provider,
        json!({ "account": account("bo.lind@acme.example", "Bo Lind", &["IT"]) }),
    )
    .await;
    let mut browser = Browser::of_nobody(&rehearsal);
    assert_eq!(signs_in(&mut browser, "%2F").await.status, 303);
    let today = browser.get("/").await;
    assert_eq!(today.status, 403);
    assert!(today.text.contains("Nothing here is yours"));
}

/// Keys are rotated while Latchkey runs; a code is good once, in the browser that began, and for its own sign-in.
#[tokio::test]
async fn rotated_keys_are_learned_and_what_belongs_to_another_sign_in_is_refused() {
    let provider = OidcProvider::start(BACK, None, true).await.unwrap();
    let rehearsal = company(&provider).await;
    let mut browser = Browser::of_nobody(&rehearsal);
    assert_eq!(signs_in(&mut browser, "%2Fme").await.status, 303);
    tell(&provider, json!({ "rotate": true })).await;
    // Keys are not asked for again at once for whatever somebody sends.
    let early = signs_in(&mut Browser::of_nobody(&rehearsal), "%2Fme").await;
    assert_eq!(early.status, 403, "{}", early.text);
    assert!(
        early.text.contains("a key that it does not name"),
        "{}",
        early.text
    );
    rehearsal.pass_seconds(31);
    let mut later = Browser::of_nobody(&rehearsal);
    let answer = signs_in(&mut later, "%2Fme").await;
    assert_eq!(answer.to.as_deref(), Some("/me"), "{}", answer.text);
    // A code is brought to another browser.
    let mut one = Browser::of_nobody(&rehearsal);
    let begun = one.get("/sign-in/begin").await;
    let back = through(&begun.to.unwrap()).await;
    let stolen = Browser::of_nobody(&rehearsal).get(&back).await;
    assert_eq!(stolen.status, 403);
    assert!(
        stolen.text.contains("not begun in this browser"),
        "{}",
        stolen.text
    );
    // The same browser, and a token of another sign-in.
    one.change_cookie(|value| {
        let mut parts: Vec<&str> = value.split('.').collect();
        parts[1] = "another-nonce";
        parts.join(".")
    });
    let answer = one.get(&back).await;
    assert_eq!(answer.status, 403);
    assert!(
        answer.text.contains("of another sign-in"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_and_nothing_else_breaks() {
    let provider = OidcProvider::start(BACK, None, true).await.unwrap();
    let rehearsal = company(&provider).await;
    drop(provider);
    let mut browser = Browser::of_nobody(&rehearsal);
    let answer = browser.get("/sign-in/begin").await;
    assert_eq!(answer.status, 403);
    assert!(
        answer.text.contains("the sign-in provider does not answer"),
        "{}",
        answer.text
    );
    assert_eq!(browser.get("/sign-in").await.status, 200);
}

/// What an operator is told of the provider: that it answers and knows where it sends people back to, or what of it not.
#[tokio::test]
async fn a_provider_that_does_not_know_where_to_send_people_back_is_found_before_anybody_comes() {
    let checked = async |rehearsal: &Rehearsal| {
        let stack = &rehearsal.stack;
        let deps = latchkey_checks::Deps {
            ledger: &stack.ledger,
            runbooks: &stack.runbooks,
            place: &stack.place,
            now: stack.clock.now(),
        };
        latchkey_checks::look(deps, latchkey_checks::PATIENCE)
            .await
            .unwrap();
        let checks = latchkey_checks::checks(deps).await.unwrap();
        checks
            .into_iter()
            .find(|check| check.id == "sign-in")
            .unwrap()
    };
    let provider = OidcProvider::start(BACK, None, true).await.unwrap();
    let rehearsal = company(&provider).await;
    let well = checked(&rehearsal).await;
    assert!(
        well.stands == latchkey_checks::Stands::Well && well.said.contains(BACK),
        "{well:?}"
    );
    let elsewhere = OidcProvider::start("https://other.example/back", None, true)
        .await
        .unwrap();
    let wrong = checked(&company(&elsewhere).await).await;
    assert!(
        wrong
            .said
            .contains("redirect address that it does not know"),
        "{wrong:?}"
    );
    assert!(wrong.to_do.unwrap().contains(BACK));
    drop(provider);
    let gone = checked(&rehearsal).await;
    assert!(gone.said.contains("does not answer"), "{gone:?}");
}
