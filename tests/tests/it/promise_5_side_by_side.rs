//! Promise 5, at one and the same time: steps that give and steps that take in one system may run side by side, and what is
//! there in the end is what is claimed in the end.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use latchkey_lifecycle::{CaseId, CaseState, SystemId, TaskId};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::{SystemDeps, Systems, TaskRequest, carry};
use latchkey_systems::{Fault, System};
use latchkey_tests::{Answers, Rehearsal, sample};
use serde_json::json;

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

/// Somebody of Sales, who has just been confirmed to go to Finance.
async fn moving() -> (Rehearsal, CaseId) {
    let mut it = Rehearsal::of(&at_once()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(groups(&it), ["group:sales"]);
    let mut person = sample("hire.json")["data"]["person"].clone();
    person["department"] = json!("Finance");
    // The day after the first one: a hire that begins later than the transfer would come after it.
    let day = "2026-12-08";
    let data = json!({"employee_id": "1042", "effective_date": day, "person": person});
    let transfer = json!({"type": "person.transferred", "data": data});
    let case = it.confirm(transfer).await.unwrap();
    (it, case)
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

/// Systems at whose door another step overtakes the first that comes: it does all of its work after that one has decided what
/// to do, and before it has looked.
struct Overtaken<'a> {
    it: &'a Rehearsal,
    by: Mutex<Option<TaskRequest>>,
}

impl Overtaken<'_> {
    fn deps(&self) -> SystemDeps<'_> {
        SystemDeps {
            ledger: &self.it.stack.ledger,
            clock: self.it.stack.clock.as_ref(),
            runbooks: &self.it.stack.runbooks,
            systems: self,
        }
    }
}

#[async_trait]
impl Systems for Overtaken<'_> {
    async fn open(&self, runbook: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        let other = self.by.lock().unwrap().take();
        if let Some(other) = other {
            carry(&self.deps(), &other).await.unwrap();
        }
        self.it.stack.handlers.systems.open(runbook, system).await
    }
}

#[tokio::test]
async fn what_is_taken_while_a_step_is_giving_is_not_given_back() {
    for (slow, quick) in [
        ("new.directory", "old.directory"),
        ("old.directory", "new.directory"),
    ] {
        let (mut it, transfer) = moving().await;
        let revision = it.case(&transfer).await.revision;
        let case_id = transfer.clone();
        let deps = plan::Deps {
            ledger: &it.stack.ledger,
            clock: it.stack.clock.as_ref(),
            runbooks: &it.stack.runbooks,
            system_functions: "system-",
        };
        let planned = plan::handle(&deps, &plan::Request { case_id, revision }).await;
        assert_eq!(planned.unwrap().groups[0].tasks.len(), 2);
        let step = |task: &str| TaskRequest {
            case_id: transfer.clone(),
            revision,
            task_id: TaskId::new(task).unwrap(),
        };
        let systems = Overtaken {
            it: &it,
            by: Mutex::new(Some(step(quick))),
        };
        carry(&systems.deps(), &step(slow)).await.unwrap();
        assert_eq!(groups(&it), ["group:finance"], "{slow} is overtaken");
        it.play(&mut Answers::none(), None).await;
        assert_eq!(it.case(&transfer).await.state, CaseState::Closed);
    }
}
