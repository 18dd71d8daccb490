//! What the runbook chooses.

use std::collections::BTreeMap;

use latchkey_systems::{Fault, Faults, Settings};

/// GitHub gives no more than this at once:
/// <https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api>.
const PAGE: usize = 100;

/// What an account name of the runbook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The name of a GitHub account.
    Login,
    /// The NameID or user name under which SAML sign-on knows the person.
    Saml,
    /// A work address on a domain that the organisation has verified.
    Email,
}

#[derive(Debug)]
pub(crate) struct Choices {
    pub(crate) organization: String,
    pub(crate) identity: Identity,
    /// Account name, in lower case → GitHub account.
    logins: BTreeMap<String, String>,
    /// GitHub account, in lower case → account name.
    names: BTreeMap<String, String>,
    domain: Option<String>,
    pub(crate) repositories: Vec<String>,
    /// Whether outside collaborators are people of this system.
    pub(crate) outside: bool,
    /// Whether people become members at all.
    pub(crate) members: bool,
    ignore: Vec<String>,
    pub(crate) page: usize,
}

impl Choices {
    pub(crate) fn of(settings: &Settings) -> Result<Choices, Fault> {
        let organization = settings.text("organization").unwrap_or_default();
        if organization.is_empty() {
            return Err(settings.rejected(
                "its setting `organization` is missing: the organisation's name, as in its address",
            ));
        }
        let identity = match settings.text("identity") {
            None | Some("login") => Identity::Login,
            Some("saml") => Identity::Saml,
            Some("email") => Identity::Email,
            Some(other) => {
                return Err(settings.rejected(format!(
                    "its setting `identity` is `{other}`; it may be login, saml or email"
                )));
            }
        };
        let members = match settings.text("accounts") {
            None | Some("member") => true,
            Some("outside") => false,
            Some(other) => {
                return Err(settings.rejected(format!(
                    "its setting `accounts` is `{other}`; it may be member or outside"
                )));
            }
        };
        let mut names = BTreeMap::new();
        let mut logins = BTreeMap::new();
        for (name, login) in settings.map("logins") {
            if let Some(other) = names.insert(login.to_lowercase(), name.to_owned()) {
                return Err(settings.rejected(format!(
                    "its setting `logins` has the GitHub account {login} twice, for {other} and for {name}"
                )));
            }
            logins.insert(name.to_lowercase(), login.to_owned());
        }
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let repositories = owned(settings.list("repositories"));
        Ok(Choices {
            organization: organization.to_owned(),
            identity,
            logins,
            names,
            domain: settings.text("domain").map(str::to_owned),
            outside: settings.flag("outside_collaborators") || !repositories.is_empty() || !members,
            repositories,
            members,
            ignore: owned(settings.list("ignore")),
            page: settings.number("page").unwrap_or(PAGE).clamp(1, PAGE),
        })
    }

    /// The GitHub account of an account name, where the runbook says it.
    pub(crate) fn login_of<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        match self.logins.get(&name.to_lowercase()) {
            Some(login) => Some(login),
            None if self.identity == Identity::Login => Some(name),
            None => None,
        }
    }

    /// The account name of a GitHub account, where the runbook says it.
    pub(crate) fn name_of(&self, login: &str) -> Option<&str> {
        self.names.get(&login.to_lowercase()).map(String::as_str)
    }

    /// Where an invitation goes; `None` for a name that is no address and gets none from the runbook.
    pub(crate) fn address_of(&self, name: &str) -> Option<String> {
        match &self.domain {
            _ if name.contains('@') => Some(name.to_owned()),
            Some(domain) => Some(format!("{name}@{}", domain.trim_start_matches('@'))),
            None => None,
        }
    }

    /// The account name whose invitation goes to an address.
    pub(crate) fn name_at(&self, address: &str) -> String {
        let ours = |domain: &String| {
            let (name, at) = address.split_once('@')?;
            let domain = domain.trim_start_matches('@');
            at.eq_ignore_ascii_case(domain).then(|| name.to_owned())
        };
        self.domain
            .as_ref()
            .and_then(ours)
            .unwrap_or_else(|| address.to_owned())
    }

    pub(crate) fn ignores(&self, login: &str) -> bool {
        self.ignore.iter().any(|i| i.eq_ignore_ascii_case(login))
    }
}
