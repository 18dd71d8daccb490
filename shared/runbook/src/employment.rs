//! What the HR system calls employment types, in the runbook's words.

use std::collections::BTreeMap;

use latchkey_lifecycle::PersonDraft;

use crate::{condition::folded, runbook::Runbook};

/// The runbook's word by the HR system's, both in lower case.
pub(crate) type EmploymentTypes = BTreeMap<String, String>;

impl Runbook {
    /// An employment type in the runbook's words, which its list `employment_types` extends. What stands in no list
    /// stays, in lower case.
    pub fn employment_type(&self, words: &str) -> String {
        let folded = folded(words);
        self.employment_types
            .get(&folded)
            .cloned()
            .unwrap_or(folded)
    }

    /// What HR tells of a person, in the runbook's words.
    #[must_use]
    pub fn in_its_words(&self, mut person: PersonDraft) -> PersonDraft {
        let told = person.employment_type.take();
        person.employment_type = told.map(|words| self.employment_type(&words));
        person
    }
}
