//! A GitHub App in a token's place.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::DecodingKey;
use latchkey_systems::{Fault, Secret};
use serde_json::json;

use crate::{
    bodies::error,
    organisation::{Shared, acme, serve},
    people::{open, who},
};

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

fn secret(port: u16, private_key: String, installation: &str) -> Secret {
    Secret::PrivateKey {
        client_id: "Iv23app".into(),
        private_key,
        token_url: format!(
            "http://127.0.0.1:{port}/app/installations/{installation}/access_tokens"
        ),
        scope: None,
        key_id: None,
        subject: None,
    }
}

async fn with_app() -> (u16, Shared, String) {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<Pkcs8V1Der>::as_der(&key).unwrap();
    let mut org = acme();
    org.tokens.clear();
    org.app = Some((DecodingKey::from_rsa_der(key.public_key().as_ref()), 0));
    org.members.insert("zoe".to_owned(), "member".to_owned());
    let (port, org) = serve(org).await;
    (port, org, pem(der.as_ref()))
}

#[tokio::test]
async fn an_apps_token_is_had_once_and_renewed_when_it_ends() {
    let (port, org, key) = with_app().await;
    let system = open(port, json!({}), secret(port, key, "42")).unwrap();
    assert!(system.read(&who("zoe")).await.unwrap().is_some());
    assert!(system.read(&who("zoe")).await.unwrap().is_some());
    assert_eq!(org.lock().unwrap().app.as_ref().unwrap().1, 1);
    org.lock().unwrap().tokens.clear();
    assert!(system.read(&who("zoe")).await.unwrap().is_some());
    assert_eq!(org.lock().unwrap().app.as_ref().unwrap().1, 2);
    let probes = system.probe().await;
    assert!(probes.iter().all(|probe| probe.came.is_ok()), "{probes:?}");
}

#[tokio::test]
async fn an_app_that_cannot_be_used_is_told_without_its_key() {
    let (port, org, key) = with_app().await;
    let other = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let other = AsDer::<Pkcs8V1Der>::as_der(&other).unwrap();
    for (private_key, installation, words) in [
        ("hidden".to_owned(), "42", "no PEM"),
        (pem(other.as_ref()), "42", "401"),
        (key.clone(), "43", "no such installation"),
    ] {
        let secret = secret(port, private_key, installation);
        let system = open(port, json!({}), secret).unwrap();
        let fault = system.read(&who("zoe")).await.unwrap_err();
        assert!(matches!(&fault, Fault::Unauthorized { .. }), "{fault}");
        let text = format!("{fault:?}{fault}");
        assert!(text.contains(words) && !text.contains("hidden"), "{text}");
    }
    org.lock().unwrap().wrong = vec![(Method::POST, "42", || error(500, "Server Error"))];
    let system = open(port, json!({}), secret(port, key, "42")).unwrap();
    let fault = system.read(&who("zoe")).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
}

#[test]
fn what_is_neither_a_token_nor_an_app_is_refused() {
    let basic = Secret::Basic {
        username: "u".into(),
        password: "p".into(),
    };
    let fault = open(9, json!({}), basic).err().unwrap();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
}
