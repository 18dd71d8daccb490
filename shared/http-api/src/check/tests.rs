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

#[allow(clippy::too_many_lines, reason = "a table")]
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

#[allow(clippy::too_many_lines, reason = "a table")]
#[test]
fn a_description_that_could_hide_people_or_hit_others_is_refused() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str, &str); 16] = [
        (
            |v| v["find"]["by_name"]["query"] = json!({"login": "ann"}),
            "find.by_name",
            "whose account",
        ),
        (
            |v| {
                v["find"]["by_employee_id"] =
                    json!({"call": "GET /users", "query": {"q": "{account.name}"}})
            },
            "find.by_employee_id",
            "{account.employee_id}",
        ),
        (
            |v| v["read"] = json!({"call": "GET /me"}),
            "read",
            "{account.handle}",
        ),
        (
            |v| v["delete"] = json!({"call": "DELETE /users"}),
            "delete",
            "whose account",
        ),
        (
            |v| v["suspend"]["call"] = "POST /users/off".into(),
            "suspend",
            "whose account",
        ),
        (
            |v| v["update"]["title"]["call"] = "PATCH /users".into(),
            "update.title",
            "whose account",
        ),
        (
            |v| v["create"]["json"] = json!({"login": "new"}),
            "create",
            "whose account",
        ),
        (
            |v| {
                v["entitlements"]["group"]["revoke"]["call"] =
                    "DELETE /groups/{entitlement.name}".into()
            },
            "entitlements.group.revoke",
            "whose account",
        ),
        (
            |v| {
                let group = &mut v["entitlements"]["group"];
                group["at"] = Value::Null;
                group["read"] = json!({"call": "GET /groups"});
            },
            "entitlements.group.read",
            "whose account",
        ),
        (
            |v| v["account"]["active"]["is_not"] = json!([]),
            "account.active.is_not",
            "nobody's account",
        ),
        (
            |v| v["account"]["active"]["is"] = json!({"state": "on"}),
            "account.active.is",
            "nobody's account",
        ),
        (
            |v| {
                v["list"] =
                    json!({"call": "GET /users", "at": "users", "query": {"per_page": "100"}})
            },
            "list",
            "nothing says how to go on",
        ),
        (
            |v| {
                let request = json!({"call": "GET /groups", "query": {"maxResults": "50"}});
                v["entitlements"]["group"]["catalogue"] =
                    json!({"request": request, "id": "id", "name": "name"});
            },
            "entitlements.group.catalogue.request",
            "nothing says how to go on",
        ),
        (
            |v| v["list"]["answers"] = json!([{"status": 404, "means": "not_there"}]),
            "list.answers.0",
            "nobody has an account",
        ),
        (
            |v| v["answers"][0] = json!({"status": [404, 403], "means": "not_there"}),
            "answers.0",
            "403 says",
        ),
        (
            |v| v["suspend"]["answers"] = json!([{"status": 500, "means": "done"}]),
            "suspend.answers.0",
            "500 says",
        ),
    ];
    for (change, at, message) in cases {
        let said = said(change);
        let found = said.iter().any(|(a, m)| a == at && m.contains(message));
        assert!(found, "{at}: {message}: {said:#?}");
    }
    // Told apart from what else the status says, it is an answer.
    let told = said(|v| {
        v["answers"][0] = json!({"status": 403, "says": "no such user", "means": "not_there"})
    });
    assert_eq!(told, []);
    // One of several steps may be about something else.
    let told = said(|v| {
        let off = json!({"call": "POST /users/{account.handle}/off"});
        v["suspend"] = json!([off, {"call": "POST /flush"}]);
    });
    assert_eq!(told, []);
}
