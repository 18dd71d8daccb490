//! Values of conditions (`match`, `only`), read as HR's values of the attribute are read: `Germany` in a runbook means
//! whom `DE` in a record means.

use latchkey_values::{country_code, employment_type, usual_words, words};

use crate::{employment::EmploymentTypes, matching::Wanted};

/// Why a value of a condition cannot be what somebody has. Its text stands behind the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misread {
    #[error(
        "names nothing, which is nobody's value: write one, or leave the line out where any will do"
    )]
    Nothing,
    #[error("is no country: write its English name or its ISO 3166 code, like Germany or DE")]
    NoCountry,
    #[error(
        "is a part of a country's code, which nobody should have to guess: list the countries, like [DE, AT]"
    )]
    PartOfCountry,
    #[error(
        "has a `*` within, which stands for itself there: `*` stands for anything at the beginning or the end"
    )]
    StarWithin,
    #[error(
        "fits nobody whose employment type HR calls `{word}`: that is read as `{known}`; write `{known}`"
    )]
    UsualWord {
        word: &'static str,
        known: &'static str,
    },
}

impl Wanted {
    /// Reads a value of a condition on an attribute.
    pub(crate) fn read(
        attribute: &str,
        text: &str,
        types: &EmploymentTypes,
    ) -> Result<Wanted, Misread> {
        let mut wanted = Wanted::new(text);
        if wanted.text().is_empty() {
            return Err(Misread::Nothing);
        }
        if wanted.text().trim_matches('*').contains('*') {
            return Err(Misread::StarWithin);
        }
        let is_pattern = wanted.text().contains('*');
        match attribute {
            "country" if wanted.text() == "*" => {}
            "country" if is_pattern => return Err(Misread::PartOfCountry),
            "country" => {
                let code = country_code(wanted.text()).ok_or(Misread::NoCountry)?;
                wanted.set_text(code.to_lowercase());
            }
            "employment_type" if is_pattern => usual_words_fit(&wanted)?,
            "employment_type" => wanted.set_text(in_our_words(wanted.text(), types)),
            _ => {}
        }
        Ok(wanted)
    }
}

/// An employment type of a condition as it is once HR's word for it was read. A word of the runbook's own list is what
/// others become.
fn in_our_words(folded: &str, types: &EmploymentTypes) -> String {
    if types.values().any(|ours| ours == folded) {
        return folded.to_owned();
    }
    let usual = employment_type(folded);
    types.get(&usual).cloned().unwrap_or(usual)
}

/// Whether a pattern means HR's words where they are known by another one.
fn usual_words_fit(pattern: &Wanted) -> Result<(), Misread> {
    let fits = |word: &str| pattern.fits_text(word);
    match usual_words().find(|(word, known)| fits(word) && !fits(known)) {
        Some((word, known)) => Err(Misread::UsualWord { word, known }),
        None => Ok(()),
    }
}

/// A text in the form in which HR's texts are kept, in lower case.
pub(crate) fn folded(text: &str) -> String {
    words(text).unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attribute: &str, text: &str) -> Result<(String, bool), Misread> {
        let types = [("werkstudent", "intern"), ("employee", "staff")];
        let types = types.map(|(theirs, ours)| (theirs.to_owned(), ours.to_owned()));
        let wanted = Wanted::read(attribute, text, &types.into())?;
        let not = !wanted.fits(wanted.text());
        Ok((wanted.text().to_owned(), not))
    }

    #[test]
    fn values_are_read_as_hr_values_of_the_attribute_are() {
        for (attribute, text, expected, not) in [
            ("country", "Germany", "de", false),
            ("country", "not:Germany", "de", true),
            ("country", "not: DEU", "de", true),
            ("country", "UK", "gb", false),
            ("country", "*", "*", false),
            ("employment_type", "Freelancer", "contractor", false),
            (
                "employment_type",
                "not:Independent Contractor",
                "contractor",
                true,
            ),
            ("employment_type", "Full-Time", "staff", false),
            ("employment_type", "employee", "staff", false),
            ("employment_type", "Werkstudent", "intern", false),
            ("employment_type", "intern", "intern", false),
            ("employment_type", "Board member", "board member", false),
            ("employment_type", "*contractor*", "*contractor*", false),
            (
                "department",
                "Human\u{a0} Resources",
                "human resources",
                false,
            ),
            ("department", "Zoe\u{308}", "zo\u{eb}", false),
        ] {
            let read = read(attribute, text);
            assert_eq!(read, Ok((expected.to_owned(), not)), "{attribute}: {text}");
        }
    }

    #[test]
    fn what_nobody_has_is_no_value() {
        let usual = |word, known| Misread::UsualWord { word, known };
        for (attribute, text, misread) in [
            ("country", "XX", Misread::NoCountry),
            ("country", "not:Atlantis", Misread::NoCountry),
            ("country", "Ge*", Misread::PartOfCountry),
            ("country", "not:", Misread::Nothing),
            ("title", " ", Misread::Nothing),
            ("title", "Head*Sales", Misread::StarWithin),
            (
                "employment_type",
                "not:full*",
                usual("full time", "employee"),
            ),
            ("employment_type", "free*", usual("freelance", "contractor")),
        ] {
            assert_eq!(read(attribute, text), Err(misread), "{attribute}: {text}");
        }
    }
}
