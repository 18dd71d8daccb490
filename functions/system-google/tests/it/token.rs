//! A service account with domain-wide delegation: a token for a grant that its private key signs
//! (<https://developers.google.com/identity/protocols/oauth2/service-account>).

use std::sync::{Arc, Mutex};

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use axum::{
    Form, Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use latchkey_systems::{Fault, Secret, Settings, client};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::workspace::{open, who};

const ROBOT: &str = "latchkey@acme.iam.gserviceaccount.com";
const ADMIN: &str = "latchkey-admin@acme.example";
const SCOPE: &str = "https://www.googleapis.com/auth/admin.directory.user https://www.googleapis.com/auth/admin.directory.group";

/// A token server, and what it was asked for.
struct Server {
    port: u16,
    key: DecodingKey,
    asked: Mutex<usize>,
}

impl Server {
    fn token_url(&self) -> String {
        format!("http://127.0.0.1:{}/token", self.port)
    }
}

async fn token(
    State(server): State<Arc<Server>>,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let names: Vec<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["grant_type", "assertion"]);
    assert_eq!(form[0].1, "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let header = decode_header(&form[1].1).unwrap();
    assert_eq!(
        (header.alg, header.kid.as_deref()),
        (Algorithm::RS256, Some("key-1"))
    );
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[server.token_url()]);
    rules.set_issuer(&[ROBOT]);
    let claims = decode::<Value>(&form[1].1, &server.key, &rules)
        .unwrap()
        .claims;
    if claims["sub"] != ADMIN {
        let body = json!({"error": "unauthorized_client", "error_description": "Client is unauthorized to retrieve access tokens"});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    assert_eq!(claims["scope"], SCOPE);
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!(lifetime <= 3600, "{lifetime}");
    *server.asked.lock().unwrap() += 1;
    Json(json!({"access_token": "ya29.x", "token_type": "Bearer", "expires_in": 3599}))
        .into_response()
}

fn pem(der: &[u8]) -> String {
    let label = "PRIVATE KEY";
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

async fn serve() -> (Arc<Server>, String) {
    let rsa = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let key = DecodingKey::from_rsa_der(rsa.public_key().as_ref());
    let private = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der>::as_der(&rsa).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Arc::new(Server {
        port: listener.local_addr().unwrap().port(),
        key,
        asked: Mutex::default(),
    });
    let routes = Router::new()
        .route("/token", post(token))
        .route("/admin/directory/v1/users", get(async || Json(json!({}))))
        .with_state(Arc::clone(&server));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (server, pem(private.as_ref()))
}

fn secret(server: &Server, key: &str, subject: Option<&str>) -> Secret {
    let text = json!({
        "clientId": ROBOT, "privateKey": key, "keyId": "key-1", "tokenUrl": server.token_url(), "scope": SCOPE, "subject": subject,
    });
    serde_json::from_value(text).unwrap()
}

#[tokio::test]
async fn a_service_account_acts_as_the_administrator() {
    let (server, key) = serve().await;
    let system = open(server.port, json!({}), secret(&server, &key, Some(ADMIN)));
    for _ in 0..2 {
        assert_eq!(system.read(&who("1", "")).await.unwrap(), None);
    }
    assert_eq!(*server.asked.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_service_account_that_may_not_act_so_is_told_to_the_owner() {
    let (server, key) = serve().await;
    let system = open(
        server.port,
        json!({}),
        secret(&server, &key, Some("nobody@acme.example")),
    );
    let fault = system.list(None).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
    assert!(
        fault.to_string().contains("Client is unauthorized"),
        "{fault}"
    );
    let settings = Settings {
        name: "Google".into(),
        address: "https://admin.googleapis.com".into(),
        ..Settings::default()
    };
    let secret = secret(&server, &key, None);
    let fault = system_google::open(&settings, Some(secret), client().unwrap())
        .err()
        .unwrap();
    assert!(fault.to_string().contains("no `subject`"), "{fault}");
}
