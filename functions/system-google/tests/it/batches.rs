//! Batches as Google documents them (<https://developers.google.com/workspace/admin/directory/v1/guides/batch>): read
//! to the letter, and carried out in an order of the server's own.

use std::collections::BTreeSet;

use axum::{
    body::to_bytes,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use latchkey_lifecycle::Goal;
use latchkey_systems::{Fault, carry_out as bring};
use serde_json::json;

use crate::{
    contract::contract,
    workspace::{Org, Shared, carry_out, error, start, who, zoe},
};

const ZOE: &str = "zoe@acme.example";
/// The server's own.
const BOUNDARY: &str = "batch_8dCQ-x_AA";

/// What a batch is answered.
type How = fn() -> Response;

/// A call within a batch.
#[derive(Debug, PartialEq)]
struct Inner {
    /// Its Content-ID, without `<` and `>`.
    id: String,
    method: Method,
    uri: Uri,
}

pub(crate) async fn is_at(path: &str) -> bool {
    let mut all = contract().await.batch_paths();
    all.any(|batch| path.strip_prefix('/') == Some(batch))
}

/// Headers to the letter: names in lower case, and values.
fn headers(text: &str) -> Result<Vec<(String, &str)>, String> {
    let lines = text.split("\r\n");
    let header = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap_or_default();
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
        match !name.is_empty() && name.chars().all(good) && !value.contains(['\r', '\n']) {
            true => Ok((name.to_ascii_lowercase(), value)),
            false => Err(format!("no header: {line}")),
        }
    });
    header.collect()
}

fn part(text: &str) -> Result<Inner, String> {
    let (head, inner) = text.split_once("\r\n\r\n").ok_or("no inner request")?;
    let head = headers(head)?;
    let names: BTreeSet<&str> = head.iter().map(|(name, _)| name.as_str()).collect();
    if head.len() != 2 || names != ["content-id", "content-type"].into() {
        return Err(format!("a part has {names:?}"));
    }
    let value = |name: &str| head.iter().find(|(its, _)| its == name).unwrap().1;
    if value("content-type") != "application/http" {
        return Err("a part is no application/http".to_owned());
    }
    let id = value("content-id").strip_prefix('<');
    let id = id.and_then(|id| id.strip_suffix('>')).unwrap_or_default();
    let is_id = id.split_once('@').is_some_and(|(left, right)| {
        !left.is_empty() && !right.is_empty() && !right.contains(['@', ' ', '<', '>'])
    });
    if !is_id {
        return Err(format!("no Content-ID: {id}"));
    }
    let (head, body) = inner
        .split_once("\r\n\r\n")
        .ok_or("no end of the headers")?;
    let (first, head) = head.split_once("\r\n").ok_or("no headers")?;
    headers(head)?;
    let words: Vec<&str> = first.split(' ').collect();
    let [method, target, "HTTP/1.1"] = words[..] else {
        return Err(format!("no request line: {first}"));
    };
    if !target.starts_with('/') || target.starts_with("//") {
        return Err(format!("only the path of an address: {target}"));
    }
    // Google takes changes, too. An exit's have an order, which a batch has not.
    if method != "GET" || !body.is_empty() {
        return Err(format!("{method} with {body:?} in a batch"));
    }
    Ok(Inner {
        id: id.to_owned(),
        method: Method::GET,
        uri: target.parse().map_err(|e| format!("{target}: {e}"))?,
    })
}

fn read(media_type: &str, body: &str) -> Result<Vec<Inner>, String> {
    let boundary = media_type.strip_prefix("multipart/mixed; boundary=");
    let boundary = boundary.ok_or(format!("{media_type} is no multipart/mixed"))?;
    // RFC 2046 section 5.1.1, without what would need quotes.
    let good = |c: char| c.is_ascii_alphanumeric() || "'+_-.".contains(c);
    if boundary.is_empty() || boundary.len() > 70 || !boundary.chars().all(good) {
        return Err(format!("no boundary: {boundary}"));
    }
    let rest = body.strip_prefix(&format!("--{boundary}\r\n"));
    let rest = rest.and_then(|rest| rest.strip_suffix(&format!("\r\n--{boundary}--\r\n")));
    let rest = rest.ok_or("it does not begin and end with the boundary")?;
    let between = format!("\r\n--{boundary}\r\n");
    let all = rest
        .split(&between)
        .map(part)
        .collect::<Result<Vec<_>, _>>()?;
    let ids: BTreeSet<&str> = all.iter().map(|inner| inner.id.as_str()).collect();
    if ids.len() < all.len() {
        return Err("a Content-ID twice".to_owned());
    }
    if all.len() > 1_000 {
        return Err("more than 1000 calls".to_owned());
    }
    Ok(all)
}

async fn of_one_api(all: &[Inner]) -> Result<(), String> {
    let mut apis = BTreeSet::new();
    for inner in all {
        let path = inner.uri.path().trim_start_matches('/');
        apis.insert(contract().await.method(&inner.method, path)?.api());
    }
    match apis.len() {
        1 => Ok(()),
        _ => Err(format!("calls of {apis:?} in one batch")),
    }
}

async fn written(id: &str, answer: Response) -> String {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut text = format!(
        "--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <response-{id}>\r\n\r\nHTTP/1.1 {}\r\n",
        parts.status
    );
    for (name, value) in &parts.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    text + &format!("\r\n{}\r\n", String::from_utf8(body.to_vec()).unwrap())
}

fn in_parts(parts: &str) -> Response {
    let media_type = format!("multipart/mixed; boundary={BOUNDARY}");
    let body = format!("{parts}--{BOUNDARY}--\r\n");
    ([(header::CONTENT_TYPE, media_type)], body).into_response()
}

/// What a batch is answered. What is not as Google documents it fails the test, and is not passed over as a server's
/// refusal.
pub(crate) async fn answer(org: &Shared, outer: &HeaderMap, body: &[u8]) -> Response {
    let other = org.lock().unwrap().batches;
    let media_type = outer[header::CONTENT_TYPE].to_str().unwrap();
    let all = match read(media_type, std::str::from_utf8(body).unwrap()) {
        Ok(all) => all,
        Err(what) => panic!("not as Google documents it: {what}"),
    };
    if let Err(what) = of_one_api(&all).await {
        panic!("not as Google documents it: {what}");
    }
    if let Some(other) = other {
        return other();
    }
    let mut parts = Vec::new();
    for inner in all.iter().rev() {
        let answer = carry_out(org, inner.method.clone(), &inner.uri, &[]).await;
        parts.push(written(&inner.id, answer).await);
    }
    parts.reverse();
    in_parts(&parts.concat())
}

#[test]
fn what_google_does_not_document_is_refused() {
    let media_type = "multipart/mixed; boundary=b";
    let good = "--b\r\nContent-Type: application/http\r\nContent-ID: <1@x>\r\n\r\nGET /users HTTP/1.1\r\nAccept: a/b\r\n\r\n\r\n--b--\r\n";
    let want = Inner {
        id: "1@x".to_owned(),
        method: Method::GET,
        uri: "/users".parse().unwrap(),
    };
    assert_eq!(read(media_type, good), Ok(vec![want]));
    for (from, to) in [
        ("\r\n", "\n"),
        ("--b--", "--b"),
        ("--b\r\nContent", "x\r\n--b\r\nContent"),
        ("application/http", "application/json"),
        ("<1@x>", "1@x"),
        ("<1@x>", "<1>"),
        ("Content-ID: <1@x>\r\n", ""),
        ("/users", "https://admin.googleapis.com/users"),
        ("/users", "/users?query=a b"),
        (" HTTP/1.1", ""),
        ("GET", "DELETE"),
        ("Accept: a/b", "Accept"),
        ("\r\n\r\n\r\n--b--", "\r\n\r\n{}\r\n--b--"),
        ("\r\n--b--", "--b--"),
    ] {
        let bad = good.replacen(from, to, if from == "\r\n" { usize::MAX } else { 1 });
        assert!(bad != good && read(media_type, &bad).is_err(), "{bad}");
    }
    let twice = good.replace("--b--", &good.replace("--b--\r\n", "--b--"));
    assert!(read(media_type, &twice).is_err(), "{twice}");
    assert!(read("multipart/mixed", good).is_err());
}

fn refuses(how: How) -> Org {
    Org {
        batches: Some(how),
        ..zoe()
    }
}

#[tokio::test]
async fn a_server_without_batches_is_asked_call_by_call() {
    let refusals: [How; 5] = [
        || error(404, "notFound", "Not Found"),
        || StatusCode::METHOD_NOT_ALLOWED.into_response(),
        || error(400, "badRequest", "Failed to parse batch request"),
        || "<html>Welcome</html>".into_response(),
        // It ends before its end.
        || {
            let media_type = format!("multipart/mixed; boundary={BOUNDARY}");
            ([(header::CONTENT_TYPE, media_type)], "").into_response()
        },
    ];
    for how in refusals {
        let (system, org) = start(refuses(how), json!({})).await;
        let sought = who("1", ZOE);
        let seen = system.read(&sought).await.unwrap().unwrap();
        assert_eq!(seen.account.entitlements.len(), 1);
        // It is offered one batch, and no other.
        assert_eq!(org.lock().unwrap().requests.len(), 1 + 3);
        let none = Default::default();
        bring(system.as_ref(), &sought, &Goal::NoAccess, &none)
            .await
            .unwrap();
        assert_eq!(org.lock().unwrap().requests.len(), 1 + 3 + 6);
    }
}

#[tokio::test]
async fn a_batch_that_is_refused_for_another_reason_is_no_reason_to_do_without() {
    let busy = || error(403, "rateLimitExceeded", "Quota exceeded");
    let broken = || error(500, "backendError", "Backend Error");
    let no = || error(403, "forbidden", "Not Authorized");
    let cases: [(How, &str); 3] = [
        (busy, "Busy"),
        (broken, "Unreachable"),
        (no, "Unauthorized"),
    ];
    for (how, want) in cases {
        let (system, org) = start(refuses(how), json!({})).await;
        let fault = system.read(&who("1", ZOE)).await.unwrap_err();
        assert_eq!(fault.name(), want, "{fault}");
        assert!(org.lock().unwrap().calls.is_empty());
        org.lock().unwrap().batches = None;
        system.read(&who("1", ZOE)).await.unwrap().unwrap();
        assert_eq!(org.lock().unwrap().requests, ["POST batch", "POST batch"]);
    }
}

#[tokio::test]
async fn what_a_batch_leaves_open_is_asked_on_its_own() {
    // An answer to something else, and none; a token that is not accepted any more, which only a call of its own has
    // renewed.
    let none: How = || in_parts("");
    let late = || {
        let parts = [0, 1, 2].map(|at| {
            format!(
                "--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <response-call-{at}@latchkey>\r\n\r\n\
                 HTTP/1.1 401 Unauthorized\r\n\r\n{{\"error\": {{\"code\": 401}}}}\r\n"
            )
        });
        in_parts(&parts.concat())
    };
    for how in [none, late] {
        let (system, org) = start(refuses(how), json!({})).await;
        for _ in 0..2 {
            let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
            assert_eq!(seen.account.entitlements.len(), 1);
        }
        assert_eq!(org.lock().unwrap().requests.len(), 2 * (1 + 3));
    }
}

#[tokio::test]
async fn only_what_is_needed_of_a_batch_counts() {
    // Nobody is there: groups and apps do not know them either. Who works is not asked what apps may do.
    let settings = json!({"app_access": true});
    let no = || error(403, "forbidden", "Not Authorized");
    let mut org = zoe();
    org.wrong = vec![(Method::GET, "users/zoe%40acme.example/tokens", no)];
    let (system, org) = start(org, settings.clone()).await;
    let nobody = who("9", "nobody@acme.example");
    assert_eq!(system.read(&nobody).await.unwrap(), None);
    assert!(system.read(&who("1", ZOE)).await.unwrap().is_some());
    assert_eq!(org.lock().unwrap().requests, ["POST batch", "POST batch"]);
    org.lock().unwrap().users[0]["suspended"] = json!(true);
    let fault = system.read(&who("1", ZOE)).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
}

#[tokio::test]
async fn groups_that_do_not_know_a_new_address_are_asked_by_the_id() {
    let mut org = zoe();
    org.new_addresses = [ZOE].into();
    let (system, org) = start(org, json!({})).await;
    let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(seen.account.entitlements.len(), 1);
    let want = ["POST batch", "GET admin/directory/v1/groups"];
    assert_eq!(org.lock().unwrap().requests, want);
}

#[tokio::test]
async fn somebody_in_many_groups_has_them_all() {
    let mut org = zoe();
    for n in 0..450 {
        let id = format!("m{n}");
        let address = format!("list{n}@acme.example");
        org.groups.push(crate::workspace::group(&id, &address));
        org.members.insert((id, "101".to_owned()));
    }
    let (system, org) = start(org, json!({})).await;
    let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(seen.account.entitlements.len(), 451);
    // The first page is in the batch.
    assert_eq!(org.lock().unwrap().requests.len(), 1 + 2);
}
