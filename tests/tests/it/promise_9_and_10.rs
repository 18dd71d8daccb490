//! Promise 9: a changed, removed or inserted record is found. Promise 10: secrets and personal data stay out of
//! execution input, history and logs.

use latchkey_lifecycle::{ChainFault, TaskState, What, verify_chain};
use latchkey_systems::Fault;
use latchkey_tests::{Answers, Rehearsal, acme, form_of, sample};
use serde_json::json;
use tracing::Level;
use tracing_subscriber::{filter::Targets, fmt::format::FmtSpan};

use crate::log::Log;

#[tokio::test]
async fn the_chains_of_a_closed_case_are_whole_and_any_tampering_shows() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), None).await;
    let trails = it.stack.ledger.audit_trail(&hire).await.unwrap();
    assert!(trails.iter().all(|t| t.fault.is_none()));
    // The record that closes the case names the head of every task's chain.
    let closing = &trails[0].records.last().unwrap().body;
    assert_eq!(closing.what, What::Closed);
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

/// What each personal field and each secret has in it, and nothing else.
const CANARY: &str = "anary";

/// An event of somebody whose every field that can be is a canary.
fn canary(file: &str) -> serde_json::Value {
    let mut event = sample(file);
    event["data"]["reason"] = json!("Canaryreason");
    event["data"]["person"] = json!({
        "given_name": "Canarygiven",
        "family_name": "Canaryfamily",
        "personal_email": "canarypersonal@private.example",
        "work_email": "canarywork@acme.example",
        "department": "Sales",
        "title": "Canarytitle",
        "level": "Canarylevel",
        "employment_type": "employee",
        "country": "DE",
        "location": "Canarylocation",
        "time_zone": "Europe/Berlin",
        "manager": "1003",
        "manager_email": "canarymanager@acme.example",
    });
    event
}

/// Whatever happens to somebody, and whatever fails meanwhile: what is logged, the spans of traces, histories and
/// inputs of executions name ids and kinds, and no word of theirs.
#[allow(clippy::too_many_lines, reason = "a table")]
#[tokio::test]
async fn no_word_of_a_person_and_no_secret_reaches_a_log_a_trace_or_an_execution() {
    let log = Log::default();
    let ours = [
        "intake", "plan", "ask", "verify", "close", "sweep", "drop", "console",
    ];
    let crates = [
        "ledger", "runtime", "embedded", "engine", "systems", "hris", "runbook",
    ];
    let crates = crates.iter().map(|name| format!("latchkey_{name}"));
    let all = ours.iter().map(|name| (*name).to_owned()).chain(crates);
    let filter = Targets::new()
        .with_default(Level::INFO)
        .with_targets(all.map(|target| (target, Level::TRACE)));
    let _listening = log.listen(filter, FmtSpan::FULL);

    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let refuses = |what: &str| Fault::Rejected {
        system: "chat".into(),
        problem: format!("no such user Canary{what}"),
    };
    it.systems
        .get("chat")
        .fail_with(["one", "two", "three"].map(refuses));
    let mut executions = Vec::new();
    for file in ["hire.json", "transfer.json", "urgent-exit.json"] {
        let case = it.confirm(canary(file)).await.unwrap();
        executions.push(format!("{case}-r1"));
        // Somebody writes what they like, and nobody answers at first.
        let mut forms = Answers::by(|sent, _, task| {
            let late = sent.letter.subject.starts_with("MISSED");
            late.then(|| {
                let mut form = form_of(task, "done");
                // Who confirms is somebody else than who did it.
                let word = match task.state {
                    TaskState::Confirming => "Canaryconfirmation",
                    _ => "Canaryanswer",
                };
                form.iter_mut()
                    .filter(|(name, _)| name == "by" || name.starts_with("field."))
                    .for_each(|(_, value)| {
                        if value == "X1" || value.starts_with("Somebody") {
                            *value = word.to_owned();
                        }
                    });
                form.push(("note".to_owned(), "Canarynote".to_owned()));
                form
            })
        });
        it.play(&mut forms, Some(it.later(24 * 20))).await;
    }
    // What is refused is not told of either.
    for wrong in [
        json!({"type": "person.hired", "timestamp": "Canarytime", "data": {"employee_id": "7"}}),
        json!({"type": "person.hired", "timestamp": it.now(), "data": {"employee_id": "Canary id"}}),
        json!({"type": "person.hired", "timestamp": it.now(), "data": {"employee_id": "7", "effective_date": "Canaryday"}}),
        json!({"type": "person.hired", "timestamp": it.now(), "data": {"employee_id": "7", "person": {"given_name": ["Canary"]}}}),
        json!("Canary"),
    ] {
        let (status, _) = it.send("msg_wrong", &wrong).await;
        assert!((400..500).contains(&status), "{status} {wrong}");
    }
    let report = sweep::handle(&it.stack.sweep_deps(), &sweep::Request::default()).await;
    report.unwrap();

    let mut secrets: Vec<String> = Vec::new();
    secrets.extend(it.stack.keys.text("links").unwrap());
    secrets.extend(it.stack.keys.text("hooks/generic").unwrap());
    assert_eq!(secrets.len(), 2);
    let mut told = vec![("the log".to_owned(), log.text())];
    assert!(
        told[0].1.contains("taken in") && told[0].1.contains("not carried out"),
        "it hears"
    );
    for name in &executions {
        let described = it.stack.engine.describe(name).unwrap();
        let history = it.stack.engine.history(name);
        told.push((name.clone(), json!([described, history]).to_string()));
    }
    for (what, text) in told {
        let lines = text.lines().filter(|line| {
            line.contains(CANARY) || secrets.iter().any(|secret| line.contains(secret.as_str()))
        });
        let lines: Vec<&str> = lines.collect();
        assert!(lines.is_empty(), "{what}: {lines:#?}");
    }
}
