//! A server with the habits of servers in the field.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, patch},
};
use latchkey_lifecycle::{Account, Change, EmployeeId, Goal, Managed};
use latchkey_systems::{Fault, Found, Settings, Sought, System, carry_out, client};
use serde_json::{Value, json};
use tokio::net::TcpListener;

async fn serve(routes: Router) -> Arc<dyn System> {
    serve_as(routes, None).await
}

async fn serve_as(routes: Router, dialect: Option<&str>) -> Arc<dyn System> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let settings = Settings {
        name: "Odd".into(),
        address,
        dialect: dialect.map(str::to_owned),
        ..Settings::default()
    };
    system_scim::open(&settings, None, client().unwrap()).unwrap()
}

fn who() -> Sought {
    Sought {
        employee_id: EmployeeId::new("1").unwrap(),
        name: Some("ann".into()),
        email: None,
        previous_id: None,
    }
}

fn people() -> Vec<Value> {
    (0..5).map(|n| json!({"id": format!("u{n}"), "userName": format!("p{n}"), "externalId": n.to_string()})).collect()
}

fn no_groups() -> Router {
    let none = || async { Json(json!({"totalResults": 0})) };
    Router::new().route("/Groups", get(none))
}

#[tokio::test]
async fn an_account_that_another_makes_meanwhile_is_found_and_not_made_twice() {
    let made = Arc::new(AtomicUsize::new(0));
    let list = async |State(made): State<Arc<AtomicUsize>>| {
        let ann = json!({"id": "u1", "userName": "ann", "externalId": "1", "active": true});
        match made.load(Ordering::Relaxed) {
            0 => Json(json!({"totalResults": 0})),
            _ => Json(json!({"totalResults": 1, "Resources": [ann]})),
        }
    };
    // Whoever comes to make it finds that it has been made since.
    let make = async |State(made): State<Arc<AtomicUsize>>| {
        made.fetch_add(1, Ordering::Relaxed);
        StatusCode::CONFLICT
    };
    let users = Router::new().route("/Users", get(list).post(make));
    let system = serve(no_groups().merge(users.with_state(Arc::clone(&made)))).await;
    let goal = Goal::Have {
        account: Account {
            employee_id: Some(who().employee_id),
            name: "ann".into(),
            active: true,
            attributes: Default::default(),
            entitlements: Default::default(),
        },
        managed: Managed::All,
        renames: false,
    };
    let outcome = carry_out(system.as_ref(), &who(), &goal, &Default::default()).await;
    assert_eq!(outcome.unwrap().found.unwrap().handle, "u1");
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_filter_that_is_ignored_does_not_fool_it() {
    let all = || async { Json(json!({"totalResults": 5, "Resources": people()})) };
    let system = serve(no_groups().route("/Users", get(all))).await;
    assert_eq!(system.read(&who()).await.unwrap().unwrap().handle, "u1");
    let nobody = Sought {
        employee_id: EmployeeId::new("99").unwrap(),
        ..who()
    };
    assert_eq!(system.read(&nobody).await.unwrap(), None);
}

#[tokio::test]
async fn paging_that_is_ignored_ends() {
    // It says that there are more, and gives the same page for ever.
    let all = || async { Json(json!({"totalResults": 500, "Resources": people()})) };
    let system = serve(no_groups().route("/Users", get(all))).await;
    assert_eq!(system.read(&who()).await.unwrap().unwrap().handle, "u1");
}

#[tokio::test]
async fn a_page_at_a_time_is_read_to_the_end() {
    async fn page(Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
        let value = |name: &str| {
            query
                .iter()
                .find(|(k, _)| k == name)
                .map(|(_, v)| v.parse::<usize>().unwrap())
        };
        let from = value("startIndex").unwrap() - 1;
        Json(json!({"totalResults": 5, "Resources": &people()[from..(from + 1).min(5)]}))
    }
    let system = serve(no_groups().route("/Users", get(page))).await;
    let fourth = Sought {
        employee_id: EmployeeId::new("4").unwrap(),
        ..who()
    };
    assert_eq!(system.read(&fourth).await.unwrap().unwrap().handle, "u4");
}

#[tokio::test]
async fn two_matches_are_for_a_person() {
    let twice = || async {
        let one = |id: &str| json!({"id": id, "userName": id, "externalId": "1"});
        Json(json!({"totalResults": 2, "Resources": [one("a"), one("b")]}))
    };
    let system = serve(no_groups().route("/Users", get(twice))).await;
    let fault = system.read(&who()).await.unwrap_err();
    assert!(matches!(&fault, Fault::Conflict { .. }), "{fault:?}");
    assert!(
        fault
            .to_string()
            .contains("2 accounts have the employee id 1"),
        "{fault}"
    );
}

#[tokio::test]
async fn an_html_error_that_calls_itself_json_is_out_of_reach() {
    let html = || async {
        (
            StatusCode::BAD_GATEWAY,
            [("content-type", "application/json")],
            "<html>oops</html>",
        )
    };
    let system = serve(no_groups().route("/Users", get(html))).await;
    assert!(matches!(
        system.read(&who()).await.unwrap_err(),
        Fault::Unreachable { .. }
    ));
}

#[tokio::test]
async fn a_page_that_is_no_list_is_the_owners_to_mend() {
    let login = || async {
        (
            StatusCode::OK,
            [("content-type", "text/html")],
            "<html>Sign in</html>",
        )
    };
    let system = serve(no_groups().route("/Users", get(login))).await;
    let fault = system.read(&who()).await.unwrap_err();
    assert!(
        matches!(&fault, Fault::Rejected { .. }) && fault.to_string().contains("address"),
        "{fault}"
    );
}

#[tokio::test]
async fn it_comes_back_when_it_is_asked_to() {
    let busy = || async { (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], "") };
    let system = serve(no_groups().route("/Users", get(busy))).await;
    let Fault::Busy { retry_after, .. } = system.read(&who()).await.unwrap_err() else {
        panic!()
    };
    assert_eq!(retry_after.unwrap().as_secs(), 7);
}

#[tokio::test]
async fn an_account_that_is_made_without_a_body_is_found_by_its_place() {
    async fn make() -> Response {
        (StatusCode::OK, [("location", "/scim/v2/Users/u77")], "").into_response()
    }
    let system = serve(Router::new().route("/Users", axum::routing::post(make))).await;
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
async fn a_change_in_between_is_read_again_and_tried_once_more() {
    #[derive(Clone, Default)]
    struct Tries(Arc<AtomicUsize>);
    async fn change(State(tries): State<Tries>, headers: HeaderMap) -> StatusCode {
        tries.0.fetch_add(1, Ordering::Relaxed);
        match headers.get("if-match").and_then(|v| v.to_str().ok()) {
            Some("W/\"2\"") => StatusCode::NO_CONTENT,
            _ => StatusCode::PRECONDITION_FAILED,
        }
    }
    async fn show() -> Json<Value> {
        Json(json!({"id": "u1", "userName": "ann", "meta": {"version": "W/\"2\""}}))
    }
    let tries = Tries::default();
    let routes = Router::new()
        .route("/Users/{id}", patch(change).get(show))
        .with_state(tries.clone());
    let system = serve(routes).await;
    let found = Found {
        handle: "u1".into(),
        version: Some("W/\"1\"".into()),
        account: Account {
            employee_id: None,
            name: "ann".into(),
            active: true,
            attributes: Default::default(),
            entitlements: Default::default(),
        },
    };
    let after = system
        .apply(Some(&found), &Change::Suspend)
        .await
        .unwrap()
        .unwrap();
    assert!(!after.account.active);
    assert_eq!(tries.0.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_filter_that_is_refused_is_left_out() {
    async fn users(Query(query): Query<Vec<(String, String)>>) -> Response {
        if query.iter().any(|(k, _)| k == "filter") {
            return (
                StatusCode::BAD_REQUEST,
                Json(json!({"scimType": "invalidFilter"})),
            )
                .into_response();
        }
        Json(json!({"totalResults": 5, "Resources": people()})).into_response()
    }
    let system = serve(no_groups().route("/Users", get(users))).await;
    assert_eq!(system.read(&who()).await.unwrap().unwrap().handle, "u1");
}

#[tokio::test]
async fn a_text_false_is_not_true() {
    let users = || async {
        let one = json!({"id": "u1", "userName": "ann", "externalId": "1", "active": "False"});
        Json(json!({"totalResults": 1, "Resources": [one]}))
    };
    let system = serve_as(no_groups().route("/Users", get(users)), Some("entra-style")).await;
    assert!(!system.read(&who()).await.unwrap().unwrap().account.active);
}

#[tokio::test]
async fn a_group_that_is_answered_without_a_resource_is_not_left() {
    let group = json!({"id": "g1", "displayName": "vpn"});
    let groups = move || {
        let all = json!({"totalResults": 1, "Resources": [group.clone()]});
        async { Json(all) }
    };
    let routes = Router::new()
        .route("/Groups", get(groups))
        .route("/Groups/g1", get(|| async { Json(json!([])) }));
    let system = serve_as(routes, Some("no-patch")).await;
    let ann = Found {
        handle: "u1".into(),
        version: None,
        account: Account {
            employee_id: Some(who().employee_id),
            name: "ann".into(),
            active: false,
            attributes: Default::default(),
            entitlements: ["group:vpn".into()].into(),
        },
    };
    let entitlement = "group:vpn".into();
    let revoke = Change::Revoke { entitlement };
    let fault = system.apply(Some(&ann), &revoke).await.unwrap_err();
    assert!(matches!(&fault, Fault::Rejected { .. }), "{fault:?}");
    assert!(fault.to_string().contains("/Groups/g1"), "{fault}");
}
