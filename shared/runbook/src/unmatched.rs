//! Values that no role matches: a department that is misspelt, or that was renamed in the HR system. Whoever has one
//! gets nothing by it, and nobody would notice before they miss it.

use std::{collections::BTreeSet, fmt};

use latchkey_lifecycle::{Case, EventKind, PersonDraft};

use crate::{
    matching::{ATTRIBUTES, Wanted, any_fits},
    problem::nearest,
    runbook::Runbook,
};

/// Attributes with a value for everybody that a runbook which matches on them at all knows. Titles, levels and places
/// of which roles name a few are many more: of those only what is nearly one that a role names is told.
const KNOWN_BY_ALL: [&str; 2] = ["department", "employment_type"];

/// Letters by which a value may differ from one that a role names, to be nearly that.
const NEARLY: usize = 2;

/// A value of a person that no role matches, while roles match on its attribute.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmatched {
    /// The attribute, as [`ATTRIBUTES`] has it.
    pub attribute: &'static str,
    /// The value.
    pub value: String,
    /// The nearest value that a role names, as it stands there.
    pub nearest: Option<String>,
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attribute = self.attribute.replace('_', " ");
        write!(f, "no role matches the {attribute} `{}`", self.value)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => {
                f.write_str("; correct it in the HR system, or add it to a role of the runbook")
            }
        }
    }
}

impl Runbook {
    /// The values of a person that no role matches, while the runbook's roles match on their attribute.
    pub fn unmatched_values(&self, person: &PersonDraft) -> Vec<Unmatched> {
        let unmatched = |attribute: &'static str| {
            let value = value_of(person, attribute).filter(|value| !value.trim().is_empty())?;
            self.unmatched(attribute, value)
        };
        ATTRIBUTES.into_iter().filter_map(unmatched).collect()
    }

    /// Of the person of a case that gives something: what a transfer leaves as it was is not told again.
    pub fn unmatched_of(&self, case: &Case) -> Vec<Unmatched> {
        let gives = case.kind.joins() || case.kind == EventKind::Transfer;
        let Some(person) = case.person.as_ref().filter(|_| gives) else {
            return Vec::new();
        };
        let was = |attribute| case.before.as_ref()?.attribute(attribute);
        let mut values = self.unmatched_values(&person.clone().into());
        values.retain(|value| was(value.attribute) != Some(&value.value));
        values
    }

    /// The values of an attribute that roles name, as they stand there: what a form suggests.
    pub fn named_values(&self, attribute: &str) -> BTreeSet<&str> {
        let conditions = self
            .roles
            .iter()
            .filter_map(|role| role.matcher.conditions.get(attribute));
        let plain = conditions.flatten().filter(|wanted| wanted.is_plain());
        plain.map(Wanted::written).collect()
    }

    fn unmatched(&self, attribute: &'static str, value: &str) -> Option<Unmatched> {
        let conditions: Vec<&Vec<Wanted>> = self
            .roles
            .iter()
            .filter_map(|role| role.matcher.conditions.get(attribute))
            .collect();
        let folded = value.to_lowercase();
        if conditions.is_empty() || conditions.iter().any(|wanted| any_fits(wanted, &folded)) {
            return None;
        }
        let named: Vec<&str> = conditions
            .iter()
            .flat_map(|wanted| wanted.iter())
            .filter(|wanted| wanted.is_plain())
            .map(Wanted::written)
            .collect();
        let is_nearly = |name: &&str| {
            name.chars().count() > 2 * NEARLY
                && strsim::damerau_levenshtein(&name.to_lowercase(), &folded) <= NEARLY
        };
        let nearest = match KNOWN_BY_ALL.contains(&attribute) {
            true => nearest(&folded, named),
            false => Some(nearest(&folded, named.into_iter().filter(is_nearly))?),
        };
        Some(Unmatched {
            attribute,
            value: value.to_owned(),
            nearest: nearest.map(str::to_owned),
        })
    }
}

fn value_of<'a>(person: &'a PersonDraft, attribute: &str) -> Option<&'a str> {
    match attribute {
        "department" => person.department.as_deref(),
        "title" => person.title.as_deref(),
        "level" => person.level.as_deref(),
        "employment_type" => person.employment_type.as_deref(),
        "country" => person.country.as_deref(),
        "location" => person.location.as_deref(),
        _ => None,
    }
}
