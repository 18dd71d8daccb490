//! Invitations. They end after seven days
//! (<https://github.blog/changelog/2020-02-05-self-expiring-repository-and-organization-invitations/>) and are no
//! longer listed then, so who did not accept in time has nothing, and is invited anew.

use latchkey_lifecycle::Account;
use latchkey_systems::{Fault, Faults, Found, Whole, segment, text};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    answer::{is_gone, means},
    find::{self, OUTSIDE, PENDING, invited, is_login},
    github::GitHub,
    membership::State,
};

/// An invitation that has not been accepted.
pub(crate) struct Invitation {
    pub(crate) id: u64,
    /// Whom it was sent to: a GitHub account, or an address.
    pub(crate) login: Option<String>,
    pub(crate) address: Option<String>,
}

impl Invitation {
    pub(crate) fn of(item: &Value) -> Option<Invitation> {
        // One that has failed is no way in any more.
        if text(&item["failed_at"]).is_some() {
            return None;
        }
        Some(Invitation {
            id: item["id"].as_u64()?,
            login: text(&item["login"]).map(str::to_owned),
            address: text(&item["email"]).map(str::to_owned),
        })
    }
}

impl GitHub {
    /// The invitation to an address.
    pub(crate) async fn invitation_to(
        &self,
        address: &str,
    ) -> Result<Whole<Option<Invitation>>, Fault> {
        self.invitation(|of| {
            let its = of.address.as_deref().unwrap_or_default();
            its.eq_ignore_ascii_case(address)
        })
        .await
    }

    /// The invitation that is the one.
    pub(crate) async fn invitation(
        &self,
        is: impl Fn(&Invitation) -> bool + Send + Sync,
    ) -> Result<Whole<Option<Invitation>>, Fault> {
        let mut found = None;
        let see = |item: &Value| {
            found = Invitation::of(item).filter(&is);
            found.is_some()
        };
        let whole = self
            .each(&self.org(Method::GET, "invitations"), see)
            .await?;
        Ok(whole.map(|()| found))
    }

    /// Invites somebody who has no account here.
    pub(crate) async fn invite(&self, account: &Account) -> Result<Found, Fault> {
        let name = account.name.as_str();
        let made = |handle: String, version: Option<&str>| Found {
            handle,
            version: version.map(str::to_owned),
            account: account.clone(),
        };
        if let Some(login) = self.choices.login_of(name) {
            if !is_login(login) {
                return Err(self.rejected(format!(
                    "no GitHub account can be called `{login}`; put the person's GitHub account into the setting `logins`, or \
                     write account names in the runbook that can be ones"
                )));
            }
            if !self.choices.members {
                // The first repository makes them one.
                return Ok(made(login.to_owned(), Some(OUTSIDE)));
            }
            let membership = self.set_role(login, "member").await?;
            let pending = membership.state == State::Pending;
            return Ok(made(membership.login, pending.then_some(PENDING)));
        }
        let Some(address) = self
            .choices
            .address_of(name)
            .filter(|_| self.choices.members)
        else {
            return Err(self.rejected(format!(
                "there is nowhere to send the invitation for {name}; put the person's GitHub account into the setting `logins`, \
                 or set `domain`"
            )));
        };
        let call = self.org(Method::POST, "invitations");
        let call = call.with(json!({ "email": address, "role": "direct_member" }));
        let answer = self.call(&call).await?;
        let invitation = answer.body.as_ref().and_then(Invitation::of);
        let invitation = invitation.ok_or_else(|| self.odd("something that is no invitation"))?;
        let found = invited(&invitation, name);
        Ok(Found {
            account: account.clone(),
            ..found
        })
    }

    /// Takes somebody out: as a member, as one who was invited, and as an outside collaborator.
    pub(crate) async fn remove(&self, at: &Found) -> Result<(), Fault> {
        if let Some(id) = at.handle.strip_prefix(find::INVITATION) {
            let call = self.org(Method::DELETE, &format!("invitations/{id}"));
            return self.call_if_there(&call).await.map(|_| ());
        }
        let login = at.handle.as_str();
        let is_outside = at.version.as_deref() == Some(OUTSIDE);
        if !is_outside {
            // Removes a member, and cancels the invitation of who is none yet.
            let call = self.org(Method::DELETE, &format!("memberships/{}", segment(login)));
            self.call_if_there(&call).await?;
        }
        if is_outside || self.choices.outside {
            for (repository, id) in self.repository_invitations(login).await? {
                let call = self.repo(Method::DELETE, &repository, &format!("invitations/{id}"));
                self.call_if_there(&call).await?;
            }
            self.remove_outsider(login).await?;
        }
        Ok(())
    }

    /// Takes somebody out of every repository.
    async fn remove_outsider(&self, login: &str) -> Result<(), Fault> {
        let call = self.org(Method::DELETE, &format!("outside_collaborators/{login}"));
        let answer = self.ask(&call).await?;
        if answer.status != 422 || self.choices.members {
            return match is_gone(&answer) {
                true => Ok(()),
                false => means(&self.http, &call, answer).map(|_| ()),
            };
        }
        // A member, who is another system's of the runbook: only what this one gives is taken.
        for repository in &self.choices.repositories {
            let path = format!("collaborators/{login}");
            let call = self.repo(Method::DELETE, repository, &path);
            self.call_if_there(&call).await?;
        }
        Ok(())
    }
}
