//! What happens in a simulation: people, what HR confirms about them, and what goes wrong. Data, so that parts can be
//! left out.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Date};
use latchkey_lifecycle::EventKind;

use super::sabotage::Sabotage;

/// The departments of the simulated company.
pub(crate) const DEPARTMENTS: [&str; 3] = ["Sales", "Engineering", "Support"];

/// A kind of thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Systems fail before they do anything.
    SystemErrors,
    /// Systems do what they are told and then fail.
    LostAnswers,
    /// Systems ask to come back later.
    Busy,
    /// A read right after a change shows what was before.
    StaleReads,
    /// Systems say yes and do nothing.
    WrongAnswers,
    /// Systems refuse until somebody mends them.
    Refusals,
    /// Steps take longer than they may.
    Slow,
    /// Steps are cut off at some call they make.
    Crashes,
    /// Lambda fails before or after the step.
    LambdaErrors,
    /// Steps run again later.
    LateSteps,
    /// The ledger is throttled.
    LedgerBusy,
    /// Letters do not go out.
    MailDown,
    /// The state machine does not take calls.
    WorkflowBusy,
    /// People answer late, twice, or decline.
    People,
    /// People never answer.
    Silence,
    /// The process ends and begins again.
    Restarts,
    /// Webhooks come late, twice and in another order.
    Deliveries,
    /// Executions are lost.
    Losses,
    /// Somebody writes into the ledger by hand, and a case's runbook is not to be found any more. Never by chance: only
    /// a person can mend it.
    Spoiled,
}

impl Fault {
    /// Every kind that strikes by chance.
    pub const ALL: [Fault; 18] = [
        Fault::SystemErrors,
        Fault::LostAnswers,
        Fault::Busy,
        Fault::StaleReads,
        Fault::WrongAnswers,
        Fault::Refusals,
        Fault::Slow,
        Fault::Crashes,
        Fault::LambdaErrors,
        Fault::LateSteps,
        Fault::LedgerBusy,
        Fault::MailDown,
        Fault::WorkflowBusy,
        Fault::People,
        Fault::Silence,
        Fault::Restarts,
        Fault::Deliveries,
        Fault::Losses,
    ];
}

/// A fault that does not wait for chance: it strikes whenever what is about to happen is described by all of these
/// words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certain {
    /// Which.
    pub fault: Fault,
    /// The words, with spaces between.
    pub what: String,
    /// How often it passes first.
    pub skip: u32,
    /// How often it strikes then.
    pub times: u32,
}

impl Certain {
    pub(crate) fn is_about(&self, what: &str) -> bool {
        self.what.split(' ').all(|word| what.contains(word))
    }
}

/// What of a record an event leaves out or tells besides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing unusual.
    #[default]
    None,
    /// Another manager, and nothing else.
    Manager,
    /// Another family name, and nothing else.
    Name,
    /// The webhook lacks department and title: HR is asked for them.
    Lacks,
    /// The webhook lacks the day: HR is asked for it.
    LacksDay,
}

/// Something that HR confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// What.
    pub kind: EventKind,
    /// When HR confirms it.
    pub at: Timestamp,
    /// The first day of the new state.
    pub day: Option<Date>,
    /// The department, where it changes.
    pub department: Option<usize>,
    /// Whether they are a contractor from then on, where that changes.
    pub contractor: Option<bool>,
    /// What else there is to it.
    pub detail: Detail,
    /// Whether it is told under the person's second id.
    pub renumbered: bool,
    /// How much later the webhook comes, each time it does.
    pub deliveries: Vec<SignedDuration>,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The employee id.
    pub id: String,
    /// The id under which HR knows them later, if that changes.
    pub second_id: Option<String>,
    /// The department of somebody who has worked here for long.
    pub there: Option<usize>,
    /// Whether they begin as a contractor.
    pub contractor: bool,
    /// Whether there is an account that the ledger does not know.
    pub stray: bool,
    /// What HR confirms, in that order.
    pub happenings: Vec<Happening>,
}

/// Everything that happens in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Where chance begins.
    pub seed: u64,
    /// The people.
    pub people: Vec<Life>,
    /// What goes wrong by chance.
    pub faults: BTreeSet<Fault>,
    /// What goes wrong for certain.
    pub certain: Vec<Certain>,
    /// How the product is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// When the process ends and begins again.
    pub restarts: Vec<Timestamp>,
    /// When every execution is lost, and nobody notices before the sweep.
    pub losses: Vec<Timestamp>,
    /// When the sweep runs.
    pub sweeps: Vec<Timestamp>,
}

impl Life {
    /// The ids by which HR knows this person.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.id).chain(&self.second_id)
    }

    /// The id under which HR tells of something.
    pub(crate) fn id_of<'a>(&'a self, happening: &Happening) -> &'a str {
        match &self.second_id {
            Some(id) if happening.renumbered => id,
            _ => &self.id,
        }
    }
}
