//! How a system is reached: its address, and the name of what it is shown.

use latchkey_address::{Address as Place, Loopback, Unfit};

use super::Check;
use crate::{
    document::SystemDoc,
    kind::{Address, Form, Kind},
    yaml::At,
};

/// An address to show where a kind has none to show.
const EXAMPLE: &str = "https://directory.acme.example/scim/v2";

impl Check<'_> {
    pub(super) fn address(
        &mut self,
        name: &At<String>,
        system: &SystemDoc,
        rules: Option<&Kind>,
        context: &str,
    ) {
        let rule = rules.map(|rules| rules.address.as_ref());
        match (&system.address, rule) {
            (Some(address), Some(None)) => self.error(
                address.place,
                format!(
                    "{context} has an `address`, and systems of the kind `{}` have none",
                    system.kind.value
                ),
            ),
            (Some(address), rule) => {
                let starts_tls = is_set(system, "start_tls");
                self.given_address(address, rule.flatten(), starts_tls, context);
            }
            (None, Some(None)) => {}
            (
                None,
                Some(Some(Address {
                    default: Some(_), ..
                })),
            ) => {}
            (None, _) => self.error(
                name.place,
                format!("{context} lacks `address`, where Latchkey calls it"),
            ),
        }
    }

    fn given_address(
        &mut self,
        address: &At<String>,
        rule: Option<&Address>,
        starts_tls: bool,
        context: &str,
    ) {
        let https = ["https".to_owned()].into();
        let schemes = rule.map_or(&https, |rule| &rule.schemes);
        let text = &address.value;
        if !schemes.iter().any(|scheme| begins(text, scheme)) {
            let example = rule.map_or(EXAMPLE, |rule| &rule.example);
            let message = format!("`{text}` in {context} is not an address such as {example}");
            // What stands before an @ may be a password.
            let message = match text.contains('@') {
                true => format!("the address of {context} is none such as {example}"),
                false => message,
            };
            self.error(address.place, message);
            return;
        }
        let found = Place::parse(text).and_then(|place| match place.scheme() {
            "http" => Place::of_http(text, Loopback::Encrypted),
            // LDAP has a way to begin in the open; PostgreSQL is never called in the open elsewhere.
            "ldap" if !starts_tls && !place.is_loopback() => {
                Err(Unfit::Open(place.host().to_owned()))
            }
            _ => place.within(Loopback::Encrypted),
        });
        match found {
            Ok(_) => {}
            Err(unfit @ Unfit::OpenLoopback(_)) => {
                self.warning(address.place, format!("the address of {context}: {unfit}"));
            }
            Err(unfit) => {
                self.refuse(address.place, format!("the address of {context}: {unfit}"));
            }
        }
    }

    /// Whether the name of a secret is one, or the secret itself, which everybody sees who reads the runbook. It is not
    /// repeated.
    pub(super) fn secret_name(&mut self, system: &SystemDoc, context: &str) {
        let Some(secret) = &system.secret else { return };
        if looks_like_a_secret(&secret.value) {
            self.warning(
                secret.place,
                format!(
                    "the `secret` of {context} looks like the secret itself: here stands only its name, as in acme/directory. If it \
                     is one, make a new one, and store that where docs/OPERATIONS.md says: a runbook is kept for ever"
                ),
            );
        } else if !secret.value.chars().all(fits_a_name) {
            let message = format!(
                "the `secret` of {context} is no name that a secret can have: letters, digits and / _ + = . @ - it may have"
            );
            self.refuse(secret.place, message);
        }
    }
}

fn is_set(system: &SystemDoc, flag: &str) -> bool {
    let mut settings = system.settings.iter();
    settings.any(|(name, value)| {
        name.value == flag && Form::Flag.read(value.clone()).as_bool() == Some(true)
    })
}

/// Whether a text is an address of the scheme. What is encrypted elsewhere need not be on this machine.
fn begins(text: &str, scheme: &str) -> bool {
    let rest = |scheme: &str| text.strip_prefix(scheme)?.strip_prefix("://");
    let bare = scheme.strip_suffix('s').filter(|bare| !bare.is_empty());
    let rest = rest(scheme).or_else(|| bare.and_then(rest));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    })
}

/// What names of secrets are made of (Secrets Manager API reference, CreateSecret).
fn fits_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)
}

/// How tokens of well-known vendors begin, private keys in PEM, JSON Web Tokens, and JSON.
const BEGINNINGS: [&str; 23] = [
    "xox",
    "xapp-",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "sk-",
    "sk_",
    "pk_",
    "eyJ",
    "AKIA",
    "ASIA",
    "whsec_",
    "SSWS",
    "Bearer ",
    "Basic ",
    "-----BEGIN",
    "{",
    "AIza",
    "ya29.",
    "dapi",
    "ATATT",
];

/// Whether a text looks like a secret, and not like what somebody calls one.
fn looks_like_a_secret(text: &str) -> bool {
    if BEGINNINGS.iter().any(|begin| text.starts_with(begin)) {
        return true;
    }
    // People write words and at most a year or a number between separators; what has digits in between all over is made
    // at random.
    let mut parts = text.split(['/', '_', '.', '-', '@']);
    parts.any(|part| part.len() >= 20 && runs_of_digits(part) >= 3)
}

fn runs_of_digits(text: &str) -> usize {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.filter(|run| !run.is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_what_people_call_them() {
        for secret in [
            "xoxb-1234567890-abcdefghijkl",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "github_pat_11ABCDE",
            "eyJhbGciOiJIUzI1NiJ9.e30.x",
            "5f0c2a915f0c2a915f0c2a915f0c2a91",
            "Vt3qk0XyHq9sLr2mZw8BfN1d",
            "00QKyB1Rkj7dHcUq2mPzXw5sT9vLnA3eGfYi0o4l6Z",
            "{\"token\": \"x\"}",
            "Bearer abc",
        ] {
            assert!(looks_like_a_secret(secret), "{secret}");
        }
        for name in [
            "acme/directory",
            "hub",
            "systems/directory-de",
            "prod-eu-central-1/identity-provider-2",
            "Acme/GoogleWorkspaceProduction2026",
            "x",
            "scim_token_for_the_new_directory",
        ] {
            assert!(!looks_like_a_secret(name), "{name}");
        }
    }
}
