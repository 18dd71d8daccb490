//! Which GitHub account is linked to a name: by SAML sign-on
//! (<https://docs.github.com/enterprise-cloud@latest/organizations/granting-access-to-your-organization-with-saml-single-sign-on/viewing-and-managing-a-members-saml-access-to-your-organization>),
//! or by a verified domain
//! (<https://docs.github.com/organizations/managing-organization-settings/verifying-or-approving-a-domain-for-your-organization>).

use std::collections::BTreeMap;

use latchkey_systems::{Fault, Faults, Leafing, Part, Turn, Whole, text};
use serde_json::{Value, json};

use crate::{choices::Identity, github::GitHub, queries};

/// More pages than this are not read to find one address.
const MOST_PAGES: usize = 500;

/// The names under which an identity is known.
fn names(identity: &Value) -> impl Iterator<Item = &str> {
    let saml = &identity["samlIdentity"];
    let scim = text(&identity["scimIdentity"]["username"]);
    let all = [text(&saml["nameId"]), text(&saml["username"]), scim];
    all.into_iter().flatten()
}

impl GitHub {
    /// The GitHub account that SAML sign-on has for a name.
    pub(crate) async fn by_identity(&self, name: &str) -> Result<Option<String>, Fault> {
        let said = self
            .graph(queries::IDENTITY, json!({ "name": name }))
            .await?;
        let provider = self.provider(&said)?;
        let nodes = provider["externalIdentities"]["nodes"].as_array();
        let nodes = nodes.ok_or_else(|| self.odd("something that is no list of identities"))?;
        let mut logins: Vec<String> = Vec::new();
        for identity in nodes {
            let is = names(identity).any(|its| its.to_lowercase() == name.to_lowercase());
            // Who has not signed in yet is linked to nobody.
            let login = text(&identity["user"]["login"]).filter(|_| is);
            logins.extend(login.map(str::to_owned));
        }
        logins.sort_unstable();
        logins.dedup();
        if logins.is_empty() && nodes.len() == queries::IDENTITIES {
            let list = self.connection("SAML identities");
            return Err(list.incomplete("does not look for the one that was asked for"));
        }
        match logins.len() {
            0 | 1 => Ok(logins.pop()),
            n => Err(self.conflict(format!(
                "SAML sign-on has {n} GitHub accounts for {name}; unlink all but one there"
            ))),
        }
    }

    fn provider<'v>(&self, organization: &'v Value) -> Result<&'v Value, Fault> {
        let provider = &organization["samlIdentityProvider"];
        if provider.is_object() {
            return Ok(provider);
        }
        Err(self.rejected(
            "the organisation shows no SAML sign-on of its own: it is set up for the enterprise, or not at all, or the token does \
             not see it; choose another `identity` in the runbook",
        ))
    }

    /// The GitHub account of a member with an address on a verified domain. GitHub cannot be asked for an address, so
    /// everybody is looked through.
    pub(crate) async fn by_address(&self, name: &str) -> Result<Option<String>, Fault> {
        let Some(address) = self.choices.address_of(name) else {
            return Ok(None);
        };
        let mut logins: Vec<String> = Vec::new();
        let mut after = Value::Null;
        let mut list = self.connection("members");
        for page in 0.. {
            if page == MOST_PAGES {
                return Err(list.incomplete("is longer than is read to find one address"));
            }
            let said = self
                .graph(queries::ADDRESSES, json!({ "after": after }))
                .await?;
            let members = &said["membersWithRole"];
            let nodes = members["nodes"].as_array();
            let nodes = nodes.ok_or_else(|| self.odd("something that is no list of members"))?;
            for member in nodes {
                if addresses(member).any(|its| its.eq_ignore_ascii_case(&address)) {
                    logins.extend(text(&member["login"]).map(str::to_owned));
                }
            }
            match next(&mut list, members)? {
                Ok(next) => after = next,
                Err(_whole) => break,
            }
        }
        logins.sort_unstable();
        logins.dedup();
        match logins.len() {
            0 | 1 => Ok(logins.pop()),
            n => Err(self.conflict(format!("{n} members have the address of {name}"))),
        }
    }

    /// The account names of GitHub accounts, where the organisation knows them.
    pub(crate) async fn names_of(
        &self,
        logins: &[String],
    ) -> Result<BTreeMap<String, String>, Fault> {
        let variables = logins.iter().enumerate();
        let variables = variables.map(|(n, login)| (format!("l{n}"), json!(login)));
        let variables = Value::Object(variables.collect());
        let mut known = BTreeMap::new();
        match self.choices.identity {
            _ if logins.is_empty() => {}
            Identity::Login => {}
            Identity::Saml => {
                let said = self
                    .graph(&queries::identities(logins.len()), variables)
                    .await?;
                let provider = self.provider(&said)?;
                for (n, login) in logins.iter().enumerate() {
                    let nodes = provider[format!("i{n}")]["nodes"].as_array();
                    let is = |i: &&Value| {
                        let linked = text(&i["user"]["login"]).unwrap_or_default();
                        linked.eq_ignore_ascii_case(login)
                    };
                    let identity = nodes.into_iter().flatten().find(is);
                    if let Some(name) = identity.and_then(|identity| names(identity).next()) {
                        known.insert(login.clone(), name.to_owned());
                    }
                }
            }
            Identity::Email => {
                let said = self
                    .data(&queries::addresses(logins.len()), variables)
                    .await?;
                for (n, login) in logins.iter().enumerate() {
                    if let Some(address) = addresses(&said[format!("u{n}")]).next() {
                        known.insert(login.clone(), self.choices.name_at(address));
                    }
                }
            }
        }
        Ok(known)
    }
}

fn addresses(member: &Value) -> impl Iterator<Item = &str> {
    let all = member["organizationVerifiedDomainEmails"].as_array();
    all.into_iter().flatten().filter_map(Value::as_str)
}

/// The edges of a connection, which are all there.
pub(crate) fn edges<'c>(list: &Leafing, connection: &'c Value) -> Result<&'c [Value], Fault> {
    let edges = connection["edges"].as_array().map(Vec::as_slice);
    edges.ok_or_else(|| list.incomplete("does not show them"))
}

impl GitHub {
    /// A connection that is read page by page.
    pub(crate) fn connection(&self, of: &str) -> Leafing {
        Leafing::through(self.http.system(), of)
    }
}

/// Where the next page of a connection begins; the knowledge that there is none.
pub(crate) fn next(list: &mut Leafing, connection: &Value) -> Result<Result<Value, Whole>, Fault> {
    let info = &connection["pageInfo"];
    let cursor = info["endCursor"].as_str();
    // Some connections are null to whoever may not see them.
    let Some(more) = info["hasNextPage"].as_bool() else {
        return Err(list.incomplete("does not say whether it goes on"));
    };
    if more && cursor.is_none() {
        return Err(list.incomplete("does not say where it goes on"));
    }
    let next = cursor.filter(|_| more).map(str::to_owned);
    // Lines are told apart by whoever reads them: a cursor that comes again is enough to see a list go in circles.
    let page = Part::of(std::iter::empty::<&str>(), next);
    Ok(match list.turn(&page)? {
        Turn::To(next) => Ok(Value::String(next)),
        Turn::End(whole) => Err(whole),
    })
}
