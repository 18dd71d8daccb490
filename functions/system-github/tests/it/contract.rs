//! Every call of ours, and every answer that we understand, as GitHub's own descriptions of its APIs have them: OpenAPI
//! by `prism`, which stands between, and the schema of GraphQL.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use latchkey_lifecycle::Goal;
use latchkey_peers::{NodeModules, Prism, cache_directory};
use latchkey_systems::Secret;
use serde_json::{Map, Value, json};

use crate::{
    organisation::{TOKEN, acme, serve},
    people::{bring, everybody, have, look, open, token},
};

const OPENAPI: &str = "@octokit/openapi@23.0.2";
const SCHEMA: [&str; 2] = ["@octokit/graphql-schema@15.26.1", "graphql@16.15.0"];
/// All that the adapter calls.
const PATHS: [&str; 12] = [
    "/orgs/{org}/memberships/{username}",
    "/orgs/{org}/invitations",
    "/orgs/{org}/invitations/{invitation_id}",
    "/orgs/{org}/members",
    "/orgs/{org}/outside_collaborators",
    "/orgs/{org}/outside_collaborators/{username}",
    "/orgs/{org}/teams/{team_slug}/memberships/{username}",
    "/repos/{owner}/{repo}/collaborators/{username}",
    "/repos/{owner}/{repo}/invitations",
    "/repos/{owner}/{repo}/invitations/{invitation_id}",
    "/app/installations/{installation_id}/access_tokens",
    "/graphql",
];

/// What the parts of a description refer to, with all that those refer to.
fn referred(value: &Value, whole: &Value, parts: &mut Map<String, Value>) {
    match value {
        Value::Object(object) => {
            let at = object.get("$ref").and_then(Value::as_str);
            if let Some((kind, name)) =
                at.and_then(|at| at.strip_prefix("#/components/")?.split_once('/'))
            {
                let of = parts.entry(kind).or_insert_with(|| json!({}));
                if of.get(name).is_none() {
                    let part = whole["components"][kind][name].clone();
                    of[name] = part.clone();
                    referred(&part, whole, parts);
                }
            }
            object
                .values()
                .for_each(|value| referred(value, whole, parts));
        }
        Value::Array(all) => all.iter().for_each(|value| referred(value, whole, parts)),
        _ => {}
    }
}

/// The paths above out of GitHub's description, which is too large as a whole.
async fn description() -> PathBuf {
    let file = cache_directory().join("github-openapi-23.0.2.json");
    let modules = NodeModules::with("github-openapi", &[OPENAPI])
        .await
        .unwrap();
    let whole = modules.file("@octokit/openapi/generated/api.github.com.json");
    let whole: Value = serde_json::from_slice(&std::fs::read(whole).unwrap()).unwrap();
    let mut paths = Map::new();
    for path in PATHS {
        if path == "/graphql" {
            // Described elsewhere; here it only passes.
            let any = json!({ "content": { "application/json": { "schema": { "type": "object" } } }, "description": "data" });
            paths.insert(
                path.to_owned(),
                json!({ "post": { "requestBody": any.clone(), "responses": { "200": any } } }),
            );
        } else {
            assert!(whole["paths"][path].is_object(), "{path}");
            paths.insert(path.to_owned(), whole["paths"][path].clone());
        }
    }
    let paths = Value::Object(paths);
    let mut parts = Map::new();
    referred(&paths, &whole, &mut parts);
    let cut = json!({
        "openapi": whole["openapi"], "info": whole["info"], "servers": whole["servers"], "paths": paths, "components": parts,
    });
    std::fs::write(&file, cut.to_string()).unwrap();
    file
}

#[allow(clippy::too_many_lines, reason = "a table")]
#[tokio::test]
async fn every_call_is_as_github_describes_it() {
    let description = description().await;
    let mut org = acme();
    org.repositories.insert(
        "website".to_owned(),
        [("contractor".to_owned(), "read".to_owned())].into(),
    );
    org.accounts.insert("contractor".to_owned());
    org.identities = Some(Vec::new());
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let decoding = jsonwebtoken::DecodingKey::from_rsa_der(key.public_key().as_ref());
    org.app = Some((decoding, 0));
    let (port, org) = serve(org).await;
    let prism = Prism::before(port, &description).await.unwrap();
    let settings = json!({"repositories": ["website"], "page": 1});
    let system = open(prism.port(), settings, token(TOKEN)).unwrap();
    let first = have(
        "zoe",
        &["team:staff", "maintainer:staff", "repository:website:write"],
    );
    bring(&system, "zoe", &first).await.unwrap();
    everybody(&system).await;
    org.lock().unwrap().accept("zoe", "zoe");
    bring(&system, "zoe", &first).await.unwrap();
    assert!(look(&system, "zoe", &first).await.same);
    let second = have(
        "zoe",
        &[
            "team:staff",
            "team:vpn",
            "role:admin",
            "repository:website:triage",
        ],
    );
    bring(&system, "zoe", &second).await.unwrap();
    assert!(look(&system, "zoe", &second).await.same);
    let third = have("zoe", &["team:vpn"]);
    bring(&system, "zoe", &third).await.unwrap();
    assert!(look(&system, "zoe", &third).await.same);
    assert_eq!(everybody(&system).await.len(), 3);
    // Somebody outside, who has not accepted one repository yet.
    bring(&system, "Max-M", &have("Max-M", &[])).await.unwrap();
    bring(&system, "Max-M", &Goal::NoAccess).await.unwrap();
    for name in ["zoe", "contractor", "Max-M"] {
        bring(&system, name, &Goal::NoAccess).await.unwrap();
        assert!(look(&system, name, &Goal::NoAccess).await.same);
    }
    let failed: Vec<_> = system
        .probe()
        .await
        .into_iter()
        .filter(|p| p.came.is_err())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    // By address, and with an app.
    let der = AsDer::<Pkcs8V1Der>::as_der(&key).unwrap();
    let text = STANDARD.encode(der.as_ref());
    let app = Secret::PrivateKey {
        client_id: "Iv23app".into(),
        private_key: format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"),
        token_url: format!(
            "http://127.0.0.1:{}/app/installations/42/access_tokens",
            prism.port()
        ),
        scope: None,
        key_id: None,
        subject: None,
    };
    let system = open(prism.port(), json!({"identity": "saml"}), app).unwrap();
    let name = "max@acme.example";
    bring(&system, name, &have(name, &[])).await.unwrap();
    bring(&system, name, &Goal::NoAccess).await.unwrap();
    assert_eq!(org.lock().unwrap().invitations, []);
    // All of it was tried.
    let calls: BTreeSet<String> = org.lock().unwrap().calls.iter().cloned().collect();
    for call in [
        "PUT teams/staff/memberships/zoe",
        "GET teams/staff/memberships/zoe",
        "DELETE teams/staff/memberships/zoe",
        "PUT memberships/zoe",
        "GET memberships/zoe",
        "DELETE memberships/zoe",
        "POST invitations",
        "GET invitations",
        "GET members",
        "GET outside_collaborators",
        "DELETE outside_collaborators/contractor",
        "PUT website/collaborators/zoe",
        "DELETE website/collaborators/zoe",
        "GET website/invitations",
        "DELETE website/invitations/2",
        "POST 42/access_tokens",
    ] {
        assert!(calls.contains(call), "{call}: {calls:#?}");
    }
    assert!(
        calls
            .iter()
            .any(|call| call.starts_with("DELETE invitations/")),
        "{calls:#?}"
    );
}

/// Prints what is wrong with each question.
const CHECK: &str = "
const { readFileSync } = require('node:fs');
const { buildSchema, parse, validate } = require('graphql');
const file = __dirname + '/node_modules/@octokit/graphql-schema/schema.graphql';
const schema = buildSchema(readFileSync(file, 'utf8'), { assumeValid: true });
for (const query of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  for (const error of validate(schema, parse(query))) console.log(error.message);
}
";

fn wrong_with(modules: &NodeModules, queries: &[String], name: &str) -> String {
    let here = modules.file("..");
    let script = here.join("check.cjs");
    std::fs::write(&script, CHECK).unwrap();
    let asked = here.join(format!("{name}.json"));
    std::fs::write(&asked, json!(queries).to_string()).unwrap();
    let run = |script: &Path, asked: &Path| Command::new("node").arg(script).arg(asked).output();
    let output = run(&script, &asked).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn every_question_is_one_of_githubs_schema() {
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for identity in ["login", "saml", "email"] {
        let mut org = acme();
        org.page = Some(1);
        org.repositories.insert("website".to_owned(), [].into());
        org.identities = Some(vec![(
            "zoe@acme.example".to_owned(),
            Some("zoe".to_owned()),
        )]);
        org.addresses = vec![("zoe".to_owned(), vec!["zoe@acme.example".to_owned()])];
        for (login, role) in [("zoe", "MAINTAINER"), ("Max-M", "MEMBER")] {
            org.members.insert(login.to_owned(), "member".to_owned());
            org.teams
                .get_mut("staff")
                .unwrap()
                .insert(login.to_owned(), role);
        }
        let (port, org) = serve(org).await;
        let settings = json!({"identity": identity, "repositories": ["website"], "page": 3});
        let system = open(port, settings, token(TOKEN)).unwrap();
        let name = if identity == "login" {
            "zoe"
        } else {
            "zoe@acme.example"
        };
        assert!(look(&system, name, &have(name, &[])).await.actual.is_some());
        assert_eq!(everybody(&system).await.len(), 3);
        system.probe().await;
        asked.extend(org.lock().unwrap().queries.drain(..));
    }
    let asked: Vec<String> = asked.into_iter().collect();
    let names: BTreeSet<&str> = asked
        .iter()
        .map(|query| query.split(['(', ' ']).nth(1).unwrap())
        .collect();
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        [
            "Addresses",
            "AddressesOf",
            "Domains",
            "Identities",
            "Identity",
            "Organization",
            "Person",
            "Provider",
            "Repository",
            "Team",
            "Teams",
        ]
    );
    let modules = NodeModules::with("github-graphql", &SCHEMA).await.unwrap();
    assert_eq!(wrong_with(&modules, &asked, "asked"), "");
    // It would be told.
    let broken = [asked[0].replace("organization(", "organisation(")];
    assert_ne!(wrong_with(&modules, &broken, "broken"), "");
}
