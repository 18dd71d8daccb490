//! The token that says who signed in.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use latchkey_hris::normalise::words;
use latchkey_questions::{NAME_LENGTH, signs_as_ours};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::SignedIn;

/// How far the provider's clock and ours may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Signatures by keys that only the provider has. What is signed by a secret that we know, too, proves nothing.
const SIGNED_BY: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token has to be.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
}

/// Why a token counts for nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// It is signed by a key that the provider does not name.
    #[error("the sign-in provider's word is signed by a key that it does not name")]
    Key,
    /// It is no token, or its signature is not its key's.
    #[error("the sign-in provider's word is not signed as it should be: {0}")]
    Signature(String),
    /// It is another provider's, for another client, or of another sign-in.
    #[error("the sign-in provider's word is {0}")]
    Another(&'static str),
    /// It is not yet, or not any more, good.
    #[error("the sign-in provider's word is {0}: compare the clocks of both machines")]
    Clock(&'static str),
    /// It does not say who it is.
    #[error("the sign-in provider does not say {0}")]
    NoAddress(&'static str),
}

/// What a token says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    #[serde(default)]
    azp: Option<String>,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn all(&self) -> &[String] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// Source: OpenID Connect Core 1.0, section 3.1.3.7.
pub(super) fn verify(
    token: &str,
    keys: &JwkSet,
    expected: &Expected<'_>,
) -> Result<Claims, NotOurs> {
    let unreadable = |e: jsonwebtoken::errors::Error| NotOurs::Signature(e.to_string());
    let header = decode_header(token).map_err(unreadable)?;
    if !SIGNED_BY.contains(&header.alg) {
        return Err(NotOurs::Signature(format!(
            "{:?} is no signature of a provider",
            header.alg
        )));
    }
    let key = match &header.kid {
        Some(kid) => keys.find(kid),
        // A provider with one key need not name it.
        None => keys.keys.first().filter(|_| keys.keys.len() == 1),
    };
    let key = DecodingKey::from_jwk(key.ok_or(NotOurs::Key)?).map_err(unreadable)?;
    // Time is what our own clock says, and is compared below.
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let claims = decode::<Claims>(token, &key, &validation)
        .map_err(unreadable)?
        .claims;
    claims.are_as(expected)?;
    Ok(claims)
}

impl Claims {
    fn are_as(&self, expected: &Expected<'_>) -> Result<(), NotOurs> {
        let audience = self.aud.all();
        let named = audience.iter().any(|one| one == expected.client);
        let presented = self.azp.as_deref();
        if self.iss != expected.issuer {
            return Err(NotOurs::Another("another provider's"));
        }
        if !named
            || (audience.len() > 1 && presented.is_none())
            || presented.is_some_and(|azp| azp != expected.client)
        {
            return Err(NotOurs::Another("for another program"));
        }
        if self.nonce.as_deref() != Some(expected.nonce) {
            return Err(NotOurs::Another("of another sign-in"));
        }
        let at = |seconds: i64, otherwise| Timestamp::from_second(seconds).unwrap_or(otherwise);
        if expected.now.duration_since(at(self.exp, Timestamp::MIN)) > SKEW {
            return Err(NotOurs::Clock("not good any more"));
        }
        if at(self.iat, Timestamp::MAX).duration_since(expected.now) > SKEW {
            return Err(NotOurs::Clock("of a time to come"));
        }
        Ok(())
    }

    pub(super) fn tell(&self, claim: &str) -> bool {
        self.rest.contains_key(claim)
    }

    /// What the provider tells besides of whom the token is about: of nobody else (OpenID Connect Core 1.0, section
    /// 5.3.2).
    pub(super) fn add(&mut self, told: Map<String, Value>) -> Result<(), NotOurs> {
        if told.get("sub").and_then(Value::as_str) != Some(&self.sub) {
            return Err(NotOurs::Another("about somebody else"));
        }
        self.rest.extend(told);
        Ok(())
    }

    /// Who it is. An address that the provider has not verified is nobody's: anybody could have typed it.
    pub(super) fn signed_in(&self, groups_claim: &str) -> Result<SignedIn, NotOurs> {
        let text = |name: &str| self.rest.get(name).and_then(Value::as_str).map(str::trim);
        // Some providers verify all addresses and do not say so.
        let verified = match self.rest.get("email_verified") {
            None | Some(Value::Null) => true,
            Some(said) => *said == Value::Bool(true) || *said == "true",
        };
        let address = text("email").filter(|address| is_one(address));
        let address = address.ok_or(NotOurs::NoAddress(
            "the e-mail address: let the client have the scope and claim `email`",
        ))?;
        if !verified {
            return Err(NotOurs::NoAddress("that the e-mail address is verified"));
        }
        let address = address.to_lowercase();
        // As HR's names are kept: in one line, and nothing of it unseen. Many may write what they like there.
        let name = text("name").and_then(words).filter(|name| is_a_name(name));
        let groups = match self.rest.get(groups_claim) {
            Some(Value::Array(all)) => all
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            Some(Value::String(one)) => vec![one.clone()],
            _ => Vec::new(),
        };
        Ok(SignedIn {
            name: name.unwrap_or_else(|| address.clone()),
            address,
            groups,
        })
    }
}

/// One e-mail address, and nothing else.
fn is_one(address: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || ",;<>\"".contains(c);
    address.matches('@').count() == 1 && !address.contains(odd)
}

/// Whether it can be somebody's name: not too long, and not what Latchkey's own records are signed with.
fn is_a_name(name: &str) -> bool {
    name.chars().count() <= NAME_LENGTH && !signs_as_ours(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn claims(change: Value) -> Claims {
        let mut all = serde_json::json!({
            "iss": "https://a.example", "sub": "1", "aud": "latchkey", "exp": NOW + 60, "iat": NOW, "nonce": "n", "email": "Ada.King@acme.example",
            "email_verified": true, "name": "Ada King", "groups": ["IT"],
        });
        for (name, value) in change.as_object().unwrap() {
            all[name] = value.clone();
        }
        serde_json::from_value(all).unwrap()
    }

    fn checked(change: Value) -> Result<(), NotOurs> {
        let now = Timestamp::from_second(NOW).unwrap();
        claims(change).are_as(&Expected {
            issuer: "https://a.example",
            client: "latchkey",
            nonce: "n",
            now,
        })
    }

    #[test]
    fn a_token_is_for_us_of_this_sign_in_and_of_now() {
        for good in [
            serde_json::json!({}),
            serde_json::json!({ "aud": ["latchkey"] }),
            serde_json::json!({ "aud": ["other", "latchkey"], "azp": "latchkey" }),
            serde_json::json!({ "exp": NOW - 299 }),
            serde_json::json!({ "iat": NOW + 299 }),
        ] {
            assert_eq!(checked(good.clone()), Ok(()), "{good}");
        }
        for (bad, why) in [
            (
                serde_json::json!({ "iss": "https://b.example" }),
                "another provider's",
            ),
            (serde_json::json!({ "aud": "other" }), "for another program"),
            (
                serde_json::json!({ "aud": ["latchkey", "other"] }),
                "for another program",
            ),
            (serde_json::json!({ "azp": "other" }), "for another program"),
            (serde_json::json!({ "nonce": "m" }), "of another sign-in"),
            (serde_json::json!({ "nonce": null }), "of another sign-in"),
            (serde_json::json!({ "exp": NOW - 301 }), "not good any more"),
            (serde_json::json!({ "iat": NOW + 301 }), "of a time to come"),
        ] {
            let said = checked(bad.clone()).unwrap_err().to_string();
            assert!(said.contains(why), "{bad}: {said}");
        }
    }

    #[test]
    fn somebody_is_who_the_provider_has_verified() {
        let is = |change| claims(change).signed_in("groups");
        let ada = is(serde_json::json!({})).unwrap();
        assert_eq!(
            (ada.address.as_str(), ada.name.as_str()),
            ("ada.king@acme.example", "Ada King")
        );
        assert_eq!(ada.groups, ["IT"]);
        assert_eq!(
            is(serde_json::json!({ "groups": "IT", "name": "" }))
                .unwrap()
                .name,
            "ada.king@acme.example"
        );
        assert!(is(serde_json::json!({ "email_verified": "true" })).is_ok());
        let mut added = claims(serde_json::json!({ "email": null }));
        let told = |sub: &str| {
            serde_json::json!({ "sub": sub, "email": "bo@acme.example" })
                .as_object()
                .unwrap()
                .clone()
        };
        assert_eq!(
            added.add(told("2")),
            Err(NotOurs::Another("about somebody else"))
        );
        added.add(told("1")).unwrap();
        assert_eq!(
            added.signed_in("groups").unwrap().address,
            "bo@acme.example"
        );
        // Some providers verify all addresses and do not say so.
        assert!(is(serde_json::json!({ "email_verified": null })).is_ok());
        for bad in [
            serde_json::json!({ "email_verified": false }),
            serde_json::json!({ "email_verified": "false" }),
            serde_json::json!({ "email": null }),
            serde_json::json!({ "email": "ada" }),
            serde_json::json!({ "email": "ada.king@acme.example, x@y" }),
            serde_json::json!({ "email_verified": 0 }),
            serde_json::json!({ "email_verified": [] }),
        ] {
            assert!(is(bad.clone()).is_err(), "{bad}");
        }
        for name in ["sweep", "Intake", &"x".repeat(201), "\u{202e}"] {
            let named = is(serde_json::json!({ "name": name })).unwrap().name;
            assert_eq!(named, "ada.king@acme.example", "{name}");
        }
    }

    /// `none`, and signatures by a secret that is known to both, are no provider's.
    #[test]
    fn a_token_that_nobody_signed_is_refused() {
        let keys = JwkSet { keys: vec![] };
        let now = Timestamp::from_second(NOW).unwrap();
        let expected = Expected {
            issuer: "https://a.example",
            client: "latchkey",
            nonce: "n",
            now,
        };
        // {"alg":"HS256"}.{}. and {"alg":"RS256","kid":"x"}.{}.
        let shared = verify("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", &keys, &expected).unwrap_err();
        assert!(matches!(shared, NotOurs::Signature(_)), "{shared}");
        let none = verify("eyJhbGciOiJub25lIn0.e30.", &keys, &expected).unwrap_err();
        assert!(matches!(none, NotOurs::Signature(_)), "{none}");
        let unknown = verify(
            "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.AAAA",
            &keys,
            &expected,
        )
        .unwrap_err();
        assert_eq!(unknown, NotOurs::Key);
    }
}
