//! OAuth 2.0 client credentials: with a client's secret from `emulate`, whose Microsoft service nobody here wrote; with
//! a private key from a token server of ours that checks the assertion
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>).

use std::sync::{Arc, Mutex};

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use latchkey_peers::Emulate;
use latchkey_systems::{Fault, Secret};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::tenant::{open_with, who};

const SCOPE: &str = "https://graph.microsoft.com/.default";

/// What was shown to a directory that knows nobody: the tokens, in order. It takes none before the given one.
struct Nobody {
    address: String,
    takes_from: usize,
    shown: Mutex<Vec<String>>,
    public: Option<DecodingKey>,
}

type Shared = Arc<Nobody>;

async fn nobody(
    State(of): State<Shared>,
    headers: HeaderMap,
    Json(batch): Json<Value>,
) -> Response {
    let shown = headers["authorization"].to_str().unwrap().to_owned();
    let mut all = of.shown.lock().unwrap();
    all.push(shown);
    if all.len() < of.takes_from {
        let body = json!({"error": {"code": "InvalidAuthenticationToken", "message": "Access token has expired or is not yet valid."}});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let requests = batch["requests"].as_array().unwrap().iter();
    let responses = requests.map(|request| {
        let is_list = request["url"].as_str().unwrap().starts_with("/users?");
        let gone = json!({"error": {"code": "Request_ResourceNotFound", "message": "…"}});
        match is_list {
            true => json!({"id": request["id"], "status": 200, "body": {"value": []}}),
            false => json!({"id": request["id"], "status": 404, "body": gone}),
        }
    });
    Json(json!({ "responses": responses.collect::<Vec<_>>() })).into_response()
}

async fn token(State(of): State<Shared>, Form(form): Form<Vec<(String, String)>>) -> Response {
    let value = |name: &str| {
        let mut pairs = form.iter().filter(|(k, _)| k == name);
        pairs.next().map(|(_, v)| v.as_str()).unwrap()
    };
    assert_eq!(value("grant_type"), "client_credentials");
    assert_eq!(value("scope"), SCOPE);
    let assertion = value("client_assertion");
    let header = decode_header(assertion).unwrap();
    assert_eq!(
        header.kid.as_deref(),
        Some("84E05C1D98BCE3A5421D225B140B36E86A3D5534")
    );
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[format!("{}/acme/oauth2/v2.0/token", of.address)]);
    rules.set_issuer(&["client"]);
    rules.sub = Some("client".to_owned());
    decode::<Value>(assertion, of.public.as_ref().unwrap(), &rules).unwrap();
    Json(json!({"access_token": "of-the-key", "token_type": "Bearer", "expires_in": 3599}))
        .into_response()
}

async fn serve(takes_from: usize, public: Option<DecodingKey>) -> Shared {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let of = Arc::new(Nobody {
        address: format!("http://{}", listener.local_addr().unwrap()),
        takes_from,
        shown: Mutex::default(),
        public,
    });
    let routes = Router::new()
        .route("/v1.0/$batch", axum::routing::post(nobody))
        .route("/acme/oauth2/v2.0/token", axum::routing::post(token))
        .with_state(Arc::clone(&of));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    of
}

async fn microsoft() -> Emulate {
    let seed = "
microsoft:
  users:
    - email: admin@acme.example
      name: Admin
  oauth_clients:
    - client_id: client
      client_secret: t0p~secret
      name: Latchkey
      redirect_uris: [http://localhost/x]
";
    Emulate::start("microsoft", seed).await.unwrap()
}

fn secret(emulate: &Emulate, client_secret: &str) -> Secret {
    let url = format!("http://127.0.0.1:{}/oauth2/v2.0/token", emulate.port());
    let text = json!({"clientId": "client", "clientSecret": client_secret, "tokenUrl": url, "scope": SCOPE});
    serde_json::from_value(text).unwrap()
}

#[tokio::test]
async fn a_clients_secret_gets_a_token_and_another_when_it_is_taken_back() {
    let emulate = microsoft().await;
    let directory = serve(2, None).await;
    let secret = secret(&emulate, "t0p~secret");
    let system = open_with(directory.address.clone(), json!({}), secret).unwrap();
    for _ in 0..2 {
        let seen = system.read(&who("1", "zoe@acme.example")).await;
        assert_eq!(seen.unwrap(), None);
    }
    let shown = directory.shown.lock().unwrap().clone();
    assert_eq!(shown.len(), 3);
    assert_ne!(shown[0], shown[1]);
    assert_eq!(shown[1], shown[2]);
}

#[tokio::test]
async fn a_wrong_secret_is_the_owners_to_mend_and_is_not_shown() {
    let emulate = microsoft().await;
    let system = open_with(
        "http://127.0.0.1:9".into(),
        json!({}),
        secret(&emulate, "hidden"),
    )
    .unwrap();
    let fault = system.list(None).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
    assert!(!format!("{fault:?}{fault}").contains("hidden"));
}

#[tokio::test]
async fn a_certificates_key_gets_a_token() {
    let rsa = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = DecodingKey::from_rsa_der(rsa.public_key().as_ref());
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der>::as_der(&rsa).unwrap();
    let label = "PRIVATE KEY";
    let encoded = STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN {label}-----\n{encoded}\n-----END {label}-----\n");
    let directory = serve(1, Some(public)).await;
    let url = format!("{}/acme/oauth2/v2.0/token", directory.address);
    let text = json!({
        "clientId": "client", "privateKey": pem, "keyId": "84E05C1D98BCE3A5421D225B140B36E86A3D5534", "tokenUrl": url,
        "scope": SCOPE,
    });
    let secret: Secret = serde_json::from_value(text).unwrap();
    let system = open_with(directory.address.clone(), json!({}), secret).unwrap();
    assert_eq!(
        system.read(&who("1", "zoe@acme.example")).await.unwrap(),
        None
    );
    assert_eq!(*directory.shown.lock().unwrap(), ["Bearer of-the-key"]);
}
