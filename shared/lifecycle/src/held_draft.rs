//! What somebody fills in about each of what the brake holds, before it counts. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::CaseId;

/// What is said about one held case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// It is meant.
    GoesOn,
    /// It is a mistake.
    LeftOut,
    /// It stays held.
    Later,
}

/// What one person fills in, kept between the pages of a long list. Whom it does not name stays held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldDraft {
    /// These go on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub goes_on: BTreeSet<CaseId>,
    /// These are left out, each with a reason of its own where there is one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<CaseId, Option<String>>,
    /// Why those are left out that have no reason of their own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it was filled in last (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The second look that was taken at it, or at somebody else's decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<Look>,
}

/// A second look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// When (UTC).
    pub at: Timestamp,
    /// The checksum of what was shown.
    pub list: String,
}

impl Look {
    /// How long it is good.
    pub const GOOD_FOR: SignedDuration = SignedDuration::from_mins(10);

    /// How far the clocks of two machines may be apart.
    const SKEW: SignedDuration = SignedDuration::from_secs(30);

    /// Whether it is still good. What nobody can have seen yet is not.
    pub fn is_good(&self, now: Timestamp) -> bool {
        Look::is_good_of(self.at, now)
    }

    /// Whether a look of this instant is.
    pub fn is_good_of(at: Timestamp, now: Timestamp) -> bool {
        let since = now.duration_since(at);
        -Look::SKEW <= since && since <= Look::GOOD_FOR
    }
}

/// There is more text in it than the ledger keeps in one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reasons are too long together to be kept")]
pub struct TooLong;

/// An item of the ledger takes 400 KB.
/// Source: DynamoDB developer guide, "Service, account, and table quotas", item size.
const MOST_BYTES: usize = 380_000;

/// So long it is kept for whoever comes back to it: later, another flood is another question.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

impl HeldDraft {
    /// What is said about a case.
    pub fn of(&self, case: &CaseId) -> Choice {
        match (
            self.goes_on.contains(case),
            self.left_out.contains_key(case),
        ) {
            (true, _) => Choice::GoesOn,
            (_, true) => Choice::LeftOut,
            _ => Choice::Later,
        }
    }

    /// Why a case is left out.
    pub fn reason_of(&self, case: &CaseId) -> &str {
        let own = self.left_out.get(case).and_then(Option::as_deref);
        own.unwrap_or(&self.reason)
    }

    /// Says something about a case. A reason counts where it is left out.
    pub fn say(&mut self, case: &CaseId, choice: Choice, reason: Option<&str>) {
        self.goes_on.remove(case);
        self.left_out.remove(case);
        match choice {
            Choice::GoesOn => drop(self.goes_on.insert(case.clone())),
            Choice::LeftOut => {
                let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
                self.left_out
                    .insert(case.clone(), reason.map(str::to_owned));
            }
            Choice::Later => {}
        }
    }

    /// What of it is about these: whom it names besides is not held any more.
    pub fn keep(&mut self, held: &BTreeSet<CaseId>) {
        self.goes_on.retain(|id| held.contains(id));
        self.left_out.retain(|id, _| held.contains(id));
    }

    /// Whether it is too old to be shown again.
    pub fn is_old(&self, now: Timestamp) -> bool {
        self.at.is_none_or(|at| now.duration_since(at) > KEPT)
    }

    /// Whether somebody is left out without a reason.
    pub fn lacks_a_reason(&self) -> bool {
        self.left_out.keys().any(|id| self.reason_of(id).is_empty())
    }

    /// About how many something is decided.
    pub fn decided(&self) -> usize {
        self.goes_on.len() + self.left_out.len()
    }

    /// The checksum of what it says about these cases, as they are shown.
    pub fn list<'a>(&self, cases: impl IntoIterator<Item = &'a CaseId>) -> String {
        let mut digest = Sha256::new();
        for id in cases {
            let line = match self.of(id) {
                Choice::GoesOn => format!("{id}\ngo\n"),
                // As JSON, so that no reason can look like the line of another case.
                Choice::LeftOut => {
                    let reason = serde_json::Value::from(self.reason_of(id));
                    format!("{id}\nout {reason}\n")
                }
                Choice::Later => format!("{id}\nlater\n"),
            };
            digest.update(line);
        }
        hex::encode(digest.finalize())[..16].to_owned()
    }

    /// Whether the ledger keeps it in one piece.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn fits(&self) -> Result<(), TooLong> {
        let bytes = serde_json::to_string(self).map_or(usize::MAX, |text| text.len());
        match bytes <= MOST_BYTES {
            true => Ok(()),
            false => Err(TooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(n: usize) -> CaseId {
        CaseId::new(format!("exit-{n}")).unwrap()
    }

    #[test]
    fn a_list_is_another_one_when_anything_that_is_shown_is() {
        let mut draft = HeldDraft {
            reason: "a mistake".to_owned(),
            ..HeldDraft::default()
        };
        draft.say(&case(1), Choice::GoesOn, None);
        draft.say(&case(2), Choice::LeftOut, Some("  "));
        let three = [case(1), case(2), case(3)];
        let list = draft.list(&three);
        assert_eq!(draft.list(&three), list);
        assert_ne!(draft.list(&three[..2]), list);
        let mut changes: Vec<HeldDraft> = vec![draft.clone(); 4];
        changes[0].say(&case(3), Choice::GoesOn, None);
        changes[1].say(&case(1), Choice::LeftOut, None);
        changes[2].say(&case(2), Choice::LeftOut, Some("meant for later"));
        changes[3].reason = "another".to_owned();
        for changed in changes {
            assert_ne!(changed.list(&three), list);
        }
        assert_eq!(draft.reason_of(&case(2)), "a mistake");
        assert!(!draft.lacks_a_reason());
    }

    #[test]
    fn seven_thousand_fit_and_a_book_for_each_does_not() {
        let long = |n: usize| CaseId::new(format!("hire-rescinded-{n:024}-5f0c2a91")).unwrap();
        let mut draft = HeldDraft::default();
        for n in 0..7_000 {
            draft.say(&long(n), Choice::GoesOn, None);
        }
        assert_eq!(draft.fits(), Ok(()));
        for n in 0..7_000 {
            draft.say(&long(n), Choice::LeftOut, Some("a reason of its own"));
        }
        assert_eq!(draft.fits(), Err(TooLong));
    }
}
