//! Answers in which somebody could be missed.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{Path, Query},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use latchkey_lifecycle::{Account, Change};
use latchkey_systems::{Fault, Found};
use serde_json::{Value, json};

use crate::misbehaving::{description, serve_as, who};

/// A list of these lines, and accounts that are read by their id.
fn routes(lines: Value) -> Router {
    let list = move || {
        let lines = lines.clone();
        async move { Json(lines) }
    };
    let read = async |Path(id): Path<u32>| match id {
        1..=9 => Json(json!({"id": id, "login": format!("p{id}"), "staff": format!("10{id}")}))
            .into_response(),
        _ => (StatusCode::NOT_FOUND, Json(json!({}))).into_response(),
    };
    Router::new()
        .route("/users", get(list))
        .route("/users/{id}", get(read))
}

/// The list in one page, nobody asked for, and one read by its id where `reads`.
fn plain(reads: bool) -> Value {
    let mut description = description();
    description["find"] = json!({});
    description["list"] = json!({"call": "GET /users"});
    if reads {
        description["read"] = json!({"call": "GET /users/{account.handle}"});
    }
    description
}

#[tokio::test]
async fn a_line_without_a_name_is_read_by_its_handle_or_the_list_is_of_no_use() {
    let lines = json!([{"id": 1, "login": "p1", "staff": "101"}, {"id": 2, "staff": "102"}]);
    let system = serve_as(routes(lines.clone()), plain(true), None)
        .await
        .unwrap();
    let listed = system.list(None).await.unwrap().accounts;
    let names: Vec<&str> = listed
        .iter()
        .map(|found| found.account.name.as_str())
        .collect();
    assert_eq!(names, ["p1", "p2"]);
    let found = system.read(&who("102", "nobody")).await.unwrap().unwrap();
    assert_eq!(found.handle, "2");
    let system = serve_as(routes(lines), plain(false), None).await.unwrap();
    for fault in [
        system.list(None).await.unwrap_err(),
        system.read(&who("102", "nobody")).await.unwrap_err(),
        system.read(&who("999", "nobody")).await.unwrap_err(),
    ] {
        assert!(matches!(&fault, Fault::Rejected { .. }), "{fault:?}");
        assert!(fault.to_string().contains("no account in it"), "{fault}");
    }
    // Without a handle nothing can be read.
    let lines = json!([{"id": 1, "login": "p1"}, {"login": "p2"}]);
    let system = serve_as(routes(lines), plain(true), None).await.unwrap();
    assert!(system.list(None).await.is_err());
}

#[tokio::test]
async fn whoever_has_an_employee_id_only_in_their_own_answer_is_found_by_it() {
    let lines = json!([{"id": 1, "login": "p1"}, {"id": 2, "login": "p2"}]);
    let system = serve_as(routes(lines), plain(true), None).await.unwrap();
    let found = system.read(&who("102", "nobody")).await.unwrap().unwrap();
    assert_eq!(
        (found.handle.as_str(), found.account.name.as_str()),
        ("2", "p2")
    );
    assert_eq!(system.read(&who("999", "nobody")).await.unwrap(), None);
}

#[tokio::test]
async fn a_list_that_is_not_there_is_no_empty_one() {
    let gone = || async {
        (
            StatusCode::NOT_FOUND,
            Json(json!({"message": "no such path"})),
        )
    };
    let system = serve_as(Router::new().route("/users", get(gone)), plain(false), None);
    let system = system.await.unwrap();
    for fault in [
        system.list(None).await.unwrap_err(),
        system.read(&who("1", "ann")).await.unwrap_err(),
    ] {
        assert!(fault.to_string().contains("not found"), "{fault}");
    }
    let mut nothing = plain(false);
    nothing["list"]["at"] = "users".into();
    let system = serve_as(routes(json!({"users": null})), nothing, None)
        .await
        .unwrap();
    let fault = system.list(None).await.unwrap_err();
    assert!(fault.to_string().contains("no list at `users`"), "{fault}");
}

#[tokio::test]
async fn what_can_be_given_is_not_taken_for_nothing_when_its_list_is_not_there() {
    let mut description = plain(false);
    description["entitlements"] = json!({"group": {
        "at": "groups", "id": "id",
        "catalogue": {"request": {"call": "GET /groups"}, "id": "id", "name": "name"},
        "grant": {"call": "PUT /groups/{entitlement.id}/{account.handle}"},
        "revoke": {"call": "DELETE /groups/{entitlement.id}/{account.handle}"},
    }});
    let gone = || async { (StatusCode::NOT_FOUND, Json(json!({}))) };
    let routes = routes(json!([])).route("/groups", get(gone));
    let system = serve_as(routes, description, None).await.unwrap();
    let found = Found {
        handle: "1".into(),
        version: None,
        account: Account {
            employee_id: None,
            name: "p1".into(),
            active: true,
            attributes: Default::default(),
            entitlements: ["group:sales".into()].into(),
        },
    };
    let entitlement = "group:sales".into();
    let fault = system
        .apply(Some(&found), &Change::Revoke { entitlement })
        .await;
    assert!(fault.unwrap_err().to_string().contains("not found"));
}

#[tokio::test]
async fn a_list_that_says_that_it_goes_on_is_a_part_where_the_description_says_no_pages() {
    let lines = json!({"users": [{"id": 1, "login": "p1"}], "meta": {"next_page": 2}});
    let mut description = plain(false);
    description["list"]["at"] = "users".into();
    let system = serve_as(routes(lines), description, None).await.unwrap();
    let fault = system.list(None).await.unwrap_err();
    assert_eq!(fault.name(), "Incomplete", "{fault}");
    assert!(fault.to_string().contains("`pages`"), "{fault}");

    let link = || async {
        let next = (
            header::LINK,
            "<https://elsewhere.example/users?page=2>; rel=\"next\"",
        );
        ([next], Json(json!([{"id": 1, "login": "p1"}])))
    };
    let linked = || Router::new().route("/users", get(link));
    let system = serve_as(linked(), plain(false), None).await.unwrap();
    assert_eq!(system.list(None).await.unwrap_err().name(), "Incomplete");
    // Where the description knows links, the secret does not follow one to another host.
    let mut follows = plain(false);
    follows["list"]["pages"] = json!({"by": "link"});
    let system = serve_as(linked(), follows, None).await.unwrap();
    let fault = system.list(None).await.unwrap_err();
    assert!(fault.to_string().contains("another address"), "{fault}");
}

#[tokio::test]
async fn testing_a_system_tells_when_nobody_seems_to_have_anything() {
    let mut description = plain(false);
    description["entitlements"] = json!({"group": {
        "at": "grups",
        "grant": {"call": "PUT /groups/{entitlement.name}/{account.handle}"},
        "revoke": {"call": "DELETE /groups/{entitlement.name}/{account.handle}"},
    }});
    let lines = json!([{"id": 1, "login": "p1", "groups": ["sales"]}]);
    let tried = async |description: Value| {
        let system = serve_as(routes(lines.clone()), description, None)
            .await
            .unwrap();
        let probes = system.probe().await.into_iter();
        let mut has = probes.filter(|probe| probe.what.contains("what accounts have"));
        has.next().unwrap().came
    };
    let fault = tried(description.clone()).await.unwrap_err();
    assert!(fault.to_string().contains("`grups`"), "{fault}");
    description["entitlements"]["group"]["at"] = "groups".into();
    assert_eq!(tried(description).await, Ok(()));
}

/// Somebody's groups in the account.
fn with_groups(more: Value) -> Value {
    let mut description = plain(false);
    description["entitlements"] = json!({"group": {
        "at": "groups",
        "grant": {"call": "PUT /groups/{entitlement.name}/{account.handle}"},
        "revoke": {"call": "DELETE /groups/{entitlement.name}/{account.handle}"},
    }});
    for (name, value) in more.as_object().unwrap() {
        description["entitlements"]["group"][name] = value.clone();
    }
    description
}

#[tokio::test]
async fn an_account_that_does_not_show_what_it_has_is_not_one_that_has_nothing() {
    for account in [
        json!({"id": 1, "login": "p1", "staff": "101"}),
        json!({"id": 1, "login": "p1", "staff": "101", "groups": null}),
    ] {
        let system = serve_as(routes(json!([account])), with_groups(json!({})), None);
        let system = system.await.unwrap();
        for fault in [
            system.read(&who("101", "p1")).await.unwrap_err(),
            system.list(None).await.unwrap_err(),
        ] {
            assert_eq!(fault.name(), "Rejected");
            let text = fault.to_string();
            assert!(text.contains("`groups`"), "{text}");
            assert!(text.contains("may_be_missing"), "{text}");
        }
        let described = with_groups(json!({"may_be_missing": true}));
        let system = serve_as(routes(json!([account])), described, None);
        let system = system.await.unwrap();
        let found = system.read(&who("101", "p1")).await.unwrap().unwrap();
        assert_eq!(found.account.entitlements, [].into());
    }
}

#[tokio::test]
async fn what_is_asked_for_and_not_told_is_not_nothing() {
    let reads =
        json!({"at": null, "read": {"call": "GET /users/{account.handle}/groups", "at": "groups"}});
    let lines = json!([{"id": 1, "login": "p1", "staff": "101"}]);
    let answers = [
        (StatusCode::NOT_FOUND, json!({"message": "no such path"})),
        (StatusCode::OK, json!({"groups": null})),
        (StatusCode::OK, json!({"teams": []})),
    ];
    for (status, body) in answers {
        let groups = move || {
            let body = body.clone();
            async move { (status, Json(body)) }
        };
        let routes = || routes(lines.clone()).route("/users/{id}/groups", get(groups.clone()));
        let system = serve_as(routes(), with_groups(reads.clone()), None);
        let fault = system.await.unwrap().read(&who("101", "p1")).await;
        let fault = fault.unwrap_err().to_string();
        assert!(fault.contains("may_be_missing"), "{fault}");
        let mut described = with_groups(reads.clone());
        described["entitlements"]["group"]["may_be_missing"] = true.into();
        let system = serve_as(routes(), described, None).await.unwrap();
        let found = system.read(&who("101", "p1")).await.unwrap().unwrap();
        assert_eq!(found.account.entitlements, [].into());
    }
}

#[tokio::test]
async fn a_line_of_what_somebody_has_that_has_no_name_is_not_left_out() {
    for (line, more) in [
        (json!({"key": 7}), json!({"name": "name"})),
        (json!({"key": 7}), json!({})),
    ] {
        let account =
            json!({"id": 1, "login": "p1", "staff": "101", "groups": [{"name": "sales"}, line]});
        let mut more = more;
        more["may_be_missing"] = true.into();
        let system = serve_as(routes(json!([account])), with_groups(more), None);
        let fault = system.await.unwrap().read(&who("101", "p1")).await;
        let fault = fault.unwrap_err().to_string();
        assert!(fault.contains("does not show its name"), "{fault}");
    }
}

#[tokio::test]
async fn a_search_that_tells_nothing_is_no_word_about_who_is_there() {
    let list = async |Query(asked): Query<BTreeMap<String, String>>| {
        Json(match asked.is_empty() {
            true => json!({"users": [{"id": 1, "login": "p1", "staff": "101"}]}),
            false => json!({"users": null}),
        })
    };
    let mut described = description();
    for what in ["by_employee_id", "by_name"] {
        described["find"][what]["at"] = "users".into();
    }
    described["list"] = json!({"call": "GET /users", "at": "users"});
    let routes = Router::new().route("/users", get(list));
    let system = serve_as(routes, described, None).await.unwrap();
    let found = system.read(&who("101", "p1")).await.unwrap();
    assert_eq!(found.unwrap().handle, "1");
    assert_eq!(system.read(&who("102", "p2")).await.unwrap(), None);
}
