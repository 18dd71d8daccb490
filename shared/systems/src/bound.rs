//! Secrets, and where they say that they may go. A runbook names a system's address and its secret; whoever can change
//! the one must not be able to have the other sent to themselves, so the secret itself says to which hosts it may be
//! shown.

use std::collections::BTreeSet;

use latchkey_address::{Address, Loopback, host};
use serde_json::Value;

use crate::{Secret, SecretError};

/// A secret, and the hosts that it may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    name: String,
    secret: Secret,
    hosts: BTreeSet<String>,
}

impl Bound {
    /// A secret from its text: a JSON object, or a bare token, which says of no host that it may go there.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`].
    pub fn parse(name: &str, text: &str) -> Result<Bound, SecretError> {
        let unreadable = || SecretError::Unreadable {
            name: name.to_owned(),
        };
        let text = text.trim();
        let (secret, hosts) = if text.starts_with('{') {
            let mut value: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
            let hosts = hosts_in(&mut value).ok_or_else(unreadable)?;
            let secret = serde_json::from_value(value).map_err(|_| unreadable())?;
            (secret, hosts)
        } else if text.is_empty() || text.chars().any(char::is_whitespace) {
            return Err(unreadable());
        } else {
            let token = text.to_owned();
            (Secret::Bearer { token }, BTreeSet::new())
        };
        Ok(Bound {
            name: name.to_owned(),
            secret,
            hosts,
        })
    }

    /// The secret, for a system at an address.
    ///
    /// # Errors
    /// [`SecretError`] when it does not say that it may go there, or its tokens are had where nothing is called.
    pub fn shown_at(&self, address: &Address, loopback: Loopback) -> Result<&Secret, SecretError> {
        let (name, host) = (self.name.clone(), address.host().to_owned());
        if self.hosts.is_empty() {
            return Err(SecretError::Unbound { name, host });
        }
        if !self.hosts.contains(&host) {
            let hosts: Vec<String> = self.hosts.iter().map(|host| format!("`{host}`")).collect();
            let hosts = hosts.join(", ");
            return Err(SecretError::Elsewhere { name, host, hosts });
        }
        if let Some(token_url) = self.secret.token_url() {
            Address::of_http(token_url, loopback)
                .map_err(|unfit| SecretError::TokenUrl { name, unfit })?;
        }
        Ok(&self.secret)
    }

    /// The text of a secret that says where it may go; `None` when it says that already. For `latchkey system bind`.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`].
    pub fn binding(name: &str, text: &str, hosts: &[String]) -> Result<Option<Value>, SecretError> {
        if !Bound::parse(name, text)?.hosts.is_empty() {
            return Ok(None);
        }
        let mut value = match serde_json::from_str(text.trim()) {
            Ok(Value::Object(value)) => Value::Object(value),
            _ => serde_json::json!({ "token": text.trim() }),
        };
        value["hosts"] = hosts.into();
        Ok(Some(value))
    }
}

/// Takes the hosts out of a secret's text. `None` when they are none.
fn hosts_in(secret: &mut Value) -> Option<BTreeSet<String>> {
    match secret.as_object_mut()?.remove("hosts") {
        None => Some(BTreeSet::new()),
        Some(Value::Array(hosts)) => hosts.iter().map(|one| host(one.as_str()?)).collect(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<'a>(bound: &'a Bound, address: &str) -> Result<&'a Secret, SecretError> {
        let address = Address::parse(address).unwrap();
        bound.shown_at(&address, Loopback::Encrypted)
    }

    #[test]
    fn every_form_is_read_and_none_is_shown() {
        for (text, form) in [
            ("t0ken", "Secret::Bearer(…)"),
            (
                r#"{"token":"t0ken","hosts":["x.example"]}"#,
                "Secret::Bearer(…)",
            ),
            (r#"{"username":"u","password":"t0ken"}"#, "Secret::Basic(…)"),
            (
                r#"{"clientId":"c","clientSecret":"t0ken","tokenUrl":"https://x.example/token"}"#,
                "Secret::ClientCredentials(…)",
            ),
            (
                r#"{"clientId":"c","privateKey":"t0ken","tokenUrl":"https://x.example/token","keyId":"k"}"#,
                "Secret::PrivateKey(…)",
            ),
            (
                r#"{"clientId":"c","privateKey":"t0ken","tokenUrl":"https://x.example/token","subject":"it@x.example"}"#,
                "Secret::PrivateKey(…)",
            ),
        ] {
            let bound = Bound::parse("s", text).unwrap();
            assert_eq!(format!("{:?}", bound.secret), form);
            assert!(!format!("{bound:?}").contains("t0ken"));
        }
        for text in [
            "",
            "two words",
            "{}",
            r#"{"token":"t","extra":1}"#,
            r#"{"token":"t","hosts":"x.example"}"#,
            r#"{"token":"t","hosts":["https://x.example"]}"#,
            "{not json",
        ] {
            let error = Bound::parse("chat", text).unwrap_err();
            let name = "chat".into();
            assert_eq!(error, SecretError::Unreadable { name });
        }
    }

    #[test]
    fn a_secret_goes_only_where_it_says_it_may() {
        let secret = r#"{"token":"t0ken","hosts":["Chat.ACME.example","10.0.0.7"]}"#;
        let secret = Bound::parse("acme/chat", secret).unwrap();
        assert!(shown(&secret, "https://chat.acme.example/scim").is_ok());
        assert!(shown(&secret, "https://CHAT.acme.example.:8443").is_ok());
        assert!(shown(&secret, "ldaps://10.0.0.7").is_ok());
        for address in [
            "https://chat.acme.example.evil.example",
            "https://evil.example/chat.acme.example",
            "https://acme.example",
            "https://x.chat.acme.example",
        ] {
            let error = shown(&secret, address).unwrap_err();
            assert!(matches!(error, SecretError::Elsewhere { .. }), "{error}");
            assert!(!error.to_string().contains("t0ken"));
        }
    }

    #[test]
    fn a_secret_that_does_not_say_where_it_may_go_goes_nowhere_until_it_is_bound() {
        for text in [
            "t0ken",
            r#"{"username":"u","password":"t0ken"}"#,
            r#"{"token":"t0ken","hosts":[]}"#,
        ] {
            let unbound = Bound::parse("acme/chat", text).unwrap();
            let error = shown(&unbound, "https://chat.example").unwrap_err();
            assert!(matches!(error, SecretError::Unbound { .. }), "{error}");
            let hosts = ["chat.example".to_owned()];
            let bound = Bound::binding("acme/chat", text, &hosts)
                .unwrap()
                .unwrap()
                .to_string();
            let read = Bound::parse("acme/chat", &bound).unwrap();
            assert_eq!(read.secret, unbound.secret);
            assert!(shown(&read, "https://chat.example").is_ok());
            let again = Bound::binding("acme/chat", &bound, &["evil.example".to_owned()]);
            assert_eq!(again, Ok(None), "what is bound stays bound");
        }
    }

    #[test]
    fn tokens_are_had_encrypted_and_not_from_the_clouds_own_services() {
        let of = |token_url: &str| {
            let secret = format!(
                r#"{{"clientId":"c","clientSecret":"s","tokenUrl":"{token_url}","hosts":["x.example"]}}"#
            );
            let secret = Bound::parse("s", &secret).unwrap();
            shown(&secret, "https://x.example").cloned()
        };
        assert!(of("https://login.example/token").is_ok());
        for token_url in [
            "http://login.example/token",
            "http://127.0.0.1/token",
            "https://169.254.169.254/token",
            "https://u:p@login.example/token",
        ] {
            let error = of(token_url).unwrap_err();
            assert!(matches!(error, SecretError::TokenUrl { .. }), "{error}");
        }
    }
}
