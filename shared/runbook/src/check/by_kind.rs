//! What a system says that only its kind can judge: address, secret, dialect, settings.

use std::collections::BTreeMap;

use latchkey_http_api::{Description, SignIn};
use latchkey_lifecycle::Entitlement;

use super::{
    Check,
    described::{Described, is_described},
};
use crate::{
    document::SystemDoc,
    kind::{self, Form, Kind},
    runbook::{KEPT, Keeps, PERSON},
    source::MAIN,
    yaml::At,
};

impl Check<'_> {
    /// Says what does not fit the kind, and returns the settings.
    pub(super) fn by_kind(
        &mut self,
        name: &At<String>,
        system: &SystemDoc,
        rules: Option<&Kind>,
        context: &str,
    ) -> BTreeMap<String, serde_json::Value> {
        let settings = system.settings.iter();
        let settings = settings
            .map(|(k, v)| {
                let rule = rules.and_then(|rules| rules.settings.get(&k.value));
                let read = self.setting(system, &k.value, v);
                (
                    k.value.clone(),
                    rule.map_or(read.clone(), |rule| rule.is.read(read)),
                )
            })
            .collect();
        // What a kind that is not known would ask for is not known either.
        let Some(rules) = rules.filter(|_| system.kind.value != PERSON) else {
            return settings;
        };
        self.address(name, system, Some(rules), context);
        self.secret_name(system, context);
        let signs_in = self
            .described(system)
            .is_none_or(|api| api.sign_in != SignIn::None);
        if system.secret.is_none() && rules.secret && signs_in {
            self.error(
                name.place,
                format!("{context} lacks `secret`, the name of what Latchkey shows it"),
            );
        }
        if let Some(dialect) = &system.dialect
            && !rules.dialects.contains_key(&dialect.value)
        {
            let message = match rules.dialects.is_empty() {
                true => format!(
                    "{context} has a `dialect`, and systems of the kind `{}` have none",
                    rules.kind
                ),
                false => format!("unknown dialect `{}` in {context}", dialect.value),
            };
            let known = rules.dialects.keys().map(String::as_str);
            self.unknown(MAIN, dialect, message, known);
        }
        self.settings(name, system, rules, context);
        settings
    }

    /// Whether systems of that kind can give such a thing at all.
    pub(super) fn given_by_kind(
        &mut self,
        file: &str,
        system: &At<String>,
        name: &At<String>,
        given: &Entitlement,
    ) {
        let document = self.document;
        let known = document
            .systems
            .iter()
            .find(|(k, _)| k.value == system.value);
        let Some((rules, known)) = known.and_then(|(_, s)| Some((kind::kind(&s.kind.value)?, s)))
        else {
            return;
        };
        let (kinds, whose): (Vec<&str>, String) = match self.api_of(known) {
            // What is wrong with its description is said there, and that it is not there elsewhere.
            Some(Described { api: None, .. }) => return,
            None if is_described(rules) => return,
            Some(Described { api: Some(api), .. }) => (
                api.entitlements.keys().map(String::as_str).collect(),
                "the description of its API has".to_owned(),
            ),
            None => (
                rules.gives(dialect_of(known)),
                match dialect_of(known) {
                    Some(dialect) => format!("the dialect `{dialect}` has"),
                    None => format!("systems of the kind `{}` have", rules.kind),
                },
            ),
        };
        if !kinds.contains(&"*") && !kinds.contains(&given.kind()) {
            let message = format!(
                "`{}` is nothing that `{}` can give: {whose} {}",
                name.value,
                system.value,
                kinds.join(", ")
            );
            self.problems.error(file, name.place, message);
        }
    }

    /// Whether the system has a place for the attributes that the runbook wants kept there.
    fn attributes(&mut self, system: &SystemDoc, rules: &Kind, context: &str) {
        let own = system
            .settings
            .iter()
            .find(|(k, _)| k.value == "attributes");
        let Some((setting, value)) = own.filter(|_| rules.settings.contains_key("attributes"))
        else {
            return;
        };
        let names: Vec<&str> = match value {
            serde_json::Value::Object(map) => map.keys().map(String::as_str).collect(),
            serde_json::Value::Array(all) => all.iter().filter_map(|v| v.as_str()).collect(),
            _ => Vec::new(),
        };
        let kept = rules.kept(dialect_of(system));
        for name in names.into_iter().filter(|name| !kept.contains(*name)) {
            let message = match KEPT.contains(&name) {
                true => format!("{context} does not keep `{name}`"),
                false => format!("unknown attribute `{name}` in {context}"),
            };
            let at = At {
                value: name.to_owned(),
                ..setting.clone()
            };
            self.unknown(MAIN, &at, message, kept.iter().map(String::as_str));
        }
    }

    fn settings(&mut self, name: &At<String>, system: &SystemDoc, rules: &Kind, context: &str) {
        for (setting, value) in &system.settings {
            let Some(rule) = rules.settings.get(&setting.value) else {
                let message = format!("unknown setting `{}` in {context}", setting.value);
                let known = rules.settings.keys().map(String::as_str);
                self.unknown(MAIN, setting, message, known);
                continue;
            };
            let value = rule.is.read(value.clone());
            let text = value.as_str().unwrap_or_default();
            if !rule.is.fits(&value) {
                let form = rule.is.in_words();
                self.error(
                    setting.place,
                    format!(
                        "the setting `{}` in {context} has to be {form}",
                        setting.value
                    ),
                );
            } else if !rule.one_of.is_empty() && !rule.one_of.contains(text) {
                let words: Vec<&str> = rule.one_of.iter().map(String::as_str).collect();
                let words = words.join(", ");
                self.error(
                    setting.place,
                    format!("`{text}` in {context} is none of: {words}"),
                );
            } else if rule.is == Form::File && !self.source.files().contains_key(text) {
                self.error(
                    setting.place,
                    format!("there is no {text} in the runbook's directory, for {context}"),
                );
            }
        }
        self.attributes(system, rules, context);
        for (setting, rule) in &rules.settings {
            if rule.needed && !system.settings.keys().any(|k| k.value == *setting) {
                self.error(
                    name.place,
                    format!("{context} lacks the setting `{setting}`: {}", rule.text),
                );
            }
        }
    }
}

/// How a system deviates from its standard.
fn dialect_of(system: &SystemDoc) -> Option<&str> {
    system
        .dialect
        .as_ref()
        .map(|dialect| dialect.value.as_str())
}

/// The address that the runbook gives, or the kind's own.
pub(super) fn address_of(system: &SystemDoc, rules: Option<&Kind>) -> Option<String> {
    let given = system.address.as_ref().map(|a| a.value.clone());
    given.or_else(|| rules?.address.as_ref()?.default.clone())
}

impl Keeps {
    /// What a system keeps of a person: by its kind, unless the runbook says it for the system.
    pub(super) fn by(
        system: &SystemDoc,
        rules: Option<&Kind>,
        described: Option<&Description>,
    ) -> Keeps {
        let Some(rules) = rules else {
            return Keeps::everything();
        };
        if let Some(api) = described {
            return Keeps {
                employee_id: api.keeps_employee_id(),
                attributes: api.kept().map(str::to_owned).collect(),
            };
        }
        let own = system
            .settings
            .iter()
            .find(|(k, _)| k.value == "attributes");
        let own = own.filter(|_| rules.settings.contains_key("attributes"));
        let attributes = match own.map(|(_, value)| value) {
            Some(serde_json::Value::Object(map)) => map.keys().cloned().collect(),
            Some(serde_json::Value::Array(all)) => {
                let texts = all.iter().filter_map(serde_json::Value::as_str);
                texts.map(str::to_owned).collect()
            }
            _ => rules.kept(dialect_of(system)).clone(),
        };
        Keeps {
            employee_id: rules.employee_id,
            attributes,
        }
    }
}
