//! Whatever is asked for, the answer is dressed as one of our pages, and says in our words what cannot be read.

use axum::http::{Method, header};
use latchkey_tests::Rehearsal;

use crate::browser::{company, cookie_of};

const AUDITOR: &str = "eva.lind@acme.example";

/// Status, headers and text of what somebody who signed in is answered.
async fn answered(
    it: &Rehearsal,
    (method, path, kind, body): (Method, &str, &str, &'static str),
) -> reqwest::Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let request = client.build().unwrap();
    let request = request.request(method, format!("http://{}{path}", it.stack.address));
    let request = request
        .header(header::COOKIE, cookie_of(it, AUDITOR).await)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, kind)
        .body(body);
    request.send().await.unwrap()
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_by_a_page_of_ours_and_every_answer_has_its_headers() {
    let it = company().await;
    const FORM: &str = "application/x-www-form-urlencoded";
    let asked = [
        (Method::GET, "/cases/%ff", "", "", 400),
        (Method::GET, "/audit?who=a&who=b", "", "", 400),
        (
            Method::POST,
            "/audit/download",
            "application/json",
            "{}",
            415,
        ),
        (Method::POST, "/audit/download", FORM, "on=a&on=b", 422),
        (Method::PUT, "/cases", FORM, "", 405),
        (Method::POST, "/audit/download", FORM, "on=1021", 200),
        (Method::GET, "/cases/exit-1-0/board", "", "", 404),
        (Method::GET, "/latchkey.css", "", "", 200),
        (Method::GET, "/nowhere", "", "", 404),
    ];
    for (method, path, kind, body, status) in asked {
        let what = format!("{method} {path}");
        let answer = answered(&it, (method.clone(), path, kind, body)).await;
        assert_eq!(answer.status(), status, "{what}");
        let headers = answer.headers().clone();
        for name in [
            header::CONTENT_SECURITY_POLICY,
            header::X_FRAME_OPTIONS,
            header::X_CONTENT_TYPE_OPTIONS,
            header::CACHE_CONTROL,
            header::REFERRER_POLICY,
        ] {
            assert!(headers.contains_key(&name), "{what}: {name}");
        }
        assert_eq!(headers.contains_key(header::ALLOW), status == 405, "{what}");
        let text = answer.text().await.unwrap();
        if matches!(status, 400 | 405 | 415 | 422) {
            assert!(text.contains("Nothing was done"), "{what}: {text}");
        }
        for theirs in ["deserialize", "UTF-8", "Content-Type", "duplicate field"] {
            assert!(!text.contains(theirs), "{what}: {text}");
        }
    }
    // Whoever has not signed in is led to where they do: a redirect has them, too.
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let led = client.build().unwrap();
    let led = led.get(format!("http://{}/cases", it.stack.address)).send();
    let led = led.await.unwrap();
    assert!(led.status().is_redirection());
    assert!(led.headers().contains_key(header::CONTENT_SECURITY_POLICY));
}
