//! What is known to be wrong with a system, by what was tried of it and by the last sweep: the same for every page and
//! command that says how systems are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError, SystemSwept, Tried};
use latchkey_lifecycle::SystemId;

use crate::outside;

/// What is wrong with a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// In a sentence or two.
    pub said: String,
    /// When it was seen (UTC).
    pub at: Timestamp,
    /// Whether a try met it; else a sweep did, and its finding says more.
    pub tried: bool,
}

impl Trouble {
    /// What is to be done about it.
    pub(crate) fn to_do(&self) -> &'static str {
        match self.tried {
            true => "Mend that, then test it again.",
            false => "Mend what the finding says, then test it again.",
        }
    }
}

/// What is wrong by what was tried and the last sweep. A fault that the sweep met after the try counts, and what it
/// could read says less than the try.
pub(crate) fn trouble(tried: Option<&Tried>, swept: Option<&SystemSwept>) -> Option<Trouble> {
    if let Some(tried) = tried
        && let Some((what, problem)) = tried.first_problem()
    {
        return Some(Trouble {
            said: format!("Latchkey cannot {what}. {problem}"),
            at: tried.at,
            tried: true,
        });
    }
    let swept = swept?;
    let fault = swept.fault.as_deref()?;
    let later = tried.is_none_or(|tried| tried.at < swept.ended);
    later.then(|| Trouble {
        said: format!("The last sweep could not read all of it ({fault}); its finding says why."),
        at: swept.ended,
        tried: false,
    })
}

/// What is known of a system without calling it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// Whether anything was ever tried or read there.
    pub called: bool,
}

/// What is known of some systems, in few calls.
///
/// # Errors
/// [`LedgerError`] when the table cannot be read.
pub async fn known_of<'a>(
    ledger: &Ledger,
    systems: impl IntoIterator<Item = &'a SystemId>,
) -> Result<BTreeMap<SystemId, Known>, LedgerError> {
    let systems: Vec<&SystemId> = systems.into_iter().collect();
    let of = systems.iter().map(|id| outside::system(id));
    let tried = ledger.tried(of).await?;
    let swept = ledger.systems_swept(systems.iter().copied()).await?;
    let known = systems.into_iter().map(|id| {
        let (tried, swept) = (tried.get(&outside::system(id)), swept.get(id));
        let known = Known {
            trouble: trouble(tried, swept),
            called: tried.is_some() || swept.is_some(),
        };
        (id.clone(), known)
    });
    Ok(known.collect())
}
