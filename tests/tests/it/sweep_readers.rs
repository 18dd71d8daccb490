//! A team whose letters reach nobody is a finding, as long as it is so, whoever else reads theirs.

use async_trait::async_trait;
use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{Finding, FindingKind, FindingState};
use latchkey_runtime::{Failure, Gets, Subscription, Subscriptions};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::json;
use sweep::{Request, in_words};

struct Topic(Result<Vec<Subscription>, Failure>);

#[async_trait]
impl Subscriptions for Topic {
    async fn subscriptions(&self) -> Result<Vec<Subscription>, Failure> {
        self.0.clone()
    }
}

fn one(endpoint: &str, teams: &[&str]) -> Subscription {
    Subscription {
        endpoint: endpoint.into(),
        gets: match teams {
            [] => Gets::Unconfirmed,
            teams => Gets::Filtered(json!({ "team": teams })),
        },
    }
}

async fn sweeps(it: &mut Rehearsal, topic: Topic) -> Result<sweep::Report, Failure> {
    let deps = sweep::Deps {
        subscriptions: Some(&topic),
        ..it.stack.sweep_deps()
    };
    let report = sweep::handle(&deps, &Request::default()).await;
    // Letters are heard while time passes.
    it.play(&mut Answers::none(), Some(it.now())).await;
    report
}

async fn unread(it: &Rehearsal) -> Vec<Finding> {
    let ledger = &it.stack.ledger;
    let page = ledger.findings(Shelf::Open, Where::Everywhere, None).await;
    let mut found = page.unwrap().findings;
    found.retain(|f| f.seen.kind == FindingKind::NoReader);
    found.sort_by(|a, b| a.seen.handle.cmp(&b.seen.handle));
    found
}

fn teams(found: &[Finding]) -> Vec<&str> {
    found
        .iter()
        .filter_map(|f| f.seen.handle.as_deref())
        .collect()
}

/// Everybody whom letters of the sample are written to, each with a subscription, but for those that are left out.
fn everybody_but(left_out: &[&str]) -> Vec<Subscription> {
    let all = READ.iter().filter(|team| !left_out.contains(team));
    all.map(|team| one("reader@acme.example", &[team]))
        .collect()
}

const READ: [&str; 17] = [
    "people",
    "it",
    "security",
    "facilities",
    "payroll",
    "finance",
    "controlling",
    "sales-ops",
    "platform",
    "head-of-people@acme.example",
    "cio@acme.example",
    "ciso@acme.example",
    "coo@acme.example",
    "cfo@acme.example",
    "cro@acme.example",
    "cto@acme.example",
    "managers",
];

#[tokio::test]
async fn a_team_without_a_reader_is_found_told_and_forgotten_again() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let mut subscribed = everybody_but(&["finance", "managers"]);
    // Three who read one team's letters make up for nobody.
    subscribed.extend((0..3).map(|n| one(&format!("{n}@acme.example"), &["people"])));
    subscribed.push(one("finance-systems@acme.example", &[]));
    let report = sweeps(&mut it, Topic(Ok(subscribed.clone())))
        .await
        .unwrap();
    assert_eq!(report.readers.unwrap().opened, 2);
    let found = unread(&it).await;
    assert_eq!(teams(&found), ["finance", "managers"]);
    assert_eq!(
        found.iter().map(in_words).collect::<Vec<_>>(),
        [
            "Letters to finance reach nobody: the subscription of finance-systems@acme.example is not confirmed.",
            "Letters to managers reach nobody: no confirmed subscription is for them; not confirmed: finance-systems@acme.example.",
        ]
    );
    let letters = it.letters_about("2 findings in whom letters reach");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].letter.team, "it");
    assert!(
        letters[0].letter.text.contains("ReaderTeams"),
        "{}",
        letters[0].letter.text
    );

    // What cannot be seen closes nothing, and neither does a sweep that does not look.
    let busy = Failure::Busy("Throttling".into());
    assert!(sweeps(&mut it, Topic(Err(busy))).await.is_err());
    sweep::handle(&it.stack.sweep_deps(), &Request::default())
        .await
        .unwrap();
    assert_eq!(teams(&unread(&it).await), ["finance", "managers"]);

    subscribed.pop();
    subscribed.push(one(
        "finance-systems@acme.example",
        &["finance", "managers"],
    ));
    let report = sweeps(&mut it, Topic(Ok(subscribed))).await.unwrap();
    assert_eq!(report.readers.unwrap().closed, 2);
    assert_eq!(unread(&it).await, []);
}

#[tokio::test]
async fn when_the_operations_team_hears_nothing_another_team_is_told() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let topic = Topic(Ok(everybody_but(&["it", "cfo@acme.example"])));
    sweeps(&mut it, topic).await.unwrap();
    let found = unread(&it).await;
    assert_eq!(teams(&found), ["cfo@acme.example", "it"]);
    assert_eq!(
        (found[0].owner.as_str(), found[0].state),
        ("people", FindingState::Open)
    );
    assert_eq!(
        it.letters_about("2 findings in whom letters reach")[0]
            .letter
            .team,
        "people"
    );
}
