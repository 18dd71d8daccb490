//! Whether two records are about one human (I2): the names, or the work address, agree.

use latchkey_lifecycle::spelling;

use crate::told::{Field, Told};

/// What was told of one id by which a human is known again: each text once.
#[derive(Debug, Default)]
pub(crate) struct Marks<'a> {
    given: Vec<&'a str>,
    family: Vec<&'a str>,
    addresses: Vec<&'a str>,
}

impl<'a> Marks<'a> {
    pub(crate) fn add(&mut self, told: &Told<'a>) {
        let note = |list: &mut Vec<&'a str>, field| {
            let text = told.get(field).filter(|text| !list.contains(text));
            list.extend(text);
        };
        note(&mut self.given, Field::GivenName);
        note(&mut self.family, Field::FamilyName);
        note(&mut self.addresses, Field::WorkEmail);
    }

    /// Given **and** family name, or the work address. Of somebody with one name only the other one is empty, and
    /// agrees.
    pub(crate) fn agree(&self, other: &Marks<'_>) -> bool {
        let given = in_both(&self.given, &other.given, spellings);
        let family = in_both(&self.family, &other.family, spellings);
        let named = given.iter().chain(&family).any(|name| !name.is_empty());
        let address = |text: &str| [text.trim().to_lowercase()];
        let addresses = in_both(&self.addresses, &other.addresses, address);
        let addressed = addresses.iter().any(|address| !address.is_empty());
        (!given.is_empty() && !family.is_empty() && named) || addressed
    }
}

fn in_both<const N: usize>(
    a: &[&str],
    b: &[&str],
    forms: impl Fn(&str) -> [String; N],
) -> Vec<String> {
    let theirs: Vec<String> = b.iter().flat_map(|text| forms(text)).collect();
    let ours = a.iter().flat_map(|text| forms(text));
    ours.filter(|form| theirs.contains(form)).collect()
}

/// A name as account names have it: umlauts as two letters (`mueller`) and as one (`muller`), since both are written. A
/// name of which nothing can be written so is compared as it is.
fn spellings(name: &str) -> [String; 2] {
    let lower = name.trim().to_lowercase();
    [
        spelling::bare(&lower),
        spelling::bare(&spelling::plain(&lower, "")),
    ]
    .map(|plain| match plain.is_empty() {
        true => lower.clone(),
        false => plain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_lifecycle::PersonDraft;

    fn agree(a: [&str; 3], b: [&str; 3]) -> bool {
        let draft = |[given, family, address]: [&str; 3]| PersonDraft {
            given_name: Some(given.to_owned()),
            family_name: Some(family.to_owned()),
            work_email: Some(address.to_owned()),
            ..PersonDraft::default()
        };
        let (a, b) = (draft(a), draft(b));
        let (mut one, mut other) = (Marks::default(), Marks::default());
        one.add(&Told::of(&a));
        other.add(&Told::of(&b));
        one.agree(&other)
    }

    #[test]
    fn names_agree_as_they_are_written_here_and_there() {
        assert!(agree(["Jörg", "Müller", ""], ["joerg", "MUELLER ", ""]));
        assert!(agree(["Jorg", "Muller", ""], ["Jörg", "Müller", ""]));
        assert!(agree(["", "Sukarno", ""], ["", "sukarno", ""]));
        assert!(!agree(["", "", ""], ["", "", ""]));
        assert!(!agree(["Ines", "Moravec", ""], ["Ines", "Lind", ""]));
        assert!(agree(
            ["Ines", "Moravec", "i@a.example"],
            ["Ines", "Lind", "I@a.example"]
        ));
    }
}
