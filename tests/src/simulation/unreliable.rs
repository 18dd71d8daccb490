//! What stands where AWS does and has the fate of it: the mail, the state machine, the functions.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use latchkey_embedded::{EmbeddedMachine, Handlers, JumpClock};
use latchkey_engine::{Engine, Invoker, TaskError};
use latchkey_ledger::LedgerError;
use latchkey_lifecycle::{AuditBody, CaseId, Letter, Revision, RunbookVersion, What};
use latchkey_runtime::{
    Begin, Clock, Envelope, Execution, Mail, MailError, NotTaken, Word, Workflow, WorkflowError,
};
use serde_json::Value;

use super::{fate::Fate, sabotage::swallows, script::Fault};

/// Letters, in the order in which they went out.
pub(crate) struct Post {
    pub(crate) fate: Arc<Fate>,
    pub(crate) clock: JumpClock,
    pub(crate) letters: Mutex<Vec<(Timestamp, Letter)>>,
}

#[async_trait]
impl Mail for Post {
    async fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        self.fate
            .around(async {
                for letter in &envelope.letters {
                    let what = format!("letter {} {}", letter.to, letter.subject);
                    if self.fate.strikes(Fault::MailDown, &what, 100) {
                        return Err(MailError {
                            team: envelope.team.clone(),
                            problem: "simulated".to_owned(),
                            why: NotTaken::Down,
                        });
                    }
                }
                for letter in &envelope.letters {
                    self.reach(envelope, letter);
                }
                Ok(())
            })
            .await
    }
}

impl Post {
    /// Somebody gets a letter, alone or with others.
    fn reach(&self, envelope: &Envelope, letter: &Letter) {
        if swallows(self.fate.sabotage, letter) {
            return;
        }
        self.fate
            .tell(|| format!("letter {} {}", letter.to, letter.subject));
        let link = letter.text.lines().find(|line| line.contains("/tasks/"));
        if link.is_some_and(|link| !envelope.text.contains(link.trim())) {
            let told = format!(
                "promise 6: no link in “{}” to {}",
                envelope.subject, letter.subject
            );
            self.fate.broke(told);
        }
        let sent = (self.clock.now(), letter.clone());
        self.letters.lock().unwrap().push(sent);
    }
}

/// The state machine behind faults. The engine is another one after a restart.
pub(crate) struct Switch {
    pub(crate) fate: Arc<Fate>,
    pub(crate) engine: Mutex<Arc<Engine>>,
    /// Whether it turned somebody away, who does not come again: the next sweep has to.
    pub(crate) turned_away: AtomicBool,
}

impl Switch {
    pub(crate) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.engine.lock().unwrap())
    }

    fn busy(&self, what: &str) -> Result<EmbeddedMachine, WorkflowError> {
        if self.fate.strikes(Fault::WorkflowBusy, what, 40) {
            self.turned_away.store(true, Ordering::Relaxed);
            return Err(WorkflowError::Busy("simulated".to_owned()));
        }
        Ok(EmbeddedMachine::new(self.engine()))
    }
}

#[async_trait]
impl Workflow for Switch {
    async fn start(&self, begin: &Begin) -> Result<(), WorkflowError> {
        let call = async {
            let machine = self.busy(&format!("start {}", begin.name()))?;
            self.fate.tell(|| format!("start {}", begin.name()));
            self.fate
                .over(&begin.case_id, begin.revision.0.saturating_sub(1));
            machine.start(begin).await
        };
        self.fate.around(call).await
    }

    async fn stop(
        &self,
        case: &CaseId,
        revision: Revision,
        why: &str,
    ) -> Result<(), WorkflowError> {
        let call = async {
            let machine = self.busy(&format!("stop {case} {revision}"))?;
            self.fate.tell(|| format!("stop {case} {revision} {why}"));
            self.fate.over(case, revision.0);
            machine.stop(case, revision, why).await
        };
        self.fate.around(call).await
    }

    async fn execution(
        &self,
        case: &CaseId,
        revision: Revision,
    ) -> Result<Execution, WorkflowError> {
        let call = async {
            let machine = self.busy(&format!("look {case} {revision}"))?;
            machine.execution(case, revision).await
        };
        self.fate.around(call).await
    }

    fn lay_still(&self, case: &CaseId, revision: Revision) -> bool {
        EmbeddedMachine::new(self.engine()).lay_still(case, revision)
    }

    async fn resume(&self, token: &str, word: Word) -> Result<bool, WorkflowError> {
        let call = async { self.busy("resume")?.resume(token, word).await };
        self.fate.around(call).await
    }
}

/// What stands between the engine and the handlers.
pub(crate) struct Lambda {
    pub(crate) fate: Arc<Fate>,
    pub(crate) handlers: Handlers,
    pub(crate) clock: JumpClock,
    pub(crate) past: Mutex<Vec<(String, Value)>>,
    /// The cases that somebody spoiled by hand.
    pub(crate) spoiled: Mutex<BTreeSet<CaseId>>,
}

/// The name of a step, without its token.
fn name_of(function: &str, payload: &Value) -> String {
    let alert = payload.get("alert");
    let part = |name: &str| alert.unwrap_or(payload)[name].as_str().unwrap_or_default();
    format!(
        "{function} {} {} {} {}{}",
        part("caseId"),
        part("taskId"),
        alert.map_or(part("action"), |_| "alert"),
        part("step"),
        part("stage")
    )
}

pub(crate) fn step_of(payload: &Value) -> Option<(CaseId, u32)> {
    let case = CaseId::new(payload["caseId"].as_str()?).ok()?;
    Some((case, u32::try_from(payload["revision"].as_u64()?).ok()?))
}

/// What the Lambda service answers before it has run anything.
const SERVICE_ERRORS: [&str; 4] = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
];

fn lambda(name: &str) -> TaskError {
    TaskError::new(name, "simulated")
}

impl Lambda {
    /// Somebody writes into the ledger by hand.
    async fn spoil(&self, case: &CaseId) {
        let gone = RunbookVersion::new("0000000000000000").unwrap();
        let now = self.clock.now();
        let changed = self.handlers.ledger.change_case(case, |case| {
            case.runbook = gone.clone();
            Ok::<_, LedgerError>(Some(vec![AuditBody {
                at: now,
                by: "somebody".into(),
                what: What::Other("spoiled".into()),
                text: "Its runbook is gone.".into(),
                detail: Value::Null,
            }]))
        });
        changed.await.unwrap();
        self.spoiled.lock().unwrap().insert(case.clone());
    }

    /// Calls a function as it is, or as it is broken.
    async fn call(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        match self.fate.sabotage {
            None => self.handlers.invoke(function, payload).await,
            Some(sabotage) => self.sabotaged(sabotage, function, payload).await,
        }
    }

    /// A step that ran before runs again, as a late copy of the call would: nobody hears its answer.
    async fn again(&self, what: &str) {
        let late = {
            let past = self.past.lock().unwrap();
            let most = i64::try_from(past.len()).unwrap();
            let nth = self.fate.dice("late step").between(0, most.max(1));
            usize::try_from(nth)
                .ok()
                .and_then(|nth| past.get(nth).cloned())
        };
        if let Some((function, payload)) = late {
            self.fate.tell(|| {
                format!(
                    "  again, late: {} (after {what})",
                    name_of(&function, &payload)
                )
            });
            let call = self.call(&function, payload.clone());
            self.fate.run("late step", step_of(&payload), call).await;
        }
    }
}

#[async_trait]
impl Invoker for Lambda {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        let what = name_of(function, &payload);
        let fate = &self.fate;
        if fate.strikes(Fault::LambdaErrors, &what, 40) {
            let nth = fate.dice("error of the service").between(0, 4);
            return Err(lambda(SERVICE_ERRORS[usize::try_from(nth).unwrap()]));
        }
        if fate.has(Fault::LateSteps) {
            if fate.strikes(Fault::LateSteps, &what, 40) {
                self.again(&what).await;
            }
            // A token is used once: only what carries none can come again.
            if payload["token"].is_null() {
                self.past
                    .lock()
                    .unwrap()
                    .push((function.to_owned(), payload.clone()));
            }
        }
        if let Some((case, _)) = step_of(&payload)
            && fate.strikes(Fault::Spoiled, &what, 0)
        {
            self.spoil(&case).await;
        }
        fate.tell(|| what.clone());
        let call = self.call(function, payload.clone());
        let answer = fate.run(&what, step_of(&payload), call).await;
        if fate.strikes(Fault::Slow, &what, 10) {
            let later = self.clock.now() + SignedDuration::from_secs(150);
            self.clock.jump_to(later);
        }
        if let Some(Err(error)) = &answer {
            fate.tell(|| format!("  {what}: {}", error.error));
            // An operator would mend it; here everything is whole but what the script spoiled.
            let spoiled = step_of(&payload)
                .is_some_and(|(case, _)| self.spoiled.lock().unwrap().contains(&case));
            let whole = fate.sabotage.is_none() && !spoiled;
            if error.error == "Broken" && whole {
                fate.broke(format!("{what} cannot be carried out: {}", error.cause));
            }
        }
        match answer {
            None => Err(lambda("Sandbox.Timedout")),
            Some(_) if fate.strikes(Fault::LambdaErrors, &format!("after {what}"), 30) => {
                Err(lambda("Lambda.Unknown"))
            }
            Some(answer) => answer,
        }
    }

    async fn publish(
        &self,
        topic: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        let call = self.handlers.publish(topic, subject, message);
        let answer = self.fate.run("publish", None, call).await;
        if !matches!(answer, Some(Ok(_))) {
            self.fate.unheard(message);
        }
        answer.unwrap_or_else(|| Err(lambda("Sandbox.Timedout")))
    }
}
