//! What is wrong with the description of an API, said with its place in its file.

use latchkey_runbook::{Checked, Runbook, Source};

const RUNBOOK: &str = r#"company: Small
time_zone: Europe/Berlin
hr: it
operations: it
teams:
  it: {email: it@small.example}
systems:
  hub: {kind: http, address: "https://hub.small.example/api", secret: hub, owner: it, settings: {api: hub.yaml}}
roles:
  everyone: {gets: {hub: [staff]}}
hire:
  all: {grant: all, opens: 2 days before start, due: start}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
brake: {within: 24 hours, exits: 5, urgent_exits: 1, transfers: 9, confirm: it}
"#;
const HUB: &str = r#"api: Hub 1
sign_in: bearer
account: {handle: id, name: login, employee_id: staff, attributes: {title: job}}
find:
  by_name: {call: "GET /users/{account.name}"}
list:
  call: GET /users
  at: users
create: {call: POST /users, json: {login: "{account.name}"}}
update:
  all: {call: "PUT /users/{account.handle}", json: {job: "{attribute.title}", staff: "{account.employee_id}"}}
delete: {call: "DELETE /users/{account.handle}"}
entitlements:
  group:
    at: groups
    grant: {call: "PUT /groups/{entitlement.name}/{account.handle}"}
    revoke: {call: "DELETE /groups/{entitlement.name}/{account.handle}"}
answers:
  - {status: 409, means: done}
"#;

fn check(runbook: &str, hub: &str) -> Checked {
    let files = [("runbook.yaml", runbook), ("hub.yaml", hub)];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    Runbook::check(&Source::from_files(files.into()))
}

fn said(from: &str, to: &str) -> String {
    assert!(HUB.contains(from) || RUNBOOK.contains(from), "{from}");
    let checked = check(&RUNBOOK.replacen(from, to, 1), &HUB.replacen(from, to, 1));
    let lines: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
    assert_eq!(checked.runbook.is_none(), !lines.is_empty(), "{lines:?}");
    lines.join("\n")
}

#[test]
fn what_is_described_becomes_the_systems_setting() {
    let checked = check(RUNBOOK, HUB);
    assert_eq!(checked.problems, []);
    let runbook = checked.runbook.unwrap();
    let (_, hub) = runbook.systems().next().unwrap();
    assert_eq!(hub.settings["api"]["account"]["handle"], "id");
    assert_eq!(hub.settings["api"]["answers"][0]["status"], 409);
    // Where nothing is shown, there need be no secret.
    let open = HUB.replacen("sign_in: bearer", "sign_in: none", 1);
    let without = RUNBOOK.replacen(" secret: hub,", "", 1);
    assert_eq!(check(&without, &open).problems, []);
}

#[test]
fn each_mistake_is_said_with_its_place() {
    for (from, to, want) in [
        (
            "api: hub.yaml",
            "api: hup.yaml",
            "runbook.yaml:8:98: error: there is no hup.yaml in the runbook's directory, for system `hub`",
        ),
        (
            "[staff]",
            "[\"role:staff\"]",
            "runbook.yaml:10:27: error: `role:staff` is nothing that `hub` can give: the description of its API has group",
        ),
        ("settings: {api", "rename: follow, settings: {api", ""),
        (
            "api: Hub 1\n",
            "",
            "hub.yaml:1:1: error: the description lacks `api`",
        ),
        (
            "    revoke: {call: \"DELETE /groups/{entitlement.name}/{account.handle}\"}\n",
            "",
            "hub.yaml:15:5: error: `group` lacks `revoke`",
        ),
        (
            "  at: users",
            "  ats: users",
            "hub.yaml:8:3: error: unknown line `ats` in `list`; did you mean `at`?",
        ),
        (
            "sign_in: bearer",
            "sign_in: barer",
            "hub.yaml:2:10: error: `sign_in` cannot be `barer`; did you mean `bearer`?",
        ),
        (
            "means: done",
            "means: fine",
            "hub.yaml:19:26: error: `means` cannot be `fine`; it takes: done, not_there, busy, unreachable, rejected, unauthorized, conflict, not_yet",
        ),
        (
            "{login: \"{account.name}\"}",
            "{login: \"{account.nane}\"}",
            "hub.yaml:9:43: error: unknown name `{account.nane}`; did you mean `account.name`?",
        ),
        (
            "call: GET /users\n",
            "call: LIST /users\n",
            "hub.yaml:7:9: error: `LIST /users` is no call: it takes a method (GET, POST, PUT, PATCH, DELETE) and a path, e.g. `GET /users/{account.name}`",
        ),
        (
            "delete: {call: \"DELETE /users/{account.handle}\"}\n",
            "",
            "hub.yaml:1:1: error: nothing says how to `suspend` or how to `delete` an account: an exit could not cut it off",
        ),
        (
            "\ncreate:",
            "\n\tcreate:",
            "hub.yaml:9:1: error: a tab stands here, and YAML takes none: indent with spaces",
        ),
    ] {
        assert_eq!(said(from, to), want, "{to}");
    }
}

#[test]
fn accounts_that_cannot_follow_a_name_do_not() {
    let follows = RUNBOOK.replacen("settings: {api", "rename: follow, settings: {api", 1);
    let hub = HUB.replacen("  all: {call", "  title: {call", 1);
    let hub = hub.replacen(", staff: \"{account.employee_id}\"", "", 1);
    let checked = check(&follows, &hub);
    let said: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
    let want = "runbook.yaml:8:15: error: system `hub` renames accounts, and the description of its API does not say how: it lacks `name` under `update`";
    assert_eq!(said, [want]);
}
