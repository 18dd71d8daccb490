//! Teams, roles and repositories of one person.

use std::collections::{BTreeSet, HashSet};

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Call, Fault, Faults, Found, Reply, Whole, segment, text};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    answer::{is_gone, means},
    find::INVITATION,
    github::GitHub,
    identity::{edges, next},
    queries,
};

/// What somebody has in a team.
pub(crate) fn in_team(slug: &str, edge: &Value) -> impl Iterator<Item = Entitlement> + use<> {
    let member = Entitlement::from(format!("team:{slug}"));
    let maintains = edge["role"] == "MAINTAINER";
    let maintainer = maintains.then(|| Entitlement::from(format!("maintainer:{slug}")));
    [member].into_iter().chain(maintainer)
}

/// What a repository itself gives to somebody, of all that gives them access to it. Roles are called as people see
/// them; the API's older names for two of them are `pull` and `push`.
pub(crate) fn in_repository(name: &str, edge: &Value) -> Option<Entitlement> {
    let sources = edge["permissionSources"].as_array()?;
    let own = |s: &&Value| s["source"]["__typename"] == "Repository";
    let source = sources.iter().find(own)?;
    let level = text(&source["roleName"]).or(text(&source["permission"]))?;
    let level = match level.to_lowercase().as_str() {
        "pull" => "read".to_owned(),
        "push" => "write".to_owned(),
        _ if level.chars().all(|c| !c.is_lowercase()) => level.to_lowercase(),
        _ => level.to_owned(),
    };
    (level != "none").then(|| Entitlement::from(format!("repository:{name}:{level}")))
}

impl GitHub {
    /// The teams of one account, read afresh.
    pub(crate) async fn teams_of(
        &self,
        login: &str,
    ) -> Result<Whole<BTreeSet<Entitlement>>, Fault> {
        let mut held = BTreeSet::new();
        let mut after = Value::Null;
        let mut list = self.connection("teams");
        loop {
            let variables = json!({ "login": login, "logins": [login], "after": after });
            let said = self.graph(queries::PERSON, variables).await?;
            let teams = &said["teams"];
            let nodes = teams["nodes"].as_array();
            let nodes = nodes.ok_or_else(|| self.odd("something that is no list of teams"))?;
            for team in nodes {
                let slug = text(&team["slug"]).unwrap_or_default();
                let members = self.connection(&format!("members of the team {slug}"));
                let shown = edges(&members, &team["members"])?;
                let is = |e: &&Value| {
                    let its = text(&e["node"]["login"]).unwrap_or_default();
                    its.eq_ignore_ascii_case(login)
                };
                let edge = shown.iter().find(is);
                if edge.is_none() && team["members"]["pageInfo"]["hasNextPage"] == true {
                    return Err(members.incomplete("does not show the one who was asked for"));
                }
                held.extend(edge.into_iter().flat_map(|edge| in_team(slug, edge)));
            }
            match next(&mut list, teams)? {
                Ok(next) => after = next,
                Err(whole) => return Ok(whole.map(|()| held)),
            }
        }
    }

    /// The repositories of the runbook that one account was given.
    pub(crate) async fn repositories_of(
        &self,
        login: &str,
    ) -> Result<Whole<BTreeSet<Entitlement>>, Fault> {
        let mut held = BTreeSet::new();
        let mut whole = Whole::in_one_answer(());
        for name in &self.choices.repositories {
            let mut after = Value::Null;
            let mut list = self.connection("collaborators of a repository");
            loop {
                let variables = json!({ "name": name, "login": login, "after": after });
                let said = self.graph(queries::REPOSITORY, variables).await?;
                let people = &said["repository"]["collaborators"];
                for edge in edges(&list, people)? {
                    let its = text(&edge["node"]["login"]).unwrap_or_default();
                    if its.eq_ignore_ascii_case(login) {
                        held.extend(in_repository(name, edge));
                    }
                }
                match next(&mut list, people)? {
                    Ok(next) => after = next,
                    Err(list) => {
                        whole = whole.and(list);
                        break;
                    }
                }
            }
        }
        Ok(whole.map(|()| held))
    }

    pub(crate) async fn grant(
        &self,
        at: &Found,
        entitlement: &Entitlement,
        promoted: &mut HashSet<(String, String)>,
    ) -> Result<(), Fault> {
        if at.handle.starts_with(INVITATION) {
            return Err(self.not_yet(
                "the invitation has not been accepted, and only then GitHub tells which account it is that gets it",
            ));
        }
        let (login, name) = (at.handle.as_str(), entitlement.name());
        match entitlement.kind() {
            "team" => {
                let known = (login.to_lowercase(), name.to_owned());
                // Who is a maintainer is a member, and would only be a member after this call.
                if promoted.contains(&known) && self.maintains(name, login).await? {
                    return Ok(());
                }
                self.join(name, login, "member").await
            }
            "maintainer" => {
                promoted.insert((login.to_lowercase(), name.to_owned()));
                self.join(name, login, "maintainer").await
            }
            "role" if name == "admin" => self.set_role(login, name).await.map(|_| ()),
            "repository" => {
                let (repository, level) = self.level(entitlement)?;
                let permission = match level {
                    "read" => "pull",
                    "write" => "push",
                    other => other,
                };
                let path = format!("collaborators/{}", segment(login));
                let call = self.repo(Method::PUT, repository, &path);
                let call = call.with(json!({ "permission": permission }));
                let answer = self.ask(&call).await?;
                self.there(&call, answer, &format!("repository `{repository}`"))
            }
            _ => Err(self.unknown(entitlement)),
        }
    }

    /// What is to be taken from something that is not there any more is taken.
    pub(crate) async fn revoke(&self, at: &Found, entitlement: &Entitlement) -> Result<(), Fault> {
        if at.handle.starts_with(INVITATION) {
            return Ok(());
        }
        let (login, name) = (at.handle.as_str(), entitlement.name());
        let team = Entitlement::from(format!("team:{name}"));
        match entitlement.kind() {
            "maintainer" if at.account.entitlements.contains(&team) => {
                self.join(name, login, "member").await
            }
            "team" | "maintainer" => {
                let call = self.team(Method::DELETE, name, login)?;
                self.call_if_there(&call).await.map(|_| ())
            }
            "role" if name == "admin" => self.set_role(login, "member").await.map(|_| ()),
            "repository" => {
                let (repository, _) = self.level(entitlement)?;
                let path = format!("collaborators/{}", segment(login));
                let call = self.repo(Method::DELETE, repository, &path);
                self.call_if_there(&call).await.map(|_| ())
            }
            _ => Err(self.unknown(entitlement)),
        }
    }

    async fn join(&self, slug: &str, login: &str, role: &str) -> Result<(), Fault> {
        let call = self.team(Method::PUT, slug, login)?;
        let call = call.with(json!({ "role": role }));
        let answer = self.ask(&call).await?;
        self.there(&call, answer, &format!("team `{slug}`"))
    }

    async fn maintains(&self, slug: &str, login: &str) -> Result<bool, Fault> {
        let call = self.team(Method::GET, slug, login)?;
        let answer = self.call_if_there(&call).await?;
        let body = answer.and_then(|answer| answer.body);
        Ok(body.is_some_and(|body| body["role"] == "maintainer"))
    }

    fn team(&self, method: Method, slug: &str, login: &str) -> Result<Call, Fault> {
        // As GitHub makes them of a team's name; everything else would not be read back.
        let is = |c: char| c.is_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        if slug.is_empty() || !slug.chars().all(is) || slug.chars().all(|c| c == '.') {
            return Err(self.rejected(format!(
                "no team is called `{slug}` in its address; write the last part of the team's address in the runbook, in small \
                 letters and with hyphens for spaces"
            )));
        }
        let path = format!("teams/{}/memberships/{}", segment(slug), segment(login));
        Ok(self.org(method, &path))
    }

    fn there(&self, call: &Call, answer: Reply, what: &str) -> Result<(), Fault> {
        if is_gone(&answer) {
            return Err(self.rejected(format!(
                "it has no {what}, or the token does not see it, or the person's GitHub account is gone; correct its name in \
                 the runbook"
            )));
        }
        means(&self.http, call, answer).map(|_| ())
    }

    /// The repository and the level of an entitlement.
    fn level<'e>(&self, entitlement: &'e Entitlement) -> Result<(&'e str, &'e str), Fault> {
        let name = entitlement.name();
        let Some((repository, level)) = name.rsplit_once(':').filter(|(_, l)| !l.is_empty()) else {
            return Err(self.rejected(format!(
                "`{entitlement}` does not say at which level; write it as in `repository:{name}:write`"
            )));
        };
        if !self.choices.repositories.iter().any(|r| r == repository) {
            return Err(self.rejected(format!(
                "the repository `{repository}` is not among those in its setting `repositories`"
            )));
        }
        Ok((repository, level))
    }

    fn unknown(&self, entitlement: &Entitlement) -> Fault {
        self.rejected(format!(
            "it cannot give or take `{entitlement}`: there are team, maintainer, repository, and role:admin"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_repository_itself_gives_counts() {
        let of = |sources: Value| {
            let edge = json!({ "permissionSources": sources });
            in_repository("website", &edge).map(|e| e.to_string())
        };
        let source = |kind: &str, role: Value, permission: &str| json!({ "roleName": role, "permission": permission, "source": { "__typename": kind } });
        let team = source("Team", json!("admin"), "ADMIN");
        let own = source("Repository", json!("triage"), "READ");
        assert_eq!(
            of(json!([team, own])).as_deref(),
            Some("repository:website:triage")
        );
        assert_eq!(of(json!([team])), None);
        let old = source("Repository", Value::Null, "WRITE");
        assert_eq!(
            of(json!([old])).as_deref(),
            Some("repository:website:write")
        );
        let own = source("Repository", json!("push"), "WRITE");
        assert_eq!(
            of(json!([own])).as_deref(),
            Some("repository:website:write")
        );
        let custom = source("Repository", json!("Security Engineer"), "READ");
        let named = Some("repository:website:Security Engineer");
        assert_eq!(of(json!([custom])).as_deref(), named);
    }
}
