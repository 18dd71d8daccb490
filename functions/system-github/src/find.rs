//! Whose account is whose. GitHub accounts belong to people and carry no employee id: the runbook says which one it is,
//! or the organisation's SAML sign-on, or a work address on a domain that the organisation has verified.

use std::collections::BTreeSet;

use latchkey_lifecycle::Account;
use latchkey_systems::{Fault, Faults, Found, Sight, Sought, Whole, theirs};

use crate::{
    choices::Identity,
    github::GitHub,
    invitations::Invitation,
    membership::{Membership, State},
};

/// How [`Found::version`] says what an account is, when it is no member's.
pub(crate) const PENDING: &str = "pending";
pub(crate) const OUTSIDE: &str = "outside";
/// What comes before the number of an invitation in [`Found::handle`]: no GitHub account is called so.
pub(crate) const INVITATION: &str = "invitation/";

/// Whether a GitHub account can be called so: letters, digits and hyphens, and an underscore before the short code of
/// an enterprise. Everything else would be another path.
pub(crate) fn is_login(name: &str) -> bool {
    let is = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.len() <= 100 && name.chars().all(is)
}

impl GitHub {
    /// The person's account. What a member has been given is left out.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Sight, Fault> {
        let nobody = Sight::Nobody(Whole::asked_for_itself(()));
        let Some(name) = who.name.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(nobody);
        };
        let said = self.choices.login_of(name);
        let login = match said {
            Some(login) => Some(login.to_owned()),
            None if self.choices.identity == Identity::Saml => self.by_identity(name).await?,
            None => self.by_address(name).await?,
        };
        if let Some(login) = login.filter(|login| is_login(login)) {
            if self.choices.ignores(&login) {
                return Err(self.conflict(format!(
                    "the account {login} is among those in the setting `ignore`, and employee {} is to have it",
                    who.employee_id
                )));
            }
            let seen = self.person(&login, name).await?;
            if let Some(found) = seen.found() {
                let its = theirs(self.http.system(), who, found.clone())?;
                return Ok(if its.is_some() { seen } else { nobody });
            }
        }
        let address = match said {
            Some(_) => None,
            None => self.choices.address_of(name),
        };
        let Some(address) = address else {
            return Ok(nobody);
        };
        let invitation = self.invitation_to(&address).await?;
        let found = invitation.map(|of| of.map(|of| invited(&of, name)));
        Ok(found.into())
    }

    /// The account that this handle stands for, and what the organisation calls it.
    pub(crate) async fn at(&self, handle: &str, who: &Sought) -> Result<Sight, Fault> {
        let known = who.known.as_ref().map(|known| known.name.as_str());
        let name = known.or(who.name.as_deref()).unwrap_or(handle);
        if let Some(id) = handle.strip_prefix(INVITATION) {
            let invitation = self.invitation(|of| of.id.to_string() == id).await?;
            let found = invitation.map(|of| of.map(|of| invited(&of, name)));
            return Ok(found.into());
        }
        if !is_login(handle) {
            return Ok(Sight::Nobody(Whole::asked_for_itself(())));
        }
        let login = handle.to_owned();
        let names = self.names_of(std::slice::from_ref(&login)).await?;
        let name = names.get(&login).map_or(name, String::as_str);
        self.person(&login, name).await
    }

    /// What GitHub says about one account.
    async fn person(&self, login: &str, name: &str) -> Result<Sight, Fault> {
        if !self.choices.members {
            return self.outsider(login, name).await;
        }
        let Some(membership) = self.membership(login).await? else {
            // This call fails when the organisation cannot be seen at all.
            let _whole = self.teams_of(login).await?;
            return self.outsider(login, name).await;
        };
        let Membership { login, role, state } = membership;
        let name = self.called(&login, name);
        let seen = |version: Option<&str>, has| Found {
            account: account(name, has),
            version: version.map(str::to_owned),
            handle: login.clone(),
        };
        Ok(match state {
            // It has nothing until the person has accepted.
            State::Pending => {
                let found = seen(Some(PENDING), BTreeSet::new());
                Sight::Whole(Whole::asked_for_itself(found))
            }
            _ => Sight::Part(seen(None, role.into_iter().collect())),
        })
    }

    /// Somebody who is in repositories, and not in the organisation.
    async fn outsider(&self, login: &str, name: &str) -> Result<Sight, Fault> {
        let nobody = Sight::Nobody(Whole::asked_for_itself(()));
        if !self.choices.outside {
            return Ok(nobody);
        }
        let held = self.repositories_of(login).await?;
        if held.get().is_empty() && !self.is_outside(login).await? {
            return Ok(nobody);
        }
        Ok(Sight::Whole(held.map(|held| Found {
            handle: login.to_owned(),
            version: Some(OUTSIDE.to_owned()),
            account: account(self.called(login, name), held),
        })))
    }

    /// What the account of a person with this account name is called.
    fn called<'n>(&'n self, login: &'n str, name: &'n str) -> &'n str {
        match self.choices.identity {
            Identity::Login => self.choices.name_of(login).unwrap_or(login),
            Identity::Saml | Identity::Email => name,
        }
    }
}

/// An account as GitHub knows it. One that waits for the person counts as one that works: the person may accept at any
/// moment.
pub(crate) fn account(
    name: &str,
    entitlements: BTreeSet<latchkey_lifecycle::Entitlement>,
) -> Account {
    Account {
        employee_id: None,
        name: name.to_owned(),
        active: true,
        attributes: [].into(),
        entitlements,
    }
}

/// Somebody who was invited by an address.
pub(crate) fn invited(invitation: &Invitation, name: &str) -> Found {
    Found {
        handle: format!("{INVITATION}{}", invitation.id),
        version: Some(PENDING.to_owned()),
        account: account(name, BTreeSet::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_another_path() {
        for name in ["zoe", "Zoe-Mueller", "zoe_acme", "0"] {
            assert!(is_login(name), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "zoe.mueller",
            "a/b",
            "zoe?",
            "zoë",
            "a b",
            "x@y.z",
        ] {
            assert!(!is_login(name), "{name}");
        }
    }
}
