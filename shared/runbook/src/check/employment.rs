//! The company's own employment types.

use super::Check;
use crate::employment::EmploymentTypes;

impl Check<'_> {
    pub(super) fn employment_types(&mut self) -> EmploymentTypes {
        let document = self.document;
        let mut all = EmploymentTypes::new();
        for (name, called) in &document.employment_types {
            let ours = name.value.trim().to_lowercase();
            for word in &called.0 {
                let theirs = word.value.trim().to_lowercase();
                if theirs.is_empty() {
                    let message = format!("an employment type of `{}` has no name", name.value);
                    self.error(word.place, message);
                    continue;
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
