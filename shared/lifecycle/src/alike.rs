//! People who could be one. Whoever takes an id for a number loses the noughts before it; to take `778` for somebody
//! else than `000778` would hire them twice.

use std::fmt;

use crate::{EmployeeId, PersonDraft};

/// Somebody who is known under an id that differs by noughts only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// The id that is known.
    pub known: EmployeeId,
    /// What the two have in common; nothing, when only the ids are alike.
    pub shares: Vec<&'static str>,
}

impl Alike {
    /// Whether they are most likely one person.
    pub fn is_likely(&self) -> bool {
        !self.shares.is_empty()
    }
}

impl fmt::Display for Alike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "employee {} is known", self.known)?;
        match self.is_likely() {
            true => write!(f, ", with the same {}", self.shares.join(" and ")),
            false => Ok(()),
        }
    }
}

/// So long an id of digits alone can be.
const DIGITS: usize = 12;

impl EmployeeId {
    /// The ids that differ from this one by the noughts before them; none of an id that is not of digits alone.
    pub fn with_other_noughts(&self) -> Vec<EmployeeId> {
        let digits = self.as_str().trim_start_matches('0');
        let number = digits.chars().all(|c| c.is_ascii_digit()) && !digits.is_empty();
        if !number {
            return Vec::new();
        }
        let padded = (digits.len()..=DIGITS).map(|width| format!("{digits:0>width$}"));
        let others = padded.filter(|id| id != self.as_str());
        others.filter_map(|id| EmployeeId::new(id).ok()).collect()
    }
}

impl PersonDraft {
    /// Which of these people, whose ids are alike, this one most likely is. Whom the record names as the person's
    /// previous id is told already.
    pub fn alike<'p>(
        &self,
        others: impl IntoIterator<Item = (&'p EmployeeId, &'p PersonDraft)>,
    ) -> Option<Alike> {
        let told = |id: &EmployeeId| self.previous_id.as_ref() == Some(id);
        let others = others.into_iter().filter(|(id, _)| !told(id));
        let alike = others.map(|(id, other)| Alike {
            known: id.clone(),
            shares: self.shares_with(other),
        });
        alike.max_by_key(|one| one.shares.len())
    }

    /// What two records have in common that two people seldom have, in words.
    pub fn shares_with(&self, other: &PersonDraft) -> Vec<&'static str> {
        let name = |draft: &PersonDraft| {
            let names = [draft.given_name.as_deref(), draft.family_name.as_deref()];
            let names: Vec<String> = names.into_iter().flatten().map(str::to_lowercase).collect();
            (!names.concat().is_empty()).then_some(names)
        };
        let address = |address: &Option<String>| address.as_deref().map(str::to_lowercase);
        let same = [
            ("name", name(self).is_some() && name(self) == name(other)),
            (
                "work email",
                self.work_email.is_some()
                    && address(&self.work_email) == address(&other.work_email),
            ),
            (
                "personal email",
                self.personal_email.is_some()
                    && address(&self.personal_email) == address(&other.personal_email),
            ),
            (
                "start date",
                self.start_date.is_some() && self.start_date == other.start_date,
            ),
        ];
        same.into_iter()
            .filter_map(|(what, same)| same.then_some(what))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(id: &str) -> Vec<String> {
        let id = EmployeeId::new(id).unwrap();
        id.with_other_noughts()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn ids_of_digits_have_neighbours_that_differ_by_noughts() {
        let all = others("777");
        assert_eq!(all.len(), 9);
        assert!(all.contains(&"000777".to_owned()) && !all.contains(&"777".to_owned()));
        assert!(others("000777").contains(&"777".to_owned()));
        for none in ["E000777", "0", "000", "1234567890123"] {
            assert_eq!(others(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn records_share_what_is_known_in_both_and_the_same() {
        let person = |given: &str, mail: Option<&str>| PersonDraft {
            given_name: Some(given.to_owned()),
            family_name: Some("Lindgren".to_owned()),
            work_email: mail.map(str::to_owned),
            ..PersonDraft::default()
        };
        let per = person("Per", Some("per@acme.example"));
        assert_eq!(
            per.shares_with(&person("PER", Some("Per@acme.example"))),
            ["name", "work email"]
        );
        assert_eq!(per.shares_with(&person("Ida", None)), Vec::<&str>::new());
        let nobody = PersonDraft::default();
        assert_eq!(nobody.shares_with(&nobody), Vec::<&str>::new());
    }
}
