//! The product broken on purpose, at its edges: each promise has a sabotage that the judge has to find.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use latchkey_embedded::{Handlers, JumpClock};
use latchkey_engine::{Invoker, TaskError};
use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::{CaseId, CaseState, EventKind, Letter, Revision, TaskId, TaskState, Work};
use latchkey_runtime::{Begin, Clock, Workflow};
use serde_json::{Value, json};

use super::{
    script::{Certain, Fault, Script},
    unreliable::Lambda,
    world::World,
};

/// Something that the product could do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Steps of systems run as soon as they are planned.
    TooEarly,
    /// What was missed is told to nobody, and the letter counts as sent.
    MissedInSilence,
    /// Cases are closed when they are planned.
    ClosedTooEarly,
    /// What a system did is not read back.
    NotReadBack,
    /// Steps of a revision that is over act as if they were of the present one.
    Unfenced,
    /// A webhook that comes twice is another event, of the next day.
    CopiesAreNews,
    /// What HR says after its first word is not heard.
    DeafToChanges,
    /// The operators are told nothing, and the alert counts as sent.
    NoAlerts,
    /// An exit leaves one system out.
    OneSystemLess,
    /// What is held goes on by itself.
    NoBrake,
    /// A record of the audit trail is gone.
    RecordRemoved,
    /// What an entitlement needs is not looked at.
    NoGates,
}

impl Sabotage {
    /// Each, with the promise that it breaks, and the seed from which on it is looked for: one that is near to where it
    /// shows.
    pub const ALL: [(Sabotage, &'static str, u64); 12] = [
        (Sabotage::TooEarly, "promise 1", 1),
        (Sabotage::MissedInSilence, "promise 1", 1),
        (Sabotage::ClosedTooEarly, "promise 2", 1),
        (Sabotage::NotReadBack, "promise 5", 3),
        (Sabotage::Unfenced, "promise 3", 9),
        (Sabotage::CopiesAreNews, "promise 4", 7),
        (Sabotage::DeafToChanges, "promise 5", 1),
        (Sabotage::NoAlerts, "promise 6", 1),
        (Sabotage::OneSystemLess, "promise 7", 1),
        (Sabotage::NoBrake, "promise 8", 12),
        (Sabotage::RecordRemoved, "promise 9", 1),
        (Sabotage::NoGates, "promise 12", 1),
    ];

    /// What has to go wrong besides, so that it shows.
    fn needs(self) -> Option<Fault> {
        match self {
            Sabotage::NotReadBack => Some(Fault::WrongAnswers),
            Sabotage::Unfenced => Some(Fault::LateSteps),
            Sabotage::CopiesAreNews => Some(Fault::Deliveries),
            _ => None,
        }
    }
}

impl Script {
    /// The script with the product broken.
    #[must_use]
    pub fn with(mut self, sabotage: Sabotage) -> Script {
        self.sabotage = Some(sabotage);
        self.faults.extend(sabotage.needs());
        let certain = match sabotage {
            Sabotage::MissedInSilence => Some((Fault::Silence, "laptop", u32::MAX)),
            Sabotage::Unfenced => Some((Fault::WorkflowBusy, "stop", u32::MAX)),
            Sabotage::NoAlerts => Some((Fault::LambdaErrors, "ask prepare laptop", u32::MAX)),
            _ => None,
        };
        self.certain
            .extend(certain.map(|(fault, what, times)| Certain {
                fault,
                what: what.to_owned(),
                skip: 0,
                times,
            }));
        self
    }
}

/// A clock that is two months ahead.
#[derive(Debug)]
struct Ahead(JumpClock);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.0.now() + SignedDuration::from_hours(24 * 60)
    }
}

fn ids(payload: &Value) -> Option<(CaseId, TaskId, Revision)> {
    let case = CaseId::new(payload["caseId"].as_str()?).ok()?;
    let task = TaskId::new(payload["taskId"].as_str()?).ok()?;
    let revision = u32::try_from(payload["revision"].as_u64()?).ok()?;
    Some((case, task, Revision(revision)))
}

/// Whether a letter is swallowed.
pub(crate) fn swallows(sabotage: Option<Sabotage>, letter: &Letter) -> bool {
    let about = |word: &str| letter.subject.contains(word);
    match sabotage {
        Some(Sabotage::MissedInSilence) => about("MISSED") || about("ESCALATED"),
        Some(Sabotage::NoAlerts) => about("operator"),
        _ => false,
    }
}

impl Lambda {
    /// Calls a function of the broken product.
    pub(crate) async fn sabotaged(
        &self,
        sabotage: Sabotage,
        function: &str,
        mut payload: Value,
    ) -> Result<Value, TaskError> {
        let ledger = &self.handlers.ledger;
        let system = function.starts_with("system-");
        let ids = ids(&payload);
        let left_out = |case: &CaseId, task: &TaskId| {
            case.as_str().starts_with("exit-") && task.as_str().contains("chat")
        };
        match (sabotage, &ids) {
            (Sabotage::TooEarly, _) if system => {
                return self.ahead().invoke(function, payload).await;
            }
            (Sabotage::TooEarly, _) if function == "plan" => {
                let mut answer = self.handlers.invoke(function, payload).await?;
                at_once(&mut answer);
                return Ok(answer);
            }
            (Sabotage::ClosedTooEarly, _) if function == "plan" => {
                let answer = self.handlers.invoke(function, payload.clone()).await?;
                let case = CaseId::new(payload["caseId"].as_str().unwrap()).unwrap();
                close(ledger, &case).await;
                return Ok(answer);
            }
            (Sabotage::Unfenced, Some((case, ..))) if system => {
                if let Ok(row) = ledger.case(case).await {
                    payload["revision"] = json!(row.item.revision.0);
                }
            }
            (Sabotage::NotReadBack, Some((case, task, revision))) if function == "verify" => {
                verified(ledger, case, task, *revision).await;
            }
            (Sabotage::OneSystemLess, Some((case, task, revision))) if left_out(case, task) => {
                if system {
                    return Ok(json!({ "wait": false, "until": self.clock.now() }));
                }
                verified(ledger, case, task, *revision).await;
            }
            _ => {}
        }
        self.handlers.invoke(function, payload).await
    }

    fn ahead(&self) -> Handlers {
        let it = &self.handlers;
        Handlers {
            ledger: it.ledger.clone(),
            clock: Arc::new(Ahead(self.clock.clone())),
            runbooks: Arc::clone(&it.runbooks),
            mail: Arc::clone(&it.mail),
            links: Arc::clone(&it.links),
            systems: Arc::clone(&it.systems),
            workflow: Arc::clone(&it.workflow),
        }
    }
}

/// Every task of a system opens at once.
fn at_once(plan: &mut Value) {
    let groups = plan["groups"].as_array_mut().into_iter().flatten();
    for task in groups.flat_map(|group| group["tasks"].as_array_mut().into_iter().flatten()) {
        if task["by"] == "system" {
            task["opens"] = json!("2020-01-01T00:00:00Z");
        }
    }
}

async fn close(ledger: &Ledger, case: &CaseId) {
    let _ = ledger
        .change_case(case, |case| {
            case.state = CaseState::Closed;
            Ok::<_, LedgerError>(Some(Vec::new()))
        })
        .await;
}

/// A task of a system counts as verified.
async fn verified(ledger: &Ledger, case: &CaseId, task: &TaskId, revision: Revision) {
    let _ = ledger
        .change_task(case, task, revision, |row| {
            if matches!(row.task.work, Work::Person { .. }) || row.task.state.is_ended() {
                return Ok::<_, LedgerError>(None);
            }
            row.task.state = TaskState::Verified;
            row.task.ended_at = Some(row.task.window.opens);
            Ok(Some(Vec::new()))
        })
        .await;
}

impl World {
    /// Whether the broken product does not hear what HR says.
    pub(crate) fn is_deaf_to(&self, kind: EventKind) -> bool {
        let change = matches!(
            kind,
            EventKind::ExitWithdrawn | EventKind::Transfer | EventKind::DateMoved
        );
        change && self.script.sabotage == Some(Sabotage::DeafToChanges)
    }

    /// What the brake holds goes on by itself.
    pub(crate) async fn let_go(&self) {
        if self.script.sabotage != Some(Sabotage::NoBrake) {
            return;
        }
        for case in latchkey_decisions::held_cases(&self.intake).await.unwrap() {
            let changed = self.ledger.change_case(&case.id, |case| {
                case.state = CaseState::Received;
                case.revision = case.revision.next();
                Ok::<_, LedgerError>(Some(Vec::new()))
            });
            let case = changed.await.unwrap().item;
            let begin = Begin::new(case.id, case.revision);
            let _ = self.switch.start(&begin).await;
        }
    }
}
