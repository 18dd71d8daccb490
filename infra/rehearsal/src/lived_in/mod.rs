//! A company that has lived with Latchkey for months: everything that it did, it did by the real handlers and the real
//! workflow on the clock that jumps. Chance is the same for the same seed; only the day on which it ends differs.

mod browser;
mod dice;
mod names;
mod people;
mod script;
mod staff;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use latchkey_embedded::{Handlers, Stack};
use latchkey_engine::{Invoker, TaskError};
use latchkey_ledger::{Shelf, Somebody, Where};
use latchkey_lifecycle::{
    Account, Answer, EmployeeId, Entitlement, Evidence, Finding, FindingState, PersonDraft,
};
use latchkey_questions::{Hand, findings::accept, in_hand};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::Question;
use serde_json::{Value, json};

use self::{
    script::{ByHand, Doing, Script, Taken, script},
    staff::Staff,
};
use crate::{Rehearsal, RehearsalError};

/// How large the company is, and how long it has lived.
#[derive(Debug, Clone)]
pub struct Terms {
    /// How many people work there at first.
    pub people: usize,
    /// How many days it has lived with Latchkey.
    pub days: i64,
    /// Where chance begins.
    pub seed: u64,
    /// The present instant (UTC), at which it ends.
    pub until: Timestamp,
    /// Some of the people, of whom nothing is told: they are left to whoever looks at the company.
    pub known: Vec<PersonDraft>,
}

impl Terms {
    /// When it begins (UTC).
    pub fn begin(&self) -> Timestamp {
        let days = SignedDuration::from_hours(24 * self.days);
        self.until.saturating_sub(days).unwrap_or(self.until)
    }
}

/// The name of an account of the chat that is nobody's, and that an operator accepts.
const BACKUPS: &str = "backup-bot";
/// An operator of the sample company, as the pages sign.
const OPERATOR: &str = "Ada King (ada.king@acme.example)";

/// What came of it.
#[derive(Debug, Clone)]
pub struct Lived {
    /// Who was given more by hand than the runbook gives, for good reason.
    stands_in: Option<EmployeeId>,
}

/// Lets a company live from the beginning of its terms to their end. The rehearsal's clock must stand at the beginning.
///
/// # Errors
/// [`RehearsalError`] says what did not go as it does in the field.
pub async fn live(stage: &mut Rehearsal, terms: &Terms) -> Result<Lived, RehearsalError> {
    let (_, runbook) = stage.stack.runbooks.current(&stage.stack.ledger).await?;
    let Script {
        at_first,
        happens,
        manners,
        crashes,
        stands_in,
    } = script(&runbook, terms)?;
    stage.know(at_first).await?;
    let invoker = Crashing {
        functions: Arc::clone(&stage.stack.handlers),
        of: crashes,
    };
    let mut life = Life {
        runbook,
        happens,
        staff: Staff::new(terms.seed),
        sent: 0,
    };
    loop {
        stage.stack.engine.run_in_order(&invoker).await;
        let from = stage.letters.len();
        let tried_again = stage.hear().await?;
        for sent in &stage.letters[from..] {
            let manner_of = |employee: &str| manners.get(employee).copied();
            let at = (&stage.stack, life.runbook.as_ref());
            life.staff.got(at, sent, manner_of).await?;
        }
        // Nobody reads them again.
        stage.letters.clear();
        if life.goes_on(stage).await? {
            continue;
        }
        let next = [
            stage.stack.engine.next_timer(),
            life.staff.next(),
            life.happens.first_key_value().map(|((at, _), _)| *at),
            tried_again,
        ];
        match next.into_iter().flatten().min() {
            Some(next) if next <= terms.until => stage.clock.jump_to(next),
            _ => break,
        }
    }
    stage.clock.jump_to(terms.until);
    Ok(Lived { stands_in })
}

/// Accounts that somebody makes beside Latchkey, in systems that are told of by their accounts' own ids.
pub fn accounts_of_nobody() -> [(&'static str, Account); 2] {
    let account = |name: &str| Account {
        employee_id: None,
        name: name.to_owned(),
        active: true,
        attributes: BTreeMap::default(),
        entitlements: Default::default(),
    };
    [("chat", account(BACKUPS)), ("directory", account("test2"))]
}

/// The last sweep before today's readers come, and what an operator accepts of it.
///
/// # Errors
/// [`RehearsalError`] when the ledger cannot be read or written.
pub async fn look_once_more(stack: &Stack, lived: &Lived) -> Result<(), RehearsalError> {
    let began = stack.clock.now();
    let done = sweep::handle(&stack.sweep_deps(), &sweep::Request::default()).await;
    stack.vitals.swept(began, &done);
    done?;
    let backups = |finding: &Finding| {
        let account = finding.seen.account.as_ref();
        account.is_some_and(|account| account == BACKUPS)
    };
    accepted(stack, backups, "The nightly backup signs in with it.").await?;
    let theirs = |finding: &Finding| {
        lived.stands_in.is_some() && finding.seen.employee_id == lived.stands_in
    };
    let until = "Stands in for the Head of Engineering until the end of the quarter.";
    accepted(stack, theirs, until).await
}

/// An operator accepts the open findings that fit.
async fn accepted(
    stack: &Stack,
    fits: impl Fn(&Finding) -> bool,
    reason: &str,
) -> Result<(), RehearsalError> {
    let ledger = &stack.ledger;
    let mut page = ledger
        .findings(Shelf::Open, Where::Everywhere, None)
        .await?;
    loop {
        let open = page
            .findings
            .iter()
            .filter(|one| one.state == FindingState::Open);
        for finding in open.filter(|one| fits(one)) {
            let now = stack.clock.now();
            // One that cannot be accepted stays open.
            let _ = accept(ledger, &finding.id, (OPERATOR, reason), now).await;
        }
        match page.next {
            Some(next) => {
                page = ledger
                    .findings(Shelf::Open, Where::Everywhere, Some(next))
                    .await?
            }
            None => return Ok(()),
        }
    }
}

/// A company while it lives.
struct Life {
    runbook: Arc<Runbook>,
    happens: BTreeMap<(Timestamp, usize), Doing>,
    staff: Staff,
    /// How many events HR has sent.
    sent: usize,
}

impl Life {
    /// Whatever happens by now. `true` when something did.
    async fn goes_on(&mut self, stage: &Rehearsal) -> Result<bool, RehearsalError> {
        let now = stage.now();
        let mut did = self.staff.act((&stage.stack, &self.runbook), now).await?;
        while let Some(entry) = self
            .happens
            .first_entry()
            .filter(|entry| entry.key().0 <= now)
        {
            let doing = entry.remove();
            self.does(stage, doing).await?;
            did = true;
        }
        Ok(did)
    }

    async fn does(&mut self, stage: &Rehearsal, doing: Doing) -> Result<(), RehearsalError> {
        match doing {
            Doing::Told(payload) => self.told(stage, payload).await,
            Doing::Swept => {
                let deps = stage.stack.sweep_deps();
                sweep::handle(&deps, &sweep::Request::default()).await?;
                Ok(())
            }
            Doing::ByHand(of, change) => {
                by_hand(stage, &of, change);
                Ok(())
            }
            Doing::Taken(taken) => takes(&stage.stack, &taken).await,
        }
    }

    async fn told(&mut self, stage: &Rehearsal, mut payload: Value) -> Result<(), RehearsalError> {
        self.sent += 1;
        payload["timestamp"] = json!(stage.now());
        let (status, answer) = stage.send(&format!("msg_{}", self.sent), &payload).await?;
        match status {
            200..=299 => Ok(()),
            status => Err(RehearsalError::Refused {
                status,
                problem: answer.to_string(),
            }),
        }
    }
}

/// Somebody changes an account beside Latchkey.
fn by_hand(stage: &Rehearsal, of: &EmployeeId, change: ByHand) {
    let system = match change {
        ByHand::Gives(_) | ByHand::Takes(_) => "directory",
        ByHand::WakesUp | ByHand::Protects => "chat",
    };
    let Some(system) = stage.systems.find(system) else {
        return;
    };
    if let ByHand::Protects = change {
        let of = of.clone();
        return system.refuse(move |account, _| account.employee_id.as_ref() == Some(&of));
    }
    let (Some(handle), Some(mut account)) = (system.handle_of(of), system.account_of(of)) else {
        return;
    };
    match change {
        ByHand::Gives(group) => _ = account.entitlements.insert(Entitlement::from(group)),
        ByHand::Takes(group) => _ = account.entitlements.remove(&Entitlement::from(group)),
        ByHand::WakesUp => account.active = true,
        ByHand::Protects => {}
    }
    system.put(&handle, account);
}

/// Somebody takes a task, and may put it aside half done.
async fn takes(stack: &Stack, taken: &Taken) -> Result<(), RehearsalError> {
    let deps = latchkey_questions::Deps {
        ledger: &stack.ledger,
        clock: stack.clock.as_ref(),
        runbooks: &stack.runbooks,
        workflow: stack.workflow.as_ref(),
        links: &stack.links,
    };
    for case in stack.ledger.each_case_of(&taken.of).await? {
        for row in stack.ledger.tasks(&case.item.id).await? {
            let task = &row.item.task;
            let asking = row.item.asking.as_ref().filter(|asking| !asking.answered);
            let (true, Some(asking)) = (task.id.as_str() == taken.task, asking) else {
                continue;
            };
            let question = Question {
                case: case.item.id.clone(),
                task: task.id.clone(),
                step: asking.step,
                serial: asking.serial,
                may_waive: false,
            };
            let by = Somebody {
                name: latchkey_questions::facts::name_of(taken.by),
                address: taken.by.to_owned(),
            };
            let take = Hand::Take {
                seen: String::new(),
            };
            // Somebody may have answered by now.
            let _ = in_hand(&deps, &question, &by, &take).await;
            if let Some(note) = taken.aside {
                let half = Evidence {
                    by: by.name.clone(),
                    address: Some(by.address.clone()),
                    note: Some(note.to_owned()),
                    ..Evidence::default()
                };
                let _ = in_hand(&deps, &question, &by, &Hand::Aside(Answer::Done(half))).await;
            }
        }
    }
    Ok(())
}

/// The functions, one of which crashes whenever somebody is to be asked about one person's desk.
struct Crashing {
    functions: Arc<Handlers>,
    of: Option<EmployeeId>,
}

#[async_trait]
impl Invoker for Crashing {
    async fn invoke(&self, function: &str, payload: Value) -> Result<Value, TaskError> {
        if function == "ask" && payload["taskId"] == "desk" {
            let case = payload["caseId"].as_str().unwrap_or_default();
            let is_theirs = |of: &EmployeeId| case.starts_with(&format!("hire-{of}-"));
            if self.of.as_ref().is_some_and(is_theirs) {
                return Err(TaskError::new("Runtime.OutOfMemory", "it was killed"));
            }
        }
        self.functions.invoke(function, payload).await
    }

    async fn publish(
        &self,
        topic: &str,
        subject: Option<&str>,
        message: &str,
    ) -> Result<String, TaskError> {
        self.functions.publish(topic, subject, message).await
    }
}

/// The sample company's runbook with a brake that holds what a company of two hundred would look at twice; any other
/// runbook as it is.
pub fn with_a_small_brake(source: &Source) -> Source {
    let files = source.files().iter().map(|(name, text)| {
        let text = text.replace(
            "brake: {within: 24 hours, exits: 20,",
            "brake: {within: 24 hours, exits: 4,",
        );
        (name.clone(), text)
    });
    Source::from_files(files.collect())
}
