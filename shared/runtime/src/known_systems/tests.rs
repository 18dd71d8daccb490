use latchkey_runbook::Source;
use latchkey_systems::{Bound, SecretError, simulated::Simulated};

use super::*;

const YAML: &str = r#"company: Small
time_zone: Europe/Berlin
hr: it
operations: it
teams:
  it: {email: it@small.example}
systems:
  chat: {kind: scim, address: "ADDRESS", secret: acme/chat, owner: it}
roles:
  everyone: {gets: {chat: [general]}}
hire:
  all: {grant: all, opens: 2 days before start, due: start}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
brake: {within: 24 hours, exits: 5, urgent_exits: 1, transfers: 9, confirm: it}
"#;

/// One secret, for every name.
struct One(&'static str);

#[async_trait]
impl Secrets for One {
    async fn get(&self, name: &str) -> Result<Bound, SecretError> {
        Bound::parse(name, self.0)
    }
}

fn opener(
    _: &Settings,
    secret: Option<Secret>,
    _: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    assert!(secret.is_some());
    Ok(Arc::new(Simulated::default()))
}

/// What opening a system at an address comes to, and what is said.
async fn opened(address: &str, secret: &'static str, loopback: Loopback) -> Result<(), Fault> {
    let text = YAML.replace("ADDRESS", address);
    let source = Source::from_files([("runbook.yaml".to_owned(), text)].into());
    // One that is in the ledger may say what is refused today.
    let runbook = Runbook::published(&source).runbook.unwrap();
    let systems = KnownSystems::new(opener, Arc::new(One(secret)), loopback).unwrap();
    let system = SystemId::new("chat").unwrap();
    systems.open(&runbook, &system).await.map(|_| ())
}

const BOUND: &str = r#"{"token": "t0ken", "hosts": ["chat.small.example", "127.0.0.1"]}"#;

#[tokio::test]
async fn a_kind_is_given_a_secret_only_for_the_hosts_that_the_secret_names() {
    let open = async |address, secret| opened(address, secret, Loopback::Encrypted).await;
    assert_eq!(open("https://chat.small.example/scim", BOUND).await, Ok(()));
    for (address, secret) in [
        ("https://evil.example/scim", BOUND),
        ("https://chat.small.example/scim", "t0ken"),
        ("https://chat.small.example/scim", r#"{"token": "t0ken"}"#),
    ] {
        let fault = open(address, secret).await.unwrap_err();
        assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
        assert!(!fault.to_string().contains("t0ken"), "{fault}");
    }
}

#[tokio::test]
async fn what_no_system_is_at_is_not_called_whatever_the_runbook_in_the_ledger_says() {
    for address in [
        "https://169.254.169.254/scim",
        "https://[fd00:ec2::254]/scim",
        "https://chat.small.example@evil.example/scim",
        "https://u:p@chat.small.example/scim",
    ] {
        let fault = opened(address, BOUND, Loopback::Open).await.unwrap_err();
        assert!(
            matches!(fault, Fault::Rejected { .. }),
            "{address}: {fault}"
        );
    }
    let here = "http://127.0.0.1:8080/scim";
    let fault = opened(here, BOUND, Loopback::Encrypted).await.unwrap_err();
    assert!(fault.to_string().contains("--loopback"), "{fault}");
    assert_eq!(opened(here, BOUND, Loopback::Open).await, Ok(()));
}
