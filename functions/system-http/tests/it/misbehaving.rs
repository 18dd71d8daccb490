//! A server with the habits of servers in the field.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use latchkey_conformance::Served;
use latchkey_lifecycle::{Account, Change, EmployeeId};
use latchkey_systems::{
    Accounts, ClientAuth, Fault, Found, Secret, Settings, Sought, System, client,
};
use serde_json::{Value, json};

pub(crate) fn description() -> Value {
    json!({
        "api": "Odd",
        "sign_in": "none",
        "account": {"handle": "id", "name": "login", "employee_id": "staff"},
        "find": {
            "by_employee_id": {"call": "GET /users", "query": {"filter": "staff eq '{account.employee_id}'"}},
            "by_name": {"call": "GET /users", "query": {"q": "login:{account.name}"}},
        },
        "list": {"call": "GET /users", "pages": {"by": "offset", "parameter": "from"}},
        "create": {"call": "POST /users", "form": {"login": "{account.name}"}},
        "update": {"employee_id": {"call": "PUT /users/{account.handle}", "json": {"staff": "{account.employee_id}"}}},
        "delete": {"call": "DELETE /users/{account.handle}"},
    })
}

async fn serve(routes: Router) -> Arc<dyn System> {
    serve_as(routes, description(), None).await.unwrap()
}

pub(crate) async fn serve_as(
    routes: Router,
    description: Value,
    secret: Option<Secret>,
) -> Result<Arc<dyn System>, Fault> {
    let port = Served::until_the_end(routes).await.unwrap();
    let address = format!("http://127.0.0.1:{port}");
    let settings = Settings {
        name: "Odd".into(),
        address,
        settings: [("api".to_owned(), description)].into(),
        ..Settings::default()
    };
    system_http::open(&settings, secret, client().unwrap())
}

pub(crate) fn who(id: &str, name: &str) -> Sought {
    Sought {
        employee_id: EmployeeId::new(id).unwrap(),
        name: Some(name.into()),
        email: None,
        previous_id: None,
        known: None,
    }
}

fn people() -> Vec<Value> {
    let person = |n: u32| json!({"id": n + 100, "login": format!("p{n}"), "staff": n.to_string()});
    (0..5).map(person).collect()
}

fn answers(status: u16, headers: &'static [(&str, &str)], body: &'static str) -> Router {
    let answer = move || async move {
        let mut answer = (StatusCode::from_u16(status).unwrap(), body).into_response();
        for (name, value) in headers {
            let name: header::HeaderName = name.parse().unwrap();
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
        answer
    };
    Router::new().route("/users", get(answer))
}

#[tokio::test]
async fn questions_that_are_ignored_fool_nobody() {
    let all = || async { Json(people()) };
    let mut description = description();
    description["list"] = json!({"call": "GET /users"});
    let routes = Router::new().route("/users", get(all));
    let system = serve_as(routes, description, None).await.unwrap();
    let found = system.read(&who("3", "nobody")).await.unwrap().unwrap();
    assert_eq!(
        (found.handle.as_str(), found.account.name.as_str()),
        ("103", "p3")
    );
    assert_eq!(system.read(&who("99", "nobody")).await.unwrap(), None);
    let taken = system.read(&who("99", "P3")).await.unwrap_err();
    assert!(matches!(&taken, Fault::Taken { .. }), "{taken:?}");
}

#[tokio::test]
async fn a_list_that_shows_the_same_page_again_is_not_known_to_be_whole() {
    let all = || async { Json(people()) };
    let system = serve(Router::new().route("/users", get(all))).await;
    // Whoever is on the page is found.
    assert!(system.read(&who("3", "nobody")).await.unwrap().is_some());
    let fault = system.read(&who("99", "nobody")).await.unwrap_err();
    assert!(matches!(&fault, Fault::Incomplete { .. }), "{fault:?}");
    let mut accounts = Accounts::of(system.as_ref());
    assert_eq!(accounts.next().await.unwrap().unwrap().len(), 5);
    let fault = accounts.next().await.unwrap_err();
    assert!(fault.to_string().contains("ignores paging"), "{fault}");
}

#[tokio::test]
async fn two_matches_are_for_a_person() {
    let twice = || async {
        let one = |id: u32| json!({"id": id, "login": format!("x{id}"), "staff": "1"});
        Json(json!([one(1), one(2)]))
    };
    let system = serve(Router::new().route("/users", get(twice))).await;
    let fault = system.read(&who("1", "x1")).await.unwrap_err();
    assert!(matches!(&fault, Fault::Several { .. }), "{fault:?}");
    assert!(
        fault
            .to_string()
            .contains("2 accounts with the employee id 1"),
        "{fault}"
    );
}

#[tokio::test]
async fn a_value_does_not_break_out_of_a_question() {
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = Arc::clone(&asked);
    let users = move |Query(query): Query<Vec<(String, String)>>| async move {
        keep.lock().unwrap().extend(query);
        Json(json!([]))
    };
    let system = serve(Router::new().route("/users", get(users))).await;
    assert_eq!(system.read(&who("1'or'1'='1", "ann")).await.unwrap(), None);
    let asked = asked.lock().unwrap().clone();
    assert_eq!(
        asked[0],
        ("filter".to_owned(), "staff eq '1''or''1''=''1'".to_owned())
    );
    assert_eq!(asked[1], ("q".to_owned(), "login:ann".to_owned()));
    let fault = system
        .read(&who("1", "ann OR admin:true"))
        .await
        .unwrap_err();
    assert!(matches!(&fault, Fault::Rejected { .. }), "{fault:?}");
}

#[tokio::test]
async fn statuses_are_faults_and_nothing_is_taken_for_nobody() {
    type Is = fn(&Fault) -> bool;
    let html: &[(&str, &str)] = &[("content-type", "application/json")];
    type Case = (
        u16,
        &'static [(&'static str, &'static str)],
        &'static str,
        Is,
    );
    let cases: [Case; 9] = [
        (503, &[], "", |f| {
            matches!(
                f,
                Fault::Busy {
                    retry_after: None,
                    ..
                }
            )
        }),
        (502, html, "<html>oops</html>", |f| {
            matches!(f, Fault::Unreachable { .. })
        }),
        (401, &[], r#"{"message":"who?"}"#, |f| {
            matches!(f, Fault::Unauthorized { .. })
        }),
        (403, &[], "{}", |f| matches!(f, Fault::Unauthorized { .. })),
        (400, &[], r#"{"errors":[{"message":"bad"}]}"#, |f| {
            matches!(f, Fault::Rejected { .. }) && f.to_string().contains("(bad)")
        }),
        (301, &[("location", "https://elsewhere.example")], "", |f| {
            matches!(f, Fault::Rejected { .. }) && f.to_string().contains("address")
        }),
        (200, &[], "<html>Sign in</html>", |f| {
            matches!(f, Fault::Rejected { .. }) && f.to_string().contains("address")
        }),
        (404, html, "<html>not here</html>", |f| {
            matches!(f, Fault::Rejected { .. }) && f.to_string().contains("address")
        }),
        (200, &[], r#"[{"other": 1}]"#, |f| {
            matches!(f, Fault::Rejected { .. }) && f.to_string().contains("description")
        }),
    ];
    for (status, headers, body, is) in cases {
        let system = serve(answers(status, headers, body)).await;
        let fault = system.read(&who("1", "ann")).await.unwrap_err();
        assert!(is(&fault), "{status} {body}: {fault:?}");
        assert!(system.list(None).await.is_err(), "{status} {body}");
    }
    let system = serve(answers(429, &[("retry-after", "7")], "")).await;
    let Fault::Busy { retry_after, .. } = system.list(None).await.unwrap_err() else {
        panic!()
    };
    assert_eq!(retry_after.unwrap().as_secs(), 7);
}

#[tokio::test]
async fn an_error_that_calls_itself_a_success_is_one() {
    for (error, means, is) in [
        ("ratelimited", "busy", "Busy"),
        ("not_authed", "unauthorized", "Unauthorized"),
        ("fatal_error", "unreachable", "Unreachable"),
        ("pending", "not_yet", "NotYet"),
        ("name_taken", "conflict", "Conflict"),
        ("no_permission", "rejected", "Rejected"),
    ] {
        let body = json!({"ok": false, "error": error});
        let routes = Router::new().route("/users", get(move || async move { Json(body) }));
        let mut description = description();
        description["answers"] = json!([
            {"at": "error", "is": error, "means": means},
            {"at": "ok", "is": false, "means": "rejected"},
        ]);
        let system = serve_as(routes, description, None).await.unwrap();
        let fault = system.list(None).await.unwrap_err();
        assert_eq!(fault.name(), is, "{fault:?}");
    }
}

#[tokio::test]
async fn an_account_that_is_made_without_an_answer_is_looked_for() {
    let made = Arc::new(AtomicUsize::new(0));
    let list = async |State(made): State<Arc<AtomicUsize>>| {
        let ann = json!({"id": "u77", "login": "ann"});
        match made.load(Ordering::Relaxed) {
            0 => Json(json!([])),
            _ => Json(json!([ann])),
        }
    };
    let make = async |State(made): State<Arc<AtomicUsize>>,
                      Form(form): Form<Vec<(String, String)>>| {
        assert_eq!(form, [("login".to_owned(), "ann".to_owned())]);
        made.fetch_add(1, Ordering::Relaxed);
        StatusCode::NO_CONTENT
    };
    let routes = Router::new().route("/users", get(list).post(make));
    let system = serve(routes.with_state(made)).await;
    let account = Account {
        employee_id: None,
        name: "ann".into(),
        active: true,
        attributes: Default::default(),
        entitlements: Default::default(),
    };
    let made = system
        .apply(None, &Change::Create { account })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(made.handle, "u77");
}

#[tokio::test]
async fn the_secret_goes_to_no_other_address() {
    for next in [
        "https://elsewhere.example/users?page=2",
        "//elsewhere.example/users",
        "/other",
    ] {
        let body = json!({"users": people(), "next": next});
        let routes = Router::new().route("/v1/users", get(move || async move { Json(body) }));
        let mut description = description();
        description["list"] = json!({"call": "GET /users", "at": "users", "pages": {"by": "address", "next": "next"}});
        let port = Served::until_the_end(routes).await.unwrap();
        let address = format!("http://127.0.0.1:{port}/v1");
        let settings = Settings {
            name: "Odd".into(),
            address,
            settings: [("api".to_owned(), description)].into(),
            ..Settings::default()
        };
        let system = system_http::open(&settings, None, client().unwrap()).unwrap();
        let fault = system.list(None).await.unwrap_err();
        assert!(
            matches!(&fault, Fault::Rejected { .. }),
            "{next}: {fault:?}"
        );
    }
}

#[tokio::test]
async fn a_token_that_has_run_out_is_had_again() {
    #[derive(Clone, Default)]
    struct Given(Arc<AtomicUsize>);
    async fn token(State(given): State<Given>) -> Json<Value> {
        let n = given.0.fetch_add(1, Ordering::Relaxed);
        Json(json!({"access_token": format!("t{n}"), "expires_in": 3600}))
    }
    async fn users(headers: HeaderMap) -> Response {
        match headers.get("authorization").and_then(|v| v.to_str().ok()) {
            Some("Bearer t1") => Json(people()).into_response(),
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    }
    let tokens = Router::new()
        .route("/token", post(token))
        .with_state(Given::default());
    let port = Served::until_the_end(tokens).await.unwrap();
    let token_url = format!("http://127.0.0.1:{port}/token");
    let secret = Secret::ClientCredentials {
        client_id: "c".into(),
        client_secret: "s".into(),
        token_url,
        scope: None,
        client_auth: ClientAuth::Basic,
    };
    let mut description = description();
    description["sign_in"] = "client_credentials".into();
    let routes = Router::new().route("/users", get(users));
    let system = serve_as(routes, description, Some(secret)).await.unwrap();
    assert_eq!(system.list(None).await.unwrap().accounts.len(), 5);
}

#[tokio::test]
async fn id_and_secret_are_shown_as_the_secret_says() {
    type Asked = Arc<std::sync::Mutex<Vec<(bool, String)>>>;
    async fn token(State(asked): State<Asked>, headers: HeaderMap, body: String) -> Json<Value> {
        let is_basic = headers.contains_key("authorization");
        asked.lock().unwrap().push((is_basic, body));
        Json(json!({"access_token": "t", "expires_in": 3600}))
    }
    let asked = Asked::default();
    let tokens = Router::new()
        .route("/token", post(token))
        .with_state(Arc::clone(&asked));
    let port = Served::until_the_end(tokens).await.unwrap();
    let token_url = format!("http://127.0.0.1:{port}/token");
    for auth in ["", r#", "clientAuth": "body""#] {
        let secret =
            format!(r#"{{"clientId": "c", "clientSecret": "s", "tokenUrl": "{token_url}"{auth}}}"#);
        let secret: Secret = serde_json::from_str(&secret).unwrap();
        let mut description = description();
        description["sign_in"] = "client_credentials".into();
        let users = get(|| async { Json(people()) });
        let routes = Router::new().route("/users", users);
        let system = serve_as(routes, description, Some(secret)).await.unwrap();
        assert_eq!(system.list(None).await.unwrap().accounts.len(), 5);
    }
    let shown = [
        (true, "grant_type=client_credentials".to_owned()),
        (
            false,
            "grant_type=client_credentials&client_id=c&client_secret=s".to_owned(),
        ),
    ];
    assert_eq!(*asked.lock().unwrap(), shown);
}

#[tokio::test]
async fn what_is_not_in_order_is_not_opened() {
    let token = || Secret::Bearer {
        token: "t0ken".into(),
    };
    let basic = Secret::Basic {
        username: "u".into(),
        password: "t0ken".into(),
    };
    let mut with = description();
    with["sign_in"] = "bearer".into();
    for secret in [None, Some(basic)] {
        let fault = serve_as(Router::new(), with.clone(), secret)
            .await
            .err()
            .unwrap();
        assert!(matches!(&fault, Fault::Unauthorized { .. }), "{fault:?}");
        assert!(!fault.to_string().contains("t0ken"), "{fault}");
    }
    assert!(
        serve_as(Router::new(), with.clone(), Some(token()))
            .await
            .is_ok()
    );
    with["delete"] = json!([]);
    for description in [with, json!("jupyterhub.yaml"), Value::Null] {
        let fault = serve_as(Router::new(), description, Some(token()))
            .await
            .err()
            .unwrap();
        assert!(matches!(&fault, Fault::Rejected { .. }), "{fault:?}");
        assert!(fault.to_string().contains("latchkey check"), "{fault}");
    }
}

#[tokio::test]
async fn what_cannot_stand_in_a_path_is_not_called() {
    let system = serve(Router::new().fallback(|| async { StatusCode::OK })).await;
    for handle in ["..", ".", ""] {
        let found = Found {
            handle: handle.into(),
            version: None,
            account: Account {
                employee_id: None,
                name: "ann".into(),
                active: true,
                attributes: Default::default(),
                entitlements: Default::default(),
            },
        };
        let fault = system
            .apply(Some(&found), &Change::Delete)
            .await
            .unwrap_err();
        assert!(
            matches!(&fault, Fault::Rejected { .. }),
            "{handle}: {fault:?}"
        );
    }
}
