//! Promise 9: a changed, removed or inserted record is found. Promise 10: secrets and personal data stay out of
//! execution input, history and logs.

use latchkey_lifecycle::{ChainFault, verify_chain};
use latchkey_tests::{Answers, Rehearsal, acme, sample};

#[tokio::test]
async fn the_chains_of_a_closed_case_are_whole_and_any_tampering_shows() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), None).await;
    let trails = it.stack.ledger.audit_trail(&hire).await.unwrap();
    assert!(trails.iter().all(|t| t.fault.is_none()));
    // The record that closes the case names the head of every task's chain.
    let closing = &trails[0].records.last().unwrap().body;
    assert_eq!(closing.what, "closed");
    for trail in trails.iter().filter(|t| t.task.is_some()) {
        let task = trail.task.as_ref().unwrap().as_str();
        let head = &closing.detail["tasks"][task];
        let last = trail.records.last().unwrap();
        assert_eq!(
            (&head["hash"], &head["records"]),
            (&last.hash.clone().into(), &last.seq.into()),
            "{task}"
        );
    }
    for trail in trails.iter().filter(|t| t.records.len() > 2) {
        let whole = &trail.records;
        let (seq, head) = (
            whole.last().unwrap().seq,
            whole.last().unwrap().hash.clone(),
        );
        let tamper: [fn(&mut Vec<_>); 5] = [
            |records: &mut Vec<latchkey_lifecycle::AuditRecord>| records[1].body.text.push('.'),
            |records| records[1].body.by = "Nobody".into(),
            |records| drop(records.remove(1)),
            |records| drop(records.pop()),
            |records| records.insert(1, records[0].clone()),
        ];
        assert_eq!(verify_chain(whole, seq, &head), Ok::<(), ChainFault>(()));
        for change in tamper {
            let mut records = whole.clone();
            change(&mut records);
            assert!(
                verify_chain(&records, seq, &head).is_err(),
                "{:?}",
                trail.task
            );
        }
    }
}

#[tokio::test]
async fn nothing_personal_or_secret_reaches_an_execution() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let mut names = Vec::new();
    for file in [
        "hire.json",
        "transfer.json",
        "exit.json",
        "urgent-exit.json",
    ] {
        let case = it.take_in(file).await;
        names.push(format!("{case}-r1"));
    }
    it.play(&mut Answers::willing(), None).await;
    let mut personal: Vec<String> = Vec::new();
    for file in [
        "hire.json",
        "transfer.json",
        "exit.json",
        "urgent-exit.json",
    ] {
        let person = &sample(file)["data"];
        for field in [
            "given_name",
            "family_name",
            "personal_email",
            "work_email",
            "title",
        ] {
            personal.extend(person["person"][field].as_str().map(str::to_owned));
        }
        personal.extend(person["reason"].as_str().map(str::to_owned));
    }
    assert!(personal.len() > 10);
    personal.push("@acme.example".into());
    personal.push("Somebody in".into());
    personal.extend(it.stack.keys.text("links").unwrap());
    personal.extend(it.stack.keys.text("hooks/generic").unwrap());
    for name in &names {
        let described = it.stack.engine.describe(name).unwrap();
        let history = it.stack.engine.history(name);
        assert!(history.len() > 20, "{name}");
        let text = serde_json::to_string(&(described, history)).unwrap();
        for word in &personal {
            assert!(!text.contains(word.as_str()), "{name}: {word}");
        }
    }
}
