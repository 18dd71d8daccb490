//! A service app: tokens for an assertion that its private key signs
//! (<https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/>).

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use latchkey_systems::{Fault, Secret};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    front::error,
    organisation::{open_with, who},
};

/// A token server, and how often its tokens were used.
struct Server {
    address: String,
    key: (Algorithm, DecodingKey),
    seen: Mutex<HashSet<String>>,
    refused: Mutex<usize>,
}

type Shared = Arc<Server>;

async fn token(State(server): State<Shared>, Form(form): Form<Vec<(String, String)>>) -> Response {
    let value = |name: &str| {
        form.iter()
            .find(|(k, _)| k == name)
            .map(|(_, v)| v.as_str())
            .unwrap()
    };
    assert_eq!(value("grant_type"), "client_credentials");
    assert_eq!(value("scope"), "okta.users.manage okta.groups.manage");
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(value("client_assertion_type"), kind);
    let assertion = value("client_assertion");
    assert_eq!(
        decode_header(assertion).unwrap().kid.as_deref(),
        Some("key-1")
    );
    let mut rules = Validation::new(server.key.0);
    rules.set_audience(&[format!("{}/oauth2/v1/token", server.address)]);
    rules.set_issuer(&["0oaclient"]);
    rules.sub = Some("0oaclient".to_owned());
    let claims = decode::<Value>(assertion, &server.key.1, &rules)
        .unwrap()
        .claims;
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!(lifetime <= 3600, "{lifetime}");
    let jti = claims["jti"].as_str().unwrap().to_owned();
    let mut seen = server.seen.lock().unwrap();
    assert!(seen.insert(jti), "an assertion is used once");
    Json(json!({"access_token": format!("at{}", seen.len()), "token_type": "Bearer", "expires_in": 3600})).into_response()
}

async fn users(State(server): State<Shared>, headers: HeaderMap) -> Response {
    // The first token is taken back at once.
    if headers["authorization"] != "Bearer at2" {
        *server.refused.lock().unwrap() += 1;
        return error(401, "E0000011", "Invalid token provided");
    }
    Json(json!([])).into_response()
}

fn pem(der: &[u8]) -> String {
    let lines = STANDARD.encode(der);
    let lines: Vec<&str> = lines
        .as_bytes()
        .chunks(64)
        .map(|l| std::str::from_utf8(l).unwrap())
        .collect();
    let label = "PRIVATE KEY";
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn keys() -> [(String, Algorithm, DecodingKey); 2] {
    let rsa = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let rsa_public = DecodingKey::from_rsa_der(rsa.public_key().as_ref());
    let rsa = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der>::as_der(&rsa).unwrap();
    let random = SystemRandom::new();
    let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref()).unwrap();
    let ec_public = DecodingKey::from_ec_der(pair.public_key().as_ref());
    [
        (pem(rsa.as_ref()), Algorithm::RS256, rsa_public),
        (pem(ec.as_ref()), Algorithm::ES256, ec_public),
    ]
}

async fn serve(key: (Algorithm, DecodingKey)) -> Shared {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Arc::new(Server {
        address: format!("http://{}", listener.local_addr().unwrap()),
        key,
        seen: Mutex::default(),
        refused: Mutex::default(),
    });
    let routes = Router::new()
        .route("/oauth2/v1/token", post(token))
        .route("/api/v1/users", get(users))
        .route(
            "/api/v1/users/{id}",
            get(async || error(404, "E0000007", "Not found")),
        )
        .fallback(async || StatusCode::NOT_IMPLEMENTED)
        .with_state(Arc::clone(&server));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    server
}

fn secret(server: &Server, private_key: String) -> Secret {
    let text = json!({
        "clientId": "0oaclient", "privateKey": private_key, "keyId": "key-1",
        "tokenUrl": format!("{}/oauth2/v1/token", server.address), "scope": "okta.users.manage okta.groups.manage",
    });
    serde_json::from_value(text).unwrap()
}

#[tokio::test]
async fn a_service_app_gets_a_token_and_another_when_it_is_taken_back() {
    for (private_key, algorithm, public) in keys() {
        let server = serve((algorithm, public)).await;
        let secret = secret(&server, private_key);
        let system = open_with(server.address.clone(), json!({}), secret);
        for _ in 0..2 {
            let seen = system.read(&who("1", "zoe@acme.example")).await;
            assert_eq!(seen.unwrap(), None, "{algorithm:?}");
        }
        assert_eq!(*server.refused.lock().unwrap(), 1);
        assert_eq!(server.seen.lock().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_key_that_is_none_is_the_owners_to_mend_and_is_not_shown() {
    let [_, (_, algorithm, public)] = keys();
    let server = serve((algorithm, public)).await;
    let secret = secret(&server, "hidden".to_owned());
    let system = open_with(server.address.clone(), json!({}), secret);
    let fault = system.list(None).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
    let text = format!("{fault:?}{fault}");
    assert!(
        text.contains("no PEM") && !text.contains("hidden"),
        "{text}"
    );
}
