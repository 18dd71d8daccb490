//! Among thousands of cases a sweep looks only at those that the state machine does not list as running, and what it is
//! too busy to tell of is looked at by the next sweep.

use std::{collections::HashMap, sync::Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_lifecycle::{CaseId, Revision, execution_name};
use latchkey_runtime::{Begin, Execution, Word, Workflow, WorkflowError};
use latchkey_tests::{Answers, Rehearsal, acme};
use sweep::{Report, Request};

/// The state machine as Step Functions is one: it lists what runs, takes few looks, and counts them.
struct Listing<'a> {
    machine: &'a dyn Workflow,
    listed: HashMap<String, Timestamp>,
    busy: Vec<String>,
    looks: Mutex<Vec<String>>,
}

#[async_trait]
impl Workflow for Listing<'_> {
    async fn start(&self, begin: &Begin) -> Result<(), WorkflowError> {
        self.machine.start(begin).await
    }

    async fn stop(
        &self,
        case: &CaseId,
        revision: Revision,
        why: &str,
    ) -> Result<(), WorkflowError> {
        self.machine.stop(case, revision, why).await
    }

    async fn execution(
        &self,
        case: &CaseId,
        revision: Revision,
    ) -> Result<Execution, WorkflowError> {
        let name = execution_name(case, revision);
        self.looks.lock().unwrap().push(name.clone());
        if self.busy.contains(&name) {
            return Err(WorkflowError::Busy("ThrottlingException".to_owned()));
        }
        self.machine.execution(case, revision).await
    }

    async fn running(&self) -> Result<HashMap<String, Timestamp>, WorkflowError> {
        Ok(self.listed.clone())
    }

    async fn resume(&self, token: &str, word: Word) -> Result<bool, WorkflowError> {
        self.machine.resume(token, word).await
    }
}

/// A sweep with these executions listed and those throttled; what it looked at by itself.
async fn sweeps(it: &Rehearsal, listed: &[String], busy: &[String]) -> (Report, Vec<String>) {
    let deps = it.stack.sweep_deps();
    let workflow = Listing {
        machine: deps.workflow.unwrap(),
        listed: listed.iter().map(|name| (name.clone(), it.now())).collect(),
        busy: busy.to_vec(),
        looks: Mutex::default(),
    };
    let deps = sweep::Deps {
        workflow: Some(&workflow),
        ..deps
    };
    let report = sweep::handle(&deps, &Request::default()).await.unwrap();
    (report, workflow.looks.into_inner().unwrap())
}

/// Three hires that run, and their executions.
async fn three(it: &mut Rehearsal) -> (Vec<CaseId>, Vec<String>) {
    let mut cases = vec![it.take_in("hire.json").await];
    it.seed().await;
    for employee in ["1017", "1021"] {
        cases.push(
            it.happens("person.exiting", employee, Some("2027-03-31"))
                .await,
        );
    }
    it.play(&mut Answers::none(), Some(it.now())).await;
    let mut executions = Vec::new();
    for case in &cases {
        executions.push(it.case(case).await.execution_name());
    }
    (cases, executions)
}

#[tokio::test]
async fn what_is_listed_is_not_looked_at_and_what_began_meanwhile_is_not_lost() {
    let mut it = Rehearsal::of(&acme()).await;
    let (_, executions) = three(&mut it).await;
    let (report, looks) = sweeps(&it, &executions, &[]).await;
    assert_eq!((report.restarted, looks), (vec![], vec![]));
    // The last one began after the list was made.
    let (report, looks) = sweeps(&it, &executions[..2], &[]).await;
    assert_eq!(report.restarted, []);
    assert_eq!(looks, executions[2..]);
}

#[tokio::test]
async fn a_case_that_the_state_machine_is_too_busy_for_waits_for_the_next_sweep_and_the_others_do_not()
 {
    let mut it = Rehearsal::of(&acme()).await;
    let (cases, executions) = three(&mut it).await;
    for name in &executions[..2] {
        it.stack.engine.stop(name, "Lost", "a test").unwrap();
    }
    let (report, _) = sweeps(&it, &executions[2..], &executions[..1]).await;
    assert_eq!(report.restarted, cases[1..2]);
    let running = [
        executions[2].clone(),
        it.case(&cases[1]).await.execution_name(),
    ];
    let (report, _) = sweeps(&it, &running, &[]).await;
    assert_eq!(report.restarted, cases[..1]);
}
