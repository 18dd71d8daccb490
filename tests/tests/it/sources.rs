//! What intake does with sources of several kinds: secrets that are offered, records that say nothing new, sources that
//! the runbook describes, deliveries of several events.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use http::HeaderMap;
use jiff::SignedDuration;
use latchkey_decisions::{Deps, NoSources, Reply, receive};
use latchkey_embedded::Keys;
use latchkey_hris::{
    MapSource, Outgoing, RecordError, RecordRequest, Records, Source as _, SourceSecret, source,
};
use latchkey_ledger::Shelf;
use latchkey_lifecycle::{Case, CaseId, EmployeeId, EventKind, PersonDraft, Revision};
use latchkey_runbook::Source;
use latchkey_runtime::{Begin, Execution, Word, Workflow, WorkflowError};
use latchkey_tests::{Rehearsal, acme};
use serde_json::{Value, json};

const SECRET: &str = "a secret that only the vendor and we know";

pub(crate) fn text(file: &str) -> String {
    fs::read_to_string(format!("{}/../events/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn fixture(file: &str) -> Value {
    serde_json::from_str(&text(file)).unwrap()
}

/// The records that a vendor would answer.
struct Answers(Value);

#[async_trait]
impl Records for Answers {
    async fn fetch(&self, _: RecordRequest) -> Result<Value, RecordError> {
        Ok(self.0.clone())
    }
}

fn answering(it: &Rehearsal, record: Value) -> Deps {
    Deps {
        records: Arc::new(Answers(record)),
        ..it.stack.intake.clone()
    }
}

/// Signs as the source does, and hands it in.
async fn deliver(deps: &Deps, name: &str, body: &Value) -> Reply {
    let body = body.to_string();
    let outgoing = Outgoing {
        id: "msg_1",
        sent_at: deps.clock.now(),
        body: body.as_bytes(),
    };
    let headers = source(name)
        .unwrap()
        .sign(&SourceSecret::new(SECRET), &outgoing)
        .unwrap();
    receive(deps, name, &headers, body.as_bytes()).await
}

pub(crate) async fn set_up(name: &str) -> Rehearsal {
    let it = Rehearsal::of(&acme()).await;
    it.stack
        .keys
        .set(&format!("hooks/{name}"), json!(SECRET))
        .unwrap();
    it
}

async fn cases(it: &Rehearsal) -> Vec<Case> {
    it.stack.ledger.cases(Shelf::Open, 50).await.unwrap()
}

async fn offered(deps: &Deps, body: &str) -> Reply {
    receive(deps, "gusto", &HeaderMap::new(), body.as_bytes()).await
}

#[tokio::test]
async fn a_secret_that_is_offered_is_kept_only_while_an_operator_awaits_it_and_nothing_is_taken_in_by_it()
 {
    let it = Rehearsal::of(&acme()).await;
    let offer = text("gusto/verification-token.json");
    let token = fixture("gusto/verification-token.json")["verification_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let kept = || it.stack.keys.offer("gusto").unwrap();

    let reply = offered(&it.stack.intake, &offer).await;
    assert_eq!((reply.status, kept()), (403, None));
    let error = reply.body["error"].as_str().unwrap();
    assert!(error.contains("latchkey source offer gusto"), "{error}");

    let until = it.now().checked_add(SignedDuration::from_mins(15)).unwrap();
    it.stack.keys.await_offer("gusto", until).unwrap();
    let reply = offered(&it.stack.intake, &offer).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let note = reply.body["note"].as_str().unwrap();
    assert!(
        note.contains("hooks/gusto") && !note.contains(&token),
        "{note}"
    );
    assert_eq!(kept().unwrap().token, Some(token.clone()));
    assert_eq!(
        it.stack.keys.text("hooks/gusto").unwrap(),
        None,
        "a person confirms it first"
    );
    // Whatever is signed with it is refused until then.
    let body = fixture("gusto/created.json").to_string();
    let outgoing = Outgoing {
        id: "",
        sent_at: it.now(),
        body: body.as_bytes(),
    };
    let headers = source("gusto")
        .unwrap()
        .sign(&SourceSecret::new(&token), &outgoing)
        .unwrap();
    let early = receive(&it.stack.intake, "gusto", &headers, body.as_bytes()).await;
    assert_eq!(early.status, 404);

    // Whoever comes second is refused, whoever sends the same again is not.
    let other = r#"{"verification_token": "another-one"}"#;
    assert_eq!(offered(&it.stack.intake, other).await.status, 409);
    assert_eq!(offered(&it.stack.intake, &offer).await.status, 200);
    assert_eq!(kept().unwrap().token, Some(token));
    // What is no token is an unsigned delivery.
    it.stack.keys.set("hooks/gusto", json!(SECRET)).unwrap();
    for body in [
        r#"{"verification_token": "two lines\n"}"#,
        r#"{"verification_token": ""}"#,
    ] {
        assert_eq!(offered(&it.stack.intake, body).await.status, 401, "{body}");
    }
    let nowhere = Deps {
        secrets: Arc::new(NoSources),
        ..it.stack.intake.clone()
    };
    assert_eq!(offered(&nowhere, &offer).await.status, 403);
}

/// Every file of a directory, and what is in it.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        match entry.path().is_dir() {
            true => all.extend(files(&entry.path())),
            false => all.push((entry.path(), fs::read(entry.path()).unwrap())),
        }
    }
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tokens_that_nobody_awaits_write_nothing_and_break_nothing() {
    const POSTS: usize = 64;
    let directory = tempfile::tempdir().unwrap();
    let keys = Keys::open(&directory.path().join("secrets.json")).unwrap();
    let it = Rehearsal::of(&acme()).await;
    let deps = Deps {
        secrets: Arc::new(keys.clone()),
        ..it.stack.intake.clone()
    };
    let post = async |n: usize| {
        let deps = deps.clone();
        let body = format!(r#"{{"verification_token": "token-{n}"}}"#);
        let posted = tokio::spawn(async move { offered(&deps, &body).await.status });
        posted.await.unwrap()
    };
    let all = async || futures::future::join_all((0..POSTS).map(post)).await;
    let before = files(directory.path());
    assert_eq!(all().await, [403; POSTS]);
    assert_eq!(files(directory.path()), before);

    let until = it.now().checked_add(SignedDuration::from_mins(15)).unwrap();
    keys.await_offer("gusto", until).unwrap();
    let statuses = all().await;
    let kept = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(kept, 1, "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [200, 409].contains(status)),
        "{statuses:?}"
    );
    let secrets = files(directory.path());
    assert!(
        before.iter().all(|file| secrets.contains(file)),
        "the secrets are as they were"
    );
    // Webhooks and steps go on.
    assert!(keys.text("hooks/generic").unwrap().is_some());
    assert!(Keys::open(keys.path()).is_ok());
}

#[tokio::test]
async fn a_change_that_leaves_the_record_as_it_is_is_no_transfer() {
    let it = set_up("merge").await;
    let mut record = fixture("merge/records/changed.json");
    let mut hook = fixture("merge/changed.json");
    let employee = EmployeeId::new(record["id"].as_str().unwrap()).unwrap();
    let known = PersonDraft {
        employee_id: Some(employee.clone()),
        start_date: "2020-02-03".parse().ok(),
        ..PersonDraft::default()
    };
    let long_ago = "2026-11-01T07:00:00Z".parse().unwrap();
    it.stack
        .ledger
        .import_person(&employee, known, long_ago)
        .await
        .unwrap();

    let first = deliver(&answering(&it, record.clone()), "merge", &hook).await;
    assert_eq!(first.status, 202, "{}", first.body);
    assert_eq!(cases(&it).await[0].kind, EventKind::Transfer);
    let revision = cases(&it).await[0].revision;

    // A new telephone number: another delivery, the same record as far as access goes.
    hook["data"]["modified_at"] = json!("2026-11-23T06:59:00Z");
    record["mobile_phone_number"] = json!("+49 30 1234567");
    let second = deliver(&answering(&it, record.clone()), "merge", &hook).await;
    assert_eq!((second.status, second.body["case"].is_null()), (200, true));
    assert!(
        second.body["note"]
            .as_str()
            .unwrap()
            .contains("nothing changed that concerns access")
    );
    // Days are told by hires and exits, and not by a transfer.
    hook["data"]["modified_at"] = json!("2026-11-23T06:59:10Z");
    record["start_date"] = json!("2020-02-04T00:00:00Z");
    assert_eq!(
        deliver(&answering(&it, record.clone()), "merge", &hook)
            .await
            .status,
        200
    );
    assert_eq!(cases(&it).await[0].revision, revision);
    // An exit is never dropped.
    hook["data"]["modified_at"] = json!("2026-11-23T06:59:20Z");
    record["termination_date"] = json!("2026-12-18T00:00:00Z");
    assert_eq!(
        deliver(&answering(&it, record), "merge", &hook)
            .await
            .status,
        202
    );
    assert!(
        cases(&it)
            .await
            .iter()
            .any(|case| case.kind == EventKind::Exit)
    );
}

pub(crate) fn described(mapping: &str) -> Source {
    let mut files = acme().files().clone();
    files.insert("source-papaya.yaml".to_owned(), mapping.to_owned());
    Source::from_files(files)
}

/// Signs as the mapping says, and hands it in.
pub(crate) async fn papaya(it: &Rehearsal, mapping: &str, body: &Value) -> Reply {
    let source = MapSource::read("papaya", "source-papaya.yaml", mapping).unwrap();
    let body = body.to_string();
    let outgoing = Outgoing {
        id: "",
        sent_at: it.now(),
        body: body.as_bytes(),
    };
    let headers = source.sign(&SourceSecret::new(SECRET), &outgoing).unwrap();
    receive(&it.stack.intake, "papaya", &headers, body.as_bytes()).await
}

#[tokio::test]
async fn a_source_that_the_runbook_describes_is_taken_in_as_its_newest_version_says() {
    let mapping = text("map/source-papaya.yaml");
    let joined = fixture("map/joined.json");
    let it = set_up("papaya").await;
    assert_eq!(
        papaya(&it, &mapping, &joined).await.status,
        404,
        "nothing describes it yet"
    );
    it.stack.publish(&described(&mapping)).await.unwrap();
    let unsigned = receive(&it.stack.intake, "papaya", &HeaderMap::new(), b"{}").await;
    assert_eq!(unsigned.status, 401);
    let first = papaya(&it, &mapping, &joined).await;
    assert_eq!(first.status, 202, "{}", first.body);
    let case = cases(&it).await.remove(0);
    assert_eq!(
        (case.employee_id.as_str(), case.kind),
        ("1042", EventKind::Hire)
    );
    assert_eq!(case.person.unwrap().given_name, "Zoë");
    let again = papaya(&it, &mapping, &joined).await;
    assert_eq!(
        (again.status, &again.body["case"]),
        (200, &first.body["case"])
    );

    // What the next version says counts from its publication on.
    let birthday =
        json!({"delivery": "d-772", "what": "worker/birthday", "worker": {"number": 1042}});
    assert_eq!(papaya(&it, &mapping, &birthday).await.status, 200);
    let unkind = mapping.replace("worker/birthday: nothing", "worker/birthday: urgent exit");
    let unkind = unkind.replace("at: confirmed ", "# at: confirmed");
    it.stack.publish(&described(&unkind)).await.unwrap();
    assert_eq!(papaya(&it, &unkind, &birthday).await.status, 202);
    assert!(
        cases(&it)
            .await
            .iter()
            .any(|case| case.kind == EventKind::UrgentExit)
    );

    // One that is wrong is never published; were it in the ledger, nothing would be taken in by it.
    let wrong = described(&mapping.replace("by: hmac-sha256", "by: trust"));
    assert!(it.stack.publish(&wrong).await.is_err());
    let now = it.now();
    it.stack
        .ledger
        .publish_runbook(&wrong.version(), wrong.files(), now)
        .await
        .unwrap();
    let reply = papaya(&it, &mapping, &joined).await;
    assert_eq!(reply.status, 500);
    assert!(
        reply.body["error"]
            .as_str()
            .unwrap()
            .contains("latchkey check")
    );
    // Without the file it is unknown again.
    it.stack.publish(&acme()).await.unwrap();
    assert_eq!(papaya(&it, &mapping, &joined).await.status, 404);
}

/// A state machine that does not answer the first time.
struct Late(Arc<dyn Workflow>, AtomicUsize);

#[async_trait]
impl Workflow for Late {
    async fn start(&self, begin: &Begin) -> Result<(), WorkflowError> {
        if self.1.fetch_add(1, Ordering::Relaxed) == 0 {
            return Err(WorkflowError::Busy("not now".to_owned()));
        }
        self.0.start(begin).await
    }

    async fn stop(
        &self,
        case: &CaseId,
        revision: Revision,
        why: &str,
    ) -> Result<(), WorkflowError> {
        self.0.stop(case, revision, why).await
    }

    async fn execution(
        &self,
        case: &CaseId,
        revision: Revision,
    ) -> Result<Execution, WorkflowError> {
        self.0.execution(case, revision).await
    }

    async fn resume(&self, token: &str, word: Word) -> Result<bool, WorkflowError> {
        self.0.resume(token, word).await
    }
}

#[tokio::test]
async fn a_delivery_of_several_events_that_was_cut_off_half_way_is_taken_in_to_its_end() {
    let it = set_up("merge").await;
    let record = fixture("merge/records/left.json");
    let employee = EmployeeId::new(record["id"].as_str().unwrap()).unwrap();
    let known = PersonDraft {
        employee_id: Some(employee.clone()),
        ..PersonDraft::default()
    };
    let long_ago = "2026-11-01T07:00:00Z".parse().unwrap();
    it.stack
        .ledger
        .import_person(&employee, known, long_ago)
        .await
        .unwrap();
    let late = Late(Arc::clone(&it.stack.workflow), AtomicUsize::new(0));
    let deps = Deps {
        workflow: Arc::new(late),
        ..answering(&it, record)
    };
    let hook = fixture("merge/left.json");
    // A transfer and an exit; the transfer is written, and its execution cannot be started.
    assert_eq!(deliver(&deps, "merge", &hook).await.status, 503);
    assert_eq!(cases(&it).await.len(), 1);
    let again = deliver(&deps, "merge", &hook).await;
    assert_eq!(again.status, 202, "{}", again.body);
    let mut kinds: Vec<EventKind> = cases(&it).await.iter().map(|case| case.kind).collect();
    kinds.sort();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert!(kinds.contains(&EventKind::Exit));
    assert_eq!(deliver(&deps, "merge", &hook).await.status, 200);
}
