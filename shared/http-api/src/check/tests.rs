//! One mistake at a time, in a description that is otherwise in order.

use serde_json::{Value, json};

use super::*;

fn good() -> Value {
    json!({
        "api": "Small 1",
        "sign_in": "bearer",
        "account": {
            "handle": "id", "name": "login", "employee_id": "staff", "active": {"at": "on"},
            "attributes": {"title": "job", "email": "mail"},
        },
        "find": {"by_name": {"call": "GET /users", "query": {"login": "{account.name}"}, "at": "users"}},
        "list": {"call": "GET /users", "at": "users", "pages": {"by": "page", "parameter": "page"}},
        "create": {"call": "POST /users", "json": {"login": "{account.name}", "job": "{attribute.title}"}},
        "update": {
            "title": {"call": "PATCH /users/{account.handle}", "json": {"job": "{attribute.title}"}},
            "employee_id": {"call": "PATCH /users/{account.handle}", "json": {"staff": "{account.employee_id}"}},
        },
        "suspend": {"call": "POST /users/{account.handle}/off"},
        "restore": [{"call": "POST /users/{account.handle}/on"}],
        "entitlements": {"group": {
            "at": "groups",
            "grant": {"call": "PUT /groups/{entitlement.name}/{account.handle}"},
            "revoke": {"call": "DELETE /groups/{entitlement.name}/{account.handle}"},
        }},
        "answers": [{"status": 409, "says": "exists", "means": "done"}],
    })
}

fn said(change: impl Fn(&mut Value)) -> Vec<(String, String)> {
    let mut value = good();
    change(&mut value);
    let description: Description = serde_json::from_value(value).unwrap();
    let mistakes = description.mistakes().into_iter();
    mistakes.map(|m| (m.at.join("."), m.message)).collect()
}

#[test]
fn what_is_in_order_is_taken() {
    assert_eq!(said(|_| {}), []);
}

#[test]
fn each_mistake_is_said_with_its_place() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str, &str); 17] = [
        (
            |v| v["account"]["handle"] = "a..b".into(),
            "account.handle",
            "no place",
        ),
        (
            |v| v["account"]["attributes"]["titel"] = "x".into(),
            "account.attributes.titel",
            "unknown attribute",
        ),
        (
            |v| v["list"]["call"] = "/users".into(),
            "list.call",
            "no call",
        ),
        (
            |v| v["list"]["call"] = "get /users".into(),
            "list.call",
            "no call",
        ),
        (
            |v| v["list"]["call"] = "GET /users?a=b".into(),
            "list.call",
            "`query`",
        ),
        (
            |v| v["list"]["call"] = "GET /users/{account.name}".into(),
            "list.call",
            "unknown name",
        ),
        (
            |v| v["create"]["json"]["login"] = "{account.nam}".into(),
            "create.json.login",
            "unknown name `{account.nam}`",
        ),
        (
            |v| v["create"]["json"]["login"] = "{account.name".into(),
            "create.json.login",
            "not closed",
        ),
        (
            |v| v["create"]["json"]["mail"] = "{attribute.email}".into(),
            "create.json.mail",
            "nothing under `update` says how `email` is changed",
        ),
        (
            |v| v["create"]["json"]["dep"] = "{attribute.department}".into(),
            "create.json.dep",
            "`account.attributes` does not say",
        ),
        (
            |v| v["update"]["dep"] = json!({"call": "PUT /x"}),
            "update.dep",
            "does not say where it stands",
        ),
        (
            |v| v["restore"] = json!([]),
            "suspend",
            "nothing says how to `restore`",
        ),
        (
            |v| v["suspend"] = json!([]),
            "account.active",
            "how to `suspend`",
        ),
        (
            |v| v["entitlements"]["group"]["read"] = json!({"call": "GET /x"}),
            "entitlements.group",
            "takes either",
        ),
        (
            |v| v["entitlements"]["group"]["grant"]["call"] = "PUT /{entitlement.id}".into(),
            "entitlements.group.grant.call",
            "unknown name `{entitlement.id}`",
        ),
        (
            |v| v["list"]["pages"]["by"] = "cursor".into(),
            "list.pages",
            "lack `next`",
        ),
        (
            |v| v["answers"][0] = json!({"means": "done"}),
            "answers.0",
            "every answer",
        ),
    ];
    for (change, at, message) in cases {
        let said = said(change);
        let found = said.iter().any(|(a, m)| a == at && m.contains(message));
        assert!(found, "{at}: {message}: {said:#?}");
    }
}

#[test]
fn an_api_that_cannot_cut_anybody_off_is_refused() {
    let said = said(|v| {
        v["account"]["active"] = Value::Null;
        v["suspend"] = json!([]);
    });
    assert!(said[0].1.contains("could not cut it off"), "{said:?}");
}

#[test]
fn the_token_may_stand_in_any_header() {
    let mut value = good();
    value["sign_in"] = json!({"header": "X-Api-Key"});
    let description: Description = serde_json::from_value(value).unwrap();
    let header = crate::SignIn::Header {
        header: "X-Api-Key".to_owned(),
        prefix: String::new(),
    };
    assert_eq!(description.sign_in, header);
}
