//! What Latchkey needs before it may act for a company: the runbook, where events come from, systems, letters, sign-in,
//! sweeps. The page `/setup` and the command `latchkey doctor` show the same, from here.
//!
//! What is outside is tried when somebody asks for it ([`look`]), within a time and all of it at once, and what came of
//! it stands in the ledger; what is known then is judged without a call ([`checks`]), so that a page costs nothing, and
//! is the same where systems cannot be called.

mod facts;
mod judge;
mod letter;
mod look;
mod outside;
mod place;
mod trouble;

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError, Tried};
use latchkey_lifecycle::SystemId;
use latchkey_runtime::{Failure, Runbooks};
use serde::{Deserialize, Serialize};

pub use letter::to_oneself;
pub use look::{PATIENCE, keep_probes, look, look_at_system};
pub use place::{Mail, Outside, Place, SignIn};
pub use trouble::{Known, Trouble, known_of};

/// What the checks read.
#[derive(Clone, Copy)]
pub struct Deps<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// Checked runbooks.
    pub runbooks: &'a Runbooks,
    /// What only the place knows in which Latchkey runs.
    pub place: &'a Place,
    /// The present instant (UTC).
    pub now: Timestamp,
}

/// What belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Group {
    /// Latchkey itself.
    Running,
    /// The runbook.
    Runbook,
    /// Sources of events.
    Events,
    /// Systems.
    Systems,
    /// Letters and sign-in.
    Letters,
    /// What compares systems with the ledger.
    Sweep,
}

impl Group {
    /// Its heading.
    pub fn words(self) -> &'static str {
        match self {
            Group::Running => "Latchkey itself",
            Group::Runbook => "Runbook",
            Group::Events => "Where events come from",
            Group::Systems => "Systems",
            Group::Letters => "Letters and sign-in",
            Group::Sweep => "Sweeps",
        }
    }
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stands {
    /// It is as it should be.
    Well,
    /// It works, and there is something to know.
    Known,
    /// It comes by itself.
    Comes,
    /// Somebody has to do something.
    ToDo,
    /// It could not be looked at from here.
    NotSeen,
}

impl Stands {
    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Stands::Well | Stands::Known => "in order",
            Stands::Comes => "comes by itself",
            Stands::ToDo => "to do",
            Stands::NotSeen => "not seen from here",
        }
    }
}

/// What a page can do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// Try everything outside again.
    Look,
    /// Send a letter to oneself.
    Letter,
    /// Open the page of a system, by its short name.
    System(SystemId),
}

/// One thing that Latchkey needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Its name for programs: `runbook`, `system/chat`.
    pub id: String,
    /// What it belongs to.
    pub group: Group,
    /// What should be so.
    pub title: String,
    /// How it stands.
    pub stands: Stands,
    /// What is so, in a sentence or two. No secret, no path of one, nobody's data.
    pub said: String,
    /// When that was seen (UTC), where it is not of now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Timestamp>,
    /// What is to be done, and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_do: Option<String>,
    /// The command that does it, or shows more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// What a page offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
}

impl Check {
    /// Something that is as it should be.
    pub fn well(id: impl Into<String>, group: Group, title: impl Into<String>) -> Check {
        Check {
            id: id.into(),
            group,
            title: title.into(),
            stands: Stands::Well,
            said: String::new(),
            seen: None,
            to_do: None,
            command: None,
            act: None,
        }
    }

    /// The same, with what is so.
    #[must_use]
    pub fn says(mut self, said: impl Into<String>) -> Check {
        self.said = said.into();
        self
    }

    /// The same, seen at an instant.
    #[must_use]
    pub fn seen(mut self, at: Option<Timestamp>) -> Check {
        self.seen = at;
        self
    }

    /// The same, standing otherwise.
    #[must_use]
    pub fn stands(mut self, stands: Stands) -> Check {
        self.stands = stands;
        self
    }

    /// The same, for somebody to do something about it.
    #[must_use]
    pub fn to_do(mut self, what: impl Into<String>) -> Check {
        self.stands = Stands::ToDo;
        self.to_do = Some(what.into());
        self
    }

    /// The same, with the command that does it.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Check {
        self.command = Some(command.into());
        self
    }

    /// The same, with what a page offers.
    #[must_use]
    pub fn act(mut self, act: Act) -> Check {
        self.act = Some(act);
        self
    }
}

/// Everything, in the order in which it is to be done. Only the ledger and the place are read.
///
/// # Errors
/// [`Failure`] when the ledger does not answer.
pub async fn checks(deps: Deps<'_>) -> Result<Vec<Check>, Failure> {
    let facts = facts::Facts::of(deps).await?;
    Ok(judge::judge(&facts, deps.place, deps.now))
}

/// What was last tried of a system; `None` where nothing ever was.
///
/// # Errors
/// [`LedgerError`] when the table cannot be read.
pub async fn system_tried(ledger: &Ledger, id: &SystemId) -> Result<Option<Tried>, LedgerError> {
    let of = outside::system(id);
    Ok(ledger.tried([of.clone()]).await?.remove(&of))
}

/// The one thing that comes next.
pub fn next(checks: &[Check]) -> Option<&Check> {
    let mut to_do = checks.iter().filter(|check| check.stands == Stands::ToDo);
    to_do.next()
}

/// Whether all of it is in order, and all of it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Well,
    /// Something is to be done.
    ToDo,
    /// Nothing is, as far as could be seen.
    NotSeen,
}

impl Verdict {
    /// Of all of it.
    pub fn of(checks: &[Check]) -> Verdict {
        let any = |stands| checks.iter().any(|check| check.stands == stands);
        match (any(Stands::ToDo), any(Stands::NotSeen)) {
            (true, _) => Verdict::ToDo,
            (false, true) => Verdict::NotSeen,
            (false, false) => Verdict::Well,
        }
    }
}
