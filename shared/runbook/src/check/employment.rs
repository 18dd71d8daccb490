//! The company's own employment types.

use latchkey_values::employment_type;

use super::Check;
use crate::{condition::folded, employment::EmploymentTypes};

impl Check<'_> {
    pub(super) fn own_employment_types(&mut self) -> EmploymentTypes {
        let document = self.document;
        let mut all = EmploymentTypes::new();
        for (name, called) in &document.employment_types {
            let ours = folded(&name.value);
            for word in &called.0 {
                let theirs = folded(&word.value);
                if theirs.is_empty() {
                    let message = format!("an employment type of `{}` has no name", name.value);
                    self.error(word.place, message);
                    continue;
                }
                let usual = employment_type(&theirs);
                if usual != theirs && usual != ours {
                    let message = format!(
                        "`{}` in `employment_types` is read as `{usual}` before this list counts, and does not become `{}`: \
                         match on `{usual}`, or write `{usual}` here to call all of those `{}`",
                        word.value, name.value, name.value
                    );
                    self.refuse(word.place, message);
                }
                let before = all.insert(theirs, ours.clone());
                if let Some(other) = before.filter(|other| *other != ours) {
                    let message = format!(
                        "`{}` is `{}` in `employment_types`, and `{other}`, too",
                        word.value, name.value
                    );
                    self.error(word.place, message);
                }
            }
        }
        all
    }
}
