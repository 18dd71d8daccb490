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
