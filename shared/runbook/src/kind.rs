//! Kinds of system: what a runbook may say about a system of each. A kind says it itself, in
//! `kinds/NAME.yaml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde::Deserialize;

use crate::{runbook::PERSON, yaml::typed};

/// What a runbook may say about systems of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its name in runbooks.
    pub kind: String,
    /// What it reaches, for people.
    pub reaches: String,
    /// How a system of the kind is addressed; `None` where the kind has one address for all, or none.
    pub address: Option<Address>,
    /// Whether Latchkey has to show a secret.
    #[serde(default)]
    pub secret: bool,
    /// Whether the system keeps the HR system's id of a person.
    #[serde(default)]
    pub employee_id: bool,
    /// Attributes of a person that the system keeps, by our names. The setting `attributes` of a system takes their
    /// place, where the kind has it.
    #[serde(default)]
    pub attributes: BTreeSet<String>,
    /// The same by dialect, for those that keep fewer.
    #[serde(default)]
    pub keeps: BTreeMap<String, BTreeSet<String>>,
    /// The longest account name that a dialect takes, in characters, where that is less than others take. A system's
    /// `account_name_max` takes its place.
    #[serde(default)]
    pub longest_name: BTreeMap<String, usize>,
    /// Kinds of entitlement, and what each is there; `*` for any.
    #[serde(default)]
    pub entitlements: BTreeMap<String, String>,
    /// The dialects that have a kind of entitlement, for those that not all of them have.
    #[serde(default)]
    pub only_in: BTreeMap<String, BTreeSet<String>>,
    /// How systems deviate from a standard, and who does so.
    #[serde(default)]
    pub dialects: BTreeMap<String, String>,
    /// What else a system takes.
    #[serde(default)]
    pub settings: BTreeMap<String, Setting>,
    /// What its function, verify and sweep may read on AWS beside secrets, as IAM statements. Only for kinds that reach
    /// AWS itself.
    #[serde(default)]
    pub reads: Vec<String>,
    /// What its function may change there.
    #[serde(default)]
    pub writes: Vec<String>,
}

impl Kind {
    /// Attributes of a person that systems of a dialect keep, by our names.
    pub(crate) fn kept(&self, dialect: Option<&str>) -> &BTreeSet<String> {
        let own = dialect.and_then(|dialect| self.keeps.get(dialect));
        own.unwrap_or(&self.attributes)
    }

    /// Kinds of entitlement that systems of a dialect have; `*` for any. Without a dialect, the standard's.
    pub(crate) fn gives(&self, dialect: Option<&str>) -> Vec<&str> {
        let has = |kind: &&String| match (self.only_in.get(*kind), dialect) {
            (Some(some), Some(dialect)) => some.contains(dialect),
            _ => true,
        };
        let kinds = self.entitlements.keys().filter(has);
        kinds.map(String::as_str).collect()
    }
}

/// How a system is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// What an address begins with, without `://`. `https` stands for `http` on this machine, too.
    pub schemes: BTreeSet<String>,
    /// One as it is written.
    pub example: String,
    /// The address when a runbook gives none.
    #[serde(default)]
    pub default: Option<String>,
}

/// One setting of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// What it is for.
    pub text: String,
    /// What is written there.
    pub is: Form,
    /// Whether a system has to have it.
    #[serde(default)]
    pub needed: bool,
    /// The words that it may be; any when empty.
    #[serde(default)]
    pub one_of: BTreeSet<String>,
}

/// The form of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A text.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    List,
    /// Names and texts.
    Map,
    /// The name of a YAML file beside the runbook.
    File,
}

impl Form {
    /// Whether a value has this form.
    pub(crate) fn fits(self, value: &serde_json::Value) -> bool {
        let text = serde_json::Value::is_string;
        match self {
            Form::Text | Form::File => value.is_string(),
            Form::Number => value.is_u64(),
            Form::Flag => value.is_boolean(),
            Form::List => value.as_array().is_some_and(|all| all.iter().all(text)),
            Form::Map => value.as_object().is_some_and(|all| all.values().all(text)),
        }
    }

    /// A value as it is wanted: a text keeps its own letters, also where it looks like something else, and true or
    /// false may be said in other words.
    pub(crate) fn read(self, value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value::{Array, Bool, Object, String};
        match (self, value) {
            (Form::Text | Form::File, value) => as_text(value),
            (Form::List, Array(all)) => Array(all.into_iter().map(as_text).collect()),
            (Form::Map, Object(all)) => {
                Object(all.into_iter().map(|(k, v)| (k, as_text(v))).collect())
            }
            (Form::Flag, String(text)) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Bool(true),
                "false" | "no" | "off" => Bool(false),
                _ => String(text),
            },
            (_, value) => value,
        }
    }

    /// For people.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Form::Text => "a text",
            Form::Number => "a whole number",
            Form::Flag => "true or false",
            Form::List => "a list of texts",
            Form::Map => "names and texts",
            Form::File => "the name of a YAML file beside the runbook",
        }
    }
}

/// The text of a value that is one word.
fn as_text(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => value.to_string().into(),
        other => other,
    }
}

/// The kinds of this build with an adapter, by name.
pub fn kinds() -> &'static [Kind] {
    static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
        let files: &[&str] = include!(concat!(env!("OUT_DIR"), "/kinds.rs"));
        // A test reads every one: a broken one does not leave this folder.
        let mut all: Vec<Kind> = files.iter().filter_map(|text| read(text).ok()).collect();
        all.sort_by(|a, b| a.kind.cmp(&b.kind));
        all
    });
    &KINDS
}

fn read(text: &str) -> Result<Kind, String> {
    let tree = latchkey_yaml::read(text).map_err(|trouble| trouble.message)?;
    typed::from_node(&tree).map_err(|misfit| misfit.message)
}

/// A kind with an adapter, by its name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().iter().find(|kind| kind.kind == name)
}

/// The names of all kinds, `person` included.
pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
    let automatic = kinds().iter().map(|kind| kind.kind.as_str());
    automatic.chain([PERSON])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_says_what_it_is() {
        let files: &[&str] = include!(concat!(env!("OUT_DIR"), "/kinds.rs"));
        for text in files {
            let kind = read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            for attribute in kind.attributes.iter().chain(kind.keeps.values().flatten()) {
                assert!(
                    crate::runbook::KEPT.contains(&attribute.as_str()),
                    "{}: {attribute}",
                    kind.kind
                );
            }
            let only = kind.only_in.values().flatten();
            for dialect in kind
                .keeps
                .keys()
                .chain(only)
                .chain(kind.longest_name.keys())
            {
                assert!(kind.dialects.contains_key(dialect), "{dialect}");
            }
            for of in kind.only_in.keys() {
                assert!(kind.entitlements.contains_key(of), "{of}");
            }
        }
        assert_eq!(kinds().len(), files.len());
        let folders = std::fs::read_dir("../../functions").unwrap().flatten();
        let folders = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut folders: Vec<String> = folders
            .filter_map(|name| name.strip_prefix("system-").map(str::to_owned))
            .collect();
        folders.sort();
        let kinds: Vec<&str> = kinds().iter().map(|kind| kind.kind.as_str()).collect();
        assert_eq!(
            kinds, folders,
            "each folder system-KIND has a file in kinds/"
        );
    }
}
