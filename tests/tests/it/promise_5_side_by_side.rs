//! Promise 5, at one and the same time: steps that give and steps that take in one system may run side by side, and
//! what is there in the end is what is claimed in the end.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use latchkey_lifecycle::{Case, CaseId, CaseState, Revision, SystemId, TaskId, TaskState};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::{Failure, SystemDeps, Systems, TaskRequest, carry};
use latchkey_systems::{Fault, System};
use latchkey_tests::{Answers, Rehearsal, sample};
use serde_json::{Value, json};

/// A company whose transfers know no overlap: new access and old are given and taken at once.
fn at_once() -> Source {
    let yaml = "
company: Example
time_zone: Europe/Berlin
email: \"{given}.{family}@example.com\"
hr: it
operations: it
brake: {within: 24 hours, exits: 10, urgent_exits: 10, transfers: 10, confirm: it}
teams:
  it: {email: it@example.com}
systems:
  directory: {kind: scim, address: \"https://directory.example.com\", secret: x, owner: it}
roles:
  sales: {match: {department: Sales}, gets: {directory: [sales]}}
  finance: {match: {department: Finance}, gets: {directory: [finance]}}
hire:
  accounts: {grant: all, opens: now, due: within 1 hour}
  desk: {title: Prepare the desk, owner: it, instructions: A desk., opens: now, due: within 4 hours}
transfer:
  new: {grant: all, opens: now, due: within 1 hour}
  old: {revoke: all, opens: now, due: within 1 hour}
exit:
  access: {revoke: all, opens: now, due: within 1 hour}
urgent_exit:
  access: {revoke: all, opens: now, due: within 1 hour}
";
    Source::from_files([("runbook.yaml".to_owned(), yaml.to_owned())].into())
}

/// The hire of the samples with the department that HR should have written.
fn corrected() -> Value {
    let mut hire = sample("hire.json");
    hire["data"]["person"]["department"] = json!("Finance");
    hire
}

/// Somebody of Sales, who has just been confirmed to go to Finance.
async fn moving() -> (Rehearsal, CaseId) {
    let mut it = Rehearsal::of(&at_once()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(groups(&it), ["group:sales"]);
    let case = transferred(&it).await;
    (it, case)
}

async fn transferred(it: &Rehearsal) -> CaseId {
    let mut data = corrected()["data"].clone();
    // The day after the first one: a hire that begins later than the transfer would come after it.
    data["effective_date"] = json!("2026-12-08");
    let transfer = json!({"type": "person.transferred", "data": data});
    it.confirm(transfer).await.unwrap()
}

fn groups(it: &Rehearsal) -> Vec<String> {
    let account = it.systems.accounts_of("1042").remove("directory").unwrap();
    let all = account.unwrap().entitlements;
    all.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_transfer_may_give_and_take_at_once() {
    let (mut it, transfer) = moving().await;
    it.play(&mut Answers::none(), None).await;
    assert_eq!(groups(&it), ["group:finance"]);
    assert_eq!(it.case(&transfer).await.state, CaseState::Closed);
    assert!(it.letters_about("Needs you").is_empty());
}

#[tokio::test]
async fn what_a_record_gave_that_was_corrected_is_taken_again() {
    let mut it = Rehearsal::of(&at_once()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    assert_eq!(groups(&it), ["group:sales"]);
    it.clock.jump_to(it.later(1));
    it.confirm(corrected()).await.unwrap();
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(groups(&it), ["group:finance"]);
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
}

#[tokio::test]
async fn a_later_decision_that_waits_for_the_system_bothers_nobody_about_the_earlier_one() {
    let it = Rehearsal::of(&at_once()).await;
    let hire = it.take_in("hire.json").await;
    let step = |case: &CaseId, revision, task: &str| TaskRequest {
        case_id: case.clone(),
        revision,
        task_id: TaskId::new(task).unwrap(),
    };
    let deps = SystemDeps {
        ledger: &it.stack.ledger,
        clock: it.stack.clock.as_ref(),
        runbooks: &it.stack.runbooks,
        systems: it.stack.handlers.systems.as_ref(),
    };
    let hired = step(&hire, planned(&it, &hire).await, "accounts.directory");
    carry(&deps, &hired).await.unwrap();
    let transfer = transferred(&it).await;
    let moves = step(&transfer, planned(&it, &transfer).await, "old.directory");
    let lags = Fault::NotYet {
        system: "directory".into(),
        problem: "it is slow".into(),
    };
    it.systems.get("directory").fail_with([lags]);
    carry(&deps, &moves).await.unwrap_err();
    assert_eq!(groups(&it), ["group:sales"]);
    let deps = verify::Deps {
        systems: deps,
        workflow: it.stack.workflow.as_ref(),
    };
    let first = verify::handle(&deps, &hired).await;
    assert!(matches!(first, Err(Failure::NotYet(_))), "{first:?}");
    assert_eq!(groups(&it), ["group:finance"]);
    verify::handle(&deps, &hired).await.unwrap();
    let task = it.task(&hire, "accounts.directory").await;
    assert_eq!((task.state, task.trouble), (TaskState::Verified, None));
}

/// Plans the case's present revision, beside the workflow, and gives it.
async fn planned(it: &Rehearsal, case: &CaseId) -> Revision {
    let revision = it.case(case).await.revision;
    let deps = plan::Deps {
        ledger: &it.stack.ledger,
        clock: it.stack.clock.as_ref(),
        runbooks: &it.stack.runbooks,
        system_functions: "system-",
    };
    let request = plan::Request {
        case_id: case.clone(),
        revision,
    };
    plan::handle(&deps, &request).await.unwrap();
    revision
}

/// Systems at whose door the first that comes is overtaken: between its decision what to do and its look at the
/// account, another step does all of its work.
struct Overtaken<'a> {
    it: &'a Rehearsal,
    case: &'a CaseId,
    by: Mutex<Option<By>>,
}

/// Who overtakes.
struct By {
    /// What HR confirms first.
    after: Option<Value>,
    /// Whether the case is closed then.
    closes: bool,
    task: &'static str,
}

impl Overtaken<'_> {
    async fn carry(&self, task: &str, revision: Revision) -> Result<(), Failure> {
        let deps = SystemDeps {
            ledger: &self.it.stack.ledger,
            clock: self.it.stack.clock.as_ref(),
            runbooks: &self.it.stack.runbooks,
            systems: self,
        };
        let request = TaskRequest {
            case_id: self.case.clone(),
            revision,
            task_id: TaskId::new(task).unwrap(),
        };
        carry(&deps, &request).await.map(|_| ())
    }
}

#[async_trait]
impl Systems for Overtaken<'_> {
    async fn open(&self, runbook: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        let by = self.by.lock().unwrap().take();
        if let Some(By {
            after,
            closes,
            task,
        }) = by
        {
            if let Some(event) = after {
                self.it.confirm(event).await.unwrap();
            }
            let revision = planned(self.it, self.case).await;
            self.carry(task, revision).await.unwrap();
            if closes {
                let close = |case: &mut Case| {
                    case.state = CaseState::Closed;
                    Ok::<_, Failure>(Some(Vec::new()))
                };
                let closed = self.it.stack.ledger.change_case(self.case, close).await;
                closed.unwrap();
            }
        }
        self.it.stack.handlers.systems.open(runbook, system).await
    }
}

#[tokio::test]
async fn what_is_taken_while_a_step_is_giving_is_not_given_back() {
    let [new, old] = ["new.directory", "old.directory"];
    for (slow, task) in [(new, old), (old, new)] {
        let (mut it, transfer) = moving().await;
        let revision = planned(&it, &transfer).await;
        let systems = Overtaken {
            it: &it,
            case: &transfer,
            by: Mutex::new(Some(By {
                after: None,
                closes: false,
                task,
            })),
        };
        systems.carry(slow, revision).await.unwrap();
        assert_eq!(groups(&it), ["group:finance"], "{slow} is overtaken");
        it.play(&mut Answers::none(), None).await;
        assert_eq!(it.case(&transfer).await.state, CaseState::Closed);
    }
}

#[tokio::test]
async fn what_a_step_gives_after_its_case_was_planned_anew_does_not_stay() {
    for closes in [false, true] {
        let it = Rehearsal::of(&at_once()).await;
        let hire = it.take_in("hire.json").await;
        let revision = planned(&it, &hire).await;
        it.clock.jump_to(it.later(1));
        let systems = Overtaken {
            it: &it,
            case: &hire,
            by: Mutex::new(Some(By {
                after: Some(corrected()),
                closes,
                task: "accounts.directory",
            })),
        };
        let late = Box::pin(systems.carry("accounts.directory", revision)).await;
        assert!(matches!(late, Err(Failure::Fenced(_))), "{late:?}");
        assert_eq!(groups(&it), ["group:finance"], "closed: {closes}");
    }
}
