//! Licences.

use latchkey_lifecycle::{Change, Entitlement};
use latchkey_systems::{Fault, Settings, client};
use serde_json::{Value, json};

use crate::workspace::{CUSTOMER, Org, at, changes, start, who, zoe};

const ZOE: &str = "zoe@acme.example";
const STARTER: &str = "licence:Google-Apps/1010020027";
const VOICE: &str = "licence:101033/1010330003";

type Spoil = fn(&mut Org);

fn settings() -> Value {
    json!({"customer": CUSTOMER, "licences": ["Google-Apps/1010020027", "101033/1010330003", "Google-Apps/1010020028"]})
}

fn give(name: &str) -> Change {
    Change::Grant {
        entitlement: name.into(),
    }
}

fn take(name: &str) -> Change {
    Change::Revoke {
        entitlement: name.into(),
    }
}

#[tokio::test]
async fn licences_are_given_and_taken_twice_without_an_error_and_listed() {
    let (system, org) = start(zoe(), settings()).await;
    let zoe_is = at("101", ZOE);
    for name in [STARTER, VOICE] {
        for _ in 0..2 {
            system.apply(Some(&zoe_is), &give(name)).await.unwrap();
        }
    }
    let seen = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    let want = [STARTER, VOICE, "group:sales@acme.example"]
        .map(Entitlement::from)
        .into();
    assert_eq!(seen.account.entitlements, want);
    assert_eq!(system.list(None).await.unwrap().accounts, [seen]);
    for name in [STARTER, VOICE] {
        for _ in 0..2 {
            system.apply(Some(&zoe_is), &take(name)).await.unwrap();
        }
    }
    assert!(org.lock().unwrap().licences.is_empty());
    // One more call for each licence, all in one more request.
    let so_far = || {
        let org = org.lock().unwrap();
        (org.calls.len(), org.requests.len())
    };
    let (calls, requests) = so_far();
    system.read(&who("1", ZOE)).await.unwrap();
    assert_eq!(so_far(), (calls + 3 + 3, requests + 2));
}

#[tokio::test]
async fn what_cannot_be_given_is_said() {
    let full = |org: &mut Org| org.seats = [("1010020027".to_owned(), 0)].into();
    let other = |org: &mut Org| {
        org.licences = [(
            "Google-Apps".to_owned(),
            "1010020028".to_owned(),
            ZOE.to_owned(),
        )]
        .into();
    };
    let cases: [(Spoil, &str); 2] = [(full, "no seat left"), (other, "nobody can have two")];
    for (spoil, want) in cases {
        let mut org = zoe();
        spoil(&mut org);
        let (system, _) = start(org, settings()).await;
        let fault = system
            .apply(Some(&at("101", ZOE)), &give(STARTER))
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
        assert!(fault.to_string().contains(want), "{fault}");
    }
    let (system, org) = start(zoe(), settings()).await;
    for change in [
        give("licence:Google-Vault/Google-Vault"),
        take("licence:Google-Vault/Google-Vault"),
        give("role:ADMIN"),
    ] {
        let fault = system
            .apply(Some(&at("101", ZOE)), &change)
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
    }
    assert!(changes(&org).is_empty());
    // A new account is not known to licences at once.
    let fault = system
        .apply(Some(&at("7", "new@acme.example")), &give(STARTER))
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::NotYet { .. }), "{fault}");
}

#[test]
fn settings_that_cannot_be_are_refused() {
    for (settings, want) in [
        (
            json!({"licences": ["Google-Apps/1010020027"]}),
            "needs the setting `customer`",
        ),
        (
            json!({"customer": CUSTOMER, "licences": ["Google-Apps"]}),
            "PRODUCT/SKU",
        ),
        (json!({"leavers": "Leavers"}), "begins with /"),
        (
            json!({"hand_over": "boss"}),
            "manager, or an e-mail address",
        ),
    ] {
        let settings = Settings {
            name: "Google".into(),
            address: "https://admin.googleapis.com".into(),
            settings: serde_json::from_value(settings).unwrap(),
            ..Settings::default()
        };
        let fault = system_google::open(&settings, None, client().unwrap())
            .err()
            .unwrap();
        assert!(fault.to_string().contains(want), "{fault}");
    }
}
