//! `latchkey retire`: cases of people who have left go into an archive, the trail stays whole, and nothing else is
//! touched.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};

use latchkey_embedded::{JumpClock, Setup, Stack, file};
use latchkey_engine::Keep;
use latchkey_ledger::{
    Ledger,
    embedded::{self, by_hand},
};
use latchkey_lifecycle::{CaseId, CaseState};
use latchkey_rehearsal::{Answers, Rehearsal, SimulatedSystems};
use latchkey_runbook::{Runbook, Source};
use serde_json::{Value, json};

use crate::{kept, said};

/// A company's Latchkey whose people answer at once.
async fn company(dir: &Path, now: &str) -> Rehearsal {
    let source = Source::from_files([("runbook.yaml".to_owned(), kept::CLINIC.to_owned())].into());
    let checked = Runbook::check(&source).runbook.unwrap();
    let clock = JumpClock::at(now.parse().unwrap());
    let systems = SimulatedSystems::of(&checked, clock.clone());
    let stack = Stack::start(Setup {
        directory: dir.to_owned(),
        persistent: true,
        clock: Arc::new(clock.clone()),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        public_url: None,
        smtp: None,
        from: "Latchkey <latchkey@clinic.example>".into(),
        seed: 7,
        history: Keep::Off,
        systems: Some(Arc::new(systems.clone())),
        loopback: latchkey_address::Loopback::Encrypted,
        sign_in: None,
    });
    let stack = stack.await.unwrap();
    stack.publish(&source).await.unwrap();
    stack.resume().await.unwrap();
    Rehearsal::on(stack, clock, systems)
}

fn hire(employee: &str, day: &str) -> Value {
    let mut hire = kept::hire("Ward");
    hire["data"]["employee_id"] = json!(employee);
    hire["data"]["effective_date"] = json!(day);
    hire["data"]["person"]["family_name"] = json!(format!("Holm{employee}"));
    hire
}

fn exit(employee: &str, day: &str) -> Value {
    json!({ "type": "person.exiting", "data": { "employee_id": employee, "effective_date": day }})
}

/// The case of an event that HR tells now.
async fn told(it: &Rehearsal, id: &str, mut payload: Value) -> CaseId {
    payload["timestamp"] = json!(it.now());
    let (status, answer) = it.send(id, &payload).await.unwrap();
    assert_eq!(status, 202, "{answer}");
    CaseId::new(answer["case"].as_str().unwrap()).unwrap()
}

/// The ledger, beside another connection of this process that may still be about to close.
async fn ledger_in(dir: &Path) -> Ledger {
    embedded::open(Some(&dir.join(file::LEDGER))).await.unwrap()
}

/// Everything that the ledger has on a case.
async fn everything(dir: &Path, case: &CaseId) -> String {
    let ledger = ledger_in(dir).await;
    let row = ledger.case(case).await.unwrap();
    let tasks = ledger.tasks(case).await.unwrap();
    let trail = ledger.audit_trail(case).await.unwrap();
    format!("{row:?} {tasks:?} {trail:?}")
}

/// How many items lead to audit records of a case.
async fn ways_to(dir: &Path, case: &CaseId) -> usize {
    let ledger = ledger_in(dir).await;
    let (mut count, mut from) = (0, None);
    loop {
        let page = ledger.every_item(from).await.unwrap();
        let items = page.items.iter().map(|item| json!(item).to_string());
        count += items
            .filter(|item| item.contains("\"TRAIL#") && item.contains(case.as_str()))
            .count();
        match page.next {
            Some(next) => from = Some(next),
            None => return count,
        }
    }
}

fn run(dir: &Path, arguments: &[&str]) -> crate::Said {
    said(&[arguments, &["--dir", dir.to_str().unwrap()]].concat())
}

/// Somebody who left, somebody who works there, somebody who leaves next year.
async fn with_three(dir: &Path) -> [CaseId; 4] {
    let mut it = company(dir, kept::NOW).await;
    let gone = it.confirm(hire("31", "2026-12-07")).await.unwrap();
    let stays = it.confirm(hire("32", "2026-12-07")).await.unwrap();
    it.play(&mut Answers::willing(), None).await.unwrap();
    let left = it.confirm(exit("31", "2027-01-15")).await.unwrap();
    it.play(&mut Answers::willing(), None).await.unwrap();
    for case in [&gone, &stays, &left] {
        assert_eq!(it.case(case).await.unwrap().state, CaseState::Closed);
    }
    let leaves = it.confirm(exit("32", "2028-01-14")).await.unwrap();
    it.play(&mut Answers::willing(), Some(it.now()))
        .await
        .unwrap();
    [gone, left, stays, leaves]
}

#[tokio::test]
async fn who_has_left_goes_into_the_archive_and_the_trail_stays_whole() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    let [gone, left, stays, leaves] = with_three(dir).await;
    let kept_as_they_are = [
        everything(dir, &stays).await,
        everything(dir, &leaves).await,
    ];
    let before = everything(dir, &gone).await;
    assert!(before.contains("Holm31"));
    assert!(ways_to(dir, &gone).await > 4);

    let archive = dir.join("left.jsonl");
    let archive = archive.to_str().unwrap();
    let until = ["retire", "--closed-before"];
    let early = run(dir, &[&until[..], &["2027-01-01"]].concat());
    assert!(
        early.output.contains("0 cases of 0 people"),
        "{}",
        early.output
    );
    let dry = run(dir, &[&until[..], &["2027-06-01"]].concat());
    assert!(dry.output.contains("2 cases of 1 people"), "{}", dry.output);
    assert_eq!(everything(dir, &gone).await, before);

    let all = [
        &until[..],
        &["2027-06-01", "--archive", archive, "--by", "Olga"],
    ]
    .concat();
    let moved = run(dir, &all);
    assert_eq!(moved.status, Some(0), "{}", moved.errors);
    for case in [&gone, &left] {
        let now = everything(dir, case).await;
        assert!(!now.contains("Holm31") && !now.contains("Ida"), "{now}");
        // To the record that says so: by its kind, and by who did it.
        assert_eq!(ways_to(dir, case).await, 2);
    }
    assert_eq!(
        [
            everything(dir, &stays).await,
            everything(dir, &leaves).await
        ],
        kept_as_they_are
    );
    let text = std::fs::read_to_string(archive).unwrap();
    assert!(text.contains("Holm31") && !text.contains("Holm32"));

    let verified = run(dir, &["audit", "verify", "--archive", archive]);
    assert_eq!(
        verified.status,
        Some(0),
        "{}{}",
        verified.output,
        verified.errors
    );
    // Once more there is nothing to do.
    let again = run(dir, &all);
    assert!(
        again.output.contains("0 cases of 0 people"),
        "{}",
        again.output
    );
    assert_eq!(std::fs::read_to_string(archive).unwrap(), text);
    let shown = run(dir, &["case", left.as_str()]);
    assert_eq!(shown.status, Some(0), "{}", shown.errors);
    assert!(shown.output.contains("left.jsonl"), "{}", shown.output);
}

#[tokio::test]
async fn what_is_changed_in_an_archive_or_in_what_was_kept_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    let [gone, left, ..] = with_three(dir).await;
    let path = dir.join("left.jsonl");
    let archive = path.to_str().unwrap();
    let before = [
        "--closed-before",
        "2027-06-01",
        "--archive",
        archive,
        "--by",
        "Olga",
    ];
    let retire = [&["retire"], &before[..]].concat();
    assert_eq!(run(dir, &retire).status, Some(0));
    let verify = ["audit", "verify", "--archive", archive];

    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("Holm31", "Horn31")).unwrap();
    let found = run(dir, &verify);
    assert_eq!(found.status, Some(1), "{}", found.output);
    assert!(
        found.output.contains("the archive was changed"),
        "{}",
        found.output
    );
    std::fs::write(&path, &text).unwrap();
    assert_eq!(run(dir, &verify).status, Some(0));

    // Retiring was cut off: what is in the archive is still in the ledger. It is told, and the next run ends it.
    let ledger = ledger_in(dir).await;
    let line: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    let key = (line["pk"].as_str().unwrap(), line["sk"].as_str().unwrap());
    by_hand(&ledger, key, |_| Some(line["body"].clone()))
        .await
        .unwrap();
    let found = run(dir, &["audit", "verify"]);
    assert!(
        found.output.contains("rows of it are still here"),
        "{}",
        found.output
    );
    assert_eq!(run(dir, &retire).status, Some(0));
    assert_eq!(run(dir, &verify).status, Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);

    // The row that stayed, and its record.
    let pk = format!("CASE#{left}");
    let change = |body: Value, field: &str| {
        let mut body = body;
        body["item"][field] = json!("2020-01-01T00:00:00Z");
        Some(body)
    };
    by_hand(&ledger, (&pk, "CASE"), |body| change(body, "closedAt"))
        .await
        .unwrap();
    let found = run(dir, &["audit", "verify"]);
    assert!(
        found.output.contains("changed beside its trail"),
        "{}",
        found.output
    );
    let pk = format!("CASE#{gone}");
    let trail = ledger.case(&gone).await.unwrap().audit_seq;
    by_hand(&ledger, (&pk, &format!("AUDIT#CASE#{trail:08}")), |_| None)
        .await
        .unwrap();
    let found = run(dir, &["audit", "verify"]);
    assert!(
        found.output.contains("no record says so"),
        "{}",
        found.output
    );
}

#[tokio::test]
async fn who_comes_back_is_known_and_keeps_the_name() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    let [gone, ..] = with_three(dir).await;
    let named = ledger_in(dir).await.case(&gone).await.unwrap().item.names;
    let archive = dir.join("left.jsonl");
    let before = [
        "--closed-before",
        "2027-06-01",
        "--archive",
        archive.to_str().unwrap(),
        "--by",
        "Olga",
    ];
    assert_eq!(
        run(dir, &[&["retire"], &before[..]].concat()).status,
        Some(0)
    );

    let mut it = company(dir, "2027-07-01T08:00:00Z").await;
    let mut again = hire("31", "2027-08-02");
    again["type"] = json!("person.rehired");
    let back = told(&it, "back", again).await;
    assert_ne!(back, gone);
    it.play(
        &mut Answers::willing(),
        Some("2027-09-01T08:00:00Z".parse().unwrap()),
    )
    .await
    .unwrap();
    let case = it.case(&back).await.unwrap();
    assert_eq!(case.state, CaseState::Closed);
    assert!(
        named.is_some() && case.names == named,
        "{named:?}, then {:?}",
        case.names
    );
    let left = told(&it, "left", exit("31", "2027-09-10")).await;
    it.play(
        &mut Answers::willing(),
        Some("2027-10-01T08:00:00Z".parse().unwrap()),
    )
    .await
    .unwrap();
    assert_eq!(it.case(&left).await.unwrap().state, CaseState::Closed);
    drop(it);
    let verified = run(dir, &["audit", "verify"]);
    assert_eq!(verified.status, Some(0), "{}", verified.output);
}
