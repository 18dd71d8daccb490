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
use latchkey_conformance::Served;
use latchkey_lifecycle::{Account, Change, EmployeeId, Entitlement, Goal, KnownAs, Managed};
use latchkey_systems::{Accounts, Fault, Found, Settings, Sought, System, carry_out, client, find};
use serde_json::{Value, json};

async fn serve(routes: Router) -> Arc<dyn System> {
    serve_as(routes, None).await
}

async fn serve_as(routes: Router, dialect: Option<&str>) -> Arc<dyn System> {
    let port = Served::until_the_end(routes).await.unwrap();
    let address = format!("http://127.0.0.1:{port}");
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
        known: None,
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

/// The fault of a list that shows a part, by its words.
fn part_of(fault: &Fault, words: &str) {
    assert!(matches!(fault, Fault::Incomplete { .. }), "{fault:?}");
    assert!(fault.to_string().contains(words), "{fault}");
}

#[tokio::test]
async fn paging_that_is_ignored_ends_and_proves_nothing() {
    // It says that there are more, and gives the same page for ever.
    let all = || async { Json(json!({"totalResults": 500, "Resources": people()})) };
    let system = serve(no_groups().route("/Users", get(all))).await;
    let words = "it shows 5 of 500 users and ignores paging";
    part_of(&system.read(&who()).await.unwrap_err(), words);
    let listed = all_of(system.as_ref()).await.unwrap_err();
    part_of(&listed, "it shows 5 of 500 accounts and ignores paging");
    let nobody = Sought {
        employee_id: EmployeeId::new("99").unwrap(),
        name: None,
        ..who()
    };
    part_of(&system.read(&nobody).await.unwrap_err(), words);
}

#[tokio::test]
async fn a_list_that_stops_before_its_total_proves_nothing() {
    // The second page is empty, and so is everything after it.
    async fn page(Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
        let first = query.contains(&("startIndex".to_owned(), "1".to_owned()));
        let page = if first { people() } else { Vec::new() };
        Json(json!({"totalResults": 9, "Resources": page}))
    }
    let system = serve(no_groups().route("/Users", get(page))).await;
    let words = "it shows 5 of 9 users and ends there";
    let listed = all_of(system.as_ref()).await.unwrap_err();
    part_of(&listed, "it shows 5 of 9 accounts and ends there");
    let nobody = Sought {
        employee_id: EmployeeId::new("99").unwrap(),
        ..who()
    };
    part_of(&system.read(&nobody).await.unwrap_err(), words);
}

/// Every account, read to the end.
async fn all_of(system: &dyn System) -> Result<usize, Fault> {
    let (mut all, mut seen) = (Accounts::of(system), 0);
    while let Some(accounts) = all.next().await? {
        seen += accounts.len();
    }
    Ok(seen)
}

#[tokio::test]
async fn a_list_that_does_not_say_how_many_there_are_is_read_until_a_page_is_empty() {
    async fn page(Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
        let start = query.iter().find(|(k, _)| k == "startIndex");
        let from = start.unwrap().1.parse::<usize>().unwrap() - 1;
        Json(json!({"Resources": people().get(from..(from + 2).min(5)).unwrap_or_default()}))
    }
    let system = serve(no_groups().route("/Users", get(page))).await;
    assert_eq!(all_of(system.as_ref()).await.unwrap(), 5);
}

#[tokio::test]
async fn whoever_a_search_does_not_show_is_asked_for_by_the_known_id() {
    let one = || async { Json(json!({"id": "u7", "userName": "ann", "externalId": "1"})) };
    let none = || async { Json(json!({"totalResults": 0})) };
    let users = get(none);
    let routes = no_groups()
        .route("/Users", users)
        .route(
            "/Users/u7",
            get(one).patch(|| async { StatusCode::NO_CONTENT }),
        )
        .route("/Users/u8", get(|| async { StatusCode::NOT_FOUND }));
    let system = serve(routes).await;
    let known = |handle: &str| Sought {
        known: Some(KnownAs {
            handle: handle.to_owned(),
            name: "ann".into(),
        }),
        ..who()
    };
    assert_eq!(find(system.as_ref(), &who()).await.unwrap(), None);
    let found = find(system.as_ref(), &known("u7")).await.unwrap();
    assert_eq!(found.unwrap().handle, "u7");
    assert_eq!(find(system.as_ref(), &known("u8")).await.unwrap(), None);
    // An exit that a search would have ended with "has no account" cuts it off.
    let (goal, needs) = (Goal::NoAccess, Default::default());
    let left = carry_out(system.as_ref(), &known("u7"), &goal, &needs).await;
    assert_eq!(left.unwrap().changes, [Change::Suspend]);
    // It is another employee's by now.
    let other = Sought {
        employee_id: EmployeeId::new("2").unwrap(),
        name: None,
        ..known("u7")
    };
    assert_eq!(find(system.as_ref(), &other).await.unwrap(), None);
}

/// A server with these groups, of which some have members.
fn with_groups(groups: Value) -> Router {
    let many = groups.as_array().unwrap().len();
    let all = move || async move { Json(json!({"totalResults": many, "Resources": groups})) };
    let users = || async { Json(json!({"totalResults": 5, "Resources": people()})) };
    Router::new()
        .route("/Groups", get(all))
        .route("/Users", get(users))
        .route("/Users/u2", get(|| async { Json(people()[2].clone()) }))
}

#[tokio::test]
async fn members_that_are_nobodys_id_prove_nothing() {
    let by_name =
        json!([{"id": "g1", "displayName": "vpn", "members": [{"value": "p1"}, {"value": "p2"}]}]);
    for dialect in [None, Some("no-filters")] {
        let system = serve_as(with_groups(by_name.clone()), dialect).await;
        let fault = system.read(&who()).await.unwrap_err();
        part_of(
            &fault,
            "its group `vpn` has the member `p1`, which is the id of no user",
        );
        part_of(
            &all_of(system.as_ref()).await.unwrap_err(),
            "the member `p1`",
        );
        let probes = system.probe().await;
        let told = probes
            .iter()
            .find(|probe| probe.what == "tell who is in which group");
        part_of(told.unwrap().came.as_ref().unwrap_err(), "the member `p1`");
    }
    // Of somebody whom no group names the members are looked at all the same.
    let others = json!([{"id": "g1", "displayName": "vpn", "members": [{"value": "p2"}]}]);
    let system = serve_as(with_groups(others), Some("no-filters")).await;
    part_of(&system.read(&who()).await.unwrap_err(), "the member `p2`");
    // And where they are known, somebody may be in none.
    let by_id = json!([{"id": "g1", "displayName": "vpn", "members": [{"value": "u2"}]}]);
    let system = serve_as(with_groups(by_id), Some("no-filters")).await;
    let seen = system.read(&who()).await.unwrap().unwrap();
    assert_eq!(seen.account.entitlements, [].into());
    assert!(
        system
            .probe()
            .await
            .iter()
            .all(|probe| probe.what != "tell who is in which group" || probe.came.is_ok())
    );
}

/// Others work on the same groups: who was a member when the group was listed is taken out before anybody looks again,
/// and whoever is made after the users were listed is a member already.
#[tokio::test]
async fn a_member_that_comes_or_goes_meanwhile_is_no_fault() {
    async fn groups(Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
        let gone = json!({"id": "g1", "displayName": "vpn", "members": [{"value": "u2"}, {"value": "u9"}, {"value": "u8"}]});
        Json(match query.iter().any(|(k, _)| k == "filter") {
            true => json!({"totalResults": 0, "Resources": []}),
            false => json!({"totalResults": 1, "Resources": [gone]}),
        })
    }
    let users = || async { Json(json!({"totalResults": 5, "Resources": people()})) };
    let vpn =
        || async { Json(json!({"id": "g1", "displayName": "vpn", "members": [{"value": "u8"}]})) };
    let routes = Router::new()
        .route("/Groups", get(groups))
        .route("/Groups/g1", get(vpn))
        .route("/Users", get(users))
        .route("/Users/u2", get(|| async { Json(people()[2].clone()) }))
        .route(
            "/Users/u8",
            get(|| async { Json(json!({"id": "u8", "userName": "new"})) }),
        );
    let system = serve(routes.clone()).await;
    // The one member that is left is not found by a search: that is a fault.
    part_of(
        &system.read(&who()).await.unwrap_err(),
        "does not find its group `vpn` by a member",
    );
    let system = serve_as(routes, Some("no-filters")).await;
    all_of(system.as_ref()).await.unwrap();
}

#[tokio::test]
async fn groups_that_are_not_found_by_their_members_prove_nothing() {
    // Every search is answered with nobody.
    async fn groups(Query(query): Query<Vec<(String, String)>>) -> Json<Value> {
        let group = json!({"id": "g1", "displayName": "vpn", "members": [{"value": "u2"}]});
        Json(match query.iter().any(|(k, _)| k == "filter") {
            true => json!({"totalResults": 0, "Resources": []}),
            false => json!({"totalResults": 1, "Resources": [group]}),
        })
    }
    let users = || async { Json(json!({"totalResults": 5, "Resources": people()})) };
    let routes = Router::new()
        .route("/Groups", get(groups))
        .route("/Users", get(users))
        .route("/Users/u2", get(|| async { Json(people()[2].clone()) }));
    let system = serve(routes).await;
    let words = "it does not find its group `vpn` by a member that the group has";
    part_of(&system.read(&who()).await.unwrap_err(), words);
}

#[tokio::test]
async fn groups_that_only_the_user_shows_count() {
    let users = || async {
        let groups =
            json!([{"value": "g1", "display": "VPN users"}, {"value": "g2", "type": "indirect"}]);
        let one = json!({"id": "u1", "userName": "ann", "externalId": "1", "groups": groups});
        Json(json!({"totalResults": 1, "Resources": [one]}))
    };
    // What a user calls its group need not be the group's name.
    let group = || async { Json(json!({"id": "g1", "displayName": "vpn"})) };
    let routes = no_groups()
        .route("/Users", get(users))
        .route("/Groups/g1", get(group));
    let system = serve(routes).await;
    let seen = system.read(&who()).await.unwrap().unwrap();
    assert_eq!(seen.account.entitlements, ["group:vpn".into()].into());
    let listed = system.list(None).await.unwrap().accounts;
    assert_eq!(listed, [seen]);
}

#[tokio::test]
async fn of_two_groups_of_one_name_none_is_given_and_both_are_taken() {
    #[derive(Clone, Default)]
    struct Changed(Arc<std::sync::Mutex<Vec<String>>>);
    async fn change(
        State(changed): State<Changed>,
        axum::extract::Path(id): axum::extract::Path<String>,
    ) -> StatusCode {
        changed.0.lock().unwrap().push(id);
        StatusCode::NO_CONTENT
    }
    let group = |id: &str| json!({"id": id, "displayName": "vpn", "members": [{"value": "u1"}]});
    let [one, two] = [group("g1"), group("g2")];
    let both = json!([one.clone(), two.clone()]);
    let changed = Changed::default();
    let routes = Router::new()
        .route(
            "/Groups/{id}",
            patch(change).get(
                async move |axum::extract::Path(id): axum::extract::Path<String>| {
                    Json(if id == "g1" { one } else { two })
                },
            ),
        )
        .with_state(changed.clone());
    let system = serve(with_groups(both).merge(routes)).await;
    let seen = system.read(&who()).await.unwrap().unwrap();
    assert_eq!(seen.account.entitlements, ["group:vpn".into()].into());
    let entitlement = Entitlement::from("group:vpn");
    let grant = Change::Grant {
        entitlement: entitlement.clone(),
    };
    let fault = system.apply(Some(&seen), &grant).await.unwrap_err();
    assert!(matches!(&fault, Fault::Conflict { .. }), "{fault:?}");
    assert!(
        fault.to_string().contains("2 groups are called `vpn`"),
        "{fault}"
    );
    assert!(changed.0.lock().unwrap().is_empty());
    let revoke = Change::Revoke { entitlement };
    system.apply(Some(&seen), &revoke).await.unwrap();
    assert_eq!(*changed.0.lock().unwrap(), ["g1", "g2"]);
}

#[tokio::test]
async fn a_user_without_a_name_is_not_left_out_of_a_list() {
    let users = || async {
        let nameless = json!({"id": "u9", "externalId": "9", "active": true});
        Json(json!({"totalResults": 1, "Resources": [nameless]}))
    };
    let system = serve(no_groups().route("/Users", get(users))).await;
    let fault = all_of(system.as_ref()).await.unwrap_err();
    part_of(&fault, "a user without a name");
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
    assert!(matches!(&fault, Fault::Several { .. }), "{fault:?}");
    assert!(
        fault
            .to_string()
            .contains("2 accounts with the employee id 1"),
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
