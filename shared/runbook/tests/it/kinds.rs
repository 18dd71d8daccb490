//! What a runbook says about a system has to fit its kind.

use latchkey_runbook::{Runbook, Source};

const YAML: &str = r#"company: Small
time_zone: Europe/Berlin
hr: it
operations: it
teams:
  it: {email: it@small.example}
systems:
  chat:
    kind: scim
    address: https://chat.small.example/scim
    secret: chat
    dialect: slack
    owner: it
    settings: {page: 50}
roles:
  everyone: {gets: {chat: [general, "group:member"]}}
hire:
  all: {grant: all, opens: 2 days before start, due: start}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
brake: {within: 24 hours, exits: 5, urgent_exits: 1, transfers: 9, confirm: it}
"#;

fn said(from: &str, to: &str) -> String {
    assert!(YAML.contains(from), "{from}");
    let files = [("runbook.yaml".to_owned(), YAML.replacen(from, to, 1))];
    let checked = Runbook::check(&Source::from_files(files.into()));
    let lines: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
    assert_eq!(checked.runbook.is_none(), !lines.is_empty(), "{lines:?}");
    lines.join("\n")
}

#[test]
fn what_fits_is_taken() {
    assert_eq!(said("page: 50", "page: 50"), "");
    assert_eq!(said("    dialect: slack\n", ""), "");
    let miro = said("dialect: slack", "dialect: miro");
    assert_eq!(miro, "");
}

#[test]
fn a_dialect_has_what_its_vendor_has() {
    let miro = "    dialect: miro\n    settings: {attributes: [displayName, title]}\n";
    let yaml = "    dialect: slack\n    owner: it\n    settings: {page: 50}\n";
    assert_eq!(
        said(yaml, &format!("    owner: it\n{miro}")),
        "runbook.yaml:14:16: error: system `chat` does not keep `title`; there are: department, displayName"
    );
}

#[test]
fn what_does_not_fit_is_said_with_its_place() {
    for (from, to, want) in [
        (
            "kind: scim",
            "kind: skim",
            "runbook.yaml:9:11: error: unknown kind `skim` in system `chat`; did you mean `scim`?",
        ),
        (
            "dialect: slack",
            "dialect: slak",
            "runbook.yaml:12:14: error: unknown dialect `slak` in system `chat`; did you mean `slack`?",
        ),
        (
            "page: 50",
            "pages: 50",
            "runbook.yaml:14:16: error: unknown setting `pages` in system `chat`; did you mean `page`?",
        ),
        (
            "page: 50",
            "page: many",
            "runbook.yaml:14:16: error: the setting `page` in system `chat` has to be a whole number",
        ),
        (
            "https://chat.small.example/scim",
            "ftp://chat.small.example",
            "runbook.yaml:10:14: error: `ftp://chat.small.example` in system `chat` is not an address such as https://directory.acme.example/scim/v2",
        ),
        (
            "    address: https://chat.small.example/scim\n",
            "",
            "runbook.yaml:8:3: error: system `chat` lacks `address`, where Latchkey calls it",
        ),
        (
            "    secret: chat\n",
            "",
            "runbook.yaml:8:3: error: system `chat` lacks `secret`, the name of what Latchkey shows it",
        ),
        (
            "group:member",
            "role:member",
            "runbook.yaml:16:37: error: `role:member` is nothing that `chat` can give: the dialect `slack` has group",
        ),
        (
            "page: 50",
            "attributes: [displayname]",
            "runbook.yaml:14:16: error: unknown attribute `displayname` in system `chat`; did you mean `displayName`?",
        ),
    ] {
        assert_eq!(said(from, to), want);
    }
}

/// How bad it is, and in which words.
fn address(address: &str) -> String {
    said_of(&YAML.replacen("https://chat.small.example/scim", address, 1))
}

#[test]
fn an_address_that_no_secret_may_go_to_is_refused_and_a_password_in_it_is_not_repeated() {
    for (given, want) in [
        ("http://chat.small.example/scim", "without encryption"),
        ("https://169.254.169.254/scim", "no place for a system"),
        ("https://2852039166/scim", "no place for a system"),
        ("\"https://[fd00:ec2::254]/scim\"", "no place for a system"),
        (
            "https://metadata.google.internal/scim",
            "no place for a system",
        ),
        (
            "https://ann:hunter2@chat.small.example",
            "belongs into the secret",
        ),
        ("ann:hunter2@chat.small.example", "is none such as"),
    ] {
        let told = address(given);
        assert!(told.starts_with("runbook.yaml:10:14: error: "), "{told}");
        assert!(told.contains(want) && !told.contains("hunter2"), "{told}");
    }
    // Whether it may be called depends on where this runbook is used.
    let here = address("http://127.0.0.1:8080/scim");
    assert!(
        here.starts_with("runbook.yaml:10:14: warning: ") && here.contains("--loopback"),
        "{here}"
    );
    assert_eq!(address("https://10.1.2.3/scim"), "");
}

#[test]
fn a_directory_that_is_called_in_the_open_is_refused() {
    let ldap = |address: &str, settings: &str| {
        let from = "    kind: scim\n    address: https://chat.small.example/scim\n    secret: chat\n    dialect: slack\n    owner: it\n    settings: {page: 50}\n";
        let to = format!(
            "    kind: ldap\n    address: {address}\n    secret: chat\n    owner: it\n    settings: {{people: \"ou=people,dc=x\", groups: \"ou=groups,dc=x\"{settings}}}\n"
        );
        said_of(&YAML.replacen(from, &to, 1))
    };
    assert!(ldap("ldap://ldap.small.example", "").contains("ldaps"));
    assert!(!ldap("ldap://ldap.small.example", ", start_tls: true").contains("encryption"));
    assert!(!ldap("ldaps://ldap.small.example", "").contains("encryption"));
    assert!(ldap("ldaps://169.254.169.254", "").contains("no place for a system"));
}

fn said_of(yaml: &str) -> String {
    let files = [("runbook.yaml".to_owned(), yaml.to_owned())];
    let checked = Runbook::check(&Source::from_files(files.into()));
    let all: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
    all.join("\n")
}

#[test]
fn a_secret_that_was_pasted_into_a_runbook_is_warned_of_and_not_repeated() {
    let token = "xoxb-2041-7734-Vt3qk0XyHq9sLr2mZw8BfN1d";
    let told = said_of(&YAML.replacen("secret: chat", &format!("secret: {token}"), 1));
    assert!(told.starts_with("runbook.yaml:11:13: warning: "), "{told}");
    assert!(
        told.contains("only its name") && !told.contains(token),
        "{told}"
    );
    let told = said_of(&YAML.replacen("secret: chat", "secret: the chat's", 1));
    assert!(told.contains("no name that a secret can have"), "{told}");
}

#[test]
fn a_runbook_that_was_published_is_read_when_the_check_has_become_stricter() {
    let yaml = YAML.replacen("https://chat.small.example", "http://chat.small.example", 1);
    let source = Source::from_files([("runbook.yaml".to_owned(), yaml)].into());
    assert!(Runbook::check(&source).runbook.is_none());
    let published = Runbook::published(&source);
    assert_eq!(published.runbook.unwrap().systems().count(), 1);
    assert!(
        published
            .problems
            .iter()
            .any(latchkey_runbook::Problem::is_error)
    );
}
