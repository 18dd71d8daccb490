//! A GitHub account's place in the organisation.

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, segment, text};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{answer::is_gone, github::GitHub};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    /// Invited, and has not accepted.
    Pending,
}

pub(crate) struct Membership {
    /// As GitHub writes it.
    pub(crate) login: String,
    pub(crate) state: State,
    /// A role beyond being a member.
    pub(crate) role: Option<Entitlement>,
}

impl GitHub {
    pub(crate) async fn membership(&self, login: &str) -> Result<Option<Membership>, Fault> {
        let path = format!("memberships/{}", segment(login));
        let answer = self.call_if_there(&self.org(Method::GET, &path)).await?;
        let Some(answer) = answer else {
            return Ok(None);
        };
        self.as_membership(login, &answer.body.unwrap_or_default())
            .map(Some)
    }

    /// Makes somebody a member or an owner; who is neither is invited.
    pub(crate) async fn set_role(&self, login: &str, role: &str) -> Result<Membership, Fault> {
        let path = format!("memberships/{}", segment(login));
        let call = self.org(Method::PUT, &path);
        let call = call.with(json!({ "role": role }));
        let answer = self.ask(&call).await?;
        if is_gone(&answer) {
            return Err(self.rejected(format!(
                "there is no GitHub account called {login}, or the token may not invite; put the person's GitHub account into \
                 the setting `logins`"
            )));
        }
        let answer = crate::answer::means(&self.http, &call, answer)?;
        self.as_membership(login, &answer.body.unwrap_or_default())
    }

    fn as_membership(&self, login: &str, body: &Value) -> Result<Membership, Fault> {
        let its = text(&body["user"]["login"]).filter(|its| its.eq_ignore_ascii_case(login));
        let state = match text(&body["state"]) {
            Some("active") => Some(State::Active),
            Some("pending") => Some(State::Pending),
            _ => None,
        };
        let (Some(its), Some(state)) = (its, state) else {
            return Err(self.odd("something that is no membership"));
        };
        let role = text(&body["role"]).filter(|role| *role != "member");
        Ok(Membership {
            login: its.to_owned(),
            state,
            role: role.map(|role| Entitlement::from(format!("role:{role}"))),
        })
    }

    /// Whether somebody is an outside collaborator, or has been invited to be one.
    pub(crate) async fn is_outside(&self, login: &str) -> Result<bool, Fault> {
        let mut found = false;
        let see = |user: &Value| {
            found = text(&user["login"]).is_some_and(|its| its.eq_ignore_ascii_case(login));
            found
        };
        let outside = self.org(Method::GET, "outside_collaborators");
        let _whole = self.each(&outside, see).await?;
        Ok(found || !self.repository_invitations(login).await?.is_empty())
    }

    /// Invitations to the repositories of the runbook: the repository, and the invitation's number.
    pub(crate) async fn repository_invitations(
        &self,
        login: &str,
    ) -> Result<Vec<(String, u64)>, Fault> {
        let mut open = Vec::new();
        for repository in &self.choices.repositories {
            let call = self.repo(Method::GET, repository, "invitations");
            let see = |item: &Value| {
                let its = text(&item["invitee"]["login"]).unwrap_or_default();
                if its.eq_ignore_ascii_case(login) && item["expired"] != true {
                    open.extend(item["id"].as_u64().map(|id| (repository.clone(), id)));
                }
                false
            };
            let _whole = self.each(&call, see).await?;
        }
        Ok(open)
    }
}
