//! What was last tried of something outside (a system, the mail server, the sign-in provider), and what came of it: for
//! whoever looks at it from where it cannot be tried.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, ledger::read, store::When};

/// What was tried at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// When (UTC).
    pub at: Timestamp,
    /// Each thing, in the order in which it was tried. What could not be tried any more is not among them.
    pub things: Vec<OneTried>,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OneTried {
    /// What Latchkey has to be able to do, as in "Latchkey can …".
    pub what: String,
    /// Why it cannot, in words for whoever mends it; `None` where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Tried {
    /// The first thing that does not work: what it is, and why.
    pub fn first_problem(&self) -> Option<(&str, &str)> {
        let mut wrong = self
            .things
            .iter()
            .filter_map(|one| Some((one.what.as_str(), one.problem.as_deref()?)));
        wrong.next()
    }
}

impl Ledger {
    /// Keeps what was tried, in the place of what was tried before.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_tried(&self, of: &str, tried: &Tried) -> Result<(), LedgerError> {
        let write = self.put(&keys::tried(of), tried, When::Always, &[])?;
        self.commit(vec![write]).await?;
        Ok(())
    }

    /// What was last tried of each of these, in few calls; without those of which nothing ever was.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn tried(
        &self,
        of: impl IntoIterator<Item = String>,
    ) -> Result<BTreeMap<String, Tried>, LedgerError> {
        let keys = of.into_iter().map(|of| keys::tried(&of)).collect();
        let items = self.get_all(keys).await?;
        let tried = items.iter().filter_map(|item| {
            let of = keys::tried_of(&item.key.pk)?.to_owned();
            Some(read(item).map(|tried| (of, tried)))
        });
        tried.collect()
    }
}
