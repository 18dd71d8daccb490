//! Whom a role matches.

use std::collections::BTreeMap;

use latchkey_lifecycle::Person;

use crate::condition::folded;

/// The attributes that can be matched on; [`Person::attribute`] gives their values.
pub const ATTRIBUTES: [&str; 6] = [
    "department",
    "title",
    "level",
    "employment_type",
    "country",
    "location",
];

/// One wanted value: case does not count; `*` at the beginning or end stands for anything; `not:` turns it round.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    text: String,
    not: bool,
    written: String,
}

/// Two are the same that want the same, however it is written.
impl PartialEq for Wanted {
    fn eq(&self, other: &Wanted) -> bool {
        (self.not, &self.text) == (other.not, &other.text)
    }
}

impl Eq for Wanted {}

impl Wanted {
    /// A text as it is written, in any attribute; [`Wanted::read`] knows what an attribute's values mean.
    pub(crate) fn new(text: &str) -> Wanted {
        let folded = folded(text);
        let (not, rest) = match folded.strip_prefix("not:") {
            Some(rest) => (true, rest.trim()),
            None => (false, folded.as_str()),
        };
        Wanted {
            text: rest.to_owned(),
            not,
            written: text.trim().to_owned(),
        }
    }

    pub(crate) fn set_text(&mut self, text: String) {
        self.text = text;
    }

    /// `folded` is in lower case.
    pub(crate) fn fits(&self, folded: &str) -> bool {
        self.fits_text(folded) != self.not
    }

    /// Whether a text in lower case is what is wanted, or is not, where `not:` stands before it.
    pub(crate) fn fits_text(&self, folded: &str) -> bool {
        let text = self.text.as_str();
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            _ if text == "*" => true,
            (Some(end), None) => folded.ends_with(end),
            (None, Some(start)) => folded.starts_with(start),
            (Some(rest), Some(_)) => folded.contains(rest.trim_end_matches('*')),
            (None, None) => folded == text,
        }
    }

    /// As it stands in the runbook.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// As it is compared, without `not:`.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_plain(&self) -> bool {
        !self.not && !self.text.contains('*')
    }
}

/// Whether a value in lower case fits a condition: exceptions all count; of the others one is enough.
pub(crate) fn any_fits(wanted: &[Wanted], folded: &str) -> bool {
    let (not, plain): (Vec<&Wanted>, Vec<&Wanted>) = wanted.iter().partition(|w| w.not);
    not.iter().all(|w| w.fits(folded)) && (plain.is_empty() || plain.iter().any(|w| w.fits(folded)))
}

/// Whether nobody's value can fit a condition: all that it names, its exceptions take away. Errs on the side of no.
pub(crate) fn fit_nobody(wanted: &[Wanted]) -> bool {
    let (not, plain): (Vec<&Wanted>, Vec<&Wanted>) = wanted.iter().partition(|w| w.not);
    let taken = |one: &&Wanted| one.is_plain() && not.iter().any(|not| !not.fits(&one.text));
    let nothing_else = not.iter().any(|not| not.text == "*");
    nothing_else || (!plain.is_empty() && plain.iter().all(taken))
}

/// Conditions by attribute: all have to fit, each by one of its values. A person without the attribute does not
/// fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Matcher {
    pub(crate) conditions: BTreeMap<String, Vec<Wanted>>,
}

impl Matcher {
    pub(crate) fn fits(&self, person: &Person) -> bool {
        self.fits_by(|attribute| {
            known(person, attribute).is_some_and(|v| self.allows(attribute, v))
        })
    }

    /// Whether whoever fits the other fits this one, too: it asks for nothing else. Errs on the side of no.
    pub(crate) fn fits_whom(&self, other: &Matcher) -> bool {
        let mut ours = self.conditions.iter();
        ours.all(|(attribute, wanted)| other.conditions.get(attribute) == Some(wanted))
    }

    /// Whether the person fits as far as is known: what is not known of them may be what is wanted.
    pub(crate) fn could_fit(&self, person: &Person) -> bool {
        self.fits_by(|attribute| known(person, attribute).is_none_or(|v| self.allows(attribute, v)))
    }

    /// Whether `fits` says so of every attribute that counts here.
    pub(crate) fn fits_by(&self, fits: impl Fn(&str) -> bool) -> bool {
        self.conditions.keys().all(|attribute| fits(attribute))
    }

    /// Whether a value of an attribute fits; any does where the attribute does not count.
    pub(crate) fn allows(&self, attribute: &str, value: &str) -> bool {
        let Some(wanted) = self.conditions.get(attribute) else {
            return true;
        };
        any_fits(wanted, &value.to_lowercase())
    }

    /// Whether one person could fit both. Errs on the side of yes.
    pub(crate) fn can_meet(&self, other: &Matcher) -> bool {
        self.conditions.iter().all(|(attribute, ours)| {
            let Some(theirs) = other.conditions.get(attribute) else {
                return true;
            };
            let all_plain = ours.iter().chain(theirs).all(Wanted::is_plain);
            if all_plain {
                return ours.iter().any(|a| theirs.contains(a));
            }
            let clash = |plain: &[Wanted], other: &[Wanted]| {
                plain.iter().all(Wanted::is_plain)
                    && plain.iter().all(|p| {
                        let (not, rest): (Vec<&Wanted>, Vec<&Wanted>) =
                            other.iter().partition(|w| w.not);
                        not.iter().any(|w| !w.fits(&p.text))
                            || (!rest.is_empty() && !rest.iter().any(|w| w.fits(&p.text)))
                    })
            };
            !clash(ours, theirs) && !clash(theirs, ours)
        })
    }
}

fn known<'p>(person: &'p Person, attribute: &str) -> Option<&'p str> {
    person.attribute(attribute).filter(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(lines: &[(&str, &[&str])]) -> Matcher {
        let conditions = lines
            .iter()
            .map(|(a, w)| ((*a).to_owned(), w.iter().map(|w| Wanted::new(w)).collect()))
            .collect();
        Matcher { conditions }
    }

    #[test]
    fn wanted_values_fit_as_people_mean_them() {
        for (wanted, value, fits) in [
            ("Sales", "sales", true),
            ("Sales", "presales", false),
            ("Senior *", "senior engineer", true),
            ("*Engineer", "senior engineer", true),
            ("*engineer*", "engineers", true),
            ("*", "anything", true),
            ("not: contractor", "employee", true),
            ("not:contractor", "contractor", false),
        ] {
            assert_eq!(Wanted::new(wanted).fits(value), fits, "{wanted} / {value}");
        }
    }

    #[test]
    fn roles_that_cannot_meet_are_told_apart() {
        let sales = matcher(&[("department", &["Sales"])]);
        let finance = matcher(&[("department", &["Finance", "Accounting"])]);
        let leads = matcher(&[("title", &["*Lead"])]);
        let not_sales = matcher(&[("department", &["not:sales"])]);
        assert!(!sales.can_meet(&finance));
        assert!(sales.can_meet(&leads) && finance.can_meet(&leads));
        assert!(!sales.can_meet(&not_sales) && finance.can_meet(&not_sales));
        assert!(matcher(&[]).can_meet(&sales));
    }
}
